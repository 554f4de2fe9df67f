"""Steady states and runs of the cascaded resonators, with both noises and from both sides; the
states of Fig. 4.

"published" is the printed noise, every port a vacuum of its own; "consistent" lets the fibre carry
the vacuum on. E_N is the positive part of −ln 2ν⁻, which is kept too. Wigner functions are
normalised to one; the printed prefactor makes them integrate to four.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from ...analysis import reduced, symplectic_eigenvalues, transposed_eigenvalues
from ...analysis.phase_space import wigner_marginal
from ...analysis.plots import COLOURS
from ...sde.labels import Q_, Q
from ...sde.systems.cascaded import CascadedResonators
from ...steady import grid, steady_state
from .panels import draw_times, switched_on
from .paper import Panels, Plate

RESONATORS = CascadedResonators.published()
UNIT = RESONATORS.mechanical_frequency
SLOW, FAST = 0.6e6, 0.8e6
SPINNING = RESONATORS.replace(spin_left=FAST)
"""Figs. 3c, d, f and 4."""
MISMATCHED = SPINNING.replace(frequency_ratio=0.95)
POINT = 0.68
"""Δ/ω_m of Figs. 3f and 4, and of the runs in Figs. 3c, d and 4."""
NOISES, WAYS = ("published", "consistent"), ("left", "right")
STYLES = {"published": "-", "consistent": "--"}
E = "log_negativity(mechanical_left, mechanical_right)"
E_NAME, SIGNED, MOTIONS = "log_negativity", "exponent", "least_symplectic"
RUN = {"duration": 400 / UNIT, "step": 0.01 / UNIT, "trajectories": 1024}
QUADRATURES = ["mechanical_left.q", "mechanical_left.p", "mechanical_right.q", "mechanical_right.p"]
SYMBOLS = ("q_l", "p_l", "q_r", "p_r")
PAIRS = ((0, 1), (2, 3), (0, 2), (1, 3), (0, 3), (1, 2))
"""Quadratures of the projections: local, then cross pairs."""
CROSS = ((0, 2), (1, 3), (0, 3), (1, 2))
MESH = np.linspace(-2.6, 2.6, 97)
WORDS = {pair: f"covariance({QUADRATURES[pair[0]]}, {QUADRATURES[pair[1]]})" for pair in CROSS}
PHASES = np.linspace(0.0, 2 * np.pi, 9)


def exponent(steady: xr.Dataset) -> xr.DataArray:
    """−ln 2ν⁻ of the partially transposed motions, whose positive part is E_N."""
    nu = transposed_eigenvalues(steady["covariance"], *RESONATORS.pair, "ignore").isel(
        eigenvalue=0, drop=True
    )
    found: xr.DataArray = -xr.apply_ufunc(np.log, 2 * nu)
    return found


def least_symplectic(steady: xr.Dataset) -> xr.DataArray:
    """Least symplectic eigenvalue of the two motions alone, which a quantum state has ≥ ½."""
    return symplectic_eigenvalues(reduced(steady["covariance"], RESONATORS.pair)).isel(
        eigenvalue=0, drop=True
    )


def pull(steady: xr.Dataset) -> xr.DataArray:
    """The larger of the two cavities' radiation-pressure shifts g(β + β*), rad/s; exact for χ = 1."""
    positions = steady["mean"].sel(quadrature=[f"{mode}.q" for mode in RESONATORS.pair])
    return np.sqrt(2) * RESONATORS.single_photon_coupling("left") * abs(positions).max("quadrature")


def steady(system: CascadedResonators, axes: Mapping[str, Any], threads: int) -> xr.Dataset:
    """`steady_of` both noises and both sides."""
    rows = [
        xr.concat(
            [steady_of(system.replace(noise=noise, input_side=way), axes, threads) for way in WAYS],
            "input_side",
        )
        for noise in NOISES
    ]
    return xr.concat(rows, "noise").assign_coords(noise=list(NOISES), input_side=list(WAYS))


def steady_of(system: CascadedResonators, axes: Mapping[str, Any], threads: int) -> xr.Dataset:
    """E_N, what it is made of and its audit, on the branch that has the effective detuning asked
    for.
    """
    found = grid(
        system, axes, [E_NAME, exponent, least_symplectic, pull], threads, physical="ignore"
    )
    names = [E_NAME, SIGNED, MOTIONS, "pull", "stable", "physicality", "commutators"]
    return found[names].isel(branch=found["implied_branch"]).drop_vars("branch")


def run(
    system: CascadedResonators, place: float, threads: int, words: tuple[str, ...] = (E,)
) -> xr.Dataset:
    """Full trajectories from switch-on at Δ/ω_m."""
    return switched_on(system.at_effective_detuning(place * UNIT), words, threads=threads, **RUN)


@cache
def runs_mismatched(threads: int) -> dict[str, xr.Dataset]:
    """Runs of Figs. 3d and 4, of both noises from both sides, named "WAY NOISE"; made once."""
    return {
        f"{way} {noise}": run(
            MISMATCHED.replace(noise=noise, input_side=way), POINT, threads, (E, *WORDS.values())
        )
        for way in WAYS
        for noise in NOISES
    }


def runs_both(
    system: CascadedResonators, place: float, threads: int, name: str
) -> dict[str, xr.Dataset]:
    """Runs of both noises from both sides, named "NAME WAY NOISE"."""
    return {
        f"{name} {way} {noise}": run(system.replace(noise=noise, input_side=way), place, threads)
        for way in WAYS
        for noise in NOISES
    }


def figure_4(threads: int) -> Panels:
    """Covariances and Wigner projections of both noises from both sides, in time too; and what φ
    changes.
    """
    systems = {
        (noise, way): MISMATCHED.replace(noise=noise, input_side=way)
        for noise in NOISES
        for way in WAYS
    }
    states = [[_state(systems[noise, way]) for way in WAYS] for noise in NOISES]
    found = xr.concat([xr.concat(row, "input_side") for row in states], "noise")
    found = found.assign_coords(noise=list(NOISES), input_side=list(WAYS))
    return {
        "c": found,
        "ab": _projections(found["covariance"]),
        "phase": _over_phase(),
        **runs_mismatched(threads),
    }


def _state(system: CascadedResonators) -> xr.Dataset:
    """Covariance of the motions, photon numbers and audit at the point of Fig. 4, on its only
    branch.
    """
    steady = steady_state(system.at_effective_detuning(POINT * UNIT)).squeeze("branch", drop=True)
    means = steady["mean"].values[:4]
    return xr.Dataset(
        {
            "covariance": steady["covariance"].sel({Q: QUADRATURES, Q_: QUADRATURES}),
            "photons": ("cavity", (means[0::2] ** 2 + means[1::2] ** 2) / 2),
            "physicality": steady["physicality"],
        },
        coords={"cavity": list(WAYS)},
    )


def _projections(covariance: xr.DataArray) -> xr.Dataset:
    """W projected on every pair of quadratures (noise, input_side, pair, x, y)."""
    V = covariance.values
    densities = np.stack([wigner_marginal(V, *pair, MESH, MESH) for pair in PAIRS], axis=2)
    names = [f"{SYMBOLS[i]},{SYMBOLS[j]}" for i, j in PAIRS]
    coords = {"noise": list(NOISES), "input_side": list(WAYS), "pair": names, "x": MESH, "y": MESH}
    return xr.Dataset(
        {"wigner": (["noise", "input_side", "pair", "x", "y"], densities)}, coords=coords
    )


def _over_phase() -> xr.Dataset:
    """Photon numbers over the phase φ of the fibre."""
    states = [_state(MISMATCHED.replace(phase=phase)) for phase in PHASES]
    return xr.concat(states, "phase")[["photons", "physicality"]].assign_coords(phase=PHASES)


def draw_4(figure: Figure, panels: Panels) -> None:
    """Fig. 4a, b with the consistent state's contour; c for both noises; cross correlations after
    switch-on.
    """
    above, middle, below = np.asarray(figure.subfigures(3, 1, height_ratios=(1.0, 1.0, 2.2)))
    for part, way, letter in ((above, "left", "a"), (middle, "right", "b")):
        _draw_projections(
            part, panels["ab"]["wigner"].sel(input_side=way), f"({letter})  from the {way}"
        )
    axes = below.subplots(2, 3)
    places = [(noise, way) for noise in NOISES for way in WAYS]
    for ax, (noise, way) in zip(
        [axes[0, 0], axes[0, 1], axes[1, 0], axes[1, 1]], places, strict=True
    ):
        _draw_matrix(ax, panels["c"].sel(noise=noise, input_side=way), f"(c)  {way}, {noise}")
    for ax, pair in ((axes[0, 2], (0, 2)), (axes[1, 2], (0, 3))):
        runs = {f"{way}, {noise}": panels[f"{way} {noise}"] for noise in NOISES for way in WAYS}
        name = f"$V_{{{pair[0] + 1}{pair[1] + 1}}}$, ${SYMBOLS[pair[0]]}$ with ${SYMBOLS[pair[1]]}$"
        draw_times(ax, runs, WORDS[pair], name)
        ax.set(title="trajectories after switch-on, near zero", ylim=(-0.6, 1.2))
        ax.legend(ncols=2, loc="upper right")


def _draw_projections(figure: SubFigure, wigner: xr.DataArray, title: str) -> None:
    axes = figure.subplots(1, len(PAIRS))
    for k, (ax, (i, j)) in enumerate(zip(axes, PAIRS, strict=True)):
        _draw_projection(ax, wigner.isel(pair=k))
        ax.set(xlabel=f"${SYMBOLS[i]}$", ylabel=f"${SYMBOLS[j]}$")
    lines = "1/e: solid, published; dotted, consistent; dashed, vacuum"
    figure.suptitle(f"{title}; colours, published. {lines}", x=0.03, ha="left", fontsize=8)


def _draw_projection(ax: Axes, wigner: xr.DataArray) -> None:
    """Published W as colours with its 1/e contour, that of the consistent state, and the vacuum's
    circle.
    """
    x, y = wigner["x"].values, wigner["y"].values
    for noise, style, colour in (("published", "solid", "k"), ("consistent", "dotted", COLOURS[1])):
        values = wigner.sel(noise=noise).values.T
        if noise == "published":
            ax.pcolormesh(x, y, values, cmap="Blues", rasterized=True)
        ax.contour(
            x,
            y,
            values,
            levels=[values.max() / np.e],
            colors=colour,
            linestyles=style,
            linewidths=1.2,
        )
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(np.cos(angle), np.sin(angle), STYLES["consistent"], color="0.5", lw=0.8)
    ax.set_aspect("equal")


def _draw_matrix(ax: Axes, state: xr.Dataset, title: str) -> None:
    """The 4×4 covariance in numbers and colours, and the audit of the whole state."""
    V = state["covariance"].values
    ax.imshow(V, cmap="RdBu_r", vmin=-1.2, vmax=1.2, aspect="auto")
    for i, j in np.ndindex(V.shape):
        ax.text(
            j,
            i,
            f"{V[i, j].round(3) + 0:.3f}",
            ha="center",
            va="center",
            fontsize=7,
            color="w" if abs(V[i, j]) > 0.8 else "k",
        )
    labels = [f"${symbol}$" for symbol in SYMBOLS]
    ax.set(xticks=range(4), yticks=range(4), xticklabels=labels, yticklabels=labels)
    ax.set_title(rf"{title}; $V + i\Omega/2 \geq$ {float(state['physicality']):.2g}")


PLATE = Plate(
    "4",
    (3, 3),
    figure_4,
    draw_4,
    "Ω_l = 0.8·10⁶ rad/s and Ω_r = 0 as in Figs. 3c, d; W is normalised to one. Beside, the consistent state, and the "
    "cross correlations after switch-on",
)
