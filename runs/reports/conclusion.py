"""The verdict on a run: one sentence that repeats every failed check of its report."""

from __future__ import annotations

from ..execution.run_result import SMALL_BIAS, RunResult

ENDINGS = {"limit cycle": "ends on a limit cycle", "divergent": "grows without bound"}
FAILED = "THE INTEGRATOR CHECK FAILED; do not use these numbers"
TOO_LARGE = "THE STEP IS TOO LARGE for plain averages"
UNPHYSICAL = "THE NOISE IS UNPHYSICAL: no measure of these states is a result"
UNSETTLED = "HAS NOT SETTLED: run longer"


def conclude(result: RunResult) -> str:
    """The verdict on a run: its main result, and every failed check."""
    if not result.integrator.passed:
        unsettled = [f"the run {UNSETTLED}"] if has_not_settled(result) else []
        clauses = [FAILED, *objections(result), *unsettled]
    else:
        clauses = [f"the integrator is right{_main_result(result)}", *objections(result)]
    return "; ".join(clauses) + "."


def objections(result: RunResult) -> list[str]:
    """Failed checks of a run's step and of its states."""
    step = [] if result.step_is_small else [TOO_LARGE]
    return step + ([UNPHYSICAL] if result.physicality < 0 else [])


def has_not_settled(result: RunResult) -> bool:
    """Whether a run that approaches a stable fixed point has not reached it."""
    return result.steady_check is not None and not result.steady_check.settled


def linearization_holds(result: RunResult) -> bool:
    """Whether trajectories differ from linearised theory by under 1 % of V, as far as is known."""
    return result.linearization is None or result.linearization.error < SMALL_BIAS


def _main_result(result: RunResult) -> str:
    if result.steady_check is None:
        kind = str(result.attractor["kind"].values)
        ending = ENDINGS.get(kind, "ends on no stable fixed point")
        E = "and no E_N" if result.entanglement is None else "and E_N is that of the moment"
        return f"; the run {ending}, so there is no steady state {E}"
    state = UNSETTLED if has_not_settled(result) else "has settled"
    if result.linear:
        return f", the model is linear, and the run {state}"
    difference = "an unknown amount"
    if result.linearization:
        difference = f"{result.linearization.error:.1e} of V at most"
    if not linearization_holds(result):
        return f", LINEARISED THEORY IS OFF by {difference}, and the run {state}"
    return f", trajectories differ from linearised theory by {difference}, and the run {state}"
