"""Fitted exponents and crossings of errors with a known answer.

Each statistical test has a false alarm of 10⁻⁴ / 20 over the numbers that it compares.
"""

import numpy as np
import pytest
from scipy import stats

from qlangevin.analysis.validation.fits import PERTURBATIVE, crossing, fitted_exponent

FALSE_ALARM = 1e-4 / 20
S = np.geomspace(1, 1e4, 9)


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.7])
def test_a_power_law_has_its_exponent_and_crosses_where_it_should(exponent):
    error = 1e-9 * S**exponent
    fitted, stderr = fitted_exponent(S, error, 0.01 * error)
    assert fitted == pytest.approx(exponent, abs=1e-10)
    used = S[error < PERTURBATIVE]
    assert stderr == pytest.approx(0.01 / np.std(np.log(used)) / np.sqrt(len(used)))
    where = (1e-7 / 1e-9) ** (1 / exponent)
    assert crossing(S, error, 0 * S, 1e-7)[0] == pytest.approx(where)


def test_the_standard_error_of_an_exponent_covers_it_as_often_as_it_should():
    """2000 fits of power laws with noise: at least 95 % of z lie within 1.96."""
    rng = np.random.default_rng(1)
    truth = 1e-9 * S[:6] ** 2
    width = 0.01
    fits = [
        fitted_exponent(S[:6], truth * (1 + width * rng.standard_normal(6)), width * truth)
        for _ in range(2000)
    ]
    z = np.array([(value - 2) / stderr for value, stderr in fits])
    assert (
        stats.binomtest(int(np.sum(np.abs(z) < 1.96)), len(z), 0.95, alternative="less").pvalue
        > FALSE_ALARM
    )
    assert np.std(z) > 0.8


def test_scatter_beyond_the_error_bars_widens_that_of_the_exponent():
    error = 1e-9 * S[:6] ** 2 * np.array([1, 1.2, 0.8, 1.2, 0.8, 1.2])
    assert (
        fitted_exponent(S[:6], error, 0.001 * error)[1]
        > 20 * fitted_exponent(S[:6], 1e-9 * S[:6] ** 2, 1e-12 * S[:6] ** 2)[1]
    )


def test_points_that_are_not_significant_or_not_small_or_missing_do_not_enter_the_fit():
    error = 1e-9 * S**2
    width = 1e-11 * S**2
    spoilt = error.copy()
    wide = width.copy()
    spoilt[0] = 40 * error[0]
    wide[0] = 10 * error[0]
    spoilt[-1] = 0.5
    spoilt[4] = wide[4] = np.nan
    assert fitted_exponent(S, spoilt, wide)[0] == pytest.approx(2, abs=1e-10)


def test_fewer_than_three_points_make_no_fit():
    error = 1e-9 * S**2
    assert np.isnan(fitted_exponent(S, error, np.repeat([0.01, 1.0], [2, 7]) * error)).all()
    assert np.isnan(fitted_exponent(S, np.full(9, np.nan), np.full(9, np.nan))).all()


def test_the_standard_error_of_a_crossing_is_that_of_sampled_ones():
    """4000 noisy pairs of points about a crossing; the spread is known to 1.1 %, tested to 5."""
    rng = np.random.default_rng(2)
    s = np.array([1.0, 4.0])
    error = np.array([2e-3, 3e-2])
    stderr = np.array([1e-4, 3e-4])
    found = [
        crossing(s, error + stderr * rng.standard_normal(2), stderr, 0.01)[0] for _ in range(4000)
    ]
    assert crossing(s, error, stderr, 0.01)[1] == pytest.approx(np.std(found), rel=0.05)


def test_a_crossing_at_once_never_or_beside_missing_points():
    error = 1e-9 * S**2
    assert crossing(S, error, 0 * S, 1e-10)[0] == S[0]
    assert np.isnan(crossing(S, error, 0 * S, 1e3)).all()
    assert crossing(S[:3], np.array([1e-3, 2e-2, 1e-3]), np.zeros(3), 0.01)[0] == pytest.approx(
        np.exp(np.log(10) * np.log(S[1]) / np.log(20))
    )
    assert np.isnan(crossing(S[:3], np.array([np.nan, np.nan, np.nan]), np.zeros(3), 0.01)[0])
    late = np.array([np.nan, 1e-3, 1e-1])
    assert crossing(S[:3], late, np.zeros(3), 0.01)[0] == pytest.approx(np.sqrt(S[1] * S[2]))
    assert crossing(S[:3], np.array([1e-3, 1e-1, np.nan]), np.zeros(3), 0.01)[0] == pytest.approx(
        np.sqrt(S[0] * S[1])
    )
