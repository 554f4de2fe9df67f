"""Batches of trajectories, and the blocks in which workers sum them.

cell    64 trajectories, or 64 antithetic pairs of them, stepped together
batch   cells b, b + 64, b + 128, … of batch b = 0 … 63, summed in this order; one cell per round
block   consecutive batches that one worker sums over a number of rounds

A batch is always summed in the same order, cell after cell. Its sums are therefore bit-identical
for any division into blocks, after interruptions, and with trajectories added later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Event
from time import monotonic, perf_counter

import numpy as np

from ..kernels.codegen import CELL
from ..records.light_sums import LightSums
from ..support.callbacks import Halt
from ..support.checks import Array
from ..support.work_estimates import require_core_hours
from .trajectories import CHUNK, MOST_CELLS, TrajectoryPlan, cell_states

BATCHES = 64
MOST_BYTES = 2**23
"""Largest size of the sums of a block, in bytes."""
BLOCK_SECONDS = 1.0
"""Seconds of work between returns of a block, and of the cells that are stepped together."""
TIMINGS = 3
"""Number of time measurements of a cell."""

Losses = frozenset[tuple[int, int]]
"""Sample and trajectory of every first state that is not finite."""


@dataclass(frozen=True, eq=False)
class Block:
    """Batches `first`, first + 1, … summed over `rounds` rounds of the cells numbered below `goal`.

    sums (batches, times, statistics); light (batches, statistics of light). The last round may lack
    cells of the last batches.
    """

    first: int
    rounds: int
    goal: int
    sums: Array
    light: Array
    losses: Losses

    @property
    def end(self) -> int:
        """The number of the last batch plus one."""
        return self.first + len(self.sums)

    @property
    def finished(self) -> bool:
        """Whether no cell is left to be summed."""
        return bool(self.rounds >= rounds_to(self.goal, self.first))

    @property
    def batch_rounds(self) -> Array:
        """Rounds of each batch, (batches,)."""
        return np.minimum(self.rounds, rounds_to(self.goal, np.arange(self.first, self.end)))

    def next_cells(self, rounds: int) -> Array:
        """The numbers (cells,) of the cells of the next rounds, in the order of their sums."""
        batches = np.arange(self.first, self.end)
        starts = BATCHES * np.arange(self.rounds, self.rounds + rounds)
        numbers = (starts[:, None] + batches).ravel()
        return np.asarray(numbers[numbers < self.goal])


def rounds_to(goal: int, batch: Array | int) -> Array:
    """Number of rounds in which each batch (...) has a cell below the goal, (...)."""
    return -(-(goal - np.asarray(batch)) // BATCHES)


class Accumulator:
    """Sums (batches, times, statistics) so far, with the rounds (batches,) of each, and losses.

    `light` (batches, statistics of light) are the sums of recorded light.
    """

    def __init__(self, times: int, statistics: int, of_light: int = 0) -> None:
        self.sums = np.zeros((BATCHES, times, statistics))
        self.light = np.zeros((BATCHES, of_light))
        self.rounds = np.zeros(BATCHES, np.int64)
        self.losses: Losses = frozenset()

    def trajectories(self, plan: TrajectoryPlan) -> Array:
        """Trajectories of each batch, (batches,)."""
        last = plan.cells - 1
        counts = CELL * self.rounds
        if self.rounds[last % BATCHES] > last // BATCHES:
            counts[last % BATCHES] -= CELL * plan.cells - plan.lanes
        return plan.per_lane * counts

    def resume(self, sums: Array, light: Array, counts: Array, plan: TrajectoryPlan) -> None:
        """Continue from batch sums of trajectories, counts (batches,), and of their light.

        A batch whose last cell is not full is summed again from the start.
        """
        rounds, remainder = np.divmod(counts, CELL * plan.per_lane)
        whole = remainder == 0
        self.sums[whole] = sums[whole]
        self.light[whole] = light[whole]
        self.rounds[whole] = rounds[whole]

    def store(self, block: Block) -> None:
        """Replace the sums of a block's batches by those of the block."""
        batches = slice(block.first, block.end)
        self.sums[batches] = block.sums
        self.light[batches] = block.light
        self.rounds[batches] = block.batch_rounds
        self.losses |= block.losses

    def store_if_further(self, block: Block) -> None:
        """Replace the sums of those batches of a block that have fewer rounds here."""
        for batch, rounds, sums, light in zip(
            range(block.first, block.end), block.batch_rounds, block.sums, block.light, strict=True
        ):
            if self.rounds[batch] < rounds:
                self.sums[batch] = sums
                self.light[batch] = light
                self.rounds[batch] = rounds
        self.losses |= block.losses

    def unfinished_blocks(self, goal: int, width: int) -> list[Block]:
        """The batches that lack some of the cells 0 … goal − 1, in blocks of at most `width`.

        All batches of a block have the same number of rounds.
        """
        lacking = self.rounds < rounds_to(goal, np.arange(BATCHES))
        edges = [0, *np.flatnonzero(np.diff(lacking) | (np.diff(self.rounds) != 0)) + 1, BATCHES]
        return [
            self._block(first, min(first + width, end), goal)
            for begin, end in pairwise(edges)
            for first in (range(begin, end, width) if lacking[begin] else ())
        ]

    def _block(self, first: int, end: int, goal: int) -> Block:
        rounds = int(self.rounds[first])
        sums, light = self.sums[first:end].copy(), self.light[first:end].copy()
        return Block(int(first), rounds, goal, sums, light, self.losses)


def cells_together(plan: TrajectoryPlan, seconds_per_cell: float) -> int:
    """Cells to step together: a second of work, with sums of at most `MOST_BYTES`.

    At least one, since a cell is not divided; `seconds_per_cell` is 0 where it is not known.
    """
    bytes_per_cell = 8 * len(plan.schedule) * plan.statistics
    if plan.record is not None:
        bytes_per_cell += CELL * plan.record.bytes_per_trajectory(len(plan.kernel.form.paths))
    most = min(MOST_CELLS, MOST_BYTES // bytes_per_cell)
    if seconds_per_cell > 0:
        most = min(most, int(BLOCK_SECONDS / seconds_per_cell))
    return max(1, most)


def block_width(goal: int, workers: int, together: int) -> int:
    """Batches in a block: two blocks for each worker, at most the cells stepped together."""
    return min(-(-min(goal, BATCHES) // (2 * workers)), together)


def measure_seconds_per_cell(plan: TrajectoryPlan) -> float:
    """Seconds that one core takes for a cell of the whole run, from timing its first steps."""
    steps = min(plan.steps, CHUNK)
    start = _timed(plan, [0])
    started_and_stepped = _timed(plan, [0, steps])
    return start * len(plan.schedule) + started_and_stepped / steps * plan.steps


def require_feasible(plan: TrajectoryPlan, seconds_per_cell: float, most_cells: int) -> None:
    """Refuse a run whose first `most_cells` cells need too many core-hours. Raises WorkError."""
    cells = min(plan.cells, most_cells)
    trajectories = min(plan.trajectories, CELL * cells * plan.per_lane)
    require_core_hours(
        seconds_per_cell * cells,
        f"{plan.steps:.3g} steps of {trajectories} trajectories",
        "take fewer trajectories, a shorter duration or a longer step",
    )


def _timed(plan: TrajectoryPlan, schedule: list[int]) -> float:
    """The shortest of several times, in s, for a cell of a short schedule."""
    short = replace(plan, schedule=np.array(schedule), record=None)
    centre = np.zeros((len(schedule), plan.size))
    times = []
    for _ in range(TIMINGS):
        began = perf_counter()
        sum_cells(short, centre, np.zeros(1, np.int64), Event())
        times.append(perf_counter() - began)
    return min(times)


def advance(plan: TrajectoryPlan, centre: Array, block: Block, together: int, stop: Halt) -> Block:
    """Sum further cells of a block, to its end or for half a second, `together` at a time.

    Single paths are summed about `centre` (times, n). Raises InterruptedError once `stop` is set.
    """
    began = monotonic()
    block = replace(block, sums=block.sums.copy(), light=block.light.copy())
    rounds = max(1, together // len(block.sums))
    while True:
        cells = block.next_cells(rounds)
        sums, light, lost = sum_cells(plan, centre, cells, stop)
        losses = set(block.losses)
        for cell, cell_sums, cell_light, lost_lanes in zip(cells, sums, light, lost, strict=True):
            batch = cell % BATCHES - block.first
            block.sums[batch] += cell_sums
            block.light[batch] += cell_light
            losses |= set(_first_losses(lost_lanes, int(cell), plan.per_lane))
        block = replace(block, rounds=block.rounds + rounds, losses=frozenset(losses))
        if block.finished or monotonic() - began > BLOCK_SECONDS / 2:
            return block


def sum_cells(
    plan: TrajectoryPlan, centre: Array, cells: Array, stop: Halt
) -> tuple[Array, Array, Array]:
    """Sums (cells, times, statistics) of the cells of these numbers, and masks of lost lanes.

    Between them sums of light (cells, statistics of light). The masks (cells, times) hold a bit per
    lane. Raises InterruptedError once `stop` is set.
    """
    times = len(plan.schedule)
    live = np.clip(plan.lanes - CELL * cells, 0, CELL)
    sums = np.zeros((times, len(cells), plan.statistics))
    lost = np.zeros((times, len(cells)), np.uint64)
    edges = set() if plan.record is None else set(plan.record.edges.tolist())
    light = None
    if plan.record is not None:
        light = LightSums(plan.record, plan.kernel.form.paths, len(cells), CELL)
    for step, sample, X in cell_states(plan, cells, stop):
        if sample >= 0:
            states = plan.of_model(X)
            into = sums[sample], lost[sample]
            plan.kernel.accumulate(states, live, centre[sample], plan.summed, *into)
        if light is not None and step in edges:
            light.take(X)
    of_light = np.zeros((len(cells), 0)) if light is None else light.sums(live)
    return np.moveaxis(sums, 0, 1), of_light, np.moveaxis(lost, 0, 1)


def _first_losses(lost: Array, cell: int, per_lane: int) -> list[tuple[int, int]]:
    """(sample, trajectory) of the first non-finite state of each lost trajectory of a cell.

    lost (times,) are the masks of the cell's lost lanes.
    """
    if not lost.any():
        return []
    flags = lost[:, None] >> np.arange(CELL, dtype=np.uint64) & np.uint64(1)
    lanes = [lane for lane in range(CELL) if flags[:, lane].any()]
    return [
        (int(np.argmax(flags[:, lane])), (cell * CELL + lane) * per_lane + member)
        for lane in lanes
        for member in range(per_lane)
    ]
