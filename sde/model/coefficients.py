"""Coefficients of a Langevin equation while its terms are added up, and the arrays they become."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

from ..support.checks import Array, Shape
from .polynomial import MonomialIndex, Monomials


@dataclass
class Coefficients:
    """Coefficients of drift and noise in du, each a number or an array over parameter points.

    drift : by row and factors of the monomial, in rad/s
    noise : by row and noise channel, in √(rad/s)
    channels : names of the noise channels
    """

    drift: dict[MonomialIndex, Array] = field(default_factory=dict)
    noise: dict[tuple[int, int], Array] = field(default_factory=dict)
    channels: list[str] = field(default_factory=list)

    def add_drift(self, index: MonomialIndex, value: Array) -> None:
        """Add a monomial with coefficient `value` (...) to the drift of row index[0]."""
        self.drift[index] = self.drift.get(index, 0.0) + value

    def add_noise(self, row: int, channel: int, value: Array) -> None:
        """Add noise of amplitude `value` (...) from a channel to a row."""
        self.noise[row, channel] = self.noise.get((row, channel), 0.0) + value

    def new_channel(self, name: str) -> int:
        """Append a noise channel, renamed if there is one of this name; return its number."""
        self.channels.append(_unused(name, self.channels))
        return len(self.channels) - 1

    def constant(self, batch: Shape, n: int) -> Array:
        """c (..., n)."""
        return _dense(self._of_order(0), batch, (n,))

    def linear(self, batch: Shape, n: int) -> Array:
        """A (..., n, n)."""
        return _dense(self._of_order(1), batch, (n, n))

    def monomials(self, order: int, batch: Shape) -> Monomials:
        """The terms of Q (order 2) or K (order 3), sorted by index."""
        found = self._of_order(order)
        value = np.zeros((*batch, len(found)))
        for m, coefficient in enumerate(found.values()):
            value[..., m] = coefficient
        return Monomials(np.array(list(found), int).reshape(-1, order + 1), value)

    def noise_matrix(self, batch: Shape, n: int) -> Array:
        """B (..., n, channels)."""
        return _dense(self.noise, batch, (n, len(self.channels)))

    def _of_order(self, order: int) -> dict[MonomialIndex, Array]:
        return {index: self.drift[index] for index in sorted(self.drift) if len(index) == order + 1}


def distinct(names: Iterable[str]) -> list[str]:
    """The names, with _2, _3, … after those that stand there already."""
    found: list[str] = []
    for name in names:
        found.append(_unused(name, found))
    return found


def _unused(name: str, taken: Container[str]) -> str:
    """The name, or with the first number from 2 on that makes it differ from those taken."""
    if name not in taken:
        return name
    return next(each for each in (f"{name}_{k}" for k in count(2)) if each not in taken)


def _dense(entries: Mapping[Any, Array], batch: Shape, shape: Shape) -> Array:
    """An array (*batch, *shape) with the given entries, zero elsewhere."""
    out = np.zeros(batch + shape)
    for index, value in entries.items():
        at: tuple[Any, ...] = (..., *index)
        out[at] = value
    return out
