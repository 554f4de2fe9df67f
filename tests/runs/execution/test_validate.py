"""`qlangevin validate`: levels of theory, verdicts, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from qlangevin.sde.ensemble import jobs

from .spinning_runs import LINEAR, verdict_of

pytestmark = pytest.mark.usefixtures("empty_figures")

# ------------------------------------------------------------------------------------------
# levels of theory


def test_levels_stand_side_by_side_with_a_verdict_and_everything_is_written(qlangevin, tmp_path):
    code, report, _ = qlangevin("validate", more='start = "steady"')
    assert code == 0
    assert "Levels of theory, averaged over the last 436.5 ns" in report
    for words in (
        "linearised",
        "Gaussian closure",
        "log_negativity(driven, mechanical)",
        "all elements at once",
    ):
        assert words in report
    assert (
        "linearised theory holds within 1 % of V in the steady state, off by (1.39"
        in verdict_of(report)
    )
    assert "the Gaussian closure is no closer" in verdict_of(report)
    folder = tmp_path / "results" / "mine-validation"
    names = {path.name for path in folder.iterdir() if path.suffix != ".h5"}
    assert names == {"validation.nc", "report.txt", "levels.png", "levels.pdf"}
    with xr.open_dataset(folder / "validation.nc", engine="h5netcdf") as data:
        assert data.attrs["report"] == (folder / "report.txt").read_text(encoding="utf-8")
        assert data["covariance_gaussian"].shape == data["covariance_linear"].shape
        row = data.sel(quantity="log_negativity(driven, mechanical)")
        assert float(row["linear_z"]) == pytest.approx(
            float((row["full"] - row["linear"]) / row["full_stderr"]), rel=1e-6
        )
        assert abs(float(row["linear_z"])) > 10


def test_a_breakdown_study_gives_the_exponent_and_the_limit_of_each_level(qlangevin, tmp_path):
    code, report, _ = qlangevin(
        "validate", "--scale", "1:2e4:5", "--tolerance", "0.001", "--threads", "2"
    )
    assert code == 0
    assert "Breakdown of linearised theory" in report
    assert "holds within 0.1 % of V" in verdict_of(report)
    folder = tmp_path / "results" / "mine-validation"
    assert {"breakdown.nc", "breakdown.png", "breakdown.pdf"} <= {
        path.name for path in folder.iterdir()
    }
    with xr.open_dataset(folder / "breakdown.nc", engine="h5netcdf") as study:
        np.testing.assert_allclose(study["nonlinearity"], np.geomspace(1, 2e4, 5))
        assert study.attrs["exponent"] == pytest.approx(2, abs=5 * study.attrs["exponent_stderr"])
        assert study.attrs["tolerance"] == 0.001
        assert study.attrs["leading_limit"] == pytest.approx(np.sqrt(1e-3 / 1.4008e-10), rel=1e-3)
        assert study.attrs["error_limit"] == pytest.approx(study.attrs["leading_limit"], rel=0.2)
        assert study.attrs["run_file"].startswith("\nsystem")
    assert f"reached at s = {study.attrs['error_limit']:.4g}" in report


def test_a_tolerance_below_the_error_fails(qlangevin):
    code, report, _ = qlangevin("validate", "--tolerance", "1e-10", more='start = "steady"')
    assert code == 0
    assert "linearised theory FAILS within 1e-08 % of V in the steady state" in verdict_of(report)


def test_a_linear_system_is_exact_at_every_level(qlangevin):
    code, report, _ = qlangevin("validate", text=LINEAR.format(duration=14))
    assert code == 0
    assert verdict_of(report).endswith(
        "the model is linear; linearised theory and Gaussian closure are exact."
    )


def test_on_a_limit_cycle_levels_are_those_of_the_moment_and_no_steady_state_is_claimed(qlangevin):
    code, report, _ = qlangevin(
        "validate", direction="reversed", duration=20, step=0.004, trajectories=1024
    )
    assert code == 0
    assert "Has it settled?             not applicable" in report
    assert "Levels of theory, at the end of the run" in report
    assert "at the end of the run, where there is no steady state" in verdict_of(report)
    assert verdict_of(report).endswith("THE STEP IS TOO LARGE for plain averages.")


def test_unentangled_modes_have_no_entanglement_no_steering_and_no_z(qlangevin):
    """Levels differ by some 10⁻¹² of V, beyond error bars; clipped measures are zero anyway."""
    _, report, _ = qlangevin("validate", trajectories=1024)
    rows = {
        row.split("  ")[2].strip(): row.split()
        for row in report.splitlines()
        if row.startswith("    steering(")
    }
    assert len(rows) == 2
    for row in rows.values():
        assert row[2:6] == ["0", "–", "0", "–"]
        assert row[6:8] == ["0", "±"]
    _, report, _ = qlangevin(
        "validate", text=LINEAR.format(duration=14) + "[parameters]\ntwo_photon_drive = 0\n"
    )
    (row,) = [
        row.split() for row in report.splitlines() if row.startswith("    log_negativity(a, b)")
    ]
    assert row[2:] == ["0", "–", "0", "–", "0", "±", "0e+00"]


def test_the_verdict_repeats_that_the_step_is_too_large(qlangevin):
    code, report, _ = qlangevin(
        "run", direction="reversed", duration=20, step=0.004, trajectories=256
    )
    assert code == 0
    assert "Is the step small enough?   NO" in report
    assert verdict_of(report) == (
        "Verdict: the integrator is right; the run ends on a limit cycle, so there is no steady "
        "state and no E_N; THE STEP IS TOO LARGE for plain averages."
    )


# ------------------------------------------------------------------------------------------
# a transient is never steady


@pytest.mark.parametrize(
    ("changes", "times"),
    [
        ({"duration": 40, "more": 'start = "steady"'}, "3.4"),
        ({"duration": 110, "more": 'start = "steady"', "detuning": 0}, "1.7"),
    ],
    ids=["short", "near threshold"],
)
def test_a_run_shorter_than_its_slowest_mode_is_a_transient_even_from_the_steady_state(
    qlangevin, changes, times
):
    """The moments have no transient, but the run is too short to show this."""
    settled = (
        f"Has it settled?             NO, after {times} relaxation times; a steady state needs 4.6"
    )
    code, report, _ = qlangevin("validate", **changes)
    assert code == 0
    assert settled in report
    assert "at the end of the run, A TRANSIENT" in verdict_of(report)
    assert "in the steady state" not in report
    _, report, _ = qlangevin("run", **changes)
    assert settled in report
    assert "HAS NOT SETTLED" in verdict_of(report)


def test_a_linear_run_near_threshold_is_a_transient_too(qlangevin):
    _, report, _ = qlangevin("run", text=LINEAR.format(duration=1))
    assert "this is a transient" in report
    assert "HAS NOT SETTLED" in verdict_of(report)


# ------------------------------------------------------------------------------------------
# refusals


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"text": LINEAR.format(duration=14)},
            "the model is linear: it has no nonlinearity to scale",
        ),
        (
            {"direction": "reversed", "duration": 30},
            "needs a run that goes to a stable fixed point",
        ),
        ({"duration": 90}, "duration must be at least 1.7e-06 s, 9.2 relaxation times"),
    ],
    ids=["linear", "limit cycle", "too short"],
)
def test_a_scan_that_cannot_be_made_is_refused_before_any_work(
    qlangevin, tmp_path, changes, message
):
    code, _, said = qlangevin("validate", "--scale", "1:10", **changes)
    assert code == 2
    assert message in said
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_fault_in_the_noise_fails_the_integrator_check_and_the_exit_code_says_so(
    qlangevin, monkeypatch, command
):
    advance = jobs.advance

    def noisier(plan, *rest):
        kernel = replace(plan.kernel, amplitudes=np.sqrt(2) * plan.kernel.amplitudes)
        return advance(replace(plan, kernel=kernel), *rest)

    monkeypatch.setattr(jobs, "advance", noisier)
    code, report, _ = qlangevin(command, more='start = "steady"')
    assert code == 1
    assert "Is the integrator right?    NO" in report
    assert verdict_of(report) == "Verdict: THE INTEGRATOR CHECK FAILED; do not use these numbers."
