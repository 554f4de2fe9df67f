"""Figures of a run, ready for a paper: transient means, covariance, entanglement, Wigner ellipses,
limit cycle.

`figures` makes those of one run: the dataset of `simulate` or `propagate_moments`, or the result of
a run file. Each other function draws one panel, `draw_means(run)` on a new figure or
`draw_means(run, ax=ax)` on an Axes of yours, and returns its Axes. All modes are drawn unless
`modes=` names some; times are in a readable unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BytesIO
from string import ascii_lowercase

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .curves import (
    chosen_modes,
    entangled,
    has,
    look,
    losses,
    mode_names,
    pair_of,
    quadrature_names,
    quanta,
    require_one_run,
    time_axis,
    why_empty,
)
from .entanglement import (
    UNPHYSICAL,
    draw_entanglement,
    draw_error_bars,
    mark_unphysical,
    unphysical_words,
)
from .style import (
    BAND,
    BAND_WORDS,
    COLOURS,
    COLUMN,
    GREY,
    LINES,
    STYLE,
    Array,
    darker,
    head,
    make_room,
    new_figure,
    on_axes,
    positive_axis,
    readable_axis,
    say_instead,
    style,
    tell_apart,
)

__all__ = [
    "BAND",
    "COLOURS",
    "COLUMN",
    "STYLE",
    "UNPHYSICAL",
    "Array",
    "draw_covariance",
    "draw_ellipses",
    "draw_entanglement",
    "draw_error_bars",
    "draw_means",
    "draw_orbit",
    "ellipse",
    "figures",
    "mark_unphysical",
    "prepare",
    "unphysical_words",
]

TOGETHER, VARIANCES = 8, 4
"""Modes in one panel, at most, and in one of variances, which has two curves of each."""
OVERVIEW = 12
"""Modes in an overview, at most."""
DARK = 1e-12
"""Part of the brightest mode's quanta below which a mode has no mean field."""
SAMPLE = "covariance_sample"
Panel = Callable[..., Axes]
"""What draws one panel on its Axes, with its letter."""


def prepare() -> None:
    """Load fonts and backends, so that the first figure is as quick as the next: a thread may do it
    ahead of time.
    """
    with style():
        figure = new_figure()
        ax = figure.subplots()
        ax.set(yscale="log", title="(a)", ylabel=r"$\nu$")
        for form in ("png", "pdf"):
            figure.savefig(BytesIO(), format=form)


def figures(
    run: xr.Dataset, modes: Sequence[str] | None = None, pair: Sequence[str] | None = None
) -> Iterator[tuple[str, Figure]]:
    """Named figures of a run, the overview of all first.

    Parameters
    ----------
    run
        What `simulate` or `propagate_moments` returned, of one parameter point, or a run file's
        result.
    modes
        Names of the modes that are drawn; all of them by default, in several panels where they are
        many.
    pair
        The two modes whose entanglement is drawn. A run file's result has it; of other runs it is
        drawn for a pair that is named here.

    Raises
    ------
    ValueError
        For a dataset that is none of these, and a name that is no mode.

    Examples
    --------
    >>> for name, figure in plots.figures(simulate(system, ...), pair=("driven", "mechanical")):  # doctest: +SKIP
    ...     figure.savefig(f"{name}.pdf")
    """
    require_one_run(run)
    names = chosen_modes(run, modes)
    yield "overview", _overview(_panels(run, names[:OVERVIEW], pair), _left_out(names))
    for name, draws in _panels(run, names, pair).items():
        yield name, _drawn(draws)


def _panels(
    run: xr.Dataset, modes: Sequence[str], pair: Sequence[str] | None
) -> dict[str, list[Panel]]:
    """The panels of each figure, in order, of groups of modes."""

    def of(draw: Panel, most: int) -> list[Panel]:
        groups = np.array_split(list(modes), -(-len(modes) // most))
        return [partial(draw, run=run, modes=[str(mode) for mode in group]) for group in groups]

    out: dict[str, list[Panel]] = {}
    if np.any(run["mean_field"].values):
        out["means"] = of(draw_means, TOGETHER)
    out["covariance"] = of(draw_covariance, VARIANCES)
    if pair is not None or "log_negativity" in run:
        out["entanglement"] = [partial(draw_entanglement, run=run, pair=pair)]
    if run.attrs.get("attractor") == "limit cycle":
        out["limit_cycle"] = [partial(draw_orbit, run=run, mode=modes[-1])]
    else:
        out["wigner"] = of(draw_ellipses, TOGETHER)
    if "entanglement" in out and has(run, SAMPLE) and _uncertain(run, pair):
        out["error_bars"] = [partial(draw_error_bars, run=run, pair=pair)]
    return out


def _uncertain(run: xr.Dataset, pair: Sequence[str] | None) -> bool:
    """Whether the best estimate of E_N has error bars: that of a linear model has none."""
    E = entangled(run, pair)
    return bool(np.any(E["coupled_stderr" if "coupled" in E else "plain_stderr"].values))


def _left_out(names: Sequence[str]) -> str:
    if len(names) <= OVERVIEW:
        return ""
    return (
        f"{OVERVIEW} of {len(names)} modes: the other figures have them all, or choose some with "
        "modes="
    )


def _overview(panels: dict[str, list[Panel]], note: str) -> Figure:
    """All panels but the error bars, two in a row."""
    draws = [draw for name, several in panels.items() if name != "error_bars" for draw in several]
    return _drawn(draws, min(2, len(draws)), note)


def _drawn(draws: Sequence[Panel], columns: int = 1, note: str = "") -> Figure:
    """A figure of panels, so many in a row, with letters where they are several."""
    rows = -(-len(draws) // columns)
    with style():
        figure = new_figure(columns, rows)
        axes = figure.subplots(rows, columns, squeeze=False)
        for ax, draw, letter in zip(axes.flat, draws, ascii_lowercase, strict=False):
            draw(ax, letter=letter if len(draws) > 1 else "")
        for ax in axes.flat[len(draws) :]:
            ax.remove()
        make_room(figure, axes)
        if note:
            figure.suptitle(note, fontsize=7)
    return figure


@on_axes
def draw_means(
    ax: Axes, run: xr.Dataset, modes: Sequence[str] | None = None, letter: str = ""
) -> None:
    """Quanta |⟨a⟩|² per mode over time: mean of the trajectories, and the mean field as a wide line
    beneath it.
    """
    times, brightest = time_axis(ax, run), 0.0
    lines, low = [], []
    found = {mode: quanta(run, mode) for mode in chosen_modes(run, modes)}
    whole = max(
        float(np.nanmax(field, initial=0.0))
        for field, _ in (quanta(run, name) for name in mode_names(run))
    )
    for mode, (field, mean) in found.items():
        colour, line = look(run, mode)
        if not float(np.nanmax(field, initial=0.0)) > DARK * whole:
            ax.plot([], [], color=colour, ls=line, label=f"{mode} (no mean field)")
            continue
        ax.plot(times, field, color=colour, lw=3, alpha=0.3)
        lines += ax.plot(times, field if mean is None else mean, color=colour, ls=line, label=mode)
        low.append(max(float(np.min(field[field > 0])), float(np.median(field)) / 100))
        brightest = max(brightest, float(np.nanmax(field)))
    if not low:
        finite = np.isfinite(run["mean_field"].values).any()
        say_instead(ax, why_empty(run, "no mean field" if finite else "no finite mean field"))
    positive_axis(ax, min(low, default=np.nan), brightest, r"quanta $|\langle a\rangle|^2$")
    tell_apart(lines, log=ax.get_yscale() == "log")
    wide = " (wide, faint: mean field)" if has(run, "mean") else " (mean field)"
    head(
        ax,
        ("transient means" if run.attrs.get("start") == "dark" else "means") + wide,
        letter,
        losses(run),
    )


@on_axes
def draw_covariance(
    ax: Axes, run: xr.Dataset, modes: Sequence[str] | None = None, letter: str = ""
) -> None:
    """Variances over time: plain ensemble as bands, moment equation as lines, Lyapunov as dashes at
    the end.
    """
    times, names = time_axis(ax, run), chosen_modes(run, modes)
    exact = run["covariance_linear" if "covariance_linear" in run else "covariance"].values
    sampled = (
        [run[f"covariance_sample{part}"].values for part in ("", "_stderr")]
        if has(run, SAMPLE)
        else []
    )
    lines, seen = [], []
    for mode in names:
        colour = look(run, mode)[0]
        for k, shade, line in zip(
            pair_of(run, mode), (colour, darker(colour)), LINES, strict=False
        ):
            if sampled:
                value, error = (part[:, k, k] for part in sampled)
                ax.fill_between(
                    times, value - BAND * error, value + BAND * error, color=shade, alpha=0.3, lw=0
                )
                seen.append(value + BAND * error)
            label = mode if shade == colour else None
            lines += ax.plot(times, exact[:, k, k], color=shade, ls=line, label=label)
            seen.append(exact[:, k, k])
            if "steady_covariance" in run:
                level = run["steady_covariance"].values[k, k]
                ax.plot(times[[-len(times) // 4, -1]], [level, level], color="k", ls="--", lw=0.8)
    every = np.concatenate([values[np.isfinite(values) & (values > 0)] for values in seen])
    if not every.size:
        say_instead(ax, why_empty(run, "no finite variance"))
    positive_axis(
        ax,
        float(np.min(every, initial=np.inf)),
        float(np.max(every, initial=0.0)),
        r"variance $V_{kk}$",
    )
    tell_apart(lines, log=ax.get_yscale() == "log")
    for quadratures, line in zip(quadrature_names(run, names), LINES, strict=False):
        ax.plot([], [], color=GREY, ls=line, label=quadratures)
    if sampled:
        ax.fill_between([], [], color=GREY, alpha=0.3, lw=0, label=f"sampled {BAND_WORDS}")
    if "steady_covariance" in run:
        ax.plot([], [], color="k", ls="--", lw=0.8, label="Lyapunov")
    head(ax, "variances (lines: moment equation)", letter, losses(run))


@on_axes
def draw_ellipses(
    ax: Axes, run: xr.Dataset, modes: Sequence[str] | None = None, letter: str = ""
) -> None:
    """Wigner ellipses (one standard deviation) of every mode at the end of the run, the vacuum in
    grey.
    """
    V, names = run["covariance"].values[-1], chosen_modes(run, modes)
    ax.plot(*ellipse(0.5 * np.eye(2)), color="0.6", lw=3, alpha=0.5, label="vacuum")
    lines = []
    for mode in names:
        block = V[np.ix_(pair_of(run, mode), pair_of(run, mode))]
        colour, line = look(run, mode)
        points = ellipse(block) if np.isfinite(block).all() else np.full((2, 1), np.nan)
        lines += ax.plot(*points, color=colour, ls=line, label=mode)
    tell_apart(lines)
    if not np.isfinite(V).any():
        say_instead(ax, why_empty(run, "no finite covariance"))
    ax.set_aspect("equal", adjustable="datalim")
    for which, quadratures in zip("xy", quadrature_names(run, names), strict=True):
        readable_axis(
            ax, which, ", ".join(rf"$\delta {letter}$" for letter in quadratures.split(", "))
        )
    head(ax, "Wigner ellipses, end of run", letter, losses(run))


@on_axes
def draw_orbit(ax: Axes, run: xr.Dataset, mode: str | None = None, letter: str = "") -> None:
    """A mode's phase plane, the last by default: mean field of the run, and the ensemble's mean
    over its last fifth.
    """
    (mode,) = chosen_modes(run, [mode or mode_names(run)[-1]])
    x, y = pair_of(run, mode)
    u = run["mean_field"].values
    ax.plot(u[:, x], u[:, y], color="0.7", lw=0.5, label="mean field")
    if has(run, "mean"):
        mean = run["mean"].values[-(len(run["time"]) // 5) :]
        ax.plot(
            mean[:, x], mean[:, y], ".", color=COLOURS[0], ms=2, label="trajectories, last fifth"
        )
    for which, k in (("x", x), ("y", y)):
        readable_axis(ax, which, str(run["quadrature"].values[k]))
    head(ax, f"limit cycle of {mode}", letter, losses(run))


def ellipse(V: Array) -> Array:
    """Points (2, 200) of the one-standard-deviation contour of a two-quadrature covariance V (2,
    2).
    """
    values, vectors = np.linalg.eigh(V)
    angle = np.linspace(0, 2 * np.pi, 200)
    return np.asarray(
        vectors
        @ (np.sqrt(np.clip(values, 0, None))[:, None] * np.array([np.cos(angle), np.sin(angle)]))
    )
