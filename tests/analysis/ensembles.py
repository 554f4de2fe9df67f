"""Small nonlinear models of two cavities, and ensembles of them from an entangled state."""

from dataclasses import replace

import numpy as np

from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.terms import detune, exchange, kerr, lose

from .states import two_mode_squeezed

FALSE_ALARM = 1e-4
ENTANGLED = Gaussian(np.zeros(4), two_mode_squeezed(0.8))
WORDS = ("log_negativity(a, b)", "steering(a, b)", "purity", "populations")


def two_cavities(*terms):
    losses = [lose(mode, mode, amplitude_rate=1.0) for mode in "ab"]
    return Model.build(["a", "b"], [detune("a", 1.0), exchange("a", "b", 0.5), *losses, *terms])


def saturated(s):
    """Quadratic forces and friction that grows with each quadrature's square; no mean field."""
    linear = two_cavities().mean_level
    Q = Monomials(np.array([[1, 0, 0], [3, 2, 2]]), np.array([1.0, 0.7]))
    K = Monomials(np.repeat(np.arange(4), 4).reshape(4, 4), np.full(4, -0.3))
    return replace(linear, Q=Q, K=K).averaged(-0.5 * np.eye(4)).scaled(s)


def dephasing(s):
    """Two Kerr cavities, which turn a two-mode squeezed state by angles of their own light."""
    return two_cavities(kerr("a", 1.0), kerr("b", 1.0)).scaled(s)


def run(model, seed, trajectories=8192, duration=0.2, **options):
    """By a scheme whose step bias is far below all error bars."""
    arguments = {"step": 0.02, "samples": 1, "start": ENTANGLED, "threads": 1} | options
    result = simulate(
        model,
        trajectories=trajectories,
        duration=duration,
        scheme="runge-kutta",
        seed=seed,
        **arguments,
    )
    return result.isel(time=slice(-1, None))


def first(values):
    """The first number of an array, as of the populations that of a."""
    return float(np.ravel(values)[0])
