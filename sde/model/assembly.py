"""Adds up terms to the arrays of a model: du = Ω∇H of energies, damping and noise of couplings.

Light at ports is treated in `ports`; `coefficients` collects the sums and makes the arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np

from ..support.checks import Shape, common_shape, require_name, shown
from .coefficients import Coefficients
from .ports.connections import LinearPart, Links
from .ports.couplings import PortCouplings
from .ports.port import require_ports
from .term_kinds import (
    Energy,
    Feed,
    Friction,
    Jump,
    LinearDrift,
    Mix,
    Quadrature,
    Shine,
    Term,
    Terms,
    listed_terms,
    shape_of,
)


def assemble(modes: Iterable[str], terms: Terms, mechanical: Iterable[str] = ()) -> dict[str, Any]:
    """The fields of a `Model`: terms added up over the named modes."""
    names = _mode_names(modes)
    chosen = _mechanical_modes(mechanical, names)
    placed = dict(listed_terms(terms, "terms"))
    batch = common_shape(
        {f"{place} ({type(term).__name__})": shape_of(term) for place, term in placed.items()}
    )
    sums = _Sums(names)
    for term in placed.values():
        sums.add(term)
    labels = _quadrature_labels(names, placed.values(), chosen)
    return {"modes": names, "quadratures": labels, **sums.arrays(batch)}


def _mode_names(modes: Iterable[str]) -> tuple[str, ...]:
    """The names of the modes, in their order; ValueError unless they are distinct names."""
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


def _mechanical_modes(mechanical: Iterable[str], modes: tuple[str, ...]) -> set[str]:
    """The modes listed as mechanical; ValueError for a name that is none of the modes."""
    listed = [mechanical] if isinstance(mechanical, str) else mechanical
    if isinstance(listed, Mapping) or not isinstance(listed, Iterable):
        raise ValueError(
            f"mechanical must be a list of modes, such as ['membrane'] (got {shown(mechanical)})"
        )
    chosen = list(listed)
    for mode in chosen:
        if mode not in modes:
            raise ValueError(
                f"mechanical names {shown(mode)}, which is not among {', '.join(modes)}"
            )
    return set(chosen)


def _quadrature_labels(
    modes: tuple[str, ...], terms: Iterable[Term], chosen: set[str]
) -> tuple[str, ...]:
    """q and p for modes that are chosen, have friction, or that an energy lists; else X and Y."""
    mechanical = set(chosen)
    for term in terms:
        if isinstance(term, Friction):
            mechanical.add(term.mode)
        elif isinstance(term, Energy):
            mechanical.update(term.mechanical)
    return tuple(
        f"{mode}.{axis}" for mode in modes for axis in ("qp" if mode in mechanical else "XY")
    )


class _Sums:
    """The sums over a model's terms: coefficients of its equation, and its ports."""

    def __init__(self, modes: tuple[str, ...]) -> None:
        self.modes = modes
        self.coefficients = Coefficients()
        self.ports = PortCouplings()
        self.feeds: list[Feed] = []
        self.mixes: list[Mix] = []

    def add(self, term: Term) -> None:
        match term:
            case Energy():
                self.add_energy(term)
            case Jump():
                self.ports.add_jump(term, self.position)
            case Friction():
                self.add_friction(term)
            case LinearDrift():
                self.add_linear_drift(term)
            case Shine():
                self.ports.add_shine(term)
            case Feed():
                self.feeds.append(term)
            case Mix():
                self.mixes.append(term)

    def position(self, quadrature: Quadrature) -> int:
        """The row of a quadrature; ValueError for an unknown mode."""
        mode, axis = quadrature
        if mode not in self.modes:
            raise ValueError(
                f"term acts on mode {mode!r}, which is not among {', '.join(self.modes)}"
            )
        return 2 * self.modes.index(mode) + axis

    def add_energy(self, term: Energy) -> None:
        """Add du = Ω∇H: dX = ∂H/∂Y dt and dY = −∂H/∂X dt."""
        for mode in term.mechanical:
            self.position((mode, 0))
        for coefficient, quadratures in term.monomials:
            factors = [self.position(q) for q in quadratures]
            for at, factor in enumerate(factors):
                rest = sorted(factors[:at] + factors[at + 1 :])
                sign = 1.0 if factor % 2 else -1.0
                slope = sign * np.asarray(coefficient, float)
                self.coefficients.add_drift((factor ^ 1, *rest), slope)

    def add_friction(self, term: Friction) -> None:
        """Add −γp to the drift of a momentum, and a noise channel of its own."""
        momentum = self.position((term.mode, 1))
        rate = np.asarray(term.rate, float)
        self.coefficients.add_drift((momentum, momentum), -rate)
        strength = np.sqrt(rate * (2 * np.asarray(term.occupation) + 1))
        channel = self.coefficients.new_channel(f"{term.mode}.force")
        self.coefficients.add_noise(momentum, channel, strength)

    def add_linear_drift(self, term: LinearDrift) -> None:
        for coefficient, row, column in term.entries:
            index = (self.position(row), self.position(column))
            self.coefficients.add_drift(index, np.asarray(coefficient, float))

    def arrays(self, batch: Shape) -> dict[str, Any]:
        """The channels, arrays and ports of the model, all with the leading axes of a batch."""
        found = self.coefficients
        names = list(self.ports.couplings)
        links = Links(self.feeds, self.mixes).checked(names)
        require_ports(self.ports.coherent_inputs, names)
        self.ports.couple(found, links.order(names))
        n = 2 * len(self.modes)
        channels = found.channels
        ports = {port: self.ports.port(port, batch, n, channels) for port in names}
        open_ended = LinearPart(
            found.constant(batch, n),
            found.linear(batch, n),
            found.noise_matrix(batch, n),
            tuple(channels),
            ports,
        )
        linear = open_ended.connected(links)
        return {
            "channels": linear.channels,
            "c": linear.c,
            "A": linear.A,
            "Q": found.monomials(2, batch),
            "K": found.monomials(3, batch),
            "B": linear.B,
            "ports": linear.ports,
        }
