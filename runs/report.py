"""The printed report: what was run, where it goes, the four questions with their answers, and the verdict."""

from __future__ import annotations

import dataclasses
from importlib.metadata import version

import numpy as np
import xarray as xr

from ..analysis import validation
from ..analysis.physicality import audit_model, audit_state
from ..sde.labels import time_unit
from ..sde.polynomial import Array
from ..sde.states import uncertainty
from ..sde.systems import SYSTEMS
from .execute import Findings
from .runfile import RunFile, shipped_runs

WIDTH = 28


def compose(findings: Findings) -> str:
    """The whole report of a run."""
    sections = [
        _heading(findings.run),
        describe_branches(findings.run, findings.steady),
        _destination(findings),
        _ensemble(findings),
        _questions(findings),
        _entanglement(findings),
        _verdict(findings),
    ]
    return "\n\n".join(sections) + "\n"


def describe_systems() -> str:
    """The systems with their parameters and published values, and the shipped runs."""
    blocks = []
    for name, system in SYSTEMS.items():
        lines = [f"{name}: {system.__name__} ({system.REFERENCE})"]
        for field in dataclasses.fields(system):
            value = f"{system.PUBLISHED[field.name]:.6g} {field.metadata['unit']}"
            lines.append(f"  {field.name:<22}{field.metadata['symbol']:<7}{value:<18}{field.metadata['meaning']}")
        blocks.append("\n".join(lines))
    shipped = sorted(shipped_runs())
    return "\n\n".join([*blocks, f"Shipped runs: {', '.join(shipped)}"])


def describe_branches(run: RunFile, steady: xr.Dataset) -> str:
    """Every fixed point with its stability, decided twice, and the measures of its steady state."""
    modes = run.system.model().modes
    i, j = run.pair
    lines = [f"Fixed points of the mean field: {int(steady['exists'].sum())}"]
    for branch in np.flatnonzero(steady["exists"].values):
        here = steady.isel(branch=branch)
        lines += [f"  branch {branch}", *_branch_lines(here, modes, i, j)]
    return "\n".join(lines)


def _branch_lines(here: xr.Dataset, modes: tuple[str, ...], i: int, j: int) -> list[str]:
    u = here["mean"].values
    quanta = ", ".join(f"{mode} {(u[2 * k] ** 2 + u[2 * k + 1] ** 2) / 2:.4g}" for k, mode in enumerate(modes))
    eigenvalues, routh = bool(here["stable"]), bool(here["stable_routh_hurwitz"])
    agree = "Routh–Hurwitz agrees" if eigenvalues == routh else "ROUTH–HURWITZ DISAGREES"
    verdict = "stable" if eigenvalues else f"unstable ({here['kind'].values})"
    lines = [
        _line("quanta |⟨a⟩|²", quanta),
        _line("stability", f"{verdict}, margin {float(here['margin']):.4g} rad/s; {agree}"),
        _line("drift residual", f"{float(here['residual']):.1e}"),
    ]
    if not eigenvalues:
        return [*lines, _line("steady covariance", f"none: {here['reason'].values}")]
    V, A, D = (here[name].values for name in ("covariance", "drift_matrix", "diffusion"))
    return [
        *lines,
        _line(
            "Lyapunov",
            f"residual {float(here['lyapunov_residual']):.1e}, error below {float(here['covariance_error_bound']):.1e}",
        ),
        _line("min eig(V + iΩ/2)", _physicality(V)),
        _line("commutators kept to", f"{audit_model(A, D):.2g} rad/s (friction on p alone gives −γ/(4(2n+1)))"),
        _line(f"E_N({modes[i]}, {modes[j]})", f"{validation.clipped_exponent(V, i, j):.6f}"),
    ]


def _physicality(V: Array) -> str:
    audit = audit_state(V)
    verdict = ", a quantum state" if audit.physical else ": NOT A QUANTUM STATE, no measure of it is a result"
    return f"{float(audit.uncertainty):.3g}" + verdict


def _heading(run: RunFile) -> str:
    lines = [f"qlangevin {version('qlangevin')} · {run.title}", f"{type(run.system).__name__}, {run.system.REFERENCE}"]
    for field in dataclasses.fields(run.system):
        value, usual = getattr(run.system, field.name), run.system.PUBLISHED[field.name]
        changed = "" if np.isclose(value, usual, rtol=1e-12, atol=0) else f"   (published: {usual:.6g})"
        name = f"  {field.name:<22}{field.metadata['symbol']:<7}"
        lines.append(f"{name}{float(value):.6g} {field.metadata['unit']}".rstrip() + changed)
    return "\n".join(lines)


def _destination(findings: Findings) -> str:
    goal = findings.attractor
    kind = str(goal["kind"].values)
    lines = [f"From start={findings.run.start!r} the mean field goes to: {kind}"]
    if kind == "fixed point":
        lines += [_line("branch", f"{findings.branch}, within 1 % after {_time(float(goal['settling_time']))}")]
    if kind == "limit cycle":
        multiplier = np.hypot(goal["floquet_real"].values, goal["floquet_imag"].values)
        others = np.sort(np.delete(multiplier, np.argmin(np.abs(multiplier - 1))))[::-1]
        amplitudes = dict(zip(goal["quadrature"].values, goal["amplitude"].values, strict=True))
        lines += [
            _line("period", _time(float(goal["period"]))),
            _line("amplitudes", ", ".join(f"{name} {value:.4g}" for name, value in amplitudes.items())),
            _line(
                "mean quanta",
                ", ".join(
                    f"{m} {float(n):.4g}"
                    for m, n in zip(goal["mode"].values, goal["photon_number"].values, strict=True)
                ),
            ),
            _line(
                "next Floquet multiplier", f"{others[0]:.6f} per period ({'stable' if others[0] < 1 else 'UNSTABLE'})"
            ),
            _line("trajectories swing by", _swing(findings.ensemble)),
            "  No steady covariance exists: fluctuations along the phase of the cycle grow without bound.",
        ]
    return "\n".join(lines)


def _swing(ensemble: xr.Dataset) -> str:
    """Half peak-to-peak of the last mode's ensemble mean over the last fifth of the run, with its error bar."""
    last = ensemble.isel(time=slice(-(ensemble.sizes["time"] // 5 or 1), None), quadrature=slice(-2, None))
    swing = np.ptp(last["mean"].values, axis=0) / 2
    error = np.max(last["mean_stderr"].values, axis=0)
    names = last["quadrature"].values
    return ", ".join(f"{name} {s:.4g} ± {e:.0e}" for name, s, e in zip(names, swing, error, strict=True))


def _ensemble(findings: Findings) -> str:
    run = findings.run
    steps = round(run.duration / run.step)
    return "\n".join(
        [
            f"Ensemble: {run.trajectories} coupled trajectories, {steps} steps of {run.step:.4g} s ({run.scheme})",
            _line("duration", f"{_time(run.duration)}, start {run.start!r}, seed {run.seed}"),
            _line(
                "speed",
                f"{findings.nanoseconds:.2f} ns per trajectory and step on {findings.threads} threads "
                f"({findings.integration_seconds:.1f} s; twin {'and companion at 2h ' * run.step_check}included)",
            ),
        ]
    )


def _questions(findings: Findings) -> str:
    check, step = findings.integrator, findings.step
    lines = [
        "Is the integrator right?    " + _answer(check.passed),
        _line(
            "twin against exact law",
            f"χ² = {check.chi_square:.1f} for {check.degrees_of_freedom}, p = {check.p_value:.3g}",
        ),
        _line("z over all samples", f"rms {check.z_rms:.3f}, largest {check.z_worst:.2f} of {check.elements}"),
        "Is the step small enough?   " + _answer(step.final_bias < 0.01 if findings.settled else step.bias < 0.01),
        _line("law against moments, V", f"{100 * step.final_bias:.2g} % at the end, {100 * step.bias:.2g} % at most"),
    ]
    if findings.settled:
        lines.append(
            _line(
                "law against moments, E_N",
                f"{step.final_entanglement_bias:.2g} at the end, {step.entanglement_bias:.2g} at most",
            )
        )
    if np.isfinite(step.law_z_rms):
        lines.append(_line("companion at 2h", f"its difference follows the exact law: rms z {step.law_z_rms:.3f}"))
    lines += ["  (The coupled estimate does not carry the step bias of the linear part.)"]
    if findings.linearization is None or findings.settled is None:
        return "\n".join(
            [
                *lines,
                "Is the linearisation right? no steady state to linearise about",
                "Has it settled?             not applicable",
            ]
        )
    return "\n".join([*lines, *_linearization_lines(findings.linearization), *_settled_lines(findings.settled)])


def _linearization_lines(check: validation.LinearizationCheck) -> list[str]:
    return [
        f"Is the linearisation right? to {check.error:.1e} of V",
        _line(
            "largest error of V, late",
            f"({check.error:.2e} ± {check.error_stderr:.0e}) √(V_ii V_jj); rms z {check.significance:.2f}",
        ),
        _line("error of E_N, end", f"{check.entanglement_error:.1e} ± {check.entanglement_error_stderr:.0e}"),
        _line(
            "error bars, plain / coupled",
            f"{check.gain:.2g} for V, {check.entanglement_gain:.2g} for E_N, same trajectories",
        ),
    ]


def _settled_lines(check: validation.SteadyCheck) -> list[str]:
    return [
        "Has it settled?             "
        + _answer(check.settled)
        + f", after {check.relaxation_times:.1f} relaxation times",
        _line("mean from fixed point", f"{check.mean_distance:.1e} relative"),
        _line(
            "V from Lyapunov",
            f"({check.covariance_distance:.1e} ± {check.covariance_distance_stderr:.0e}) √(V_ii V_jj)",
        ),
    ]


def _entanglement(findings: Findings) -> str:
    first, second = findings.run.entanglement
    E = findings.entanglement
    if E is None:
        return f"Entanglement of {first} and {second}: no E_N is given, for there is no steady state."
    i, j = findings.run.pair
    end = E.isel(time=-1)
    V = findings.steady["covariance"].values[findings.branch]
    worst = uncertainty(findings.ensemble["covariance_linear"].values).min()
    rows = [
        ("coupled estimate", f"{float(end['log_negativity']):.8f} ± {float(end['log_negativity_stderr']):.0e}"),
        (
            "plain ensemble",
            f"{float(end['log_negativity_sample']):.4f} ± {float(end['log_negativity_sample_stderr']):.0e} (biased)",
        ),
        ("moment equation", f"{float(end['log_negativity_linear']):.8f}"),
        ("exact law at this step", f"{float(end['log_negativity_step']):.8f}"),
        ("Lyapunov", f"{float(validation.clipped_exponent(V, i, j)):.8f}"),
        ("appears after", _onset(E)),
        ("min eig(V + iΩ/2), run", f"{worst:.1e} at its least"),
    ]
    return "\n".join([f"Entanglement E_N of {first} and {second} at the end", *(_line(*row) for row in rows)])


def _onset(E: xr.Dataset) -> str:
    entangled = np.flatnonzero(E["log_negativity"].values > 0)
    return _time(float(E["time"][entangled[0]])) if len(entangled) else "never"


def _verdict(findings: Findings) -> str:
    if not findings.integrator.passed:
        return "Verdict: THE INTEGRATOR CHECK FAILED; do not use these numbers."
    if findings.settled is None:
        kind = findings.attractor["kind"].values
        return f"Verdict: the integrator is right; the run ends on a {kind}, so there is no steady state and no E_N."
    state = "has settled" if findings.settled.settled else "HAS NOT SETTLED: run longer"
    off = findings.linearization.error if findings.linearization else float("nan")
    return f"Verdict: the integrator is right, the linearisation is off by {off:.0e} of V at most, and the run {state}."


def _answer(good: bool) -> str:
    return "yes" if good else "NO"


def _line(name: str, value: str) -> str:
    return f"    {name:<{WIDTH}}{value}"


def _time(seconds: float) -> str:
    size, unit = time_unit(seconds)
    return f"{seconds / size:.4g} {unit}"
