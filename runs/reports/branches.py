"""Lines of a report on fixed points, their steady states, and the attractor of the mean field."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from ...analysis import optics
from ...analysis.physicality import audit_state
from ...sde.model.model import Model
from ...sde.model.uncertainty import FRICTION, friction_violation
from ...sde.system import System
from ..text import line, time_in_words
from .measures import homodyne_lines, measure_lines


def describe_branches(
    system: System,
    steady: xr.Dataset,
    pair: tuple[str, str],
    nonlinearity: float = 1.0,
    model: Model | None = None,
) -> str:
    """Every fixed point with its stability, by two criteria, and measures of its steady state.

    `steady` are the steady states of the system, or of its model with the nonlinearity scaled;
    `model` is this model, built here unless given.
    """
    if model is None:
        model = system.model().scaled(nonlinearity)
    count = int(steady["exists"].sum())
    complete = steady.attrs.get("complete", 1)
    note = "" if complete else " reached from the start; there may be others"
    if complete and not count:
        note = " (drive and loss balance nowhere: a driven mode has no loss, or gain exceeds it)"
    lines = [f"Fixed points of the mean field: {count}{note}"]
    for branch in np.flatnonzero(steady["exists"].values):
        here = steady.isel(branch=branch)
        lines.append(f"  branch {branch}")
        lines += _branch_lines(here, system, model, pair, nonlinearity)
    return "\n".join(lines)


def describe_attractor(attractor: xr.Dataset, start: str) -> list[str]:
    """The attractor of the mean field: a branch, or a limit cycle with its period and stability."""
    kind = str(attractor["kind"].values)
    where = kind
    if kind == "divergent":
        where = "nowhere: gain exceeds loss, and it or its fluctuations grow without bound"
    lines = [f"From start={start!r} the mean field goes to: {where}"]
    if kind == "undecided" and "reason" in attractor:
        lines.append(f"  {attractor['reason'].item()}")
    if kind == "fixed point" and np.isfinite(attractor["settling_time"]):
        seconds = float(attractor["settling_time"])
        when = "on it from the start"
        if seconds > 0:
            when = f"within 1 % after {time_in_words(seconds)}"
        lines.append(line("branch", f"{int(attractor['branch'])}, {when}"))
    if kind == "limit cycle":
        largest = _largest_multiplier(attractor)
        stability = "stable" if largest < 1 else "UNSTABLE"
        amplitudes = zip(attractor["quadrature"].values, attractor["amplitude"].values, strict=True)
        quanta = zip(attractor["mode"].values, attractor["photon_number"].values, strict=True)
        lines += [
            line("period", time_in_words(float(attractor["period"]))),
            line("amplitudes", ", ".join(f"{name} {value:.4g}" for name, value in amplitudes)),
            line("mean quanta", ", ".join(f"{mode} {n:.4g}" for mode, n in quanta)),
            line("next Floquet multiplier", f"{largest:.6f} per period ({stability})"),
            "  No steady covariance exists: fluctuations along the phase of the cycle grow "
            "without bound.",
        ]
    return lines


def _largest_multiplier(cycle: xr.Dataset) -> float:
    """Largest modulus of the Floquet multipliers of a limit cycle, except the one at 1."""
    modulus = np.hypot(cycle["floquet_real"].values, cycle["floquet_imag"].values)
    return float(np.sort(np.delete(modulus, np.argmin(np.abs(modulus - 1))))[-1])


def _branch_lines(
    here: xr.Dataset, system: System, model: Model, pair: tuple[str, str], nonlinearity: float
) -> Iterator[str]:
    eigenvalues = bool(here["stable"])
    routh = bool(here["stable_routh_hurwitz"])
    agree = "Routh–Hurwitz agrees" if eigenvalues == routh else "ROUTH–HURWITZ DISAGREES"
    kind = str(here["kind"].values)
    verdict = kind if kind in ("stable", "marginal", "family") else f"unstable ({kind})"
    quanta = ", ".join(
        f"{mode} {float(optics.photon_number(here, mode)):.4g}" for mode in model.modes
    )
    yield line("quanta |⟨a⟩|²", quanta)
    if hasattr(system, "effective_detuning"):
        effective = system.effective_detuning(nonlinearity * here["mean"].values)
        shown = ", ".join(f"{value:.6g}" for value in effective)
        yield line("effective detuning", f"{shown} rad/s")
    if np.isfinite(here["light_share"].values).any():
        yield line("light leaves by", _outgoing_light(here, model))
    yield from _coupling_lines(here, model)
    yield line("stability", f"{verdict}, margin {float(here['margin']):.4g} rad/s; {agree}")
    yield line("drift residual", f"{float(here['residual']):.1e}")
    if not eigenvalues:
        yield line("steady covariance", f"none: {here['reason'].values}")
        return
    residual = float(here["lyapunov_residual"])
    bound = float(here["covariance_error_bound"])
    yield line("Lyapunov", f"residual {residual:.1e}, error below {bound:.1e}")
    yield from _physicality_lines(here, system)
    V = here["covariance"].values
    warning = "" if audit_state(V).physical else "   (no quantum state)"
    yield from (each + warning for each in measure_lines(V, model.modes, pair))
    if hasattr(system, "homodyne") and pair[0] != pair[1]:
        mean = None if model.linear else nonlinearity * here["mean"].values
        yield from homodyne_lines(system, V, mean, model, pair)


def _outgoing_light(here: xr.Dataset, model: Model) -> str:
    """Shares of the light that leaves by each port that feeds no other."""
    shares = zip(model.ports.items(), here["light_share"].values, strict=True)
    free = [
        f"{name} {100 * share:.3g} %"
        for (name, port), share in shares
        if share > 1e-6 and not port.onward
    ]
    return ", ".join(free)


def _coupling_lines(here: xr.Dataset, model: Model) -> Iterator[str]:
    """|G| and cooperativity of every light mode with radiation pressure on a motion."""
    Q = model.mean_level.Q
    pairs = {
        (int(j) // 2, int(row) // 2)
        for row, j, _ in Q.index
        if model.quadratures[row].endswith(".p")
    }
    for i, j in sorted(
        (i, j) for i, j in pairs if i != j and not model.quadratures[2 * i].endswith(".q")
    ):
        light = model.modes[i]
        motion = model.modes[j]
        coupling = float(optics.effective_coupling(here, light, motion))
        C = float(optics.cooperativity(here, light, motion))
        yield line(f"|G|({light}, {motion})", f"{coupling:.4g} rad/s, cooperativity {C:.4g}")


def _physicality_lines(here: xr.Dataset, system: System) -> Iterator[str]:
    audit = audit_state(here["covariance"].values)
    commutators = float(here["commutators"])
    verdict = "a quantum state"
    if not audit.physical:
        verdict = "NOT A QUANTUM STATE: no measure of it is a result"
    yield line("min eig(V + iΩ/2)", f"{float(audit.uncertainty):.3g}, {verdict}")
    remedy = ", noise = 'consistent' does" if getattr(system, "noise", "") == "published" else ""
    verdict = _noise_verdict(here, commutators, remedy)
    yield line("commutators kept to", f"{commutators:.2g} rad/s ({verdict})")


def _noise_verdict(here: xr.Dataset, least: float, remedy: str) -> str:
    """What the least eigenvalue of D − i(AΩ + ΩAᵀ)/2 means, and a remedy where it is negative."""
    A = here["drift_matrix"].values
    D = here["diffusion"].values
    friction = friction_violation(A, D)
    if least >= -1e-12 * np.abs(A).max():
        return "they are"
    if least >= -FRICTION * friction:
        return f"friction on p alone gives −γ²/(4D_pp) = {-friction:.2g}"
    return f"NOT KEPT: the noise does not belong to this drift{remedy}"
