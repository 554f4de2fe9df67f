"""Preparation of a run of trajectories: moments, scheme, kernel, and the exact law of the steps.

It also estimates the memory that an ensemble takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..initial_states import start_state
from ..jit.background import compile_in_background
from ..kept_elements import FULL, KeptElements
from ..kernels.codegen import Form
from ..kernels.kernel import MOST_QUADRATURES, TRAJECTORY_KERNELS, Kernel, build_kernel
from ..kernels.sum_layout import statistics
from ..model.gaussian_state import Gaussian
from ..model.model import Model
from ..moments.propagation import propagate
from ..moments.taylor import DivergenceError
from ..records.linear_spectrum import settled_spectrum
from ..records.record import require_recordable
from ..records.record_plan import plan_record
from ..records.recorded_model import recorded_model, recorded_rates
from ..sampling import Sampling, plan_samples
from ..schemes.limit_cycles import is_limit_cycle
from ..schemes.local_errors import DeterministicStep
from ..schemes.nonlinear_errors import IntervalMoments
from ..schemes.semilinear import SEMILINEAR, semilinear_step, stepped_model
from ..schemes.step_checks import (
    StepErrorPolicy,
    check_covariance,
    check_cycle,
    check_nonlinear_errors,
    check_path,
)
from ..schemes.step_forecast import check_step, chosen_scheme
from ..schemes.table import SCHEMES, linear_step
from ..support.checks import Array, available_cores
from ..support.memory import require_memory
from ..system import System, as_single_model
from .batches import BATCHES, MOST_BYTES
from .settings import Settings
from .step_law import StepLaw, exact_step_law
from .trajectories import TrajectoryPlan

INTERVALS = 5
"""Number of intervals of a run in which steps away from the mean field are checked."""
SHARE_OF_SUMS = 6
"""Copies of the batch sums that estimates, jackknife and result files need at most.

Measured: 3.4 to 5.5.
"""
MANY = 8
"""Quadratures above which a refusal for lack of memory names moments = "modes"."""
TRANSIENT = 4
"""Covariances per sample time during the preparation alone, where not all elements are kept."""
COVARIANCES, MEANS = 8, 4
"""Covariances and means per sample time, besides the sums: moments, step laws, copies."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """A run ready to start: its plan, moments at the sample times, and the exact law of its steps.

    `scheme` is the one chosen; times (times,) in s; mean_field (times, n) and covariance_linear
    (times, n, n) solve the moment equations. `kept` are the elements of covariances that are kept:
    all, or those in the last axis of covariance_linear and of the law's covariances. With a record
    of light, light_spectrum (frequencies, outputs, outputs) is that of the linearised steps, None
    if they have not settled.
    """

    model: Model
    scheme: str
    plan: TrajectoryPlan
    times: Array
    mean_field: Array
    covariance_linear: Array
    law: StepLaw
    kept: KeptElements
    light_spectrum: Array | None = None

    def during(self, some: slice) -> Preparation:
        """The same with some of the sample times alone."""
        return replace(
            self,
            times=self.times[some],
            mean_field=self.mean_field[some],
            covariance_linear=self.covariance_linear[some],
            law=self.law.during(some),
        )


def prepare(
    system: System | Model,
    settings: Settings,
    task: str,
    *,
    check_memory: Callable[[int], None] = lambda size: None,
    state: Gaussian | None = None,
    model: Model | None = None,
) -> Preparation:
    """Prepare everything before the first step of a run; raises the errors of `simulate`.

    `check_memory` is called with the number of quadratures before any work, and refuses a run that
    does not fit into the memory. `state` is the start state of the settings, and `model` the model
    of the system, if the caller has them already.
    """
    model = as_single_model(system if model is None else model, task)
    kept = settings.kept_elements(model)
    settings.require_targets(model)
    if settings.light:
        require_recordable(settings.light, model)
    check_memory(model.size)
    compile_in_background(TRAJECTORY_KERNELS)
    if state is None:
        state = start_state(system, settings.start, settings.branch, model)
    sampling = plan_samples(settings.duration, settings.step, settings.samples)
    moments = _Moments.along(model, state, sampling.times)
    scheme = chosen_scheme(
        settings.scheme,
        model.jacobian(moments.end, "mean"),
        model.diffusion,
        settings.step,
        settings.duration,
    )
    _check_steps(moments, settings, scheme)
    plan = _trajectory_plan(moments, settings, scheme, sampling, kept)
    law = exact_step_law(plan)
    with StepErrorPolicy(settings.step_errors):
        _check_step_law(moments, settings, scheme, law, offer_twin=task == "simulate")
    spectrum = None
    if plan.record and moments.settled:
        begun = int(np.searchsorted(sampling.schedule, plan.record.first))
        V = np.asarray(law.covariance[min(begun, len(law.covariance) - 1)])
        A, D = recorded_rates(model, moments.end, plan.record.ports)
        steps = linear_step(scheme, A, D, settings.step)
        spectrum = settled_spectrum(plan.record, *steps, V, kept)
    return Preparation(
        model,
        scheme,
        plan,
        sampling.times,
        moments.mean_field,
        kept.from_matrices(moments.covariance),
        law.kept(kept),
        kept,
        spectrum,
    )


@dataclass(frozen=True, eq=False)
class _Moments:
    """The linearised moments of a run: mean_field (times, n), covariance (times, n, n)."""

    model: Model
    start: Gaussian
    times: Array
    mean_field: Array
    covariance: Array

    @classmethod
    def along(cls, model: Model, start: Gaussian, times: Array) -> _Moments:
        """The moments from a start at times (times,) in s."""
        return cls(model, start, times, *propagate(model, start, times, overflow=True))

    @property
    def end(self) -> Array:
        """The mean field (n,) where the run ends."""
        return np.asarray(self.mean_field[-1])

    @cached_property
    def settled(self) -> bool:
        """Whether A is constant at the end: the model is linear, or the drift is below 1 %."""
        model = self.model
        drift = np.linalg.norm(model.drift(self.end, "mean"))
        moving = drift > 0.01 * np.abs(model.A).max() * np.linalg.norm(self.end)
        return bool(model.linear or not moving)

    @property
    def expansion_point(self) -> Array:
        """The mean field (n,) about which semilinear schemes are linear."""
        return np.asarray(self.mean_field[-1 if self.settled else 0])

    def intervals(self) -> Iterator[list[IntervalMoments]]:
        """Gaussian distributions of the paths in time: linearised, then in Gaussian closure."""
        times = self.times
        chosen = np.unique(np.linspace(0, len(times) - 1, INTERVALS).round().astype(int))
        middles = 0.5 * (times[chosen][1:] + times[chosen][:-1])
        lengths = np.diff(np.concatenate([times[:1], middles, times[-1:]]))
        yield list(map(IntervalMoments, self.mean_field[chosen], self.covariance[chosen], lengths))
        try:
            closure = propagate(self.model, self.start, times[chosen], "gaussian")
        except DivergenceError:
            return
        yield list(map(IntervalMoments, *closure, lengths))


def _check_steps(moments: _Moments, settings: Settings, scheme: str) -> None:
    """Check steps by the linearised equations at the end, and away from the mean field.

    Semilinear schemes are exact for the linearised equations. Raises StepError.
    """
    model = moments.model
    step = settings.step
    with StepErrorPolicy(settings.step_errors):
        if scheme not in SEMILINEAR:
            A = model.jacobian(moments.end, "mean")
            check_step(A, model.diffusion, step, settings.duration, moments.settled, scheme)
    if model.linear or not moments.settled:
        return

    def step_of(step: float) -> DeterministicStep:
        stepped = stepped_model(scheme, model, step, moments.expansion_point)
        return DeterministicStep(stepped, step, SCHEMES[scheme].stages, scheme in SEMILINEAR)

    intervals = moments.intervals()
    with StepErrorPolicy(settings.step_errors):
        check_nonlinear_errors(model, step_of, intervals, step, settings.trajectories)


def _check_step_law(
    moments: _Moments, settings: Settings, scheme: str, law: StepLaw, *, offer_twin: bool
) -> None:
    """Check steps by their exact law along the run. Raises StepError."""
    model = moments.model
    mean_field = moments.mean_field
    step = settings.step
    plain = not settings.twin
    if not moments.settled and is_limit_cycle(model, mean_field, moments.times):
        stepped = law.mean, law.covariance
        check_cycle(model, moments.start, stepped, mean_field, moments.times, step, plain=plain)
        return
    check_path(law.mean, mean_field, step)
    if plain and scheme != "euler-maruyama":
        check_covariance(law.covariance, moments.covariance, step, offer_twin=offer_twin)


def _trajectory_plan(
    moments: _Moments,
    settings: Settings,
    scheme: str,
    sampling: Sampling,
    kept: KeptElements,
) -> TrajectoryPlan:
    """The plan of a run, whose kernel is compiled."""
    stages = SCHEMES[scheme].stages
    form = Form(
        settings.twin, settings.step_check, settings.antithetic, stages, settings.increments
    )
    light = settings.light
    kernel = _stepping_kernel(moments, settings.step, scheme, form, light.ports if light else ())
    kernel.warm()
    return TrajectoryPlan(
        kernel,
        moments.start,
        moments.start.square_root(),
        sampling.schedule,
        np.uint64(settings.seed),
        settings.trajectories,
        kept,
        plan_record(light, settings.steps, settings.step) if light and settings.twin else None,
    )


def _stepping_kernel(
    moments: _Moments, step: float, scheme: str, form: Form, ports: Sequence[str]
) -> Kernel:
    """The kernel of a scheme, which also steps the light that leaves some ports.

    That of semilinear steps of many modes computes φ f from f.
    """
    model, about = moments.model, moments.expansion_point
    if ports:
        model, about = recorded_model(model, ports), np.pad(about, (0, 2 * len(ports)))
    if scheme in SEMILINEAR and model.size > MOST_QUADRATURES:
        taken = semilinear_step(scheme, model, step, about)
        return build_kernel(taken.model, step, form, taken.response)
    return build_kernel(stepped_model(scheme, model, step, about), step, form)


def ensemble_memory(size: int, settings: Settings) -> int:
    """Bytes that an ensemble of `size` quadratures takes at most, for any number of steps."""
    moments = moments_memory(size, settings.times)
    if settings.moments != FULL:
        moments = (
            8
            * settings.times
            * (TRANSIENT * size**2 + COVARIANCES * settings.elements(size) + MEANS * size + 4)
        )
    blocks = 4 * available_cores() * MOST_BYTES
    return SHARE_OF_SUMS * sums_memory(size, settings) + moments + blocks


def sums_memory(size: int, settings: Settings) -> int:
    """Bytes of the batch sums."""
    elements = settings.elements(size)
    sums = statistics(size, settings.twin, settings.step_check, elements)
    return 8 * BATCHES * settings.times * sums


def moments_memory(size: int, times: int) -> int:
    """Bytes of the moments at the sample times, and of the exact law of the steps."""
    return 8 * times * (COVARIANCES * size**2 + MEANS * size + 4)


def require_ensemble_memory(size: int, settings: Settings) -> None:
    """Refuse an ensemble sampled at more times than the memory holds. Raises RoomError."""
    many = settings.moments == FULL and size > MANY
    fewer_elements = ', or moments = "modes" to keep only the blocks of modes' * many
    require_memory(
        ensemble_memory(size, settings),
        f"sums and moments at {settings.times} times",
        f"samples must be fewer (got {settings.times - 1}){fewer_elements}",
    )
