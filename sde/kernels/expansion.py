"""A model expanded about a moving mean field: sparsity pattern and coefficients of its kernels.

With u = ū + δ, a monomial v u_j u_k of row i gives

    v ū_j ū_k                 to the drift of the mean field,
    v ū_j δ_k + v ū_k δ_j     to the linear drift of the fluctuation,
    v δ_j δ_k                 to its nonlinear drift.

A monomial has the index (row, factor, factor, ...): (i, j, k) for v u_j u_k of row i.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..model.model import Model
from ..model.polynomial import MonomialIndex
from ..support.checks import Array


@dataclass(frozen=True)
class Contribution:
    """A summand of a coefficient: C[constant] times the product of the mean fields `means`."""

    constant: int
    means: tuple[int, ...]


@dataclass(frozen=True)
class Coefficient:
    """The coefficient of a monomial in the fluctuations.

    `column` is its column in the coefficient table if it moves with the mean field, else None.
    """

    name: str
    index: MonomialIndex
    contributions: tuple[Contribution, ...]
    column: int | None

    def expression(self, mean: str) -> str:
        """Source code of its value: constants are k0, k1, ..., mean fields mean0, mean1, ..."""
        return " + ".join(
            " * ".join([f"k{c.constant}", *(f"{mean}{m}" for m in c.means)])
            for c in self.contributions
        )


@dataclass(frozen=True)
class Monomial:
    """A term of the full equation: ± C[constant] times the variables of its index."""

    index: MonomialIndex
    sign: int
    constant: int


@dataclass(frozen=True)
class Expansion:
    """Sparsity pattern of a model expanded about a moving mean field ū.

    size, channels
        Numbers of quadratures and of noise channels.
    constants
        How many entries of the coefficient vector C the expansion uses.
    mean
        Drift of ū.
    twin
        Linear drift A(ū) of the linearised twin. Its table columns come first.
    full
        Further terms of the nonlinear path: the vacuum shift f − f_mean, quadratic and cubic terms.
    unexpanded
        Drift of the full state, not expanded. Terms of equal size share an entry of C; these
        entries follow those of the expansion.
    noise
        (row, channel) of the nonzero entries of B.
    """

    size: int
    constants: int
    mean: tuple[Coefficient, ...]
    twin: tuple[Coefficient, ...]
    full: tuple[Coefficient, ...]
    unexpanded: tuple[Monomial, ...]
    noise: tuple[tuple[int, int], ...]
    channels: int


def expand(model: Model) -> tuple[Expansion, Array]:
    """Expansion of a model and its coefficient vector (constants,) in rad/s."""
    mean = model.mean_level
    values: list[float] = []
    parts: dict[str, dict[MonomialIndex, list[Contribution]]] = {"mean": {}, "twin": {}, "full": {}}
    for index, value in _monomials(mean):
        values.append(value)
        parts["mean"].setdefault(index, []).append(Contribution(len(values) - 1, index[1:]))
        for kept, means in _split(index):
            if len(kept) > 1:
                part = "twin" if len(kept) == 2 else "full"
                parts[part].setdefault(kept, []).append(Contribution(len(values) - 1, means))
    for index, value in _weyl_minus_mean(model, mean):
        values.append(value)
        for kept, means in _split(index):
            parts["full"].setdefault(kept, []).append(Contribution(len(values) - 1, means))
    constants = len(values)
    sizes = {
        size: constants + at
        for at, size in enumerate(dict.fromkeys(abs(v) for _, v in _monomials(model)))
    }
    values += sizes
    twin = _coefficients("a", parts["twin"], 0)
    full = _coefficients("q", parts["full"], sum(c.column is not None for c in twin))
    pattern = Expansion(
        size=model.size,
        constants=constants,
        mean=_coefficients("f", parts["mean"], 0),
        twin=twin,
        full=full,
        unexpanded=tuple(
            Monomial(index, 1 if v > 0 else -1, sizes[abs(v)]) for index, v in _monomials(model)
        ),
        noise=tuple((int(i), int(k)) for i, k in np.argwhere(model.B != 0)),
        channels=len(model.channels),
    )
    return pattern, np.array(values)


def _coefficients(
    letter: str, parts: dict[MonomialIndex, list[Contribution]], column: int
) -> tuple[Coefficient, ...]:
    """Coefficients in the order of their indices; table columns are counted from `column` on."""
    out = []
    for index in sorted(parts):
        moves = any(part.means for part in parts[index])
        name = "_".join([letter, *map(str, index)])
        out.append(Coefficient(name, index, tuple(parts[index]), column if moves else None))
        column += moves
    return tuple(out)


def _monomials(model: Model) -> Iterator[tuple[MonomialIndex, float]]:
    """Index and value of every nonzero term of the drift."""
    for i in np.flatnonzero(model.c):
        yield (int(i),), float(model.c[i])
    for i, j in np.argwhere(model.A != 0):
        yield (int(i), int(j)), float(model.A[i, j])
    for terms in (model.Q, model.K):
        for index, value in zip(terms.index, terms.value, strict=True):
            if value != 0:
                yield tuple(int(p) for p in index), float(value)


def _weyl_minus_mean(model: Model, mean: Model) -> Iterator[tuple[MonomialIndex, float]]:
    """The vacuum shift f − f_mean, which is at most linear."""
    for i in np.flatnonzero(model.c - mean.c):
        yield (int(i),), float(model.c[i] - mean.c[i])
    for i, j in np.argwhere(model.A - mean.A != 0):
        yield (int(i), int(j)), float(model.A[i, j] - mean.A[i, j])


def _split(index: MonomialIndex) -> Iterator[tuple[MonomialIndex, MonomialIndex]]:
    """All ways to read each factor as mean field or fluctuation: (row, *fluctuations), means."""
    row = index[0]
    factors = index[1:]
    for choice in range(2 ** len(factors)):
        kept = tuple(f for p, f in enumerate(factors) if choice >> p & 1)
        yield (row, *kept), tuple(f for p, f in enumerate(factors) if not choice >> p & 1)
