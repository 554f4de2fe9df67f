"""Models of one mode with two stable foci, about which paths spiral."""

import numpy as np

from qlangevin.sde import Gaussian, Model, terms
from qlangevin.sde.terms import Energy
from qlangevin.steady import steady_state


def kerr_cavity(U=0.4, F=2.4):
    """A Kerr cavity in units of its energy decay rate; by default foci of 0.77 and 9.1 quanta."""
    return Model.build(
        ["cavity"],
        [
            terms.detune("cavity", -3.0),
            terms.kerr("cavity", U),
            terms.drive("cavity", -1j * F),
            terms.lose("cavity", "out", energy_rate=1.0),
        ],
    )


def duffing_oscillator(friction=0.2, length=10.0):
    """q̇ = p, ṗ = q − q³/length − γp + noise of temperature ½.

    The wells are at ±√length, the barrier is length/4, ω = √2.
    """
    q, p = ("a", 0), ("a", 1)
    wells = Energy(((0.5, (p, p)), (-0.5, (q, q)), (0.25 / length, (q, q, q, q))))
    return Model.build(["a"], [wells, terms.rub("a", friction, occupation=0)])


def branches(model):
    """The Gaussian states of the stable branches."""
    steady = steady_state(model)
    stable = steady["stable"].values
    pairs = zip(steady["mean"].values[stable], steady["covariance"].values[stable], strict=True)
    return tuple(Gaussian(*pair, physical="ignore") for pair in pairs)


def stable_numbers(model):
    """Numbers of the stable branches, and four times the slowest relaxation time."""
    steady = steady_state(model)
    slowest = np.abs(steady["eigenvalue_real"].values).min()
    return np.flatnonzero(steady["stable"].values).tolist(), 4 / float(slowest)
