"""Matrix products in twice double precision: exact sums, compiled code and NumPy alike."""

from fractions import Fraction

import numpy as np
import pytest

from qlangevin.sde.linear_algebra import twofold
from qlangevin.sde.linear_algebra.twofold import lyapunov_residual, matrix_product


def matrices(*shape, seed=0):
    """Random numbers of very different sizes."""
    r = np.random.default_rng(seed)
    return r.normal(size=shape) * 10.0 ** r.uniform(-9, 9, shape)


def test_a_product_is_the_exact_one_but_for_the_last_of_106_bits():
    A, B = matrices(18, 20), matrices(20, 17, seed=1)
    high, low = matrix_product(A, B)
    for i, j in ((0, 0), (7, 16), (17, 3)):
        terms = [Fraction(a) * Fraction(b) for a, b in zip(A[i], B[:, j], strict=True)]
        size = sum(map(abs, terms))
        assert abs(Fraction(high[i, j]) + Fraction(low[i, j]) - sum(terms)) <= size / 2**100


@pytest.mark.parametrize("size", [17, 24, 33])
def test_compiled_code_has_the_bits_of_numpy(size, monkeypatch):
    A, V, D = (matrices(size, size, seed=seed) for seed in range(3))
    V, D = V + V.T, D + D.T
    compiled = *matrix_product(A, V), lyapunov_residual(A, D, V)
    monkeypatch.setattr(twofold, "LARGE", size + 1)
    for ours, numpys in zip(
        compiled, (*matrix_product(A, V), lyapunov_residual(A, D, V)), strict=True
    ):
        np.testing.assert_array_equal(ours, numpys)
