"""Elements of covariances that an ensemble keeps: all, or the blocks of modes and of some pairs.

Where not all are kept, a result has no matrices (quadrature, quadrature_) but values (element),
those of the upper triangle row by row. Each is labelled by its row and column, so that an element
that was not kept cannot be read as a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .support.checks import Array
from .support.errors import RefusedError

ELEMENT, ROW, COLUMN = "element", "row", "column"
"""Dimension of kept elements, and its coordinates: the two quadratures of each."""
FULL, MODES = "full", "modes"
"""Choices of `moments`."""


class NotKeptError(RefusedError):
    """A measure needs elements of a covariance that the ensemble did not keep."""


@dataclass(frozen=True, eq=False)
class KeptElements:
    """Kept elements of the symmetric matrices of quadratures with these labels.

    rows, columns (elements,) are their indices, rows ≤ columns, in the order of the upper triangle.
    `matrices` is True if all are kept and arrays in results are matrices (..., n, n); they are
    (..., elements) otherwise.
    """

    labels: tuple[str, ...]
    rows: Array
    columns: Array
    matrices: bool

    @classmethod
    def all(cls, labels: Sequence[str]) -> KeptElements:
        """Every element."""
        rows, columns = np.triu_indices(len(labels))
        return cls(tuple(labels), rows, columns, matrices=True)

    @classmethod
    def of_modes(cls, labels: Sequence[str], pairs: Sequence[tuple[int, int]] = ()) -> KeptElements:
        """The 2×2 block of every mode, and the 4×4 blocks of pairs of modes, by their indices."""
        chosen = {(mode, mode) for mode in range(len(labels) // 2)}
        chosen |= {(min(pair), max(pair)) for pair in pairs}
        elements = sorted(
            (2 * i + a, 2 * j + b)
            for i, j in chosen
            for a in range(2)
            for b in range(2)
            if 2 * i + a <= 2 * j + b
        )
        rows, columns = np.array(elements, int).reshape(-1, 2).T
        return cls(tuple(labels), rows, columns, matrices=False)

    @classmethod
    def of(cls, V: Any) -> KeptElements:
        """Those of a labelled covariance, or of the covariance of a result of `simulate`."""
        V = V["covariance"] if hasattr(V, "data_vars") else V
        if ELEMENT not in V.dims:
            return cls.all([str(label) for label in V["quadrature"].values])
        rows, columns = ([str(label) for label in V[name].values] for name in (ROW, COLUMN))
        labels = list(dict.fromkeys([*rows, *columns]))
        at = {label: number for number, label in enumerate(labels)}
        places = [np.array([at[label] for label in part], int) for part in (rows, columns)]
        kept = cls(tuple(labels), places[0], places[1], matrices=False)
        if kept.modes != kept.modes_of_second_quadratures or not kept.holds_every_mode:
            raise NotKeptError(
                f"the covariance lacks elements of a mode (got {', '.join(kept.names)}): select no "
                "elements before"
            )
        return kept

    @property
    def listed(self) -> KeptElements:
        """The same elements in arrays (..., elements), also where results hold matrices."""
        return replace(self, matrices=False)

    @property
    def size(self) -> int:
        """Number of quadratures."""
        return len(self.labels)

    @property
    def count(self) -> int:
        """Number of kept elements."""
        return len(self.rows)

    @property
    def modes(self) -> list[str]:
        """The modes by name."""
        return [label.rpartition(".")[0] for label in self.labels[::2]]

    @property
    def modes_of_second_quadratures(self) -> list[str]:
        """The same, by the second quadrature of each."""
        return [label.rpartition(".")[0] for label in self.labels[1::2]]

    @property
    def holds_every_mode(self) -> bool:
        """Whether the 2×2 block of every mode is kept."""
        at = np.arange(self.size).reshape(-1, 2)
        return bool((self.position[at[:, :, None], at[:, None, :]] >= 0).all())

    @cached_property
    def diagonal(self) -> Array:
        """Positions (n,) of the variances among the elements."""
        return np.flatnonzero(self.rows == self.columns)

    @cached_property
    def position(self) -> Array:
        """Position (n, n) of each element of a matrix among those kept, −1 where it is not."""
        position = np.full((self.size, self.size), -1)
        position[self.rows, self.columns] = position[self.columns, self.rows] = np.arange(
            self.count
        )
        return position

    @property
    def names(self) -> list[str]:
        """Each element by its two quadratures: "a.X, a.Y"."""
        return [f"{row}, {column}" for row, column in zip(*self._row_and_column, strict=True)]

    @property
    def coordinates(self) -> dict[str, Any]:
        """Coordinates of a result without matrices."""
        row, column = self._row_and_column
        return {ELEMENT: self.names, ROW: (ELEMENT, row), COLUMN: (ELEMENT, column)}

    @property
    def _row_and_column(self) -> tuple[list[str], list[str]]:
        """Labels of the rows and of the columns of the elements."""
        rows, columns = ([self.labels[k] for k in part] for part in (self.rows, self.columns))
        return rows, columns

    def packed(self, V: Array) -> Array:
        """Kept elements (..., elements) of matrices V (..., n, n)."""
        flat = V.reshape(*V.shape[:-2], self.size**2)
        return np.asarray(flat.take(self.size * self.rows + self.columns, axis=-1))

    def elements(self, values: Array) -> Array:
        """Kept elements (..., elements) in an array of a result."""
        return self.packed(values) if self.matrices else values

    def shaped(self, values: Array) -> Array:
        """Elements (..., elements) as results hold them: symmetric matrices if all are kept."""
        return np.asarray(values.take(self.position, axis=-1)) if self.matrices else values

    def from_matrices(self, V: Array) -> Array:
        """Matrices V (..., n, n) as results hold them."""
        return V if self.matrices else self.packed(V)

    def axes(self, values: Array) -> tuple[int, ...]:
        """The axes of the elements of an array of a result: the last two, or the last."""
        return tuple(range(values.ndim - 1 - self.matrices, values.ndim))

    def variances(self, values: Array) -> Array:
        """Variances (..., n) in an array of a result."""
        if self.matrices:
            return np.diagonal(values, axis1=-2, axis2=-1)
        return np.asarray(values[..., self.diagonal])

    def scale(self, values: Array) -> Array:
        """√(V_ii V_jj) of each element of V, shaped as V in a result."""
        width = np.sqrt(self.variances(values))
        if self.matrices:
            return np.asarray(width[..., :, None] * width[..., None, :])
        return np.asarray(width[..., self.rows] * width[..., self.columns])

    def norm(self, values: Array) -> Array:
        """Frobenius norm (...) of the matrices in an array of a result, of what is kept of them."""
        if self.matrices:
            return np.asarray(np.linalg.norm(values, axis=(-2, -1)))
        twice = np.where(self.rows == self.columns, 1.0, 2.0)
        return np.sqrt(np.sum(twice * values**2, axis=-1))

    def block(self, values: Array, quadratures: Sequence[int], what: str) -> Array:
        """The matrix (..., m, m) of some quadratures in an array of a result.

        Raises NotKeptError, of `what`, where an element was not kept.
        """
        at = np.asarray(quadratures, int)
        self.require(at, what)
        if self.matrices:
            return np.asarray(values[..., at[:, None], at])
        return np.asarray(values.take(self.position[np.ix_(at, at)], axis=-1))

    def pair_block(self, values: Array, i: int, j: int, what: str) -> Array:
        """The matrix (..., 4, 4) of modes i and j, by index. Raises NotKeptError, of `what`."""
        return self.block(values, [2 * i, 2 * i + 1, 2 * j, 2 * j + 1], what)

    def mode_blocks(self, values: Array) -> Array:
        """The 2×2 blocks (..., modes, 2, 2) in an array of a result."""
        at = np.arange(self.size).reshape(-1, 2)
        if self.matrices:
            return np.asarray(values[..., at[:, :, None], at[:, None, :]])
        return np.asarray(values.take(self.position[at[:, :, None], at[:, None, :]], axis=-1))

    def blocks(self, values: Array) -> list[Array]:
        """All blocks that are states by themselves: the whole, or those of modes and of pairs.

        Each is (..., blocks, m, m).
        """
        if self.matrices:
            return [values[..., None, :, :]]
        at = [[2 * i, 2 * i + 1, 2 * j, 2 * j + 1] for i, j in self.pairs]
        index = np.array(at, int).reshape(-1, 4)
        of_pairs = values.take(self.position[index[:, :, None], index[:, None, :]], axis=-1)
        return [self.mode_blocks(values), np.asarray(of_pairs)]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Pairs of different modes, by index, of which all elements are kept."""
        modes = self.size // 2
        whole = (self.position >= 0).reshape(modes, 2, modes, 2).all(axis=(1, 3))
        return [(int(i), int(j)) for i, j in np.argwhere(np.triu(whole, 1))]

    def require(self, quadratures: Array, what: str) -> None:
        """Raise NotKeptError unless all elements between the quadratures are kept."""
        missing = np.argwhere(self.position[np.ix_(quadratures, quadratures)] < 0)
        if not len(missing):
            return
        names = self.modes
        lacking = {tuple(sorted(int(quadratures[k]) // 2 for k in pair)) for pair in missing}
        i, j = min(lacking)
        first, second = names[i], names[j]
        others = len(lacking) - 1
        more = f" and of {others} further pair{'s' * (others > 1)}" if others else ""
        raise NotKeptError(
            f"{what} needs the covariance of modes {first!r} and {second!r}{more}, which "
            f'moments = "modes" does not keep: simulate with pairs = [("{first}", "{second}")'
            f'{", …" * bool(others)}], or with moments = "full"'
        )
