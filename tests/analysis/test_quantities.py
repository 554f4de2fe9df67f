"""Quantities by their words."""

import numpy as np
import pytest

from qlangevin.analysis.estimation import quantity

from .states import two_mode_squeezed

QUADRATURES = ["a.X", "a.Y", "b.X", "b.Y"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("negativity(a, b)", r"'negativity\(a, b\)' is no quantity: did you mean"),
        ("xyzzy", "'xyzzy' is no quantity: choose from covariance, "),
        ("log_negativity(a, c)", r"names 'c': choose from a, b"),
        ("covariance(a.X, b.Z)", r"names 'b.Z': did you mean 'b.[XY]'"),
        ("log_negativity(a)", r"'log_negativity\(a\)' must name 2 of a, b"),
        ("log_negativity(a, a)", "must name 2 of a, b"),
        ("log_negativity(a-1, b)", r"names 'a-1': choose from a, b"),
        ("steering(a, b c)", r"names 'b c': choose from a, b"),
        ("purity(a)", "must name no modes"),
        ("covariance(a.X)", r"must name 2 of a.X, a.Y, b.X, b.Y"),
        (3, "named in words, such as 'purity' .got 3."),
    ],
)
def test_words_that_mean_nothing_are_refused_by_name(words, message):
    with pytest.raises(ValueError, match=message):
        quantity(words, QUADRATURES)


def test_a_measure_of_more_modes_than_there_are_is_refused():
    for words in ("log_negativity", "log_negativity(a)", "duan(a, a)"):
        with pytest.raises(
            ValueError, match=r"needs 2 modes \(the system has a\); choose another measure"
        ):
            quantity(words, QUADRATURES[:2])


def test_blanks_and_equal_quadratures_are_allowed():
    V = two_mode_squeezed(0.3)
    assert quantity(" covariance( a.X,a.X )", QUADRATURES).measure(V) == V[0, 0]


def test_entanglement_and_steering_go_smoothly_through_zero_and_are_clipped_when_shown():
    """Two vacua with a little heat, n = 0.1: −ln(1 + 2n) both."""
    for words in ("log_negativity(a, b)", "steering(a, b)"):
        found = quantity(words, QUADRATURES)
        assert found.measure(0.6 * np.eye(4)) == pytest.approx(-np.log(1.2))
        assert found.shown(found.measure(0.6 * np.eye(4))) == 0
