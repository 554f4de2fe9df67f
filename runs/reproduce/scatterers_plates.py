"""The plates of the scatterers' paper: the data of `scatterers_figures`, drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...analysis.plots.style import COLOURS, number
from ...sde.support.checks import Array
from .panels import draw_lines, draw_map, draw_times, mark_end
from .paper import Panels, Plate, bound
from .scatterers_figures import (
    ANGLES,
    AXIS,
    RATIOS,
    SEED,
    SIZES,
    STRENGTHS,
    TEMPERATURES,
    figure_1,
    figure_2,
    figure_3,
    figure_4,
    figure_5,
)
from .scatterers_states import DECAY, E_L, E_R, IMMUNE, IMMUNE_ANGLE, NOISES, RESONATORS, UNIT

LABELS = {
    "angle": r"$\beta/\pi$",
    "shifted": r"$\tilde\Delta/\Gamma$",
    "detuning": r"$\Delta/\Gamma$",
    "defect": r"$\epsilon/\Gamma$",
    "rate": r"$\epsilon/\Gamma$",
    "ratio": r"$\eta/\epsilon$",
}
UNITS = {
    "angle": np.pi,
    "shifted": DECAY,
    "detuning": DECAY,
    "defect": DECAY,
    "rate": DECAY,
    "ratio": 1.0,
}
ER, EL = "$E_{N,r}$", "$E_{N,l}$"


def _pairs(ax: Axes, x: Array, curves: Mapping[str, tuple[Array, ...]], **words: Any) -> None:
    """Curves by their labels, published as lines and consistent as dashes of the same colour."""
    for (label, (published, consistent)), colour in zip(curves.items(), COLOURS, strict=False):
        ax.plot(x, published, color=colour, label=label)
        ax.plot(x, consistent, color=colour, ls="--", lw=0.9)
    ax.plot([], [], color="0.4", ls="--", lw=0.9, label="consistent noise")
    ax.set(**words)
    ax.legend(ncols=2, columnspacing=0.8, handlelength=1.4, loc="upper right")


def _map(ax: Axes, values: xr.DataArray, colours: str, letter: str) -> None:
    """A map whose dashed line is β_Im where β is an axis."""
    draw_map(ax, values, LABELS, UNITS, colours, letter)
    ax.set_facecolor("0.85")
    if values.dims[0] == "angle":
        ax.axvline(IMMUNE_ANGLE / np.pi, color="w", ls=":", lw=1.0)


def _least(worst: float) -> str:
    """Least eigenvalue of V + iΩ/2 in words; a negative one that is not told from zero as a bound."""
    if worst > 0:
        return rf"min eig $\geq$ {number(float(f'{worst:.0e}'))}"
    return rf"min eig $\geq$ −{number(float(bound(worst)))}"


def draw_1(figure: Figure, panels: Panels) -> None:
    """Fig. 1c, d, with eigenfrequencies dashed and the edge of stability dotted."""
    for ax, letter, other in zip(figure.subplots(1, 2), "cd", ("defect", "angle"), strict=True):
        data = panels[letter]
        photons = (data["N_r"] / panels["c"]["N_r"].max()).transpose("shifted", other)
        draw_map(ax, photons, LABELS, UNITS, r"$\mathcal{N}_r$ / largest", letter)
        values = data[other].values
        half = values if other == "defect" else np.abs(IMMUNE.replace(angle=values).backscattering)
        for sign in (1, -1):
            ax.plot(sign * half / DECAY, values / UNITS[other], "w--", lw=1.0)
        x, y = data["shifted"].values / DECAY, values / UNITS[other]
        ax.contour(
            x,
            y,
            data["stable"].transpose(other, "shifted").values,
            [0.5],
            colors="r",
            linestyles=":",
        )
        ax.set_title(f"({letter})  red: edge of stability")


def draw_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2a–f; after switch-on; and the audit."""
    axes = figure.subplots(3, 3)
    x = AXIS / DECAY
    for ax, name, ylabel, letter, unit in (
        (axes[1, 0], "T", "$T$", "c", 1.0),
        (axes[2, 0], "G_r", r"$|G_r|/\omega_m$", "e", UNIT),
    ):
        lines = {way: panels[f"{way} published"][name].values / unit for way in RESONATORS}
        draw_lines(ax, x, lines, LABELS["detuning"], ylabel, f"({letter})")
    curves = {
        way: tuple(panels[f"{way} {noise}"]["E_r"].values for noise in NOISES) for way in RESONATORS
    }
    _pairs(axes[0, 0], x, curves, xlabel=LABELS["detuning"], ylabel=ER, title="(a)")
    for way, system in RESONATORS.items():
        for noise in NOISES:
            run = panels[f"run {way} {noise}"]
            mark_end(
                axes[0, 0], run.attrs["place"] - float(system.scatterer_shift) / DECAY, run, E_R
            )
    _draw_angles(axes[:, 1], panels)
    runs = {
        f"{way}, {noise}": panels[f"run {way} {noise}"]
        for noise in NOISES
        for way in ("immune", "defective")
    }
    draw_times(axes[0, 2], runs, E_R, ER)
    axes[0, 2].set_title("after switch-on, each at its best detuning")
    _draw_ways(axes[1, 2], panels, E_R, ER)
    found = {way: (panels[f"{way} published"], panels[f"{way} consistent"]) for way in RESONATORS}
    worst = min(
        float(curve["physicality"].min()) for way in ("ideal", "immune") for curve in found[way]
    )
    _draw_audit(
        axes[2, 2], {"defective": found["defective"]}, f"audit (ideal, immune: {_least(worst)})"
    )


def _draw_angles(axes: Array, panels: Panels) -> None:
    """Fig. 2b, d, f: over β."""
    x = ANGLES / np.pi
    angles = [panels[f"angles {noise}"] for noise in NOISES]
    curves = {
        label: tuple(data[name].values for data in angles)
        for label, name in ((ER, "E_r"), (EL, "E_l"))
    }
    _pairs(axes[0], x, curves, xlabel=LABELS["angle"], ylabel="largest $E_N$", title="(b)")
    axes[0].plot(
        x, panels["printed"]["E_r"].values, color="0.5", ls=":", label=f"{ER}, Eq. (9) as printed"
    )
    for way, colour in (("ideal", "0.0"), ("defective", "0.6")):
        axes[0].axhline(
            float(panels[f"{way} published"]["E_r"].max()), color=colour, lw=0.6, label=way
        )
    axes[0].legend()
    dips = {"with nanoparticle": angles[0]["T"].values}
    dips["defective"] = np.full(len(x), float(panels["defective published"]["T"].min()))
    draw_lines(axes[1], x, dips, LABELS["angle"], "least $T$", "(d)")
    rates = {
        r"largest $|G_r|/\omega_m$": angles[0]["G_r"].values / UNIT,
        r"largest $|G_l|/\omega_m$": angles[0]["G_l"].values / UNIT,
        r"$|J_1|/2\Gamma$": np.abs(IMMUNE.replace(angle=ANGLES).backscattering) / (2 * DECAY),
    }
    draw_lines(axes[2], x, rates, LABELS["angle"], r"$|G|/\omega_m$, $|J_1|/2\Gamma$", "(f)")


def _draw_audit(ax: Axes, curves: dict[str, tuple[xr.Dataset, xr.Dataset]], title: str) -> None:
    """Least eigenvalues of V + iΩ/2 over the detuning, published and consistent."""
    least = {
        name: (one["physicality"].values, other["physicality"].values)
        for name, (one, other) in curves.items()
    }
    _pairs(
        ax,
        AXIS / DECAY,
        least,
        xlabel=LABELS["detuning"],
        ylabel=r"min eig$(V+i\Omega/2)$",
        yscale="log",
        ylim=(1e-9, 0.1),
        title=title,
    )


def draw_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–f, E_N with both noises; a cut with trajectories; and after switch-on."""
    axes = figure.subplots(3, 4)
    for row, (name, ylabel, letters) in enumerate((("E_r", ER, "ab"), ("E_l", EL, "cd"))):
        for column, noise in enumerate(NOISES):
            by_detuning, by_rate = panels[f"detuning {noise}"], panels[f"rate {noise}"]
            _map(axes[row, column], _on_axis(by_detuning[name]), ylabel, letters[0])
            _map(
                axes[row, 2 + column], by_rate[name].transpose("angle", "rate"), ylabel, letters[1]
            )
            worst = float(by_detuning["physicality"].min()), float(by_rate["physicality"].min())
            for at, letter, least in (
                (column, letters[0], worst[0]),
                (2 + column, letters[1], worst[1]),
            ):
                axes[row, at].set_title(f"({letter}) {noise}: {_least(least)}")
    _map(axes[2, 0], _on_axis(panels["detuning published"]["T"]), "$T$", "e")
    _map(axes[2, 1], panels["dip"]["T"].transpose("angle", "rate"), "$T$", "f")
    cuts = [panels[f"cut {noise}"] for noise in NOISES]
    curves = {
        label: tuple(cut[name].values for cut in cuts) for label, name in ((ER, "E_r"), (EL, "E_l"))
    }
    x = cuts[0]["shifted"].values / DECAY
    _pairs(
        axes[2, 2],
        x,
        curves,
        xlabel=LABELS["shifted"],
        ylabel="$E_N$",
        title=r"cut at $\beta=\pi/16$",
    )
    for name in ("forward", "reversed", "consistent"):
        for words in (E_R, E_L):
            mark_end(axes[2, 2], panels[f"run {name}"].attrs["place"], panels[f"run {name}"], words)
    _draw_ways(axes[2, 3], panels, E_L, EL)


def _draw_ways(ax: Axes, panels: Panels, words: str, ylabel: str) -> None:
    """E_N after switch-on with a complex J₁, forward and, dashed, reversed."""
    draw_times(ax, {way: panels[f"run {way}"] for way in ("forward", "reversed")}, words, ylabel)
    ax.lines[1].set_linestyle("--")
    ax.legend()
    ax.set_title(r"$\beta=\pi/16$ (complex $J_1$): the directions coincide")


def _on_axis(values: xr.DataArray) -> xr.DataArray:
    """The values over Δ, which is Δ̃ less the scatterers' shift."""
    moved = values.assign_coords(shifted=values["shifted"] - float(IMMUNE.scatterer_shift))
    return moved.rename(shifted="detuning").transpose("angle", "detuning")


def draw_4(figure: Figure, panels: Panels) -> None:
    """Fig. 4a, b, contours at the defect's own values; along β_Im with trajectories; and after
    switch-on.
    """
    axes = np.ravel(figure.subplots(2, 3))
    sizes, defects = (
        [panels[f"{name} {noise}"] for noise in NOISES] for name in ("size", "defect")
    )
    shown = ((0, "E_r", ER, "a"), (1, "E_r", ER, "a"), (0, "T", "least $T$", "b"))
    for ax, (which, name, label, letter) in zip(axes, shown, strict=False):
        values = sizes[which][name].transpose("angle", "ratio")
        _map(ax, values, label, letter)
        level = float(defects[which][name])
        sized = values.isel(ratio=slice(1, None))
        ax.contour(
            sized["angle"] / np.pi,
            sized["ratio"],
            sized.values.T,
            [level],
            colors="k",
            linestyles="--",
        )
    worst = [float(size["physicality"].min()) for size in sizes]
    for ax, noise, least in zip(axes, NOISES, worst, strict=False):
        ax.set_title(f"(a) {noise}: {_least(least)}")
    along = tuple(size["E_r"].sel(angle=IMMUNE_ANGLE, method="nearest").values for size in sizes)
    levels = tuple(np.full(len(RATIOS), float(defect["E_r"])) for defect in defects)
    curves = {r"at $\beta_{Im}$": along, "defect alone": levels}
    _pairs(axes[3], RATIOS, curves, xlabel=LABELS["ratio"], ylabel=f"largest {ER}")
    for ratio in SIZES:
        for name in ("forward", "consistent"):
            mark_end(axes[3], ratio, panels[f"run {ratio} {name}"], E_R)
    runs = {
        f"{ratio}, {way}": panels[f"run {ratio} {way}"]
        for ratio in SIZES
        for way in ("forward", "reversed")
    }
    draw_times(axes[4], runs, E_R, ER)
    axes[4].set_title(r"after switch-on, by $\eta/\epsilon$: the directions coincide")
    draw_times(axes[5], runs, E_L, EL)


def draw_5(figure: Figure, panels: Panels) -> None:
    """Fig. 5a–d; all draws; after switch-on; heat and loss."""
    axes = figure.subplots(3, 3)
    for column, count in enumerate((2, 3)):
        curves = {
            way: tuple(panels[f"{count} {way} {noise}"]["E_r"].values for noise in NOISES)
            for way in RESONATORS
        }
        title = f"({'ab'[column]})  N = {count}"
        _pairs(
            axes[0, column], AXIS / DECAY, curves, xlabel=LABELS["detuning"], ylabel=ER, title=title
        )
        lines = {way: panels[f"{count} {way} published"]["T"].values for way in RESONATORS}
        title = f"({'cd'[column]})  N = {count}"
        draw_lines(axes[1, column], AXIS / DECAY, lines, LABELS["detuning"], "$T$", title)
        for name, way in (
            ("forward", "immune"),
            ("defective", "defective"),
            ("consistent", "immune"),
        ):
            run, shift = (
                panels[f"run {count} {name}"],
                panels[f"{count} {way} published"]["shifted"][0] - AXIS[0],
            )
            mark_end(axes[0, column], run.attrs["place"] - float(shift) / DECAY, run, E_R)
    _draw_draws(axes[0, 2], panels)
    runs = {
        f"N = {n}, {way}": panels[f"run {n} {way}"]
        for n in (2, 3)
        for way in ("forward", "reversed", "defective")
    }
    draw_times(axes[1, 2], runs, E_R, ER)
    axes[1, 2].set_title("after switch-on: the directions coincide")
    _draw_survival(axes[2], panels)


def _draw_draws(ax: Axes, panels: Panels) -> None:
    """The largest E_N,r of every draw over the joint strength of its defects."""
    for count, colour in ((2, COLOURS[0]), (3, COLOURS[1])):
        data = panels[f"{count} draws"]
        for name, marker in (("defective", "o"), ("immune", "x")):
            ax.plot(
                data["strength"],
                data[name],
                marker,
                color=colour,
                ms=3,
                label=f"N = {count}, {name}",
            )
    order = np.argsort(data["strength"].values)
    ax.plot(data["strength"][order], data["single"][order], color="0.5", lw=0.6, label="one defect")
    ax.set(xlabel=r"$\epsilon'/\Gamma$", ylabel=f"largest {ER}", title="all draws")
    ax.legend()


def _draw_survival(axes: Array, panels: Panels) -> None:
    """The largest E_N,r against temperature and loss; and the audit's numbers of the curves above."""
    found = [panels[f"survival {noise}"] for noise in NOISES]
    names = {0.0: "immune"} | {
        each: rf"defect, $\epsilon={each:.0f}\,\Gamma$" for each in STRENGTHS
    }
    losses = found[0]["intrinsic_decay"].values / DECAY
    shown = (
        (axes[0], "heat", TEMPERATURES, "$T_e$ (K)"),
        (axes[1], "loss", losses, r"$\kappa_0/\Gamma$"),
    )
    for ax, name, x, label in shown:
        curves = {
            words: tuple(np.fmax(data[name].sel(strength=each).values, 0.0) for data in found)
            for each, words in names.items()
        }
        _pairs(ax, x, curves, xlabel=label, ylabel=f"largest {ER}", title=name)
        ax.set_xscale("log")
    defective = {
        f"N = {n}": (panels[f"{n} defective published"], panels[f"{n} defective consistent"])
        for n in (2, 3)
    }
    _draw_audit(axes[2], defective, "audit, defects without nanoparticle")


PLATES = (
    Plate(
        "1",
        (2, 1),
        figure_1,
        draw_1,
        "the range of c, 0…3Γ, is ours; the largest photon number of c is the unit",
    ),
    Plate(
        "2",
        (3, 3),
        figure_2,
        draw_2,
        "the range of Δ is ours; extreme values are those of Δ̃ = 0…6Γ; right: not in the paper",
    ),
    Plate(
        "3",
        (4, 3),
        figure_3,
        draw_3,
        "the range of ε, 0.1…4Γ with η = ε, is ours; grey: no steady state; cut: not in the paper",
    ),
    Plate("4", (3, 2), figure_4, draw_4, "the range of η/ε is ours; below: not in the paper"),
    Plate(
        "5",
        (3, 3),
        figure_5,
        draw_5,
        f"ε_j and β_j are not printed: uniform, scaled to Σε_j = 2Γ, drawn with seed {SEED}, as "
        "in 'all draws'",
    ),
)
