"""Blocks of work: a range of batches, whose sums are carried on cell by cell, each batch always in
the same order.

Trajectories, or antithetic pairs of them, come in cells of 64; batch b collects the cells b, b +
64, b + 128, …, one a round. A batch is summed from where it stands, so that the sums are
bit-identical however the batches are shared out in blocks, wherever a block stops on its way, and
whatever is asked for later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Event
from time import monotonic, perf_counter

import numpy as np

from ..kernels.codegen import CELL
from ..support.callbacks import Halt
from ..support.checks import Array
from .trajectories import CHUNK, MOST_CELLS, Plan, cell_states

BATCHES = 64
MOST_BYTES = 2**23
"""Bytes that the sums of a block may take."""
SLICE = 1.0
"""Seconds of work in a block: so many cells are taken together, and after so long it is handed in.
"""

TRIALS = 3
"""Times that a cell is measured."""

Losses = frozenset[tuple[int, int]]
"""Sample and trajectory of every first state that is not finite."""


@dataclass(frozen=True, eq=False)
class Block:
    """Batches `first`, first + 1, … summed over so many rounds of the cells below `goal`.

    sums (batches, times, statistics). The last round may lack cells of the last batches.
    """

    first: int
    rounds: int
    goal: int
    sums: Array
    losses: Losses

    @property
    def last(self) -> int:
        """The batch behind the last one."""
        return self.first + len(self.sums)

    @property
    def finished(self) -> bool:
        """Whether no cell is left to be summed."""
        return bool(self.rounds >= rounds_to(self.goal, self.first))

    @property
    def batch_rounds(self) -> Array:
        """Rounds by batch."""
        return np.minimum(self.rounds, rounds_to(self.goal, np.arange(self.first, self.last)))

    def cells(self, rounds: int) -> Array:
        """The numbers of the cells of the next rounds, in the order of their sums."""
        batches = np.arange(self.first, self.last)
        numbers = (
            BATCHES * np.arange(self.rounds, self.rounds + rounds)[:, None] + batches
        ).ravel()
        return np.asarray(numbers[numbers < self.goal])


def rounds_to(goal: int, batch: Array | int) -> Array:
    """Rounds in which a batch has a cell below the goal."""
    return -(-(goal - np.asarray(batch)) // BATCHES)


class Ledger:
    """What has been summed: sums (batches, times, statistics), rounds (batches), and the
    trajectories lost.
    """

    def __init__(self, times: int, statistics: int) -> None:
        self.sums = np.zeros((BATCHES, times, statistics))
        self.rounds = np.zeros(BATCHES, np.int64)
        self.losses: Losses = frozenset()

    def counts(self, plan: Plan) -> Array:
        """Trajectories per batch."""
        last = plan.cells - 1
        counts = CELL * self.rounds
        if self.rounds[last % BATCHES] > last // BATCHES:
            counts[last % BATCHES] -= CELL * plan.cells - plan.lanes
        return plan.per_lane * counts

    def adopt(self, sums: Array, counts: Array, plan: Plan) -> None:
        """Go on from batch sums of so many trajectories; a batch whose last cell is not full is
        begun anew.
        """
        rounds, rest = np.divmod(counts, CELL * plan.per_lane)
        whole = rest == 0
        self.sums[whole], self.rounds[whole] = sums[whole], rounds[whole]

    def take(self, block: Block) -> None:
        """Put a block in the place of what its batches had."""
        batches = slice(block.first, block.last)
        self.sums[batches], self.rounds[batches] = block.sums, block.batch_rounds
        self.losses |= block.losses

    def take_further(self, block: Block) -> None:
        """Put a block in the place of those of its batches that have come less far."""
        for batch, rounds, sums in zip(
            range(block.first, block.last), block.batch_rounds, block.sums, strict=True
        ):
            if self.rounds[batch] < rounds:
                self.sums[batch], self.rounds[batch] = sums, rounds
        self.losses |= block.losses

    def blocks(self, goal: int, width: int) -> list[Block]:
        """The batches that lack some of the cells 0 … goal − 1, in blocks of at most `width` alike
        ones.
        """
        lacking = self.rounds < rounds_to(goal, np.arange(BATCHES))
        edges = [0, *np.flatnonzero(np.diff(lacking) | (np.diff(self.rounds) != 0)) + 1, BATCHES]
        return [
            self._block(first, min(first + width, end), goal)
            for begin, end in pairwise(edges)
            for first in (range(begin, end, width) if lacking[begin] else ())
        ]

    def _block(self, first: int, end: int, goal: int) -> Block:
        return Block(
            int(first), int(self.rounds[first]), goal, self.sums[first:end].copy(), self.losses
        )


def cells_together(plan: Plan, pace: float) -> int:
    """Cells that are stepped together: a second of work at `pace` seconds a cell, whose sums are
    not too large.

    At least one: a cell is not divided, however long it takes.
    """
    bytes_of_cell = 8 * len(plan.schedule) * plan.kernel.statistics
    most = min(MOST_CELLS, MOST_BYTES // bytes_of_cell)
    return max(1, min(most, int(SLICE / pace))) if pace > 0 else max(1, most)


def block_width(goal: int, workers: int, together: int) -> int:
    """Batches in a block, so that every worker has two, and no more than the cells that are stepped
    together.
    """
    return min(-(-min(goal, BATCHES) // (2 * workers)), together)


def seconds_per_cell(plan: Plan) -> float:
    """Seconds that a cell takes from the start to the end of a run, measured on the first steps of
    one.
    """
    steps = min(int(plan.schedule[-1]), CHUNK)
    begin, few = _seconds(plan, [0]), _seconds(plan, [0, steps])
    return begin * len(plan.schedule) + few / steps * int(plan.schedule[-1])


def _seconds(plan: Plan, schedule: list[int]) -> float:
    """The least that a cell takes over a short schedule."""
    short, times = replace(plan, schedule=np.array(schedule)), []
    centre = np.zeros((len(schedule), plan.kernel.pattern.size))
    for _ in range(TRIALS):
        began = perf_counter()
        _sum_cells(short, centre, np.zeros(1, np.int64), Event())
        times.append(perf_counter() - began)
    return min(times)


def advance(plan: Plan, centre: Array, block: Block, together: int, stop: Halt) -> Block:
    """Carry a block on, to its end or for a second: single paths summed about `centre` (times, n).

    So many cells are stepped together. Raises InterruptedError once `stop` is set.
    """
    began, block = monotonic(), replace(block, sums=block.sums.copy())
    at_once = max(1, together // len(block.sums))
    while True:
        cells = block.cells(at_once)
        sums, lost = _sum_cells(plan, centre, cells, stop)
        losses = set(block.losses)
        for cell, of_cell, mask in zip(cells, sums, lost, strict=True):
            block.sums[cell % BATCHES - block.first] += of_cell
            losses |= set(_first_losses(mask, int(cell), plan.per_lane))
        block = replace(block, rounds=block.rounds + at_once, losses=frozenset(losses))
        if block.finished or monotonic() - began > SLICE / 2:
            return block


def _sum_cells(plan: Plan, centre: Array, cells: Array, stop: Halt) -> tuple[Array, Array]:
    """Sums (cells, times, statistics) of cells of these numbers and masks of their lost lanes
    (cells, times).
    """
    times = len(plan.schedule)
    live = np.clip(plan.lanes - CELL * cells, 0, CELL)
    sums, lost = (
        np.zeros((times, len(cells), plan.kernel.statistics)),
        np.zeros((times, len(cells)), np.uint64),
    )
    for sample, X in cell_states(plan, cells, stop):
        plan.kernel.accumulate(X, live, centre[sample], sums[sample], lost[sample])
    return np.moveaxis(sums, 0, 1), np.moveaxis(lost, 0, 1)


def _first_losses(lost: Array, cell: int, per_lane: int) -> list[tuple[int, int]]:
    """(sample, trajectory) of the first non-finite state of each trajectory of a cell's lost lanes."""
    if not lost.any():
        return []
    flags = lost[:, None] >> np.arange(CELL, dtype=np.uint64) & np.uint64(1)
    lanes = [lane for lane in range(CELL) if flags[:, lane].any()]
    return [
        (int(np.argmax(flags[:, lane])), (cell * CELL + lane) * per_lane + member)
        for lane in lanes
        for member in range(per_lane)
    ]
