"""From terms to arrays: Hamiltonian pieces drive du = Ω∇H, couplings to ports damp, add noise, and
carry light on.

Light is written z = X + iY = √2 a, as a complex combination of the system's quadratures and the
noise channels. A port with L = l·u and incoming light z emits z − √2 l·u and drives du = −√2
Im[(Ωl)* z] dt on top of its damping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from ..support.checks import Array, common_shape, require_name, shown
from .polynomial import Monomials
from .term_kinds import (
    Energy,
    Feed,
    Flow,
    Friction,
    Jump,
    Quadrature,
    Shine,
    Term,
    Terms,
    flattened,
    shape_of,
)

Place = tuple[int, ...]
"""A row, then the factors of a monomial."""


@dataclass(frozen=True, eq=False)
class Port:
    """Light leaving a port: C u + D dW/dt + d, its two quadratures in √(photons/s).

    C (..., 2, n), D (..., 2, channels), d (..., 2); `shone` (..., 2) is the coherent light that a
    lamp sends into it, `onward` the port that its light is fed to, "" where it is free to be
    measured.
    """

    C: Array
    D: Array
    d: Array
    shone: Array
    onward: str

    def mapped(self, change: Callable[[Array, int], Array]) -> Port:
        """The port with its arrays changed; `change` takes one and how many axes it has itself."""
        C, D = change(self.C, 2), change(self.D, 2)
        return Port(C, D, change(self.d, 1), change(self.shone, 1), self.onward)


def turn(phase: Any) -> Array:
    """e^{iφ}, exact where it lies on an axis."""
    parts = np.stack([np.cos(phase), np.sin(phase)])
    real, imaginary = np.where(np.abs(parts) < 4 * np.finfo(float).eps, 0.0, parts)
    return np.asarray(real + 1j * imaginary)


def assemble(modes: Iterable[str], terms: Terms) -> dict[str, Any]:
    """The fields of a `Model`: terms added up over the named modes."""
    modes, placed = _names(modes), dict(flattened(terms, "terms"))
    terms = tuple(placed.values())
    common_shape(
        {f"{place} ({type(term).__name__})": shape_of(term) for place, term in placed.items()}
    )
    parts = _Assembly(modes)
    for term in terms:
        parts.add(term)
    parts.couple_ports()
    n = 2 * len(modes)
    coefficients = (*parts.drift.values(), *parts.noise.values(), *parts.lamps.values())
    batch = np.broadcast_shapes(*(np.shape(value) for value in coefficients))
    return {
        "modes": modes,
        "quadratures": _quadrature_labels(modes, terms),
        "channels": tuple(parts.channels),
        "c": _dense(parts.drift, 0, batch, (n,)),
        "A": _dense(parts.drift, 1, batch, (n, n)),
        "Q": _monomials(parts.drift, 2, batch),
        "K": _monomials(parts.drift, 3, batch),
        "B": _dense(parts.noise, 1, batch, (n, len(parts.channels))),
        "ports": {port: _port(parts, port, batch) for port in parts.jumps},
    }


def _names(modes: Iterable[str]) -> tuple[str, ...]:
    """The names of the modes, in their order."""
    if isinstance(modes, str | Mapping | Set) or not isinstance(modes, Iterable):
        raise ValueError(
            f"modes must be a list of names, such as ['cavity', 'membrane'] (got {shown(modes)})"
        )
    names = tuple(modes)
    for name in names:
        require_name("mode", name)
    if len(set(names)) != len(names) or not names:
        raise ValueError(f"modes must be distinct names, at least one (got {names})")
    return names


@dataclass
class _Light:
    """X + iY of a beam: coefficients by quadrature, by noise channel, and its coherent amplitude."""

    modes: dict[int, Array] = field(default_factory=dict)
    noise: dict[int, Array] = field(default_factory=dict)
    coherent: Any = 0.0

    def through(self, factor: Array, *, with_noise: bool) -> _Light:
        """The beam times a complex factor, with or without its noise."""
        noise = (
            {channel: factor * value for channel, value in self.noise.items()} if with_noise else {}
        )
        return _Light(
            {k: factor * value for k, value in self.modes.items()}, noise, factor * self.coherent
        )


class _Assembly:
    """Coefficients collected by place while a model is built; each a scalar or an array over
    parameter points.
    """

    def __init__(self, modes: tuple[str, ...]) -> None:
        self.modes = modes
        self.drift: dict[Place, Array] = {}
        self.noise: dict[Place, Array] = {}
        self.channels: list[str] = []
        self.jumps: dict[str, dict[int, Array]] = {}
        self.occupations: dict[str, Any] = {}
        self.lamps: dict[str, Any] = {}
        self.feeds: dict[str, Feed] = {}
        self.incoming: dict[str, _Light] = {}

    def add(self, term: Term) -> None:
        match term:
            case Energy():
                self.add_energy(term)
            case Jump():
                self.add_jump(term)
            case Friction():
                self.add_friction(term)
            case Flow():
                for coefficient, row, column in term.entries:
                    self.add_drift(
                        (self.position(row), self.position(column)), np.asarray(coefficient, float)
                    )
            case Shine():
                self.lamps[term.port] = self.lamps.get(term.port, 0.0) + term.amplitude
            case Feed():
                self.add_feed(term)

    def position(self, quadrature: Quadrature) -> int:
        mode, axis = quadrature
        if mode not in self.modes:
            raise ValueError(
                f"term acts on mode {mode!r}, which is not among {', '.join(self.modes)}"
            )
        return 2 * self.modes.index(mode) + axis

    def add_energy(self, term: Energy) -> None:
        """du = Ω∇H: the derivative by Y drives X, minus the derivative by X drives Y."""
        for mode in term.mechanical:
            self.position((mode, 0))
        for coefficient, quadratures in term.monomials:
            factors = [self.position(q) for q in quadratures]
            for at, factor in enumerate(factors):
                rest = sorted(factors[:at] + factors[at + 1 :])
                sign = 1.0 if factor % 2 else -1.0
                self.add_drift((factor ^ 1, *rest), sign * np.asarray(coefficient, float))

    def add_jump(self, term: Jump) -> None:
        require_name("port", term.port)
        operator = self.jumps.setdefault(term.port, {})
        known = self.occupations.setdefault(term.port, term.occupation)
        if not np.array_equal(known, term.occupation):
            raise ValueError(
                f"port {term.port!r} has one bath: occupation {term.occupation} differs from "
                f"{known}"
            )
        for coefficient, quadrature in term.operator:
            place = self.position(quadrature)
            operator[place] = operator.get(place, 0.0) + np.asarray(coefficient, complex)

    def add_friction(self, term: Friction) -> None:
        momentum = self.position((term.mode, 1))
        rate = np.asarray(term.rate, float)
        self.add_drift((momentum, momentum), -rate)
        self.noise[momentum, self.channel(f"{term.mode}.force")] = np.sqrt(
            rate * (2 * np.asarray(term.occupation) + 1)
        )

    def add_feed(self, term: Feed) -> None:
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

    def couple_ports(self) -> None:
        """Damping −Im[(Ωl)(l*·u)] of each port's L = l·u, and the light that comes in, source
        before target.
        """
        for port in self.order_of_ports():
            self.incoming[port] = light = self.light_into(port)
            operator = self.jumps[port]
            for j, l_j in operator.items():
                row, flow = j ^ 1, np.conj(l_j if j % 2 else -l_j)
                for k, l_k in operator.items():
                    self.add_drift((row, k), np.imag(flow * l_k))
                for k, z in light.modes.items():
                    self.add_drift((row, k), -np.sqrt(2) * np.imag(flow * z))
                for channel, z in light.noise.items():
                    self.add_noise(row, channel, -np.sqrt(2) * np.imag(flow * z))
                if np.any(light.coherent):
                    self.add_drift((row,), -np.sqrt(2) * np.imag(flow * light.coherent))

    def order_of_ports(self) -> list[str]:
        """Ports, each after the one that feeds it."""
        for port in (
            *self.lamps,
            *(end for feed in self.feeds.values() for end in (feed.source, feed.target)),
        ):
            if port not in self.jumps:
                known = ", ".join(map(repr, self.jumps))
                raise ValueError(
                    f"no mode couples to port {port!r}, so no light can pass it; ports are {known}"
                )
        graph = {
            port: [self.feeds[port].source] if port in self.feeds else [] for port in self.jumps
        }
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            raise ValueError(
                f"feeds must not form a loop (got {' → '.join(reversed(error.args[1]))})"
            ) from None

    def light_into(self, port: str) -> _Light:
        """What enters a port: vacuum or heat of its own, light fed from another port, and a lamp's."""
        feed = self.feeds.get(port)
        if feed is None:
            light, own = _Light(), 1.0
        else:
            factor = np.sqrt(feed.transmission) * turn(feed.phase)
            light = self.outgoing(feed.source).through(factor, with_noise=feed.shared_vacuum)
            own = np.sqrt(1 - feed.transmission) if feed.shared_vacuum else 1.0
        if np.any(own):
            strength = own * np.sqrt(np.asarray(self.occupations[port]) + 0.5)
            light.noise[self.channel(f"{port}.X")] = strength + 0j
            light.noise[self.channel(f"{port}.Y")] = 1j * strength
        if port in self.lamps:
            light.coherent = light.coherent + np.sqrt(2) * self.lamps[port]
        return light

    def outgoing(self, port: str) -> _Light:
        """What leaves a port: a_in − L."""
        light = self.incoming[port]
        modes = dict(light.modes)
        for place, coefficient in self.jumps[port].items():
            modes[place] = modes.get(place, 0.0) - np.sqrt(2) * coefficient
        return _Light(modes, dict(light.noise), light.coherent)

    def add_drift(self, place: Place, value: Array) -> None:
        self.drift[place] = self.drift.get(place, 0.0) + value

    def add_noise(self, row: int, channel: int, value: Array) -> None:
        self.noise[row, channel] = self.noise.get((row, channel), 0.0) + value

    def channel(self, name: str) -> int:
        self.channels.append(name)
        return len(self.channels) - 1


def _quadrature_labels(modes: tuple[str, ...], terms: tuple[Term, ...]) -> tuple[str, ...]:
    """X and Y for light; q and p for a mode that light presses or friction rubs."""
    mechanical = {term.mode for term in terms if isinstance(term, Friction)}
    mechanical |= {mode for term in terms if isinstance(term, Energy) for mode in term.mechanical}
    return tuple(
        f"{mode}.{axis}" for mode in modes for axis in ("qp" if mode in mechanical else "XY")
    )


def _dense(
    entries: Mapping[Place, Array], order: int, batch: tuple[int, ...], shape: tuple[int, ...]
) -> Array:
    out = np.zeros(batch + shape)
    for place, value in entries.items():
        if len(place) == order + 1:
            out.T[tuple(reversed(place))] = np.broadcast_to(value, batch).T
    return out


def _monomials(drift: Mapping[Place, Array], order: int, batch: tuple[int, ...]) -> Monomials:
    places = sorted(place for place in drift if len(place) == order + 1)
    value = np.zeros((*batch, len(places)))
    for m, place in enumerate(places):
        value[..., m] = drift[place]
    return Monomials(np.array(places, int).reshape(-1, order + 1), value)


def _port(parts: _Assembly, port: str, batch: tuple[int, ...]) -> Port:
    light = parts.outgoing(port)
    C = np.zeros((*batch, 2, 2 * len(parts.modes)))
    D = np.zeros((*batch, 2, len(parts.channels)))
    for array, coefficients in ((C, light.modes), (D, light.noise)):
        for column, z in coefficients.items():
            array[..., 0, column], array[..., 1, column] = np.real(z), np.imag(z)
    shone = np.sqrt(2) * parts.lamps.get(port, 0.0)
    onward = next((feed.target for feed in parts.feeds.values() if feed.source == port), "")
    return Port(C, D, _pair(light.coherent, batch), _pair(shone, batch), onward)


def _pair(z: Any, batch: tuple[int, ...]) -> Array:
    """Real and imaginary part as two quadratures (..., 2)."""
    parts = np.stack([np.real(z), np.imag(z)], axis=-1)
    return np.array(np.broadcast_to(parts, (*batch, 2)), float)
