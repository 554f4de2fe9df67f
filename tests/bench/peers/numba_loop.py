"""Trajectories in numba: a plain parallel loop over trajectories with np.random.normal."""

from __future__ import annotations

import numba
import numpy as np
from numba import njit, prange

from ..race import Engine
from ..worker import python_engine, serve
from ..workloads import EVERY, FORCE_NOISE, LIGHT_NOISE, STEP, STEPS, THREADS, TIMES, Moments, drift

TRAJECTORIES = 2_000
"""A sample, whose cost is proportional."""
slope = njit(fastmath=True)(drift)
LIGHT_KICK, FORCE_KICK = LIGHT_NOISE * STEP**0.5, FORCE_NOISE * STEP**0.5


def engines() -> list[Engine]:
    """One engine."""
    return [
        python_engine(
            f"numba, plain loop ({TRAJECTORIES} trajectories)", "numba_loop", library="numba"
        )
    ]


@njit(parallel=True, fastmath=True)
def ensemble(trajectories, first, second):
    """Add up states (threads, times, 6) and products (threads, times, 6, 6).

    Each thread has its own trajectories and sums.
    """
    for thread in prange(THREADS):
        np.random.seed(thread)
        u = np.empty(6)
        for _ in range(thread, trajectories, THREADS):
            u[:] = 0.0
            for k in range(1, STEPS + 1):
                f = slope((u[0], u[1], u[2], u[3], u[4], u[5]))
                for i in range(4):
                    u[i] += STEP * f[i] + LIGHT_KICK * np.random.normal()
                u[4] += STEP * f[4]
                u[5] += STEP * f[5] + FORCE_KICK * np.random.normal()
                if k % EVERY == 0:
                    for i in range(6):
                        first[thread, k // EVERY - 1, i] += u[i]
                        for j in range(6):
                            second[thread, k // EVERY - 1, i, j] += u[i] * u[j]


def main() -> None:
    """Serve runs."""
    numba.set_num_threads(THREADS)

    def compute() -> Moments:
        first, second = np.zeros((THREADS, TIMES, 6)), np.zeros((THREADS, TIMES, 6, 6))
        ensemble(TRAJECTORIES, first, second)
        return Moments.of_sums(first.sum(axis=0), second.sum(axis=0), TRAJECTORIES)

    serve(compute)


if __name__ == "__main__":
    main()
