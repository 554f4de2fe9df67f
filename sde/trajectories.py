"""Blocks of trajectories through a kernel, in threads, summed in a fixed order.

Trajectories come in cells of 64; batch b collects the cells b, b + 64, …, in order. Sums are bit-identical for any
number of threads and any block size.
"""

from __future__ import annotations

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


@dataclass(frozen=True, eq=False)
class Plan:
    """All that a block needs to know: kernel, start, steps to sample at, seed, number of trajectories."""

    kernel: Kernel
    state: Gaussian
    schedule: Array
    seed: np.uint64
    trajectories: int

    @property
    def cells(self) -> int:
        return -(-self.trajectories // LANES)

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


def _run_block(plan: Plan, centre: Array, first_cell: int, cells: int, stop: Event) -> tuple[Array, Array]:
    """Integrate consecutive cells; sums (cells, times, statistics) and masks of lost lanes (cells, times)."""
    kernel, module, shared, times = plan.kernel, plan.kernel.module, plan.kernel.shared, len(plan.schedule)
    trajectory = first_cell * LANES
    G = _aligned((cells, 4 * LANES), np.uint64)
    X = _start_states(plan, G, cells, trajectory)
    live = np.clip(plan.trajectories - (trajectory + LANES * np.arange(cells)), 0, LANES)
    sums, lost = np.zeros((times, cells, kernel.statistics)), np.zeros((times, cells), np.uint64)
    shared.accumulate(X, live, centre[0], sums[0], lost[0])
    tables = kernel.table(CHUNK), kernel.table(CHUNK // 2)
    u, coarse_u = plan.state.mean.copy(), plan.state.mean.copy()
    for first, steps, segments in plan.segments():
        if stop.is_set():
            raise InterruptedError
        shared.reseed(G, plan.seed, trajectory, first // CHUNK, STEPS)
        module.table_rows(u, kernel.coefficients, tables[0], steps)
        if kernel.form.companion:
            module.table_rows(coarse_u, 2 * kernel.coefficients, tables[1], steps // 2)
        for begin, end, sample in segments:
            _advance(kernel, X, G, tables, begin, end)
            if sample >= 0:
                shared.accumulate(X, live, centre[sample], sums[sample], lost[sample])
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


def _start_states(plan: Plan, G: Array, cells: int, trajectory: int) -> Array:
    """Draw fluctuations from the start's covariance; coupled paths begin together, a single one at ū + x."""
    kernel, n = plan.kernel, plan.kernel.pattern.size
    draws = np.empty((cells, n * LANES))
    kernel.shared.reseed(G, plan.seed, trajectory, 0, START)
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


def run_blocks(plan: Plan, centre: Array, threads: int, progress: Progress | None) -> tuple[Array, Array, Array]:
    """Batch sums (batches, times, statistics), trajectories per batch, lost trajectories as rows (time, trajectory).

    Single paths are summed about `centre` (times, n), the mean field as the steps take it.
    """
    times = len(plan.schedule)
    sums, counts = np.zeros((BATCHES, times, plan.kernel.statistics)), np.zeros(BATCHES, np.int64)
    losses: list[tuple[int, int]] = []
    if progress:
        progress(0, plan.trajectories)
    for first_cell, (block, lost) in _blocks(plan, centre, threads):
        for offset in range(len(block)):
            cell = first_cell + offset
            sums[cell % BATCHES] += block[offset]
            counts[cell % BATCHES] += min(LANES, plan.trajectories - cell * LANES)
            losses += _first_losses(lost[offset], cell)
        if progress:
            progress(min((first_cell + len(block)) * LANES, plan.trajectories), plan.trajectories)
    return sums, counts, np.array(sorted(losses), np.int64).reshape(-1, 2)


def _blocks(plan: Plan, centre: Array, threads: int) -> Iterator[tuple[int, tuple[Array, Array]]]:
    """First cell and sums of finished blocks, in order."""
    bytes_of_cell = 8 * len(plan.schedule) * plan.kernel.statistics
    size = max(1, min(MOST_CELLS, MOST_BYTES // bytes_of_cell, -(-plan.cells // (2 * threads))))

    def run(first: int, stop: Event) -> tuple[int, tuple[Array, Array]]:
        return first, _run_block(plan, centre, first, min(size, plan.cells - first), stop)

    return in_order(run, range(0, plan.cells, size), threads)


def _first_losses(lost: Array, cell: int) -> list[tuple[int, int]]:
    """(sample, trajectory) of the first non-finite state of each lost lane of a cell."""
    if not lost.any():
        return []
    flags = lost[:, None] >> np.arange(LANES, dtype=np.uint64) & np.uint64(1)
    return [(int(np.argmax(flags[:, lane])), cell * LANES + lane) for lane in range(LANES) if flags[:, lane].any()]
