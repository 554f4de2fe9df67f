"""Branches by hysteresis between two cores: the cores, the labels, the stays, and the line that
drawings use.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from qlangevin.analysis.switching import branch_labels
from qlangevin.analysis.switching.rates import switching
from qlangevin.sde import Gaussian, sample_paths

from .double_well import DoubleWell


def test_the_line_is_that_of_the_scaled_coordinates():
    """A hot spectator, correlated with nothing, does not turn the line towards itself; a rotation
    turns it along.
    """
    states = [Gaussian(np.array([x, x]), np.diag([1.0, 100.0])) for x in (-5.0, 5.0)]
    line = branch_labels.Line.between(*states)
    assert_allclose(line.w, np.array([100.0, 1.0]) / np.hypot(100, 1))
    assert_allclose(line.centres, line.w.sum() * np.array([-5, 5]))
    assert_allclose(line.widths, np.sqrt(line.w @ states[0].covariance @ line.w))
    R = stats.ortho_group.rvs(2, random_state=1)
    turned = branch_labels.Line.between(
        *[Gaussian(R @ s.mean, R @ s.covariance @ R.T) for s in states]
    )
    assert_allclose(turned.w, R @ line.w)


def test_cores_are_ellipsoids_that_hold_as_much_as_one_deviation_of_one_variable():
    """68 % of the branch's own Gaussian in two and in six dimensions; a deviation on the far side
    is no core.
    """
    rng = np.random.default_rng(3)
    for n in (2, 6):
        root = rng.normal(size=(n, n))
        V = root @ root.T + np.eye(n)
        states = [Gaussian(np.full(n, x), V) for x in (0.0, 100.0)]
        cores = branch_labels.Cores.around(*states)
        u = rng.multivariate_normal(states[0].mean, V, size=(1, 40000))
        inside = cores.touched(u) == 0
        assert inside.mean() == pytest.approx(0.6827, abs=0.01)
        d = np.einsum("tni,ij,tnj->tn", u, np.linalg.inv(V), u)
        assert_allclose(inside, d <= cores.radius**2)
    assert branch_labels.core_radius(1.0, 1) == pytest.approx(1.0)


def test_cores_that_touch_are_refused_at_the_size_at_which_they_touch():
    """Circles of 1 and 3 standard deviations, 10 apart, touch at 2.5; beyond there is a point in
    both.
    """
    first, second = Gaussian(np.zeros(2), np.eye(2)), Gaussian(np.array([6.0, 8.0]), 9 * np.eye(2))
    most = np.sqrt(stats.chi2.isf(stats.chi2.sf(2.5**2, 2), 1))
    assert branch_labels.Cores.around(first, second, 0.999 * most).radius < 2.5
    with pytest.raises(ValueError, match=f"core must be below {most:.3g} standard deviations"):
        branch_labels.Cores.around(first, second, 1.001 * most)
    with pytest.raises(ValueError, match="covariances of both branches must be positive definite"):
        branch_labels.Cores.around(
            first, Gaussian(np.ones(2), np.diag([1.0, 0.0]), physical="ignore")
        )


def test_what_lies_between_the_cores_keeps_its_branch_and_lost_paths_have_none():
    N = branch_labels.NOWHERE
    touched = np.array([[N, 0, N, N, 1, N, 1, 0, N, 0, N]], np.int8).T
    alive = np.ones_like(touched, bool)
    alive[-1] = False
    labels = branch_labels.classify(touched, alive)
    assert labels[:, 0].tolist() == [-1, 0, 0, 0, 1, 1, 1, 0, 0, 0, -1]
    stays = branch_labels.spells(labels, np.arange(11.0))
    assert stays.branch.tolist() == [0, 1, 0]
    assert stays.begin.tolist() == [1, 4, 7]
    assert stays.duration.tolist() == [3, 3, 2]
    assert stays.ended.tolist() == [True, True, False]
    assert stays.entered.tolist() == [False, True, True]


def naive_stays(path, times, states, radius):
    """(branch, duration, ended) of one path, sample by sample."""
    stays, here, since = [], -1, 0
    for at, u in enumerate(path):
        reached = here
        for k, state in enumerate(states):
            d = u - state.mean
            if d @ np.linalg.solve(state.covariance, d) <= radius**2:
                reached = k
        if reached != here:
            if here >= 0:
                stays.append((here, times[at] - times[since], True))
            here, since = reached, at
    return [*stays, (here, times[-1] - times[since], False)] if here >= 0 else stays


def naive_rates(paths, times, states, radius, memory):
    """Hazards and commitments, stay by stay."""
    exits, risk, came, stayed = (np.zeros(2) for _ in range(4))
    for path in paths:
        for number, (k, duration, ended) in enumerate(
            stays := naive_stays(path, times, states, radius)
        ):
            begin = times[-1] - sum(t for _, t, _ in stays[number:])
            if duration > memory:
                exits[k], risk[k] = exits[k] + ended, risk[k] + duration - memory
            if number and begin <= times[-1] - memory:
                came[k], stayed[k] = came[k] + 1, stayed[k] + (duration > memory)
    h = exits / risk
    return h, stayed / came * np.exp(h * memory)


def test_stays_exits_rates_and_time_spent_are_those_counted_sample_by_sample():
    well, memory = DoubleWell(0.12, 0.02), 4.05
    some = sample_paths(
        well.model(),
        trajectories=40,
        duration=150.0,
        step=0.005,
        samples=1500,
        start=well.branches()[1],
        seed=4,
    )
    states = well.branches()
    found = switching(some, *states, memory=memory)
    times, paths = some["time"].values, some["state"].values.swapaxes(0, 1)
    radius = np.sqrt(stats.chi2.isf(stats.chi2.sf(1, 1), 2))
    expected = [stay for path in paths for stay in naive_stays(path, times, states, radius)]
    ours = zip(
        *(found[name].values.tolist() for name in ("spell_branch", "residence", "spell_ended")),
        strict=True,
    )
    assert [(b, pytest.approx(t), e) for b, t, e in expected] == list(ours)
    assert len(expected) > 80
    assert found["exits"].values.tolist() == [
        sum(e for b, _, e in expected if b == k) for k in (0, 1)
    ]
    assert_allclose(found["time_spent"], [sum(t for b, t, _ in expected if b == k) for k in (0, 1)])
    h, kappa = naive_rates(paths, times, states, radius, memory)
    assert_allclose(found["hazard"], h)
    assert_allclose(found["commitment"], kappa)
    assert_allclose(found["rate"], h * kappa[::-1] / (kappa.sum() - kappa.prod()))
