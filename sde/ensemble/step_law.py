"""The exact law of a run's steps: moments of the linearised equations as stepped, not sampled.

    ū ← ū + Φ_h(ū),   V ← M V Mᵀ + N,   P ← M P,      M and N those of a step about ū

The sample covariance of the twins estimates V, whose distance from the moment equation is the bias
of the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kernels.kernel import Kernel
from ..support.checks import Array
from ..support.work_estimates import TimeLimit
from .trajectories import CHUNK, TrajectoryPlan

MOST_HOURS = 10.0
"""Hours that computing the law may take, before the run and on one core."""


@dataclass(frozen=True, eq=False)
class StepLaw:
    """The law of the steps at the sample times.

    mean (times, n): the mean field as stepped. covariance (times, n, n): that of the twins.
    transition (times, n, n): the twins' transition matrix from the sample before.
    companion_covariance (times, n, n): the covariance at twice the step, NaN at times that are no
    multiple of it.
    """

    mean: Array
    covariance: Array
    transition: Array
    companion_covariance: Array | None = None

    @classmethod
    def empty(cls, times: int, n: int) -> StepLaw:
        """Arrays for a number of times, filled with NaN."""
        return cls(
            np.full((times, n), np.nan),
            np.full((times, n, n), np.nan),
            np.full((times, n, n), np.nan),
        )


def exact_step_law(plan: TrajectoryPlan) -> StepLaw:
    """The law of a plan's steps, and of a companion at twice the step if it has one."""
    fine = _law_at_stride(plan, 1)
    coarse = _law_at_stride(plan, 2).covariance if plan.kernel.form.companion else None
    return StepLaw(fine.mean, fine.covariance, fine.transition, coarse)


def _law_at_stride(plan: TrajectoryPlan, stride: int) -> StepLaw:
    """The law at `stride` times the step; NaN at samples that are no multiple of the stride."""
    kernel = plan.kernel
    n = plan.kernel.pattern.size
    table = kernel.table(CHUNK)
    u = plan.state.mean.copy()
    V = plan.state.covariance.copy()
    P = np.eye(n)
    law = StepLaw.empty(len(plan.schedule), n)
    law.mean[0] = u
    law.covariance[0] = V
    law.transition[0] = P
    limit = TimeLimit(
        f"the exact law of {plan.steps} steps, which is computed before the run on one core,",
        MOST_HOURS,
        "take a shorter duration or a longer step",
    )
    for begin, _, segments in plan.segments():
        limit.check(begin / plan.steps)
        for first, last, sample in segments:
            count = last // stride - first // stride
            kernel.module.table_rows(u, stride * kernel.coefficients, table, count)
            _propagate(kernel, V, P, table, stride, count)
            if sample >= 0 and last % stride == 0:
                law.mean[sample] = u
                law.covariance[sample] = V
                law.transition[sample] = P
                P[:] = np.eye(n)
    return law


def _propagate(kernel: Kernel, V: Array, P: Array, table: Array, stride: int, count: int) -> None:
    """Propagate V and P, both (n, n), over `count` steps of the table, in place."""
    E = stride * kernel.constant_rates()
    D = stride * kernel.amplitudes @ kernel.amplitudes.T
    kernel.shared.step_law(
        V, P, E, *kernel.moving_entries(), table, kernel.width, kernel.form.stages, count, D
    )
