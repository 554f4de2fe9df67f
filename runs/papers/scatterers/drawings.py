"""Figures 1-4 of the paper, drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ....analysis.plots.style import COLOURS, number
from ....sde.support.checks import Array
from ..curves import upper_bound
from ..paper import Panels
from ..shared_data import NOISES
from ..shared_drawings import draw_lines, draw_map, draw_runs, mark_run_end
from .data import ANGLES, DETUNINGS, RATIOS, RUN_RATIOS
from .systems import DECAY, E_L, E_R, IMMUNE, IMMUNE_ANGLE, RESONATORS, UNIT

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
ER = "$E_{N,r}$"
EL = "$E_{N,l}$"
Both = tuple[Array, ...]
"""A curve with published noise and one with consistent noise."""


def by_noise(panels: Panels, name: str, variable: str) -> Both:
    """A variable of the panels "NAME published" and "NAME consistent"."""
    return tuple(panels[f"{name} {noise}"][variable].values for noise in NOISES)


def draw_both_noises(ax: Axes, x: Array, curves: Mapping[str, Both], **axes: Any) -> None:
    """Curves by their labels: published solid, consistent dashed in the same colour."""
    for (label, (published, consistent)), colour in zip(curves.items(), COLOURS, strict=False):
        ax.plot(x, published, color=colour, label=label)
        ax.plot(x, consistent, color=colour, ls="--", lw=0.9)
    ax.plot([], [], color="0.4", ls="--", lw=0.9, label="consistent noise")
    ax.set(**axes)
    ax.legend(ncols=2, columnspacing=0.8, handlelength=1.4, loc="upper right")


def draw_audit(ax: Axes, curves: Mapping[str, Both], title: str) -> None:
    """Least eigenvalues of V + iΩ/2 over the detuning."""
    draw_both_noises(ax, DETUNINGS / DECAY, curves, xlabel=LABELS["detuning"], yscale="log")
    ax.set(ylabel=r"min eig$(V+i\Omega/2)$", ylim=(1e-9, 0.1), title=title)


def _map(ax: Axes, values: xr.DataArray, bar: str, letter: str) -> None:
    """A map; dotted, β_Im where β is an axis; grey, no steady state."""
    draw_map(ax, values, LABELS, UNITS, bar, letter)
    ax.set_facecolor("0.85")
    if values.dims[0] == "angle":
        ax.axvline(IMMUNE_ANGLE / np.pi, color="w", ls=":", lw=1.0)


def _least_eigenvalue(least: float) -> str:
    """Least eigenvalue of V + iΩ/2; where negative within rounding, a bound."""
    if least > 0:
        return rf"min eig $\geq$ {number(float(f'{least:.0e}'))}"
    return rf"min eig $\geq$ −{number(float(upper_bound(least)))}"


def draw_figure_1(figure: Figure, panels: Panels) -> None:
    """Fig. 1c, d, with eigenfrequencies dashed and the edge of stability dotted."""
    for ax, letter, other in zip(figure.subplots(1, 2), "cd", ("defect", "angle"), strict=True):
        data = panels[letter]
        photons = (data["N_r"] / panels["c"]["N_r"].max()).transpose("shifted", other)
        draw_map(ax, photons, LABELS, UNITS, r"$\mathcal{N}_r$ / largest", letter)
        values = data[other].values
        half = values if other == "defect" else np.abs(IMMUNE.replace(angle=values).backscattering)
        x = data["shifted"].values / DECAY
        y = values / UNITS[other]
        for sign in (1, -1):
            ax.plot(sign * half / DECAY, y, "w--", lw=1.0)
        stable = data["stable"].transpose(other, "shifted").values
        ax.contour(x, y, stable, [0.5], colors="r", linestyles=":")
        ax.set_title(f"({letter})  red: edge of stability")


def draw_figure_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2a–f; runs; the audit."""
    axes = figure.subplots(3, 3)
    _draw_detunings(axes[:, 0], panels)
    _draw_angles(axes[:, 1], panels)
    names = [f"{way} {noise}" for noise in NOISES for way in ("immune", "defective")]
    runs = {name.replace(" ", ", "): panels[f"run {name}"] for name in names}
    draw_runs(axes[0, 2], runs, E_R, ER)
    axes[0, 2].set_title("after switch-on, each at its best detuning")
    _draw_both_ways(axes[1, 2], panels, E_R, ER)
    least = min(
        float(np.nanmin(values))
        for way in ("ideal", "immune")
        for values in by_noise(panels, way, "physicality")
    )
    defective = {"defective": by_noise(panels, "defective", "physicality")}
    draw_audit(axes[2, 2], defective, f"audit (ideal, immune: {_least_eigenvalue(least)})")


def _draw_detunings(axes: Array, panels: Panels) -> None:
    """Fig. 2a, c, e: over Δ, with the ends of runs in a."""
    x = DETUNINGS / DECAY
    curves = {way: by_noise(panels, way, "E_r") for way in RESONATORS}
    draw_both_noises(axes[0], x, curves, xlabel=LABELS["detuning"], ylabel=ER, title="(a)")
    for way, system in RESONATORS.items():
        for noise in NOISES:
            run = panels[f"run {way} {noise}"]
            place = run.attrs["place"] - float(system.scatterer_shift) / DECAY
            mark_run_end(axes[0], place, run, E_R)
    for ax, name, ylabel, letter, unit in (
        (axes[1], "T", "$T$", "c", 1.0),
        (axes[2], "G_r", r"$|G_r|/\omega_m$", "e", UNIT),
    ):
        lines = {way: panels[f"{way} published"][name].values / unit for way in RESONATORS}
        draw_lines(ax, x, lines, LABELS["detuning"], ylabel, f"({letter})")


def _draw_angles(axes: Array, panels: Panels) -> None:
    """Fig. 2b, d, f: over β."""
    x = ANGLES / np.pi
    label = LABELS["angle"]
    curves = {ER: by_noise(panels, "angles", "E_r"), EL: by_noise(panels, "angles", "E_l")}
    draw_both_noises(axes[0], x, curves, xlabel=label, ylabel="largest $E_N$", title="(b)")
    printed = panels["printed"]["E_r"].values
    axes[0].plot(x, printed, color="0.5", ls=":", label=f"{ER}, Eq. (9) as printed")
    for way, colour in (("ideal", "0.0"), ("defective", "0.6")):
        level = float(panels[f"{way} published"]["E_r"].max())
        axes[0].axhline(level, color=colour, lw=0.6, label=way)
    axes[0].legend()
    found = panels["angles published"]
    dips = {"with nanoparticle": found["T"].values}
    dips["defective"] = np.full(len(x), float(panels["defective published"]["T"].min()))
    draw_lines(axes[1], x, dips, label, "least $T$", "(d)")
    rates = {
        r"largest $|G_r|/\omega_m$": found["G_r"].values / UNIT,
        r"largest $|G_l|/\omega_m$": found["G_l"].values / UNIT,
        r"$|J_1|/2\Gamma$": np.abs(IMMUNE.replace(angle=ANGLES).backscattering) / (2 * DECAY),
    }
    draw_lines(axes[2], x, rates, label, r"$|G|/\omega_m$, $|J_1|/2\Gamma$", "(f)")


def draw_figure_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–f, E_N with both noises; a cut with trajectories; runs."""
    axes = figure.subplots(3, 4)
    for row, (name, bar, letters) in enumerate((("E_r", ER, "ab"), ("E_l", EL, "cd"))):
        for column, noise in enumerate(NOISES):
            pair = axes[row, column], axes[row, 2 + column]
            for ax, kind, letter in zip(pair, ("detuning", "rate"), letters, strict=True):
                panel = panels[f"{kind} {noise}"]
                _map(ax, _over_angle(panel[name]), bar, letter)
                least = _least_eigenvalue(float(panel["physicality"].min()))
                ax.set_title(f"({letter}) {noise}: {least}")
    _map(axes[2, 0], _over_angle(panels["detuning published"]["T"]), "$T$", "e")
    _map(axes[2, 1], _over_angle(panels["dip"]["T"]), "$T$", "f")
    _draw_cut(axes[2, 2], panels)
    _draw_both_ways(axes[2, 3], panels, E_L, EL)


def _over_angle(values: xr.DataArray) -> xr.DataArray:
    """Values over β and another axis; Δ instead of Δ̃, without the scatterers' shift."""
    if "shifted" in values.dims:
        detuning = values["shifted"] - float(IMMUNE.scatterer_shift)
        values = values.assign_coords(shifted=detuning).rename(shifted="detuning")
    return values.transpose("angle", ...)


def _draw_cut(ax: Axes, panels: Panels) -> None:
    """E_N of both optical modes over Δ̃ with a complex J₁, and the ends of runs."""
    curves = {ER: by_noise(panels, "cut", "E_r"), EL: by_noise(panels, "cut", "E_l")}
    x = panels["cut published"]["shifted"].values / DECAY
    title = r"cut at $\beta=\pi/16$"
    draw_both_noises(ax, x, curves, xlabel=LABELS["shifted"], ylabel="$E_N$", title=title)
    for name in ("forward", "reversed", "consistent"):
        run = panels[f"run {name}"]
        for measure in (E_R, E_L):
            mark_run_end(ax, run.attrs["place"], run, measure)


def _draw_both_ways(ax: Axes, panels: Panels, measure: str, ylabel: str) -> None:
    """E_N after switch-on with a complex J₁, forward and, dashed, reversed."""
    runs = {way: panels[f"run {way}"] for way in ("forward", "reversed")}
    draw_runs(ax, runs, measure, ylabel)
    ax.lines[1].set_linestyle("--")
    ax.legend()
    ax.set_title(r"$\beta=\pi/16$ (complex $J_1$): the directions coincide")


def draw_figure_4(figure: Figure, panels: Panels) -> None:
    """Fig. 4a, b, dashed at the defect's own values; along β_Im with trajectories; runs."""
    axes = np.ravel(figure.subplots(2, 3))
    for ax, noise, name, bar, letter in (
        (axes[0], "published", "E_r", ER, "a"),
        (axes[1], "consistent", "E_r", ER, "a"),
        (axes[2], "published", "T", "least $T$", "b"),
    ):
        found = panels[f"size {noise}"]
        _map(ax, found[name].transpose("angle", "ratio"), bar, letter)
        _draw_level(ax, found[name], float(panels[f"defect {noise}"][name]))
        if letter == "a":
            least = _least_eigenvalue(float(found["physicality"].min()))
            ax.set_title(f"(a) {noise}: {least}")
    _draw_at_immune_angle(axes[3], panels)
    names = [f"{ratio} {way}" for ratio in RUN_RATIOS for way in ("forward", "reversed")]
    runs = {name.replace(" ", ", "): panels[f"run {name}"] for name in names}
    draw_runs(axes[4], runs, E_R, ER)
    axes[4].set_title(r"after switch-on, by $\eta/\epsilon$: the directions coincide")
    draw_runs(axes[5], runs, E_L, EL)


def _draw_level(ax: Axes, values: xr.DataArray, level: float) -> None:
    """The contour of a level over β and η/ε > 0."""
    sized = values.transpose("angle", "ratio").isel(ratio=slice(1, None))
    x = sized["angle"] / np.pi
    y = sized["ratio"]
    ax.contour(x, y, sized.values.T, [level], colors="k", linestyles="--")


def _draw_at_immune_angle(ax: Axes, panels: Panels) -> None:
    """Largest E_N,r over η/ε at β_Im and with the defect alone, and the ends of runs."""
    sizes = [panels[f"size {noise}"]["E_r"] for noise in NOISES]
    along = tuple(size.sel(angle=IMMUNE_ANGLE, method="nearest").values for size in sizes)
    levels = tuple(np.full(len(RATIOS), level) for level in by_noise(panels, "defect", "E_r"))
    curves = {r"at $\beta_{Im}$": along, "defect alone": levels}
    draw_both_noises(ax, RATIOS, curves, xlabel=LABELS["ratio"], ylabel=f"largest {ER}")
    for ratio in RUN_RATIOS:
        for name in ("forward", "consistent"):
            mark_run_end(ax, ratio, panels[f"run {ratio} {name}"], E_R)
