"""The command line: a short run in a process of its own, and all expected failures."""

import os
import resource
import signal
import subprocess
import sys

import pytest
import xarray as xr

from qlangevin.sde.jit.cache import cache_folder

SHORT = """
title = "A short run"
system = "spinning"
[parameters]
backscattering = "decay / 4"
[run]
trajectories = {trajectories}
duration = "{duration} / mechanical_frequency"
step = "{step} / mechanical_frequency"
samples = 20
seed = 3
"""


def qlangevin(*arguments, cwd, **options):
    command = [sys.executable, "-m", "qlangevin.runs.cli", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, **options)


@pytest.fixture
def short_run(tmp_path):
    def write(trajectories=256, duration=60, step=1e-3):
        path = tmp_path / "short.toml"
        path.write_text(
            SHORT.format(trajectories=trajectories, duration=duration, step=step), encoding="utf-8"
        )
        return path

    return write


def test_run_prints_a_report_and_writes_a_dataset_that_describes_itself(short_run, tmp_path):
    done = qlangevin("run", short_run(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for question in (
        "integrator right?    yes",
        "step small enough?",
        "linearisation right?",
        "settled?",
        "Verdict",
    ):
        assert question in done.stdout
    folder = tmp_path / "results" / "short"
    names = {path.name for path in folder.iterdir()}
    assert {
        "short.nc",
        "report.txt",
        "overview.png",
        "means.pdf",
        "covariance.pdf",
        "entanglement.pdf",
    } <= names
    assert not any(name.endswith(".partial") for name in names)
    with xr.open_dataset(folder / "short.nc", engine="h5netcdf") as data:
        assert data.attrs["run_file"] == short_run().read_text(encoding="utf-8")
        assert data.attrs["report"] == (folder / "report.txt").read_text(encoding="utf-8")
        assert data["covariance"].dims == ("time", "quadrature", "quadrature_")
        assert float(data["steady_log_negativity"]) > 0.1


@pytest.mark.filterwarnings("ignore::qlangevin.sde.schemes.step_forecast.StepWarning")
def test_a_run_on_a_limit_cycle_says_so_and_gives_no_entanglement(short_run, tmp_path, command):
    path = short_run(trajectories=128, duration=30)
    path.write_text(
        path.read_text(encoding="utf-8").replace('"spinning"', '"spinning"\ndirection = "reversed"')
    )
    code, printed, said = command("run", path)
    assert code == 0, said
    assert "unstable (hopf)" in printed
    assert "limit cycle" in printed
    assert "no E_N is given" in printed
    folder = tmp_path / "results" / "short"
    assert (folder / "limit_cycle.pdf").exists()
    with xr.open_dataset(folder / "short.nc", engine="h5netcdf") as data:
        assert data.attrs["attractor"] == "limit cycle"
        assert not any("log_negativity" in name for name in data)


def test_starting_from_a_branch_that_is_not_stable_is_refused(short_run, command):
    path = short_run()
    text = path.read_text(encoding="utf-8").replace(
        '"spinning"', '"spinning"\ndirection = "reversed"'
    )
    path.write_text(text + '\nstart = "steady"\n', encoding="utf-8")
    code, _, said = command("run", path)
    assert code == 2
    assert "unstable" in said


def test_steady_prints_every_fixed_point(short_run, command):
    code, printed, said = command("steady", short_run())
    assert code == 0, said
    assert "branch 0" in printed
    assert "Routh–Hurwitz agrees" in printed


def test_systems_lists_parameters_and_shipped_runs(command):
    code, printed, said = command("systems")
    assert code == 0, said
    assert "mechanical_damping" in printed
    assert "spinning-reversed" in printed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"step": 0.2}, "step must be below"),
        ({"trajectories": 0}, "trajectories"),
        ({"duration": -1}, "duration"),
    ],
)
def test_impossible_settings_are_refused_before_any_work(short_run, refused, changes, message):
    refused(["run", str(short_run(**changes))], [message])


@pytest.mark.parametrize("arguments", [("run", "no-such-run"), ("run",), ("dance",)])
def test_a_wrong_call_ends_in_one_sentence(refused, arguments):
    refused([*arguments], [])


@pytest.mark.slow
def test_a_full_disk_ends_in_a_sentence_and_leaves_no_half_written_file(short_run, tmp_path):
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    qlangevin(
        "run", short_run(trajectories=64, duration=1), "--output", tmp_path / "warm", cwd=tmp_path
    )
    done = qlangevin("run", short_run(), cwd=tmp_path, preexec_fn=small_files)
    assert done.returncode == 3, done.stderr
    assert "could not be written" in done.stderr
    assert {path.name for path in (tmp_path / "results" / "short").iterdir()} <= {
        "short.parts",
        "report.txt",
    }
    again = qlangevin("run", short_run(), cwd=tmp_path)
    assert again.returncode == 0, again.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_machine_without_home_or_writable_cache_still_runs(short_run, tmp_path):
    """The temporary folder, its last choice, is this cache, so that nothing is compiled anew."""
    (tmp_path / f"qlangevin-{os.getuid()}").symlink_to(cache_folder())
    environment = {
        k: v
        for k, v in os.environ.items()
        if k not in ("HOME", "QLANGEVIN_CACHE", "XDG_CACHE_HOME")
    }
    environment |= {
        "QLANGEVIN_CACHE": "/proc/nowhere",
        "XDG_CACHE_HOME": "/proc/nowhere",
        "TMPDIR": str(tmp_path),
    }
    done = qlangevin("run", short_run(trajectories=64, duration=1), cwd=tmp_path, env=environment)
    assert done.returncode in (0, 1), done.stderr
