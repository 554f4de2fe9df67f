"""Integrate cells of 64 trajectories, or of 64 antithetic pairs, with a compiled kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ..jit.cache import digest
from ..kept_elements import KeptElements
from ..kernels.codegen import CELL
from ..kernels.kernel import Kernel
from ..kernels.noise import START, STEPS
from ..kernels.sum_layout import statistics, summed_products
from ..model.gaussian_state import Gaussian
from ..records.record_plan import RecordPlan
from ..support.callbacks import Halt
from ..support.checks import Array

CHUNK = 1024
"""Steps between reseedings, counted from t = 0; even, since two steps share random numbers."""
MOST_CELLS = 64
"""Cells that are stepped together."""


@dataclass(frozen=True, eq=False)
class TrajectoryPlan:
    """Plan of an integration: kernel, start state, sampled steps (times,), seed, trajectories.

    `root` (n, n) is the square root of the start's covariance. A lane of a cell is one trajectory,
    or an antithetic pair of them. `kept` are the second moments that are summed; all unless given.
    The kernel may step further quadratures after those of the state, which begin at zero: the light
    that has left some ports. `record` says when the light is summed.
    """

    kernel: Kernel
    state: Gaussian
    root: Array
    schedule: Array
    seed: np.uint64
    trajectories: int
    kept: KeptElements | None = None
    record: RecordPlan | None = None

    @property
    def size(self) -> int:
        """Number of quadratures of the model, without those of light."""
        return len(self.state.mean)

    def padded(self, x: Array) -> Array:
        """A vector (n,) or matrix (n, n) of the model with zeros for the quadratures of light."""
        light = self.kernel.pattern.size - self.size
        return np.pad(x, [(0, light)] * x.ndim)

    def of_model(self, X: Array) -> Array:
        """States X (cells, variables·64) without the quadratures of light."""
        if self.kernel.pattern.size == self.size:
            return X
        paths = X.reshape(len(X), len(self.kernel.form.paths), -1, CELL)
        return np.ascontiguousarray(paths[:, :, : self.size]).reshape(len(X), -1)

    @cached_property
    def summed(self) -> Array:
        """The products of quadratures that are summed, as the kernel needs them."""
        if self.kept is None:
            return summed_products(*np.triu_indices(self.size))
        return summed_products(self.kept.rows, self.kept.columns)

    @property
    def statistics(self) -> int:
        """Sums per sample time."""
        form = self.kernel.form
        products = len(self.summed) // 3
        return statistics(self.size, form.twin, form.companion, products)

    @property
    def per_lane(self) -> int:
        """Trajectories in a lane."""
        return 1 + self.kernel.form.antithetic

    @property
    def lanes(self) -> int:
        """Lanes in use."""
        return self.trajectories // self.per_lane

    @property
    def cells(self) -> int:
        """Cells that hold all lanes."""
        return -(-self.lanes // CELL)

    @property
    def steps(self) -> int:
        """Steps from t = 0 to the end."""
        return int(self.schedule[-1])

    def fingerprint(self, centre: Array) -> str:
        """Hash, 20 hexadecimal digits, of the kernel's code and all numbers the sums depend on."""
        numbers = (
            self.kernel.coefficients,
            self.kernel.amplitudes,
            self.state.mean,
            self.root,
            self.schedule,
            centre,
            *([] if self.kernel.response is None else [self.kernel.response]),
        )
        parts = [
            self.kernel.code_hash,
            str(self.seed),
            *(np.ascontiguousarray(array).tobytes().hex() for array in numbers),
            *([] if self.record is None else [repr(self.record)]),
        ]
        return digest("\n".join(parts))

    def segments(
        self, *, recording: bool = False
    ) -> Iterator[tuple[int, int, list[tuple[int, int, int]]]]:
        """Chunks as (first step, steps, segments), each segment as (first, last, sample).

        The steps of a segment are relative to its chunk; `sample` is the index of the sample due
        at its end, or −1. With `recording` segments end at the edges of the record's bins, too.
        """
        samples = dict(zip(self.schedule.tolist(), range(len(self.schedule)), strict=True))
        stops = self.schedule
        if recording and self.record is not None:
            stops = np.union1d(stops, self.record.edges)
        for first in range(0, self.steps, CHUNK):
            last = min(first + CHUNK, self.steps)
            begin, end = np.searchsorted(stops, (first, last), side="right")
            within = stops[begin:end].tolist()
            if not within or within[-1] < last:
                within.append(last)
            segments = [
                (begin - first, stop - first, samples.get(stop, -1))
                for begin, stop in pairwise([first, *within])
            ]
            yield first, last - first, segments


def cell_states(plan: TrajectoryPlan, cells: Array, stop: Halt) -> Iterator[tuple[int, int, Array]]:
    """Integrate the cells of numbers (cells,); yields (step, sample, X) at the stops of the plan.

    `sample` is the index of the sample due at the step, or −1 where only light is recorded. X
    (cells, variables·64) is stepped in place. Raises InterruptedError once `stop` is set.
    """
    kernel = plan.kernel
    G = _aligned((len(cells), 4 * CELL), np.uint64)
    runs = _consecutive(cells)
    X = _start_states(plan, G, cells)
    yield 0, 0, X
    tables = kernel.table(CHUNK), kernel.table(CHUNK // 2)
    u, coarse_u = plan.padded(plan.state.mean), plan.padded(plan.state.mean)
    for first, steps, segments in plan.segments(recording=True):
        if stop.is_set():
            raise InterruptedError
        _reseed(plan, G, runs, first // CHUNK, STEPS)
        kernel.module.table_rows(u, kernel.coefficients, tables[0], steps)
        if kernel.form.companion:
            kernel.module.table_rows(coarse_u, 2 * kernel.coefficients, tables[1], steps // 2)
        for begin, end, sample in segments:
            _advance(kernel, X, G, tables, begin, end)
            yield first + end, sample, X


def _advance(
    kernel: Kernel, X: Array, G: Array, tables: tuple[Array, Array], begin: int, end: int
) -> None:
    """Advance X (cells, variables·64) in place by steps begin … end − 1 of a chunk.

    The two steps of a pair share a pair of random numbers.
    """
    arguments = (X, G, kernel.coefficients, kernel.amplitudes, *tables)
    if begin % 2 and begin < end:
        kernel.module.advance_second(*arguments, begin - 1, 1)
        begin += 1
    if end - begin > 1:
        kernel.module.advance_pairs(*arguments, begin, (end - begin) // 2)
    if (end - begin) % 2:
        kernel.module.advance_first(*arguments, end - 1, 1)


def _consecutive(cells: Array) -> list[tuple[int, int, int]]:
    """Runs of consecutive cells (cells,) as (begin index, end index, first trajectory)."""
    breaks = [0, *np.flatnonzero(np.diff(cells) != 1) + 1, len(cells)]
    return [(int(begin), int(end), int(cells[begin]) * CELL) for begin, end in pairwise(breaks)]


def _reseed(
    plan: TrajectoryPlan, G: Array, runs: list[tuple[int, int, int]], chunk: int, purpose: np.uint64
) -> None:
    """Set the random generators G (cells, 4·64), one run of consecutive cells at a time."""
    for begin, end, trajectory in runs:
        plan.kernel.shared.reseed(G[begin:end], plan.seed, trajectory, chunk, purpose)


def _start_states(plan: TrajectoryPlan, G: Array, cells: Array) -> Array:
    """States X (cells, variables·64) drawn from the start's covariance.

    Coupled paths hold the fluctuation x, the same for all of a trajectory; a single path ū + x.
    """
    kernel = plan.kernel
    n = plan.size
    count = len(cells)
    draws = np.empty((count, n * CELL))
    _reseed(plan, G, _consecutive(cells), 0, START)
    kernel.shared.fill_normals(G, draws)
    normals = draws.reshape(count, n, CELL)
    start = np.zeros((count, n, CELL))
    if not kernel.form.twin:
        start += plan.state.mean[:, None]
    for k in range(n):
        acts = plan.root[:, k] != 0
        rows = slice(None) if acts.all() else np.flatnonzero(acts)
        start[:, rows] += plan.root[rows, k, None] * normals[:, k, None]
    X = _aligned((count, len(kernel.form.paths), kernel.pattern.size, CELL), np.float64)
    X[:, :, :n] = start[:, None]
    return X.reshape(count, -1)


def _aligned(shape: tuple[int, ...], kind: type) -> Array:
    """Zeros of a shape that begin at a 64-byte boundary, for full-width vector loads."""
    size = int(np.prod(shape)) * 8
    raw = np.zeros(size + 64, np.uint8)
    offset = -raw.ctypes.data % 64
    return raw[offset : offset + size].view(kind).reshape(shape)
