"""The printed report: what was run, where it goes, the four questions with their answers, and the
verdict.
"""

from __future__ import annotations

import json
from importlib.metadata import version

import numpy as np
import xarray as xr

from ...analysis.validation import checks
from ...analysis.validation.step_size import StepCheck
from ...sde.model.uncertainty import uncertainty
from ..execution.run_result import RunResult
from ..run_files.run import RunFile
from ..text import line, time_in_words, with_error
from .conclusion import conclude, linearization_holds
from .description import (
    describe_attractor,
    describe_branches,
    describe_parameters,
    describe_step,
    known,
)

UNPHYSICAL = ": NOT A QUANTUM STATE, the numbers above are no result"
ROUNDING = 1e-9
"""Violation of the uncertainty relation that is told to be rounding where it is that."""


def compose(findings: RunResult) -> str:
    """The whole report of a run."""
    run = findings.run
    sections = [
        heading(run),
        describe_branches(run.system, findings.steady, run.entanglement, run.nonlinearity),
        _destination(findings),
        _ensemble(findings),
        answers(findings),
        _entanglement(findings),
        f"Verdict: {conclude(findings)}",
    ]
    return "\n\n".join(sections) + "\n"


def heading(run: RunFile) -> str:
    """What was run: version, title, the system with its parameters, and how much its nonlinearity
    was scaled.
    """
    lines = [f"qlangevin {version('qlangevin')} · {run.title}", *describe_parameters(run.system)]
    if run.nonlinearity != 1:
        lines.append(
            f"  {'nonlinearity':<22}{'s':<7}{run.nonlinearity:g} times as strong, same linear "
            "fluctuations"
        )
    return "\n".join(lines)


def _destination(findings: RunResult) -> str:
    lines = describe_attractor(findings.attractor, str(findings.run.integration.start))
    if findings.attractor["kind"] == "limit cycle":
        lines.append(line("trajectories swing by", _swing(findings.ensemble)))
    if findings.steady_check:
        settings = findings.run.integration
        here = findings.steady.isel(branch=findings.branch)
        lines += describe_step(
            here, settings.step, settings.duration, settings.scheme, settings.increments
        )
    return "\n".join(lines)


def _swing(ensemble: xr.Dataset) -> str:
    """Half peak-to-peak of the last mode's ensemble mean over the last fifth of the run, with its
    error bar.
    """
    last = ensemble.isel(
        time=slice(-(ensemble.sizes["time"] // 5 or 1), None), quadrature=slice(-2, None)
    )
    swing = np.ptp(last["mean"].values, axis=0) / 2
    error = np.max(last["mean_stderr"].values, axis=0)
    names = last["quadrature"].values
    return ", ".join(
        f"{name} {s:.4g} ± {e:.0e}" for name, s, e in zip(names, swing, error, strict=True)
    )


def _ensemble(findings: RunResult) -> str:
    settings = findings.run.integration
    scheme = json.loads(findings.ensemble.attrs["provenance"])["scheme"]
    weak = "" if settings.increments == "gaussian" else f", {settings.increments} increments"
    paired = ", in antithetic pairs" * settings.antithetic
    end = findings.ensemble.isel(time=-1)
    fewer = findings.trajectories < settings.trajectories
    enough = (
        f" of {settings.trajectories} {'allowed' if findings.complete else 'asked for, INTERRUPTED,'}"
        * fewer
    )
    return "\n".join(
        [
            f"Ensemble: {findings.trajectories}{enough} coupled trajectories{paired}, "
            f"{settings.steps} steps of {settings.step:.4g} s ({scheme}{weak})",
            line(
                "duration",
                f"{time_in_words(settings.duration)}, start {settings.start!r}, "
                f"seed {settings.seed}",
            ),
            line(
                "speed",
                _speed(findings),
            ),
            line(
                "best estimate at the end",
                f"{end['estimator'].item()}; variances correlated with their twins' by "
                f"{_least_correlation(end)}",
            ),
        ]
    )


def _speed(findings: RunResult) -> str:
    if not findings.integrated:
        return "nothing was left to integrate"
    return (
        f"{findings.nanoseconds:.2f} ns per trajectory and step on {findings.workers} "
        f"({findings.integration_seconds:.1f} s; twin {'and companion at 2h ' * findings.run.integration.step_check}included)"
    )


def _least_correlation(end: xr.Dataset) -> str:
    least = float(end["twin_correlation"].min())
    if not np.isfinite(end["covariance_linear_sample"]).all():
        return "nothing: the twin diverges"
    return "an unknown amount: too few batches" if np.isnan(least) else f"{least:.3f} at least"


def answers(findings: RunResult) -> str:
    """The four questions and their answers."""
    check, step = findings.integrator, findings.step
    lines = [
        "Is the integrator right?    " + _answer(check.passed),
        line(
            "twin against exact law",
            f"χ² = {check.chi_square:.1f} for {check.degrees_of_freedom}, p = {check.p_value:.3g}"
            + _reach(check, float(findings.ensemble["time"][-1])),
        ),
        line(
            "z over all samples",
            f"rms {check.z_rms:.3f}, largest {check.z_worst:.2f} of {check.elements}",
        ),
        "Is the step small enough?   " + _answer(findings.step_is_small),
        line(
            "law against moments, V",
            f"{100 * step.final_bias:.2g} % at the end, {100 * step.bias:.2g} % at most",
        ),
    ]
    if findings.entanglement is not None:
        lines.append(line("law against moments, E_N", _entanglement_bias(step)))
    if np.isfinite(step.law_z_rms):
        lines += _companion_lines(step)
    lines += [
        line(
            "plain estimate",
            f"the {step.plain_limit} limits it, sampling error {100 * step.plain_stderr:.2g} %",
        )
    ]
    lines += ["  (The coupled estimate does not carry the step bias of the linear part.)"]
    if findings.linear:
        lines += ["Is the linearisation right? yes, exactly: the model is linear"]
    elif findings.linearization is None:
        lines += ["Is the linearisation right? no steady state to linearise about"]
    else:
        lines += _linearization_lines(findings.linearization, linearization_holds(findings))
        lines += correction_lines(findings.correction) if findings.correction is not None else []
    settled = ["Has it settled?             not applicable"]
    return "\n".join(
        [*lines, *(_settled_lines(findings.steady_check) if findings.steady_check else settled)]
    )


def _entanglement_bias(step: StepCheck) -> str:
    if not np.isfinite(step.entanglement_bias):
        return known(step.entanglement_bias, ".2g")
    return f"{step.final_entanglement_bias:.2g} at the end, {step.entanglement_bias:.2g} at most"


def _reach(check: checks.IntegratorCheck, end: float) -> str:
    if check.reach >= end:
        return ""
    return f", up to {time_in_words(check.reach)}: beyond, what has grown hides the noise of a step"


def _companion_lines(step: StepCheck) -> list[str]:
    share = (
        "without a step it would differ by" if step.carried_seen else "no step error is seen in it:"
    )
    carried = f"{share} {with_error(step.carried, step.carried_stderr)} √(V_ii V_jj)"
    return [
        line("companion at 2h, paths", f"{100 * step.strong:.2g} % of √V_ii apart, rms"),
        line("companion at 2h, V", f"{with_error(100 * step.weak, 100 * step.weak_stderr)} %"),
        line("against the exact law", f"rms z {step.law_z_rms:.3f}"),
        line("coupled estimate", f"the {step.coupled_limit} limits it; {carried}"),
    ]


def _linearization_lines(check: checks.LinearizationCheck, holds: bool) -> list[str]:
    answer = "to" if holds else "NO, it is off by" if np.isfinite(check.error) else "not known:"
    return [
        f"Is the linearisation right? {answer} {check.error:.1e} of V",
        line(
            "largest error of V, late",
            f"{with_error(check.error, check.error_stderr)} √(V_ii V_jj); rms z "
            f"{check.significance:.2f}",
        ),
        *([] if np.isnan(check.entanglement_error) else [_entanglement_error_line(check)]),
        line(
            "error bars, plain / coupled",
            f"{check.gain:.2g} for V"
            + (
                ""
                if np.isnan(check.entanglement_gain)
                else f", {check.entanglement_gain:.2g} for E_N"
            )
            + ", same trajectories",
        ),
    ]


def correction_lines(correction: xr.Dataset) -> list[str]:
    """What the leading order of the nonlinearity says of the steady covariance."""
    truncated, quantum, left_out = (
        float(correction[f"relative_{name}"])
        for name in ("correction", "correction_quantum", "truncation")
    )
    return [
        line(
            "leading order, steady",
            f"{truncated:.2e} in truncated Wigner, {quantum:.2e} in full quantum theory",
        ),
        line("truncated Wigner omits", f"{left_out:.2e} √(V_ii V_jj), to leading order"),
    ]


def _entanglement_error_line(check: checks.LinearizationCheck) -> str:
    return line(
        "error of E_N, end", with_error(check.entanglement_error, check.entanglement_error_stderr)
    )


def _settled_lines(check: checks.SteadyCheck) -> list[str]:
    return [
        "Has it settled?             "
        + _answer(check.settled)
        + f", after {check.relaxation_times:.1f} relaxation times"
        + _too_short(check),
        line("transient left", f"{check.transient:.1e} relative, in the linearised moments"),
        line(
            "change, 3rd to 4th quarter",
            f"{with_error(check.drift, check.drift_stderr)} √(V_ii V_jj), trajectories",
        ),
        line("mean from fixed point", f"{check.mean_distance:.1e} relative"),
        line(
            "V from Lyapunov",
            f"{with_error(check.covariance_distance, check.covariance_distance_stderr)} √(V_ii "
            "V_jj)",
        ),
    ]


def _too_short(check: checks.SteadyCheck) -> str:
    least = checks.RELAXATION_TIMES
    return (
        ""
        if check.relaxation_times >= least
        else f"; a steady state takes {least:.1f} to show: this is a transient"
    )


def _entanglement(findings: RunResult) -> str:
    first, second = findings.run.entanglement
    E = findings.entanglement
    if first == second:
        return f"Entanglement: none to speak of, {first} being the only mode."
    if E is None:
        return (
            f"Entanglement of {first} and {second}: no E_N is given, for there is no steady state."
        )
    end = E.isel(time=-1)
    best = known(end["log_negativity"], ".8f", end["log_negativity_stderr"])
    rows = [
        *(
            []
            if findings.linear
            else [(f"{end['log_negativity_estimator'].item()} estimate, best", best)]
        ),
        (
            "plain ensemble",
            known(end["log_negativity_sample"], ".4f", end["log_negativity_sample_stderr"]),
        ),
        ("moment equation", known(end["log_negativity_linear"], ".8f")),
        ("exact law at this step", known(end["log_negativity_step"], ".8f")),
        ("Lyapunov", _steady_entanglement(findings)),
        ("appears after", _onset(E)),
        ("min eig(V + iΩ/2), run", _least_uncertainty(findings)),
    ]
    return "\n".join(
        [f"Entanglement E_N of {first} and {second} at the end", *(line(*row) for row in rows)]
    )


def _steady_entanglement(findings: RunResult) -> str:
    if findings.steady_check is None:
        return "no steady state"
    V = findings.steady["covariance"].values[findings.branch]
    return known(checks.pair_negativity(V, *findings.run.pair), ".8f")


def _least_uncertainty(findings: RunResult) -> str:
    """min eig(V + iΩ/2) of the moment equation over the run: what it falls to, or that rounding is
    all it falls by.
    """
    V = findings.ensemble["covariance_linear"].values
    least = uncertainty(V)
    worst = int(np.argmin(least))
    if findings.physicality < 0:
        return f"{findings.physicality:.1e} at its least{UNPHYSICAL}"
    rounding = (
        f", rounding of a V of size {np.linalg.norm(V[worst]):.0e}"
        if least[worst] < -ROUNDING
        else ""
    )
    return f"{least[worst]:.1e} at its least{rounding}"


def _onset(E: xr.Dataset) -> str:
    entangled = np.flatnonzero(E["log_negativity"].values > 0)
    return time_in_words(float(E["time"][entangled[0]])) if len(entangled) else "never"


def _answer(good: bool) -> str:
    return "yes" if good else "NO"
