"""Coefficients of the drift of models with many modes, along the mean field that is stepped.

Pasted into a generated module after `simd`.
"""

import numpy as np
from numba import njit

if __package__:  # in a generated module their code comes before this
    from ...jit.simd import INNER

separate = njit(**INNER)  # type: ignore[call-overload]
"""Decorator of functions that LLVM may inline or not."""


@separate
def fill_constants(C, sums, width, c):
    """Fill the constant coefficients of five sets in c, the last one at twice the step.

    A set has `width` numbers. sums : where the sources of each coefficient begin, entries of C, and
    their signs.
    """
    begins, sources, signs = sums
    for k in range(begins.shape[0] - 1):
        total = 0.0
        for e in range(begins[k], begins[k + 1]):
            total += signs[e] * C[sources[e]]
        for number in range(5):
            c[number * width + k] = 2.0 * total if number == 4 else total


@separate
def fill_moving(T, Z, pair, stages, moving, width, c):
    """Copy the moving coefficients of both steps of a pair, and of the companion, to c."""
    for number in range(2 * stages):
        start = (number // stages * 2 + number % stages + 1) * width - moving
        for k in range(moving):
            c[start + k] = T[(2 * pair * stages + number) * moving + k]
    for k in range(moving):
        c[5 * width - moving + k] = Z[pair * moving + k]


def table_rows(u, C, T, count, stages, width, mean, moving, phi):
    """Step the mean field u and fill the table of moving coefficients, a row for each stage.

    `mean` and `moving` are (targets, contributions): a target is (index, first, last contribution),
    a contribution (C, u, u, u), −1 for no factor. With φ (n, n) the drift is φ f; else φ is empty.
    """
    n = u.shape[0]
    f, g, w = np.zeros(n), np.zeros(n), np.zeros(n)
    for step in range(count):
        sum_contributions(C, u, moving, T, stages * step * width)
        sum_contributions(C, u, mean, f, 0)
        if stages == 2:
            for i in range(n):
                w[i] = u[i] + 0.75 * f[i]
            sum_contributions(C, w, moving, T, (2 * step + 1) * width)
            sum_contributions(C, w, mean, g, 0)
            for i in range(n):
                f[i] = (f[i] + 2.0 * g[i]) / 3.0
        for i in range(phi.shape[0]):
            w[i] = 0.0
            for j in range(n):
                w[i] += phi[i, j] * f[j]
        for i in range(n):
            u[i] += w[i] if phi.shape[0] > 0 else f[i]


@separate
def sum_contributions(C, u, table, out, first):
    """out[first + index] = Σ C · u · u · u over the contributions to each target."""
    targets, contributions = table
    for e in range(targets.shape[0]):
        total = 0.0
        for k in range(targets[e, 1], targets[e, 2]):
            term = C[contributions[k, 0]]
            for factor in range(1, 4):
                if contributions[k, factor] >= 0:
                    term = term * u[contributions[k, factor]]
            total += term
        out[first + targets[e, 0]] = total
