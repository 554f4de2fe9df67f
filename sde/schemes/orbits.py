"""Mean fields that do not come to rest, compared at the same place of their course rather than at
the same time.

On a limit cycle the phase is free: steps that run a little fast or slow drift along the cycle,
without bound and without harm. Of two courses, the distance across and the lag along are therefore
told apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..model.model import Model
from ..moments.deterministic_flow import deterministic_flow
from ..support.checks import Array

COMPARED = 64
"""Times at most at which courses are compared."""
ITERATIONS = 8
REACH = 0.2
"""Way, relative to the size of the mean field, of one correction of a lag."""
CLOSED = 0.01
"""Distance, relative to its size, at which a course has come back to itself."""


@dataclass(frozen=True, eq=False)
class Courses:
    """A stepped mean field beside the exact one, both (times, n), at some of the sample times,
    `chosen` by index.

    lag (times,): how much later, in s, the exact one comes nearest to the stepped one; `nearest`
    (times, n): where.
    """

    chosen: Array
    stepped: Array
    nearest: Array
    lag: Array

    @property
    def gap(self) -> float:
        """Largest distance across, relative to the largest of the exact mean field."""
        scale = max(float(np.abs(self.nearest).max()), 1.0)
        return float(np.abs(self.stepped - self.nearest).max() / scale)


def compare_courses(model: Model, stepped: Array, exact: Array, times: Array) -> Courses:
    """The courses of mean fields (times, n) at equal places."""
    chosen = np.unique(np.linspace(0, len(times) - 1, COMPARED).round().astype(int))
    nearest, lags = np.empty((len(chosen), exact.shape[-1])), np.zeros(len(chosen))
    for k, now in enumerate(chosen):
        nearest[k], lags[k] = _nearest(
            model.mean_level, exact[now], stepped[now], lags[max(k - 1, 0)]
        )
    return Courses(chosen, stepped[chosen], nearest, lags)


def is_cycle(model: Model, exact: Array) -> bool:
    """Whether the end of a mean field (times, n) lies on its earlier course, and is not at rest."""
    early = exact[: 1 + 3 * len(exact) // 4]
    closest = early[np.argmin(np.linalg.norm(early - exact[-1], axis=-1))]
    place, _ = _nearest(model.mean_level, closest, exact[-1], 0.0)
    size = float(np.abs(exact - exact.mean(axis=0)).max())
    return bool(np.abs(place - exact[-1]).max() < CLOSED * size)


def _nearest(model: Model, exact: Array, stepped: Array, lag: float) -> tuple[Array, float]:
    """Where the flow from an exact mean field (n,) comes nearest to a stepped one, near a lag in s,
    and when.
    """
    reach = REACH * max(float(np.linalg.norm(exact)), 1.0)
    place = deterministic_flow(model, exact, lag)
    for _ in range(ITERATIONS):
        slope = model.drift(place)
        speed = float(np.linalg.norm(slope))
        if not (0 < speed < np.inf):
            break
        way = float(np.clip(slope @ (stepped - place) / speed, -reach, reach))
        place, lag = deterministic_flow(model, place, way / speed), lag + way / speed
        if abs(way) < 1e-6 * reach:
            break
    return place, lag
