"""Regions that the mean field cannot leave."""

from __future__ import annotations

import numpy as np
import pytest

from qlangevin.steady.mean_field.drift_terms import DenseTerms
from qlangevin.steady.mean_field.flow import Budget, Flow
from qlangevin.steady.mean_field.trapping import LyapunovFunction, TrappingRegion

START = np.array([1.0, 0.0])


def flow_of(A, kerr=0.0):
    """du/dt = A u + kerr · |u|² (−u₂, u₁)."""
    K = np.zeros((2, 2, 2, 2))
    K[0, 1, 0, 0] = K[0, 1, 1, 1] = -kerr
    K[1, 0, 0, 0] = K[1, 0, 1, 1] = kerr
    terms = DenseTerms(np.zeros(2), np.array(A, float), np.zeros((2, 2, 2)), K)
    return Flow(terms, 1.0, 1.0)


def region(flow):
    return TrappingRegion.of(flow, np.zeros(2), 0, START)


@pytest.mark.parametrize("A", [[[-1, 5], [-5, -1]], [[-1, 30], [0, -1.5]], [[-1, 0], [0, -1e-3]]])
def test_mean_field_stays_within_the_distance_that_is_promised(A):
    flow = flow_of(A, kerr=1.0)
    trap = region(flow)
    times = np.linspace(0, 20, 401)
    held = 0
    for angle in np.linspace(0, np.pi, 7):
        for size in (1e-2, 3e-3, 1e-4):
            u = size * np.array([np.cos(angle), np.sin(angle)])
            if trap.contains(u):
                held += 1
                path = flow.integrate(u, times, Budget(10**6)).y
                assert np.linalg.norm(path, axis=0).max() <= 0.01
    assert held >= 5


def test_slow_and_fast_decay_side_by_side_are_settled_at_the_distance_itself():
    trap = region(flow_of([[-1, 0], [0, -1e-6]]))
    assert trap.contains(np.array([0.0099, 0]))
    assert not trap.contains(np.array([0.0101, 0]))


def test_a_matrix_without_a_basis_of_eigenvectors_has_a_region_too():
    trap = region(flow_of([[-1, 1], [0, -1]]))
    assert trap.contains(np.array([1e-3, 1e-3]))


def test_no_region_about_a_centre_or_an_unstable_point():
    for A in ([[0, 1], [-1, 0]], [[1e-9, 1], [-1, 1e-9]]):
        assert not region(flow_of(A)).attracts(np.array([1e-6, 0]))


def test_region_ends_where_the_nonlinear_terms_outweigh_the_decay():
    flow = flow_of([[-1e-3, 1], [-1, -1e-3]], kerr=1.0)
    trap = region(flow)
    assert trap.attracts(np.array([1e-5, 0]))
    assert not trap.attracts(np.array([0.1, 0]))


def test_radius_is_decay_over_twice_the_curvature_where_all_modes_decay_alike():
    function = LyapunovFunction.of(np.eye(2), -np.eye(2), 4.0)
    np.testing.assert_allclose(function.radius, 2 / (2 * 4), rtol=1e-12)
    assert function.largest_distance(np.array([0.0, 0.2])) == pytest.approx(0.2)
    assert function.largest_distance(np.array([0.0, 0.3])) == np.inf
