"""A bistable optomechanical cavity with fixed points in closed form."""

from __future__ import annotations

import numpy as np

from qlangevin.sde import Model
from qlangevin.sde.terms import detune, drive, lose, press, rub
from qlangevin.steady import fixed_points

PULL = 0.01
STIFFNESS = 2.0


def bistable(x, F, unit=1.0, friction=0.1):
    """A cavity of amplitude rate 1 on a spring, whose shift y = Gq obeys y[1 + (y − x)²] = F.

    Rates are multiplied by `unit`.
    """
    strength = np.sqrt(np.asarray(F) * STIFFNESS) / PULL
    return Model.build(
        ("light", "spring"),
        [
            detune("light", np.asarray(x) * unit),
            detune("spring", STIFFNESS * unit),
            press("light", "spring", PULL * unit),
            drive("light", strength * unit),
            lose("light", "fibre", amplitude_rate=unit),
            rub("spring", friction * unit, occupation=3),
        ],
    )


def shifts(model):
    """The shifts y of all fixed points, ascending."""
    return np.sort(PULL * fixed_points(model)["mean"].sel(quadrature="spring.q").values)


def turning_points(x):
    """The shifts y and drives F at which two roots of the cubic meet."""
    y = (2 * x + np.array([-1, 1]) * np.sqrt(x**2 - 3)) / 3
    return y, y * (1 + (y - x) ** 2)
