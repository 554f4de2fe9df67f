"""Trajectories in JAX: a hand-written scan over (6, trajectories) arrays.

The ensemble is split over host devices.
"""

from __future__ import annotations

from ..race import Engine
from ..worker import python_engine, serve
from ..workloads import (
    EVERY,
    FORCE_NOISE,
    LIGHT_NOISE,
    STEP,
    THREADS,
    TIMES,
    TRAJECTORIES,
    Moments,
    drift,
)


def engines() -> list[Engine]:
    """One engine."""
    devices = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={THREADS}"}
    return [python_engine("JAX scan", "jax_scan", library="jax", environment=devices)]


def main() -> None:
    """Serve runs."""
    import jax
    import numpy as np
    from jax import lax, random
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    amplitudes = [LIGHT_NOISE * STEP**0.5] * 4 + [FORCE_NOISE * STEP**0.5]
    share = TRAJECTORIES // THREADS

    def step(carried, _):
        state, key = carried
        key, drawn = random.split(key)
        kicks = [
            amplitude * normal
            for amplitude, normal in zip(amplitudes, random.normal(drawn, (5, share)), strict=True)
        ]
        kicks.insert(4, 0.0)
        moved = (
            u + STEP * du + kick for u, du, kick in zip(state, drift(state), kicks, strict=True)
        )
        return (tuple(moved), key), None

    def until_sample(carried, _):
        carried, _ = lax.scan(step, carried, None, length=EVERY)
        states = jnp.stack(carried[0])
        return carried, (states.sum(axis=1), states @ states.T)

    def ensemble(key):
        return lax.scan(until_sample, ((jnp.zeros(share),) * 6, key), None, length=TIMES)[1]

    on_all_devices, keys = jax.pmap(ensemble), random.split(random.key(3), THREADS)

    def compute() -> Moments:
        first, second = (np.asarray(sums).sum(axis=0) for sums in on_all_devices(keys))
        return Moments.of_sums(first, second, TRAJECTORIES)

    serve(compute)


if __name__ == "__main__":
    main()
