"""Covariances and modes that the array measures refuse, and what they say."""

import numpy as np
import pytest

from qlangevin.analysis import gaussian as g


@pytest.mark.parametrize("V", [np.eye(3), np.ones(4), np.ones((2, 4)), np.zeros((0, 0))])
def test_covariance_of_another_shape_is_refused_with_the_shape(V):
    with pytest.raises(ValueError, match=r"V must have shape \(\.\.\., 2n, 2n\)") as refusal:
        g.purity(V)
    assert str(V.shape) in str(refusal.value)


def test_asymmetric_covariance_is_refused_with_the_remedy():
    V = np.eye(4)
    V[0, 1] = 0.25
    with pytest.raises(ValueError, match=r"V must be symmetric \(\|V − Vᵀ\| reaches 0\.25\); use"):
        g.log_negativity(V, 0, 1)


@pytest.mark.parametrize(
    ("i", "j", "message"),
    [
        (0, 2, r"j must lie between 0 and 1 for a V of 2 modes \(got 2\)"),
        (-1, 0, r"i must lie between 0 and 1 for a V of 2 modes \(got -1\)"),
        ([0, 1], 1, r"i and j must not share a mode \(got i=\[0, 1\], j=1\)"),
        ([0, 0], 1, r"i must not repeat a mode \(got \[0, 0\]\)"),
        ([], 1, r"i must name at least one mode \(got \[\]\)"),
        (0.5, 1, r"i must be mode indices \(got 0\.5\)"),
        ("driven", 1, r"i must be mode indices \(got 'driven'\); names need a labelled V"),
    ],
)
@pytest.mark.parametrize(
    "measure", [g.log_negativity, g.steering, g.reid, g.conditional, g.transposed_eigenvalues]
)
def test_modes_that_make_no_bipartition_are_refused(measure, i, j, message):
    with pytest.raises(ValueError, match=message):
        measure(np.eye(4), i, j)


def test_reid_of_several_modes_is_refused():
    with pytest.raises(ValueError, match=r"j must be a single mode \(got \[1, 2\]\); use steering"):
        g.reid(np.eye(6), 0, [1, 2])


def test_mean_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"mean must have shape \(\.\.\., 4\).* \(got \(2,\)\)"):
        g.populations(np.eye(4), np.zeros(2))
