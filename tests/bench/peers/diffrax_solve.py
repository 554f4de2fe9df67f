"""Trajectories in diffrax, in two layouts.

One solve of the whole ensemble as a (6, trajectories) state, or one solve per trajectory, vmapped.
"""

from __future__ import annotations

import sys

from ..race import Engine
from ..worker import python_engine, serve
from ..workloads import FORCE_NOISE, LIGHT_NOISE, STEP, STEPS, TIMES, TRAJECTORIES, Moments, drift

VMAPPED = 2_000
"""Trajectories of the vmapped solve: a sample, whose cost is proportional."""


def engines() -> list[Engine]:
    """Both layouts."""
    layouts = {
        "batched": "diffrax, one batched solve",
        "vmap": f"diffrax, vmap ({VMAPPED} trajectories)",
    }
    return [
        python_engine(name, "diffrax_solve", layout, library="diffrax")
        for layout, name in layouts.items()
    ]


def solver(trailing: tuple[int, ...], moments):
    """The function of a random key that solves for a state (6, *trailing).

    It keeps `moments` of (t, state, args) at the sample times.
    """
    import diffrax
    from jax import numpy as jnp

    amplitudes = jnp.array([LIGHT_NOISE] * 4 + [FORCE_NOISE]).reshape(5, *(1 for _ in trailing))

    class Noise(diffrax.AbstractTerm):
        """Additive noise on all but q, without the matrix that diffrax would multiply by."""

        control: diffrax.AbstractBrownianPath

        def vf(self, t, y, args):
            return amplitudes

        def contr(self, t0, t1, **options):
            return self.control.evaluate(t0, t1, **options)

        def prod(self, vf, control):
            kick = vf * control
            return jnp.concatenate([kick[:4], jnp.zeros_like(kick[:1]), kick[4:]])

    def solve(key):
        path = diffrax.UnsafeBrownianPath(shape=(5, *trailing), key=key)
        deterministic = diffrax.ODETerm(lambda t, y, args: jnp.stack(drift(y)))
        times = jnp.linspace(0, STEPS * STEP, TIMES + 1)[1:]
        solution = diffrax.diffeqsolve(
            diffrax.MultiTerm(deterministic, Noise(path)),
            diffrax.Euler(),
            0.0,
            STEPS * STEP,
            STEP,
            jnp.zeros((6, *trailing)),
            saveat=diffrax.SaveAt(ts=times, fn=moments),
            stepsize_controller=diffrax.ConstantStepSize(),
            max_steps=STEPS + 10,
            adjoint=diffrax.ForwardMode(),
        )
        return solution.ys

    return solve


def main() -> None:
    """Serve runs of the layout that the first argument names."""
    import jax
    import numpy as np
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
    batched = sys.argv[1] == "batched"
    count, key = TRAJECTORIES if batched else VMAPPED, jax.random.key(4)

    def vmapped(key):
        states = jax.vmap(solver((), lambda t, y, args: y))(jax.random.split(key, count))
        return states.sum(axis=0), jnp.einsum("nti,ntj->tij", states, states)

    def sums(t, y, args):
        return y.sum(axis=1), y @ y.T

    ensemble = jax.jit(solver((count,), sums) if batched else vmapped)

    def compute() -> Moments:
        first, second = ensemble(key)
        return Moments.of_sums(np.asarray(first), np.asarray(second), count)

    serve(compute)


if __name__ == "__main__":
    main()
