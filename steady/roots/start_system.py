"""Start systems of a continuation: products of random linear forms, whose roots are known.

As many roots as a multihomogeneous count: Morgan and Sommese, doi:10.1016/0096-3003(87)90063-4.
Homogenised unknowns are x (paths, m + 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice

import numpy as np

from ...sde.support.checks import Array
from .sparse_system import Sums, Terms


class LinearProducts:
    """Rows that are products of linear forms (rows, degree, m + 1)."""

    def __init__(self, forms: Array) -> None:
        rows, self.degree, width = forms.shape
        form, unknown = np.nonzero(forms.reshape(-1, width))
        self._forms = form
        self._unknown = unknown
        self._weight = forms.reshape(-1, width)[form, unknown]
        self._values = Sums(form, (rows, self.degree))
        self._slopes = Sums(form // self.degree * width + unknown, (rows, width))

    def jacobian(self, x: Array) -> Array:
        """∂/∂x (paths, m, m + 1) at x (paths, m + 1)."""
        value = self._values(self._weight[:, None] * x.T[self._unknown])
        others = [np.delete(value, factor, axis=-1).prod(axis=-1) for factor in range(self.degree)]
        rest = np.stack(others, axis=-1).reshape(len(x), -1).T
        order = self._slopes.order
        return self._slopes(self._weight[order, None] * rest[self._forms[order]])


class StartSystem:
    """Products of random forms, each in one group of unknowns, with the degrees of given terms.

    `count` is the number of their roots, and so of paths; `roots` computes them.
    """

    def __init__(self, terms: Terms, random: np.random.Generator) -> None:
        self._groups = best_groups(terms)
        self.count = int(count(terms, self._groups))
        degrees = _degrees(terms, self._groups)
        m = terms.unknowns
        degree = max(3, int(degrees.sum(axis=1).max()))
        forms = np.zeros((m, degree, m + 1), complex)
        group_of = np.full((m, degree), -1)
        forms[..., 0] = 1
        for row in range(m):
            group_of[row, : degrees[row].sum()] = np.repeat(
                np.arange(len(self._groups)), degrees[row]
            )
            for number in range(degrees[row].sum()):
                columns = [0, *(unknown + 1 for unknown in self._groups[group_of[row, number]])]
                forms[row, number, columns] = random.normal(size=(len(columns), 2)) @ [1, 1j]
        self._forms = forms
        self._group_of = group_of
        self.products = LinearProducts(forms)

    def roots(self, most: int | None = None) -> Array:
        """The roots x (roots, m + 1), all or only the first `most`."""
        m = len(self._forms)
        choices = _form_choices(self._group_of.tolist(), [len(group) for group in self._groups])
        chosen = np.array(list(islice(choices, most))).reshape(-1, m)
        picked = self._forms[np.arange(m), chosen]
        x = np.insert(np.linalg.solve(picked[..., 1:], -picked[..., :1])[..., 0], 0, 1, axis=1)
        return np.asarray(x / np.linalg.norm(x, axis=1, keepdims=True))


def _form_choices(group_of: list[list[int]], room: list[int]) -> Iterator[tuple[int, ...]]:
    """One form of each row, in all ways that determine each group of unknowns.

    `room` is the number of forms that a group still needs.
    """
    if not group_of:
        yield ()
        return
    for number, group in enumerate(group_of[0]):
        if group >= 0 and room[group]:
            rest = [places - (j == group) for j, places in enumerate(room)]
            yield from ((number, *others) for others in _form_choices(group_of[1:], rest))


def best_groups(terms: Terms) -> list[list[int]]:
    """Groups of unknowns with a small count of roots, found by joining two at a time."""
    groups = [[unknown] for unknown in range(terms.unknowns)]
    tried = [groups]
    while len(groups) > 1:
        joined = [
            [*(g for g in groups if g not in (a, b)), a + b] for a, b in combinations(groups, 2)
        ]
        groups = min(joined, key=lambda candidate: count(terms, candidate))
        tried.append(groups)
    return min(tried, key=lambda candidate: count(terms, candidate))


def _degrees(terms: Terms, groups: list[list[int]]) -> Array:
    """Degree (rows, groups) of each row in each group of unknowns."""
    within = np.stack(
        [np.isin(terms.factors, np.array(group) + 1).sum(axis=0) for group in groups], axis=-1
    )
    return np.stack([within[terms.row == row].max(axis=0) for row in range(terms.unknowns)])


def count(terms: Terms, groups: list[list[int]]) -> float:
    """Number of roots: the coefficient of Π_j t_j^(size of group j) in Π_rows Σ_j degree_j t_j."""
    product = np.zeros([len(group) + 1 for group in groups])
    product.flat[0] = 1
    for row in _degrees(terms, groups):
        total = np.zeros_like(product)
        for axis, degree in enumerate(row):
            np.moveaxis(total, axis, 0)[1:] += degree * np.moveaxis(product, axis, 0)[:-1]
        product = total
    return float(product.flat[-1])


def path_bound(terms: Terms) -> float:
    """A cheap bound on the number of paths: the product of the rows' degrees."""
    degree = (np.array(terms.factors) > 0).sum(axis=0).astype(float)
    return float(np.prod([degree[terms.row == row].max() for row in range(terms.unknowns)]))
