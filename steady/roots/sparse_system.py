"""A polynomial drift in the form that has few terms, few unknowns and coefficients near one.

Conjugate amplitudes z = X + iY, w = X − iY replace quadratures where they shorten the drift;
combinations of rows separate its products; rows that are then linear are solved away; unknowns and
rows are scaled (Morgan, doi:10.1137/1.9780898719031, chapter 5). The roots stay the same.

Coefficients are (points, rows, monomials), the monomials being the products of three of x = (x₀,
x₁, …, x_m), the homogenised unknowns x_j/x₀; `change` (points, m + 1, fewer) gives the old x as
change @ new x.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations_with_replacement

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import Array
from .symmetry import CANCELLED

Support = tuple[tuple[int, int, int, int], ...]
"""Terms of a system, each as its row and the three factors of the monomial."""
PIVOT = 1e-6
"""Smallest relative size, at every point, of a coefficient to divide by."""


def sparse_form(part: Model) -> tuple[Support, Array, Array]:
    """Terms with the drift's roots, values (points, terms), and `back` (points, n + 1, m + 1).

    `part` has one leading axis, the parameter points. back @ x is (1, u) up to a factor. Every row
    has a constant term, zero or not.
    """
    n = part.size
    Q, K = part.tensors
    dense = np.zeros((len(part.A), n, n + 1, n + 1, n + 1), complex)
    dense[..., 0, 0, 0] = part.c
    dense[..., 1:, 0, 0] = part.A
    dense[..., 1:, 1:, 0] = Q
    dense[..., 1:, 1:, 1:] = K
    back = np.broadcast_to(np.eye(n + 1, dtype=complex), (len(part.A), n + 1, n + 1))
    C = _substituted(dense, back)
    for step in (_with_amplitudes, _balanced, _separated, _without_linear_rows, _balanced):
        C, change = step(C)
        back = back @ change
    live = (C != 0).any(axis=0)
    live[:, 0] = True
    row, monomial = np.nonzero(live)
    factors = _monomials(_unknowns(C))[monomial]
    return tuple(zip(row.tolist(), *factors.T.tolist(), strict=True)), C[:, row, monomial], back


class Sums:
    """Sums of summands (summands, paths) that belong to the same place, as (paths, *shape).

    No matrix product, as the sums are small and many.
    """

    def __init__(self, places: Array, shape: tuple[int, int]) -> None:
        self.order = np.argsort(places, kind="stable")
        self._shape = shape
        self._filled, self._first = np.unique(places[self.order], return_index=True)

    def __call__(self, summands: Array) -> Array:
        """The sums (paths, *shape) of summands (summands, paths) in the order `order`."""
        total = np.zeros((self._shape[0] * self._shape[1], summands.shape[1]), summands.dtype)
        total[self._filled] = np.add.reduceat(summands, self._first, axis=0)
        return np.ascontiguousarray(total.T).reshape(-1, *self._shape)


class Terms:
    """Homogeneous cubic rows with given terms."""

    def __init__(self, support: Support) -> None:
        self.row, *self.factors = np.array(support).T
        self.unknowns = m = int(self.row.max()) + 1
        self._sums = Sums(
            np.concatenate([self.row * (m + 1) + f for f in self.factors]), (m, m + 1)
        )
        slot, self._term = divmod(self._sums.order, len(support))
        self._others = [np.array(self.factors)[(slot + shift) % 3, self._term] for shift in (1, 2)]

    def jacobian(self, value: Array, x: Array) -> Array:
        """∂/∂x (paths, m, m + 1) of the rows with values (terms,) or (paths, terms), at x."""
        one, other = self._others
        value = np.ascontiguousarray(np.atleast_2d(value).T)
        x = np.ascontiguousarray(x.T)
        return self._sums(value[self._term] * x[one] * x[other])


@lru_cache
def _monomials(unknowns: int) -> Array:
    """The products of three of x₀ … x_m in rising order (monomials, 3); x₀³ comes first."""
    return np.array(list(combinations_with_replacement(range(unknowns + 1), 3)))


@lru_cache
def _powers(unknowns: int) -> Array:
    """Powers of x₀ … x_m in each monomial (monomials, m + 1)."""
    return np.asarray((_monomials(unknowns)[..., None] == np.arange(unknowns + 1)).sum(axis=1))


@lru_cache
def _monomial_sums(unknowns: int) -> Sums:
    """Sums over the (m + 1)³ products of three that are the same monomial."""
    number = {tuple(triple): i for i, triple in enumerate(_monomials(unknowns).tolist())}
    places = [number[tuple(sorted(triple))] for triple in np.ndindex(*3 * [unknowns + 1])]
    return Sums(np.array(places), (1, len(number)))


def _unknowns(C: Array) -> int:
    """m, from the number (m + 1)(m + 2)(m + 3)/6 of monomials along the last axis."""
    return round((6 * C.shape[-1]) ** (1 / 3)) - 2


def _dense(C: Array) -> Array:
    """The coefficients as (points, rows, m + 1, m + 1, m + 1), monomials at their sorted places."""
    m = _unknowns(C)
    dense = np.zeros((*C.shape[:2], *3 * [m + 1]), complex)
    dense[:, :, *_monomials(m).T] = C
    return dense


def _substituted(dense: Array, change: Array) -> Array:
    """Coefficients of `_dense` after the `change` of unknowns; sums that cancel are set to zero.

    Returns (points, rows, monomials).
    """

    def sums(form: Array, change: Array) -> Array:
        for _ in range(3):
            form = np.moveaxis(form @ change[:, None, None], -1, 2)
        gather = _monomial_sums(form.shape[-1] - 1)
        products = form.reshape(form.shape[0] * form.shape[1], -1).T
        return gather(products[gather.order]).reshape(*form.shape[:2], -1)

    exact = sums(dense, change)
    bound = sums(np.abs(dense), np.abs(change))
    return np.where(np.abs(exact) > CANCELLED * bound, exact, 0)


def _with_amplitudes(C: Array) -> tuple[Array, Array]:
    """Neighbours (X, Y) replaced by (X + iY, X − iY) where that leaves fewer products."""
    m = _unknowns(C)
    nonlinear = _powers(m)[:, 0] < 2
    change = np.eye(m + 1, dtype=complex)[None]
    first = 1
    while first < m:
        turn = np.eye(m + 1, dtype=complex)[None]
        turn[0, first : first + 2, first : first + 2] = [[0.5, 0.5], [-0.5j, 0.5j]]
        turned = _substituted(_dense(C), turn)
        products, fewer = (
            (form[..., nonlinear] != 0).any(axis=(0, 1)).sum() for form in (C, turned)
        )
        if fewer < products:
            C = turned
            change = change @ turn
            first = first + 1
        first += 1
    return C, change


def _balanced(C: Array) -> tuple[Array, Array]:
    """Rows and unknowns scaled so that the squared logarithms of the coefficients are least."""
    points, rows, _ = C.shape
    m = _unknowns(C)
    design = np.zeros((rows, C.shape[-1], rows + m))
    design[range(rows), :, range(rows)] = 1
    design[..., rows:] = _powers(m)[:, 1:]
    used = (C != 0).any(axis=0)
    design = design[used]
    live = (C != 0)[:, used]
    logs = np.log(np.abs(np.where(live, C[:, used], 1)))
    normal = (live[:, None] * design.T) @ design + 1e-9 * np.eye(rows + m)
    scale = np.linalg.solve(normal, -(logs @ design)[..., None])[..., 0]
    scaled = np.zeros_like(C)
    scaled[:, used] = C[:, used] * np.exp(scale @ design.T)
    change = np.zeros((points, m + 1, m + 1), complex)
    change[:, 0, 0] = 1
    change[:, range(1, m + 1), range(1, m + 1)] = np.exp(scale[:, rows:])
    return scaled, change


def _separated(C: Array) -> tuple[Array, Array]:
    """Rows combined so that each product appears in one row if possible: others become linear."""
    m = _unknowns(C)
    nonlinear = _powers(m)[:, 0] < 2
    C = C.copy()
    used = np.zeros(m, bool)
    while not used.all():
        size = np.where(used[:, None] | ~nonlinear, 0, _relative(C, nonlinear))
        row, product = divmod(int(size.argmax()), C.shape[-1])
        if size[row, product] < PIVOT:
            break
        _eliminate_column(C, row, product)
        used[row] = True
    return C, np.eye(m + 1)[None]


def _without_linear_rows(C: Array) -> tuple[Array, Array]:
    """Linear rows solved for one unknown each, which is substituted into the other rows.

    Unknowns that appear in the fewest products come first.
    """
    m = _unknowns(C)
    powers = _powers(m)
    nonlinear = powers[:, 0] < 2
    alone = np.flatnonzero(powers[:, 0] == 2)
    live = (C != 0).any(axis=0)
    linear = np.flatnonzero(~live[:, nonlinear].any(axis=1))
    products = (powers[nonlinear & live.any(axis=0), 1:] > 0).sum(axis=0)
    block = C[:, linear]
    solved = dict[int, int]()
    for unknown in np.argsort(products, kind="stable") if len(linear) else ():
        size = _relative(block, powers[:, 0] == 2)[:, alone[unknown]]
        size[list(solved)] = 0
        if size.max() >= PIVOT:
            _eliminate_column(block, int(size.argmax()), alone[unknown])
            solved[int(size.argmax())] = int(unknown)
    kept = np.delete(np.arange(m), list(solved.values()))
    change = np.zeros((len(C), m + 1, len(kept) + 1), complex)
    change[:, 0, 0] = 1
    change[:, kept + 1, range(1, len(kept) + 1)] = 1
    for row, unknown in solved.items():
        change[:, unknown + 1] = (
            -block[:, row][:, [0, *alone[kept]]] / block[:, row, alone[unknown], None]
        )
    left = C.copy()
    left[:, linear] = block
    return _substituted(_dense(np.delete(left, linear[list(solved)], axis=1)), change), change


def _relative(C: Array, columns: Array) -> Array:
    """Least relative size over the points (rows, monomials).

    Relative means to the largest of the row in some columns.
    """
    largest = np.abs(C[..., columns]).max(axis=-1, keepdims=True)
    return np.divide(np.abs(C), largest, out=np.zeros(C.shape), where=largest > 0).min(axis=0)


def _eliminate_column(C: Array, row: int, column: int) -> None:
    """Subtract multiples of a row from all others, in place, so that it alone holds the column."""
    factor = C[:, :, column] / C[:, [row], column]
    factor[:, row] = 0
    taken = factor[..., None] * C[:, [row]]
    bound = np.abs(C) + np.abs(taken)
    C -= taken
    C[np.abs(C) <= CANCELLED * bound] = 0
