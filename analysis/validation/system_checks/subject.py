"""The system under check: its model, its fixed points, and points at which drifts are compared."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from ....sde.model.model import Model
from ....sde.system import System, as_single_model
from ....steady import IncompleteError, known_states
from ...mode_blocks import Array

RANDOM_POINTS = 4


@dataclass(frozen=True)
class Subject:
    """A system, or a model alone, with what several checks need of it."""

    given: System | Model

    @cached_property
    def model(self) -> Model:
        """The model at its one parameter point. Raises ValueError for arrays of parameters."""
        return as_single_model(self.given, "check_system")

    @property
    def system(self) -> System | None:
        """The system; None for a model alone."""
        return self.given if isinstance(self.given, System) else None

    @property
    def steady(self) -> xr.Dataset:
        """All fixed points with their steady states, or those that can be reached.

        Raises IncompleteError where they cannot all be found.
        """
        if isinstance(self._steady, IncompleteError):
            raise self._steady
        return self._steady

    @cached_property
    def _steady(self) -> xr.Dataset | IncompleteError:
        try:
            return known_states(self.given)
        except IncompleteError as error:
            return error

    @cached_property
    def fixed_points(self) -> Array:
        """The fixed points (branches, n), none where they cannot all be found."""
        if isinstance(self._steady, IncompleteError):
            return np.empty((0, self.model.size))
        return np.asarray(self.steady["mean"].values[self.steady["exists"].values])

    @cached_property
    def stable(self) -> list[xr.Dataset]:
        """The branches that have a steady covariance."""
        known = np.isfinite(self.steady["covariance"].values).all(axis=(-2, -1))
        return [self.steady.isel(branch=int(branch)) for branch in np.flatnonzero(known)]

    @cached_property
    def points(self) -> Array:
        """Points (points, n): rest, the fixed points, and random ones of their sizes and of 1."""
        n = self.model.size
        random = np.random.default_rng(0).normal(size=(2, RANDOM_POINTS, n))
        size = np.abs(self.fixed_points).max(initial=1.0)
        return np.concatenate([np.zeros((1, n)), random[0], size * random[1], self.fixed_points])

    @property
    def remedy(self) -> str:
        """The choice of the system that has consistent noise, where it has the published one."""
        if getattr(self.system, "noise", "") != "published":
            return ""
        return " noise = 'published' is that of the paper; noise = 'consistent' has no such flaw."

    @property
    def title(self) -> str:
        """What the table of checks is headed with."""
        if self.system is None:
            return repr(self.model)
        source = self.system.REFERENCE
        return type(self.system).__name__ + (f", {source}" if source else "")


def states_of_scaled(model: Model) -> xr.Dataset:
    """The steady states of a model, without the warnings that `Subject.steady` has given."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return known_states(model)
