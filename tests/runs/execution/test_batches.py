"""Long runs in real processes: killed, interrupted, run twice, on processes and a cluster."""

import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest
import xarray as xr

from qlangevin.runs.execution import backends
from qlangevin.runs.execution.backends import BackendError, start_workers
from qlangevin.runs.run_files.systems import load_system
from qlangevin.sde import simulate

from ...models import optomechanical_cell
from ..comparisons import same
from ..systems_in_files import write_system

KILLS = 20
LONG = """
title = "A long run"
system = "spinning"
[parameters]
backscattering = "decay / 4"
[run]
trajectories = {trajectories}
duration = "{duration} / mechanical_frequency"
step = "1e-3 / mechanical_frequency"
samples = 20
seed = 3
"""


def start(*arguments, cwd, first="pass"):
    """The command line in a process of its own, which does something first."""
    command = [
        sys.executable,
        "-c",
        f"{first}\nfrom qlangevin.runs.cli import main; main()",
        *map(str, arguments),
    ]
    return subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process):
    """Exit code, standard output and error stream."""
    printed, said = process.communicate(timeout=200)
    return process.returncode, printed, said


@pytest.fixture
def long_run(tmp_path):
    def write(trajectories=20_000, duration=20):
        path = tmp_path / "long.toml"
        path.write_text(LONG.format(trajectories=trajectories, duration=duration), encoding="utf-8")
        return path

    return write


def numbers(folder):
    with xr.open_dataset(folder / "long.nc", engine="h5netcdf") as file:
        return file.load()


def wait_for_a_block(folder, process):
    """Until something is kept, or the run has ended."""
    while not list(folder.glob("long.parts/*.npz")) and process.poll() is None:
        time.sleep(0.02)


# ------------------------------------------------------------------------------------------
# killed and resumed


OFTEN = (
    "from qlangevin.sde.ensemble import batches; "
    "batches.BLOCK_SECONDS, batches.MOST_CELLS = 0.04, 4"
)
"""Makes blocks of few cells that are returned every 20 ms."""


def kill_somewhere(process, number, random_time):
    """Kill a run at a random moment, three in four while it integrates; whether it still ran."""
    if number % 4:
        next((line for line in process.stderr if line.startswith("Memory:")), None)
    time.sleep(random_time.uniform(0.0, 0.7))
    process.kill()
    return process.wait() == -signal.SIGKILL


@pytest.mark.slow
def test_runs_killed_at_twenty_random_moments_go_on_to_the_same_bits(long_run, tmp_path):
    """Kills fall before the first block, between blocks and while a file is written; fixed seed."""
    path, random_time = long_run(trajectories=20_000), random.Random(6)
    assert finish(start("run", path, "--output", tmp_path / "whole", cwd=tmp_path))[0] == 0
    expected, kills, kept = numbers(tmp_path / "whole"), 0, []
    while kills < KILLS:
        folder = tmp_path / f"killed-{kills}"
        while not (folder / "long.nc").exists():
            process = start("run", path, "--output", folder, cwd=tmp_path, first=OFTEN)
            kills += kills < KILLS and kill_somewhere(process, kills, random_time)
            said = finish(process)[2]
            kept += [
                int(number)
                for number in re.findall(r"of which (\d+) of 20000 trajectories are kept", said)
            ]
        same(numbers(folder), expected)
    assert len(set(kept)) > KILLS / 4


def test_the_first_interrupt_leaves_a_valid_file_and_the_same_command_goes_on(long_run, tmp_path):
    path, folder = long_run(trajectories=400_000), tmp_path / "results" / "long"
    process = start("run", path, "--workers", 2, cwd=tmp_path)
    wait_for_a_block(folder, process)
    process.send_signal(signal.SIGINT)
    code, printed, said = finish(process)
    assert code == 130, said
    assert "interrupt again to stop at once" in said
    assert "the same command continues from there" in said
    assert "of 400000 requested, INTERRUPTED" in printed
    part = numbers(folder)
    held = int(part["batch_trajectories"].sum())
    assert 0 < held < 400_000
    assert part.attrs["complete"] == 0
    long_run(trajectories=held // 128 * 128)
    code, _, said = finish(start("run", path, cwd=tmp_path))
    assert code == 2
    assert re.search(r"trajectories = 400000 there, \d+ here", said)


def test_the_second_interrupt_stops_at_once_and_keeps_the_blocks(long_run, tmp_path):
    path, folder = long_run(trajectories=2_000_000, duration=100), tmp_path / "results" / "long"
    process = start("run", path, cwd=tmp_path)
    wait_for_a_block(folder, process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.2)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    code, _, said = finish(process)
    assert code == 130
    assert "no result was written; the same command continues from what is kept" in said
    assert time.monotonic() - began < 5
    assert not (folder / "long.nc").exists()
    assert list(folder.glob("long.parts/*.npz"))


def test_two_runs_of_one_output_the_second_is_refused(long_run, tmp_path):
    path, folder = long_run(trajectories=2_000_000), tmp_path / "results" / "long"
    first = start("run", path, cwd=tmp_path)
    wait_for_a_block(folder, first)
    code, _, said = finish(start("run", path, cwd=tmp_path))
    first.kill()
    first.communicate()
    assert code == 2
    assert said.startswith(
        'qlangevin: output folder "results/long" is being written by another run'
    )


# ------------------------------------------------------------------------------------------
# memory


@pytest.mark.slow
def test_a_million_trajectories_take_the_memory_of_ten_thousand(long_run, tmp_path):
    """Peak resident memory, in KiB, of the whole command."""
    peaks = {}
    for count in (10_000, 1_000_000):
        process = start(
            "run",
            long_run(trajectories=count, duration=0.05),
            "--output",
            tmp_path / str(count),
            cwd=tmp_path,
        )
        process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.stdout.close(), process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode in (0, 1)
        peaks[count] = usage.ru_maxrss
        assert int(numbers(tmp_path / str(count))["batch_trajectories"].sum()) == count
    assert peaks[1_000_000] < 1.1 * peaks[10_000]


# ------------------------------------------------------------------------------------------
# cluster


def ensemble(**options):
    settings = {
        "trajectories": 64 * 150 + 10,
        "duration": 3.0,
        "step": 0.003,
        "samples": 8,
        "seed": 5,
    }
    return simulate(optomechanical_cell(), **settings, **options)


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, memory_limit=0
    ) as local:
        yield local


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_bits(cluster):
    with start_workers(scheduler=cluster.scheduler_address) as workers:
        assert workers.count == 2
        result = ensemble(workers=workers)
    same(result, ensemble())


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_needs_no_file_of_the_user(cluster, tmp_path):
    file = write_system(tmp_path)
    system, _ = load_system(f"{file}:Cavity", {})
    shutil.rmtree(tmp_path)
    settings = {"trajectories": 256, "duration": 2.0, "step": 0.005, "scheme": "runge-kutta"}
    with start_workers(scheduler=cluster.scheduler_address) as workers:
        result = simulate(system, **settings, antithetic=True, samples=8, workers=workers)
    same(result, simulate(system, **settings, antithetic=True, samples=8))


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_loses_a_worker_gives_the_same_bits(cluster):
    lost = []

    def kill_one(done, _total):
        if done and not lost:
            lost.append(next(iter(pids.values())))
            os.kill(lost[0], signal.SIGKILL)

    with start_workers(scheduler=cluster.scheduler_address) as workers:
        from distributed import Client

        with Client(cluster.scheduler_address, set_as_default=False) as client:
            pids = client.run(os.getpid)
        result = ensemble(workers=workers, progress=kill_one)
    assert lost
    same(result, ensemble())


def test_giving_up_ends_its_own_processes_and_no_others():
    """After an error in the callback `progress` workers end; a process of the caller continues."""
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    other.start()
    before = multiprocessing.active_children()

    def fail(done, _total):
        if done:
            raise RuntimeError("enough")

    with start_workers(processes=2) as workers, pytest.raises(RuntimeError, match="enough"):
        ensemble(workers=workers, progress=fail)
    for _ in range(100):
        left = set(multiprocessing.active_children()).difference(before)
        if not left:
            break
        time.sleep(0.1)
    alive = other.is_alive()
    other.kill()
    other.join()
    assert alive
    assert not left


def test_no_scheduler_and_two_ways_at_once_are_refused(monkeypatch):
    monkeypatch.setattr(backends, "TIMEOUT", 0.5)
    with (
        pytest.raises(BackendError, match=r"--scheduler tcp://127.0.0.1:9 does not answer"),
        start_workers(scheduler="tcp://127.0.0.1:9"),
    ):
        pass
    with (
        pytest.raises(BackendError, match="--threads 2 and --workers 3 are mutually exclusive"),
        start_workers(threads=2, processes=3),
    ):
        pass
