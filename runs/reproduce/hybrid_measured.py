"""What a measurement of the light that leaves adds to the steering of the hybrid oscillators: Fig.
8 and claim H19.

The paper prints neither ε nor the detector's phase: both ε of Fig. 4, and the best phase for each
parameter. Beside it, other bounds of the search, and other detectors.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.constants import pi

from ...analysis.plots import COLOURS
from ...sde.support.threads import in_order
from .hybrid_figures import HALF, LABELS
from .hybrid_optima import SERVERS, TARGETS, Search, least, least_conditional
from .hybrid_optima_figures import BOUNDS, COLOUR, DECADES, LOSSES, STYLES, WORDS, tabulated
from .paper import CLOSE, Data, Finding, Panels, Plate, bound, crossings, graded

CLIENT = np.array([0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 50.0, 100.0])
"""C_− of Fig. 8."""
NEAR = 0.1
"""γ_j/γ_j0 of a search that may go nearer to the edge of stability, below θ_j = π/4."""
WEAK = CLIENT[CLIENT <= 2.0]
"""Those whose best C_+/C_− may lie on the bound."""
PHASES = np.linspace(0.0, pi / 2, 13)
EFFICIENCIES = np.array([0.01, 0.02, 0.05, *np.linspace(0.1, 1.0, 10)])
HETERODYNE = (0.0, pi / 2)
LIMIT = 0.01
"""The d that the paper does not exceed."""


def figure_8(threads: int) -> Panels:
    """Least products with and without a measurement of the light that leaves; other bounds, other
    detectors.
    """
    main = {
        "server": list(SERVERS),
        "loss": list(LOSSES),
        "target": list(TARGETS),
        "cooperativity_minus": CLIENT,
    }
    bounds = {"decades": list(BOUNDS), "cooperativity_minus": WEAK}
    jobs = [
        *(
            _search(server, loss, target)
            for server, loss, target in product(SERVERS, LOSSES, TARGETS)
        ),
        *(_search("hot", 0.0, "plus", decades, len(WEAK)) for decades in BOUNDS),
        replace(_search("hot", 0.0, "plus", points=len(WEAK)), damping=NEAR),
    ]
    found = list(in_order(lambda search, _stop: _both(search), jobs, threads))
    count = len(SERVERS) * len(LOSSES) * len(TARGETS)
    detectors = xr.concat([_detectors(loss) for loss in LOSSES], xr.Variable("loss", list(LOSSES)))
    return {
        "8": tabulated(found[:count], main),
        "bounds": tabulated(found[count:-1], bounds),
        "near": tabulated(found[-1:], {"cooperativity_minus": WEAK}),
        "detectors": detectors,
    }


def _search(
    server: str, loss: float, target: str, decades: float = DECADES, points: int = len(CLIENT)
) -> Search:
    return Search(target, server, False, CLIENT[:points], np.full(points, loss), decades=decades)


def _both(search: Search) -> xr.Dataset:
    without = least(search)
    return least_conditional(search, without).assign(unconditional=without["product"])


def _detectors(loss: float) -> xr.Dataset:
    """d of E_{+|−} with a hot server at the unmeasured optima: over the phase, the efficiency, both
    phases, f = 0.
    """
    search = _search("hot", loss, "plus")
    symmetric = Search("plus", "hot", True, CLIENT, search.loss)
    found, equal = (least(each) for each in (search, symmetric))
    E, place = found["product"].values, found["place"].values
    with_equal = np.min(
        [symmetric.conditional(phase, equal["place"].values) for phase in PHASES[::4]], axis=0
    )
    phases = [1 - search.conditional(phase, place) / E for phase in PHASES]
    efficiencies = [1 - search.read((0.0,), efficiency, place) / E for efficiency in EFFICIENCIES]
    name = "cooperativity_minus"
    return xr.Dataset(
        {
            "by_phase": (("phase", name), phases),
            "by_efficiency": (("efficiency", name), efficiencies),
            "heterodyne": (name, 1 - search.read(HETERODYNE, 1.0, place) / E),
            "symmetric": (name, 1 - with_equal / equal["product"].values),
            "unconditional": (name, E),
        },
        coords={"phase": PHASES, "efficiency": EFFICIENCIES, name: CLIENT},
    )


def improvement(panel: xr.Dataset, name: str = "conditional") -> xr.DataArray:
    """d = (E_u − E_c)/E_u."""
    return 1 - panel[name] / panel["unconditional"]


def _of_interest(panel: xr.Dataset, name: str = "conditional") -> xr.DataArray:
    """d where there is steering without a measurement."""
    return improvement(panel, name).where(panel["unconditional"] < HALF)


def h19(data: Data) -> Finding:
    """Fig. 8: measuring the light improves E_{+|−} by d < 1 % at all C_− of interest."""
    panels = data["8"]
    gains, one = (
        _of_interest(panels["8"], name).sel(target="plus") for name in ("conditional", "phase_90")
    )
    most = {server: float(gains.sel(server=server).max()) for server in SERVERS}
    hot = gains.sel(server="hot")
    place = hot["cooperativity_minus"].values[int(np.nanargmax(hot.sel(loss=0.0).values))]
    ends = [
        10 ** crossings(np.log10(CLIENT), hot.sel(loss=loss).values, LIMIT)[-1] for loss in LOSSES
    ]
    limits = " and ".join(f"{end:.0f} (ε = {loss})" for end, loss in zip(ends, LOSSES, strict=True))
    got = (
        f"where E_+|− < ½ unmeasured, up to {most['hot']:.1%} with a hot server, at C_− = {place:.0f}, "
        f"less than 1 % from C_− = {limits} on; up to {most['vacuum']:.2%} with one in vacuum"
    )
    alone = [float(one.sel(server=server).max()) for server in SERVERS]
    other = float(_of_interest(panels["8"], "phase_90").sel(target="minus").max())
    why = (
        f"the phase of the detector is not printed: read at φ = π/2 alone, d is {bound(alone[0])} or less with a hot "
        f"server, {alone[1]:.2%} with one in vacuum (of E_−|+ up to {other:.1%}), φ = 0 the above; "
        f"{_other_detectors(panels['detectors'])}; {_bounds(panels)}"
    )
    return graded(max(float(gains.max()) / LIMIT - 1, 0.0), CLOSE, got, why)


def _other_detectors(panel: xr.Dataset) -> str:
    """What else would give d < 1 %, in words: at the parameters of the unmeasured optimum, hot
    server.
    """
    steered = panel["unconditional"] < HALF
    by_phase, by_efficiency = (
        panel[name].where(steered).max(["cooperativity_minus", "loss"])
        for name in ("by_phase", "by_efficiency")
    )
    phase = crossings(PHASES / pi, by_phase.values, LIMIT)[-1]
    efficiency = crossings(EFFICIENCIES, by_efficiency.values, LIMIT)[0]
    both = float(panel["heterodyne"].where(steered).max())
    symmetric = float(panel["symmetric"].max())
    return (
        f"at the parameters of the unmeasured optimum d is {float(by_phase[0]):.1%} at φ = 0, below 1 % for φ from "
        f"{phase:.2f}π to π/2 or with a detector at φ = 0 of efficiency below {efficiency:.0%}, but {both:.1%} with "
        f"both phases read on a split beam, and up to {symmetric:.0%} with f = 0"
    )


def _bounds(panels: Panels) -> str:
    """How d depends on the bounds of θ_− and of C_+/C_−, in words."""
    main = panels["8"].sel(server="hot", target="plus", loss=0.0)
    curves = {DECADES: improvement(main)} | {
        n: improvement(panels["bounds"].sel(decades=n)) for n in BOUNDS
    }
    first = ", ".join(f"{float(curves[n][0]):.2%} (10^±{n:.0f})" for n in sorted(curves))
    top = max(abs(float(curve.max() / curves[DECADES].max() - 1)) for curve in curves.values())
    near = improvement(panels["near"]).sel(cooperativity_minus=WEAK[-1])
    moved = abs(float(near / curves[DECADES].sel(cooperativity_minus=WEAK[-1]) - 1))
    return (
        f"θ_− below π/4, down to {NEAR} γ_−0, changes d at C_− = {WEAK[-1]:.0f} by {bound(moved)} of it or less; "
        f"the bound on C_+/C_− matters only where E_+|− > ½: at C_− = {CLIENT[0]} d = {first}, "
        f"while the largest d changes by {bound(top)} of it"
    )


def _lines(ax: Axes, panel: xr.Dataset, loss: float) -> None:
    """d over C_−, faint where there is no steering without the measurement."""
    gains, of_interest = improvement(panel).sel(loss=loss), _of_interest(panel).sel(loss=loss)
    kept = _of_interest(panel, "same_parameters").sel(loss=loss)
    for server, target in product(SERVERS, TARGETS):
        here = {"server": server, "target": target}
        style: dict[str, Any] = {"color": COLOUR[server, "free"], "ls": STYLES[target]}
        ax.plot(CLIENT, 100 * gains.sel(here).values, alpha=0.35, lw=0.9, **style)
        label = f"{LABELS[WORDS[target]]}, {server}"
        ax.plot(CLIENT, 100 * of_interest.sel(here).values, label=label, **style)
        if target == "plus":
            ax.plot(CLIENT, 100 * kept.sel(here).values, color=style["color"], ls=":", lw=0.9)


def draw_8(figure: Figure, panels: Panels) -> None:
    """Fig. 8 without and with losses, with other bounds of the search, and with other detectors."""
    axes = np.ravel(figure.subplots(2, 2))
    for ax, loss, letter in zip(axes, LOSSES, "ab", strict=False):
        _lines(ax, panels["8"], loss)
        ax.set_title(f"({letter})  ε = {loss}")
    axes[0].legend()
    main = improvement(panels["8"]).sel(server="hot", target="plus", loss=0.0)
    curves = {DECADES: main} | {n: improvement(panels["bounds"].sel(decades=n)) for n in BOUNDS}
    for n, colour in zip(sorted(curves), COLOURS, strict=False):
        label = f"$C_+/C_-$ within $10^{{\\pm{n:.0f}}}$"
        axes[2].plot(
            curves[n]["cooperativity_minus"],
            100 * curves[n].values,
            color=colour,
            ls="--",
            label=label,
        )
    axes[2].set_title("$E_{+|-}$, hot, ε = 0, by the bound of the search")
    axes[2].legend(loc="lower right")
    for ax in axes[:3]:
        ax.set(xscale="log", xlabel="$C_-$", xlim=(0.45, 110.0), ylim=(0.008, 40.0))
    _draw_detectors(axes[3], panels["detectors"].sel(loss=0.0, cooperativity_minus=2.0))
    for ax in axes:
        ax.axhline(100 * LIMIT, color="0.6", lw=0.6)
        ax.set(yscale="log", ylabel="d (%)")


def _draw_detectors(ax: Axes, panel: xr.Dataset) -> None:
    """d at one optimum over the phase, or over the efficiency at φ = 0, on one axis from 0 to 1."""
    ax.plot(
        2 * PHASES / pi,
        100 * panel["by_phase"].values,
        color=COLOURS[0],
        label="over the phase, 2φ/π",
    )
    ax.plot(
        EFFICIENCIES,
        100 * panel["by_efficiency"].values,
        color=COLOURS[1],
        label="over the efficiency, φ = 0",
    )
    ax.axhline(
        100 * float(panel["heterodyne"]), color=COLOURS[2], ls="--", label="both phases, beam split"
    )
    ax.set(
        xlabel="2φ/π or efficiency",
        ylim=(0.008, 40.0),
        title="$E_{+|-}$, hot, $C_-=2$, by the detector",
    )
    ax.legend(loc="upper left")


PLATES = (
    Plate(
        "8",
        (2, 2),
        figure_8,
        draw_8,
        "neither ε nor the detector's phase is printed: both values of Fig. 4, and the best phase; C_+/C_− within "
        "10^±3; dotted, at the parameters that are best without the measurement; faint where E > ½ without it; below, "
        "other bounds of C_+/C_− and other detectors",
    ),
)
