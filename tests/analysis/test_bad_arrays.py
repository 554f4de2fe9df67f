"""Bad measures, covariances and matrices: refused with argument, value and remedy."""

import numpy as np
import pytest
import xarray as xr

from qlangevin.analysis import audit_model, estimate, log_negativity, purity, squeezing
from qlangevin.sde import Model, simulate
from qlangevin.sde.support import checks
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import detune, lose
from qlangevin.steady import (
    grid,
    solve_lyapunov,
    steady_state,
)
from qlangevin.steady.lyapunov.error_bounds import lyapunov_error_bound, lyapunov_residual

from ..refusals import refuses
from ..runs.rows import table

SPINNING = SpinningResonator.published()


def test_one_measure_may_stand_by_itself():
    alone, listed = (
        grid(SPINNING, {"spin": [8e3]}, measures) for measures in ("purity", ["purity"])
    )
    np.testing.assert_array_equal(alone["purity"], listed["purity"])
    assert "total" in grid(SPINNING, {"spin": [8e3]}, total)


def total(steady):
    return steady["mean"].sum("quadrature")


def test_a_measure_of_two_modes_is_refused_where_there_is_one():
    one = Model.build(["a"], [detune("a", 1.0), lose("a", "p", amplitude_rate=1.0)])
    settings = {"trajectories": 64, "duration": 1.0, "step": 0.01}
    refuses(
        ["'log_negativity(a)' needs 2 modes (the system has a)", "choose another"],
        lambda: simulate(one, **settings, until={"log_negativity(a)": 1e-3}),
    )


def test_a_dataset_is_no_covariance():
    refuses(
        ["V must be an array of real numbers (got a Dataset)", "such as dataset.covariance"],
        lambda: log_negativity(steady_state(SPINNING), "driven", "mechanical"),
    )
    refuses(
        ["result must be what simulate returned"],
        lambda: estimate(steady_state(SPINNING), "purity"),
    )


def test_a_selected_time_is_no_whole_result():
    one = Model.build(["a"], [detune("a", 1.0), lose("a", "p", amplitude_rate=1.0)])
    run = simulate(one, trajectories=128, duration=1.0, step=0.01)
    refuses(
        ["result must keep its dimension time", "estimate(run, words).isel(time=-1)"],
        lambda: estimate(run.isel(time=-1), "purity"),
    )


@pytest.mark.parametrize(
    "V", ["V", None, np.array(None), [[1], [1, 2]], 1j * np.eye(2), SpinningResonator]
)
def test_only_a_matrix_of_numbers_is_a_covariance(V):
    refuses(["V must be an array of real numbers"], lambda: purity(V))


def test_a_number_that_could_be_a_name_is_refused():
    """Such names cannot be built; they come from files and from labels written by hand."""
    labels = [f"{mode}.{axis}" for mode in (1, 2, 3) for axis in "XY"]
    V = xr.DataArray(
        np.eye(6),
        dims=["quadrature", "quadrature_"],
        coords={"quadrature": labels, "quadrature_": labels},
    )
    refuses(
        ["j = 2 is the name of a mode and an index", "in quotes"], lambda: log_negativity(V, 0, 2)
    )
    assert log_negativity(V, "1", "2") == log_negativity(V, 0, "2") == 0


LYAPUNOV = {
    "sizes": ((-np.eye(3), np.eye(2)), "D must have shape (..., 3, 3), as A has (got (2, 2))"),
    "points": (
        (-np.eye(2) * np.ones((5, 1, 1)), np.eye(2) * np.ones((3, 1, 1))),
        "A of shape (5,) and D of shape (3,) do not fit",
    ),
    "words": (("A", np.eye(2)), "A must be a number (got 'A')"),
}


@table(LYAPUNOV)
@pytest.mark.parametrize("function", [solve_lyapunov, lyapunov_residual, lyapunov_error_bound])
def test_matrices_that_do_not_fit_are_refused(function, written, fragments):
    A, D = written
    refuses(fragments, lambda: function(A, D) if function is solve_lyapunov else function(A, D, D))


def test_a_drift_and_a_diffusion_of_other_points_are_refused():
    A, D = -np.eye(2) * np.ones((5, 1, 1)), np.eye(2) * np.ones((3, 1, 1))
    refuses(["A of shape (5,) and D of shape (3,) do not fit"], lambda: audit_model(A, D))


def test_names_of_modes_are_refused_with_the_nearest():
    V = steady_state(SPINNING)["covariance"].isel(branch=0)
    refuses(
        ["j must be among driven", "got 'mechanic'", "'mechanical'"],
        lambda: log_negativity(V, "driven", "mechanic"),
    )
    refuses(
        ["i and j must not share a mode", "split"], lambda: log_negativity(V, "driven", "driven")
    )
    refuses(["V must have shape (..., 2n, 2n)", "got (5, 5)"], lambda: squeezing(np.eye(5), 0))


@pytest.mark.parametrize("value", [2**2000, np.complex128(1 + 1j)])
def test_a_number_that_is_no_finite_real_one_is_no_duration(value):
    refuses(
        ["duration must be positive, in s (got "],
        lambda: checks.require_positive("duration", value),
    )


def test_a_whole_number_beyond_64_bits_is_positive():
    checks.require_positive("duration", 2**70)
