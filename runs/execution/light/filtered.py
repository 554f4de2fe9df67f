"""Filtered modes of the light that leaves: entanglement and steering of pairs with them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....analysis import gaussian
from ....sde.model.model import Model
from ....sde.model.uncertainty import is_quantum_state, uncertainty_margin
from ....sde.support.checks import Array
from ....steady.light import output_modes
from ....steady.light.filters import overlaps
from ...run_files.light import FilteredLight, Pair
from .variables import FILTER, PAIR, labelled


def filtered_states(model: Model, filtered: FilteredLight) -> xr.Dataset:
    """Measures of the filtered modes of a linear model, and of the pairs.

    The filters of one pair are taken alone, so that those of different pairs may overlap. Raises
    RefusedError where those of one pair do and are not to be orthogonalised.
    """
    states = _States(model, filtered)
    alone = [states.of(name)[-2:, -2:] for name in filtered.filters]
    pairs = [_measures(states, pair) for pair in filtered.pairs]
    filters = filtered.filters.values()
    values = {
        "filter_centre": np.array([float(each.centre) for each in filters]),
        "filter_width": np.array([float(each.width) for each in filters]),
        "filter_squeezing": np.array([float(gaussian.squeezing(V, 0)) for V in alone]),
        "filter_quanta": np.array([float(gaussian.populations(V)[0]) for V in alone]),
        **{name: np.stack([each[name] for each in pairs]) for name in pairs[0]},
    }
    axes = {
        FILTER: list(filtered.filters),
        PAIR: [f"{first}|{second}" for first, second in filtered.pairs],
        "direction": ["first → second", "second → first"],
    }
    return xr.Dataset(labelled(values), axes)


class _States:
    """Covariances of the system with some of the filters, each computed once."""

    def __init__(self, model: Model, filtered: FilteredLight) -> None:
        self.model, self.filtered = model, filtered
        self._known: dict[tuple[str, ...], Array] = {}

    def of(self, *names: str) -> Array:
        """The covariance (n + 2k, n + 2k) of the n quadratures of the system and of k filters."""
        if names not in self._known:
            filtered = self.filtered
            self._known[names] = output_modes(
                self.model,
                {name: filtered.filters[name] for name in names},
                efficiency=filtered.efficiency,
                overlapping=filtered.overlapping,
            ).values
        return self._known[names]


def _measures(states: _States, pair: Pair) -> dict[str, Array]:
    """E_N, steering and covariance of a pair of modes; overlap and physicality of its filters."""
    filters, modes = states.filtered.filters, states.model.modes
    used = tuple(name for name in pair if name in filters)
    V = states.of(*used)
    i, j = ([*modes, *used].index(name) for name in pair)
    rows = [2 * i, 2 * i + 1, 2 * j, 2 * j + 1]
    return {
        "log_negativity": np.asarray(gaussian.log_negativity(V, i, j)),
        "steering": np.stack([gaussian.steering(V, i, j), gaussian.steering(V, j, i)]),
        "overlap": np.abs(overlaps([filters[name] for name in used])[0, -1] - (len(used) == 1)),
        "physicality": np.asarray(uncertainty_margin(V)),
        "quantum_state": is_quantum_state(V),
        "pair_covariance": V[np.ix_(rows, rows)],
    }
