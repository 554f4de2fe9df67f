"""Blocks of one ensemble or of many on threads, processes or a cluster, through one interface: an
executor.

Blocks are handed in about every second, kept on disk if there is a checkpoint, counted, and carried
on. Which worker does what, and when, changes no bit.
"""

from __future__ import annotations

import math
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from threading import Event

import numpy as np

from ..support.callbacks import Halt
from ..support.checks import Array
from ..support.errors import NoResultError
from .batches import BATCHES, Block, Ledger, advance, block_width, cells_together, rounds_to
from .checkpoints import Checkpoint
from .trajectories import Plan

MOST_FAILURES = 3
"""Times in a row that workers may be lost without a block being finished."""
PATIENCE = 30.0
"""Seconds without a block after which it is asked whether there are workers."""
POLL = 0.1
"""Seconds after which it is seen that a pause has been asked for."""

Until = Callable[[Array, Array], float]
"""Batch sums and trajectories per batch so far → how many times too large an error bar still is."""


class WorkerError(NoResultError, OSError):
    """Workers are lost again and again; what they finished is kept."""


LOST = (BrokenExecutor, CancelledError)
"""Errors of a block whose worker is gone."""


@dataclass(frozen=True)
class Workers:
    """So many workers, what they are called, and how to start an executor of them, again if it
    breaks.

    `start` returns a `concurrent.futures` executor, and `abandon` ends one that still works;
    `same_process` if its workers see what the caller sets. `lost` are the errors of blocks that
    must be sent again, and `alive` tells whether there are workers.
    """

    start: Callable[[], Executor]
    count: int
    name: str
    same_process: bool = False
    lost: tuple[type[BaseException], ...] = LOST
    alive: Callable[[], bool] = lambda: True
    abandon: Callable[[Executor], None] = Executor.shutdown


def thread_workers(count: int) -> Workers:
    """Threads of this process: kernels let go of the interpreter."""
    return Workers(
        lambda: ThreadPoolExecutor(count), count, many(count, "thread"), same_process=True
    )


def many(count: int, what: str) -> str:
    """So many of something, in words: 1 thread, 2 threads."""
    return (
        f"{count} {what}" if count == 1 else f"{count} {what}{'es' if what.endswith('s') else 's'}"
    )


class NeverHalt:
    """For workers that do not see the caller's event."""

    def is_set(self) -> bool:
        """False."""
        return False


@dataclass(eq=False)
class Job:
    """An ensemble on its way: single paths are summed about `centre` (times, n), the mean field as
    the steps take it.

    A cell takes about `pace` seconds, 0 where that is not known; blocks are of about a second. With
    `until`, rounds of whole batches are run until it is content: the first fills every batch once.
    """

    plan: Plan
    centre: Array
    ledger: Ledger
    until: Until | None = None
    checkpoint: Checkpoint | None = None
    pace: float = 0.0
    goal: int = field(init=False)

    def __post_init__(self) -> None:
        kept = self.checkpoint.goal() if self.checkpoint else 0
        self.goal = (
            self.plan.cells if self.until is None else min(max(BATCHES, kept), self.plan.cells)
        )

    @cached_property
    def packed(self) -> bytes:
        """Plan and centre, for workers elsewhere."""
        return pickle.dumps((self.plan, self.centre))

    @cached_property
    def together(self) -> int:
        """Cells that are stepped together, about a second of work."""
        return cells_together(self.plan, self.pace)

    @property
    def seconds(self) -> float:
        """Seconds of one core that are left until the goal."""
        left = np.maximum(rounds_to(self.goal, np.arange(BATCHES)) - self.ledger.rounds, 0)
        return self.pace * float(left.sum())

    @property
    def done(self) -> int:
        """Trajectories that have been summed."""
        return int(self.ledger.counts(self.plan).sum())

    def blocks(self, workers: int) -> list[Block]:
        """What is to be done next, for so many workers; none once the job is finished."""
        while not (
            blocks := self.ledger.blocks(self.goal, block_width(self.goal, workers, self.together))
        ):
            further = self._next_goal()
            if further == self.goal:
                return []
            self.goal = further
            if self.checkpoint:
                self.checkpoint.keep_goal(further)
        return blocks

    def take(self, block: Block) -> None:
        """Keep a block, then count it."""
        if self.checkpoint:
            self.checkpoint.keep(block)
        self.ledger.take(block)

    def result(self) -> tuple[Array, Array, Array]:
        """Batch sums (batches, times, statistics), trajectories per batch, losses as rows (time,
        trajectory).
        """
        losses = np.array(sorted(self.ledger.losses), np.int64).reshape(-1, 2)
        return self.ledger.sums, self.ledger.counts(self.plan), losses

    def _next_goal(self) -> int:
        """Cells to have run next, when an error bar so many times too large shrinks as one over
        their root.
        """
        if self.until is None or self.goal == self.plan.cells or self.ledger.losses:
            return self.goal
        excess = self.until(self.ledger.sums, self.ledger.counts(self.plan))
        if excess <= 1:
            return self.goal
        cells = self.plan.cells
        wanted = self.goal * min(excess**2, cells / self.goal) if np.isfinite(excess) else cells
        return min(cells, max(self.goal + BATCHES, BATCHES * math.ceil(wanted / BATCHES)))


def run_jobs(
    jobs: Iterable[Job], workers: Workers, counted: Callable[[Job], None], pause: Halt | None = None
) -> Iterator[Job]:
    """Jobs in the order in which they finish; the next is asked for when workers would soon be
    idle.

    `counted` is called after every block. Once `pause` is set blocks in flight are handed in, and
    no others are begun: jobs that are then unfinished do not come. Raises WorkerError.
    """
    crew, waiting, pause = _Crew(workers), iter(jobs), pause or NeverHalt()
    try:
        while True:
            if pause.is_set():
                crew.recall()
            while not crew.has_enough and not pause.is_set():
                job = next(waiting, None)
                if job is None:
                    break
                counted(job)
                if not crew.send(job, job.blocks(workers.count)):
                    yield job
            if not crew.flying and not crew.waiting:
                return
            landed = crew.landed()
            for job, block in landed:
                job.take(block)
                counted(job)
                if not block.finished and not pause.is_set():
                    crew.send(job, [block])
            for job in {job: None for job, _ in landed}:
                if crew.works_on(job):
                    continue
                blocks = job.blocks(workers.count)
                if not blocks:
                    yield job
                elif not pause.is_set():
                    crew.send(job, blocks)
    finally:
        crew.dismiss()


class _Crew:
    """An executor with the blocks that it works on; a broken one is replaced and its blocks are
    sent again.
    """

    def __init__(self, workers: Workers) -> None:
        self.workers = workers
        self.halt: Halt = Event() if workers.same_process else NeverHalt()
        self.executor = workers.start()
        self.flying: dict[Future[Block], tuple[Job, Block]] = {}
        self.waiting: deque[tuple[Job, Block]] = deque()
        self.failures = 0
        self.waited = 0.0

    @property
    def has_enough(self) -> bool:
        """Whether every worker has a block and will have another."""
        return len(self.flying) + len(self.waiting) >= 2 * self.workers.count

    def send(self, job: Job, blocks: list[Block]) -> bool:
        """Blocks of a job, to be submitted when it is their turn; False if there are none."""
        self.waiting += [(job, block) for block in blocks]
        return bool(blocks)

    def _fill(self) -> None:
        """Submit as many blocks as the workers can have."""
        while self.waiting and len(self.flying) < 2 * self.workers.count:
            job, block = self.waiting.popleft()
            try:
                self.flying[self._submit(job, block)] = job, block
            except BrokenExecutor as error:
                self._replace([(job, block)], error)

    def _submit(self, job: Job, block: Block) -> Future[Block]:
        if self.workers.same_process:
            return self.executor.submit(
                advance, job.plan, job.centre, block, job.together, self.halt
            )
        return self.executor.submit(_advance_packed, job.packed, block, job.together)

    def works_on(self, job: Job) -> bool:
        """Whether a block of a job is being worked on."""
        return any(other is job for other, _ in (*self.flying.values(), *self.waiting))

    def recall(self) -> None:
        """Take back the blocks that no worker has begun."""
        self.waiting.clear()
        for future in [future for future in self.flying if future.cancel()]:
            del self.flying[future]

    def landed(self) -> list[tuple[Job, Block]]:
        """Blocks that have come back since; waits for one, but not for long. Raises WorkerError."""
        self._fill()
        finished, _ = wait(self.flying, timeout=POLL, return_when=FIRST_COMPLETED)
        self.waited = 0.0 if finished else self.waited + POLL
        if self.waited > PATIENCE:
            self.waited = 0.0
            if not self.workers.alive():
                raise WorkerError(
                    "no workers are left; start some, and give the same command again"
                )
        landed, lost = [], []
        for future in finished:
            job, sent = self.flying.pop(future)
            try:
                landed.append((job, future.result()))
            except self.workers.lost as error:
                lost.append((job, sent))
                cause = error
        if lost:
            self._replace(lost, cause)
        self.failures = 0 if landed else self.failures
        return landed

    def _replace(self, lost: list[tuple[Job, Block]], cause: BaseException) -> None:
        """Start another executor; all that the old one had waits for it. Raises WorkerError."""
        self.failures += 1
        if self.failures > MOST_FAILURES:
            raise WorkerError(
                f"workers were lost {self.failures} times without a block being finished, perhaps for want of memory; "
                f"use fewer of them ({type(cause).__name__})"
            ) from None
        self.executor.shutdown(wait=False)
        self.waiting.extendleft([*lost, *self.flying.values()])
        self.flying.clear()
        try:
            self.executor = self.workers.start()
        except (OSError, RuntimeError, ValueError) as error:
            raise WorkerError(f"workers were lost, and others cannot be had ({error})") from None

    def dismiss(self) -> None:
        """End the workers, waiting for those in this process, which give up what they are doing."""
        if isinstance(self.halt, Event):
            self.halt.set()
        for future in self.flying:
            future.cancel()
        end = self.workers.abandon if self.flying else Executor.shutdown
        end(self.executor)


def _advance_packed(packed: bytes, block: Block, together: int) -> Block:
    """As `advance`, of a job's packed plan: a worker that cannot load it says so, and one that can
    does so once.
    """
    plan, centre = _unpacked(packed)
    return advance(plan, centre, block, together, NeverHalt())


@lru_cache(maxsize=8)
def _unpacked(packed: bytes) -> tuple[Plan, Array]:
    plan, centre = pickle.loads(packed)
    return plan, centre
