"""Where the drift alone takes a state in a short time: along the course of the mean field, and
about it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..model.model import Model
from ..support.checks import Array
from .linear import exact_step


def flow(model: Model, u: Array, time: float) -> Array:
    """Where the drift of a model takes a state (n,) in a short time, s, by the classical
    Runge–Kutta rule.
    """
    if time == 0:
        return u
    parts = int(
        np.clip(np.ceil(4 * np.abs(model.jacobian(u)).sum(axis=-1).max() * abs(time)), 1, 1024)
    )
    h = time / parts
    for _ in range(parts):
        k1 = model.drift(u)
        k2 = model.drift(u + 0.5 * h * k1)
        k3 = model.drift(u + 0.5 * h * k2)
        u = u + h / 6 * (k1 + 2 * k2 + 2 * k3 + model.drift(u + h * k3))
    return u


class DeviationFlow:
    """The exact flow about a mean (n,): the linear part by exact steps, as long as they may be, the
    rest beside it.

    u = mean + y + z,   ẏ = A y + f(mean),   ż = A z + r(y + z)

    with r the quadratic and cubic terms, and z by the classical Runge–Kutta rule on top of the
    exact linear part.
    """

    def __init__(self, model: Model, mean: Array) -> None:
        about = model.about(mean)
        self.A, self.c = about.A, about.c
        self.rest = replace(about, c=np.zeros_like(about.c), A=np.zeros_like(about.A))

    def __call__(self, x: Array, time: float) -> Array:
        """Deviations (points, n) from the mean, after a time in s; not finite where they leave
        every bound.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            rate = float(np.abs(self.rest.jacobian(x)).sum(axis=-1).max())
            parts = int(np.clip(np.ceil(4 * rate * time), 1, 32))
            h, D = time / parts, np.zeros_like(self.A)
            E, g, _ = exact_step(self.A, self.c[:, None], D, 0.5 * h)
            turn, kick = np.eye(len(self.A)) + E.T, g[:, 0]
            for _ in range(parts):
                x = self._advance(x, h, turn, kick)
        return x

    def _advance(self, y: Array, h: float, turn: Array, kick: Array) -> Array:
        """A step of h from z = 0."""
        half = y @ turn + kick
        r = self.rest.drift
        k1 = r(y)
        k2 = r(half + 0.5 * h * k1 @ turn)
        k3 = r(half + 0.5 * h * k2)
        end = half @ turn + kick
        k4 = r(end + h * k3 @ turn)
        return np.asarray(end + h / 6 * ((k1 @ turn + 2 * (k2 + k3)) @ turn + k4))
