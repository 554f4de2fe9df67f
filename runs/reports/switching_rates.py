"""Lines of the report of switching on residence times, rates, and their validity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from ...analysis.switching.escape import Escape
from ...analysis.switching.estimation import REJECTED_P
from ...sde.labels import time_unit
from ...sde.support.checks import Array
from ..execution.switching import CORE, MEMORY, SwitchingResult
from ..text import line, time_in_words, with_error

SMALL = 0.1
"""Change of ln(rate) by truncation up to which rates count as those of the quantum system."""
METASTABLE = 10.0
"""Ratio of the next Liouvillian rate to the gap from which there are two long-lived states."""


def residence_lines(found: SwitchingResult) -> Iterator[str]:
    """Exits, residence times, rates and occupations of both branches."""
    branches = found.result["branch"].values
    yield (
        f"Residence times, from core to core (cores of {CORE:g} standard deviation of each "
        "branch); statistical errors"
    )
    for k, branch in enumerate(branches):
        yield f"  branch {branch} → branch {branches[1 - k]}"
        yield from _exit_lines(found, k)
    for k, branch in enumerate(branches):
        yield line(f"occupation of branch {branch}", _occupation(found.result, k))


def _exit_lines(found: SwitchingResult, k: int) -> Iterator[str]:
    """Exits from branch k, and the residence time estimated from them."""
    here = found.result.isel(branch=k)
    exits = int(here["exits"])
    spent = float(here["time_spent"])
    time = time_in_words(spent) if spent else "no time"
    yield line("exits", f"{exits} in {time} of all trajectories")
    if not exits:
        yield line("residence time", _lower_bound(float(here["rate_high"])))
        return
    yield line("early exits", _early_exits(here))
    if not int(here["exits_late"]):
        return
    if not found.result.attrs["no_rate"]:
        yield from _rate_lines(found, k)
    yield line("exponential", _exponential(here))


def _lower_bound(highest_rate: float) -> str:
    if not np.isfinite(highest_rate):
        return "no trajectory was ever there"
    return (
        f"more than {time_in_words(1 / highest_rate)}, with 97.5 % confidence; rate below "
        f"{highest_rate:.3g}/s"
    )


def _early_exits(here: xr.Dataset) -> str:
    """The share of exits within the memory, the share by an exponential law, and crossing time."""
    share, expected = (100 * float(here[f"short_share{end}"]) for end in ("", "_expected"))
    memory = time_in_words(float(here.attrs["memory"]))
    crossing = time_in_words(float(here["crossing_time"]))
    by_law = f", by an exponential law {expected:.3g} %" if np.isfinite(expected) else ""
    return f"{share:.3g} % of the exits within {memory}{by_law}; a crossing takes {crossing}"


def _rate_lines(found: SwitchingResult, k: int) -> Iterator[str]:
    here, other = (found.result.isel(branch=at) for at in (k, 1 - k))
    names = ("rate", "rate_stderr", "rate_stderr_poisson", "rate_low", "rate_high")
    rate, error, poisson, low, high = (float(here[name]) for name in names)
    size, unit = time_unit(1 / rate)
    residence = f"{1 / rate / size:.4g} ± {error / rate**2 / size:.1g} {unit}"
    relaxations = 1 / rate / found.relaxation[k]
    yield line("residence time", f"{residence}, {relaxations:.3g} relaxation times")
    interval = f"{low:.4g} … {high:.4g}"
    yield line("rate", f"({rate:.4g} ± {error:.1g})/s; ± {poisson:.1g} if Poisson, 95 % {interval}")
    late = int(here["exits_late"])
    at_risk = time_in_words(float(here["time_at_risk"]))
    commitment = with_error(*(float(other[f"commitment{end}"]) for end in ("", "_stderr")))
    estimated = f"{late} late exits in {at_risk} at risk; commitment of arrivals {commitment}"
    yield line("estimated from", estimated)


def _exponential(here: xr.Dataset) -> str:
    """Whether residence times are exponential."""
    p, distance = (float(here[name]) for name in ("exponential_p", "exponential_distance"))
    if np.isnan(p):
        return "too few exits to tell"
    beyond = time_in_words(float(here.attrs["memory"]))
    answer = "yes" if p > REJECTED_P else "NO"
    return (
        f"{answer} beyond {beyond} ({MEMORY:g} relaxation times): p = {p:.2g}, distance "
        f"{distance:.2g}"
    )


def _occupation(result: xr.Dataset, k: int) -> str:
    def shown(name: str) -> str:
        value, error = (float(result[f"{name}{end}"][k]) for end in ("", "_stderr"))
        return f"{value:.4f} ± {error:.1g}" if np.isfinite(value) else "unknown"

    settling = time_in_words(float(result.attrs["settling"]))
    return (
        f"{shown('occupation')} after {settling}; from the rates {shown('occupation_expected')}, "
        f"in the long run {shown('occupation_steady')}"
    )


def relaxation_lines(found: SwitchingResult) -> Iterator[str]:
    """The slow relaxation rate of the transfer operator, and its distance from r₁ + r₂."""
    result = found.result
    yield (
        "Slow relaxation of the occupations, r₁ + r₂, from the sampled transfer operator (no "
        "residence times)"
    )
    slow, error = (float(result[f"relaxation_rate{end}"]) for end in ("", "_stderr"))
    if not np.isfinite(slow):
        yield line("none", "too few exits, or too few samples within the memory")
        return
    yield line("transfer operator", f"({slow:.4g} ± {error:.1g})/s")
    memory = float(result.attrs["memory"])
    lags = f"lags of {time_in_words(memory)} to {time_in_words(4 * memory)}"
    yield line("plateau", f"{_distance(result, 'plateau_gap')} between the two halves of {lags}")
    total, total_error = (float(result[f"rate_total{end}"]) for end in ("", "_stderr"))
    if np.isfinite(total):
        away = _distance(result, "relaxation_gap")
        yield line("residence times", f"({total:.4g} ± {total_error:.1g})/s, {away} away")


def _distance(result: xr.Dataset, name: str) -> str:
    z = abs(float(result[name] / result[f"{name}_stderr"]))
    return f"{z:.2g} standard errors"


def quantum_lines(found: SwitchingResult) -> Iterator[str]:
    """What truncated Wigner drops from the rates, and the exact Liouvillian gap."""
    yield (
        "Rates are those of truncated Wigner, exponentially sensitive to what it drops; no error "
        "above includes that"
    )
    modes = found.run.model.modes
    for k, branch in enumerate(found.result["branch"].values):
        name = f"escape from branch {branch}"
        path = found.quantum.escapes[k]
        saddle = found.quantum.saddles[k]
        if path is None or saddle is None:
            yield line(name, "over no single saddle: what is dropped is not estimated")
            continue
        at, apart = (_quanta_by_mode(modes, u) for u in (saddle, saddle - found.states[k].mean))
        yield line(name, f"over a saddle at {at} quanta, {apart} from the branch")
        yield line("  truncated Wigner drops", _dropped(path))
    yield line("Liouvillian gap", _gap(found))


def _dropped(path: Escape) -> str:
    size = "small" if abs(path.dropped) < SMALL else "NOT SMALL, and only the first order"
    return f"{path.dropped:+.2g} in ln(rate), for an action of {path.action:.3g}: {size}"


def _quanta_by_mode(modes: tuple[str, ...], u: Array) -> str:
    """Quanta of a displacement u (2n,) in each mode."""
    quanta = np.sum(u.reshape(-1, 2) ** 2, axis=1) / 2
    if len(modes) == 1:
        return f"{quanta[0]:.3g}"
    return ", ".join(f"{n:.3g} ({mode})" for n, mode in zip(quanta, modes, strict=True))


def _gap(found: SwitchingResult) -> str:
    """The Liouvillian gap compared with r₁ + r₂, or the reason why there is none."""
    exact = found.quantum.exact
    result = found.result
    if exact is None:
        return (
            "not computed; qlangevin switching FILE --liouvillian computes it, for one or two "
            "modes of few quanta"
        )
    if isinstance(exact, str):
        return f"none: {exact}"
    levels = " × ".join(map(str, exact.levels))
    text = f"{exact.gap:.5g}/s exactly ({levels} Fock levels)"
    total, error = (float(result[f"rate_total{end}"]) for end in ("", "_stderr"))
    if np.isfinite(total):
        ratio = with_error(total / exact.gap, error / exact.gap)
        text += f"; r₁ + r₂ of truncated Wigner is {ratio} times that"
    if exact.next_rate < METASTABLE * exact.gap:
        text += (
            "; THE QUANTUM SYSTEM HAS NO TWO LONG-LIVED STATES, its next rate is "
            f"{exact.next_rate:.3g}/s"
        )
    return text
