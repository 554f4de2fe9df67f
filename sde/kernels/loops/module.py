"""Kernels of models with many modes: tables of their terms for functions that all models share.

Straight-line code (`codegen`) is fastest for a few modes. The time to compile it grows faster than
the number of terms, and beyond some ten modes it does not fit the processor's caches. Loops over
tables cost the same for every quadrature, and are compiled once for all models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from ...jit import simd, vector_width
from ...jit.shared_kernels import SharedKernels
from ...support.checks import Array
from .. import noise
from ..codegen import GAUSSIAN, INCREMENTS, TWO_POINT, Form
from ..drift_code import FluctuationDrift
from ..expansion import Coefficient, Expansion
from . import coefficients, increments, steps
from .drift_tables import Term, drift_table, ends_of, entry

SHARED = SharedKernels(
    (vector_width, noise, simd, coefficients, increments, steps), ("advance", "table_rows")
)
"""Functions that the kernels of all large models share."""
BLOCK = increments.BLOCK
KINDS = {
    "x": steps.FULL,
    "y": steps.TWIN,
    "z": steps.COMPANION,
    "m": steps.MIRROR,
}
NONE = -1
"""Instead of a place: a step of one stage has no noise of stages."""


@dataclass(frozen=True, eq=False)
class LoopModule:
    """The functions of a kernel module, for one sparsity pattern and form.

    They take the arguments of those of a straight-line module. With `response` φ (n, n) the drift
    is φ f.
    """

    pattern: Expansion
    form: Form
    response: Array | None = None

    @property
    def code(self) -> str:
        """What determines the numbers: the shared functions, and the tables."""
        return SHARED.code + repr((self.pattern, self.form))

    def advance_pairs(self, *arguments: Any) -> None:
        """Advance all cells by pairs of steps."""
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
        phi = np.zeros((0, 0)) if self.response is None else self.response
        self._functions.table_rows(u, C, T, count, self.form.stages, width, *self._moving, phi)

    @cached_property
    def _functions(self) -> Any:
        return SHARED.load()

    @cached_property
    def _columns(self) -> tuple[Coefficient, ...]:
        return FluctuationDrift(self.pattern).columns

    @cached_property
    def _tables(self) -> tuple[Any, ...]:
        """The tables that `steps.advance` takes."""
        pattern, form = self.pattern, self.form
        drift = _fluctuations(pattern) if form.twin else _full_states(pattern)
        of_stages = GAUSSIAN if form.increments == GAUSSIAN else TWO_POINT
        distributions = map(INCREMENTS.index, (form.increments, of_stages))
        moving = len(self._columns) if form.twin else 0
        tables: list[int] = []
        noise = _noise_table(pattern, tables)
        full, products = drift_table(pattern.size, drift.full, tables)
        twin, _ = drift_table(pattern.size, drift.twin, tables)
        response = _response_table(self.response, tables)
        places, end = _places(pattern, form, products, self.response is not None)
        sizes = (pattern.size, form.stages, moving, *distributions, end)
        paths = np.array([KINDS[path] for path in form.paths], np.int64)
        terms = (full, twin, response)
        values = np.zeros(1) if self.response is None else self.response.ravel()
        return sizes, places, np.array(tables), terms, values, paths, noise, drift.sums

    @cached_property
    def _moving(self) -> tuple[Any, ...]:
        """Contributions to the drift of the mean field and to the moving coefficients."""
        mean = _contributions(self.pattern.mean, [c.index[0] for c in self.pattern.mean])
        columns = _contributions(self._columns, [c.column or 0 for c in self._columns])
        return mean, columns


@lru_cache(maxsize=64)
def loop_module(pattern: Expansion, form: Form) -> LoopModule:
    """The module of a pattern and a form, with its tables."""
    return LoopModule(pattern, form)


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
    number = {c.name: k for k, c in enumerate(fixed)}
    number |= {c.name: len(fixed) + c.column for c in every if c.column is not None}
    terms = [(c.index, number[c.name]) for c in every]
    starts, sources = _ragged([p.constant for p in c.contributions] for c in fixed)
    return _Coefficients(
        terms, terms[: len(pattern.twin)], (starts, sources, np.ones(len(sources)))
    )


def _full_states(pattern: Expansion) -> _Coefficients:
    """Terms of single paths, which have no twin."""
    used = dict.fromkeys((m.constant, m.sign) for m in pattern.unexpanded)
    number = {key: k for k, key in enumerate(used)}
    terms = [(m.index, number[m.constant, m.sign]) for m in pattern.unexpanded]
    starts, sources = _ragged([constant] for constant, _ in used)
    return _Coefficients(terms, [], (starts, sources, np.array([sign for _, sign in used], float)))


def _places(
    pattern: Expansion, form: Form, products: int, responds: bool
) -> tuple[tuple[Any, ...], int]:
    """Where everything but the states of the paths begins in S; and the end of S."""
    n, channels = pattern.size, pattern.channels
    staged = n if form.stages == 2 else 0
    slope = n if responds else staged
    counts = [n * len(form.paths), n, n, n, staged, staged, channels, channels]
    counts += [n, slope, staged, staged, products, n]
    _, v, w, both, sv, sw, first, second, *work, end = (int(e) * BLOCK for e in ends_of(counts))
    stage_noise = (sv, sw) if staged else (NONE, NONE)
    return ((v, w), stage_noise, both, (*work, NONE), (first, second)), end


def _noise_table(pattern: Expansion, tables: list[int]) -> tuple[Array, tuple[int, int, int]]:
    """(row, channel) of the amplitudes; appends the tables, which `steps.draw_noise` takes."""
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
    tables += [entry(k, e) for e, k in enumerate(channels)]
    ends = numbers + np.searchsorted(rows, np.arange(pattern.size + 1))
    begin = len(tables)
    for i in range(pattern.size):
        tables += [i * BLOCK, int(ends[i]), int(ends[i + 1]), int(ends[i + 1])]
    return entries, (drawn, begin, len(tables))


def _response_table(response: Array | None, tables: list[int]) -> tuple[int, int]:
    """Append rows of sums over the drift, a coefficient for every entry of φ; begin and end."""
    if response is None:
        return len(tables), len(tables)
    rows: list[int] = []
    for i, row in enumerate(response):
        (columns,) = np.nonzero(row)
        first = len(tables)
        tables += [entry(int(j), i * len(row) + int(j)) for j in columns]
        rows += [i * BLOCK, first, first, len(tables)]
    begin = len(tables)
    tables += rows
    return begin, len(tables)


def _contributions(
    coefficients: Sequence[Coefficient], targets: Sequence[int]
) -> tuple[Array, Array]:
    """Rows (target, first, last contribution), and contributions (C, u, u, u)."""
    parts: dict[int, list[tuple[int, ...]]] = {}
    for c, target in zip(coefficients, targets, strict=True):
        for p in c.contributions:
            padded = (p.constant, *p.means, *(-1,) * (3 - len(p.means)))
            parts.setdefault(target, []).append(padded)
    ends = ends_of([*map(len, parts.values())])
    rows = np.array([*zip(parts, ends[:-1], ends[1:], strict=True)], np.int64).reshape(-1, 3)
    listed = [part for of_target in parts.values() for part in of_target]
    return rows, np.array(listed, np.int64).reshape(-1, 4)


def _ragged(lists: Iterable[Sequence[int]]) -> tuple[Array, Array]:
    """Where each list begins, and where the last ends; and all numbers, one after the other."""
    listed = list(lists)
    ends = ends_of([*map(len, listed)])
    numbers = [number for each in listed for number in each]
    return ends, np.array(numbers, np.int64)
