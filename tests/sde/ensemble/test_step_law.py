"""The exact law of many steps with constant coefficients, joined from steps and step by step."""

import numpy as np
import pytest

from qlangevin.sde.ensemble.step_law import _ConstantSteps
from qlangevin.sde.kernels.kernel import step_law


def sparse_steps(n=7, h=0.02):
    """E and D of a sparse random drift, and a start V."""
    r = np.random.default_rng(4)
    E = h * (r.normal(size=(n, n)) * (r.random((n, n)) < 0.4) - 2 * np.eye(n))
    B, root = r.normal(size=(2, n, n))
    return E, h * (B @ B.T), root @ root.T


@pytest.mark.parametrize("stages", [1, 2])
@pytest.mark.parametrize("count", [0, 1, 5, 37])
def test_joined_steps_are_the_steps_one_by_one(stages, count):
    E, D, V = sparse_steps()
    n = len(E)
    by_one, joined = (V.copy(), np.eye(n)), (V.copy(), np.eye(n))
    none, table = np.zeros(0, np.int64), np.zeros(1)
    step_law(stages)(*by_one, E, none, none, table, 0, count, D)
    _ConstantSteps(E, D, stages).propagate(*joined, table, count)
    for ours, theirs in zip(joined, by_one, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-13)
    np.testing.assert_array_equal(joined[0], joined[0].T)


@pytest.mark.parametrize("stages", [1, 2])
def test_the_compiled_step_is_the_matrix_product(stages):
    """Along moving entries, some of which are not 0 in E."""
    E, D, V = sparse_steps()
    n = len(E)
    rows, columns = np.array([0, 3, 6]), np.array([1, 3, 0])
    table = np.random.default_rng(1).normal(scale=0.05, size=(4, stages, 3))
    found, P = V.copy(), np.eye(n)
    step_law(stages)(found, P, E, rows, columns, table.ravel(), 3, 4, D)
    expected, one = V, np.eye(n)
    product = one
    for row in table:
        first, last = (E.copy() for _ in range(2))
        first[rows, columns] += row[0]
        last[rows, columns] += row[-1]
        M, N = one + first, D
        if stages == 2:
            M = one + first / 3 + 2 / 3 * last @ (one + 0.75 * first)
            N = D + 0.5 * (last @ D + D @ last.T) + last @ D @ last.T / 3
        expected, product = M @ expected @ M.T + N, M @ product
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(P, product, rtol=1e-12, atol=1e-13)
