"""The microrings: trajectories, symmetries, Bogoliubov modes, and the files written."""

import numpy as np
import pytest
import xarray as xr

from qlangevin.runs.execution import reproduce
from qlangevin.runs.papers.microrings import data

pytestmark = pytest.mark.xdist_group("microrings")


@pytest.fixture(scope="module")
def result(reproduction):
    return reproduction("microrings")


def test_trajectories_lie_on_the_curves_of_the_paper(result):
    """Within five standard errors, with their sign: cut off at zero, they would be biased."""
    runs = [
        (number, name) for number, panels in result.data.items() for name in panels if "run" in name
    ]
    assert len(runs) == 7
    for number, name in runs:
        run = result.data[number][name].isel(time=-1)
        for words in ("log_negativity(a, b)", "steering(a, b)", "steering(b, a)"):
            if words in run:
                away = float(run[f"{words}_signed"] - run[f"{words}_signed_linear"])
                assert abs(away) < 5 * float(run[f"{words}_stderr"])


def test_no_covariance_grows_between_the_rings_backward(result):
    run = result.data["2"]["backward_run"]
    for name in data.CROSS:
        assert float(abs(run[f"{name}_signed_linear"]).max()) < 1e-9
        assert float(abs(run[name] / run[f"{name}_stderr"]).max()) < 5


def test_the_bogoliubov_modes_are_those_of_the_paper_but_for_a_sign():
    """Δ_β = √(Δ_b² − 4Ω_b²), J cosh r and J sinh r, with tanh 2r = 2Ω_b/Δ_b."""
    frequency, swap, pairs = data.bogoliubov()
    r = np.arctanh(2 * 11.5 / 115) / 2
    assert frequency == pytest.approx(-np.sqrt(115**2 - 4 * 11.5**2))
    assert (swap, abs(pairs)) == pytest.approx((35 * np.cosh(r), 35 * np.sinh(r)))


def test_both_halves_of_the_plane_of_detunings_are_there(result):
    for number, name in (("3", "log_negativity_a_b"), ("5", "steering_a_b")):
        values = result.data[number]["a"][name].values
        np.testing.assert_allclose(values, values[::-1, ::-1], atol=1e-9)


@pytest.mark.usefixtures("empty_figures")
def test_figures_data_and_table_are_written_and_read_back(result, tmp_path):
    written = reproduce.write_reproduction(result, tmp_path)
    assert {path.name for path in written} == {
        *(f"fig{number}.{kind}" for number in "2345" for kind in ("nc", "png", "pdf")),
        "claims.md",
    }
    with xr.open_datatree(tmp_path / "fig3.nc", engine="h5netcdf") as tree:
        xr.testing.assert_equal(tree["a"].to_dataset(), result.data["3"]["a"])
