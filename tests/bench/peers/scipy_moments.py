"""Moment equations by SciPy's ODE solver, one at a time.

Only a sample is solved; the cost is proportional to the number of equations.
"""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from ..race import Engine, in_process
from ..workloads import (
    CHECKED_EQUATIONS,
    EQUATIONS,
    MOMENT_TIMES,
    SIZE,
    SPAN,
    Array,
    stable_equations,
)

NAME = f"SciPy solve_ivp RK45, 1e-6 (from {CHECKED_EQUATIONS} equations)"


def engines() -> list[Engine]:
    """One engine."""
    return [in_process(NAME, CHECKED_EQUATIONS, solve_all)]


def solve_all() -> Array:
    """Covariances (CHECKED_EQUATIONS, MOMENT_TIMES, n, n) of the first equations."""
    A, _, D = stable_equations(EQUATIONS, SIZE)
    return np.array([solve(a, d) for a, d in zip(A[:CHECKED_EQUATIONS], D, strict=False)])


def solve(A: Array, D: Array) -> Array:
    """Covariances (MOMENT_TIMES, n, n) of one equation."""

    def slope(_time: float, flat: Array) -> Array:
        AV = A @ flat.reshape(SIZE, SIZE)
        return (AV + AV.T + D).ravel()

    times = np.linspace(0, SPAN, MOMENT_TIMES + 1)[1:]
    solution = solve_ivp(
        slope, (0, SPAN), np.zeros(SIZE * SIZE), "RK45", times, rtol=1e-6, atol=1e-8
    )
    return np.asarray(solution.y.T.reshape(MOMENT_TIMES, SIZE, SIZE))
