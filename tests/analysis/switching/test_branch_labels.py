"""Cores, labels, residences and the axis of two branches."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from qlangevin.analysis.switching import branch_labels, switching
from qlangevin.analysis.switching.branch_axis import BranchAxis
from qlangevin.analysis.switching.residences import Residences
from qlangevin.sde import Gaussian, sample_paths

from .double_well import DoubleWell


def test_the_axis_is_that_of_scaled_coordinates():
    """An uncorrelated hot coordinate does not turn the axis towards itself; a rotation turns it."""
    states = [Gaussian(np.array([x, x]), np.diag([1.0, 100.0])) for x in (-5.0, 5.0)]
    axis = BranchAxis.between(*states)
    assert_allclose(axis.w, np.array([100.0, 1.0]) / np.hypot(100, 1))
    assert_allclose(axis.centres, axis.w.sum() * np.array([-5, 5]))
    assert_allclose(axis.widths, np.sqrt(axis.w @ states[0].covariance @ axis.w))
    R = stats.ortho_group.rvs(2, random_state=1)
    turned = BranchAxis.between(*[Gaussian(R @ s.mean, R @ s.covariance @ R.T) for s in states])
    assert_allclose(turned.w, R @ axis.w)


def test_cores_are_ellipsoids_that_hold_as_much_as_one_deviation_of_one_variable():
    """68 % of the branch's own Gaussian, in two and in six dimensions."""
    rng = np.random.default_rng(3)
    for n in (2, 6):
        root = rng.normal(size=(n, n))
        V = root @ root.T + np.eye(n)
        states = [Gaussian(np.full(n, x), V) for x in (0.0, 100.0)]
        cores = branch_labels.Cores.around(*states)
        u = rng.multivariate_normal(states[0].mean, V, size=(1, 40000))
        inside = cores.containing(u) == 0
        assert inside.mean() == pytest.approx(0.6827, abs=0.01)
        d = np.einsum("tni,ij,tnj->tn", u, np.linalg.inv(V), u)
        assert_allclose(inside, d <= cores.radius**2)
    assert branch_labels.core_radius(1.0, 1) == pytest.approx(1.0)


def test_cores_that_touch_are_refused_at_the_size_at_which_they_touch():
    """Circles of 1 and 3 standard deviations, 10 apart, touch at 2.5."""
    first, second = Gaussian(np.zeros(2), np.eye(2)), Gaussian(np.array([6.0, 8.0]), 9 * np.eye(2))
    most = np.sqrt(stats.chi2.isf(stats.chi2.sf(2.5**2, 2), 1))
    assert branch_labels.Cores.around(first, second, 0.999 * most).radius < 2.5
    with pytest.raises(ValueError, match=f"core must be below {most:.3g} standard deviations"):
        branch_labels.Cores.around(first, second, 1.001 * most)
    with pytest.raises(ValueError, match="covariances of both branches must be positive definite"):
        branch_labels.Cores.around(
            first, Gaussian(np.ones(2), np.diag([1.0, 0.0]), physical="ignore")
        )


def test_samples_between_the_cores_keep_their_branch_and_lost_paths_have_none():
    N = branch_labels.NO_CORE
    core = np.array([[N, 0, N, N, 1, N, 1, 0, N, 0, N]], np.int8).T
    alive = np.ones_like(core, bool)
    alive[-1] = False
    labels = branch_labels.branch_of_last_core(core, alive)
    assert labels[:, 0].tolist() == [-1, 0, 0, 0, 1, 1, 1, 0, 0, 0, -1]
    residences = Residences.of(labels, np.arange(11.0))
    assert residences.branch.tolist() == [0, 1, 0]
    assert residences.begin.tolist() == [1, 4, 7]
    assert residences.duration.tolist() == [3, 3, 2]
    assert residences.ended.tolist() == [True, True, False]
    assert residences.entered.tolist() == [False, True, True]


def naive_residences(path, times, states, radius):
    """(branch, duration, ended) of one path, sample by sample."""
    residences = []
    here, since = -1, 0
    for at, u in enumerate(path):
        reached = here
        for k, state in enumerate(states):
            d = u - state.mean
            if d @ np.linalg.solve(state.covariance, d) <= radius**2:
                reached = k
        if reached != here:
            if here >= 0:
                residences.append((here, times[at] - times[since], True))
            here, since = reached, at
    return [*residences, (here, times[-1] - times[since], False)] if here >= 0 else residences


def naive_rates(paths, times, states, radius, memory):
    """Hazards and commitments, residence by residence."""
    exits, at_risk, arrivals, stayed = (np.zeros(2) for _ in range(4))
    for path in paths:
        residences = naive_residences(path, times, states, radius)
        for number, (k, duration, ended) in enumerate(residences):
            begin = times[-1] - sum(t for _, t, _ in residences[number:])
            if duration > memory:
                exits[k] += ended
                at_risk[k] += duration - memory
            if number and begin <= times[-1] - memory:
                arrivals[k] += 1
                stayed[k] += duration > memory
    h = exits / at_risk
    return h, stayed / arrivals * np.exp(h * memory)


def test_residences_exits_and_rates_are_those_counted_sample_by_sample():
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
    expected = [one for path in paths for one in naive_residences(path, times, states, radius)]
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
