"""The noise: it keeps the commutators, and each mode alone rests in the state of its bath."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np

from ....sde.model.model import Model
from ....sde.model.uncertainty import (
    FRICTION,
    commutator_margin,
    friction_violation,
    symplectic_form_of,
)
from ....sde.system import System, as_model
from ....steady import solve_lyapunov
from ...mode_blocks import Array
from .results import SystemCheck, judged, not_applicable
from .subject import Subject

ROUNDING = 1e-12
"""Violation of the commutators, relative to the largest rate, that is rounding."""
AT_FAULT = 0.1
"""Share of a violation from which a mode is named."""
VACUUM = 1e-9
"""Distance of a vacuum variance from ½ that is rounding."""


def commutators(subject: Subject) -> SystemCheck:
    """min eig(D − i(AΩ + ΩAᵀ)/2) at rest and at each fixed point."""
    model = subject.model
    places = np.concatenate([np.zeros((1, model.size)), subject.fixed_points])
    drifts = model.jacobian(places, "mean")
    margins = commutator_margin(drifts, model.diffusion)
    A = drifts[np.argmin(margins)]
    friction = friction_violation(A, model.diffusion)
    least = float(np.min(margins))
    remark = ""
    if least < -ROUNDING * np.abs(A).max():
        remark = (
            f"Friction on p alone gives −γ²/(4 D_pp) = {-friction:.2g} rad/s: the known flaw of "
            "Brownian noise, small at high temperature; `lose` on the mechanical mode has none."
        )
    return judged(
        least,
        -FRICTION * friction - ROUNDING * np.abs(A).max(),
        "min eig(D − i(AΩ + ΩAᵀ)/2)",
        _weak_noise(subject, A),
        unit="rad/s",
        at_least=True,
        remark=remark,
    )


def _weak_noise(subject: Subject, A: Array) -> str:
    """What to look at where noise is too weak for the damping or gain of A (n, n)."""
    model = subject.model
    D = model.diffusion
    omega = symplectic_form_of(A)
    vector = np.linalg.eigh(D - 0.5j * (A @ omega + omega @ A.T))[1][:, 0]
    shares = (np.abs(vector) ** 2).reshape(-1, 2).sum(axis=1)
    modes = [int(mode) for mode in np.flatnonzero(shares > AT_FAULT)]
    names = " and ".join(model.modes[mode] for mode in modes)
    alone = "; ".join(filter(None, (_weakness(model, A, D, mode) for mode in modes)))
    together = (
        f"the noises of {names} are not correlated as their common damping needs (do they share a "
        "port, or does light go from one to the other?)"
    )
    return (
        f"Noise is too weak for the drift: {alone or together}. Look at the noise of each damping "
        "and gain: lose, amplify, jump and rub bring it, a matrix set by hand and a LinearDrift do "
        f"not.{subject.remedy}"
    )


def _weakness(model: Model, A: Array, D: Array, mode: int) -> str:
    """Diffusion that a mode has and that its own damping needs; "" where it has enough."""
    own = slice(2 * mode, 2 * mode + 2)
    found = float(np.sqrt(max(np.linalg.det(D[own, own]), 0.0)))
    needed = abs(float(np.trace(A[own, own]))) / 2
    if found >= needed * (1 - ROUNDING):
        return ""
    acting = np.abs(model.B[own]).max(axis=0, initial=0.0) > 0
    channels = [name for name, acts in zip(model.channels, acting, strict=True) if acts]
    through = f"through {', '.join(channels)}" if channels else "and no noise channel"
    return (
        f"{model.modes[mode]} has diffusion {found:.4g} rad/s {through} where its damping or gain "
        f"needs {needed:.4g}"
    )


def vacuum(subject: Subject) -> SystemCheck:
    """Each mode alone, at rest: vacuum in a cold bath, else a thermal state of n + ½.

    A mode with net gain, without damping, or squeezed by its own Hamiltonian or bath has no such
    state and is left out. Baths are cold where every temperature and every parameter that acts on
    the noise alone, such as an occupation, is zero. A mode on which none of these acts may have a
    bath of any fixed temperature.
    """
    warm = _dark(subject.given)
    cold = _cooled(warm) if isinstance(warm, System) else warm
    model = as_model(cold)
    states = dict(_states_of_modes(model))
    alone = {mode: state for mode, state in states.items() if not isinstance(state, str)}
    left_out = "; ".join(f"{mode} {state}" for mode, state in states.items() if mode not in alone)
    if not alone:
        return not_applicable(f"No mode rests in a bath of its own: {left_out}.")
    cooled = _modes_cooled(as_model(warm), model)
    hot = {mode: v for mode, v in alone.items() if mode not in cooled and v > 0.5 + VACUUM}
    remarks = [f"Left out: {left_out}."] if left_out else []
    if hot:
        listed = ", ".join(f"{mode} {v - 0.5:.4g}" for mode, v in hot.items())
        remarks.append(f"Occupations that no parameter sets: {listed}; are they meant?")
    cold_states = {mode: v for mode, v in alone.items() if mode not in hot}
    return _verdict(cold_states, " ".join(remarks), subject.remedy)


def _verdict(variances: dict[str, float], remark: str, remedy: str) -> SystemCheck:
    """The verdict on the variances of modes in cold baths, by mode."""
    gaps = {mode: abs(v - 0.5) for mode, v in variances.items()}
    if not gaps:
        return not_applicable(remark)
    wrong = ", ".join(f"{mode} {variances[mode]:.6g}" for mode in gaps if gaps[mode] > VACUUM)
    return judged(
        max(gaps.values()),
        VACUUM,
        "distance of a cold mode's variances from ½",
        f"In its own cold bath a mode must have variances ½ (found {wrong}): look at the strength "
        "of its noise, D = κ(n + ½) per quadrature for an amplitude rate κ, γ(2n + 1) for "
        f"friction γ on p; an occupation that is meant should be a parameter.{remedy}",
        remark=remark,
    )


def _dark(given: System | Model) -> System | Model:
    return given.dark() if isinstance(given, System) else given


def _cooled(system: System) -> System:
    """The system with zero temperatures, and zero for what acts on the noise alone."""
    model = system.model()
    for field in dataclasses.fields(system):
        value = getattr(system, field.name)
        if "options" in field.metadata or isinstance(value, tuple) or not np.any(value):
            continue
        try:
            colder = system.replace(**{field.name: 0.0})
            if field.metadata["unit"] == "K" or _only_less_noise(model, colder.model()):
                system = colder
        except (ValueError, ArithmeticError):
            continue
    return system


def _only_less_noise(model: Model, other: Model) -> bool:
    """Whether another model differs in its noise alone, which is weaker, though not absent."""
    same = all(np.array_equal(*pair) for pair in zip(_drift(model), _drift(other), strict=True))
    less, more = np.trace(other.diffusion), np.trace(model.diffusion)
    return bool(same and 0 < less < more)


def _drift(model: Model) -> tuple[Array, ...]:
    return model.c, model.A, model.Q.value, model.K.value


def _modes_cooled(warm: Model, cold: Model) -> set[str]:
    """The modes whose own diffusion differs between a warm model and the cold one."""
    gap = np.abs(np.diagonal(warm.diffusion - cold.diffusion)).reshape(-1, 2).max(axis=1)
    return {mode for mode, change in zip(warm.modes, gap, strict=True) if change > 0}


def _states_of_modes(model: Model) -> Iterator[tuple[str, float | str]]:
    """Each mode with the variance of its quadratures when alone, or why it has none."""
    drift = model.jacobian(np.zeros(model.size), "mean")
    for index, mode in enumerate(model.modes):
        own = slice(2 * index, 2 * index + 2)
        yield mode, _state_alone(drift[own, own], model.diffusion[own, own])


def _state_alone(a: Array, d: Array) -> float | str:
    """Variance of a mode with drift a (2, 2) and diffusion d (2, 2), or why it has none."""
    size = np.abs(a).max()
    if np.trace(a) >= -ROUNDING * size:
        return "has no net damping"
    turns = abs(a[0, 1] + a[1, 0]) <= ROUNDING * size and abs(d[0, 1]) <= ROUNDING * np.trace(d)
    light = np.isclose(a[0, 0], a[1, 1], rtol=ROUNDING) and np.isclose(d[0, 0], d[1, 1])
    friction = a[0, 0] == 0 and d[0, 0] == 0
    if not (turns and (light or friction)):
        return "is squeezed by its own Hamiltonian or bath"
    return float(np.diag(solve_lyapunov(a, d)).mean())
