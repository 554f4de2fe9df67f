"""Integrate ensembles on threads, processes or a cluster, through `concurrent.futures` executors.

Blocks are returned about every second, written to the checkpoint if there is one, counted, and
continued. The bits of the result do not depend on which worker sums which block, nor when.
"""

from __future__ import annotations

import math
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent import futures
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from threading import Event

import numpy as np

from ..support.callbacks import Halt, NeverHalt
from ..support.checks import Array
from ..support.errors import NoResultError
from .batches import BATCHES, Accumulator, Block, advance, block_width, cells_together, rounds_to
from .checkpoints import Checkpoint
from .trajectories import TrajectoryPlan

MOST_FAILURES = 3
"""How often in a row workers may be lost without a block being finished."""
PATIENCE = 30.0
"""Seconds without a finished block after which it is checked whether there are workers."""
POLL = 0.1
"""Seconds between checks whether a pause was requested."""

ErrorRatio = Callable[[Array, Array], float]
"""From batch sums and trajectories per batch: largest ratio of a standard error to its target."""


class WorkerError(NoResultError, OSError):
    """Workers were lost repeatedly; the blocks that they finished are kept."""


LOST = (futures.BrokenExecutor, futures.CancelledError)
"""Errors of a block whose worker was lost."""


@dataclass(frozen=True)
class Workers:
    """Workers: their number, their name in reports, and how to start an executor of them.

    `start` returns a `concurrent.futures` executor; it is called again if that one breaks.
    `abandon` ends an executor that is still working. `same_process` is True if the workers share
    the caller's memory. `lost` are the errors of blocks that must be submitted again, and `alive`
    returns whether there are workers.
    """

    start: Callable[[], futures.Executor]
    count: int
    name: str
    same_process: bool = False
    lost: tuple[type[BaseException], ...] = LOST
    alive: Callable[[], bool] = lambda: True
    abandon: Callable[[futures.Executor], None] = futures.Executor.shutdown


def thread_workers(count: int) -> Workers:
    """Threads of this process; the kernels release the GIL."""
    return Workers(
        lambda: futures.ThreadPoolExecutor(count), count, many(count, "thread"), same_process=True
    )


def many(count: int, what: str) -> str:
    """A count in words: 1 thread, 2 threads."""
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{count} {what if count == 1 else plural}"


@dataclass(eq=False)
class Job:
    """The integration of one ensemble; single paths are summed about `centre` (times, n).

    `seconds_per_cell` is the work of a cell, 0 where it is not known; blocks are of about a second.
    With `error_ratio`, rounds of whole batches are run until it is at most 1; the first round fills
    every batch once.
    """

    plan: TrajectoryPlan
    centre: Array
    accumulator: Accumulator
    error_ratio: ErrorRatio | None = None
    checkpoint: Checkpoint | None = None
    seconds_per_cell: float = 0.0
    goal: int = field(init=False)
    """Cells to be summed."""

    def __post_init__(self) -> None:
        kept = self.checkpoint.goal() if self.checkpoint else 0
        cells = self.plan.cells
        self.goal = cells if self.error_ratio is None else min(max(BATCHES, kept), cells)

    @cached_property
    def pickled(self) -> bytes:
        """Plan and centre, for workers in other processes."""
        return pickle.dumps((self.plan, self.centre))

    @cached_property
    def together(self) -> int:
        """Cells that are stepped together, about a second of work."""
        return cells_together(self.plan, self.seconds_per_cell)

    @property
    def seconds(self) -> float:
        """Remaining work until the goal, in seconds of one core."""
        needed = rounds_to(self.goal, np.arange(BATCHES))
        left = np.maximum(needed - self.accumulator.rounds, 0)
        return self.seconds_per_cell * float(left.sum())

    @property
    def most_seconds(self) -> float:
        """Largest work, in seconds of one core: what is left, or with `error_ratio` the total."""
        return self.seconds_per_cell * self.plan.cells if self.error_ratio else self.seconds

    @property
    def done(self) -> int:
        """Trajectories that have been summed."""
        return int(self.accumulator.trajectories(self.plan).sum())

    def next_blocks(self, workers: int) -> list[Block]:
        """The blocks to be summed next, for a number of workers; none once the job is finished."""
        while True:
            width = block_width(self.goal, workers, self.together)
            if blocks := self.accumulator.unfinished_blocks(self.goal, width):
                return blocks
            further = self._next_goal()
            if further == self.goal:
                return []
            self.goal = further
            if self.checkpoint:
                self.checkpoint.save_goal(further)

    def store(self, block: Block) -> None:
        """Write a block to the checkpoint, then count it."""
        if self.checkpoint:
            self.checkpoint.save(block)
        self.accumulator.store(block)

    def result(self) -> tuple[Array, Array, Array, Array]:
        """Batch sums (batches, times, statistics), those of light (batches, statistics),
        trajectories per batch (batches,), and losses (losses, 2) as (sample, trajectory), in order.
        """
        summed = self.accumulator
        losses = np.array(sorted(summed.losses), np.int64).reshape(-1, 2)
        return summed.sums, summed.light, summed.trajectories(self.plan), losses

    def _next_goal(self) -> int:
        """Cells needed for the target error bars, which scale as one over the root of the cells."""
        if self.error_ratio is None or self.goal == self.plan.cells or self.accumulator.losses:
            return self.goal
        ratio = self.error_ratio(self.accumulator.sums, self.accumulator.trajectories(self.plan))
        if ratio <= 1:
            return self.goal
        cells = self.plan.cells
        needed = self.goal * min(ratio**2, cells / self.goal) if np.isfinite(ratio) else cells
        return min(cells, max(self.goal + BATCHES, BATCHES * math.ceil(needed / BATCHES)))


def run_jobs(
    jobs: Iterable[Job], workers: Workers, report: Callable[[Job], None], pause: Halt | None = None
) -> Iterator[Job]:
    """Run jobs; yields each when it is finished.

    The next job is taken when workers would soon be idle, and `report` is called after every block.
    Once `pause` is set, the blocks being summed are finished and no others begun; unfinished jobs
    are not yielded. Raises WorkerError.
    """
    pool = _Pool(workers)
    remaining = iter(jobs)
    pause = pause or NeverHalt()
    try:
        while True:
            if pause.is_set():
                pool.cancel_unstarted()
            while not pool.full and not pause.is_set():
                job = next(remaining, None)
                if job is None:
                    break
                report(job)
                if not pool.queue(job, job.next_blocks(workers.count)):
                    yield job
            if not pool.submitted and not pool.queued:
                return
            returned = pool.returned()
            for job, block in returned:
                job.store(block)
                report(job)
                if not block.finished and not pause.is_set():
                    pool.queue(job, [block])
            for job in {job: None for job, _ in returned}:
                if pool.works_on(job):
                    continue
                blocks = job.next_blocks(workers.count)
                if not blocks:
                    yield job
                elif not pause.is_set():
                    pool.queue(job, blocks)
    finally:
        pool.shut_down()


class _Pool:
    """An executor and its blocks; a broken executor is replaced, and its blocks submitted again."""

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.halt: Halt = Event() if workers.same_process else NeverHalt()
        self.executor = workers.start()
        self.submitted: dict[futures.Future[Block], tuple[Job, Block]] = {}
        self.queued: deque[tuple[Job, Block]] = deque()
        self.failures = 0
        self.idle_seconds = 0.0

    @property
    def full(self) -> bool:
        """Whether there are two blocks for every worker."""
        return len(self.submitted) + len(self.queued) >= 2 * self.workers.count

    def queue(self, job: Job, blocks: list[Block]) -> bool:
        """Queue blocks of a job; False if there are none."""
        self.queued += [(job, block) for block in blocks]
        return bool(blocks)

    def works_on(self, job: Job) -> bool:
        """Whether a block of a job is submitted or queued."""
        return any(other is job for other, _ in (*self.submitted.values(), *self.queued))

    def cancel_unstarted(self) -> None:
        """Drop the blocks that no worker has begun."""
        self.queued.clear()
        for future in [future for future in self.submitted if future.cancel()]:
            del self.submitted[future]

    def returned(self) -> list[tuple[Job, Block]]:
        """Blocks returned since the last call; waits up to `POLL`. Raises WorkerError."""
        self._submit_queued()
        finished, _ = futures.wait(self.submitted, POLL, futures.FIRST_COMPLETED)
        self._check_alive(bool(finished))
        returned = []
        lost = []
        for future in finished:
            job, sent = self.submitted.pop(future)
            try:
                returned.append((job, future.result()))
            except self.workers.lost as error:
                lost.append((job, sent))
                cause = error
        if lost:
            self._restart(lost, cause)
        self.failures = 0 if returned else self.failures
        return returned

    def shut_down(self) -> None:
        """End the workers; threads of this process are stopped and waited for."""
        if isinstance(self.halt, Event):
            self.halt.set()
        for future in self.submitted:
            future.cancel()
        end = self.workers.abandon if self.submitted else futures.Executor.shutdown
        end(self.executor)

    def _submit_queued(self) -> None:
        """Submit blocks until every worker has two."""
        while self.queued and len(self.submitted) < 2 * self.workers.count:
            job, block = self.queued.popleft()
            try:
                self.submitted[self._submit(job, block)] = job, block
            except futures.BrokenExecutor as error:
                self._restart([(job, block)], error)

    def _submit(self, job: Job, block: Block) -> futures.Future[Block]:
        if self.workers.same_process:
            arguments = job.plan, job.centre, block, job.together, self.halt
            return self.executor.submit(advance, *arguments)
        return self.executor.submit(_advance_pickled, job.pickled, block, job.together)

    def _check_alive(self, finished: bool) -> None:
        """Check now and then, while no block is finished, that there are workers."""
        self.idle_seconds = 0.0 if finished else self.idle_seconds + POLL
        if self.idle_seconds <= PATIENCE:
            return
        self.idle_seconds = 0.0
        if not self.workers.alive():
            raise WorkerError("no workers are left; start some, and run the same command again")

    def _restart(self, lost: list[tuple[Job, Block]], cause: BaseException) -> None:
        """Start another executor, and queue all blocks of the old one. Raises WorkerError."""
        self.failures += 1
        if self.failures > MOST_FAILURES:
            raise WorkerError(
                f"workers were lost {self.failures} times without a block being finished, perhaps "
                f"because memory ran out; use fewer of them ({type(cause).__name__})"
            ) from None
        self.executor.shutdown(wait=False)
        self.queued.extendleft([*lost, *self.submitted.values()])
        self.submitted.clear()
        try:
            self.executor = self.workers.start()
        except (OSError, RuntimeError, ValueError) as error:
            raise WorkerError(f"workers were lost and cannot be replaced ({error})") from None


def _advance_pickled(pickled: bytes, block: Block, together: int) -> Block:
    """`advance` in another process, which unpickles a job's plan once."""
    plan, centre = _unpickled(pickled)
    return advance(plan, centre, block, together, NeverHalt())


@lru_cache(maxsize=8)
def _unpickled(pickled: bytes) -> tuple[TrajectoryPlan, Array]:
    plan, centre = pickle.loads(pickled)
    return plan, centre
