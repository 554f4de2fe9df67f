"""Lines of a report on the four checks of a run: integrator, step, linearisation, settling."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...analysis.validation import checks
from ...analysis.validation.step_size import StepCheck
from ..execution.run_result import RunResult
from ..text import known, line, time_in_words, with_error
from .conclusion import linearization_holds


def describe_checks(result: RunResult) -> str:
    """The four questions about a run and their answers."""
    return "\n".join(
        [
            *_integrator_lines(result.integrator, float(result.ensemble["time"][-1])),
            *_step_lines(result),
            *_linearization_answer(result),
            *_settling_answer(result.steady_check),
        ]
    )


def _integrator_lines(check: checks.IntegratorCheck, end: float) -> list[str]:
    chi_square = (
        f"χ² = {check.chi_square:.1f} for {check.degrees_of_freedom}{_worst_block(check)}, "
        f"p = {check.p_value:.3g}{_reach(check, end)}"
    )
    z = f"rms {check.z_rms:.3f}, largest {check.z_worst:.2f} of {check.elements}"
    return [
        "Is the integrator right?    " + _answer(check.passed),
        line("twin against exact law", chi_square),
        line("z over all samples", z),
    ]


def _worst_block(check: checks.IntegratorCheck) -> str:
    """Of how many blocks and times it is the worst; empty where the whole covariance is tested."""
    return f", the worst of {check.blocks} blocks and times" if check.blocks else ""


def _reach(check: checks.IntegratorCheck, end: float) -> str:
    """Up to when the check holds; empty if to the end of the run (s)."""
    if check.reach >= end:
        return ""
    return (
        f", up to {time_in_words(check.reach)}: later, grown fluctuations exceed the noise of a "
        "step"
    )


def _step_lines(result: RunResult) -> list[str]:
    step = result.step
    bias = f"{100 * step.final_bias:.2g} % at the end, {100 * step.bias:.2g} % at most"
    sampling = f"the {step.plain_limit} limits it, sampling error {100 * step.plain_stderr:.2g} %"
    lines = [
        "Is the step small enough?   " + _answer(result.step_is_small),
        line("law against moments, V", bias),
    ]
    if result.entanglement is not None:
        lines.append(line("law against moments, E_N", _entanglement_bias(step)))
    if np.isfinite(step.law_z_rms):
        lines += _companion_lines(step)
    return [
        *lines,
        line("plain estimate", sampling),
        "  (The coupled estimate does not carry the step bias of the linear part.)",
    ]


def _entanglement_bias(step: StepCheck) -> str:
    if not np.isfinite(step.entanglement_bias):
        return known(step.entanglement_bias, ".2g")
    return f"{step.final_entanglement_bias:.2g} at the end, {step.entanglement_bias:.2g} at most"


def _companion_lines(step: StepCheck) -> list[str]:
    share = (
        "at zero step it would differ by" if step.carried_seen else "no step error is seen in it:"
    )
    carried = f"{share} {with_error(step.carried, step.carried_stderr)} √(V_ii V_jj)"
    return [
        line("companion at 2h, paths", f"{100 * step.strong:.2g} % of √V_ii apart, rms"),
        line("companion at 2h, V", f"{with_error(100 * step.weak, 100 * step.weak_stderr)} %"),
        line("against the exact law", f"rms z {step.law_z_rms:.3f}"),
        line("coupled estimate", f"the {step.coupled_limit} limits it; {carried}"),
    ]


def _linearization_answer(result: RunResult) -> list[str]:
    if result.linear:
        return ["Is the linearisation right? yes, exactly: the model is linear"]
    if result.linearization is None:
        return ["Is the linearisation right? no steady state to linearise about"]
    lines = _linearization_lines(result.linearization, linearization_holds(result))
    if result.correction is not None:
        lines += correction_lines(result.correction)
    return lines


def _linearization_lines(check: checks.LinearizationCheck, holds: bool) -> list[str]:
    answer = "to" if holds else "NO, it is off by" if np.isfinite(check.error) else "not known:"
    error = f"{with_error(check.error, check.error_stderr)} √(V_ii V_jj)"
    lines = [
        f"Is the linearisation right? {answer} {check.error:.1e} of V",
        line("largest error of V, late", f"{error}; rms z {check.significance:.2f}"),
    ]
    gains = f"{check.gain:.2g} for V"
    if not np.isnan(check.entanglement_error):
        of_E = with_error(check.entanglement_error, check.entanglement_error_stderr)
        lines.append(line("error of E_N, end", of_E))
    if not np.isnan(check.entanglement_gain):
        gains += f", {check.entanglement_gain:.2g} for E_N"
    return [*lines, line("error bars, plain / coupled", f"{gains}, same trajectories")]


def correction_lines(correction: xr.Dataset) -> list[str]:
    """The leading correction of the steady covariance by the nonlinearity."""
    names = ("correction", "correction_quantum", "truncation")
    truncated, quantum, omitted = (float(correction[f"relative_{name}"]) for name in names)
    leading = f"{truncated:.2e} in truncated Wigner, {quantum:.2e} in full quantum theory"
    return [
        line("leading order, steady", leading),
        line("truncated Wigner omits", f"{omitted:.2e} √(V_ii V_jj), to leading order"),
    ]


def _settling_answer(check: checks.SteadyCheck | None) -> list[str]:
    if check is None:
        return ["Has it settled?             not applicable"]
    change = with_error(check.drift, check.drift_stderr)
    distance = with_error(check.covariance_distance, check.covariance_distance_stderr)
    return [
        "Has it settled?             "
        f"{_answer(check.settled)}, after {check.relaxation_times:.1f} relaxation times"
        f"{_too_short(check)}",
        line("transient left", f"{check.transient:.1e} relative, in the linearised moments"),
        line("change, 3rd to 4th quarter", f"{change} √(V_ii V_jj), trajectories"),
        line("mean from fixed point", f"{check.mean_distance:.1e} relative"),
        line("V from Lyapunov", f"{distance} √(V_ii V_jj)"),
    ]


def _too_short(check: checks.SteadyCheck) -> str:
    least = checks.RELAXATION_TIMES
    if check.relaxation_times >= least:
        return ""
    return f"; a steady state needs {least:.1f}: this is a transient"


def _answer(good: bool) -> str:
    return "yes" if good else "NO"
