"""Relative errors of covariances, also of quadratures without variance."""

import numpy as np
import pytest

from qlangevin.sde.linear_algebra.covariance_errors import largest_relative_error, relative_errors

V = np.diag([4.0, 9.0, 0.0])
DIFFERENCE = np.array([[0.4, -0.6, 0.0], [-0.6, 0.0, 1.0], [0.0, 1.0, 0.0]])


def test_differences_are_divided_by_the_widths_of_both_quadratures():
    errors = relative_errors(DIFFERENCE, V)
    np.testing.assert_allclose(errors[:2, :2], [[0.1, 0.1], [0.1, 0.0]], rtol=1e-15)


@pytest.mark.parametrize(("skip", "expected"), [(False, np.inf), (True, 0.0)])
def test_a_quadrature_without_variance(skip, expected):
    """0/0 is 0; x/0 is infinite, unless it is skipped."""
    errors = relative_errors(DIFFERENCE, V, skip_zero_variance=skip)
    assert errors[0, 2] == errors[2, 2] == 0
    assert errors[1, 2] == expected


def test_the_largest_error_over_many_covariances():
    both = np.stack([V, V + DIFFERENCE])
    assert largest_relative_error(both, np.stack([V, V])) == pytest.approx(0.1, rel=1e-15)
    assert np.isnan(largest_relative_error(np.full((3, 3), np.nan), V))
