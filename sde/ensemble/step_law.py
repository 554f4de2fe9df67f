"""The exact law of a run's steps: what they do to the linearised equations, without sampling.

    ū ← ū + Φ_h(ū),   V ← M V Mᵀ + N,   P ← M P,      M and N those of a step about ū

The ensemble of twins must show V; its distance from the moment equation is the bias of the step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..kernels.kernel import Kernel
from ..support.checks import Array
from ..support.work_estimates import TimeLimit
from .trajectories import CHUNK, Plan

MOST_HOURS = 10.0
"""Hours that the law may take, which is computed before the run, on one core."""


@dataclass(frozen=True, eq=False)
class StepPaths:
    """The law at the sample times.

    The stepped mean field (times, n), the exact covariance law of the twin (times, n, n), the
    twin's transition matrix from the sample before (times, n, n), and the companion's covariance
    law, NaN where it has no state.
    """

    mean: Array
    covariance: Array
    transition: Array
    companion_covariance: Array | None = None

    @classmethod
    def empty(cls, times: int, n: int) -> StepPaths:
        """Room for so many times, filled with NaN."""
        return cls(
            np.full((times, n), np.nan),
            np.full((times, n, n), np.nan),
            np.full((times, n, n), np.nan),
        )


def finite_step_paths(plan: Plan) -> StepPaths:
    """The law of the coupled paths of a plan, and of their companion at twice the step if they have
    one.
    """
    fine, coarse = _law(plan, 1), _law(plan, 2) if plan.kernel.form.companion else None
    return StepPaths(
        fine.mean, fine.covariance, fine.transition, coarse.covariance if coarse else None
    )


def _law(plan: Plan, stride: int) -> StepPaths:
    """The exact law at `stride` times the step; NaN at samples that are no multiple of the stride."""
    kernel, n = plan.kernel, plan.kernel.pattern.size
    table = kernel.table(CHUNK)
    u, V, P = plan.state.mean.copy(), plan.state.covariance.copy(), np.eye(n)
    paths = StepPaths.empty(len(plan.schedule), n)
    paths.mean[0], paths.covariance[0], paths.transition[0] = u, V, P
    steps = int(plan.schedule[-1])
    limit = TimeLimit(
        f"the exact law of {steps} steps, which is computed before the run on one core,",
        MOST_HOURS,
        "take a shorter duration or a longer step",
    )
    for begin, _, segments in plan.segments():
        limit.check(begin / steps)
        for first, last, sample in segments:
            count = last // stride - first // stride
            kernel.module.table_rows(u, stride * kernel.coefficients, table, count)
            _carry(kernel, V, P, table, stride, count)
            if sample >= 0 and last % stride == 0:
                paths.mean[sample], paths.covariance[sample], paths.transition[sample] = u, V, P
                P[:] = np.eye(n)
    return paths


def _carry(kernel: Kernel, V: Array, P: Array, table: Array, stride: int, count: int) -> None:
    """Take V and P over `count` steps of the table, in place."""
    E, D = stride * kernel.constant_rates(), stride * kernel.amplitudes @ kernel.amplitudes.T
    kernel.shared.step_law(
        V, P, E, *kernel.moving_entries(), table, kernel.width, kernel.form.stages, count, D
    )
