"""The report of switching: the branches at every level of theory, how long each is held, and the
verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import xarray as xr

from ...analysis import gaussian
from ...analysis.switching.liouvillian import Liouvillian
from ...analysis.switching.estimation import REJECTED_P
from ...analysis.switching.survival import FEWEST_EXITS
from ...sde.labels import time_unit
from ...sde.support.checks import Array
from ..execution.switching import CORE, MEMORY, SwitchingResult
from ..text import line, time_in_words, with_error
from .run import heading

FAR = 4.0
"""Standard errors beyond which an occupation is called at odds with the rates."""
SMALL = 0.1
"""Change of ln(rate) by what truncated Wigner drops up to which its rates are called those of the
quantum system.
"""
APART = 10.0
"""Ratio of the next Liouvillian eigenvalue to the gap from which on there are two long-lived
states.
"""
NOTHING = "none: it finds no steady state there"


def compose_hopping(found: SwitchingResult) -> str:
    """The whole report of a run of switching."""
    run = found.run
    sections = [
        heading(run),
        "\n".join(_branches(found)),
        "\n".join(_paths(found)),
        "\n".join(_residences(found)),
        "\n".join(_relaxation(found)),
        "\n".join(_validity(found)),
        _verdict(found),
    ]
    return "\n\n".join(sections) + "\n"


def _branches(found: SwitchingResult) -> Iterator[str]:
    centres, widths = found.result["centre"].values, found.result["width"].values
    apart = (centres[1] - centres[0]) / widths
    yield f"Two stable branches, {apart[0]:.3g} and {apart[1]:.3g} of their standard deviations apart"
    yield "  (Trajectories: moments of all samples in the branch, excursions and the way out included.)"
    modes = found.run.model.modes
    for k, branch in enumerate(found.result["branch"].values):
        yield f"  branch {branch}"
        yield line("relaxation time", time_in_words(found.relaxation[k]))
        for at, mode in enumerate(modes):
            yield from _quanta(found, k, at, mode)
        yield from _entanglement(found, k)


def _quanta(found: SwitchingResult, k: int, at: int, mode: str) -> Iterator[str]:
    """Coherent and fluctuation quanta of a mode: linearised, in Gaussian closure, and of the
    samples in the branch.
    """
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
    here, (i, j), (first, second) = (
        found.result.isel(branch=k),
        found.run.pair,
        found.run.entanglement,
    )
    values = tuple(float(here[f"conditional_log_negativity{end}"]) for end in ("", "_stderr"))
    yield _levels(
        found, k, f"E_N({first}, {second})", lambda u, V: gaussian.log_negativity(V, i, j), values
    )


def _levels(
    found: SwitchingResult,
    k: int,
    name: str,
    read: Callable[[Array, Array], Array],
    sampled: tuple[float, ...],
) -> str:
    state, closure = found.states[k], found.closures[k]
    closed = (
        NOTHING if closure is None else f"{_cleared(read(closure.mean, closure.covariance)):.4g}"
    )
    linear = _cleared(read(state.mean, state.covariance))
    ensemble = (
        f"{sampled[0]:.4g}" + f" ± {sampled[1]:.1g}" * bool(sampled[1])
        if np.isfinite(sampled[0])
        else "none"
    )
    return line(
        name, f"linearised {linear:.4g}, Gaussian closure {closed}, trajectories {ensemble}"
    )


def _cleared(value: Array) -> float:
    """A number, without what rounding leaves where there is none."""
    return float(value) if abs(value) > 1e-12 else 0.0


def _paths(found: SwitchingResult) -> Iterator[str]:
    settings = found.run.integration
    steps = settings.steps
    yield (
        f"Paths: {settings.trajectories} single trajectories, {steps} steps of "
        f"{settings.step:.4g} s ({found.scheme})"
    )
    where = f"branch {settings.branch}" if settings.branch is not None else "half in each branch"
    start = f"start {where}" if settings.start == "steady" else f"start {settings.start!r}"
    yield line("duration", f"{time_in_words(settings.duration)}, {start}, seed {settings.seed}")
    share = found.interval / found.relaxation.min()
    coarse = "" if share < 1 else ": TOO COARSE, short stays are missed"
    yield line(
        "sampled every",
        f"{time_in_words(found.interval)}, {share:.2g} of the shorter relaxation time{coarse}",
    )
    nanoseconds = found.seconds / (settings.trajectories * steps) * 1e9
    speed = (
        f"{nanoseconds:.2f} ns per trajectory and step on {found.threads} threads "
        f"({found.seconds:.1f} s)"
    )
    yield line("speed", speed)


def _residences(found: SwitchingResult) -> Iterator[str]:
    result, branches = found.result, found.result["branch"].values
    yield f"Residence, from core to core ({CORE:g} standard deviation of each branch); statistical errors"
    for k, branch in enumerate(branches):
        here = result.isel(branch=k)
        exits, spent = int(here["exits"]), float(here["time_spent"])
        yield f"  branch {branch} → branch {branches[1 - k]}"
        yield line(
            "exits",
            f"{exits} in {time_in_words(spent) if spent else 'no time'} of all trajectories",
        )
        if not exits:
            yield line("held for", _held(found, k))
            continue
        yield line("short stays", _short(found, k))
        if not int(here["exits_late"]):
            continue
        if not result.attrs["no_rate"]:
            yield from _rate(found, k)
        yield line("exponential", _law(found, k))
    for k, branch in enumerate(branches):
        yield line(f"occupation of branch {branch}", _occupation(found, k))


def _short(found: SwitchingResult, k: int) -> str:
    """How many exits come within the memory, and what they mean."""
    here = found.result.isel(branch=k)
    share, law = (100 * float(here[f"short_share{end}"]) for end in ("", "_expected"))
    memory = time_in_words(float(found.result.attrs["memory"]))
    crossing = time_in_words(float(here["crossing_time"]))
    by_law = f", by an exponential law {law:.3g} %" if np.isfinite(law) else ""
    return f"{share:.3g} % of the exits within {memory}{by_law}; a crossing takes {crossing}"


def _rate(found: SwitchingResult, k: int) -> Iterator[str]:
    here = found.result.isel(branch=k)
    rate, error, poisson = (
        float(here[name]) for name in ("rate", "rate_stderr", "rate_stderr_poisson")
    )
    relaxations = 1 / rate / found.relaxation[k]
    yield line(
        "residence time", f"{_time(1 / rate, error / rate**2)}, {relaxations:.3g} relaxation times"
    )
    interval = f"{float(here['rate_low']):.4g} … {float(here['rate_high']):.4g}"
    yield line("rate", f"({rate:.4g} ± {error:.1g})/s; ± {poisson:.1g} if Poisson, 95 % {interval}")
    kept, kept_error = (float(found.result[f"commitment{end}"][1 - k]) for end in ("", "_stderr"))
    made = (
        f"{int(here['exits_late'])} late exits over {time_in_words(float(here['time_at_risk']))} "
        "at risk"
    )
    yield line(
        "made of", f"{made}, times {with_error(kept, kept_error)} for the arrivals that stay"
    )


def _relaxation(found: SwitchingResult) -> Iterator[str]:
    """The second witness, and how far it is from the residence times."""
    result = found.result
    yield "Slow relaxation of the occupations, r₁ + r₂, from the sampled transfer operator (no residence times)"
    slow, error = (float(result[f"relaxation_rate{end}"]) for end in ("", "_stderr"))
    if not np.isfinite(slow):
        yield line("none", "too few exits, or too few samples within the memory")
        return
    yield line("transfer operator", f"({slow:.4g} ± {error:.1g})/s")
    memory = float(result.attrs["memory"])
    lags = f"lags of {time_in_words(memory)} to {time_in_words(4 * memory)}"
    yield line("plateau", f"{_apart(result, 'plateau_gap')} between the two halves of {lags}")
    total, total_error = (float(result[f"rate_total{end}"]) for end in ("", "_stderr"))
    if np.isfinite(total):
        yield line(
            "residence times",
            f"({total:.4g} ± {total_error:.1g})/s, {_apart(result, 'relaxation_gap')} away",
        )


def _apart(result: xr.Dataset, name: str) -> str:
    return f"{abs(float(result[name] / result[f'{name}_stderr'])):.2g} standard errors"


def _validity(found: SwitchingResult) -> Iterator[str]:
    """What the rates are worth as rates of the quantum system."""
    yield "Rates are those of truncated Wigner, exponentially sensitive to what it drops; no error above includes that"
    modes, branches = found.run.model.modes, found.result["branch"].values
    for k, (way, saddle) in enumerate(
        zip(found.quantum.escapes, found.quantum.saddles, strict=True)
    ):
        name = f"way out of branch {branches[k]}"
        if way is None or saddle is None:
            yield line(name, "over no single saddle: no estimate of what is dropped")
            continue
        at, apart = (_by_mode(modes, u) for u in (saddle, saddle - found.states[k].mean))
        yield line(name, f"over a saddle at {at} quanta, {apart} from the branch")
        size = "small" if abs(way.dropped) < SMALL else "NOT SMALL, and only the first order"
        yield line(
            "  truncated Wigner drops",
            f"{way.dropped:+.2g} in ln(rate), beside the action {way.action:.3g}: {size}",
        )
    yield line("Liouvillian gap", _gap(found))


def _by_mode(modes: tuple[str, ...], u: Array) -> str:
    """Quanta of a displacement in each mode."""
    quanta = np.sum(u.reshape(-1, 2) ** 2, axis=1) / 2
    return (
        ", ".join(f"{n:.3g} ({mode})" for n, mode in zip(quanta, modes, strict=True))
        if len(modes) > 1
        else f"{quanta[0]:.3g}"
    )


def _gap(found: SwitchingResult) -> str:
    exact, result = found.quantum.exact, found.result
    if exact is None:
        return (
            "not computed; qlangevin switching FILE --liouvillian does, for one or two modes of "
            "few quanta"
        )
    if isinstance(exact, str):
        return f"none: {exact}"
    levels = " × ".join(map(str, exact.levels))
    said = f"{exact.gap:.5g}/s exactly ({levels} Fock levels)"
    total, error = (float(result[f"rate_total{end}"]) for end in ("", "_stderr"))
    if np.isfinite(total):
        ratio = with_error(total / exact.gap, error / exact.gap)
        said += f"; r₁ + r₂ of truncated Wigner is {ratio} times that"
    if exact.next_rate < APART * exact.gap:
        said += (
            "; THE QUANTUM SYSTEM HAS NO TWO LONG-LIVED STATES, its next rate is "
            + f"{exact.next_rate:.3g}/s"
        )
    return said


def _held(found: SwitchingResult, k: int) -> str:
    high = float(found.result["rate_high"][k])
    if not np.isfinite(high):
        return "no trajectory was ever there"
    return f"more than {time_in_words(1 / high)}, with 97.5 % confidence; rate below {high:.3g}/s"


def _time(seconds: float, error: float) -> str:
    size, unit = time_unit(seconds)
    return f"{seconds / size:.4g} ± {error / size:.1g} {unit}"


def _law(found: SwitchingResult, k: int) -> str:
    p, distance = (
        float(found.result[name][k]) for name in ("exponential_p", "exponential_distance")
    )
    if np.isnan(p):
        return "too few exits to tell"
    beyond = time_in_words(float(found.result.attrs["memory"]))
    answer = "yes" if p > REJECTED_P else "NO"
    return (
        f"{answer} beyond {beyond} ({MEMORY:g} relaxation times): p = {p:.2g}, distance "
        f"{distance:.2g}"
    )


def _occupation(found: SwitchingResult, k: int) -> str:
    def shown(name: str) -> str:
        value, error = (float(found.result[f"{name}{end}"][k]) for end in ("", "_stderr"))
        return f"{value:.4f} ± {error:.1g}" if np.isfinite(value) else "unknown"

    late = f"{shown('occupation')} after {time_in_words(float(found.result.attrs['settling']))}"
    return (
        f"{late}; by the rates {shown('occupation_expected')}, at last {shown('occupation_steady')}"
    )


def _verdict(found: SwitchingResult) -> str:
    result, (a, b) = found.result, found.result["branch"].values
    exits = result["exits"].values
    if not exits.any():
        return (
            "Verdict: no trajectory left its branch; a stronger nonlinearity, or a longer run, "
            "would show switching."
        )
    if found.interval >= found.relaxation.min():
        return (
            "Verdict: THE PATHS ARE SAMPLED TOO COARSELY for a law of residence; ask for more "
            "samples."
        )
    if exits.min() < FEWEST_EXITS:
        held = f"branch {a if exits[0] < exits[1] else b}"
        return (
            f"Verdict: {held} was left {exits.min()} times, too few for a rate; run longer, or "
            "more trajectories."
        )
    if result.attrs["no_rate"]:
        return f"Verdict: NO RATE: {result.attrs['no_rate']}."
    times = " and ".join(time_in_words(1 / rate) for rate in result["rate"].values)
    said = (
        f"Verdict: both branches are left at random, after {times} on average in truncated Wigner"
    )
    gap = np.abs(result["occupation_gap"]) > FAR * result["occupation_gap_stderr"]
    faults = ["the occupations do NOT follow from the rates"] if gap.any() else []
    sound = (
        "residence times are exponential, and the occupations and the slow relaxation follow from "
        "the rates"
    )
    return f"{said}; {' and '.join(faults) or sound}; {_worth(found)}."


def _worth(found: SwitchingResult) -> str:
    """What that says of the quantum system."""
    exact, dropped = found.quantum.exact, found.quantum.dropped
    if isinstance(exact, Liouvillian):
        return (
            f"exactly the system relaxes {exact.gap / float(found.result['rate_total']):.3g} times "
            "as fast"
        )
    if np.isnan(dropped):
        return "what truncated Wigner drops is not known"
    if dropped < SMALL:
        return f"what truncated Wigner drops changes them by about {100 * dropped:.1g} %"
    return (
        f"TRUNCATED WIGNER IS NOT TO BE TRUSTED HERE, it drops some {dropped:.2g} of ln(rate) or "
        "more"
    )
