"""What a run amounts to, in a sentence that repeats every NO of its report."""

from __future__ import annotations

from ..execution.run_result import SMALL_BIAS, RunResult

ENDINGS = {"limit cycle": "ends on a limit cycle", "divergent": "grows without bound"}
FAILED = "THE INTEGRATOR CHECK FAILED; do not use these numbers"
TOO_LARGE = "THE STEP IS TOO LARGE for plain averages"
UNPHYSICAL = "THE NOISE IS UNPHYSICAL: no measure of these states is a result"
UNSETTLED = "HAS NOT SETTLED: run longer"


def conclude(findings: RunResult) -> str:
    """The verdict on a run: what it shows, and all that is wrong with it."""
    if not findings.integrator.passed:
        unsettled = [f"the run {UNSETTLED}"] if has_not_settled(findings) else []
        return _sentence([FAILED, *objections(findings), *unsettled])
    return _sentence([f"the integrator is right{_what_it_shows(findings)}", *objections(findings)])


def objections(findings: RunResult) -> list[str]:
    """What is wrong with a run's step and with its states."""
    step = [] if findings.step_is_small else [TOO_LARGE]
    return step + ([UNPHYSICAL] if findings.physicality < 0 else [])


def has_not_settled(findings: RunResult) -> bool:
    """Whether a run that approaches a stable fixed point is not there yet."""
    return findings.steady_check is not None and not findings.steady_check.settled


def linearization_holds(findings: RunResult) -> bool:
    """Whether trajectories are known to differ from linearised theory by less than 1 % of V."""
    return findings.linearization is None or findings.linearization.error < SMALL_BIAS


def _what_it_shows(findings: RunResult) -> str:
    if findings.steady_check is None:
        ending = ENDINGS.get(
            str(findings.attractor["kind"].values), "ends on no stable fixed point"
        )
        alone = "and no E_N" if findings.entanglement is None else "and E_N is that of the moment"
        return f"; the run {ending}, so there is no steady state {alone}"
    state = UNSETTLED if has_not_settled(findings) else "has settled"
    if findings.linear:
        return f", the model is linear, and the run {state}"
    off = (
        f"{findings.linearization.error:.1e} of V at most"
        if findings.linearization
        else "an unknown amount"
    )
    if not linearization_holds(findings):
        return f", LINEARISED THEORY IS OFF by {off}, and the run {state}"
    return f", trajectories differ from linearised theory by {off}, and the run {state}"


def _sentence(clauses: list[str]) -> str:
    return "; ".join(clauses) + "."
