"""The moment equations of a model as a table of terms for the compiled Taylor series.

    linear     dū/dt = f_mean(ū)         dV/dt = A V + V Aᵀ + D,      A = ∂f_mean(ū)
    gaussian   dū/dt = f(ū) + ½f″:V      dV/dt = ⟨A⟩V + V⟨A⟩ᵀ + D

where ⟨ ⟩ is the average over the Gaussian (ū, V). A monomial v u_a u_b of row i adds v ū_b to the
entry (i, a) of A and v ū_a to (i, b), and shifts the mean by v V_ab. A monomial v u_a u_b u_c adds
v (ū_b ū_c + V_bc) to (i, a), and likewise for b and c. In the linear closure V_bc is that of the
vacuum, ½ on the diagonal, so these terms are constants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ..jit.simd import LANES
from ..model.model import Model
from ..support.checks import Array

Closure = Literal["linear", "gaussian"]
CLOSURES: tuple[Closure, ...] = get_args(Closure)
VACUUM = 0.5
"""Variance of the vacuum per quadrature."""
IndexPair = tuple[int, int]
Terms = list[tuple[IndexPair, Array]]


@dataclass(frozen=True, eq=False)
class MomentTerms:
    """Arguments of `taylor_kernel.advance` for every parameter point, described there.

    values (points, terms) in rad/s; c (points, n) and D (points, n, n), the constant drifts of
    mean and covariance.
    """

    places: Array
    values: Array
    bounds: Array
    entries: Array
    weights: Array
    factors: Array
    c: Array
    D: Array

    @property
    def size(self) -> int:
        """Number of quadratures n."""
        return int(self.c.shape[-1])

    def state(self, mean: Array, V: Array) -> Array:
        """State (n·width,) of the kernel, (V | mean | 0), for a mean (n,) and a V (n, n)."""
        block = np.zeros((self.size, width_of(self.size)))
        block[:, : self.size], block[:, self.size] = V, mean
        return block.ravel()


def moment_terms(model: Model, closure: Closure) -> MomentTerms:
    """Terms of a closure for a model with one axis of parameter points."""
    table = _TermTable(model.size, closure)
    for i in range(model.size):
        table.drift.append((i, model.c[..., i]))
    for i, j in np.argwhere((model.A != 0).any(axis=0)).tolist():
        table.constant.append(((i, j), model.A[..., i, j]))
    for index, value in zip(model.Q.index.tolist(), np.moveaxis(model.Q.value, -1, 0), strict=True):
        table.add_quadratic(index, value)
    for index, value in zip(model.K.index.tolist(), np.moveaxis(model.K.value, -1, 0), strict=True):
        table.add_cubic(index, value)
    kinds = (table.constant, table.moving, table.products, table.shifts)
    terms = [term for kind in kinds for term in kind]
    return MomentTerms(
        places=_index_pairs([place for place, _ in terms]),
        values=_columns([value for _, value in terms], len(model.A)),
        bounds=np.cumsum([0, *map(len, kinds)]),
        entries=_index_pairs([(row, column) for row, column, _ in table.entries]),
        weights=table.weights(),
        factors=_index_pairs(list(table.factors)),
        c=table.constant_drift(len(model.A)),
        D=model.diffusion,
    )


def width_of(n: int) -> int:
    """Numbers in a row of the kernel's state: n + 1, rounded up to whole SIMD vectors."""
    return -(-(n + 1) // LANES) * LANES


class _TermTable:
    """Collects terms by kind, and numbers the moving entries and products that they refer to."""

    def __init__(self, n: int, closure: Closure) -> None:
        self.n, self.width, self.gaussian = n, width_of(n), closure == "gaussian"
        self.drift: list[tuple[int, Array]] = []
        self.constant: Terms = []
        self.moving: Terms = []
        self.products: Terms = []
        self.shifts: Terms = []
        self.entries: dict[tuple[int, int, float], int] = {}
        self.factors: dict[IndexPair, int] = {}

    def add_quadratic(self, index: list[int], value: Array) -> None:
        """Add the term value (points,) · u_a u_b of row i, for the index [i, a, b]."""
        row, a, b = index
        for kept, mean in ((a, b), (b, a)):
            self.moving.append(((self._entry(row, kept, 1 / 2), mean * self.width + self.n), value))
        if self.gaussian:
            self.shifts.append(((row, a * self.width + b), value))
        elif a == b:
            self.drift.append((row, VACUUM * value))

    def add_cubic(self, index: list[int], value: Array) -> None:
        """Add the term value (points,) · u_a u_b u_c of row i, for the index [i, a, b, c]."""
        row, a, b, c = index
        for kept, first, second in ((a, b, c), (b, a, c), (c, a, b)):
            pair = (min(first, second), max(first, second))
            product = self.factors.setdefault(pair, len(self.factors))
            self.products.append(((self._entry(row, kept, 1 / 3), product), value))
            if self.gaussian:
                entry = self._entry(row, kept, 1.0)
                self.moving.append(((entry, first * self.width + second), value))
            elif first == second:
                self.constant.append(((row, kept), VACUUM * value))

    def constant_drift(self, points: int) -> Array:
        """Constant drift of the mean (points, n), added up in the order of the terms."""
        total = np.zeros((points, self.n))
        for row, value in self.drift:
            total[:, row] += value
        return total

    def weights(self) -> Array:
        """Weights (entries·width,): 1 for V, and the weight of the entry for the mean."""
        rows = np.ones((len(self.entries), self.width))
        rows[:, self.n] = [weight for _, _, weight in self.entries]
        return rows.ravel()

    def _entry(self, row: int, column: int, weight: float) -> int:
        """Number of a moving entry of the drift matrix."""
        return self.entries.setdefault((row, column, weight), len(self.entries))


def _index_pairs(pairs: list[IndexPair]) -> Array:
    """Pairs of indices as an array (pairs, 2)."""
    return np.array(pairs, np.int64).reshape(-1, 2)


def _columns(values: list[Array], points: int) -> Array:
    """Values of terms, each an array (points,), as one array (points, terms)."""
    return np.ascontiguousarray(np.stack(values, axis=-1)) if values else np.zeros((points, 0))
