"""What receives the light at all points of a grid: filters of output modes, losses on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ....sde.model.model import Model
from ....sde.support.checks import is_function, require_one_of, shown
from ....sde.support.errors import RefusedError
from ....sde.system import System
from ..detection import efficiencies, require_ports_that_leave
from ..filters import Filter
from ..output_modes import TREATMENTS, commuting, require_filters

Filters = Mapping[str, Filter] | Callable[[Any], Mapping[str, Filter]]
"""Filters by name of the mode, or a function of the system that returns them."""


@dataclass(frozen=True, eq=False)
class OutputFilters:
    """Filters, or the function of the system that returns them; efficiencies by port."""

    filters: Filters | None = None
    efficiency: Mapping[str, Any] | None = None
    overlapping: str = "refuse"

    def filters_of(self, system: System) -> Mapping[str, Filter]:
        """The filters by name, at the parameters of a system."""
        if self.filters is None:
            return {}
        return self.filters(system) if is_function(self.filters) else self.filters  # type: ignore[return-value]

    def checked_names(self, system: System, model: Model) -> list[str]:
        """Names of the filtered modes, of a system at its first point and its model.

        RefusedError for what is no filter or efficiency, or not the same at all points.
        """
        require_one_of("overlapping", self.overlapping, TREATMENTS)
        shares = efficiencies(model, self.efficiency)
        if shares.ndim > 1:
            raise RefusedError(
                f"efficiency must be one number per port (got {shown(self.efficiency)})"
            )
        if self.filters is None:
            return []
        filters = self.filters_of(system)
        require_filters(model, filters)
        require_ports_that_leave(model, [each.port for each in filters.values()], "filter")
        for name, each in filters.items():
            if not is_function(self.filters) and np.ndim(each.centre) + np.ndim(each.width):
                raise RefusedError(
                    f"output_modes[{name!r}] must have one centre and one width (got "
                    f"{shown(each)}); where they differ from point to point, give a function of "
                    "the system that returns the filters"
                )
        commuting(filters, self.overlapping)
        return list(filters)

    def settings(self, system: System) -> dict[str, Any]:
        """What a provenance records, where there are filters or losses."""
        found: dict[str, Any] = {}
        if self.filters is not None:
            filters = self.filters_of(system)
            changing = "_at_unchanged_parameters" if is_function(self.filters) else ""
            found[f"output_modes{changing}"] = {
                name: each.settings for name, each in filters.items()
            }
            found["overlapping"] = self.overlapping
        if self.efficiency is not None:
            found["efficiency"] = dict(self.efficiency)
        return found
