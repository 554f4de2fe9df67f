"""From terms to arrays: Hamiltonian pieces drive du = Ω∇H, couplings to ports damp and add noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .polynomial import Array, Monomials

Place = tuple[int, ...]
"""A row, then the factors of a monomial."""
Quadrature = tuple[str, int]
"""A quadrature by mode name and axis: 0 for X (or q), 1 for Y (or p)."""


@dataclass(frozen=True)
class Energy:
    """A piece of the Weyl-ordered Hamiltonian H/ħ: monomials (coefficient in rad/s, factors); it adds du = Ω∇H dt."""

    monomials: tuple[tuple[Any, tuple[Quadrature, ...]], ...]
    mechanical: tuple[str, ...] = ()


@dataclass(frozen=True)
class Jump:
    """A coupling L = Σ coefficient · quadrature, in √(rad/s), of the system to the light (or bath) at a port."""

    port: str
    operator: tuple[tuple[Any, Quadrature], ...]
    occupation: Any


@dataclass(frozen=True)
class Friction:
    """Friction −γp on a momentum alone, γ in rad/s, with its Brownian noise D_pp = γ(2n + 1)."""

    mode: str
    rate: Any
    occupation: Any


Term = Energy | Jump | Friction


@dataclass(frozen=True, eq=False)
class Port:
    """Light leaving a port: C u + D dW/dt + d, its two quadratures in √(photons/s).

    C (..., 2, n), D (..., 2, channels), d (..., 2).
    """

    C: Array
    D: Array
    d: Array


def assemble(modes: tuple[str, ...], terms: tuple[Term, ...]) -> dict[str, Any]:
    """The fields of a `Model`: terms added up over the named modes."""
    if len(set(modes)) != len(modes) or not modes:
        raise ValueError(f"modes must be distinct names, at least one (got {modes})")
    parts = _Assembly(modes)
    for term in terms:
        if isinstance(term, Energy):
            parts.add_energy(term)
        elif isinstance(term, Jump):
            parts.add_jump(term)
        else:
            parts.add_friction(term)
    parts.couple_ports()
    n = 2 * len(modes)
    batch = np.broadcast_shapes(*(np.shape(v) for v in (*parts.drift.values(), *parts.noise.values())))
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


class _Assembly:
    """Coefficients collected by place while a model is built; each a scalar or an array over parameter points."""

    def __init__(self, modes: tuple[str, ...]) -> None:
        self.modes = modes
        self.drift: dict[Place, Array] = {}
        self.noise: dict[Place, Array] = {}
        self.channels: list[str] = []
        self.jumps: dict[str, dict[int, Array]] = {}
        self.occupations: dict[str, Any] = {}

    def position(self, quadrature: Quadrature) -> int:
        mode, axis = quadrature
        if mode not in self.modes:
            raise ValueError(f"term acts on mode {mode!r}, which is not among {', '.join(self.modes)}")
        return 2 * self.modes.index(mode) + axis

    def add_energy(self, term: Energy) -> None:
        """du = Ω∇H: the derivative by Y drives X, minus the derivative by X drives Y."""
        for coefficient, quadratures in term.monomials:
            factors = [self.position(q) for q in quadratures]
            for at, factor in enumerate(factors):
                rest = sorted(factors[:at] + factors[at + 1 :])
                sign = 1.0 if factor % 2 else -1.0
                self.add_drift((factor ^ 1, *rest), sign * np.asarray(coefficient, float))

    def add_jump(self, term: Jump) -> None:
        operator = self.jumps.setdefault(term.port, {})
        known = self.occupations.setdefault(term.port, term.occupation)
        if not np.array_equal(known, term.occupation):
            raise ValueError(f"port {term.port!r} has one bath: occupation {term.occupation} differs from {known}")
        for coefficient, quadrature in term.operator:
            place = self.position(quadrature)
            operator[place] = operator.get(place, 0.0) + np.asarray(coefficient, complex)

    def add_friction(self, term: Friction) -> None:
        momentum = self.position((term.mode, 1))
        rate = np.asarray(term.rate, float)
        self.add_drift((momentum, momentum), -rate)
        self.noise[momentum, self.channel(f"{term.mode}.force")] = np.sqrt(rate * (2 * np.asarray(term.occupation) + 1))

    def couple_ports(self) -> None:
        """Damping −Im[(Ωl)(l*·u)] and noise −√(2n+1)[Im(Ωl*) dW₁ + Re(Ωl*) dW₂] of each port's L = l·u."""
        for port, operator in self.jumps.items():
            scale = np.sqrt(2 * np.asarray(self.occupations[port]) + 1)
            x, y = self.channel(f"{port}.X"), self.channel(f"{port}.Y")
            for j, l_j in operator.items():
                flow = l_j if j % 2 else -l_j
                row = j ^ 1
                for k, l_k in operator.items():
                    self.add_drift((row, k), -np.imag(flow * np.conj(l_k)))
                self.noise[row, x] = -scale * np.imag(np.conj(flow))
                self.noise[row, y] = -scale * np.real(np.conj(flow))

    def add_drift(self, place: Place, value: Array) -> None:
        self.drift[place] = self.drift.get(place, 0.0) + value

    def channel(self, name: str) -> int:
        self.channels.append(name)
        return len(self.channels) - 1


def _quadrature_labels(modes: tuple[str, ...], terms: tuple[Term, ...]) -> tuple[str, ...]:
    """X and Y for light; q and p for a mode that light presses or friction rubs."""
    mechanical = {term.mode for term in terms if isinstance(term, Friction)}
    mechanical |= {mode for term in terms if isinstance(term, Energy) for mode in term.mechanical}
    return tuple(f"{mode}.{axis}" for mode in modes for axis in ("qp" if mode in mechanical else "XY"))


def _dense(entries: Mapping[Place, Array], order: int, batch: tuple[int, ...], shape: tuple[int, ...]) -> Array:
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
    """a_out = a_in − L, written in quadratures √2 Re and √2 Im."""
    n, channel = 2 * len(parts.modes), parts.channels.index(f"{port}.X")
    C = np.zeros((*batch, 2, n))
    D = np.zeros((*batch, 2, len(parts.channels)))
    for place, coefficient in parts.jumps[port].items():
        C[..., 0, place] = -np.sqrt(2) * np.real(coefficient)
        C[..., 1, place] = -np.sqrt(2) * np.imag(coefficient)
    D[..., 0, channel] = D[..., 1, channel + 1] = np.sqrt(np.asarray(parts.occupations[port]) + 0.5)
    return Port(C, D, np.zeros((*batch, 2)))
