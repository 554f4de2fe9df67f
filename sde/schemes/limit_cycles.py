"""Stepped and exact mean fields on a limit cycle, compared at equal phase instead of equal time.

On a limit cycle the phase is free: with a small error of the frequency, the stepped mean field
drifts along the cycle without bound, which does no harm. So the distance of two mean fields across
the cycle and the lag along it are measured separately.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..model.model import Model
from ..moments.deterministic_flow import deterministic_flow
from ..support.checks import Array

COMPARED = 64
"""Largest number of times at which mean fields are compared."""
ITERATIONS = 8
LARGEST_CORRECTION = 0.2
"""Distance along the cycle of one correction of the lag, relative to the mean field."""
CLOSED = 0.01
"""Distance, relative to the size of the cycle, at which a mean field has come back to itself."""


@dataclass(frozen=True, eq=False)
class PhaseComparison:
    """A stepped mean field and the exact one at equal phase.

    chosen (times,) : indices of the compared sample times.
    stepped (times, n) : stepped mean field there.
    nearest (times, n) : point of the exact trajectory that comes nearest to it.
    lag (times,) : how much later the exact mean field is there, in s.
    """

    chosen: Array
    stepped: Array
    nearest: Array
    lag: Array

    @property
    def gap(self) -> float:
        """Largest distance across the cycle, relative to the largest exact mean field."""
        scale = max(float(np.abs(self.nearest).max()), 1.0)
        return float(np.abs(self.stepped - self.nearest).max() / scale)


def compare_at_equal_phase(
    model: Model, stepped: Array, exact: Array, times: Array
) -> PhaseComparison:
    """Compare mean fields (times, n), a stepped and an exact one, at times in s."""
    chosen = np.unique(np.linspace(0, len(times) - 1, COMPARED).round().astype(int))
    nearest = np.empty((len(chosen), exact.shape[-1]))
    lags = np.zeros(len(chosen))
    for k, sample in enumerate(chosen):
        lag = lags[max(k - 1, 0)]
        nearest[k], lags[k] = _nearest(model.mean_level, exact[sample], stepped[sample], lag)
    return PhaseComparison(chosen, stepped[chosen], nearest, lags)


def is_limit_cycle(model: Model, exact: Array, times: Array) -> bool:
    """Whether a mean field (times, n) ends on its own earlier trajectory without being at rest.

    Every earlier state flows to the end in the time between them; that is no return.
    """
    early = exact[: 1 + 3 * len(exact) // 4]
    at = int(np.argmin(np.linalg.norm(early - exact[-1], axis=-1)))
    nearest, lag = _nearest(model.mean_level, exact[at], exact[-1], 0.0)
    since = exact[at:]
    size = float(np.abs(since - since.mean(axis=0)).max())
    returned = np.abs(nearest - exact[-1]).max() < CLOSED * size
    return bool(returned and abs(lag) < (times[-1] - times[at]) / 2)


def _nearest(model: Model, exact: Array, stepped: Array, lag: float) -> tuple[Array, float]:
    """Point where the flow from `exact` (n,) comes nearest to `stepped` (n,), and its lag in s.

    Newton steps along the flow, from a first guess of the lag.
    """
    largest = LARGEST_CORRECTION * max(float(np.linalg.norm(exact)), 1.0)
    point = deterministic_flow(model, exact, lag)
    for _ in range(ITERATIONS):
        drift = model.drift(point)
        speed = float(np.linalg.norm(drift))
        if not (0 < speed < np.inf):
            break
        distance = float(np.clip(drift @ (stepped - point) / speed, -largest, largest))
        point = deterministic_flow(model, point, distance / speed)
        lag += distance / speed
        if abs(distance) < 1e-6 * largest:
            break
    return point, lag
