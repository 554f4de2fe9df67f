"""Light at the ports of a model: input, the damping and drive that it causes, and output.

Light is written z = X + iY = √2 a, a complex combination of the system's quadratures u and of the
noise channels. A port with coupling operator L = l·u and incoming light z emits z − √2 l·u, and
drives du = −√2 Im[(Ωl)* z] dt on top of its damping −Im[(Ωl)(l*·u)].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from ..support.checks import Array, Shape, require_name
from .coefficients import Coefficients
from .term_kinds import Feed, Jump, Quadrature, Shine


@dataclass(frozen=True, eq=False)
class Port:
    """Light that leaves a port, C u + D dW/dt + d: two quadratures in √(photons/s).

    Parameters
    ----------
    C : array (..., 2, n)
        Light emitted by the quadratures of the modes, in √(rad/s).
    D : array (..., 2, channels)
        Vacuum and thermal noise in the outgoing light, by noise channel.
    d : array (..., 2)
        Coherent amplitude that passes the port, in √(photons/s).
    shone : array (..., 2)
        Coherent light that `shine` sends into the port, in √(photons/s).
    onward : str
        The port that the outgoing light is fed to; "" where it is free to be measured.
    squeezing : array (...)
        r of the port's own input noise.
    """

    C: Array
    D: Array
    d: Array
    shone: Array
    onward: str
    squeezing: Array

    def mapped(self, change: Callable[[Array, int], Array]) -> Port:
        """The port with each array replaced by `change(array, number of its last axes)`."""
        C = change(self.C, 2)
        D = change(self.D, 2)
        r = change(self.squeezing, 0)
        return Port(C, D, change(self.d, 1), change(self.shone, 1), self.onward, r)


def phase_factor(phase: Any) -> Array:
    """e^{iφ} (...) of phases (...), with real or imaginary part exactly 0 where the other is ±1."""
    parts = np.stack([np.cos(phase), np.sin(phase)])
    real, imaginary = np.where(np.abs(parts) < 4 * np.finfo(float).eps, 0.0, parts)
    return np.asarray(real + 1j * imaginary)


@dataclass
class Beam:
    """X + iY of a beam: coefficients by quadrature and by noise channel; coherent amplitude."""

    modes: dict[int, Array] = field(default_factory=dict)
    noise: dict[int, Array] = field(default_factory=dict)
    coherent: Any = 0.0

    def times(self, factor: Array, *, with_noise: bool) -> Beam:
        """The beam times a complex factor, with or without its noise."""
        noise = self.noise if with_noise else {}
        return Beam(
            {column: factor * value for column, value in self.modes.items()},
            {channel: factor * value for channel, value in noise.items()},
            factor * self.coherent,
        )


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
                raise ValueError(f"port {port!r} has one bath: {name} {theirs} differs from {mine}")


@dataclass
class PortNetwork:
    """The ports of a model while its terms are added up, and the light fed between them.

    couplings : coefficient of each quadrature in L, √(rad/s), by port
    baths : the noise of each port's own input
    coherent_inputs : amplitude of the light that `shine` sends in, √(photons/s), by port
    feeds : the feed into each port that is fed by another
    incoming : the light into each port, filled in by `couple`
    """

    couplings: dict[str, dict[int, Array]] = field(default_factory=dict)
    baths: dict[str, Bath] = field(default_factory=dict)
    coherent_inputs: dict[str, Any] = field(default_factory=dict)
    feeds: dict[str, Feed] = field(default_factory=dict)
    incoming: dict[str, Beam] = field(default_factory=dict)

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

    def add_feed(self, term: Feed) -> None:
        """Connect two ports; ValueError where one of them is connected already."""
        for known in self.feeds.values():
            if known.target == term.target:
                raise ValueError(
                    f"port {term.target!r} is fed twice, from {known.source!r} and {term.source!r}"
                )
            if known.source == term.source:
                raise ValueError(
                    f"light of port {term.source!r} is fed twice, to {known.target!r} and "
                    f"{term.target!r}"
                )
        self.feeds[term.target] = term

    def couple(self, coefficients: Coefficients) -> None:
        """Add damping, drive and noise of all ports to the equation, source before target."""
        for port in self._in_order_of_light():
            self.incoming[port] = light = self._light_into(port, coefficients)
            coupling = self.couplings[port]
            for j, l_j in coupling.items():
                row = j ^ 1
                omega_l = np.conj(l_j if j % 2 else -l_j)  # (Ωl)* in this row
                for k, l_k in coupling.items():
                    coefficients.add_drift((row, k), np.imag(omega_l * l_k))
                _add_drive(coefficients, row, omega_l, light)

    def port(self, name: str, batch: Shape, n: int, channels: int) -> Port:
        """The arrays of a port's outgoing light, over the parameter points of a batch."""
        light = self._light_out_of(name)
        shone = np.sqrt(2) * self.coherent_inputs.get(name, 0.0)
        onward = next((feed.target for feed in self.feeds.values() if feed.source == name), "")
        return Port(
            _two_rows(light.modes, (*batch, 2, n)),
            _two_rows(light.noise, (*batch, 2, channels)),
            _pair(light.coherent, batch),
            _pair(shone, batch),
            onward,
            np.array(np.broadcast_to(self.baths[name].squeezing, batch), float),
        )

    def _in_order_of_light(self) -> list[str]:
        """Ports, each after the one that feeds it."""
        ends = [end for feed in self.feeds.values() for end in (feed.source, feed.target)]
        for port in (*self.coherent_inputs, *ends):
            if port not in self.couplings:
                known = ", ".join(map(repr, self.couplings))
                raise ValueError(
                    f"no mode couples to port {port!r}, so no light can pass it; ports are {known}"
                )
        graph = {
            port: [self.feeds[port].source] if port in self.feeds else [] for port in self.couplings
        }
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            raise ValueError(
                f"feeds must not form a loop (got {' → '.join(reversed(error.args[1]))})"
            ) from None

    def _light_into(self, port: str, coefficients: Coefficients) -> Beam:
        """Light into a port: its own vacuum or thermal noise, light fed to it, coherent light."""
        feed = self.feeds.get(port)
        if feed is None:
            light = Beam()
            own = 1.0
        else:
            factor = np.sqrt(feed.transmission) * phase_factor(feed.phase)
            light = self._light_out_of(feed.source).times(factor, with_noise=feed.shared_vacuum)
            own = np.sqrt(1 - feed.transmission) if feed.shared_vacuum else 1.0
        bath = self.baths[port]
        if np.any(own):
            along, across = bath.quadratures()
            light.noise[coefficients.new_channel(f"{port}.X")] = own * along
            light.noise[coefficients.new_channel(f"{port}.Y")] = own * across
        elif np.any(bath.occupation) or np.any(bath.squeezing):
            raise ValueError(
                f"port {port!r} has no input of its own, since all its light comes from port "
                f"{self.feeds[port].source!r}; leave out its occupation and squeezing, or give the "
                "feed a transmission below 1"
            )
        if port in self.coherent_inputs:
            light.coherent = light.coherent + np.sqrt(2) * self.coherent_inputs[port]
        return light

    def _light_out_of(self, port: str) -> Beam:
        """Light out of a port: a_in − L."""
        light = self.incoming[port]
        modes = dict(light.modes)
        for row, coefficient in self.couplings[port].items():
            modes[row] = modes.get(row, 0.0) - np.sqrt(2) * coefficient
        return Beam(modes, dict(light.noise), light.coherent)


def _add_drive(coefficients: Coefficients, row: int, omega_l: Array, light: Beam) -> None:
    """Add −√2 Im[(Ωl)* z] of the incoming light z to a row."""
    for k, z in light.modes.items():
        coefficients.add_drift((row, k), -np.sqrt(2) * np.imag(omega_l * z))
    for channel, z in light.noise.items():
        coefficients.add_noise(row, channel, -np.sqrt(2) * np.imag(omega_l * z))
    if np.any(light.coherent):
        coefficients.add_drift((row,), -np.sqrt(2) * np.imag(omega_l * light.coherent))


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


def light_shares(ports: Iterable[Port], u: Array) -> Array:
    """Coherent light (..., ports) leaving each port at means u (..., n), over all light shone in.

    NaN where nothing is shone in.
    """
    listed = list(ports)
    arriving = sum((np.sum(port.shone**2, axis=-1) for port in listed), np.zeros(()))
    leaving = [((port.C @ u[..., None])[..., 0] + port.d) for port in listed]
    arriving = np.where(arriving > 0, arriving, np.nan)
    shares = [np.sum(light**2, axis=-1) / arriving for light in leaving]
    return np.stack(shares, axis=-1) if shares else np.zeros((*u.shape[:-1], 0))
