"""Limit cycles of a mean field, by Newton's method on the return map (shooting).

A cycle is a root of φ_T(x) − x, with x free to move across the flow only; the derivative of φ_T
gives Newton's step and, at the cycle, the Floquet multipliers. Shooting finds cycles that the mean
field itself would reach only after thousands of periods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...sde.support.checks import Array
from .flow import Budget, Flow

CLOSED = 1e-8
"""Distance between the ends of an orbit, relative to its size, below which it is closed."""
STEPS = 12
"""Largest number of steps of Newton's method."""
STILL = 1e-5
"""Distance covered in a period at the speed at its start, relative to the orbit's size, below which
the start is a fixed point."""
SAMPLES = 2048
"""Samples of a cycle."""


@dataclass(frozen=True)
class Cycle:
    """A closed orbit (samples, n) at equal times over one period, in 1/rate; multipliers (n,).

    `gap` is the distance between its ends relative to its size.
    """

    orbit: Array
    period: float
    multipliers: Array
    gap: float

    @property
    def amplitude(self) -> Array:
        """Half the peak-to-peak range of each quadrature (n,)."""
        return np.ptp(self.orbit, axis=0) / 2

    @property
    def size(self) -> float:
        """The norm of the amplitude."""
        return float(np.linalg.norm(self.amplitude))

    @property
    def trivial(self) -> int:
        """Index of the multiplier along the flow, which is 1."""
        return int(np.abs(self.multipliers - 1).argmin())

    @property
    def slowest(self) -> float:
        """Largest modulus of the other multipliers: below 1 where the cycle attracts."""
        return float(np.abs(np.delete(self.multipliers, self.trivial)).max())


def close_orbit(flow: Flow, u: Array, period: float, size: float, budget: Budget) -> Cycle | None:
    """The cycle near an orbit that nearly returns to u (n,) after a period, or None.

    `size` is that of the orbit. Raises BudgetError.
    """
    longest = 2 * period
    for _ in range(STEPS):
        end, monodromy = flow.return_map(u, period, budget)
        gap = float(np.linalg.norm(end - u)) / size
        if gap <= CLOSED:
            return _cycle(flow, u, period, monodromy, gap, budget)
        if not gap < 1:
            return None
        u, period = _newton_step(flow, u, period, end, monodromy)
        if not 0 < period < longest or _is_still(flow, u, period, size):
            return None
    return None


def _is_still(flow: Flow, u: Array, period: float, size: float) -> bool:
    """Whether Newton's method has come to a fixed point, which is no orbit of this size."""
    return bool(np.linalg.norm(flow.drift(0.0, u)) * period < STILL * size)


def _newton_step(
    flow: Flow, u: Array, period: float, end: Array, monodromy: Array
) -> tuple[Array, float]:
    """The next u (n,) and period, from the end (n,) of the orbit and its derivative (n, n)."""
    n = len(u)
    along = flow.drift(0.0, u)
    unit = along / np.linalg.norm(along)
    system = np.zeros((n + 1, n + 1))
    system[:n, :n] = monodromy - np.eye(n)
    system[:n, n] = flow.drift(0.0, end)
    system[n, :n] = unit
    step = np.linalg.lstsq(system, np.append(u - end, 0.0))[0]
    return u + step[:n], period + float(step[n])


def _cycle(
    flow: Flow, u: Array, period: float, monodromy: Array, gap: float, budget: Budget
) -> Cycle:
    """The cycle through u (n,), sampled, with the multipliers of its monodromy matrix (n, n)."""
    orbit = flow.integrate(u, np.linspace(0.0, period, SAMPLES + 1), budget).y.T[:-1]
    multipliers = np.linalg.eigvals(monodromy)
    return Cycle(orbit, period, multipliers[np.argsort(-np.abs(multipliers), kind="stable")], gap)
