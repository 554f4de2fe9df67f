"""Deterministic flow of the drift over short times, from a state and about a mean field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..model.model import Model
from ..support.checks import Array
from .linear_large import single_step


def deterministic_flow(model: Model, u: Array, time: float) -> Array:
    """State (n,) that the drift alone reaches from u (n,) after a short time in s.

    By the classical Runge–Kutta rule, with steps of a quarter of 1/‖A‖ or less.
    """
    if time == 0:
        return u
    rate = np.abs(model.jacobian(u)).sum(axis=-1).max()
    steps = int(np.clip(np.ceil(4 * rate * abs(time)), 1, 1024))
    h = time / steps
    for _ in range(steps):
        k1 = model.drift(u)
        k2 = model.drift(u + 0.5 * h * k1)
        k3 = model.drift(u + 0.5 * h * k2)
        u = u + h / 6 * (k1 + 2 * k2 + 2 * k3 + model.drift(u + h * k3))
    return u


class DeviationFlow:
    """Flow of deviations from a mean field (n,), with the linear part taken exactly.

    u = mean + y + z,   ẏ = A y + f(mean),   ż = A z + r(y + z)

    with r the quadratic and cubic terms, and z by the classical Runge–Kutta rule on top of the
    exact linear part.
    """

    def __init__(self, model: Model, mean: Array) -> None:
        about = model.about(mean)
        self.A, self.c = about.A, about.c
        self.nonlinear = replace(about, c=np.zeros_like(about.c), A=np.zeros_like(about.A))

    def __call__(self, x: Array, time: float) -> Array:
        """Deviations that x (points, n) become after a time in s; not finite where they diverge."""
        with np.errstate(over="ignore", invalid="ignore"):
            rate = _largest_rate(self.nonlinear, x)
            steps = int(np.clip(np.ceil(4 * rate * time), 1, 32))
            h = time / steps
            D = np.zeros_like(self.A)
            E, g, _ = single_step(self.A, self.c[:, None], D, 0.5 * h)
            half_step = np.eye(len(self.A)) + E.T
            offset = g[:, 0]
            for _ in range(steps):
                x = self._step(x, h, half_step, offset)
        return x

    def _step(self, y: Array, h: float, half_step: Array, offset: Array) -> Array:
        """A step of h from y (points, n), z = 0; y · half_step + offset is linear flow over h/2."""
        half = y @ half_step + offset
        r = self.nonlinear.drift
        k1 = r(y)
        k2 = r(half + 0.5 * h * k1 @ half_step)
        k3 = r(half + 0.5 * h * k2)
        end = half @ half_step + offset
        k4 = r(end + h * k3 @ half_step)
        return np.asarray(end + h / 6 * ((k1 @ half_step + 2 * (k2 + k3)) @ half_step + k4))


def _largest_rate(model: Model, x: Array) -> float:
    """The largest ‖∂f‖ (maximum of row sums) of the quadratic and cubic terms at x (points, n)."""
    slopes = [terms.slopes(x) for terms in (model.Q, model.K)]
    places = np.unique(np.concatenate([targets for targets, _ in slopes]))
    if not len(places):
        return 0.0
    total = np.zeros((len(places), len(x)))
    for targets, values in slopes:
        total[np.searchsorted(places, targets)] += values
    rows = np.flatnonzero(np.diff(places // model.size, prepend=-1))
    return float(np.add.reduceat(np.abs(total), rows, axis=0).max())
