"""Grids of steady states: each point as if alone, in any chunks, with reasons for blanks."""

import json
import sys

import numpy as np
import pytest
import xarray as xr

from qlangevin.analysis import UnphysicalError, UnphysicalWarning, log_negativity
from qlangevin.sde.systems import (
    CascadedResonators,
    Microrings,
    ScattererResonator,
    SpinningResonator,
)
from qlangevin.steady import grid, steady_state

WM = 63e6


def test_every_point_of_a_grid_equals_the_steady_state_there():
    detunings = WM * np.array([0.2, 0.5, 0.9])
    spins = [-8e3, 8e3]
    found = grid(
        SpinningResonator.published(), {"detuning": detunings, "spin": spins}, ["log_negativity"]
    )
    assert dict(found.sizes) | {
        "detuning": 3,
        "spin": 2,
        "quadrature": 6,
        "quadrature_": 6,
    } == dict(found.sizes)
    for detuning in detunings:
        for spin in spins:
            here = found.sel(detuning=detuning, spin=spin)
            alone = steady_state(SpinningResonator.published(detuning=detuning, spin=spin))
            for name in ("mean", "covariance", "margin", "physicality", "light_share"):
                np.testing.assert_allclose(
                    here[name][0], alone[name][0], rtol=1e-9, atol=1e-12, err_msg=name
                )
            assert here["kind"].values[0] == alone["kind"].values[0]
            expected = float(log_negativity(alone["covariance"].values[0], 0, 2))
            np.testing.assert_allclose(here["log_negativity"][0], expected, rtol=1e-8, atol=1e-12)


def test_unstable_points_are_nan_with_their_kind_as_the_reason():
    found = grid(
        SpinningResonator.published(), {"spin": [8e3, -8e3]}, ["log_negativity", "purity"]
    ).isel(branch=0)
    assert found["kind"].values.tolist() == ["stable", "hopf"]
    for name in ("covariance", "physicality", "log_negativity", "purity"):
        assert np.isfinite(found[name].values[0]).all()
        assert np.isnan(found[name].values[1]).all()
    assert np.isfinite(found["mean"].values).all()


def test_chunks_and_threads_change_nothing(monkeypatch):
    axes = {"detuning": WM * np.linspace(0.1, 1.4, 7), "power": [20e-3, 2.0]}
    whole = grid(SpinningResonator.published(), axes, ["log_negativity"], threads=1)
    monkeypatch.setattr(sys.modules["qlangevin.steady.grid_axes"], "CHUNK", 3)
    pieces = grid(SpinningResonator.published(), axes, ["log_negativity"], threads=2)
    assert whole.sizes == pieces.sizes
    for name in whole.data_vars:
        if whole[name].dtype.kind in "fi":
            np.testing.assert_allclose(
                pieces[name], whole[name], rtol=1e-9, atol=1e-12, err_msg=name
            )
        else:
            np.testing.assert_array_equal(pieces[name], whole[name], err_msg=name)


def test_points_with_fewer_branches_have_blanks():
    """One cavity without scatterers: one branch at low power, three at high."""
    found = grid(SpinningResonator.published(spin=0.0, detuning=3 * WM), {"power": [1e-4, 0.2]})
    assert found["exists"].sum("branch").values.tolist() == [1, 3]
    assert found["kind"].values[0, 1:].tolist() == ["", ""]
    assert np.isnan(found["mean"].values[0, 1:]).all()


def test_an_effective_detuning_is_an_axis_and_says_which_branch_has_it():
    system = ScattererResonator.published(noise="consistent")
    wanted = system.decay * np.array([-1.5, -1.15, -0.5])
    found = grid(system, {"effective_detuning": wanted, "angle": [np.pi / 8, 0.4]})
    for k, detuning in enumerate(wanted):
        for m, angle in enumerate(found["angle"].values):
            here = system.replace(angle=angle).at_effective_detuning(detuning)
            mean = found["mean"].values[k, m, found["implied_branch"].values[k, m]]
            np.testing.assert_allclose(here.effective_detuning(mean), detuning, rtol=1e-9)


def test_both_cavities_of_a_cascade_have_the_effective_detuning():
    system = CascadedResonators.published(spin_left=0.6e6)
    omega = system.mechanical_frequency
    found = grid(
        system,
        {"effective_detuning": omega * np.array([0.7, 1.0])},
        ["log_negativity"],
        physical="ignore",
    )
    alone = system.at_effective_detuning(0.7 * omega)
    branch = int(found["implied_branch"][0])
    np.testing.assert_allclose(
        alone.effective_detuning(found["mean"].values[0, branch]), 0.7 * omega, rtol=1e-9
    )


def test_a_grid_says_once_how_many_of_its_steady_states_are_no_quantum_states(monkeypatch):
    """From 0 to full transmission of the fibre; without light passed on all states are physical."""
    monkeypatch.setattr(sys.modules["qlangevin.steady.grid_axes"], "CHUNK", 2)
    system = CascadedResonators.published()
    axes = {"transmission": np.linspace(0.0, 1.0, 6)}
    measures = ["log_negativity", "steering"]
    with pytest.warns(
        UnphysicalWarning, match=r"5 of 6 steady states are no quantum states .* = -0.179"
    ) as caught:
        found = grid(system, axes, measures)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert (found["physicality"][:, 0].values < 0).tolist() == [False] + [True] * 5
    with pytest.raises(UnphysicalError, match="5 of 6 steady states"):
        grid(system, axes, measures, physical="raise")
    xr.testing.assert_identical(grid(system, axes, measures, physical="ignore"), found)
    grid(system, axes)
    with pytest.raises(ValueError, match="physical must be one of warn, raise, ignore"):
        grid(system, axes, physical="off")


def test_measures_may_be_functions_of_the_labelled_states():
    def cooling(steady):
        return steady["covariance"].sel(quadrature="a.X", quadrature_="a.X", drop=True)

    found = grid(Microrings.published(), {"coupling": [1e8, 2e8]}, [cooling, "populations"])
    np.testing.assert_array_equal(found["cooling"], found["covariance"][..., 0, 0])
    assert found["populations"].dims == ("coupling", "branch", "mode")
    assert found["mode"].values.tolist() == ["a", "b"]


def test_a_grid_reports_its_progress_and_its_provenance(monkeypatch):
    monkeypatch.setattr(sys.modules["qlangevin.steady.grid_axes"], "CHUNK", 4)
    seen = []
    found = grid(
        Microrings.published(),
        {"coupling": np.linspace(1e8, 2e8, 10)},
        progress=lambda *at: seen.append(at),
    )
    assert seen == [(0, 10), (4, 10), (8, 10), (10, 10)]
    made = json.loads(found.attrs["provenance"])
    assert made["system"] == "Microrings"
    np.testing.assert_array_equal(made["axes"]["coupling"], np.linspace(1e8, 2e8, 10))


def test_a_grid_survives_netcdf(tmp_path):
    import xarray as xr

    found = grid(
        Microrings.published(), {"two_photon_drive": [1e8, 5e8]}, ["log_negativity", "populations"]
    )
    found.to_netcdf(tmp_path / "grid.nc", engine="h5netcdf")
    again = xr.load_dataset(tmp_path / "grid.nc", engine="h5netcdf")
    xr.testing.assert_identical(
        again.drop_vars(["kind", "stable", "exists"]), found.drop_vars(["kind", "stable", "exists"])
    )
    assert again["kind"].values.tolist() == found["kind"].values.tolist()


@pytest.mark.parametrize(
    ("axes", "measures", "message"),
    [
        ({"detunning": [1.0]}, (), "did you mean 'detuning'"),
        ({"detuning": [[1.0]]}, (), "detuning must be a list of finite numbers"),
        ({"detuning": []}, (), "detuning must be a list of finite numbers"),
        ({"detuning": [np.nan]}, (), "detuning must be a list of finite numbers"),
        ({"power": [-1.0]}, (), "power must be zero or positive"),
        ({"effective_detuning": [1.0]}, (), "no parameter 'effective_detuning'"),
        ({"spin": [1.0]}, ["log_negativty"], "did you mean 'log_negativity'"),
        ({"spin": [1.0]}, ["log_negativity(driven)"], "must name 2 different modes"),
        (
            {"spin": [1.0]},
            ["log_negativity(driven, moon)"],
            "names 'moon', which is none of driven",
        ),
        ({"spin": [1.0]}, ["transmission(moon)"], "which is none of driven_fibre"),
        ({"spin": [1.0]}, ["_names"], "is no measure"),
        ({"spin": [1.0]}, ["log negativity!"], "is no measure"),
    ],
)
def test_wrong_axes_and_measures_of_a_grid_are_refused_by_name(axes, measures, message):
    with pytest.raises(ValueError, match=message):
        grid(SpinningResonator.published(), axes, measures)


def test_words_are_no_axis():
    with pytest.raises(ValueError, match="noise takes words"):
        grid(ScattererResonator.published(), {"noise": ["published"]})
    with pytest.raises(ValueError, match="defect must be a list of finite numbers"):
        grid(ScattererResonator.published(), {"defect": [(1.0, 2.0), (3.0, 4.0)]})
