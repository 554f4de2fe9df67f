"""Moment equations in NumPy: Van Loan's exponential, then V ← PVPᵀ + Q, all equations at once.

Also the lower limit of any method: filling memory of the size of the output.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from ..race import Engine, in_process
from ..workloads import EQUATIONS, MOMENT_TIMES, SIZE, SPAN, Array, stable_equations

FILL = "filling a new output"


def engines() -> list[Engine]:
    """Van Loan, and the bare cost of the output."""
    return [in_process("NumPy, Van Loan", EQUATIONS, van_loan), in_process(FILL, EQUATIONS, fill)]


def van_loan() -> Array:
    """Covariances (EQUATIONS, MOMENT_TIMES, n, n); doi:10.1109/TAC.1978.1101743."""
    A, _, D = stable_equations(EQUATIONS, SIZE)
    n = SIZE
    generator = np.zeros((EQUATIONS, 2 * n, 2 * n))
    generator[:, :n, :n], generator[:, :n, n:], generator[:, n:, n:] = -A, D, A.transpose(0, 2, 1)
    E = expm(generator * (SPAN / MOMENT_TIMES))
    Pt = np.ascontiguousarray(E[:, n:, n:])
    P = np.ascontiguousarray(Pt.transpose(0, 2, 1))
    Q, V = P @ E[:, :n, n:], np.zeros_like(A)
    out = np.empty((EQUATIONS, MOMENT_TIMES, n, n))
    for k in range(MOMENT_TIMES):
        V = P @ V @ Pt + Q
        out[:, k] = V
    return out


def fill() -> None:
    """Write every element of a new output once."""
    np.full((EQUATIONS, MOMENT_TIMES, SIZE, SIZE), 1.0)
