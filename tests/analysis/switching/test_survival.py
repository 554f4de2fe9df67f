"""Tests of residence times that the data may cut short. Seeds are fixed."""

import numpy as np
from numpy.testing import assert_allclose
from scipy import stats

from qlangevin.analysis.switching.survival import exponential_test, survival

FALSE_ALARM = 1e-4


def test_residence_times_that_are_not_exponential_are_seen():
    """Two rates in one branch, and a rate that grows with age; one rate passes, censored."""
    rng = np.random.default_rng(5)
    window = rng.uniform(0, 3, 4000)
    laws = {
        "one": rng.exponential(1.0, 4000),
        "two": rng.exponential(np.where(rng.random(4000) < 0.5, 0.4, 1.6)),
        "aging": rng.gamma(1.5, 1 / 1.5, 4000),
    }
    p = {name: exponential_test(np.minimum(t, window), t < window)[1] for name, t in laws.items()}
    assert p["one"] > FALSE_ALARM
    assert max(p["two"], p["aging"]) < 1e-8


def p_values(interval, draws=500):
    """Of censored exponential residence times of mean 1, seen at whole intervals."""
    rng, p = np.random.default_rng(6), []
    for _ in range(draws):
        t, window = rng.exponential(1.0, 200), rng.uniform(0, 4, 200)
        shown = np.minimum(np.ceil(t / interval), np.ceil(window / interval)) * interval
        p.append(exponential_test(shown, t < window, interval=interval)[1])
    return np.array(p)


def test_p_values_of_exponential_residence_times_are_uniform_and_larger_when_coarse():
    assert stats.kstest(p_values(1e-3), "uniform").pvalue > FALSE_ALARM
    coarse = p_values(0.1)
    assert np.mean(coarse < 0.05) < 0.05


def test_survival_of_censored_residences_is_kaplan_and_meiers():
    """Exits at 1, 3 and 4 out of 4, 2 and 1 residences; the one censored at 1 counts until then."""
    age, left = survival(np.array([4.0, 1.0, 3.0, 1.0]), np.array([True, True, True, False]))
    assert age.tolist() == [1, 3, 4]
    assert_allclose(left, [3 / 4, 3 / 8, 0])
