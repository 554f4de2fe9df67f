"""Sums over trajectories of the periodograms of their light, cell by cell."""

from __future__ import annotations

import numpy as np

from ..support.checks import Array
from .periodograms import Periodograms, packed
from .record_plan import RecordPlan


class LightSums:
    """Takes the states of some cells at every edge of a bin; their sums in the end.

    `paths` are those of the kernel, a letter each: x and y, its linearised twin; m, the mirror
    image of a path of opposite noise. A cell has the states (paths·quadratures·lanes,); the light
    is in the last quadratures of every path.
    """

    def __init__(self, plan: RecordPlan, paths: str, cells: int, lanes: int) -> None:
        self.used = [number for number, path in enumerate(paths) if path != "z"]
        self.paths, self.shape = paths, (cells, len(paths), -1, lanes)
        self.outputs = len(plan.outputs)
        self.periodograms = Periodograms(plan, len(self.used), cells * lanes)

    def take(self, X: Array) -> None:
        """Take the states X (cells, paths·quadratures·lanes) at the next edge."""
        light = X.reshape(self.shape)[:, self.used, -self.outputs :]
        self.periodograms.take(np.moveaxis(light, 0, 2).reshape(len(self.used), self.outputs, -1))

    def sums(self, live: Array) -> Array:
        """Sums (cells, statistics) over the first live (cells,) lanes of every cell.

        With P the periodogram of a path, averaged over the two of an antithetic pair, and P_y that
        of its twin: the sums of P, P², P − P_y and (P − P_y)².
        """
        cells, lanes = self.shape[0], self.shape[3]
        P = self.periodograms.mean
        full = P[:, 0] if "m" not in self.paths else 0.5 * (P[:, 0] + P[:, -1])
        values = [packed(np.moveaxis(S, -1, 0)) for S in (full, full - P[:, 1])]
        out = np.empty((cells, 4, values[0][0].size))
        for cell in range(cells):
            first = cell * lanes
            for number, value in enumerate(values):
                of_cell = value[first : first + live[cell]].reshape(live[cell], -1)
                out[cell, 2 * number] = of_cell.sum(axis=0)
                out[cell, 2 * number + 1] = (of_cell**2).sum(axis=0)
        return out.reshape(cells, -1)
