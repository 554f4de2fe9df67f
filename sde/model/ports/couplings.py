"""Couplings of modes to ports: the damping, drive and noise that they cause, and the light emitted.

Light is written z = X + iY = √2 a, a complex combination of the system's quadratures u and of the
noise channels. A port with coupling operator L = l·u and incoming light z emits z − √2 l·u, and
drives du = −√2 Im[(Ωl)* z] dt on top of its damping −Im[(Ωl)(l*·u)].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...support.checks import Array, Shape, require_name
from ..coefficients import Coefficients
from ..term_kinds import Jump, Quadrature, Shine
from .port import Port, channels_of, phase_factor


@dataclass(frozen=True, eq=False)
class Bath:
    """A port's own input noise: occupation n, squeezing r, and its angle in rad, each (...)."""

    occupation: Any
    squeezing: Any
    squeezing_angle: Any

    def quadratures(self) -> tuple[Array, Array]:
        """The noise z = X + iY along and across the angle: two complex amplitudes (...)."""
        strength = np.sqrt(np.asarray(self.occupation) + 0.5) * phase_factor(self.squeezing_angle)
        along = np.exp(-np.asarray(self.squeezing)) * strength
        return along, 1j * np.exp(np.asarray(self.squeezing)) * strength

    def require_equal(self, other: Bath, port: str) -> None:
        """Raise ValueError where another term on the same port has another bath."""
        for name, mine in vars(self).items():
            theirs = getattr(other, name)
            if not np.array_equal(mine, theirs):
                raise ValueError(
                    f"port {port!r} has one bath: {name} {theirs} differs from {mine}; give all "
                    "terms on the port the same"
                )


@dataclass
class PortCouplings:
    """The ports of a model while its terms are added up, each with an input of its own.

    couplings : coefficient of each quadrature in L, √(rad/s), by port
    baths : the noise of each port's own input
    coherent_inputs : amplitude of the light that `shine` sends in, √(photons/s), by port
    """

    couplings: dict[str, dict[int, Array]] = field(default_factory=dict)
    baths: dict[str, Bath] = field(default_factory=dict)
    coherent_inputs: dict[str, Any] = field(default_factory=dict)

    def add_jump(self, term: Jump, position: Callable[[Quadrature], int]) -> None:
        """Add a coupling operator to a port; `position` gives the row of a quadrature."""
        require_name("port", term.port)
        coupling = self.couplings.setdefault(term.port, {})
        bath = Bath(term.occupation, term.squeezing, term.squeezing_angle)
        self.baths.setdefault(term.port, bath).require_equal(bath, term.port)
        for coefficient, quadrature in term.operator:
            row = position(quadrature)
            coupling[row] = coupling.get(row, 0.0) + np.asarray(coefficient, complex)
        if np.any(term.amplitude):
            self.add_shine(Shine(term.port, term.amplitude))

    def add_shine(self, term: Shine) -> None:
        """Add coherent light into a port."""
        self.coherent_inputs[term.port] = self.coherent_inputs.get(term.port, 0.0) + term.amplitude

    def couple(self, coefficients: Coefficients, order: list[str]) -> None:
        """Add damping, drive and noise of all ports to the equation, in an order of the ports."""
        for port in order:
            coupling = self.couplings[port]
            light = self._coherent_light(port)
            noise = {
                coefficients.new_channel(name): z
                for name, z in zip(channels_of(port), self.baths[port].quadratures(), strict=True)
            }
            for j, l_j in coupling.items():
                row = j ^ 1
                omega_l = np.conj(l_j if j % 2 else -l_j)  # (Ωl)* in this row
                for k, l_k in coupling.items():
                    coefficients.add_drift((row, k), np.imag(omega_l * l_k))
                for channel, z in noise.items():
                    coefficients.add_noise(row, channel, -np.sqrt(2) * np.imag(omega_l * z))
                if np.any(light):
                    coefficients.add_drift((row,), -np.sqrt(2) * np.imag(omega_l * light))

    def port(self, name: str, batch: Shape, n: int, channels: list[str]) -> Port:
        """The arrays of a port's outgoing light a_in − L, over the parameter points of a batch."""
        along, across = self.baths[name].quadratures()
        x, y = (channels.index(channel) for channel in channels_of(name))
        light = _pair(self._coherent_light(name), batch)
        emitted = {row: -np.sqrt(2) * value for row, value in self.couplings[name].items()}
        return Port(
            _two_rows(emitted, (*batch, 2, n)),
            _two_rows({x: along, y: across}, (*batch, 2, len(channels))),
            light,
            light,
            _two_rows({0: along, 1: across}, (*batch, 2, 2)),
        )

    def _coherent_light(self, port: str) -> Any:
        """z of the light that is shone into a port."""
        return np.sqrt(2) * np.asarray(self.coherent_inputs.get(port, 0.0))


def _two_rows(coefficients: dict[int, Array], shape: Shape) -> Array:
    """Real and imaginary parts (..., 2, columns) of complex coefficients by column."""
    out = np.zeros(shape)
    for column, z in coefficients.items():
        out[..., 0, column] = np.real(z)
        out[..., 1, column] = np.imag(z)
    return out


def _pair(z: Any, batch: Shape) -> Array:
    """Real and imaginary part as two quadratures (..., 2)."""
    parts = np.stack([np.real(z), np.imag(z)], axis=-1)
    return np.array(np.broadcast_to(parts, (*batch, 2)), float)
