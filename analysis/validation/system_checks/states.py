"""Covariances: quantum states, steady and transient; moments at late times; the unit of time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from ....sde.initial_states import dark_state
from ....sde.linear_algebra.covariance_errors import relative_errors
from ....sde.model.gaussian_state import Gaussian
from ....sde.model.model import Model
from ....sde.model.uncertainty import NEGLIGIBLE, is_quantum_state
from ....sde.moments.propagation import propagate
from ....sde.moments.taylor import DivergenceError
from ....sde.system import System, as_model
from ...gaussian import symplectic_eigenvalues
from ...mode_blocks import Array
from .results import SystemCheck, failed, judged, not_applicable
from .subject import Subject, states_of_scaled

LATE = 40.0
"""Relaxation times of the slowest mode after which only rounding is left of a start."""
BESIDE = 1e-3
"""Distance of a start beside a fixed point, in widths of the steady state."""
BESIDE_BRIGHT = 1e-6
"""Further distance relative to each mean, so that the start does not count as the fixed point."""
MOST_PERIODS = 1e5
"""Length of a run, in units of the largest rate, that Taylor steps are taken for."""
TRANSIENT = 20.0
"""Length of the transient in units of the largest rate."""
SAMPLES = 40
LIMIT = 1e-6
"""Deviation of late moments from the steady ones, in units of their widths."""
UNIT = 4096.0
"""Factor of the unit of time; a power of 4, by which rates and noise scale without rounding."""
SAME = 1e-9
"""Relative deviation between two units of time."""
NO_STATE = "No fixed point is stable, so there is no steady covariance."
TOO_LITTLE_NOISE = (
    "V is the covariance of no quantum state. Look at the check of the commutators first; where "
    "these are kept, the start was no quantum state, or V holds too few digits."
)


def steady_states(subject: Subject) -> SystemCheck:
    """V + iΩ/2 ≥ 0 of the steady covariance about each stable fixed point."""
    if not subject.stable:
        return not_applicable(NO_STATE)
    V = np.stack([state["covariance"].values for state in subject.stable])
    return _quantum_states(subject, V)


def transient(subject: Subject) -> SystemCheck:
    """V + iΩ/2 ≥ 0 in time, from the dark start, linearised about the moving mean field."""
    model = subject.model
    rate = np.abs(model.jacobian(subject.points[:1], "mean")).max()
    if rate == 0:
        return not_applicable("Nothing moves: the model has no linear drift.")
    times = np.linspace(0.0, TRANSIENT / rate, SAMPLES + 1)
    try:
        V = propagate(model, _start(subject), times)[1]
    except DivergenceError as error:
        return not_applicable(f"From the dark start {error}.")
    return _quantum_states(subject, V)


def _quantum_states(subject: Subject, V: Array) -> SystemCheck:
    """The verdict on covariances (states, n, n)."""
    least = 2 * float(symplectic_eigenvalues(V).min()) - 1
    if is_quantum_state(V).all() and not least >= -NEGLIGIBLE:  # rounding of very hot modes
        return SystemCheck("", True)
    return judged(
        least,
        -NEGLIGIBLE,
        "2ν − 1 of the least symplectic eigenvalue",
        TOO_LITTLE_NOISE + subject.remedy,
        at_least=True,
    )


def _start(subject: Subject) -> Gaussian:
    """The dark state, or the vacuum where a mode has no net damping."""
    dark = subject.given.dark() if isinstance(subject.given, System) else subject.given
    try:
        return dark_state(as_model(dark))
    except ValueError:
        n = subject.model.size
        return Gaussian(np.zeros(n), 0.5 * np.eye(n))


def late_moments(subject: Subject) -> SystemCheck:
    """Moments at late times, from vacuum beside each stable fixed point, against Lyapunov's."""
    if not subject.stable:
        return not_applicable(NO_STATE)
    gaps = [_late_gap(subject.model, state) for state in subject.stable]
    return judged(
        max(gaps),
        LIMIT,
        "distance of V from the Lyapunov equation",
        "moments in time and the Lyapunov equation disagree: a mode may be damped so weakly that "
        "V holds too few digits (see lyapunov_residual and covariance_error_bound of "
        "steady_state), else this is an error of the package.",
    )


def _late_gap(model: Model, state: xr.Dataset) -> float:
    """Largest deviation of V and the mean at late times, in units of the widths.

    Where relaxation takes very many periods, the mean starts at the fixed point itself: then it is
    held there, and V is propagated by exact steps; else both by Taylor steps.
    """
    mean = state["mean"].values
    V = state["covariance"].values
    width = np.sqrt(np.diag(V))
    duration = LATE / float(state["margin"])
    long = duration * np.abs(state["drift_matrix"].values).max() > MOST_PERIODS
    start = Gaussian(mean, 0.5 * np.eye(len(mean))) if long else vacuum_beside(state)
    late_mean, late_V = (m[-1] for m in propagate(model, start, np.array([0.0, duration])))
    scale = width + np.abs(mean)
    held = np.array_equal(late_mean, start.mean)
    moved = np.abs(late_mean - mean) / np.where(scale > 0, scale, 1.0)
    return float(max(relative_errors(late_V - V, V).max(), 0.0 if held else moved.max()))


def vacuum_beside(state: xr.Dataset) -> Gaussian:
    """A start in vacuum beside a stable fixed point."""
    width = np.sqrt(np.diag(state["covariance"].values))
    mean = state["mean"].values
    return Gaussian(mean + BESIDE * width + BESIDE_BRIGHT * np.abs(mean), 0.5 * np.eye(len(width)))


def unit_of_time(subject: Subject) -> SystemCheck:
    """Fixed points and V of the model with all rates times a factor: equal, rates times it."""
    ours = subject.steady
    theirs = states_of_scaled(scaled_rates(subject.model, UNIT))
    if theirs.sizes["branch"] != ours.sizes["branch"]:
        return failed(
            f"With all rates times {UNIT:g}, {theirs.sizes['branch']} fixed points are found "
            f"instead of {ours.sizes['branch']}: an absolute tolerance in a solver.",
        )
    return judged(
        _largest_change(ours, theirs),
        SAME,
        f"change of means, V and rates for rates times {UNIT:g}",
        "results depend on the unit of time: look for a number with a unit in a Model subclass; "
        "else this is an error of the package.",
    )


def _largest_change(ours: xr.Dataset, theirs: xr.Dataset) -> float:
    """Largest relative change of mean, covariance and eigenvalues between two units of time."""
    changes = []
    for name, factor in (
        ("mean", 1.0),
        ("covariance", 1.0),
        ("eigenvalue_real", UNIT),
        ("eigenvalue_imag", UNIT),
    ):
        before, after = ours[name].values, theirs[name].values / factor
        if not np.array_equal(np.isnan(before), np.isnan(after)):
            return np.inf
        known = ~np.isnan(before)
        size = max(np.abs(before[known]).max(initial=0.0), np.finfo(float).tiny)
        changes.append(np.abs(after - before)[known].max(initial=0.0) / size)
    return float(max(changes))


def scaled_rates(model: Model, factor: float) -> Model:
    """The model in another unit of time: all its rates times a factor."""
    root = np.sqrt(factor)
    ports = {
        name: replace(port, C=root * port.C, d=root * port.d, shone=root * port.shone)
        for name, port in model.ports.items()
    }
    return replace(
        model,
        c=factor * model.c,
        A=factor * model.A,
        Q=model.Q.times(factor),
        K=model.K.times(factor),
        B=root * model.B,
        ports=ports,
    )
