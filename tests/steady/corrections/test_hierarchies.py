"""Leading corrections against moment hierarchies, with and without planted faults."""

from collections import Counter
from itertools import combinations_with_replacement

import numpy as np
import pytest

from tests.models import optomechanical_cell, spinning

from .models import (
    coupled_cells,
    cumulants,
    distance,
    extrapolated,
    kerr_cell,
    prediction,
)

CELLS = {
    "optomechanics": (optomechanical_cell, 0.02),
    "kerr": (kerr_cell, 0.01),
    "both": (coupled_cells, 0.02),
    "published": (lambda: spinning().model(), 500),
}
"""Models, and how far to scale their nonlinearity."""
cells = pytest.mark.parametrize(("make", "s"), CELLS.values(), ids=CELLS.keys())


def shifted(model, u):
    """The drift as polynomials in x = u′ − u, one {exponents: coefficient} for each quadrature."""
    rows = [Counter() for _ in u]
    terms = [((i,), c) for i, c in enumerate(model.c)]
    terms += [((i, j), a) for (i, j), a in np.ndenumerate(model.A)]
    terms += [
        (tuple(at), v)
        for form in (model.Q, model.K)
        for at, v in zip(form.index, form.value, strict=True)
    ]
    for (row, *factors), value in terms:
        product = Counter({(): value})
        for factor in factors:
            grown = Counter()
            for x, c in product.items():
                grown[tuple(sorted((*x, factor)))] += c
                grown[x] += c * u[factor]
            product = grown
        rows[row].update(product)
    return rows


def hierarchy(model, ū, s, level="weyl", noise=1.0, sign=1.0, order=4):
    """Mean, third cumulants and covariance about ū/s from the moment equations.

    Moments above the order count as 0.
    """
    scaled = model.scaled(s) if level == "weyl" else model.scaled(s).mean_level
    drift = shifted(scaled, ū / s)
    D = noise * model.diffusion
    n = len(ū)
    drift = [{x: c * (sign if len(x) > 1 else 1.0) for x, c in row.items()} for row in drift]
    unknown = [x for k in range(1, order + 1) for x in combinations_with_replacement(range(n), k)]
    place = {x: k for k, x in enumerate(unknown)}
    M = np.zeros((len(unknown), len(unknown)))
    source = np.zeros(len(unknown))

    def add(row, x, value):
        if not x:
            source[row] += value
        elif len(x) <= order:
            M[row, place[tuple(sorted(x))]] += value

    for row, x in enumerate(unknown):
        for k, i in enumerate(x):
            rest = x[:k] + x[k + 1 :]
            for factors, value in drift[i].items():
                add(row, rest + factors, value)
            for m in range(k):
                add(row, rest[:m] + rest[m + 1 :], D[i, x[m]])
    moment = np.linalg.solve(M, -source)

    def table(k):
        indices = np.indices((n,) * k).reshape(k, -1).T
        return np.array([moment[place[tuple(sorted(map(int, at)))]] for at in indices]).reshape(
            (n,) * k
        )

    return cumulants(table(1), table(2), table(3))


FAULTS = {
    "no symmetric ordering in the drift": {"level": "mean"},
    "coupling of the other sign": {"sign": -1.0},
    "twice the noise": {"noise": 2.0},
}


@cells
def test_moment_hierarchies_have_the_corrections_as_the_nonlinearity_vanishes(make, s):
    model = make()
    assert distance(extrapolated(hierarchy, model, s), prediction(model)) <= 1e-6


@cells
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_moment_hierarchies_with_a_fault_do_not(make, s, fault):
    model = make()
    assert distance(extrapolated(hierarchy, model, s, **fault), prediction(model)) >= 0.1
