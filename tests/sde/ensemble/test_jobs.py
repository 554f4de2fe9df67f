"""Workers, blocks and interruptions change no bit, and nothing finished is lost."""

import itertools
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from threading import Event

import numpy as np
import pytest

from qlangevin.sde import simulate
from qlangevin.sde.ensemble import batches, checkpoints, jobs
from qlangevin.sde.ensemble.checkpoints import (
    Checkpoint,
    CheckpointError,
    CheckpointWarning,
    MismatchError,
)
from qlangevin.sde.ensemble.jobs import MOST_FAILURES, WorkerError, Workers, thread_workers
from qlangevin.sde.ensemble.settings import Settings
from qlangevin.sde.ensemble.simulation import prepare_ensemble

from ...models import optomechanical_cell

COUNT = 64 * 150 + 10


def run(trajectories=COUNT, **options):
    settings = {"duration": 3.0, "step": 0.003, "samples": 8, "seed": 5} | options
    return simulate(optomechanical_cell(), trajectories=trajectories, **settings)


@pytest.fixture(scope="module")
def reference():
    return run(threads=1)


def same(result, expected, besides=()):
    """All numbers of two results are the same bits."""
    assert set(result) == set(expected)
    for name in set(expected) - set(besides):
        np.testing.assert_array_equal(result[name].values, expected[name].values, err_msg=name)


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of few batches that are handed in after every round."""
    monkeypatch.setattr(batches, "BLOCK_SECONDS", 0.0)
    monkeypatch.setattr(batches, "MOST_CELLS", 7)


class Pause(Event):
    """An event that is set after a number of progress reports."""

    def __init__(self, reports):
        super().__init__()
        self.left = reports

    def count(self, *_):
        self.left -= 1
        if self.left <= 0:
            self.set()


def start_processes():
    return ProcessPoolExecutor(2, multiprocessing.get_context("spawn"))


# --------------------------------------------------------------------------------------------------
# workers


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("width", [1, 6, 64])
def test_threads_and_blocks_change_no_bit(reference, monkeypatch, threads, width):
    monkeypatch.setattr(batches, "MOST_CELLS", width)
    monkeypatch.setattr(batches, "BLOCK_SECONDS", 0.0 if width == 6 else 1.0)
    same(run(threads=threads), reference)


def test_processes_change_no_bit(reference):
    same(run(workers=Workers(start_processes, 2, "two processes")), reference)


def test_a_killed_process_is_replaced_and_changes_no_bit(reference):
    """Killed after the first block: the pool breaks, another starts, lost blocks are sent again."""
    killed = []

    def kill_one(done, _total):
        if done and not killed:
            killed.append(multiprocessing.active_children()[0])
            killed[0].kill()

    result = run(workers=Workers(start_processes, 2, "two processes"), progress=kill_one)
    assert killed
    same(result, reference)


def test_workers_that_are_always_lost_end_the_run_with_the_remedy():
    starts = []

    def start_dying():
        starts.append(1)
        return ProcessPoolExecutor(
            1, multiprocessing.get_context("spawn"), initializer=os._exit, initargs=(1,)
        )

    with pytest.raises(WorkerError, match="use fewer of them"):
        run(64, workers=Workers(start_dying, 1, "one process"))
    assert len(starts) == 1 + MOST_FAILURES


# --------------------------------------------------------------------------------------------------
# blocks in time


@pytest.mark.parametrize(
    ("pace", "cells"),
    [(0.0, 64), (1e-4, 64), (0.05, 20), (0.3, 3), (1.0, 1), (40.0, 1)],
    ids=lambda value: f"{value:g}",
)
def test_cells_stepped_together_take_a_second(pace, cells):
    """From the first block on, by the pace that was measured before it; a cell is not divided."""
    plan = prepare_short().job.plan
    assert batches.cells_together(plan, pace) == cells


def test_the_pace_of_a_cell_predicts_the_time_of_a_run():
    """Processor time of the same cells, by a factor of three: other work may fill the caches."""
    job = prepare_short(duration=60.0).job
    began = time.process_time()
    for number in range(8):
        batches.sum_cells(job.plan, job.centre, np.array([number]), Event())
    assert 1 / 3 < job.seconds_per_cell * 8 / (time.process_time() - began) < 3
    assert job.seconds == pytest.approx(job.seconds_per_cell * job.plan.cells)


def test_a_pause_takes_back_the_blocks_that_no_worker_has_begun(monkeypatch):
    """One worker is busy with its first block; the second is cancelled, and no third is begun."""
    begun, pause, real = [], Event(), jobs.advance

    def advance(*arguments):
        begun.append(arguments)
        pause.set()
        time.sleep(1.0)
        return real(*arguments)

    monkeypatch.setattr(jobs, "advance", advance)
    monkeypatch.setattr(batches, "MOST_CELLS", 2)
    result = run(threads=1, pause=pause)
    assert len(begun) == 1
    assert np.count_nonzero(result["batch_trajectories"]) == 2


def prepare_short(duration=3.0):
    settings = Settings(COUNT, duration, step=0.003, seed=5, samples=8)
    return prepare_ensemble(optomechanical_cell(), settings)


# --------------------------------------------------------------------------------------------------
# extending


@pytest.mark.parametrize("antithetic", [False, True])
@pytest.mark.parametrize("first", [64 * 70, 1000, 256])
def test_trajectories_added_later_equal_those_run_at_once(reference, first, antithetic):
    expected = run(antithetic=antithetic) if antithetic else reference
    same(run(earlier=run(first, antithetic=antithetic), antithetic=antithetic), expected)


def test_an_earlier_result_of_another_run_is_refused_with_what_changed():
    earlier = run(256)
    with pytest.raises(MismatchError, match="seed = 5 there, 6 here"):
        run(seed=6, earlier=earlier)
    with pytest.raises(MismatchError, match=r"step = 0.003 there, 0.0025 here; code"):
        run(step=0.0025, earlier=earlier)
    with pytest.raises(MismatchError, match="holds 256 trajectories, more than 128"):
        run(128, earlier=earlier)


# --------------------------------------------------------------------------------------------------
# checkpoints


@pytest.mark.parametrize("reports", [2, 5, 9, 14])
def test_a_paused_run_goes_on_to_the_same_bits(reference, small_blocks, tmp_path, reports):
    pause = Pause(reports)
    part = run(checkpoint=tmp_path, pause=pause, progress=pause.count)
    held = int(part["batch_trajectories"].sum())
    assert 0 < held < COUNT
    assert part.attrs["complete"] == 0
    told = []
    whole = run(checkpoint=tmp_path, threads=1, progress=lambda done, _: told.append(done))
    assert told[0] == held
    assert whole.attrs["complete"] == 1
    same(whole, reference)


def test_a_paused_run_is_a_valid_ensemble(small_blocks, tmp_path):
    """The batch sums are those of the same cells in the whole run, consistent with the law."""
    pause = Pause(4)
    part = run(checkpoint=tmp_path, pause=pause, progress=pause.count)
    error = part["covariance_linear_sample"] - part["covariance_step"]
    assert np.all(np.abs(error.values[-1]) < 6 * part["covariance_linear_sample_stderr"].values[-1])


def test_a_pause_before_any_trajectory_leaves_nothing(tmp_path):
    pause = Event()
    pause.set()
    with pytest.raises(InterruptedError):
        run(pause=pause, checkpoint=tmp_path)


def test_blocks_of_another_width_are_carried_on(reference, small_blocks, monkeypatch, tmp_path):
    pause = Pause(8)
    run(checkpoint=tmp_path, pause=pause, progress=pause.count)
    monkeypatch.setattr(batches, "MOST_CELLS", 5)
    pause = Pause(6)
    run(checkpoint=tmp_path, pause=pause, progress=pause.count)
    monkeypatch.setattr(batches, "MOST_CELLS", 64)
    same(run(checkpoint=tmp_path), reference)


def test_until_goes_on_to_the_same_bits(small_blocks, tmp_path):
    words = "covariance(a.X, a.X)"
    first = run(64 * 64, until=None)
    until = {words: 0.5 * float(first["covariance_stderr"][-1, 0, 0])}
    expected = run(10**6, until=until)
    assert COUNT < expected["batch_trajectories"].sum() < 10**6
    for reports in (3, 15, 20, 9):
        pause = Pause(reports)
        run(10**6, until=until, checkpoint=tmp_path, pause=pause, progress=pause.count)
    same(run(10**6, until=until, checkpoint=tmp_path), expected)


def test_a_checkpoint_of_another_run_is_refused_with_what_changed(tmp_path):
    run(256, checkpoint=tmp_path)
    with pytest.raises(MismatchError, match="seed = 5 there, 7 here"):
        run(256, seed=7, checkpoint=tmp_path)
    with pytest.raises(MismatchError, match="trajectories = 256 there, 512 here"):
        run(512, checkpoint=tmp_path)


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[: len(raw) // 2], lambda raw: b"", lambda raw: flipped(raw)]
)
def test_a_damaged_file_costs_its_own_batches_and_nothing_else(
    reference, small_blocks, tmp_path, damage
):
    pause = Pause(12)
    part = run(checkpoint=tmp_path, pause=pause, progress=pause.count)
    victim = sorted(tmp_path.glob("*.npz"))[1]
    victim.write_bytes(damage(victim.read_bytes()))
    told = []
    with pytest.warns(
        CheckpointWarning,
        match=rf"{victim.name} in .* is damaged .* its trajectories are run again",
    ):
        whole = run(checkpoint=tmp_path, progress=lambda done, _: told.append(done))
    held = int(part["batch_trajectories"].sum())
    assert held - 7 * 64 * 3 <= told[0] < held
    same(whole, reference)


def flipped(raw):
    """One bit in the middle."""
    middle = len(raw) // 2
    return raw[:middle] + bytes([raw[middle] ^ 16]) + raw[middle + 1 :]


def test_a_full_disk_ends_the_run_and_the_kept_blocks_are_used_later(
    reference, small_blocks, monkeypatch, tmp_path
):
    """The sixth file does not fit any more; no half of it is left."""
    real, calls = os.fsync, itertools.count()

    def full(number):
        if next(calls) >= 6:
            raise OSError(28, "No space left on device")
        real(number)

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(CheckpointError, match=r"No space left on device.*make room there"):
        run(checkpoint=tmp_path)
    monkeypatch.setattr(checkpoints.os, "fsync", real)
    assert not list(tmp_path.glob(".*.partial"))
    told = []
    same(run(checkpoint=tmp_path, progress=lambda done, _: told.append(done)), reference)
    assert told[0] > 0


def test_a_block_is_on_disk_before_it_is_counted(small_blocks, monkeypatch, tmp_path):
    """Every report of progress finds what it counts in the folder."""
    found = []

    def reread(done, _total):
        sums = batches.Accumulator(9, 0)
        for path in tmp_path.glob("*.npz"):
            block = checkpoints.read_block(path)
            sums.rounds[block.first : block.end] = np.maximum(
                sums.rounds[block.first : block.end], block.batch_rounds
            )
        found.append((done, 64 * int(sums.rounds.sum())))

    run(64 * 150, checkpoint=tmp_path, progress=reread)
    assert len(found) > 10
    assert all(done <= kept for done, kept in found)


def test_a_removed_checkpoint_leaves_no_folder(tmp_path):
    kept = Checkpoint(tmp_path / "parts")
    kept.open({"seed": 1})
    kept.remove()
    assert not (tmp_path / "parts").exists()


def test_one_thread_is_enough(reference):
    same(run(workers=thread_workers(1)), reference)
