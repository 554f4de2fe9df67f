"""Models of one mode, and runs in units of their decay rate."""

import numpy as np

from qlangevin.sde import Model, simulate
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.terms import detune, lose

from ...models import KAPPA


def cavity(detuning=1.0, occupation=1.0):
    """A damped thermal cavity in units of κ = 10⁶/s."""
    terms = [
        detune("a", detuning * KAPPA),
        lose("a", "p", amplitude_rate=KAPPA, occupation=occupation),
    ]
    return Model.build(["a"], terms)


def polynomial(c, A, Q=()):
    """A one-mode model of given arrays, without noise; Q as (row, factor, factor, value)."""
    empty = Monomials(np.zeros((0, 4), int), np.zeros(0))
    quadratic = Monomials(
        np.array([q[:3] for q in Q], int).reshape(-1, 3), np.array([q[3] for q in Q], float)
    )
    return Model(
        ("m",),
        ("m.q", "m.p"),
        (),
        np.array(c, float),
        np.array(A, float),
        quadratic,
        empty,
        np.zeros((2, 0)),
        {},
    )


def run(model, trajectories=4096, duration=5.0, step=0.008, samples=25, **options):
    return simulate(
        model,
        trajectories=trajectories,
        duration=duration / KAPPA,
        step=step / KAPPA,
        samples=samples,
        **options,
    )
