"""Bistable Kerr cavities, alone and in chains, and their shifts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from qlangevin.sde import Model
from qlangevin.sde.terms import detune, drive, exchange, kerr, lose
from qlangevin.steady import fixed_points

X = 3.0


def drive_of(y, x=X):
    """The drive F at which a shift y is a fixed point, y[1 + (y − x)²] = F."""
    return y * (1 + (y - x) ** 2)


def kerr_cavity(F, x=X, rate=1e-4, unit=1.0):
    """A cavity of amplitude rate 1 whose shift y = rate · |α|² obeys y[1 + (y − x)²] = F.

    Rates are multiplied by `unit`.
    """
    return Model.build(
        ["a"],
        [
            detune("a", x * unit),
            kerr("a", -rate * unit),
            drive("a", np.sqrt(np.asarray(F) / rate) * unit),
            lose("a", "fibre", amplitude_rate=unit),
        ],
    )


def kerr_chain(modes, F=4.0, rate=1e-2, J=0.3, unit=1.0):
    """Bistable Kerr cavities in a row, each driven and coupled to the next."""
    names = [f"a{number}" for number in range(modes)]
    single = [
        term
        for number, name in enumerate(names)
        for term in (
            detune(name, (X + 0.1 * number) * unit),
            kerr(name, -rate * unit),
            drive(name, np.sqrt(np.asarray(F) / rate) * unit),
            lose(name, f"port{number}", amplitude_rate=unit),
        )
    ]
    return Model.build(names, single + [exchange(a, b, J * unit) for a, b in pairwise(names)])


def shifts(model, rate=1e-4):
    return rate * np.sum(fixed_points(model)["mean"].values ** 2, axis=-1) / 2
