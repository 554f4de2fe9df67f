"""The moment equations of a model as one list of terms: what the compiled series run over.

    linear     dū/dt = f_mean(ū)               dV/dt = A V + V Aᵀ + D,        A = ∂f_mean(ū)
    gaussian   dū/dt = f(ū) + ½f″:V            dV/dt = ⟨A⟩V + V⟨A⟩ᵀ + D,      averages over the Gaussian (ū, V)

A monomial v u_a u_b of row i adds v ū_b to the entry (i, a) of A and v ū_a to (i, b), and pushes
the mean by v V_ab; v u_a u_b u_c adds v (ū_b ū_c + V_bc) to (i, a), and so on round. In the linear
closure the vacuum stands for that V, ½ on the diagonal, so that these terms are constants.
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
Place = tuple[int, int]
VACUUM = 0.5


@dataclass(frozen=True, eq=False)
class MomentTerms:
    """Arguments of `series.advance` for every parameter point; see there. values (points, terms),
    rad/s.

    c (points, n) and D (points, n, n) are the constant slopes of mean and covariance.
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
        """(V | mean | 0) as the kernel holds it, flat, for a mean (n,) and a covariance (n, n)."""
        block = np.zeros((self.size, width_of(self.size)))
        block[:, : self.size], block[:, self.size] = V, mean
        return block.ravel()


def moment_terms(model: Model, closure: Closure, batch: tuple[int, ...]) -> MomentTerms:
    """The terms of a closure at the points of a batch, to which the model's leading axes are
    broadcast.
    """
    table = _Table(model.size, closure)
    for i in range(model.size):
        table.steady.append((i, model.c[..., i]))
    for i, j in np.argwhere((model.A != 0).any(axis=tuple(range(model.A.ndim - 2)))).tolist():
        table.constant.append(((i, j), model.A[..., i, j]))
    for index, value in zip(model.Q.index.tolist(), np.moveaxis(model.Q.value, -1, 0), strict=True):
        table.add_quadratic(index, value)
    for index, value in zip(model.K.index.tolist(), np.moveaxis(model.K.value, -1, 0), strict=True):
        table.add_cubic(index, value)
    n, points = model.size, int(np.prod(batch))
    kinds = (table.constant, table.moving, table.products, table.pushes)
    terms = [term for kind in kinds for term in kind]
    return MomentTerms(
        places=np.array([place for place, _ in terms], np.int64).reshape(-1, 2),
        values=_spread([value for _, value in terms], batch),
        bounds=np.cumsum([0, *map(len, kinds)]),
        entries=np.array([(row, column) for row, column, _ in table.entries], np.int64).reshape(
            -1, 2
        ),
        weights=table.weights(),
        factors=np.array(list(table.factors), np.int64).reshape(-1, 2),
        c=table.slopes(batch),
        D=np.broadcast_to(model.diffusion, (*batch, n, n)).reshape(points, n, n),
    )


def width_of(n: int) -> int:
    """Numbers in a row of the kernel's state: V and the mean, in whole vectors."""
    return -(-(n + 1) // LANES) * LANES


class _Table:
    """Terms by kind, and the entries and products that they refer to, numbered as they come."""

    def __init__(self, n: int, closure: Closure) -> None:
        self.n, self.width, self.gaussian = n, width_of(n), closure == "gaussian"
        self.steady: list[tuple[int, Array]] = []
        self.constant: list[tuple[Place, Array]] = []
        self.moving: list[tuple[Place, Array]] = []
        self.products: list[tuple[Place, Array]] = []
        self.pushes: list[tuple[Place, Array]] = []
        self.entries: dict[tuple[int, int, float], int] = {}
        self.factors: dict[Place, int] = {}

    def add_quadratic(self, index: list[int], value: Array) -> None:
        row, a, b = index
        for kept, mean in ((a, b), (b, a)):
            self.moving.append(((self._entry(row, kept, 1 / 2), mean * self.width + self.n), value))
        if self.gaussian:
            self.pushes.append(((row, a * self.width + b), value))
        elif a == b:
            self.steady.append((row, VACUUM * value))

    def add_cubic(self, index: list[int], value: Array) -> None:
        row, a, b, c = index
        for kept, first, second in ((a, b, c), (b, a, c), (c, a, b)):
            pair = (min(first, second), max(first, second))
            product = self.factors.setdefault(pair, len(self.factors))
            self.products.append(((self._entry(row, kept, 1 / 3), product), value))
            if self.gaussian:
                self.moving.append(
                    ((self._entry(row, kept, 1.0), first * self.width + second), value)
                )
            elif first == second:
                self.constant.append(((row, kept), VACUUM * value))

    def slopes(self, batch: tuple[int, ...]) -> Array:
        """The constant slopes of the mean (points, n), added up in the order in which they came."""
        total = np.zeros((int(np.prod(batch)), self.n))
        for row, value in self.steady:
            total[:, row] += np.broadcast_to(value, batch).ravel()
        return total

    def weights(self) -> Array:
        """A row per entry: 1 in the columns of V, the entry's weight in that of the mean."""
        rows = np.ones((len(self.entries), self.width))
        rows[:, self.n] = [weight for _, _, weight in self.entries]
        return rows.ravel()

    def _entry(self, row: int, column: int, weight: float) -> int:
        return self.entries.setdefault((row, column, weight), len(self.entries))


def _spread(values: list[Array], batch: tuple[int, ...]) -> Array:
    """Values (terms) of arrays over points, as (points, terms)."""
    points = int(np.prod(batch))
    columns = [np.broadcast_to(value, batch).ravel() for value in values]
    return np.ascontiguousarray(np.stack(columns, axis=-1)) if columns else np.zeros((points, 0))
