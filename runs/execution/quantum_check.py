"""Accuracy of switching rates in truncated Wigner: escape paths, and the Liouvillian gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from ...analysis.switching.escape import Escape, escape
from ...analysis.switching.liouvillian import Liouvillian, NoLiouvillianError, liouvillian_gap
from ...analysis.switching.variables import labelled
from ...sde import Gaussian, Model
from ...sde.support.checks import Array


@dataclass(frozen=True, eq=False)
class QuantumCheck:
    """For each branch the most probable escape path and its saddle (n,), None where there is none.

    `exact` is the Liouvillian gap, the reason why there is none, or None where it was not computed.
    """

    escapes: tuple[Escape | None, Escape | None]
    saddles: tuple[Array | None, Array | None]
    exact: Liouvillian | str | None

    @property
    def dropped(self) -> float:
        """The larger change of ln(rate) by what truncated Wigner drops; NaN if unknown."""
        return max(np.nan if path is None else abs(path.dropped) for path in self.escapes)

    def variables(self) -> dict[str, xr.Variable]:
        """The variables for the file of a result."""
        paths = [
            (np.nan, np.nan) if path is None else (path.action, path.dropped)
            for path in self.escapes
        ]
        action, dropped = np.array(paths).T
        gap = self.exact.gap if isinstance(self.exact, Liouvillian) else np.nan
        values = {
            "escape_action": action,
            "escape_dropped": dropped,
            "liouvillian_gap": np.array(gap),
        }
        return labelled(values)


def slowest_rate(steady: xr.Dataset, between: xr.Dataset) -> float:
    """The slowest relaxation rate of the stable branches and at unstable fixed points, 1/s."""
    rates = np.abs(between["eigenvalue_real"].values)
    return min(float(steady["margin"].min()), float(rates[rates > 0].min(initial=np.inf)))


def check_quantum(
    model: Model,
    steady: xr.Dataset,
    between: xr.Dataset,
    states: tuple[Gaussian, Gaussian],
    exact: bool,
) -> QuantumCheck:
    """The escape paths from two stable branches over the fixed points between them.

    With `exact` the Liouvillian gap is computed too.
    """
    saddles = between["mean"].values[(between["eigenvalue_real"].values > 0).sum(axis=-1) == 1]
    slowest = slowest_rate(steady, between)
    paths = []
    for mean in steady["mean"].values:
        found = [
            (path, saddle)
            for saddle in saddles
            if (path := escape(model, mean, saddle, slowest)) is not None
        ]
        paths.append(min(found, key=lambda each: each[0].action, default=(None, None)))
    (first, over), (second, over_second) = paths
    return QuantumCheck(
        (first, second), (over, over_second), _gap(model, states) if exact else None
    )


def _gap(model: Model, states: tuple[Gaussian, Gaussian]) -> Liouvillian | str:
    try:
        return liouvillian_gap(model, states)
    except NoLiouvillianError as error:
        return str(error)
