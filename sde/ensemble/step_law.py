"""The exact law of a run's steps: moments of the linearised equations as stepped, not sampled.

    ū ← ū + Φ_h(ū),   V ← M V Mᵀ + N,   P ← M P,      M and N those of a step about ū

The sample covariance of the twins estimates V, whose distance from the moment equation is the bias
of the step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..kept_elements import KeptElements
from ..kernels.kernel import Kernel, step_law
from ..linear_algebra.linear_steps import next_covariance, repeated_steps
from ..support.checks import Array
from ..support.work_estimates import TimeLimit
from .trajectories import CHUNK, TrajectoryPlan

MOST_HOURS = 10.0
"""Hours that computing the law may take, before the run and on one core."""
LARGE = 16
"""Quadratures of linear models from which on the law of many steps is found by doubling."""
MOST_KEPT = 8
"""Numbers of steps whose law is kept to be used again."""


@dataclass(frozen=True, eq=False)
class StepLaw:
    """The law of the steps at the sample times.

    mean (times, n): the mean field as stepped. covariance (times, n, n): that of the twins.
    transition (times, n, n): the twins' transition matrix from the sample before.
    companion_covariance (times, n, n): the covariance at twice the step, NaN at times that are no
    multiple of it. Where not all elements are kept, covariances are (times, elements), and there is
    no transition matrix (times, 0, 0), since blocks of it do not propagate blocks of V.
    """

    mean: Array
    covariance: Array
    transition: Array
    companion_covariance: Array | None = None

    @classmethod
    def empty(cls, times: int, n: int, elements: KeptElements | None) -> StepLaw:
        """Arrays for a number of times, filled with NaN, of some elements or of matrices."""
        matrices = (times, n, n) if elements is None else (times, 0, 0)
        covariances = matrices if elements is None else (times, elements.count)
        return cls(
            np.full((times, n), np.nan), np.full(covariances, np.nan), np.full(matrices, np.nan)
        )

    def store(
        self, sample: int, u: Array, V: Array, P: Array, elements: KeptElements | None
    ) -> None:
        """Store mean u (n,), covariance V (n, n) and transition P (n, n) of a sample time."""
        self.mean[sample] = u
        self.covariance[sample] = V if elements is None else elements.packed(V)
        if elements is None:
            self.transition[sample] = P

    def during(self, some: slice) -> StepLaw:
        """The law at some of the sample times."""
        coarse = self.companion_covariance
        return StepLaw(
            self.mean[some],
            self.covariance[some],
            self.transition[some],
            None if coarse is None else coarse[some],
        )

    def kept(self, elements: KeptElements) -> StepLaw:
        """The law with these elements of the covariances."""
        if elements.matrices or self.covariance.ndim == 2:
            return self
        nothing = np.empty((len(self.mean), 0, 0))
        return StepLaw(self.mean, elements.packed(self.covariance), nothing)


def exact_step_law(plan: TrajectoryPlan) -> StepLaw:
    """The law of a plan's steps, and of a companion at twice the step if it has one."""
    fine = _law_at_stride(plan, 1)
    coarse = _law_at_stride(plan, 2).covariance if plan.kernel.form.companion else None
    return StepLaw(fine.mean, fine.covariance, fine.transition, coarse)


def _law_at_stride(plan: TrajectoryPlan, stride: int) -> StepLaw:
    """The law at `stride` times the step; NaN at samples that are no multiple of the stride."""
    kernel = plan.kernel
    n = plan.size
    table = kernel.table(CHUNK)
    u = plan.padded(plan.state.mean)
    V = plan.padded(plan.state.covariance)
    P = np.eye(len(u))
    elements = _stored_elements(plan)
    law = StepLaw.empty(len(plan.schedule), n, elements)
    law.store(0, u[:n], V[:n, :n], P[:n, :n], elements)
    limit = TimeLimit(
        f"the exact law of {plan.steps} steps, which is computed before the run on one core,",
        MOST_HOURS,
        "take a shorter duration or a longer step",
    )
    propagate = _propagation(kernel, stride)
    for begin, _, segments in plan.segments():
        limit.check(begin / plan.steps)
        for first, last, sample in segments:
            count = last // stride - first // stride
            kernel.module.table_rows(u, stride * kernel.coefficients, table, count)
            propagate(V, P, table, count)
            if sample >= 0 and last % stride == 0:
                law.store(sample, u[:n], V[:n, :n], P[:n, :n], elements)
                P[:] = np.eye(len(u))
    return law


def _stored_elements(plan: TrajectoryPlan) -> KeptElements | None:
    """The elements of the law that are stored, None for all: single paths are checked by all."""
    kept = plan.kept
    return kept if kept and not kept.matrices and plan.kernel.form.twin else None


def _propagation(kernel: Kernel, stride: int) -> Callable[[Array, Array, Array, int], None]:
    """Propagates V and P, both (n, n), over a number of steps of a table, in place."""
    E = stride * kernel.constant_rates()
    D = stride * (kernel.amplitudes @ kernel.amplitudes.T)
    rows, columns = kernel.moving_entries()
    stages = kernel.form.stages
    if kernel.response is not None:
        return _SemilinearSteps(kernel.response, E, D, rows, columns, kernel.width).propagate
    if not len(rows) and len(E) >= LARGE:
        return _ConstantSteps(E, D, stages).propagate
    compiled = step_law(stages)

    def propagate(V: Array, P: Array, table: Array, count: int) -> None:
        compiled(V, P, E, rows, columns, table, kernel.width, count, D)

    return propagate


class _ConstantSteps:
    """The law of many steps with constant coefficients: E and N of u ← (1 + E) u + noise."""

    def __init__(self, E: Array, D: Array, stages: int) -> None:
        if stages == 2:
            ED = E @ D
            E, D = E + 0.5 * E @ E, D + 0.5 * (ED + ED.T) + ED @ E.T / 3
        self.step = E, D
        self.repeated: dict[int, tuple[Array, Array]] = {}

    def propagate(self, V: Array, P: Array, _table: Array, count: int) -> None:
        """Propagate V and P, both (n, n), over a number of steps, in place."""
        E, N = self.steps(count)
        V[:] = next_covariance(E, V) + N
        P += E @ P

    def steps(self, count: int) -> tuple[Array, Array]:
        """E and N (n, n) of a number of steps."""
        if count not in self.repeated:
            if len(self.repeated) == MOST_KEPT:
                self.repeated.clear()
            self.repeated[count] = repeated_steps(*self.step, count)
        return self.repeated[count]


class _SemilinearSteps:
    """The law of steps u ← u + φ (E + moving entries) u + noise, whose matrices are full."""

    def __init__(
        self, response: Array, E: Array, D: Array, rows: Array, columns: Array, width: int
    ) -> None:
        self.response, self.E, self.D = response, E, D
        self.rows, self.columns, self.width = rows, columns, width
        self.constant = _ConstantSteps(response @ E, D, 1)

    def propagate(self, V: Array, P: Array, table: Array, count: int) -> None:
        """Propagate V and P, both (n, n), over a number of steps of a table, in place."""
        if not len(self.rows):
            self.constant.propagate(V, P, table, count)
            return
        E = self.E.copy()
        for moving in table[: count * self.width].reshape(count, self.width):
            E[self.rows, self.columns] = self.E[self.rows, self.columns] + moving[: len(self.rows)]
            change = self.response @ E
            V[:] = next_covariance(change, V) + self.D
            P += change @ P
