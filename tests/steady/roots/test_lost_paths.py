"""Paths of the continuation that jump, are lost or are missing are detected."""

from __future__ import annotations

import numpy as np
import pytest

from qlangevin.steady import UnsolvedWarning, fixed_points
from qlangevin.steady.roots import homotopy

from .kerr_cavities import kerr_cavity, shifts


def test_a_path_that_jumps_is_detected_and_followed_again(monkeypatch):
    follow = homotopy.followed_paths
    calls = []

    def jumping(jacobians, degree, x, tolerance):
        x, left, growth = follow(jacobians, degree, x, tolerance)
        if len(x) == 3:
            calls.append(tolerance)
            if len(calls) == 1:
                x[0] = x[1]
        return x, left, growth

    monkeypatch.setattr(homotopy, "followed_paths", jumping)
    assert len(shifts(kerr_cavity(4.0))) == 3
    assert calls == [1e-3, 1e-4]


def test_paths_that_stay_lost_leave_their_point_blank_and_are_an_error_where_it_is_the_only_one(
    monkeypatch,
):
    monkeypatch.setattr(homotopy, "_jumped_points", lambda terms, values, point, x: np.array([0]))
    with pytest.warns(
        UnsolvedWarning, match=r"1 of 2 parameter points are left blank \(index \(0,\)\)"
    ):
        found = fixed_points(kerr_cavity(np.array([4.0, 5.0])))
    assert found["exists"].sum("branch").values.tolist() == [0, 3]
    assert "paths of the search for them were lost" in found["reason"].values[0, 0]
    assert (found["reason"].values[1] == "").all()
    assert found.attrs["complete"] == 0
    with pytest.raises(ArithmeticError, match="could not all be found"):
        fixed_points(kerr_cavity(4.0))


def test_a_missing_generic_root_is_detected_by_loops():
    support = ((0, 0, 0, 0), (0, 0, 0, 1), (0, 1, 1, 2), (1, 0, 0, 0), (1, 0, 0, 2), (1, 1, 2, 2))
    value, x = homotopy._generic_roots(support, 0)
    assert len(x) == 3
    terms = homotopy.Terms(support)
    random = np.random.default_rng(1)
    assert homotopy._loops_permute(terms, value, x, random, 1e-3)
    assert not homotopy._loops_permute(terms, value, x[:2], random, 1e-3)
