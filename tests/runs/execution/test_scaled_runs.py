"""Runs with a scaled nonlinearity, antithetic pairs, or an error bar to be reached."""

import numpy as np
import pytest
import xarray as xr

from qlangevin.runs.run_files.run import load_runfile

from .spinning_runs import DEFAULTS, LINEAR, SPINNING, verdict_of

pytestmark = pytest.mark.usefixtures("empty_figures")


@pytest.mark.parametrize("start", ["dark", "steady"])
def test_a_scaled_run_says_so_and_has_smaller_means_and_the_same_fluctuations(
    qlangevin, tmp_path, start
):
    """Means are 10³ times smaller, intensities 10⁶ times; E_N is the published 0.114826."""
    more = f'start = "{start}"\nnonlinearity = 1000'
    code, report, _ = qlangevin("run", more=more)
    assert code == 0
    assert "s      1000 times as strong, same linear fluctuations" in report
    assert "driven 4351," in report
    assert "E_N(driven, mechanical)     0.114826" in report
    assert "the run has settled" in verdict_of(report)
    with xr.open_dataset(tmp_path / "results" / "mine" / "mine.nc", engine="h5netcdf") as data:
        error = data["linearization_error"].values[-1]
        assert float(data["steady_log_negativity"]) == pytest.approx(0.114826, abs=1e-6)
    width = np.sqrt(np.diag(data["covariance_linear"].values[-1]))
    assert np.abs(error / np.outer(width, width)).max() == pytest.approx(1.4e-4, rel=0.4)


def test_a_run_stops_once_its_error_bar_is_reached_and_says_of_how_many(qlangevin, tmp_path):
    words, wanted = "log_negativity(driven, mechanical)", 1e-5
    more = f'start = "steady"\nnonlinearity = 1000\nuntil = {{ "{words}" = {wanted} }}'
    code, report, _ = qlangevin("run", more=more, trajectories=400_000)
    assert code == 0
    assert "of 400000 allowed coupled trajectories, in antithetic pairs" in report
    with xr.open_dataset(tmp_path / "results" / "mine" / "mine.nc", engine="h5netcdf") as data:
        used = int(data["batch_trajectories"].sum())
        assert float(data["log_negativity_stderr"][-1]) < wanted
    assert f"Ensemble: {used} of 400000" in report
    assert 8192 <= used < 100_000


def test_a_run_whose_error_bar_is_not_reached_uses_all_its_trajectories_and_says_nothing_of_scaling(
    qlangevin,
):
    more = 'until = { "log_negativity(driven, mechanical)" = 1e-15 }'
    _, report, _ = qlangevin("run", more=more, duration=10, trajectories=16384)
    assert "Ensemble: 16384 coupled trajectories" in report
    assert "scaled" not in report


@pytest.fixture
def load(tmp_path):
    def write_and_load(text=None, **changes):
        path = tmp_path / "mine.toml"
        path.write_text(text or SPINNING.format(**DEFAULTS | changes), encoding="utf-8")
        return load_runfile(path)

    return write_and_load


@pytest.mark.parametrize(
    ("more", "trajectories", "paired"),
    [
        ("", 8192, True),
        ("", 8191, False),
        ("antithetic = false", 8192, False),
        ("antithetic = true", 8192, True),
    ],
)
def test_pairs_are_formed_where_they_can_be_unless_told_otherwise(load, more, trajectories, paired):
    assert load(more=more, trajectories=trajectories).integration.antithetic is paired


def test_a_linear_system_has_single_trajectories_unless_told_otherwise(load):
    assert load(text=LINEAR.format(duration=1)).integration.antithetic is False


def test_without_the_keys_the_system_itself_is_run(load):
    run = load()
    assert (run.nonlinearity, run.integration.until) == (1.0, {})
    assert run.subject is run.system
    assert load(more="nonlinearity = 10").subject.size == 6
