"""Blocks of trajectories through a kernel, in threads, summed in a fixed order.

Trajectories, or antithetic pairs of them, come in cells of 64; batch b collects the cells b, b + 64, …, in order. Sums
are bit-identical for any number of threads and any block size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event

import numpy as np

from .emission import LANES
from .kernels import Kernel
from .model import Array
from .noise import START, STEPS
from .states import Gaussian
from .threads import in_order

BATCHES = 64
CHUNK = 1024
"""Steps between reseedings, counted from t = 0; even, so that a pair of steps never straddles two chunks."""
MOST_CELLS, MOST_BYTES = 64, 2**24
"""Cells in a block, and the bytes that its sums may take."""

Progress = Callable[[int, int], None]
"""Called with the trajectories finished and the trajectories asked for."""
Until = Callable[[Array, Array], float]
"""Batch sums and trajectories per batch so far → how many times too large an error bar still is."""


@dataclass(frozen=True, eq=False)
class Plan:
    """All that a block needs to know: kernel, start, steps to sample at, seed, number of trajectories.

    A lane of a cell is one trajectory, or an antithetic pair of them.
    """

    kernel: Kernel
    state: Gaussian
    schedule: Array
    seed: np.uint64
    trajectories: int

    @property
    def per_lane(self) -> int:
        """Trajectories in a lane."""
        return 1 + self.kernel.form.antithetic

    @property
    def lanes(self) -> int:
        return self.trajectories // self.per_lane

    @property
    def cells(self) -> int:
        return -(-self.lanes // LANES)

    def segments(self) -> Iterator[tuple[int, int, list[tuple[int, int, int]]]]:
        """Chunks as (first step, steps, segments), a segment being (first, last, sample) relative to its chunk.

        `sample` is the index of the sample due at the segment's end, or −1.
        """
        total = int(self.schedule[-1])
        for first in range(0, total, CHUNK):
            last = min(first + CHUNK, total)
            due = np.flatnonzero((self.schedule > first) & (self.schedule <= last))
            stops = [(int(self.schedule[s]), int(s)) for s in due]
            if not stops or stops[-1][0] < last:
                stops.append((last, -1))
            begins = [first, *(stop for stop, _ in stops[:-1])]
            parts = [(b - first, stop - first, s) for b, (stop, s) in zip(begins, stops, strict=True)]
            yield first, last - first, parts


def cell_states(plan: Plan, first_cell: int, cells: int, stop: Event) -> Iterator[tuple[int, Array]]:
    """Integrate consecutive cells: (sample, X) at every sample time, X (cells, variables·64) being stepped in place.

    Raises InterruptedError once `stop` is set.
    """
    kernel, stream = plan.kernel, first_cell * LANES
    G = _aligned((cells, 4 * LANES), np.uint64)
    X = _start_states(plan, G, cells, stream)
    yield 0, X
    tables = kernel.table(CHUNK), kernel.table(CHUNK // 2)
    u, coarse_u = plan.state.mean.copy(), plan.state.mean.copy()
    for first, steps, segments in plan.segments():
        if stop.is_set():
            raise InterruptedError
        kernel.shared.reseed(G, plan.seed, stream, first // CHUNK, STEPS)
        kernel.module.table_rows(u, kernel.coefficients, tables[0], steps)
        if kernel.form.companion:
            kernel.module.table_rows(coarse_u, 2 * kernel.coefficients, tables[1], steps // 2)
        for begin, end, sample in segments:
            _advance(kernel, X, G, tables, begin, end)
            if sample >= 0:
                yield sample, X


def _run_block(plan: Plan, centre: Array, first_cell: int, cells: int, stop: Event) -> tuple[Array, Array]:
    """Sums (cells, times, statistics) of consecutive cells and masks of their lost lanes (cells, times)."""
    times = len(plan.schedule)
    live = np.clip(plan.lanes - LANES * (first_cell + np.arange(cells)), 0, LANES)
    sums, lost = np.zeros((times, cells, plan.kernel.statistics)), np.zeros((times, cells), np.uint64)
    for sample, X in cell_states(plan, first_cell, cells, stop):
        plan.kernel.accumulate(X, live, centre[sample], sums[sample], lost[sample])
    return np.moveaxis(sums, 0, 1), np.moveaxis(lost, 0, 1)


def _advance(kernel: Kernel, X: Array, G: Array, tables: tuple[Array, Array], begin: int, end: int) -> None:
    """Steps begin … end − 1 of a chunk: a second half-pair, whole pairs, a first half-pair."""
    arguments = (X, G, kernel.coefficients, kernel.amplitudes, *tables)
    if begin % 2 and begin < end:
        kernel.module.advance_second(*arguments, begin - 1, 1)
        begin += 1
    if end - begin > 1:
        kernel.module.advance_pairs(*arguments, begin, (end - begin) // 2)
    if (end - begin) % 2:
        kernel.module.advance_first(*arguments, end - 1, 1)


def _start_states(plan: Plan, G: Array, cells: int, stream: int) -> Array:
    """Draw fluctuations from the start's covariance; coupled paths begin together, a single one at ū + x."""
    kernel, n = plan.kernel, plan.kernel.pattern.size
    draws = np.empty((cells, n * LANES))
    kernel.shared.reseed(G, plan.seed, stream, 0, START)
    kernel.shared.fill_normals(G, draws)
    normals = draws.reshape(cells, n, LANES)
    root = plan.state.square_root()
    X = _aligned((cells, kernel.variables, LANES), np.float64)
    for i in range(n):
        X[:, i::n] = 0.0 if kernel.form.twin else plan.state.mean[i]
        for k in range(n):
            X[:, i::n] += (root[i, k] * normals[:, k])[:, None]
    return X.reshape(cells, -1)


def _aligned(shape: tuple[int, ...], kind: type) -> Array:
    """Zeros on a 64-byte boundary, for full-width vector loads."""
    size = int(np.prod(shape)) * 8
    raw = np.zeros(size + 64, np.uint8)
    offset = -raw.ctypes.data % 64
    return raw[offset : offset + size].view(kind).reshape(shape)


def run_blocks(
    plan: Plan, centre: Array, threads: int, progress: Progress | None, until: Until | None = None
) -> tuple[Array, Array, Array]:
    """Batch sums (batches, times, statistics), trajectories per batch, losses as rows (time, trajectory).

    Single paths are summed about `centre` (times, n), the mean field as the steps take it. With `until`, rounds of
    whole batches are run until it is content: the first fills every batch once.
    """
    times = len(plan.schedule)
    sums, counts = np.zeros((BATCHES, times, plan.kernel.statistics)), np.zeros(BATCHES, np.int64)
    losses: list[tuple[int, int]] = []
    if progress:
        progress(0, plan.trajectories)
    done, goal = 0, plan.cells if until is None else min(BATCHES, plan.cells)
    while done < goal:
        for first_cell, (block, lost) in _blocks(plan, centre, threads, done, goal):
            for offset in range(len(block)):
                cell = first_cell + offset
                sums[cell % BATCHES] += block[offset]
                counts[cell % BATCHES] += plan.per_lane * min(LANES, plan.lanes - cell * LANES)
                losses += _first_losses(lost[offset], cell, plan.per_lane)
            if progress:
                progress(int(counts.sum()), plan.trajectories)
        done = goal
        if until is not None and done < plan.cells and not losses:
            goal = _next_goal(done, plan.cells, until(sums, counts))
    return sums, counts, np.array(sorted(losses), np.int64).reshape(-1, 2)


def _next_goal(done: int, cells: int, excess: float) -> int:
    """Cells to have run next, when an error bar `excess` times too large shrinks as one over their root."""
    if excess <= 1:
        return done
    wanted = done * min(excess**2, cells / done) if np.isfinite(excess) else cells
    return min(cells, max(done + BATCHES, BATCHES * math.ceil(wanted / BATCHES)))


def _blocks(plan: Plan, centre: Array, threads: int, begin: int, end: int) -> Iterator[tuple[int, tuple[Array, Array]]]:
    """First cell and sums of finished blocks of the cells begin … end − 1, in order."""
    bytes_of_cell = 8 * len(plan.schedule) * plan.kernel.statistics
    size = max(1, min(MOST_CELLS, MOST_BYTES // bytes_of_cell, -(-(end - begin) // (2 * threads))))

    def run(first: int, stop: Event) -> tuple[int, tuple[Array, Array]]:
        return first, _run_block(plan, centre, first, min(size, end - first), stop)

    return in_order(run, range(begin, end, size), threads)


def _first_losses(lost: Array, cell: int, per_lane: int) -> list[tuple[int, int]]:
    """(sample, trajectory) of the first non-finite state of each trajectory of a cell's lost lanes."""
    if not lost.any():
        return []
    flags = lost[:, None] >> np.arange(LANES, dtype=np.uint64) & np.uint64(1)
    lanes = [lane for lane in range(LANES) if flags[:, lane].any()]
    return [
        (int(np.argmax(flags[:, lane])), (cell * LANES + lane) * per_lane + member)
        for lane in lanes
        for member in range(per_lane)
    ]
