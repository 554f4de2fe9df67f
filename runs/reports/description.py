"""Systems, their parameters and their steady states in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr

from ...analysis import gaussian, information, optics
from ...analysis.physicality import audit_state
from ...sde.model.model import Model
from ...sde.schemes.step_forecast import chosen_scheme, forecast
from ...sde.schemes.table import AUTO, SCHEMES, weak_order
from ...sde.support.checks import Array
from ...sde.system import System
from ...sde.systems import SYSTEMS
from ...steady import conditional_covariance
from ..run_files.sources import shipped_runs
from ..text import line, time_in_words

PHASES = 181
"""Phases of a homodyne detector that are tried."""
STARTING = (
    "Run files, steady and published() start from these values, the published noise included; "
    'noise = "consistent" is a change like any other (--set noise=consistent).'
)
TRIFLE = 1e-12
"""Size below which a measure is shown as zero."""


def known(value: Any, form: str, stderr: Any = None) -> str:
    """A number in a format, with its standard error if it has one; in words where V holds too few
    digits for it.
    """
    if not np.isfinite(value):
        return "not known, too few digits in V"
    return f"{float(value):{form}}" + ("" if stderr is None else f" ± {float(stderr):.0e}")


def describe_systems() -> str:
    """The systems with their parameters, units, published values and sources, and the shipped runs."""
    blocks = []
    for name, system in SYSTEMS.items():
        lines = [
            f"{name}: {system.__name__} ({system.REFERENCE}), modes "
            f"{', '.join(system.published().model().modes)}"
        ]
        for field in dataclasses.fields(system):
            value = _value(system.PUBLISHED[field.name], field)
            lines.append(
                f"  {field.name:<22}{field.metadata['symbol']:<7}{value:<18} "
                f"{field.metadata['meaning']}"
            )
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, STARTING, f"Shipped runs: {', '.join(sorted(shipped_runs()))}"])


def describe_parameters(system: System) -> list[str]:
    """The system and its parameters, with what differs from the published values."""
    lines = [", ".join(filter(None, [type(system).__name__, system.REFERENCE]))]
    for field in dataclasses.fields(system):
        value = getattr(system, field.name)
        usual = system.PUBLISHED.get(field.name, value)
        changed = (
            ""
            if _same(value, usual)
            else f"   (published: {_value(usual, field, with_unit=False)})"
        )
        lines.append(
            f"  {field.name:<22}{field.metadata['symbol']:<7}{_value(value, field)}{changed}"
        )
    return lines


def describe_branches(
    system: System, steady: xr.Dataset, pair: tuple[str, str], nonlinearity: float = 1.0
) -> str:
    """Every fixed point with its stability, decided twice, and what its steady state holds.

    `steady` is that of the system, or of its model with the nonlinearity scaled.
    """
    model = system.model()
    count = int(steady["exists"].sum())
    known = "" if steady.attrs.get("complete", 1) else " reached from the start; not all there are"
    why = (
        ""
        if count or known
        else " (drive and loss balance nowhere: a driven mode has no loss, or gain exceeds it)"
    )
    lines = [f"Fixed points of the mean field: {count}{known}{why}"]
    for branch in np.flatnonzero(steady["exists"].values):
        here = steady.isel(branch=branch)
        lines += [
            f"  branch {branch}",
            *_branch_lines(here, system, model.scaled(nonlinearity), pair, nonlinearity),
        ]
    return "\n".join(lines)


def describe_attractor(goal: xr.Dataset, start: str) -> list[str]:
    """Where the mean field goes: a branch, or a limit cycle with its period, amplitudes and
    stability.
    """
    kind = str(goal["kind"].values)
    where = {
        "divergent": "nowhere: gain exceeds loss, and it or its fluctuations grow without bound"
    }.get(kind, kind)
    lines = [f"From start={start!r} the mean field goes to: {where}"]
    if kind == "fixed point" and np.isfinite(goal["settling_time"]):
        seconds = float(goal["settling_time"])
        when = (
            f"within 1 % after {time_in_words(seconds)}"
            if seconds > 0
            else "where it is from the start"
        )
        lines += [line("branch", f"{int(goal['branch'])}, {when}")]
    if kind == "limit cycle":
        multiplier = np.hypot(goal["floquet_real"].values, goal["floquet_imag"].values)
        next_one = np.sort(np.delete(multiplier, np.argmin(np.abs(multiplier - 1))))[-1]
        attracting = "stable" if next_one < 1 else "UNSTABLE"
        amplitudes = zip(goal["quadrature"].values, goal["amplitude"].values, strict=True)
        quanta = zip(goal["mode"].values, goal["photon_number"].values, strict=True)
        lines += [
            line("period", time_in_words(float(goal["period"]))),
            line("amplitudes", ", ".join(f"{name} {value:.4g}" for name, value in amplitudes)),
            line("mean quanta", ", ".join(f"{mode} {n:.4g}" for mode, n in quanta)),
            line("next Floquet multiplier", f"{next_one:.6f} per period ({attracting})"),
            "  No steady covariance exists: fluctuations along the phase of the cycle grow "
            "without bound.",
        ]
    return lines


def describe_step(
    here: xr.Dataset, step: float, duration: float, scheme: str, increments: str
) -> list[str]:
    """What a step of each scheme would do about a steady state, what it is recommended for, and
    which one runs.
    """
    A, D = here["drift_matrix"].values, here["diffusion"].values
    chosen = chosen_scheme(scheme, A, D, step, duration)
    lines = [
        f"Steps of {time_in_words(step)} about the fixed point: stable; bias of the steady "
        "covariance; weak order"
    ]
    for name in SCHEMES:
        ahead = forecast(A, D, step, duration, name)
        stable = "at any step" if np.isinf(ahead.limit) else f"below {time_in_words(ahead.limit)}"
        bias = (
            "NOT STABLE"
            if step >= ahead.limit
            else "none"
            if ahead.bias == 0
            else f"{100 * ahead.bias:.2g} %"
        )
        this = "this run" + ", chosen by auto" * (scheme == AUTO)
        use = this if name == chosen else SCHEMES[name].use
        lines.append(
            line(name, f"{stable:<16} {bias:<11} {weak_order(name, increments):.0f}   {use}")
        )
    return lines


def _branch_lines(
    here: xr.Dataset, system: System, model: Model, pair: tuple[str, str], nonlinearity: float
) -> Iterator[str]:
    eigenvalues, routh = bool(here["stable"]), bool(here["stable_routh_hurwitz"])
    agree = "Routh–Hurwitz agrees" if eigenvalues == routh else "ROUTH–HURWITZ DISAGREES"
    kind = str(here["kind"].values)
    verdict = kind if kind in ("stable", "marginal", "family") else f"unstable ({kind})"
    quanta = ", ".join(
        f"{mode} {float(optics.photon_number(here, mode)):.4g}" for mode in model.modes
    )
    yield line("quanta |⟨a⟩|²", quanta)
    if hasattr(system, "effective_detuning"):
        reached = system.effective_detuning(nonlinearity * here["mean"].values)
        yield line("effective detuning", ", ".join(f"{value:.6g}" for value in reached) + " rad/s")
    if np.isfinite(here["light_share"].values).any():
        yield line("light leaves by", _light(here, model))
    yield from _coupling_lines(here, model)
    yield line("stability", f"{verdict}, margin {float(here['margin']):.4g} rad/s; {agree}")
    yield line("drift residual", f"{float(here['residual']):.1e}")
    if not eigenvalues:
        yield line("steady covariance", f"none: {here['reason'].values}")
        return
    residual, bound = float(here["lyapunov_residual"]), float(here["covariance_error_bound"])
    yield line("Lyapunov", f"residual {residual:.1e}, error below {bound:.1e}")
    yield from _audit_lines(here, system)
    V = here["covariance"].values
    warning = "" if audit_state(V).physical else "   (no quantum state)"
    yield from (measured + warning for measured in _measure_lines(V, model.modes, pair))
    if hasattr(system, "homodyne"):
        yield from _record_lines(system, V, model, pair)


def _light(here: xr.Dataset, model: Model) -> str:
    shares = zip(model.ports.items(), here["light_share"].values, strict=True)
    free = [
        f"{name} {100 * share:.3g} %"
        for (name, port), share in shares
        if share > 1e-6 and not port.onward
    ]
    return ", ".join(free)


def _coupling_lines(here: xr.Dataset, model: Model) -> Iterator[str]:
    """|G| and cooperativity of every light mode that presses on a motion."""
    Q = model.mean_level.Q
    pairs = {
        (int(j) // 2, int(row) // 2)
        for row, j, _ in Q.index
        if model.quadratures[row].endswith(".p")
    }
    for i, j in sorted(
        (i, j) for i, j in pairs if i != j and not model.quadratures[2 * i].endswith(".q")
    ):
        light, motion = model.modes[i], model.modes[j]
        coupling = float(optics.effective_coupling(here, light, motion))
        C = float(optics.cooperativity(here, light, motion))
        yield line(f"|G|({light}, {motion})", f"{coupling:.4g} rad/s, cooperativity {C:.4g}")


def _audit_lines(here: xr.Dataset, system: System) -> Iterator[str]:
    audit, kept = audit_state(here["covariance"].values), float(here["commutators"])
    verdict = (
        "a quantum state" if audit.physical else "NOT A QUANTUM STATE: no measure of it is a result"
    )
    yield line("min eig(V + iΩ/2)", f"{float(audit.uncertainty):.3g}, {verdict}")
    remedy = ", noise = 'consistent' does" if getattr(system, "noise", "") == "published" else ""
    yield line("commutators kept to", f"{kept:.2g} rad/s ({_verdict_on_noise(here, kept, remedy)})")


def _verdict_on_noise(here: xr.Dataset, kept: float, remedy: str) -> str:
    """Why the least eigenvalue of D − i(AΩ + ΩAᵀ)/2 is what it is, and what would mend it."""
    A, D = here["drift_matrix"].values, here["diffusion"].values
    rubbed = [k for k in range(1, len(D), 2) if D[k, k] > 0 and D[k - 1, k - 1] == 0]
    friction = sum(A[k, k] ** 2 / (4 * D[k, k]) for k in rubbed)
    if kept >= -1e-12 * np.abs(A).max():
        return "they are"
    if kept >= -1.001 * friction:
        return f"friction on p alone gives −γ²/(4D_pp) = {-friction:.2g}"
    return f"NOT KEPT: the noise does not belong to this drift{remedy}"


def _measure_lines(V: Array, modes: tuple[str, ...], pair: tuple[str, str]) -> Iterator[str]:
    if len(modes) > 1:
        yield from _pair_lines(V, modes, pair)
    squeezed = ((mode, float(gaussian.squeezing(V, k))) for k, mode in enumerate(modes))
    yield line(
        "squeezing below vacuum",
        ", ".join(f"{mode} {_unless_trifle(dB):.3g} dB" for mode, dB in squeezed),
    )
    quanta = ", ".join(
        f"{mode} {_unless_trifle(n):.4g}"
        for mode, n in zip(modes, gaussian.populations(V), strict=True)
    )
    yield line("fluctuation quanta", quanta)
    yield line("purity", f"{float(gaussian.purity(V)):.4g}")
    if len(modes) == 3:
        yield line(
            "residual contangle",
            f"{_unless_trifle(gaussian.residual_contangle(V, 0, 1, 2)):.4g} nats²",
        )


def _pair_lines(V: Array, modes: tuple[str, ...], pair: tuple[str, str]) -> Iterator[str]:
    i, j = (modes.index(mode) for mode in pair)
    first, second = pair
    yield line(f"E_N({first}, {second})", f"{float(gaussian.log_negativity(V, i, j)):.6f}")
    steered = (float(gaussian.steering(V, i, j)), float(gaussian.steering(V, j, i)))
    yield line(
        "steering", f"{first} → {second} {steered[0]:.6f}, {second} → {first} {steered[1]:.6f}"
    )
    inferred = (float(gaussian.reid(V, i, j)), float(gaussian.reid(V, j, i)))
    yield line(
        "Reid product",
        f"of {second} {inferred[0]:.4g}, of {first} {inferred[1]:.4g} (steering below 0.5)",
    )
    yield line("Duan sum", f"{float(gaussian.duan(V, i, j)):.4g} (entangled below 1)")
    discords = (
        _unless_trifle(information.discord(V, j, i)),
        _unless_trifle(information.discord(V, i, j)),
    )
    yield line(
        "discord", f"{first} measured {discords[0]:.4g}, {second} measured {discords[1]:.4g}"
    )
    yield line(
        "mutual information", f"{_unless_trifle(information.mutual_information(V, i, j)):.4g} nats"
    )


def _unless_trifle(value: Any) -> float:
    return 0.0 if abs(float(value)) < TRIFLE else float(value)


def _record_lines(system: System, V: Array, model: Model, pair: tuple[str, str]) -> Iterator[str]:
    """Reid products given the best homodyne record of the light that leaves, and d, what they gain
    by it.
    """
    phases = np.linspace(0, np.pi, PHASES)
    given = np.asarray(conditional_covariance(system, system.homodyne(phases)))  # type: ignore[attr-defined]
    for i, j in (pair, pair[::-1]):
        indices = model.mode_index(i), model.mode_index(j)
        products, without = gaussian.reid(given, *indices), float(gaussian.reid(V, *indices))
        best = int(np.argmin(products))
        gain, angle = 100 * (1 - products[best] / without), phases[best] / np.pi
        yield line(
            f"given the light, of {j}",
            f"{products[best]:.4g} (better by d = {gain:.2g} %), detector at {angle:.3g}π",
        )


def _value(value: Any, field: dataclasses.Field[Any], *, with_unit: bool = True) -> str:
    """A parameter in words: a number with its unit, a word, or pairs."""
    unit = field.metadata["unit"] if with_unit else ""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        other = field.metadata["paired_with"]
        return ", ".join(f"{rate:.6g} {unit} at {angle:.4g} {other}" for rate, angle in value)
    return f"{float(value):.6g} {unit}".rstrip()


def _same(value: Any, usual: Any) -> bool:
    if isinstance(value, (str, tuple)) or isinstance(usual, (str, tuple)):
        return bool(value == usual)
    return bool(np.isclose(value, usual, rtol=1e-12, atol=0))
