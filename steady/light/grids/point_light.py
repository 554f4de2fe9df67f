"""The light that leaves at every point of a grid, about every stable branch.

A spectrum or response is computed at one frequency per point, which may differ from point to point:
−iω − A = −(A + iω), so a transfer matrix at ω is that of A + iω at frequency 0. The
transposed equations have fewer right-hand sides for spectra.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ....sde.model.model import Model
from ....sde.model.uncertainty import is_quantum_state, uncertainty_margin
from ....sde.support.checks import Array
from ....sde.system import System, as_model
from ..detection import ReceivedLight, received_light
from ..filtered import Fluctuations, joint_covariance
from ..filters import Filter
from ..frequency_response import coherent_inputs, of_probe
from ..linear_light import outgoing_ports
from ..output_modes import commuting, mixed
from ..transfer import transfer_and_slope, transfer_matrix
from ..uncertainty import is_physical, keeps_commutators
from .output_filters import OutputFilters

NO_SHIFT = np.zeros(1)
"""The frequency at which A + iω is solved."""


@dataclass(eq=False)
class PointLight:
    """Light that leaves at a list of points: du = A u dt + B dW about their branches.

    system : the system with arrays (points,) as parameters
    A (points, branches, n, n), in rad/s, and whether the branches are stable (points, branches);
        results are NaN where not.
    detection : filters and losses
    margin (points, branches) : least eigenvalue of S ± iΩ/2 of spectra, and of V + iΩ/2 of
        covariances, computed so far; 0 where they keep the relation, infinite before.
    """

    system: System
    A: Array
    stable: Array
    detection: OutputFilters
    margin: Array

    @staticmethod
    def of(system: System, A: Array, stable: Array, detection: OutputFilters) -> PointLight:
        """The light at points of which nothing has been computed yet."""
        return PointLight(system, A, stable, detection, np.full(stable.shape, np.inf))

    def at(self, point: int, system: System) -> PointLight:
        """The light at one of the points, at which the parameters are those of `system`."""
        one = slice(point, point + 1)
        arrays = {name: getattr(self, name)[one] for name in ("A", "stable", "margin")}
        return replace(self, system=system, **arrays)

    @cached_property
    def model(self) -> Model:
        """The model of all points."""
        return as_model(self.system)

    @cached_property
    def received(self) -> ReceivedLight:
        """The light of all ports as it is detected."""
        return received_light(self.model, self.detection.efficiency)

    def spectrum(self, port: str, frequency: Array) -> Array:
        """S (points, branches, 2, 2) of the light of a port at frequencies (...), (points,).

        The spectra of all ports together are checked for the uncertainty relation.
        """
        ports = list(outgoing_ports(self.model))
        C, D = self._of_ports(ports)
        B = self._of_stable(self.received.B, 2)
        A = _transposed(self._shifted(frequency))
        M = transfer_matrix(A, _transposed(C), _transposed(B), _transposed(D), NO_SHIFT)[:, 0]
        S = _transposed(M) @ M.conj()
        S = 0.5 * (S + _transposed(S.conj()))
        physical = is_physical(S)
        if (doubtful := ~physical).any():
            model = self.A[self.stable], B, C, D
            physical[doubtful] = keeps_commutators(*(each[doubtful] for each in model))
        self._audit(S, physical)
        first = 2 * ports.index(port)
        return self._scattered(S[:, first : first + 2, first : first + 2])

    def probe(self, port: str, source: str, frequency: Array) -> tuple[Array, Array]:
        """Amplitude transmission T (points, branches) to a port from another, and dT/dω in s.

        NaN where light cannot enter the other one. Losses behind the ports are not included.
        """
        output = self.model.ports[port]
        inputs, own, acts, passes = coherent_inputs(self.model, self.model.B, output.D)
        columns = slice(2 * inputs.index(source), 2 * inputs.index(source) + 2)
        arrays = (acts[..., columns], output.C, passes[..., columns])
        B, C, D = (self._of_stable(each, 2) for each in arrays)
        M, slope = transfer_and_slope(self._shifted(frequency), B, C, D, NO_SHIFT)
        known = self._of_stable(own[..., 0, 0, columns.start], 0)
        T, dT = (of_probe(each[:, 0], 1j)[:, 0, 0] for each in (M, slope))
        return tuple(self._scattered(np.where(known, each, np.nan)) for each in (T, dT))  # type: ignore[return-value]

    @cached_property
    def covariance(self) -> Array:
        """V (points, branches, N, N) of the modes of the system and then of the filtered ones."""
        filters = {
            name: Filter(
                each.port,
                centre=self._of_stable(each.centre, 0),
                width=self._of_stable(each.width, 0),
                shape=each.shape,
            )
            for name, each in self.detection.filters_of(self.system).items()
        }
        lights = [self._of_ports([each.port]) for each in filters.values()]
        C, D = ([light[part] for light in lights] for part in (0, 1))
        fluctuations = Fluctuations(self.A[self.stable], self._of_stable(self.received.B, 2), C, D)
        V = joint_covariance(fluctuations, [each.exponentials for each in filters.values()])
        V = mixed(V, commuting(filters, self.detection.overlapping), self.model.size)
        self._audit(V, is_quantum_state(V))
        return self._scattered(V)

    @property
    def quadratures(self) -> list[str]:
        """Labels of the quadratures of `covariance`."""
        names = self.detection.filters_of(self.system)
        return [*self.model.quadratures, *(f"{name}.{axis}" for name in names for axis in "XY")]

    @cached_property
    def _origin(self) -> Array:
        """The point (stable,) that each stable branch is of."""
        return np.asarray(np.nonzero(self.stable)[0])

    def _of_stable(self, values: Array, axes: int) -> Array:
        """Values (..., *axes) or (points, ..., *axes) for each stable branch (stable, *axes)."""
        values = np.asarray(values)
        shape = values.shape[values.ndim - axes :]
        return np.broadcast_to(values, (len(self.stable), *shape))[self._origin]

    def _of_ports(self, ports: Sequence[str]) -> tuple[Array, Array]:
        """C and D (stable, 2 ports, ...) of the detected light of ports."""
        every = list(self.model.ports)
        rows = [2 * every.index(port) + axis for port in ports for axis in (0, 1)]
        C, D = self.received.C[..., rows, :], self.received.D[..., rows, :]
        return self._of_stable(C, 2), self._of_stable(D, 2)

    def _shifted(self, frequency: Array) -> Array:
        """A + iω (stable, n, n)."""
        omega = self._of_stable(frequency, 0)[:, None, None]
        return np.asarray(self.A[self.stable] + 1j * omega * np.eye(self.model.size))

    def _scattered(self, values: Array) -> Array:
        """Values (stable, ...) as (points, branches, ...), NaN where not stable."""
        found = np.full((*self.stable.shape, *values.shape[1:]), np.nan, values.dtype)
        found[self.stable] = values
        return found

    def _audit(self, matrices: Array, physical: Array) -> None:
        """Keep the least eigenvalues of spectra or covariances (stable, N, N), 0 where physical."""
        least = np.zeros(len(matrices))
        broken = matrices[~physical]
        least[~physical] = np.minimum(uncertainty_margin(broken), uncertainty_margin(broken.conj()))
        self.margin[self.stable] = np.minimum(self.margin[self.stable], least)


def _transposed(M: Array) -> Array:
    return np.asarray(np.swapaxes(M, -1, -2))
