"""Branches by hysteresis along the line between them: the line, the labels and the stays."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from qlangevin.analysis import hysteresis
from qlangevin.analysis.switching import switching
from qlangevin.sde import Gaussian, sample_paths
from scipy import stats

from .double_well import LENGTH, DoubleWell


def test_the_line_is_that_of_the_scaled_coordinates():
    """A hot spectator, correlated with nothing, does not turn the line towards itself; a rotation turns it along."""
    states = [Gaussian(np.array([x, x]), np.diag([1.0, 100.0])) for x in (-5.0, 5.0)]
    line = hysteresis.Line.between(*states)
    assert_allclose(line.w, np.array([100.0, 1.0]) / np.hypot(100, 1))
    assert_allclose(line.centres, line.w.sum() * np.array([-5, 5]))
    assert_allclose(line.widths, np.sqrt(line.w @ states[0].covariance @ line.w))
    R = stats.ortho_group.rvs(2, random_state=1)
    turned = hysteresis.Line.between(*[Gaussian(R @ s.mean, R @ s.covariance @ R.T) for s in states])
    assert_allclose(turned.w, R @ line.w)


def test_crossing_the_middle_and_coming_back_is_no_exit():
    line = hysteresis.Line(np.array([1.0, 0.0]), np.array([-1.0, 1.0]), np.array([0.2, 0.2]))
    x = np.array([[0.0, -1, 0.5, -0.5, 0.79, -0.9, 0.81, -0.79, 0.1, -0.81, np.nan]]).T
    labels = hysteresis.classify(x, line)
    assert labels[:, 0].tolist() == [-1, 0, 0, 0, 0, 0, 1, 1, 1, 0, -1]
    stays = hysteresis.spells(labels, np.arange(11.0))
    assert stays.branch.tolist() == [0, 1, 0]
    assert stays.duration.tolist() == [5, 3, 0]
    assert stays.ended.tolist() == [True, True, False]


def naive_stays(x, times, low, high):
    """(branch, duration, ended) of one path, sample by sample."""
    stays, here, since = [], -1, 0
    for at, value in enumerate(x):
        reached = 0 if value <= low else 1 if value >= high else here
        if reached != here:
            if here >= 0:
                stays.append((here, times[at] - times[since], True))
            here, since = reached, at
    return [*stays, (here, times[-1] - times[since], False)] if here >= 0 else stays


def test_stays_exits_and_time_spent_are_those_counted_sample_by_sample():
    well = DoubleWell(0.12, 0.02)
    some = sample_paths(
        well.model(), trajectories=40, duration=150.0, step=0.005, samples=1500, start=well.branches()[1], seed=4
    )
    found = switching(some, *well.branches())
    low, high = (LENGTH * core for core in well.cores())
    times, x = some["time"].values, some["state"].values[..., 0]
    expected = [stay for path in x.T for stay in naive_stays(path, times, low, high)]
    ours = zip(*(found[name].values.tolist() for name in ("spell_branch", "residence", "spell_ended")), strict=True)
    assert [(b, pytest.approx(t), e) for b, t, e in expected] == list(ours)
    assert len(expected) > 80
    assert found["exits"].values.tolist() == [sum(e for b, _, e in expected if b == k) for k in (0, 1)]
    assert_allclose(found["time_spent"], [sum(t for b, t, _ in expected if b == k) for k in (0, 1)])
