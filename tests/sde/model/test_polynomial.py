"""Sums of many terms by their places, and the entries of a sparse Jacobian."""

import numpy as np
import pytest

from qlangevin.sde.model import polynomial
from qlangevin.sde.model.polynomial import Monomials


def random_terms(order, n=5, count=40):
    r = np.random.default_rng(order)
    return Monomials(r.integers(0, n, (count, 1 + order)), r.normal(size=count))


@pytest.mark.parametrize("order", [2, 3])
@pytest.mark.parametrize("phase", [1.0, 1.0 + 0.5j])
def test_many_terms_are_added_up_like_few(order, phase, monkeypatch):
    few, many = random_terms(order), random_terms(order)
    u = phase * np.random.default_rng(9).normal(size=(3, 2, 5))
    values = few.evaluate(u), few.jacobian(u)
    monkeypatch.setattr(polynomial, "MOST_SELECTED", 0)
    for ours, theirs in zip((many.evaluate(u), many.jacobian(u)), values, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("order", [2, 3])
def test_slopes_are_the_entries_of_the_jacobian(order):
    terms = random_terms(order, count=9)
    u = np.random.default_rng(3).normal(size=(4, 5))
    places, values = terms.slopes(u)
    assert np.all(np.diff(places) > 0)
    jacobian = np.zeros((4, 25))
    jacobian[:, places] = values.T
    np.testing.assert_allclose(jacobian.reshape(4, 5, 5), terms.jacobian(u), atol=1e-14)


def test_no_terms_have_no_slopes():
    places, values = Monomials(np.zeros((0, 3), int), np.zeros(0)).slopes(np.ones((2, 5)))
    assert places.shape == (0,)
    assert values.shape == (0, 2)
