"""Many trajectories → moments with error bars, from coupled nonlinear and linearised paths.

Every nonlinear path shares its increments with a linearised twin, so the difference of the two ensembles' covariances
has a variance smaller by orders where the nonlinearity is weak. Added to the exact covariance of the linearised
equations it estimates the true covariance with tiny error bars and without the step bias of the linear part.

Trajectories come in cells of 64; batch b collects the cells b, b + 64, …, in order; the 64 batches give all error bars
(delete-a-group jackknife). Results are bit-identical for any number of threads and any block size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from threading import Event

import numpy as np
import xarray as xr

from .arguments import available_cores, require_positive, require_whole
from .estimates import StepPaths, dataset, estimates
from .exponential import exponential_model
from .kernels import LANES, Kernel, build_kernel
from .labels import provenance
from .model import Array, Model, as_single_model
from .moments import propagate
from .noise import START, STEPS
from .schemes import check_path, check_step, chosen_scheme, require_scheme
from .states import Gaussian, Start, describe_start, start_state
from .system import System

BATCHES = 64
CHUNK = 1024
"""Steps between reseedings, counted from t = 0; even, so that a pair of steps never straddles two chunks."""
CELLS_PER_BLOCK = 16
MOST_STEPS = 2**31 * CHUNK
"""Chunks are counted in 32 bits."""

Progress = Callable[[int, int], None]
"""Called with the trajectories finished and the trajectories asked for."""


def simulate(
    system: System | Model,
    *,
    trajectories: int,
    duration: float,
    step: float,
    scheme: str = "euler-maruyama",
    start: Start = "dark",
    branch: int | None = None,
    samples: int = 200,
    seed: int = 0,
    step_check: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> xr.Dataset:
    """Integrate an ensemble of the full nonlinear Langevin equations, coupled to its linearised twin.

    duration and step in s; the run takes round(duration/step) steps and samples them `samples` times after t = 0.
    `scheme` is one of `schemes.SCHEMES`, or "auto": Euler–Maruyama where its forecast error stays within 1 %, else
    exponential steps. `step_check` adds a companion of every path at twice the step on the same noise, for
    Euler–Maruyama alone. `threads` defaults to all cores.

    Returns over time, quadrature(_): mean, covariance (best estimate: exact linear moments plus the coupled
    difference, or the plain sample where that has the smaller error bar, as `estimator` tells), covariance_sample
    (plain), covariance_linear_sample (twin), covariance_linear (moment equation along the mean field),
    covariance_step (exact law of the twin at this step), linearization_error (nonlinear minus twin), mean_field,
    mean_step (Euler-stepped mean field), each estimate with its standard error `*_stderr`; surviving trajectories;
    and the batch sums all this came from.
    A path that is not finite makes all estimates from that time on NaN; attrs tell how many and the first.

    Raises ValueError for arguments out of range, StepError for a step too large for the scheme, DivergenceError if
    the mean field itself diverges.
    """
    model = as_single_model(system, "simulate")
    _check_arguments(trajectories, duration, step, samples, seed, threads, step_check)
    require_scheme(scheme)
    if step_check and scheme != "euler-maruyama":
        raise ValueError(f"step_check compares Euler steps; with scheme = {scheme!r} run again at half the step")
    state = start_state(system, start, branch)
    schedule = sample_steps(round(duration / step), samples)
    mean_field, covariance_linear = propagate(model, state, schedule * step)
    end = mean_field[-1]
    stepped = model
    scheme = chosen_scheme(scheme, model.jacobian(end, "mean"), model.diffusion, step, duration)
    if scheme == "exponential":
        stepped = exponential_model(model, step, end if _at_rest(model, end) else state.mean)
    else:
        check_step(model.jacobian(end, "mean"), model.diffusion, step, duration, settled=_at_rest(model, end))
    plan = _Plan(build_kernel(stepped, step, step_check), state, schedule, np.uint64(seed), trajectories)
    plan.kernel.warm()
    paths = finite_step_paths(plan)
    if scheme == "exponential":
        check_path(paths.mean, mean_field, step)
    sums, counts, losses = _collect(plan, threads or available_cores(), progress)
    data = estimates(model, sums, counts, mean_field, covariance_linear, paths)
    settings = {
        "trajectories": trajectories,
        "duration": duration,
        "step": step,
        "scheme": scheme,
        "start": describe_start(start),
        "branch": -1 if branch is None else branch,
        "samples": samples,
        "seed": seed,
        "step_check": step_check,
    }
    return dataset(model, schedule * step, data, sums, counts, losses, provenance(system, **settings))


def _at_rest(model: Model, u: Array) -> bool:
    """Whether A no longer moves: the model is linear, or its mean field's drift has died down to 1 %."""
    moving = np.linalg.norm(model.drift(u, "mean")) > 0.01 * np.abs(model.A).max() * np.linalg.norm(u)
    return not (moving and (model.Q.value.any() or model.K.value.any()))


def sample_steps(steps: int, samples: int) -> Array:
    """Step numbers to sample at, from 0 to `steps`: even ones where they suffice, at most `samples` intervals."""
    stride = 2 if steps >= 2 * samples else 1
    chosen = stride * np.round(np.linspace(0, steps / stride, samples + 1)).astype(np.int64)
    chosen[-1] = steps
    return np.unique(np.minimum(chosen, steps))


def _check_arguments(
    trajectories: int, duration: float, step: float, samples: int, seed: int, threads: int | None, step_check: bool
) -> None:
    wholes = [("trajectories", trajectories, 1), ("samples", samples, 1), ("seed", seed, 0)]
    wholes += [("threads", threads, 1)] if threads is not None else []
    for name, value, least in wholes:
        require_whole(name, value, least)
    if seed >= 2**64:
        raise ValueError(f"seed must be below 2^64 (got {seed})")
    if not isinstance(step_check, (bool, np.bool_)):
        raise ValueError(f"step_check must be True or False (got {step_check!r})")
    require_positive("duration", duration)
    require_positive("step", step)
    if step > duration * (1 + 1e-9):
        raise ValueError(f"step must not exceed the duration {duration:.3g} s (got {step:.3g} s)")
    if duration / step > MOST_STEPS:
        raise ValueError(
            f"step must leave at most {MOST_STEPS:.0e} steps in the duration {duration:.3g} s (got {step!r})"
        )


@dataclass(frozen=True, eq=False)
class _Plan:
    """All that a block needs to know."""

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


# ------------------------------------------------------------------------------------------------- the exact step law


def finite_step_paths(plan: _Plan) -> StepPaths:
    """V ← M V Mᵀ + D h along the Euler-stepped mean, at every sample: what the twin's ensemble must show exactly."""
    fine, coarse = _law(plan, 1), _law(plan, 2) if plan.kernel.companion else None
    return StepPaths(fine.mean, fine.covariance, fine.transition, coarse.covariance if coarse else None)


def _law(plan: _Plan, stride: int) -> StepPaths:
    """The exact law at `stride` times the step; NaN at samples that are no multiple of the stride."""
    kernel, n = plan.kernel, plan.kernel.pattern.size
    coefficients = stride * kernel.coefficients
    D = stride * kernel.amplitudes @ kernel.amplitudes.T
    M = np.eye(n) + stride * (kernel.constant_step_matrix() - np.eye(n))
    table, width = kernel.table(CHUNK), kernel.pattern.width
    u, V, P = plan.state.mean.copy(), plan.state.covariance.copy(), np.eye(n)
    paths = StepPaths.empty(len(plan.schedule), n)
    paths.mean[0], paths.covariance[0], paths.transition[0] = u, V, P
    for _, _, segments in plan.segments():
        for first, last, sample in segments:
            count = last // stride - first // stride
            moving = (M, *kernel.moving_places(), table, width, 0, count)
            kernel.module.table_rows(u, coefficients, table, count)
            kernel.module.step_law(V, *moving, D)
            if stride == 1:
                kernel.module.step_transition(P, *moving)
            if sample >= 0 and last % stride == 0:
                paths.mean[sample], paths.covariance[sample], paths.transition[sample] = u, V, P
                P[:] = np.eye(n)
    return paths


# ------------------------------------------------------------------------------------------------------- trajectories


def _run_block(plan: _Plan, first_cell: int, cells: int, stop: Event) -> tuple[Array, Array]:
    """Integrate consecutive cells; sums (cells, times, statistics) and masks of lost lanes (cells, times)."""
    kernel, module, times = plan.kernel, plan.kernel.module, len(plan.schedule)
    trajectory = first_cell * LANES
    G = _aligned((cells, 4 * LANES), np.uint64)
    X = _start_states(plan, G, cells, trajectory)
    live = np.clip(plan.trajectories - (trajectory + LANES * np.arange(cells)), 0, LANES)
    sums, lost = np.zeros((times, cells, kernel.statistics)), np.zeros((times, cells), np.uint64)
    module.accumulate(X, kernel.pattern.size, live, sums[0], lost[0])
    tables = kernel.table(CHUNK), kernel.table(CHUNK // 2)
    u, coarse_u = plan.state.mean.copy(), plan.state.mean.copy()
    for first, steps, segments in plan.segments():
        if stop.is_set():
            raise InterruptedError
        module.reseed(G, plan.seed, trajectory, first // CHUNK, STEPS)
        module.table_rows(u, kernel.coefficients, tables[0], steps)
        if kernel.companion:
            module.table_rows(coarse_u, 2 * kernel.coefficients, tables[1], steps // 2)
        for begin, end, sample in segments:
            _advance(kernel, X, G, tables, begin, end)
            if sample >= 0:
                module.accumulate(X, kernel.pattern.size, live, sums[sample], lost[sample])
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


def _start_states(plan: _Plan, G: Array, cells: int, trajectory: int) -> Array:
    """Draw fluctuations from the start's covariance; path, twin and companion begin together."""
    kernel, n = plan.kernel, plan.kernel.pattern.size
    draws = np.empty((cells, n * LANES))
    kernel.module.reseed(G, plan.seed, trajectory, 0, START)
    kernel.module.fill_normals(G, draws)
    normals = draws.reshape(cells, n, LANES)
    root = plan.state.square_root()
    X = _aligned((cells, kernel.variables, LANES), np.float64)
    for i in range(n):
        for k in range(n):
            X[:, i::n] += (root[i, k] * normals[:, k])[:, None]
    return X.reshape(cells, -1)


def _aligned(shape: tuple[int, ...], kind: type) -> Array:
    """Zeros on a 64-byte boundary, for full-width vector loads."""
    size = int(np.prod(shape)) * 8
    raw = np.zeros(size + 64, np.uint8)
    offset = -raw.ctypes.data % 64
    return raw[offset : offset + size].view(kind).reshape(shape)


def _collect(plan: _Plan, threads: int, progress: Progress | None) -> tuple[Array, Array, Array]:
    """Batch sums (batches, times, statistics), trajectories per batch, lost trajectories as rows (time, trajectory)."""
    times = len(plan.schedule)
    sums, counts = np.zeros((BATCHES, times, plan.kernel.statistics)), np.zeros(BATCHES, np.int64)
    losses: list[tuple[int, int]] = []
    if progress:
        progress(0, plan.trajectories)
    for first_cell, (block, lost) in _blocks(plan, threads):
        for offset in range(len(block)):
            cell = first_cell + offset
            sums[cell % BATCHES] += block[offset]
            counts[cell % BATCHES] += min(LANES, plan.trajectories - cell * LANES)
            losses += _first_losses(lost[offset], cell)
        if progress:
            progress(min((first_cell + len(block)) * LANES, plan.trajectories), plan.trajectories)
    return sums, counts, np.array(sorted(losses), np.int64).reshape(-1, 2)


def _blocks(plan: _Plan, threads: int) -> Iterator[tuple[int, tuple[Array, Array]]]:
    """Finished blocks in order; few are in flight, so memory does not grow with trajectories."""
    size = max(1, min(CELLS_PER_BLOCK, plan.cells // (2 * threads)))
    starts = iter(range(0, plan.cells, size))
    stop = Event()
    with ThreadPoolExecutor(threads) as pool:

        def submit(first: int) -> tuple[int, Future[tuple[Array, Array]]]:
            return first, pool.submit(_run_block, plan, first, min(size, plan.cells - first), stop)

        queue = [submit(first) for first in islice(starts, 2 * threads)]
        try:
            while queue:
                first, future = queue.pop(0)
                yield first, future.result()
                queue += [submit(first) for first in islice(starts, 1)]
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


def _first_losses(lost: Array, cell: int) -> list[tuple[int, int]]:
    """(sample, trajectory) of the first non-finite state of each lost lane of a cell."""
    if not lost.any():
        return []
    flags = lost[:, None] >> np.arange(LANES, dtype=np.uint64) & np.uint64(1)
    return [(int(np.argmax(flags[:, lane])), cell * LANES + lane) for lane in range(LANES) if flags[:, lane].any()]
