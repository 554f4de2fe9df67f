"""Figures of grids: curves over one axis, maps over two, grey where nothing is stable."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from qlangevin.analysis import maps
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
        np.ma.getmaskarray(ax.collections[0].get_array()).reshape(5, 12), ~plane["stable"].values[..., 0].T
    )


def test_a_stability_map_counts_stable_branches(plane):
    ax = Figure().subplots()
    maps.draw_map(ax, plane, ["detuning", "spin"], "stability")
    drawn = np.asarray(ax.collections[0].get_array()).reshape(5, 12)
    np.testing.assert_array_equal(drawn, plane["stable"].sum("branch").values.T)


def test_there_is_a_figure_per_measure_and_one_of_stability(line, plane):
    assert [name for name, _ in maps.figures(line, ["detuning"], ["log_negativity"])] == ["log_negativity", "stability"]
    assert [name for name, _ in maps.figures(plane, ["detuning", "spin"], [])] == ["stability"]


def test_more_than_two_axes_are_not_drawn(plane):
    assert not list(maps.figures(plane, ["detuning", "spin", "power"], ["log_negativity"]))
