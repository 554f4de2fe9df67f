"""The report of switching: branches at every level of theory, paths, rates, verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ...analysis import gaussian
from ...analysis.switching.estimation import SIGNIFICANT
from ...analysis.switching.liouvillian import Liouvillian
from ...analysis.switching.survival import FEWEST_EXITS
from ...sde.support.checks import Array
from ..execution.switching import SwitchingResult
from ..text import line, time_in_words, zero_if_small
from .run import heading
from .switching_rates import SMALL, quantum_lines, relaxation_lines, residence_lines

NO_CLOSURE = "none: it finds no steady state there"


def switching_report(found: SwitchingResult) -> str:
    """The report of switching."""
    sections = [
        heading(found.run),
        "\n".join(_branches(found)),
        "\n".join(_paths(found)),
        "\n".join(residence_lines(found)),
        "\n".join(relaxation_lines(found)),
        "\n".join(quantum_lines(found)),
        f"Verdict: {_verdict(found)}.",
    ]
    return "\n\n".join(sections) + "\n"


def _branches(found: SwitchingResult) -> Iterator[str]:
    centres = found.result["centre"].values
    widths = found.result["width"].values
    apart = (centres[1] - centres[0]) / widths
    yield (
        f"Two stable branches, {apart[0]:.3g} and {apart[1]:.3g} of their standard deviations apart"
    )
    yield "  (Trajectories: moments of all samples in the branch, including escaping ones.)"
    modes = found.run.model.modes
    for k, branch in enumerate(found.result["branch"].values):
        yield f"  branch {branch}"
        yield line("relaxation time", time_in_words(found.relaxation[k]))
        for at, mode in enumerate(modes):
            yield from _quanta(found, k, at, mode)
        yield from _entanglement(found, k)


def _quanta(found: SwitchingResult, k: int, at: int, mode: str) -> Iterator[str]:
    """Coherent and fluctuation quanta of mode number `at` in branch k, at every level."""
    pair = slice(2 * at, 2 * at + 2)
    here = found.result.isel(branch=k)
    mean, error = (here[f"conditional_mean{end}"].values[pair] for end in ("", "_stderr"))
    sampled = np.sum(mean**2) / 2, np.sqrt(np.sum((mean * error) ** 2))
    yield _levels(found, k, f"quanta of {mode}", lambda u, V: np.sum(u[pair] ** 2) / 2, sampled)
    values = (float(here[f"conditional_population_{mode}{end}"]) for end in ("", "_stderr"))
    yield _levels(
        found, k, "  fluctuations", lambda u, V: gaussian.populations(V)[at], tuple(values)
    )


def _entanglement(found: SwitchingResult, k: int) -> Iterator[str]:
    if "conditional_log_negativity" not in found.result:
        return
    here, (i, j) = found.result.isel(branch=k), found.run.pair
    first, second = found.run.entanglement
    values = tuple(float(here[f"conditional_log_negativity{end}"]) for end in ("", "_stderr"))
    yield _levels(
        found, k, f"E_N({first}, {second})", lambda u, V: gaussian.log_negativity(V, i, j), values
    )


def _levels(
    found: SwitchingResult,
    k: int,
    name: str,
    measure: Callable[[Array, Array], Array],
    sampled: tuple[float, ...],
) -> str:
    """A measure of mean and covariance in branch k: linearised, closure, trajectories (± error)."""
    state = found.states[k]
    closure = found.closures[k]
    linear = f"{zero_if_small(measure(state.mean, state.covariance)):.4g}"
    closed = NO_CLOSURE
    if closure is not None:
        closed = f"{zero_if_small(measure(closure.mean, closure.covariance)):.4g}"
    value, stderr = sampled
    ensemble = "none"
    if np.isfinite(value):
        ensemble = f"{value:.4g} ± {stderr:.1g}" if stderr else f"{value:.4g}"
    return line(name, f"linearised {linear}, Gaussian closure {closed}, trajectories {ensemble}")


def _paths(found: SwitchingResult) -> Iterator[str]:
    settings = found.run.integration
    yield (
        f"Paths: {settings.trajectories} single trajectories, {settings.steps} steps of "
        f"{settings.step:.4g} s ({found.scheme})"
    )
    where = f"branch {settings.branch}" if settings.branch is not None else "half in each branch"
    start = f"start {where}" if settings.start == "steady" else f"start {settings.start!r}"
    yield line("duration", f"{time_in_words(settings.duration)}, {start}, seed {settings.seed}")
    share = found.interval / found.relaxation.min()
    coarse = "" if share < 1 else ": TOO COARSE, short residences are missed"
    yield line(
        "sampled every",
        f"{time_in_words(found.interval)}, {share:.2g} of the shorter relaxation time{coarse}",
    )
    nanoseconds = found.seconds / (settings.trajectories * settings.steps) * 1e9
    speed = (
        f"{nanoseconds:.2f} ns per trajectory and step on {found.threads} threads "
        f"({found.seconds:.1f} s)"
    )
    yield line("speed", speed)


def _verdict(found: SwitchingResult) -> str:
    result, (a, b) = found.result, found.result["branch"].values
    exits = result["exits"].values
    if not exits.any():
        return (
            "no trajectory left its branch; a stronger nonlinearity, or a longer run, would show "
            "switching"
        )
    if found.interval >= found.relaxation.min():
        return "THE PATHS ARE SAMPLED TOO COARSELY for residence times; increase samples"
    if exits.min() < FEWEST_EXITS:
        rarely_left = a if exits[0] < exits[1] else b
        return (
            f"branch {rarely_left} was left {exits.min()} times, too few for a rate; run longer, "
            "or more trajectories"
        )
    if result.attrs["no_rate"]:
        return f"NO RATE: {result.attrs['no_rate']}"
    times = " and ".join(time_in_words(1 / rate) for rate in result["rate"].values)
    gap = np.abs(result["occupation_gap"]) > SIGNIFICANT * result["occupation_gap_stderr"]
    consistency = (
        "residence times are exponential, and the occupations and the slow relaxation follow from "
        "the rates"
    )
    if gap.any():
        consistency = "the occupations do NOT follow from the rates"
    return (
        f"both branches are left at random, after {times} on average in truncated Wigner; "
        f"{consistency}; {_quantum_verdict(found)}"
    )


def _quantum_verdict(found: SwitchingResult) -> str:
    """How well the rates agree with those of the quantum system, as text."""
    exact = found.quantum.exact
    dropped = found.quantum.dropped
    if isinstance(exact, Liouvillian):
        ratio = exact.gap / float(found.result["rate_total"])
        return f"exactly the system relaxes {ratio:.3g} times as fast"
    if np.isnan(dropped):
        return "what truncated Wigner drops is not known"
    if dropped < SMALL:
        return f"what truncated Wigner drops changes them by about {100 * dropped:.1g} %"
    return (
        f"TRUNCATED WIGNER IS NOT RELIABLE HERE, it drops about {dropped:.2g} of ln(rate) or more"
    )
