"""The labelled measures: names for modes, labels on results, and the same numbers as the array layer."""

import numpy as np
import pytest
import xarray as xr
from qlangevin.analysis import gaussian, labelled

MODES = ["driven", "reflected", "mechanical"]
QUADRATURES = ["driven.X", "driven.Y", "reflected.X", "reflected.Y", "mechanical.q", "mechanical.p"]
BIPARTITIONS = [(0, 1), ("driven", "mechanical"), (["driven", "reflected"], "mechanical"), (2, ["driven", 1])]
BIPARTITE = ["log_negativity", "steering", "transposed_eigenvalues", "conditional"]


def numbered(modes):
    each = [modes] if isinstance(modes, str | int) else modes
    return [MODES.index(mode) if isinstance(mode, str) else mode for mode in each]


@pytest.fixture(name="V")
def covariance():
    half = np.random.default_rng(1).normal(size=(4, 6, 6))
    values = half @ half.swapaxes(-1, -2) + 0.5 * np.eye(6)
    return xr.DataArray(
        values,
        dims=("time", "quadrature", "quadrature_"),
        coords={"time": np.arange(4.0), "quadrature": QUADRATURES, "quadrature_": QUADRATURES, "branch": 1},
        attrs={"units": "1", "long_name": "covariance"},
        name="covariance",
    )


@pytest.mark.parametrize("measure", BIPARTITE)
@pytest.mark.parametrize(("i", "j"), BIPARTITIONS)
def test_names_and_indices_give_the_numbers_of_the_array_layer(V, measure, i, j):
    found = getattr(labelled, measure)(V, i, j)
    expected = getattr(gaussian, measure)(V.values, numbered(i), numbered(j))
    np.testing.assert_array_equal(found.values, expected)


def test_reid_takes_names(V):
    found = labelled.reid(V, ["driven", 2], "reflected")
    np.testing.assert_array_equal(found.values, gaussian.reid(V.values, [0, 2], 1))


@pytest.mark.parametrize("measure", BIPARTITE)
def test_plain_arrays_stay_plain(V, measure):
    assert isinstance(getattr(labelled, measure)(V.values, 0, [1, 2]), np.ndarray)
    assert isinstance(labelled.populations(V.values, np.zeros(6)), np.ndarray)
    assert isinstance(labelled.reduced(V.values, [0]), np.ndarray)
    with pytest.raises(ValueError, match="names need a labelled V"):
        getattr(labelled, measure)(V.values, "driven", 1)


@pytest.mark.parametrize(("measure", "units"), [("log_negativity", "nats"), ("steering", "nats"), ("reid", "1")])
def test_results_keep_the_other_coordinates_and_say_their_unit(V, measure, units):
    found = getattr(labelled, measure)(V, "driven", "mechanical")
    assert found.dims == ("time",)
    assert set(found.coords) == {"time", "branch"}
    assert found.attrs == {"units": units}
    assert found.name == measure


def test_dimensions_may_stand_in_any_order(V):
    moved = V.transpose("quadrature", "time", "quadrature_")
    xr.testing.assert_identical(labelled.log_negativity(moved, 0, 1), labelled.log_negativity(V, 0, 1))


def test_one_entry_per_mode_lies_along_mode(V):
    quanta = labelled.populations(V)
    assert quanta.dims == ("time", "mode")
    assert quanta.mode.values.tolist() == MODES
    np.testing.assert_array_equal(quanta.values, gaussian.populations(V.values))


def test_populations_broadcast_mean_and_covariance_by_name(V):
    mean = xr.DataArray(np.ones((3, 6)), dims=("power", "quadrature"), coords={"quadrature": QUADRATURES})
    quanta = labelled.populations(V, mean)
    assert set(quanta.dims) == {"time", "power", "mode"}
    np.testing.assert_allclose(quanta.isel(power=2).values, gaussian.populations(V.values) + 1)


def test_eigenvalues_lie_along_their_own_dimension(V):
    assert labelled.symplectic_eigenvalues(V).dims == ("time", "eigenvalue")
    assert labelled.transposed_eigenvalues(V, 0, "mechanical").sizes["eigenvalue"] == 2
    np.testing.assert_array_equal(labelled.purity(V).values, gaussian.purity(V.values))


def test_smaller_covariances_carry_the_labels_of_their_quadratures(V):
    chosen = QUADRATURES[4:] + QUADRATURES[:2]
    expected = V.sel(quadrature=chosen, quadrature_=chosen)
    for small in (
        labelled.reduced(V, ["mechanical", "driven"]),
        labelled.conditional(V, "reflected", ["mechanical", "driven"]),
    ):
        assert small.dims == V.dims
        assert small.quadrature.values.tolist() == small.quadrature_.values.tolist() == chosen
    np.testing.assert_array_equal(labelled.reduced(V, ["mechanical", "driven"]).values, expected.values)


def test_unlabelled_axes_take_indices_only(V):
    bare = V.drop_vars(["quadrature", "quadrature_"])
    np.testing.assert_array_equal(labelled.steering(bare, 0, 2).values, labelled.steering(V, 0, 2).values)
    assert labelled.populations(bare).dims == ("time", "mode")
    with pytest.raises(ValueError, match=r"i must be given by index \(got 'driven'\): 'quadrature' of V carries no"):
        labelled.steering(bare, "driven", 2)


def test_unknown_mode_is_refused_with_the_nearest_name(V):
    expected = r"j must be among driven, reflected, mechanical \(got 'mechanics'\); did you mean 'mechanical'\?"
    with pytest.raises(ValueError, match=expected):
        labelled.log_negativity(V, "driven", "mechanics")
    with pytest.raises(ValueError, match=r"modes must be among .* did you mean 'driven'"):
        labelled.reduced(V, ["drivn"])


def test_overlap_between_a_name_and_an_index_is_refused(V):
    with pytest.raises(ValueError, match="i and j must not share a mode"):
        labelled.log_negativity(V, "driven", [0, 1])


def test_index_out_of_range_is_refused_for_smaller_covariances_too(V):
    for call in (lambda: labelled.reduced(V, 3), lambda: labelled.conditional(V, 0, 3)):
        with pytest.raises(ValueError, match="must lie between 0 and 2"):
            call()


def test_labels_that_do_not_pair_up_are_refused(V):
    broken = V.isel(quadrature=[0, 2, 1, 3, 4, 5], quadrature_=[0, 2, 1, 3, 4, 5])
    with pytest.raises(ValueError, match="V must hold both quadratures of each mode side by side"):
        labelled.log_negativity(broken, 0, 1)
    with pytest.raises(ValueError, match="V must have the same labels on"):
        labelled.log_negativity(V.isel(quadrature=[2, 3, 0, 1, 4, 5]), 0, 1)


def test_arrays_without_the_two_axes_are_refused(V):
    with pytest.raises(ValueError, match="V must have dimensions 'quadrature' and 'quadrature_'"):
        labelled.purity(V.rename(quadrature_="other"))


def test_mean_and_covariance_of_different_kind_or_order_are_refused(V):
    with pytest.raises(ValueError, match=r"V and mean must be of one kind \(got DataArray and ndarray\)"):
        labelled.populations(V, np.zeros(6))
    mean = xr.DataArray(np.ones(6), dims="quadrature", coords={"quadrature": QUADRATURES[::-1]})
    with pytest.raises(ValueError, match="quadrature"):
        labelled.populations(V, mean)


def test_unstable_points_stay_nan(V):
    V[2] = np.nan
    E = labelled.log_negativity(V, "driven", "mechanical")
    assert np.isnan(E.values).tolist() == [False, False, True, False]
