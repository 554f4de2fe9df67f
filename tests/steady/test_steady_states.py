"""Steady states: the covariance of each stable branch, and the choice of a branch."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from qlangevin.sde import Gaussian
from qlangevin.steady import branch_state, solve_lyapunov, steady_state

from .bistable import PULL, bistable

OMEGA = 63e6


def test_missing_branches_are_blank(spinning):
    found = steady_state(spinning.replace(detuning=1.02 * OMEGA, power=np.array([0.02, 0.0811])))
    blank = found.isel(power=0, branch=2)
    assert blank["kind"].item() == ""
    assert blank["reason"].item() == "no such branch"
    assert not blank["exists"]
    assert blank["mean"].isnull().all()


def test_model_and_system_give_the_same(spinning):
    by_system = steady_state(spinning)
    by_model = steady_state(spinning.model())
    xr.testing.assert_equal(by_system, by_model)


def test_covariance_of_a_stable_branch_solves_lyapunov(spinning):
    steady = steady_state(spinning)
    V = solve_lyapunov(steady["drift_matrix"].values[0], steady["diffusion"].values)
    np.testing.assert_allclose(steady["covariance"].values[0], V, rtol=1e-13)
    assert steady["lyapunov_residual"].max() < 1e-14
    assert steady["reason"].item() == ""


def test_unstable_branch_has_no_covariance_and_says_why(spinning):
    steady = steady_state(spinning.reversed())
    assert steady["covariance"].isnull().all()
    assert steady["physicality"].isnull().all()
    assert steady["reason"].item() == "unstable (hopf): max Re λ = 5.23e+06 rad/s"


def test_branch_state_is_the_only_stable_branch(spinning):
    state = branch_state(spinning, None)
    steady = steady_state(spinning)
    assert isinstance(state, Gaussian)
    np.testing.assert_array_equal(state.mean, steady["mean"].values[0])
    np.testing.assert_array_equal(state.covariance, steady["covariance"].values[0])


def test_branch_state_of_parameter_points_leads_with_them(spinning):
    state = branch_state(spinning.replace(temperature=np.array([0.1, 0.2, 0.3])), 0)
    assert state.mean.shape == (3, 6)
    assert state.covariance.shape == (3, 6, 6)


def test_branch_state_refuses_an_unstable_branch_and_an_open_choice(spinning):
    with pytest.raises(
        ValueError, match=r"exactly one fixed point is stable \(branch 0 unstable \(hopf\)"
    ):
        branch_state(spinning.reversed(), None)
    with pytest.raises(ValueError, match=r"stable fixed points \[0\] \(got 2"):
        branch_state(spinning, 2)


def test_branch_state_of_a_bistable_model_must_be_chosen():
    both = bistable(3.0, 4.0, friction=10.0)
    with pytest.raises(ValueError, match=r"choose branch= from \[0, 2\]"):
        branch_state(both, None)
    positions = [branch_state(both, branch).mean[2] * PULL for branch in (0, 2)]
    np.testing.assert_allclose(positions, [2 - np.sqrt(2), 2 + np.sqrt(2)], rtol=1e-12)


def test_results_can_be_written_and_read(spinning, tmp_path):
    steady = steady_state(spinning)
    steady.to_netcdf(tmp_path / "steady.nc", engine="h5netcdf")
    with xr.open_dataset(tmp_path / "steady.nc", engine="h5netcdf") as read:
        np.testing.assert_array_equal(read["covariance"], steady["covariance"])
