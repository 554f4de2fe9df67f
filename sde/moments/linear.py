"""Exact steps of a linear model: mean and covariance after a time.

    ū(t + h) = F ū + g,   V(t + h) = F V Fᵀ + Q

    F = e^{Ah},   g = ∫e^{As} c ds,   Q = ∫e^{As} D e^{Aᵀs} ds    over 0 ≤ s ≤ h

by a Taylor series over a time so short that ‖A‖h ≤ ½, and doubling from there:

    E = Σ (Ah)^k/k!,   g = h Σ (Ah)^k c/(k + 1)!,   Q = h Σ L^k D/(k + 1)!,   L X = Ah X + X Ahᵀ
    E(2h) = 2E + E²,   g(2h) = 2g + Eg,   Q(2h) = 2Q + EQ + QEᵀ + EQEᵀ,       E = F − 1

E is kept rather than F, as rounding of F would make slow modes inaccurate beside fast ones. Errors
stay near 1e-16 ‖A‖t. Compiled code (`linear_kernel`) computes eight parameter points at a time,
each with its own number of doublings; large matrices are multiplied by BLAS (`linear_large`). The
single matrix exponential of Van Loan gives the same
integrals, but fails for fast and slow modes together.

References
----------
Van Loan, doi:10.1109/TAC.1978.1101743.
"""

from __future__ import annotations

from threading import Event

import numpy as np

from ..jit import simd, vector_width
from ..jit.background import ready
from ..jit.shared_kernels import Arguments, SharedKernels
from ..support.checks import Array, available_cores
from ..support.threads import on_threads
from . import linear_kernel
from .linear_large import LARGE, large_steps, propagate_large

CALL = 1_000_000_000
"""Multiplications per kernel call, n³ per point and time: some tenths of a second."""
SERIAL = 5_000_000
"""Multiplications below which a second thread saves no time."""


def exact_step(A: Array, c: Array, D: Array, time: float) -> tuple[Array, Array, Array]:
    """E = e^{At} − 1, g and Q of a linear model over a time t.

    Parameters
    ----------
    A, D : array (..., n, n)
        Drift matrix in rad/s and diffusion.
    c : array (..., n, k)
        Constant drifts, one per column; for c = 1, g = ∫e^{As} ds = t φ₁(At).
    time : float
        In s.

    Returns
    -------
    E (..., n, n), g (..., n, k), Q (..., n, n).
    """
    n, k = c.shape[-2:]
    batch = np.broadcast_shapes(A.shape[:-2], c.shape[:-2], D.shape[:-2])
    points = int(np.prod(batch))
    if n >= LARGE:
        return large_steps(A, c, D, time, batch)
    E = np.empty((points, n * n))
    g = np.empty((points, n * k))
    Q = np.empty((points, n * n))
    rows = _rows(A, batch, 2), _rows(c, batch, 2), _rows(D, batch, 2)
    ready(STEP_KERNELS).discretise_all(*rows, float(time), E, g, Q)
    return E.reshape(*batch, n, n), g.reshape(*batch, n, k), Q.reshape(*batch, n, n)


def propagate_exactly(
    A: Array, c: Array, D: Array, mean: Array, V: Array, times: Array, threads: int | None = None
) -> tuple[Array, Array]:
    """Mean and covariance of a linear model at given times.

    Parameters
    ----------
    A, D : array (..., n, n)
        Drift matrix in rad/s and diffusion.
    c : array (..., n)
        Constant drift.
    mean, V : array (..., n), (..., n, n)
        Mean and covariance at the first time.
    times : array (times,)
        In s.
    threads : int, optional
        Default: all available cores.

    Returns
    -------
    Means (times, ..., n) and covariances (times, ..., n, n). Their bits depend neither on the
    number of threads nor on the other points; V is exactly symmetric if it is so at the start.
    """
    n = mean.shape[-1]
    batch = np.broadcast_shapes(
        A.shape[:-2], c.shape[:-1], D.shape[:-2], mean.shape[:-1], V.shape[:-2]
    )
    if n >= LARGE:
        return propagate_large(A, c, D, mean, V, _intervals(times), batch)
    points = int(np.prod(batch))
    samples = len(times)
    means, covariances = (np.empty(samples * points * count) for count in (n, n * n))
    rows = [
        _rows(values, batch, axes) for values, axes in ((A, 2), (c, 1), (D, 2), (mean, 1), (V, 2))
    ]
    intervals = _intervals(times)
    kernel = ready(LINEAR_KERNELS)
    work = samples * n**3
    cores = 1 if points * work < SERIAL else threads or available_cores()
    size = simd.LANES * max(1, min(CALL // work, points // (4 * cores)) // simd.LANES)

    def run(part: int, stop: Event) -> None:
        first = part * size
        if not stop.is_set():
            kernel.propagate(
                *rows, intervals, first, min(first + size, points), points, means, covariances
            )

    on_threads(run, -(-points // size), cores)
    return means.reshape(samples, *batch, n), covariances.reshape(samples, *batch, n, n)


def _intervals(times: Array) -> Array:
    """Intervals (times − 1,); those that differ by rounding alone are replaced by their mean."""
    times = np.asarray(times, float)
    intervals = np.diff(times)
    rounding = 4 * np.spacing(np.abs(times).max())
    starts = np.flatnonzero(np.abs(np.diff(intervals, prepend=np.inf)) > rounding)
    counts = np.diff(starts, append=len(intervals))
    lengths = (times[starts + counts] - times[starts]) / counts
    return np.repeat(lengths, counts)


def _rows(values: Array, batch: tuple[int, ...], axes: int) -> Array:
    """Contiguous rows (points, numbers), or one row (1, numbers) if all points have the same."""
    lead = values.shape[: values.ndim - axes]
    last = values.shape[values.ndim - axes :]
    if all(length == 1 for length in lead):
        return _writable(values).reshape(1, -1)
    return _writable(np.broadcast_to(values, batch + last)).reshape(-1, int(np.prod(last)))


def _writable(values: Array) -> Array:
    """A contiguous array that can be written: for others numba compiles a function once more."""
    return np.require(values, float, ["C", "A", "W"])


def _example_of_step() -> list[Arguments]:
    one, none = np.ones((1, 1)), np.ones((0, 1))
    return [(one, one, one, 1.0, none, none, none)]


def _example_of_propagation() -> list[Arguments]:
    one, none = np.ones((1, 1)), np.ones(0)
    return [(one, one, one, one, one, none, 0, 0, 0, none, none)]


_MODULES = (vector_width, simd, linear_kernel)
LINEAR_KERNELS = SharedKernels(_MODULES, ("propagate",), _example_of_propagation)
"""Moments at given times."""
STEP_KERNELS = SharedKernels(_MODULES, ("discretise_all",), _example_of_step)
"""Exact steps alone."""
