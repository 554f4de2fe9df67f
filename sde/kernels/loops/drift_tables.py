"""Tables of a path's drift: rows of polynomials that are compiled, and rows of sums.

A row whose nonlinear terms form a polynomial that many rows share is computed by the code of that
polynomial. Any other row sums states and products of states.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

import numpy as np

from ...model.polynomial import MonomialIndex
from ...support.checks import Array
from .increments import BLOCK
from .polynomial_rows import Polynomial
from .steps import HALF

MOST_POLYNOMIALS = 6
"""Polynomials of one model that are compiled; rows with others sum products of states."""
Term = tuple[MonomialIndex, int]
"""Row and factors of a term, and the number of its coefficient."""
Factors = tuple[int, ...]
"""Numbers of the variables in a product, in their order."""
RowTerms = list[tuple[Factors, int]]
"""Factors and number of the coefficient of every term of a row."""


def drift_table(size: int, terms: Sequence[Term], tables: list[int]) -> tuple[tuple[int, ...], int]:
    """Append the tables of a path's drift.

    Returns where they begin, as `steps.drift` takes it, and the number of products.
    """
    rows: list[RowTerms] = [[] for _ in range(size)]
    for (i, *factors), coefficient in terms:
        rows[i].append((tuple(sorted(factors)), coefficient))
    split = [_split(i, row) for i, row in enumerate(rows)]
    compiled = _compiled_polynomials(split)
    products = _products(
        factors
        for row, parts in zip(rows, split, strict=True)
        if parts.polynomial not in compiled
        for factors, _ in row
    )
    summed: list[int] = []
    grouped: dict[Polynomial, list[int]] = {polynomial: [] for polynomial in compiled}
    for i, (row, parts) in enumerate(zip(rows, split, strict=True)):
        first = len(tables)
        if parts.polynomial in compiled:
            tables += [entry(*each) for each in parts.linear]
            listed = grouped[parts.polynomial]
            listed += [i * BLOCK, first, len(tables), *parts.entries]
        else:
            tables += [entry(f[0], k) for f, k in row if len(f) == 1]
            middle = len(tables)
            tables += [entry(products.place(f), k) for f, k in row if len(f) != 1]
            summed += [i * BLOCK, first, middle, len(tables)]
    groups: list[int] = []
    for polynomial, listed in grouped.items():
        groups += [polynomial.address, len(tables), len(listed) // polynomial.length]
        tables += listed
    ends = len(tables) + ends_of([*map(len, products.tables), len(summed), len(groups)])
    tables += [*products.tables[0], *products.tables[1], *summed, *groups]
    pairs, triples, begin, end, last = map(int, ends)
    ones = int(products.count > 0 or any(not f for row in rows for f, _ in row))
    return (ones, pairs, triples, begin, begin, end, end, last), ones + products.count


def _compiled_polynomials(rows: Sequence[_Split]) -> list[Polynomial]:
    """The polynomials that get code of their own: the most common ones that are short."""
    counts = Counter(row.polynomial for row in rows if row.polynomial)
    short = [polynomial for polynomial, _ in counts.most_common() if polynomial.short]
    return short[:MOST_POLYNOMIALS]


@dataclass(frozen=True)
class _Products:
    """Products of states that rows sum: of pairs, and of triples as a pair times a state."""

    pairs: dict[Factors, int]
    triples: dict[Factors, tuple[int, int]]

    @property
    def count(self) -> int:
        """Number of products."""
        return len(self.pairs) + len(self.triples)

    @cached_property
    def numbers(self) -> dict[Factors, int]:
        """Number of each product, by its factors."""
        return {factors: k for k, factors in enumerate([*self.pairs, *self.triples])}

    def place(self, factors: Factors) -> int:
        """Row of the product of these factors, that of ones for none."""
        return self.numbers[factors] + 1 if factors else 0

    @property
    def tables(self) -> tuple[list[int], list[int]]:
        """Places of the factors of pairs, and of a pair and the third factor of triples."""
        pairs = [factor * BLOCK for pair in self.pairs for factor in pair]
        triples = [(pair + 1, state) for pair, state in self.triples.values()]
        return pairs, [BLOCK * part for triple in triples for part in triple]


def _products(wanted: Iterable[Factors]) -> _Products:
    """The products of two or three factors, and the pairs from which triples are formed."""
    distinct = dict.fromkeys(factors for factors in wanted if len(factors) > 1)
    pairs: dict[Factors, int] = {}
    for factors in distinct:
        if len(factors) == 2:
            pairs[factors] = len(pairs)
    cubic = [factors for factors in distinct if len(factors) == 3]
    frequency: Counter[Factors] = Counter(
        pair for a, b, c in cubic for pair in {(a, b), (b, c), (a, c)}
    )
    triples: dict[Factors, tuple[int, int]] = {}
    for a, b, c in cubic:
        splits: dict[Factors, int] = {(a, b): c, (b, c): a, (a, c): b}
        pair = max(splits, key=lambda pair: (pair in pairs, frequency[pair]))
        triples[a, b, c] = pairs.setdefault(pair, len(pairs)), splits[pair]
    return _Products(pairs, triples)


@dataclass(frozen=True)
class _Split:
    """A row as linear terms, and a polynomial with entries for its variables and coefficients."""

    linear: tuple[tuple[int, int], ...]
    polynomial: Polynomial | None
    entries: tuple[int, ...] = ()


def _split(own: int, row: RowTerms) -> _Split:
    """The terms of a row, given by factors and coefficient: the polynomial and what is linear."""
    inside = {factor for factors, _ in row if len(factors) > 1 for factor in factors}
    if not inside:
        return _Split(tuple((f[0], k) for f, k in row if f), None)
    linear = tuple((f[0], k) for f, k in row if len(f) == 1 and f[0] not in inside)
    order = [own, *sorted(inside - {own})]
    number = {variable: k for k, variable in enumerate(order)}
    found = sorted(
        (len(f), tuple(sorted(number[v] for v in f)), k) for f, k in row if inside.issuperset(f)
    )
    coefficients = {key: k for k, key in enumerate(dict.fromkeys((k, d % 2) for d, _, k in found))}
    polynomial = Polynomial(tuple((v, coefficients[k, d % 2]) for d, v, k in found))
    entries = zip_longest(order[1:], (k for k, _ in coefficients), fillvalue=0)
    return _Split(linear, polynomial, tuple(entry(*each) for each in entries))


def entry(row: int, coefficient: int) -> int:
    """An entry of the tables: the place of a row, and the index of a coefficient."""
    return row * BLOCK | coefficient << HALF


def ends_of(counts: Sequence[int]) -> Array:
    """Where parts of these lengths begin, and where the last ends."""
    return np.asarray(np.cumsum([0, *counts]), np.int64)
