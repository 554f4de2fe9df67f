"""Trajectories in NumPy: blocks that stay in cache, SFC64, a process per core."""

from __future__ import annotations

import multiprocessing

import numpy as np

from ..race import Engine
from ..worker import python_engine, serve
from ..workloads import (
    EVERY,
    FORCE_NOISE,
    LIGHT_NOISE,
    STEP,
    STEPS,
    THREADS,
    TIMES,
    Array,
    Moments,
    drift,
)

BLOCK = 1_000
"""Trajectories of a block; a run takes one per process, a sample whose cost is proportional."""


def engines() -> list[Engine]:
    """One engine."""
    return [
        python_engine(f"NumPy ({BLOCK * THREADS} trajectories)", "numpy_blocks", library="numpy")
    ]


def block(seed: int) -> tuple[Array, Array]:
    """Sums of the states (TIMES, 6) and of their products (TIMES, 6, 6) of one block."""
    rng = np.random.Generator(np.random.SFC64(seed))
    amplitudes = np.sqrt(STEP) * np.array([LIGHT_NOISE] * 4 + [FORCE_NOISE])[:, None]
    state, normals = np.zeros((6, BLOCK)), np.empty((5, BLOCK))
    first, second = np.empty((TIMES, 6)), np.empty((TIMES, 6, 6))
    for k in range(1, STEPS + 1):
        rng.standard_normal(out=normals)
        kicks = amplitudes * normals
        state = state + STEP * np.array(drift(state))
        state[:4] += kicks[:4]
        state[5] += kicks[4]
        if k % EVERY == 0:
            sample = k // EVERY - 1
            first[sample], second[sample] = state.sum(axis=1), state @ state.T
    return first, second


def main() -> None:
    """Serve runs."""
    with multiprocessing.Pool(THREADS) as pool:

        def compute() -> Moments:
            parts = pool.map(block, range(20, 20 + THREADS), chunksize=1)
            return Moments.of_sums(
                sum(p[0] for p in parts), sum(p[1] for p in parts), BLOCK * THREADS
            )

        serve(compute)


if __name__ == "__main__":
    main()
