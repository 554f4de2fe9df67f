"""A model re-expanded about a moving mean, as a pattern and a coefficient vector: what kernels are
emitted from.

u = ū + δ:   a monomial v · u_j u_k of row i gives v · ū_j ū_k (mean), v ū_j · δ_k + v ū_k · δ_j, and v · δ_j δ_k
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..model.model import Model
from ..model.polynomial import MonomialIndex as Place
from ..support.checks import Array


@dataclass(frozen=True)
class Share:
    """One contribution to a coefficient of the expansion about ū: C[constant] times a product of
    means.
    """

    constant: int
    means: Place


@dataclass(frozen=True)
class Coefficient:
    """The coefficient of one place of the expansion; `column` is its place in the table if it moves
    with ū.
    """

    name: str
    place: Place
    shares: tuple[Share, ...]
    column: int | None

    def expression(self, mean: str) -> str:
        """Its value in terms of the constants k and the means, which have names like u0, u1, … for
        mean = "u".
        """
        return " + ".join(
            " * ".join([f"k{s.constant}", *(f"{mean}{m}" for m in s.means)]) for s in self.shares
        )


@dataclass(frozen=True)
class Monomial:
    """A term of the full equation: ± C[constant] times the variables of its place."""

    place: Place
    sign: int
    constant: int


@dataclass(frozen=True)
class Expansion:
    """A model re-expanded about a moving mean ū, as a pattern of shares of the coefficient vector.

    `mean` drives ū; `twin` holds the linear places A(ū); `full` what the nonlinear path has
    besides: the vacuum shift f − f_mean, and the quadratic and cubic terms. Columns of the table
    that belong to `twin` come first. `whole` is the full equation as it stands, about no mean;
    terms of equal size share a constant there, one beyond the `constants`.
    """

    size: int
    constants: int
    mean: tuple[Coefficient, ...]
    twin: tuple[Coefficient, ...]
    full: tuple[Coefficient, ...]
    whole: tuple[Monomial, ...]
    noise: tuple[tuple[int, int], ...]
    channels: int


def expand(model: Model) -> tuple[Expansion, Array]:
    """The expansion of a model about a moving mean, and its coefficient vector in rad/s."""
    mean = model.mean_level
    values: list[float] = []
    shares: dict[str, dict[Place, list[Share]]] = {"mean": {}, "twin": {}, "full": {}}
    for place, value in _monomials(mean):
        values.append(value)
        shares["mean"].setdefault(place, []).append(Share(len(values) - 1, place[1:]))
        for kept, means in _split(place):
            if len(kept) > 1:
                part = "twin" if len(kept) == 2 else "full"
                shares[part].setdefault(kept, []).append(Share(len(values) - 1, means))
    for place, value in _weyl_minus_mean(model, mean):
        values.append(value)
        for kept, means in _split(place):
            shares["full"].setdefault(kept, []).append(Share(len(values) - 1, means))
    constants = len(values)
    sizes = {
        size: constants + at
        for at, size in enumerate(dict.fromkeys(abs(v) for _, v in _monomials(model)))
    }
    values += sizes
    twin = _coefficients("a", shares["twin"], 0)
    full = _coefficients("q", shares["full"], sum(c.column is not None for c in twin))
    pattern = Expansion(
        size=model.size,
        constants=constants,
        mean=_coefficients("f", shares["mean"], 0),
        twin=twin,
        full=full,
        whole=tuple(
            Monomial(place, 1 if v > 0 else -1, sizes[abs(v)]) for place, v in _monomials(model)
        ),
        noise=tuple((int(i), int(k)) for i, k in np.argwhere(model.B != 0)),
        channels=len(model.channels),
    )
    return pattern, np.array(values)


def _coefficients(
    letter: str, shares: dict[Place, list[Share]], column: int
) -> tuple[Coefficient, ...]:
    out = []
    for place in sorted(shares):
        moves = any(share.means for share in shares[place])
        name = "_".join([letter, *map(str, place)])
        out.append(Coefficient(name, place, tuple(shares[place]), column if moves else None))
        column += moves
    return tuple(out)


def _monomials(model: Model) -> Iterator[tuple[Place, float]]:
    for i in np.flatnonzero(model.c):
        yield (int(i),), float(model.c[i])
    for i, j in np.argwhere(model.A != 0):
        yield (int(i), int(j)), float(model.A[i, j])
    for terms in (model.Q, model.K):
        for place, value in zip(terms.index, terms.value, strict=True):
            if value != 0:
                yield tuple(int(p) for p in place), float(value)


def _weyl_minus_mean(model: Model, mean: Model) -> Iterator[tuple[Place, float]]:
    """The vacuum shift: at most linear."""
    for i in np.flatnonzero(model.c - mean.c):
        yield (int(i),), float(model.c[i] - mean.c[i])
    for i, j in np.argwhere(model.A - mean.A != 0):
        yield (int(i), int(j)), float(model.A[i, j] - mean.A[i, j])


def _split(place: Place) -> Iterator[tuple[Place, Place]]:
    """All ways to read each factor of a monomial as mean or fluctuation: (row, fluctuations),
    means.
    """
    row, factors = place[0], place[1:]
    for choice in range(2 ** len(factors)):
        kept = tuple(f for p, f in enumerate(factors) if choice >> p & 1)
        yield (row, *kept), tuple(f for p, f in enumerate(factors) if not choice >> p & 1)
