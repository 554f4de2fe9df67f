"""E_N of the cascaded resonators over detuning, spins and χ, Figs. 2 and 3; judged in `cascaded`.

Panels are computed with the printed noise ("published", every port a vacuum of its own) and with
the fibre carrying the vacuum on ("consistent"), and from both sides, but for the two that explain a
claim of the text: what any spin gains (published, from the left) and Δ as the bare detuning
(likewise). E_N is the positive part of −ln 2ν⁻, kept too.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...analysis.plots.style import BAND, COLOURS, number
from ...sde.support.checks import Array
from ...sde.systems.cascaded import MHZ
from ...steady import steady_state
from .cascaded_states import (
    E_NAME,
    FAST,
    NOISES,
    POINT,
    RESONATORS,
    SIGNED,
    SLOW,
    SPINNING,
    STYLES,
    UNIT,
    WAYS,
    E,
    exponent,
    run,
    runs_both,
    runs_mismatched,
    steady,
    steady_of,
)
from .panels import appears, draw_lines, draw_map, draw_times, mark_end
from .paper import Panels, Plate

EQUAL = RESONATORS.replace(external_decay_left=28.5 * MHZ, external_decay_right=28.5 * MHZ)
"""Both κ_ex at the mean of the printed ones: the two directions then mirror each other."""
DETUNINGS, COARSE = UNIT * np.linspace(0.0, 2.0, 401), UNIT * np.linspace(0.3, 1.4, 111)
RATIOS, MISMATCHED = (1.0, 0.97, 0.95), (0.97, 0.95)
CHIS, SCAN = np.linspace(0.92, 1.08, 65), np.linspace(0.92, 1.04, 25)
SPINS, FEW = 1e6 * np.linspace(-1.2, 1.2, 61), 1e6 * np.linspace(-0.8, 2.0, 29)
PLACES = {"a": (1.0, 1.0), "c": (0.75, 1.265)}
"""Δ/ω_m of runs from switch-on in Figs. 2a and c, from the left and from the right; in 2b both of
the printed ones.
"""
BOTH_WAYS = (0.74, 0.98)
POWERS = np.array([1e-3, 5e-3, 20e-3])
AXIS = r"$\Delta/\omega_{m,l}$"
EXPONENT = r"$-\ln\,2\nu^-$"
LEAST = r"least eigenvalue of $V + i\Omega/2$"
LABELS = {
    "frequency_ratio": r"$\chi$",
    "spin_left": r"$\Omega_l$ (10$^6$ rad/s)",
    "spin_right": r"$\Omega_r$ (10$^6$ rad/s)",
}
UNITS = {"frequency_ratio": 1.0, "spin_left": 1e6, "spin_right": 1e6}


def figure_2(threads: int) -> Panels:
    """E_N over the detuning, three pairs of spins and opposite ones; equal κ_ex; and after
    switch-on.
    """
    axes = {"effective_detuning": DETUNINGS}
    spins = {"a": (0.0, 0.0), "b": (SLOW, 0.0), "c": (SLOW, SLOW), "opposite": (SLOW, -SLOW)}
    systems = {
        name: RESONATORS.replace(spin_left=left, spin_right=right)
        for name, (left, right) in spins.items()
    }
    curves = {name: steady(system, axes, threads) for name, system in systems.items()}
    equal = {
        f"{name} equal": steady(EQUAL.replace(spin_left=left, spin_right=right), axes, threads)
        for name, (left, right) in spins.items()
        if name in ("a", "opposite")
    }
    runs = {
        f"{letter} {way} {noise}": run(
            systems[letter].replace(noise=noise, input_side=way), place, threads
        )
        for letter, places in PLACES.items()
        for way, place in zip(WAYS, places, strict=True)
        for noise in NOISES
    }
    for place in BOTH_WAYS:
        runs |= runs_both(systems["b"], place, threads, f"b {place}")
    powers = steady(
        RESONATORS.replace(temperature=0.0),
        {"power": POWERS, "effective_detuning": [UNIT]},
        threads,
    )
    return (
        curves
        | equal
        | runs
        | {"power": powers.squeeze("effective_detuning", drop=True), "bare": _equally_bare()}
    )


def _equally_bare() -> xr.Dataset:
    """Published E_N at rest from the left when Δ is the bare detuning of both cavities."""
    found = steady_state(
        RESONATORS.replace(detuning_left=DETUNINGS, detuning_right=DETUNINGS)
    ).isel(branch=0, drop=True)
    return xr.Dataset({E_NAME: np.maximum(exponent(found), 0.0)})


def figure_3(threads: int) -> Panels:
    """E_N over the detuning for several χ, static and spinning; revival maps; what any spin gains;
    after switch-on.
    """
    unequal = {"frequency_ratio": MISMATCHED, "effective_detuning": DETUNINGS}
    maps = {
        "e": steady(
            RESONATORS,
            {"frequency_ratio": CHIS, "spin_left": SPINS, "effective_detuning": [UNIT]},
            threads,
        ),
        "f": steady(
            RESONATORS.replace(frequency_ratio=0.97),
            {"spin_left": SPINS, "spin_right": SPINS, "effective_detuning": [POINT * UNIT]},
            threads,
        ),
    }
    return {
        "a": steady(RESONATORS, unequal | {"frequency_ratio": RATIOS}, threads),
        "b": steady(SPINNING.replace(spin_right=FAST), unequal, threads),
        "cd": steady(SPINNING, unequal, threads),
        **{
            letter: found.squeeze("effective_detuning", drop=True) for letter, found in maps.items()
        },
        "chi": _over_ratio(threads),
        **runs_both(SPINNING.replace(frequency_ratio=0.97), POINT, threads, "c"),
        **{f"d {name}": found for name, found in runs_mismatched(threads).items()},
    }


def _over_ratio(threads: int) -> xr.Dataset:
    """Largest E_N over Δ from the left with the printed noise: static, with Ω_l of Fig. 3, with any
    spins.

    E_N depends on Δ and the spins through the two sums of Δ and Sagnac shift alone: Ω_r = 0 leaves
    out none.
    """
    axes = {
        "frequency_ratio": SCAN,
        "spin_left": np.unique([*FEW, 0.0, FAST]),
        "effective_detuning": COARSE[::4],
    }
    fine = {"frequency_ratio": SCAN, "spin_left": [0.0, FAST], "effective_detuning": COARSE}
    every, two = (steady_of(RESONATORS, chosen, threads)[E_NAME] for chosen in (axes, fine))
    static, spun = (
        two.sel(spin_left=spin, drop=True).max("effective_detuning") for spin in (0.0, FAST)
    )
    best = np.maximum(every.max(["effective_detuning", "spin_left"]), np.maximum(static, spun))
    return xr.Dataset({"static": static, "spun": spun, "best": best})


def revival(panels: Panels, letter: str, way: str) -> xr.DataArray:
    """Eq. (22) over a map of Fig. 3: E_N over the largest of static, equal oscillators driven from
    the same side.
    """
    whole = panels["a"][E_NAME].sel(noise="published", input_side=way, frequency_ratio=1.0)
    return panels[letter][E_NAME].sel(noise="published", input_side=way) / float(whole.max())


def draw_2(figure: Figure, panels: Panels) -> None:
    """Fig. 2a–c; −ln 2ν⁻ and the audit of both noises below; opposite spins; E_N and −ln 2ν⁻ after
    switch-on.
    """
    axes = figure.subplots(4, 3)
    titles = {"a": "(0, 0)", "b": "(0.6, 0)", "c": "(0.6, 0.6)"}
    for column, (letter, spins) in enumerate(titles.items()):
        title = rf"({letter})  $(\Omega_l, \Omega_r)$ = {spins} · 10$^6$ rad/s"
        draw_entanglement(axes[0, column], panels[letter], title)
        draw_both(
            axes[1, column],
            panels[letter],
            SIGNED,
            EXPONENT,
            f"({letter})  both noises; entangled above 0",
        )
        draw_audit(axes[2, column], panels[letter], f"({letter})  audit: a state has none below 0")
    for letter, places in PLACES.items():
        for way, place in zip(WAYS, places, strict=True):
            _mark_ends(axes[:2, "abc".index(letter)], place, panels, f"{letter} {way}")
    for place in BOTH_WAYS:
        for way in WAYS:
            _mark_ends(axes[:2, 1], place, panels, f"b {place} {way}")
    _draw_opposite(axes[3, 0], panels)
    names = {f"{place}, {way}": f"b {place} {way}" for place in BOTH_WAYS for way in WAYS}
    runs = {label: panels[f"{name} published"] for label, name in names.items()}
    draw_times(axes[3, 1], _with_appearances(runs), E, "$E_N$")
    axes[3, 1].set_title("(b)  after switch-on, published; when it appears")
    draw_exponents(axes[3, 2], panels, names)


def draw_entanglement(ax: Axes, panel: xr.Dataset, title: str) -> None:
    """Published E_N of both directions over the detuning, and the larger of the consistent model's
    two.
    """
    curves = {
        f"from the {way}, published": _values(panel, E_NAME, "published", way) for way in WAYS
    }
    curves["both, consistent"] = panel[E_NAME].sel(noise="consistent").max("input_side").values
    draw_lines(ax, DETUNINGS / UNIT, curves, AXIS, "$E_N$", title)
    ax.lines[-1].set(color="k", linestyle="--")
    ax.legend()


def draw_both(ax: Axes, panel: xr.Dataset, name: str, ylabel: str, title: str) -> None:
    """A quantity of both directions over the detuning: published solid, consistent dashed."""
    for noise in NOISES:
        for way, colour in zip(WAYS, COLOURS, strict=False):
            values = _values(panel, name, noise, way)
            ax.plot(DETUNINGS / UNIT, values, STYLES[noise], color=colour, label=f"{way}, {noise}")
    ax.axhline(0.0, color="0.6", lw=0.6, zorder=0)
    ax.set(xlabel=AXIS, ylabel=ylabel, title=title, ylim=(-0.6, 0.2))
    ax.legend(ncols=2, loc="upper center", columnspacing=1.0, handlelength=1.5)


def draw_audit(ax: Axes, panel: xr.Dataset, title: str) -> None:
    """Least eigenvalue of V + iΩ/2 of both noises, with the least of all in words."""
    draw_both(ax, panel, "physicality", LEAST, title)
    least = {noise: float(panel["physicality"].sel(noise=noise).min()) for noise in NOISES}
    words = "\n".join(
        f"least, {noise}: {number(float(f'{value:.2g}'))}" for noise, value in least.items()
    )
    ax.set_ylim(-0.33, 0.06)
    ax.text(0.5, 0.03, words, transform=ax.transAxes, ha="center", fontsize=7)


def _values(panel: xr.Dataset, name: str, noise: str, way: str) -> Array:
    return np.asarray(panel[name].sel(noise=noise, input_side=way).values)


def _mark_ends(axes: Array, place: float, panels: Panels, name: str) -> None:
    """The ends of a run with either noise, on E_N and on −ln 2ν⁻."""
    for noise in NOISES:
        history = panels[f"{name} {noise}"]
        signed = xr.Dataset({E: history[f"{E}_signed"], f"{E}_stderr": history[f"{E}_stderr"]})
        for ax, found in zip(axes, (history, signed), strict=False):
            mark_end(ax, place, found, E)


def _draw_opposite(ax: Axes, panels: Panels) -> None:
    curves = {
        f"from the {way}, {which}": _values(panels[name], E_NAME, "published", way)
        for name, which in (
            ("opposite", "printed $\\kappa_{ex}$"),
            ("opposite equal", "equal $\\kappa_{ex}$"),
        )
        for way in WAYS
    }
    title = r"opposite spins, (0.6, $-$0.6) · 10$^6$ rad/s"
    draw_lines(ax, DETUNINGS / UNIT, curves, AXIS, "$E_N$, published", title)
    ax.lines[-1].set_linestyle("--")


def _with_appearances(runs: Mapping[str, xr.Dataset]) -> dict[str, xr.Dataset]:
    """Runs labelled also by when E_N appears."""
    times = {label: 1e9 * appears(history, E) for label, history in runs.items()}
    words = {
        label: f"{time:.0f} ns" if np.isfinite(time) else "not in this run"
        for label, time in times.items()
    }
    return {f"{label}: {words[label]}": history for label, history in runs.items()}


def draw_exponents(ax: Axes, panels: Panels, names: Mapping[str, str]) -> None:
    """−ln 2ν⁻ after switch-on, published solid, consistent dashed; bands are trajectories. E_N is
    its positive part.
    """
    for (label, name), colour in zip(names.items(), COLOURS, strict=False):
        for noise in NOISES:
            history = panels[f"{name} {noise}"]
            times, value = 1e9 * history["time"].values, history[f"{E}_signed"].values
            error = BAND * history[f"{E}_stderr"].values
            ax.fill_between(times, value - error, value + error, color=colour, alpha=0.3, lw=0)
            ax.plot(
                times,
                value,
                STYLES[noise],
                color=colour,
                label=label if noise == "published" else None,
            )
    ax.axhline(0.0, color="0.6", lw=0.6, zorder=0)
    ax.set(xlabel="time after switch-on (ns)", ylabel=EXPONENT, ylim=(-1.5, 0.2))
    ax.set_title("(b)  published solid, consistent dashed")
    ax.legend(loc="lower right")


def draw_3(figure: Figure, panels: Panels) -> None:
    """Fig. 3a–f with the consistent model; after switch-on; and what spinning gains over χ."""
    axes = figure.subplots(4, 3)
    _draw_ratios(axes[0, 0], panels["a"], RATIOS, "(a)  static")
    _draw_ratios(axes[0, 1], panels["b"], MISMATCHED, r"(b)  spins (0.8, 0.8)")
    for ax, letter, ratio in ((axes[0, 2], "c", 0.97), (axes[1, 0], "d", 0.95)):
        spun, static = (panels[name].sel(frequency_ratio=ratio) for name in ("cd", "a"))
        title = rf"({letter})  $\chi = {ratio}$, spins (0.8, 0) · 10$^6$ rad/s"
        draw_entanglement(ax, spun, title)
        ax.plot(
            DETUNINGS / UNIT,
            _values(static, E_NAME, "published", "left"),
            color="0.6",
            label="static, left",
        )
        ax.legend()
        for way in WAYS:
            _mark_ends(
                np.array([ax, axes[1, 1]][: 1 + (letter == "d")]), POINT, panels, f"{letter} {way}"
            )
    last = panels["cd"].sel(frequency_ratio=0.95)
    draw_both(axes[1, 1], last, SIGNED, EXPONENT, "(d)  both noises; entangled above 0")
    draw_audit(axes[1, 2], last, "(d)  audit: a state has none below 0")
    for row, letter, way in ((2, "e", "right"), (3, "f", "left")):
        _draw_maps(axes[row, 0], axes[row, 1], panels, letter, way)
    _draw_gain(axes[2, 2], panels["chi"])
    runs = {
        f"{letter}, {way}": panels[f"{letter} {way} published"] for letter in "cd" for way in WAYS
    }
    runs |= {"d, left, consistent": panels["d left consistent"]}
    draw_times(axes[3, 2], _with_appearances(runs), E, "$E_N$")
    axes[3, 2].set_title("after switch-on; when it appears")


def _draw_ratios(ax: Axes, panel: xr.Dataset, ratios: tuple[float, ...], title: str) -> None:
    """Published E_N over the detuning by χ: from the left solid, from the right dotted; consistent
    dashed.
    """
    for ratio, colour in zip(ratios, COLOURS, strict=False):
        for way, style in zip(WAYS, ("-", ":"), strict=True):
            values = _values(panel.sel(frequency_ratio=ratio), E_NAME, "published", way)
            label = rf"$\chi = {ratio}$" if way == "left" else None
            ax.plot(DETUNINGS / UNIT, values, style, color=colour, label=label)
    consistent = panel[E_NAME].sel(noise="consistent").max(["input_side", "frequency_ratio"])
    ax.plot(DETUNINGS / UNIT, consistent, "k--", label="all, consistent")
    least = float(panel["physicality"].sel(noise="published").min())
    ax.set(xlabel=AXIS, ylabel="$E_N$", title=f"{title}; solid: left, dotted: right")
    ax.legend(ncols=2, title=rf"published $V + i\Omega/2 \geq$ {number(round(least, 2))}")


def _draw_maps(first: Axes, second: Axes, panels: Panels, letter: str, way: str) -> None:
    """The published revival coefficient, and −ln 2ν⁻ of the consistent model, never positive."""
    panel = panels[letter].sel(input_side=way)
    draw_map(first, revival(panels, letter, way), LABELS, UNITS, "revival, published", letter)
    draw_map(
        second,
        panel[SIGNED].sel(noise="consistent"),
        LABELS,
        UNITS,
        f"{EXPONENT}, consistent",
        letter,
    )
    for ax, noise in ((first, "published"), (second, "consistent")):
        least = float(panel["physicality"].sel(noise=noise).min())
        ax.set_title(
            rf"({letter})  from the {way}; $V + i\Omega/2 \geq$ {number(float(f'{least:.2g}'))}"
        )


def _draw_gain(ax: Axes, scan: xr.Dataset) -> None:
    """What spinning gains over rest, and how much of the static, equal oscillators' E_N it
    restores.
    """
    whole = float(scan["static"].sel(frequency_ratio=1.0, method="nearest"))
    curves = {f"{label}": (scan[name] / whole).values for label, name in _GAINS.items()}
    draw_lines(
        ax,
        SCAN,
        curves,
        r"$\chi$",
        r"largest $E_N$ over that at $\chi=1$",
        "from the left, published",
    )


_GAINS = {
    "static": "static",
    r"$\Omega_l = 0.8 \cdot 10^6$ rad/s": "spun",
    "best of any spins": "best",
}
PLATES = (
    Plate(
        "2",
        (3, 4),
        figure_2,
        draw_2,
        "Δ is the effective detuning, imposed on each cavity; its range is ours. Dashed: the fibre carries the vacuum "
        "on, and no steady state has E_N > 0; dots end runs. Below: −ln 2ν⁻, the audit, opposite spins, and after "
        "switch-on",
    ),
    Plate(
        "3",
        (3, 4),
        figure_3,
        draw_3,
        "the ranges of e and f, and the χ of b are ours; in c and d, Ω_l = 0.8·10⁶ rad/s and Ω_r "
        "= 0",
    ),
)
