"""Kernels of models with many modes: tables of their terms for functions that all models share.

Straight-line code (`codegen`) is fastest for a few modes. The time to compile it grows faster than
the number of terms, and beyond some ten modes it does not fit the processor's caches. Loops over
tables cost the same for every quadrature, and are compiled once for all models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ..jit import simd, vector_width
from ..jit.shared_kernels import SharedKernels
from ..model.polynomial import MonomialIndex
from ..support.checks import Array
from . import loop_kernel, loop_noise, noise
from .codegen import GAUSSIAN, INCREMENTS, TWO_POINT, Form
from .drift_code import FluctuationDrift
from .expansion import Coefficient, Expansion
from .polynomial_rows import Polynomial

SHARED = SharedKernels(
    (vector_width, noise, simd, loop_noise, loop_kernel), ("advance", "table_rows")
)
"""Functions that the kernels of all large models share."""
BLOCK = loop_noise.BLOCK
KINDS = {
    "x": loop_kernel.FULL,
    "y": loop_kernel.TWIN,
    "z": loop_kernel.COMPANION,
    "m": loop_kernel.MIRROR,
}
NONE = -1
"""Instead of a place: a step of one stage has no noise of stages."""
Term = tuple[MonomialIndex, int]
"""Row and factors of a term, and the number of its coefficient."""


RowTerms = list[tuple[tuple[int, ...], int]]
"""Factors and number of the coefficient of every term of a row."""


@dataclass(frozen=True, eq=False)
class LoopKernelModule:
    """The functions of a kernel module, for one sparsity pattern and form."""

    pattern: Expansion
    form: Form

    @property
    def code(self) -> str:
        """What determines the numbers: the shared functions, and the tables."""
        return SHARED.code + repr((self.pattern, self.form))

    def advance_pairs(self, *arguments: Any) -> None:
        """Advance all cells by pairs of steps; arguments as of straight-line kernels."""
        self._functions.advance(*arguments, (0, 2), *self._tables)

    def advance_first(self, *arguments: Any) -> None:
        """Advance all cells by the first step of pairs."""
        self._functions.advance(*arguments, (0, 1), *self._tables)

    def advance_second(self, *arguments: Any) -> None:
        """Advance all cells by the second step of pairs."""
        self._functions.advance(*arguments, (1, 2), *self._tables)

    def table_rows(self, u: Array, C: Array, T: Array, count: int) -> None:
        """Step the mean field and fill the table of moving coefficients."""
        width = len(self._columns)
        self._functions.table_rows(u, C, T, count, self.form.stages, width, *self._moving)

    @cached_property
    def _functions(self) -> Any:
        return SHARED.load()

    @cached_property
    def _columns(self) -> tuple[Coefficient, ...]:
        return FluctuationDrift(self.pattern).columns

    @cached_property
    def _tables(self) -> tuple[Any, ...]:
        """The tables that `loop_kernel.advance` takes."""
        pattern, form = self.pattern, self.form
        coefficients = _fluctuations(pattern) if form.twin else _full_states(pattern)
        laws = [INCREMENTS.index(form.increments)]
        laws.append(INCREMENTS.index(GAUSSIAN if form.increments == GAUSSIAN else TWO_POINT))
        width = len(self._columns) if form.twin else 0

        tables: list[int] = []
        noise = _noise_table(pattern, tables)
        terms = tuple(
            _drift_table(pattern.size, of_path, tables)
            for of_path in (coefficients.full, coefficients.twin)
        )
        places, end = _places(pattern, form, 0)
        sizes = (pattern.size, form.stages, width, *laws, end)
        paths = np.array([KINDS[path] for path in form.paths], np.int64)
        return sizes, places, np.array(tables), terms, paths, noise, coefficients.sums

    @cached_property
    def _moving(self) -> tuple[Any, ...]:
        """Contributions to the drift of the mean field and to the moving coefficients."""
        mean = _contributions(self.pattern.mean, [c.index[0] for c in self.pattern.mean])
        columns = _contributions(self._columns, [c.column or 0 for c in self._columns])
        return mean, columns


@lru_cache(maxsize=64)
def loop_module(pattern: Expansion, form: Form) -> LoopKernelModule:
    """The module of a pattern and a form, with its tables."""
    return LoopKernelModule(pattern, form)


@dataclass(frozen=True)
class _Coefficients:
    """Terms of full paths and of twins; sources and signs of the constant coefficients."""

    full: Sequence[Term]
    twin: Sequence[Term]
    sums: tuple[Array, Array, Array]


def _fluctuations(pattern: Expansion) -> _Coefficients:
    """Terms of fluctuations. Constant coefficients are numbered first, then those that move."""
    every = pattern.twin + pattern.full
    fixed = [c for c in every if c.column is None]
    number = {c.name: 1 + k for k, c in enumerate(fixed)}
    number |= {c.name: 1 + len(fixed) + c.column for c in every if c.column is not None}
    terms = [(c.index, number[c.name]) for c in every]
    starts, sources = _ragged([p.constant for p in c.contributions] for c in fixed)
    return _Coefficients(
        terms, terms[: len(pattern.twin)], (starts, sources, np.ones(len(sources)))
    )


def _full_states(pattern: Expansion) -> _Coefficients:
    """Terms of single paths, which have no twin."""
    used = dict.fromkeys((m.constant, m.sign) for m in pattern.unexpanded)
    number = {key: 1 + k for k, key in enumerate(used)}
    terms = [(m.index, number[m.constant, m.sign]) for m in pattern.unexpanded]
    starts, sources = _ragged([constant] for constant, _ in used)
    return _Coefficients(terms, [], (starts, sources, np.array([sign for _, sign in used], float)))


def _places(pattern: Expansion, form: Form, products: int) -> tuple[tuple[Any, ...], int]:
    """Where everything but the states of the paths begins in S; and the end of S."""
    n, channels = pattern.size, pattern.channels
    staged = n if form.stages == 2 else 0
    counts = [n * len(form.paths), n, n, n, staged, staged, channels, channels]
    counts += [n, staged, staged, staged, products, n]
    _, v, w, both, sv, sw, first, second, *work, end = (int(e) * BLOCK for e in _ends(counts))
    stage_noise = (sv, sw) if staged else (NONE, NONE)
    return ((v, w), stage_noise, both, (*work, NONE), (first, second)), end


def _ends(counts: Sequence[int]) -> Array:
    """Where parts of these lengths begin, and where the last ends."""
    return np.asarray(np.cumsum([0, *counts]), np.int64)


def _drift_table(size: int, terms: Sequence[Term], tables: list[int]) -> tuple[int, ...]:
    """Append the tables of a path's drift; where they begin, as `loop_kernel.drift` takes it."""
    rows: list[RowTerms] = [[] for _ in range(size)]
    for (row, *factors), coefficient in terms:
        rows[row].append((tuple(sorted(factors)), coefficient))
    split = [_split(i, row) for i, row in enumerate(rows)]
    common = {p for p, count in Counter(s.polynomial for s in split if s.polynomial).items()}
    summed: list[int] = []
    grouped: dict[Polynomial, list[int]] = {}
    for i, (row, parts) in enumerate(zip(rows, split, strict=True)):
        head = [i * BLOCK, next((k for factors, k in row if not factors), 0)]
        first = len(tables)
        if parts.polynomial in common:
            tables += _flat(parts.linear)
            listed = grouped.setdefault(parts.polynomial, [])
            listed += [*head, first, len(tables), *parts.places, *parts.coefficients]
        else:
            tables += _flat((f[0] * BLOCK, k) for f, k in row if len(f) == 1)
            middle = len(tables)
            summed += [*head, first, middle, len(tables)]
    groups: list[int] = []
    for polynomial, listed in grouped.items():
        groups += [polynomial.address, len(tables), len(listed) // polynomial.length]
        tables += listed
    begin = len(tables)
    tables += [*summed, *groups]
    end = begin + len(summed)
    return begin, begin, begin, begin, end, end, len(tables)


@dataclass(frozen=True)
class _Split:
    """A row as linear entries, and a polynomial with the places of its variables but the first."""

    linear: tuple[tuple[int, int], ...]
    polynomial: Polynomial | None
    places: tuple[int, ...] = ()
    coefficients: tuple[int, ...] = ()


def _split(own: int, row: RowTerms) -> _Split:
    """The terms of a row, given by factors and coefficient: the polynomial and what is linear."""
    inside = {factor for factors, _ in row if len(factors) > 1 for factor in factors}
    if not inside:
        return _Split(tuple((f[0] * BLOCK, k) for f, k in row if f), None)
    linear = tuple((f[0] * BLOCK, k) for f, k in row if len(f) == 1 and f[0] not in inside)
    order = [own, *sorted(inside - {own})]
    number = {variable: k for k, variable in enumerate(order)}
    found = sorted(
        (len(f), tuple(sorted(number[v] for v in f)), k)
        for f, k in row
        if f and inside.issuperset(f)
    )
    coefficients = {key: k for k, key in enumerate(dict.fromkeys((k, d % 2) for d, _, k in found))}
    polynomial = Polynomial(tuple((v, coefficients[k, d % 2]) for d, v, k in found))
    places = tuple(variable * BLOCK for variable in order[1:])
    return _Split(linear, polynomial, places, tuple(k for k, _ in coefficients))


def _noise_table(pattern: Expansion, tables: list[int]) -> tuple[Array, tuple[int, int, int]]:
    """(row, channel) of the amplitudes; appends the tables, which `loop_kernel.draw_noise` takes."""
    listed = sorted(pattern.noise)
    rows, channels = [i for i, _ in listed], [k for _, k in listed]
    entries = np.array(listed, np.int64).reshape(-1, 2)
    drawn = len(tables)
    if sorted(channels) == list(range(pattern.channels)) and len(set(rows)) == len(rows):
        entries = entries[np.argsort(channels)]
        tables += [BLOCK * int(row) for row in entries[:, 0]]
        return entries, (drawn, len(tables), len(tables))
    tables += [BLOCK * k for k in range(pattern.channels)]
    numbers = len(tables)
    tables += _flat((k * BLOCK, 1 + e) for e, k in enumerate(channels))
    ends = numbers + 2 * np.searchsorted(rows, np.arange(pattern.size + 1))
    begin = len(tables)
    for i in range(pattern.size):
        tables += [i * BLOCK, 0, int(ends[i]), int(ends[i + 1]), int(ends[i + 1])]
    return entries, (drawn, begin, len(tables))


def _flat(pairs: Iterable[tuple[int, int]]) -> list[int]:
    return [number for pair in pairs for number in pair]


def _contributions(
    coefficients: Sequence[Coefficient], targets: Sequence[int]
) -> tuple[Array, Array]:
    """Rows (target, first, last contribution), and contributions (C, u, u, u)."""
    parts: dict[int, list[tuple[int, ...]]] = {}
    for c, target in zip(coefficients, targets, strict=True):
        for p in c.contributions:
            padded = (p.constant, *p.means, *(-1,) * (3 - len(p.means)))
            parts.setdefault(target, []).append(padded)
    ends = _ends([*map(len, parts.values())])
    rows = np.array([*zip(parts, ends[:-1], ends[1:], strict=True)], np.int64).reshape(-1, 3)
    listed = [part for of_target in parts.values() for part in of_target]
    return rows, np.array(listed, np.int64).reshape(-1, 4)


def _ragged(lists: Iterable[Sequence[int]]) -> tuple[Array, Array]:
    """Where each list begins, and where the last ends; and all numbers, one after the other."""
    listed = list(lists)
    ends = _ends([*map(len, listed)])
    numbers = [number for each in listed for number in each]
    return ends, np.array(numbers, np.int64)
