"""Limit cycles of a mean field: an integrator of the flow and its derivative, and Newton's method
on the return map.

A cycle is a root of φ_T(x) − x, with x free to move across the flow only; the derivative of φ_T,
from the variational equation dM/dt = J(u) M, gives Newton's step and, at the cycle, the Floquet
multipliers. Shooting finds a cycle that the orbit itself would take thousands of periods to reach.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.integrate import solve_ivp

from ..sde.model.model import Model
from ..sde.support.checks import Array

RELATIVE_TOLERANCE = 1e-10
REST = 1e-9
"""Drift, in units of rate and size, of a mean field at rest."""
CLOSED = 1e-8
"""Relative distance between the ends of an orbit that counts as a closed one."""
STEPS, SAMPLES = 12, 2048
PERIOD_BUDGET = 50_000
"""Evaluations that one turn around a cycle may take."""


class BudgetError(ArithmeticError):
    """An integration needs more evaluations of the drift than it may take."""


def _counted(
    slope: Callable[[float, Array], Array], budget: int
) -> Callable[[float, Array], Array]:
    """The slope, for so many evaluations."""
    left = iter(range(budget))

    def counted(time: float, y: Array) -> Array:
        if next(left, None) is None:
            raise BudgetError
        return slope(time, y)

    return counted


@dataclass(frozen=True)
class Flow:
    """du/dt = c + A u + Q(u,u) + K(u,u,u) with dense tensors, in units of `rate` (rad/s); u has
    size `scale`.
    """

    c: Array
    A: Array
    Q: Array
    K: Array
    rate: float
    scale: float

    @classmethod
    def of(cls, model: Model, scale: float) -> Self:
        """The mean-field flow of a model of one parameter point."""
        return cls._of_drift(model.mean_level, scale)

    @classmethod
    def _of_drift(cls, mean: Model, scale: float) -> Self:
        Q, K = mean.tensors
        rate = float(np.abs(mean.A).max()) or 1.0
        return cls(mean.c / rate, mean.A / rate, Q / rate, K / rate, rate, scale)

    @classmethod
    def from_start(cls, mean: Model, start: Array) -> Self:
        """The flow of a mean-level drift whose size is that of the start (n,) and of what drives
        the mean field.
        """
        flow = cls._of_drift(mean, 1.0)
        return replace(
            flow, scale=max(1.0, float(np.linalg.norm(start)), float(np.linalg.norm(flow.c)))
        )

    def rests(self, u: Array) -> bool:
        """Whether the mean field at u (n,) is at rest, to the accuracy with which it is followed."""
        return bool(np.abs(self.slope(0.0, u)).max() <= REST * max(1.0, float(np.abs(u).max())))

    @property
    def nonlinear(self) -> bool:
        return bool(self.Q.any() or self.K.any())

    def slope(self, _time: float, u: Array) -> Array:
        """du/dt at u (n,)."""
        return self.c + (self.A + (self.Q + self.K @ u) @ u) @ u

    def jacobian(self, u: Array) -> Array:
        """∂slope/∂u at u (n,), shape (n, n)."""
        return self.A + (2 * self.Q + 3 * (self.K @ u)) @ u

    def follow(self, u: Array, times: Array, budget: int) -> Any:
        """SciPy's solution from u at times[0], sampled at times (1/rate); BudgetError beyond so
        many evaluations.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            return solve_ivp(
                _counted(self.slope, budget),
                (times[0], times[-1]),
                u,
                method="DOP853",
                t_eval=times,
                rtol=RELATIVE_TOLERANCE,
                atol=RELATIVE_TOLERANCE * self.scale,
            )

    def around(self, u: Array, period: float) -> tuple[Array, Array]:
        """Where u (n,) is after a period, and the derivative of that by u (n, n). Raises
        BudgetError.
        """
        n = len(u)

        def variational(time: float, y: Array) -> Array:
            return np.concatenate(
                [self.slope(time, y[:n]), (self.jacobian(y[:n]) @ y[n:].reshape(n, n)).ravel()]
            )

        tolerance = RELATIVE_TOLERANCE * np.concatenate([np.full(n, self.scale), np.ones(n * n)])
        start = np.concatenate([u, np.eye(n).ravel()])
        with np.errstate(over="ignore", invalid="ignore"):
            end = solve_ivp(
                _counted(variational, PERIOD_BUDGET),
                (0.0, period),
                start,
                method="DOP853",
                rtol=RELATIVE_TOLERANCE,
                atol=tolerance,
            ).y[:, -1]
        return end[:n], end[n:].reshape(n, n)


@dataclass(frozen=True)
class Cycle:
    """A closed orbit: samples (times, n) at equal times over one period (units of 1/rate), and its
    multipliers (n,).

    `gap` is the distance between its ends relative to its size.
    """

    orbit: Array
    period: float
    multipliers: Array
    gap: float

    @property
    def amplitude(self) -> Array:
        """Half the peak-to-peak range of each quadrature."""
        return np.ptp(self.orbit, axis=0) / 2

    @property
    def size(self) -> float:
        return float(np.linalg.norm(self.amplitude))

    @property
    def trivial(self) -> int:
        """Index of the multiplier along the flow, which is 1."""
        return int(np.abs(self.multipliers - 1).argmin())

    @property
    def slowest(self) -> float:
        """Largest modulus of the other multipliers: below 1 when the cycle attracts."""
        return float(np.abs(np.delete(self.multipliers, self.trivial)).max())


def close_orbit(flow: Flow, u: Array, period: float, size: float) -> Cycle | None:
    """The cycle near an orbit of a given size that nearly returns to u after a period; None if
    Newton finds none.
    """
    longest = 2 * period
    for _ in range(STEPS):
        end, monodromy = flow.around(u, period)
        gap = float(np.linalg.norm(end - u)) / size
        if gap <= CLOSED:
            return _cycle(flow, u, period, monodromy, gap)
        if not gap < 1:
            return None
        u, period = _newton_step(flow, u, period, end, monodromy)
        if not 0 < period < longest:
            return None
    return None


def _newton_step(
    flow: Flow, u: Array, period: float, end: Array, monodromy: Array
) -> tuple[Array, float]:
    n = len(u)
    along = flow.slope(0.0, u)
    unit = along / np.linalg.norm(along)
    system = np.zeros((n + 1, n + 1))
    system[:n, :n], system[:n, n], system[n, :n] = monodromy - np.eye(n), flow.slope(0.0, end), unit
    step = np.linalg.lstsq(system, np.append(u - end, 0.0))[0]
    return u + step[:n], period + float(step[n])


def _cycle(flow: Flow, u: Array, period: float, monodromy: Array, gap: float) -> Cycle:
    orbit = flow.follow(u, np.linspace(0.0, period, SAMPLES + 1), PERIOD_BUDGET).y.T[:-1]
    multipliers = np.linalg.eigvals(monodromy)
    return Cycle(orbit, period, multipliers[np.argsort(-np.abs(multipliers), kind="stable")], gap)
