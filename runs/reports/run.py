"""The report of a run: system, steady states, ensemble, checks, entanglement, verdict."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
import xarray as xr

from ...analysis.validation import checks
from ...sde.kept_elements import KeptElements
from ...sde.model.uncertainty import uncertainty_margin
from ...sde.support.checks import Array
from ..execution.run_result import RunResult
from ..run_files.run import RunFile
from ..text import known, line, time_in_words
from .branches import describe_attractor, describe_branches
from .checks import describe_checks
from .conclusion import conclude
from .light.recorded import describe_recorded_light
from .parameters import describe_parameters
from .steps import describe_step

UNPHYSICAL = ": NOT A QUANTUM STATE, the numbers above are no result"
ROUNDING = 1e-9
"""Violation of the uncertainty relation from which the report explains it as rounding."""


def run_report(result: RunResult) -> str:
    """The report of a run."""
    run = result.run
    sections = [
        heading(run),
        describe_branches(run.system, result.steady, run.entanglement, run.nonlinearity, run.model),
        _attractor(result),
        _ensemble(result),
        describe_checks(result),
        _entanglement(result),
        *describe_recorded_light(result.ensemble, run.integration.light),
        f"Verdict: {conclude(result)}",
        *light_note(run.light),
    ]
    return "\n\n".join(sections) + "\n"


def light_note(tables: Sequence[str]) -> list[str]:
    """Which command computes the light that leaves, for a run file with tables on it."""
    if not tables:
        return []
    return [f"Light that leaves: qlangevin spectra computes {' and '.join(tables)} of this file."]


def heading(run: RunFile) -> str:
    """Version, title, the system with its parameters, and the factor of its nonlinearity."""
    described = describe_parameters(run.system, run.source)
    lines = [f"qlangevin {version('qlangevin')} · {run.title}", *described]
    if run.nonlinearity != 1:
        lines.append(
            f"  {'nonlinearity':<22}{'s':<7}{run.nonlinearity:g} times as strong, same linear "
            "fluctuations"
        )
    return "\n".join(lines)


def _attractor(result: RunResult) -> str:
    """The attractor of the mean field, and the properties of the steps there."""
    lines = describe_attractor(result.attractor, str(result.run.integration.start))
    if result.attractor["kind"] == "limit cycle":
        lines.append(line("trajectories swing by", _swing(result.ensemble)))
    if result.steady_check:
        settings = result.run.integration
        here = result.steady.isel(branch=result.branch)
        lines += describe_step(
            here, settings.step, settings.duration, settings.scheme, settings.increments
        )
    return "\n".join(lines)


def _swing(ensemble: xr.Dataset) -> str:
    """Half peak-to-peak of the last mode's mean over the last fifth of the run, with its error."""
    fifth = ensemble.sizes["time"] // 5 or 1
    last = ensemble.isel(time=slice(-fifth, None), quadrature=slice(-2, None))
    swing = np.ptp(last["mean"].values, axis=0) / 2
    error = np.max(last["mean_stderr"].values, axis=0)
    names = last["quadrature"].values
    return ", ".join(
        f"{name} {s:.4g} ± {e:.0e}" for name, s, e in zip(names, swing, error, strict=True)
    )


def _ensemble(result: RunResult) -> str:
    settings = result.run.integration
    scheme = json.loads(result.ensemble.attrs["provenance"])["scheme"]
    weak = "" if settings.increments == "gaussian" else f", {settings.increments} increments"
    pairs = ", in antithetic pairs" if settings.antithetic else ""
    duration = f"{time_in_words(settings.duration)}, start {settings.start!r}, seed {settings.seed}"
    end = result.ensemble.isel(time=-1)
    estimate = (
        f"{end['estimator'].item()}; variances correlated with their twins' by "
        f"{_least_correlation(end)}"
    )
    return "\n".join(
        [
            f"Ensemble: {result.trajectories}{_planned(result)} coupled trajectories{pairs}, "
            f"{settings.steps} steps of {settings.step:.4g} s ({scheme}{weak})",
            line("duration", duration),
            line("speed", _speed(result)),
            line("best estimate at the end", estimate),
        ]
    )


def _planned(result: RunResult) -> str:
    """How many trajectories the run file allows, where fewer were run; else empty."""
    if result.trajectories >= result.run.integration.trajectories:
        return ""
    why = "allowed" if result.complete else "requested, INTERRUPTED,"
    return f" of {result.run.integration.trajectories} {why}"


def _speed(result: RunResult) -> str:
    if not result.integrated:
        return "no trajectory was left to integrate"
    companion = "and companion at 2h " if result.run.integration.step_check else ""
    return (
        f"{result.nanoseconds:.2f} ns per trajectory and step on {result.workers} "
        f"({result.integration_seconds:.1f} s; twin {companion}included)"
    )


def _least_correlation(end: xr.Dataset) -> str:
    least = float(end["twin_correlation"].min())
    if not np.isfinite(end["covariance_linear_sample"]).all():
        return "nothing: the twin diverges"
    return "an unknown amount: too few batches" if np.isnan(least) else f"{least:.3f} at least"


def _entanglement(result: RunResult) -> str:
    first, second = result.run.entanglement
    E = result.entanglement
    if first == second:
        return "Entanglement: not applicable (one mode)."
    if E is None:
        return (
            f"Entanglement of {first} and {second}: no E_N is given, because there is no steady "
            "state."
        )
    end = E.isel(time=-1)
    rows = {}
    if not result.linear:
        best = known(end["log_negativity"], ".8f", end["log_negativity_stderr"])
        rows[f"{end['log_negativity_estimator'].item()} estimate, best"] = best
    plain = known(end["log_negativity_sample"], ".4f", end["log_negativity_sample_stderr"])
    rows |= {
        "plain ensemble": plain,
        "moment equation": known(end["log_negativity_linear"], ".8f"),
        "exact law at this step": known(end["log_negativity_step"], ".8f"),
        "Lyapunov": _steady_entanglement(result),
        "appears after": _onset(E),
        "min eig(V + iΩ/2), run": _least_eigenvalue(result),
    }
    return "\n".join(
        [
            f"Entanglement E_N of {first} and {second} at the end",
            *(line(name, value) for name, value in rows.items()),
        ]
    )


def _steady_entanglement(result: RunResult) -> str:
    if result.steady_check is None:
        return "no steady state"
    V = result.steady["covariance"].values[result.branch]
    return known(checks.pair_negativity(V, *result.run.pair), ".8f")


def _least_eigenvalue(result: RunResult) -> str:
    """Least min eig(V + iΩ/2) of the moment equation over the run, and what it means."""
    moments = result.ensemble["covariance_linear"]
    kept = KeptElements.of(moments)
    least, V = min(map(_least_of, kept.blocks(moments.values)), key=lambda found: found[0])
    of_blocks = "" if kept.matrices else ", of the blocks that are kept"
    if result.physicality < 0:
        return f"{result.physicality:.1e} at its least{of_blocks}{UNPHYSICAL}"
    rounding = f", rounding of a V of size {np.linalg.norm(V):.0e}" if least < -ROUNDING else ""
    return f"{least:.1e} at its least{of_blocks}{rounding}"


def _least_of(V: Array) -> tuple[float, Array]:
    """Least min eig(V + iΩ/2) of covariances (..., n, n), and the covariance that has it."""
    V = V.reshape(-1, *V.shape[-2:])
    eigenvalues = uncertainty_margin(V)
    at = int(np.argmin(eigenvalues))
    return float(eigenvalues[at]), V[at]


def _onset(E: xr.Dataset) -> str:
    entangled = np.flatnonzero(E["log_negativity"].values > 0)
    return time_in_words(float(E["time"][entangled[0]])) if len(entangled) else "never"
