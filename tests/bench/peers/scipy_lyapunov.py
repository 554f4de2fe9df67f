"""Lyapunov equations by SciPy, one at a time."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_continuous_lyapunov

from ..race import Engine, in_process
from ..workloads import LYAPUNOV_EQUATIONS, Array, stable_equations

NAME = "SciPy solve_continuous_lyapunov (from a tenth)"
COUNT = LYAPUNOV_EQUATIONS // 10
"""Equations solved: a sample, whose cost is proportional."""


def engines(n: int) -> list[Engine]:
    """One engine, for size n."""
    return [in_process(NAME, COUNT, lambda: solve_all(n))]


def solve_all(n: int) -> Array:
    """Covariances (COUNT, n, n)."""
    A, _, D = stable_equations(LYAPUNOV_EQUATIONS, n)
    return np.array([solve_continuous_lyapunov(a, -d) for a, d in zip(A[:COUNT], D, strict=False)])
