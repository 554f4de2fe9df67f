"""Figures of grids: curves over one axis, maps over two, grey where nothing is stable."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from qlangevin.analysis import plots
from qlangevin.analysis.plots import grid as maps
from qlangevin.sde.systems import SpinningResonator
from qlangevin.steady import grid

WM = 63e6


@pytest.fixture(scope="module")
def line():
    axes = {"detuning": WM * np.linspace(0.05, 1.2, 24)}
    return grid(SpinningResonator.published(spin=-8e3), axes, ["log_negativity"])


@pytest.fixture(scope="module")
def plane():
    axes = {"detuning": WM * np.linspace(0.05, 1.2, 12), "spin": np.linspace(-8e3, 8e3, 5)}
    return grid(SpinningResonator.published(), axes, ["log_negativity"])


def test_a_curve_shows_the_stable_points_and_shades_the_rest(line):
    ax = Figure().subplots()
    maps.draw_curves(ax, line, ["detuning"], "log_negativity")
    x, y = ax.lines[0].get_data()
    np.testing.assert_allclose(x, line["detuning"] / 1e6)
    np.testing.assert_array_equal(y, line["log_negativity"].values[:, 0])
    assert np.isnan(y).any()
    assert np.isfinite(y).any()
    assert len(ax.collections) == 1
    assert "rad/s" in ax.get_xlabel()


def test_stability_over_one_axis_is_every_branchs_margin(line):
    ax = Figure().subplots()
    maps.draw_curves(ax, line, ["detuning"], "stability")
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), line["margin"].values[:, 0])


def test_a_map_has_the_first_axis_across_and_hides_unstable_points(plane):
    ax = Figure().subplots()
    maps.draw_map(ax, plane, ["detuning", "spin"], "log_negativity")
    drawn = np.asarray(ax.collections[0].get_array()).reshape(5, 12)
    np.testing.assert_array_equal(drawn, plane["log_negativity"].values[..., 0].T)
    np.testing.assert_array_equal(
        np.ma.getmaskarray(ax.collections[0].get_array()).reshape(5, 12),
        ~plane["stable"].values[..., 0].T,
    )


def test_a_stability_map_counts_stable_branches(plane):
    ax = Figure().subplots()
    maps.draw_map(ax, plane, ["detuning", "spin"], "stability")
    drawn = np.asarray(ax.collections[0].get_array()).reshape(5, 12)
    np.testing.assert_array_equal(drawn, plane["stable"].sum("branch").values.T)


def test_there_is_a_figure_per_measure_and_one_of_stability(line, plane):
    assert [name for name, _ in plots.grid_figures(line, ["detuning"], ["log_negativity"])] == [
        "log_negativity",
        "stability",
    ]
    assert [name for name, _ in plots.grid_figures(plane, ["detuning", "spin"], [])] == [
        "stability"
    ]


def test_three_axes_are_drawn_as_a_map_per_value_of_the_third_with_one_colour_bar(plane):
    cube = plane.expand_dims(power=[0.01, 0.02])
    found = dict(plots.grid_figures(cube, ["detuning", "spin", "power"], ["log_negativity"]))
    assert list(found) == ["log_negativity", "stability"]
    for figure in found.values():
        *panels, bar = figure.axes
        assert [ax.get_title(loc="left") for ax in panels] == ["power = 0.01", "power = 0.02"]
        assert bar.get_label() == "<colorbar>"
        assert len({ax.collections[0].get_clim() for ax in panels}) == 1


def test_the_figure_names_the_values_that_many_slices_and_a_fourth_axis_omit(plane):
    more = plane.expand_dims(power=np.linspace(0.01, 0.02, 12)).expand_dims(
        temperature=[0.1, 0.2, 0.3]
    )
    axes = ["detuning", "spin", "power", "temperature"]
    figure = dict(plots.grid_figures(more, axes, ["log_negativity"]))["log_negativity"]
    said = figure.get_suptitle()
    assert "9 of 12 values of power" in said
    assert "temperature = 0.2, one of 3 values" in said
    assert ".sel()" in said


def test_axes_of_one_value_are_left_out_of_figures():
    one = grid(
        SpinningResonator.published(),
        {"spin": [8e3], "detuning": WM * np.linspace(0.3, 0.9, 5)},
        ["purity"],
    )
    (_, figure), _ = plots.grid_figures(one, ["spin", "detuning"], ["purity"])
    np.testing.assert_array_equal(
        figure.axes[0].lines[0].get_ydata(), one["purity"].values[0, :, 0]
    )


def test_a_stable_point_between_unstable_ones_gets_a_marker():
    assert maps.has_isolated_value(np.array([np.nan, 1.0, np.nan, 2.0, 3.0]))
    assert not maps.has_isolated_value(np.array([np.nan, 1.0, 2.0, np.nan]))


def test_quantities_of_unstable_points_are_not_drawn():
    axes = {"detuning": WM * np.linspace(-0.3, 0.9, 7)}
    found = grid(SpinningResonator.published(spin=-8e3), axes, ["photon_number(driven)"])
    ax = Figure().subplots()
    maps.draw_curves(ax, found, ["detuning"], "photon_number_driven")
    np.testing.assert_array_equal(np.isnan(ax.lines[0].get_ydata()), ~found["stable"].values[:, 0])
