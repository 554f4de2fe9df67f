"""Labelled measures: modes by name, labels on results, the same numbers as the array measures."""

import numpy as np
import pytest
import xarray as xr

from qlangevin import analysis
from qlangevin.analysis import gaussian, information, phase_space

MODES = ["driven", "reflected", "mechanical"]
QUADRATURES = ["driven.X", "driven.Y", "reflected.X", "reflected.Y", "mechanical.q", "mechanical.p"]
BIPARTITIONS = [
    (0, 1),
    ("driven", "mechanical"),
    (["driven", "reflected"], "mechanical"),
    (2, ["driven", 1]),
]
BIPARTITE = [
    gaussian.log_negativity,
    gaussian.steering,
    gaussian.transposed_eigenvalues,
    gaussian.conditional,
    information.mutual_information,
    information.renyi_mutual_information,
]
PER_STATE = [
    (gaussian.log_negativity, ["driven", "mechanical"], "nats"),
    (gaussian.steering, ["driven", "mechanical"], "nats"),
    (gaussian.reid, ["driven", "mechanical"], "1"),
    (gaussian.duan, ["driven", "mechanical"], "1"),
    (gaussian.residual_contangle, ["mechanical", "driven", "reflected"], "nats²"),
    (gaussian.squeezing, ["mechanical"], "dB"),
    (gaussian.squeezing_angle, ["mechanical"], "rad"),
    (gaussian.purity, [], "1"),
    (information.von_neumann_entropy, [], "nats"),
    (information.renyi_entropy, [], "nats"),
    (information.mutual_information, ["driven", "mechanical"], "nats"),
    (information.renyi_mutual_information, ["driven", "mechanical"], "nats"),
    (information.discord, ["driven", "mechanical"], "nats"),
]


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
        coords={
            "time": np.arange(4.0),
            "quadrature": QUADRATURES,
            "quadrature_": QUADRATURES,
            "branch": 1,
        },
        attrs={"units": "1", "long_name": "covariance"},
        name="covariance",
    )


@pytest.mark.parametrize("measure", BIPARTITE)
@pytest.mark.parametrize(("i", "j"), BIPARTITIONS)
def test_names_and_indices_give_the_numbers_of_the_array_measures(V, measure, i, j):
    found = getattr(analysis, measure.__name__)(V, i, j)
    expected = measure(V.values, numbered(i), numbered(j))
    np.testing.assert_array_equal(found.values, expected)


def test_reid_takes_names(V):
    found = analysis.reid(V, ["driven", 2], "reflected")
    np.testing.assert_array_equal(found.values, gaussian.reid(V.values, [0, 2], 1))


@pytest.mark.parametrize("measure", BIPARTITE)
def test_plain_arrays_stay_plain(V, measure):
    twin = getattr(analysis, measure.__name__)
    np.testing.assert_array_equal(twin(V.values, 0, [1, 2]), measure(V.values, 0, [1, 2]))
    with pytest.raises(ValueError, match="names need a labelled V"):
        twin(V.values, "driven", 1)


def test_plain_arrays_stay_plain_in_functions_without_a_pair(V):
    for plain in (
        analysis.populations(V.values, np.zeros(6)),
        analysis.reduced(V.values, [0]),
        analysis.squeezing(V.values, 0),
        analysis.wigner(V.values, np.zeros((3, 6)), np.zeros(6)),
        analysis.wigner_marginal(V.values, 0, 4, [0.0], [0.0], np.zeros(6)),
        analysis.quadrature_density(V.values, 0, [0.0]),
    ):
        assert isinstance(plain, np.ndarray)


@pytest.mark.parametrize(("measure", "modes", "units"), PER_STATE)
def test_one_number_per_state_keeps_the_other_coordinates_and_has_its_unit(
    V, measure, modes, units
):
    found = getattr(analysis, measure.__name__)(V, *modes)
    np.testing.assert_array_equal(
        found.values, measure(V.values, *(MODES.index(mode) for mode in modes))
    )
    assert found.dims == ("time",)
    assert set(found.coords) == {"time", "branch"}
    assert found.attrs == {"units": units}
    assert found.name == measure.__name__


def test_every_array_function_has_its_labelled_twin_among_the_exports():
    functions = {
        name
        for module in (gaussian, information, phase_space)
        for name, value in vars(module).items()
        if callable(value)
        and getattr(value, "__module__", "") == module.__name__
        and not name.startswith("_")
    }
    for name in functions - {"symplectic_form"}:
        assert name in analysis.__all__
        assert getattr(analysis, name) is not getattr(gaussian, name, None)


def test_dimensions_may_stand_in_any_order(V):
    moved = V.transpose("quadrature", "time", "quadrature_")
    xr.testing.assert_identical(
        analysis.log_negativity(moved, 0, 1), analysis.log_negativity(V, 0, 1)
    )


def test_one_entry_per_mode_lies_along_mode(V):
    quanta = analysis.populations(V)
    assert quanta.dims == ("time", "mode")
    assert quanta.mode.values.tolist() == MODES
    np.testing.assert_array_equal(quanta.values, gaussian.populations(V.values))


def test_populations_broadcast_mean_and_covariance_by_name(V):
    mean = xr.DataArray(
        np.ones((3, 6)), dims=("power", "quadrature"), coords={"quadrature": QUADRATURES}
    )
    quanta = analysis.populations(V, mean)
    assert set(quanta.dims) == {"time", "power", "mode"}
    np.testing.assert_allclose(quanta.isel(power=2).values, gaussian.populations(V.values) + 1)


def test_eigenvalues_lie_along_their_own_dimension(V):
    assert analysis.symplectic_eigenvalues(V).dims == ("time", "eigenvalue")
    assert analysis.transposed_eigenvalues(V, 0, "mechanical").sizes["eigenvalue"] == 2
    np.testing.assert_array_equal(analysis.purity(V).values, gaussian.purity(V.values))


def test_smaller_covariances_carry_the_labels_of_their_quadratures(V):
    chosen = QUADRATURES[4:] + QUADRATURES[:2]
    expected = V.sel(quadrature=chosen, quadrature_=chosen)
    for small in (
        analysis.reduced(V, ["mechanical", "driven"]),
        analysis.conditional(V, "reflected", ["mechanical", "driven"]),
    ):
        assert small.dims == V.dims
        assert small.quadrature.values.tolist() == small.quadrature_.values.tolist() == chosen
    np.testing.assert_array_equal(
        analysis.reduced(V, ["mechanical", "driven"]).values, expected.values
    )


def test_unlabelled_axes_take_indices_only(V):
    bare = V.drop_vars(["quadrature", "quadrature_"])
    np.testing.assert_array_equal(
        analysis.steering(bare, 0, 2).values, analysis.steering(V, 0, 2).values
    )
    assert analysis.populations(bare).dims == ("time", "mode")
    with pytest.raises(
        ValueError, match=r"i must be given by index \(got 'driven'\): 'quadrature' of V carries no"
    ):
        analysis.steering(bare, "driven", 2)


def test_unknown_mode_is_refused_with_the_nearest_name(V):
    choices = r"j must be among driven, reflected, mechanical \(got 'mechanics'\)"
    with pytest.raises(ValueError, match=choices + r"; did you mean 'mechanical'\?"):
        analysis.log_negativity(V, "driven", "mechanics")
    with pytest.raises(ValueError, match=r"modes must be among .* did you mean 'driven'"):
        analysis.reduced(V, ["drivn"])


def test_overlap_between_a_name_and_an_index_is_refused(V):
    with pytest.raises(ValueError, match="i and j must not share a mode"):
        analysis.log_negativity(V, "driven", [0, 1])


def test_index_out_of_range_is_refused_for_smaller_covariances_too(V):
    for call in (lambda: analysis.reduced(V, 3), lambda: analysis.conditional(V, 0, 3)):
        with pytest.raises(ValueError, match="must lie between 0 and 2"):
            call()


def test_labels_that_do_not_pair_up_are_refused(V):
    broken = V.isel(quadrature=[0, 2, 1, 3, 4, 5], quadrature_=[0, 2, 1, 3, 4, 5])
    with pytest.raises(ValueError, match="V must hold both quadratures of each mode side by side"):
        analysis.log_negativity(broken, 0, 1)
    with pytest.raises(ValueError, match="V must have the same labels on"):
        analysis.log_negativity(V.isel(quadrature=[2, 3, 0, 1, 4, 5]), 0, 1)


def test_arrays_without_the_two_axes_are_refused(V):
    with pytest.raises(ValueError, match="V must have dimensions 'quadrature' and 'quadrature_'"):
        analysis.purity(V.rename(quadrature_="other"))


def test_mean_and_covariance_of_different_kind_or_order_are_refused(V):
    with pytest.raises(
        ValueError, match=r"V and mean must be of one kind \(got DataArray and ndarray\)"
    ):
        analysis.populations(V, np.zeros(6))
    mean = xr.DataArray(np.ones(6), dims="quadrature", coords={"quadrature": QUADRATURES[::-1]})
    with pytest.raises(ValueError, match="quadrature"):
        analysis.populations(V, mean)


def test_unstable_points_stay_nan(V):
    V[2] = np.nan
    E = analysis.log_negativity(V, "driven", "mechanical")
    assert np.isnan(E.values).tolist() == [False, False, True, False]


def test_projections_take_quadratures_by_name_and_lie_along_x_and_y(V):
    x = np.linspace(-1, 1, 3)
    y = np.linspace(0, 2, 5)
    mean = xr.DataArray(np.arange(6.0) / 5, dims="quadrature", coords={"quadrature": QUADRATURES})
    found = analysis.wigner_marginal(V, "mechanical.q", "driven.Y", x, y, mean)
    np.testing.assert_array_equal(
        found.values, phase_space.wigner_marginal(V.values, 4, 1, x, y, mean.values)
    )
    assert found.dims == ("time", "x", "y")
    assert found.attrs == {"units": "1"}
    np.testing.assert_array_equal(found.x, x)
    assert found.x.attrs == {"long_name": "mechanical.q", "units": "1"}
    assert found.y.attrs == {"long_name": "driven.Y", "units": "1"}
    xr.testing.assert_identical(found, analysis.wigner_marginal(V, 4, 1, x, y, mean))


def test_the_density_of_a_named_quadrature_lies_along_x(V):
    found = analysis.quadrature_density(V, "mechanical.p", [0.0, 0.5])
    np.testing.assert_array_equal(
        found.values, phase_space.quadrature_density(V.values, 5, [0.0, 0.5])
    )
    assert found.dims == ("time", "x")
    assert found.x.attrs["long_name"] == "mechanical.p"
    with pytest.raises(
        ValueError, match=r"quadrature must be among .* did you mean 'mechanical.p'"
    ):
        analysis.quadrature_density(V, "mechanicl.p", [0.0])


def test_unlabelled_quadratures_are_named_by_index(V):
    bare = V.drop_vars(["quadrature", "quadrature_"])
    assert analysis.quadrature_density(bare, 3, [0.0]).x.attrs["long_name"] == "quadrature 3"
    with pytest.raises(ValueError, match=r"k must be given by index \(got 'driven.X'\)"):
        analysis.wigner_marginal(bare, "driven.X", 1, [0.0], [0.0])


def test_the_wigner_function_keeps_the_dimensions_of_states_and_points(V):
    mean = xr.DataArray(
        np.ones((4, 6)), dims=("time", "quadrature"), coords={"quadrature": QUADRATURES}
    )
    points = xr.DataArray(
        np.random.default_rng(2).normal(size=(6, 3, 2)),
        dims=("quadrature", "row", "column"),
        coords={"quadrature": QUADRATURES, "row": [1, 2, 3]},
    )
    found = analysis.wigner(V, points, mean)
    expected = phase_space.wigner(V.values, np.moveaxis(points.values, 0, -1), mean.values)
    np.testing.assert_array_equal(found.values, expected)
    assert found.dims == ("time", "row", "column")
    assert found.row.values.tolist() == [1, 2, 3]
    with pytest.raises(
        ValueError, match=r"V and points must be of one kind \(got DataArray and ndarray\)"
    ):
        analysis.wigner(V, points.values)
