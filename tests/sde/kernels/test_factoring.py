"""Factored rows equal the sum of their terms, and share common factors."""

from itertools import combinations_with_replacement

import numpy as np
import pytest

from qlangevin.sde.kernels.factoring import Term, factored


def fma(a, b, c):
    return a * b + c


def random_terms(rng, count):
    """Terms of degree 0 to 3 in three variables, no monomial twice, some coefficients in common."""
    places = [
        place for degree in range(4) for place in combinations_with_replacement("xyz", degree)
    ]
    chosen = [places[k] for k in rng.choice(len(places), count, replace=False)]
    return [Term(int(rng.choice([-1, 1])), f"k{rng.integers(5)}", place) for place in chosen]


@pytest.mark.parametrize("seed", range(200))
def test_a_factored_row_is_the_sum_of_its_terms(seed):
    rng = np.random.default_rng(seed)
    terms = random_terms(rng, rng.integers(1, 12))
    values = {name: rng.normal() for name in ["x", "y", "z", "start", *(f"k{k}" for k in range(5))]}
    for start in (None, "start"):
        total = sum(
            t.sign * values[t.coefficient] * np.prod([values[f] for f in t.factors]) for t in terms
        )
        total += values["start"] if start else 0.0
        assert eval(factored(terms, start), {"fma": fma}, values) == pytest.approx(
            total, rel=1e-12, abs=1e-12
        )


def test_no_terms_leave_the_start_or_nothing():
    assert factored([], "v") == "v"
    assert factored([], None) == ""


def test_a_detuning_that_moves_with_the_motion_reads_the_same_in_both_of_its_rows():
    """(a + g q) y in one row, −(a + g q) x in the other."""
    first = factored([Term(1, "a", ("y",)), Term(-1, "g", ("y", "q"))], "v")
    second = factored([Term(-1, "a", ("x",)), Term(1, "g", ("x", "q"))], "w")
    assert first == "fma(fma(-(g), q, a), y, v)"
    assert second == "fma(-(fma(-(g), q, a)), x, w)"


def test_squares_with_one_coefficient_are_added_before_it_multiplies_them():
    terms = [Term(1, "g", (name, name)) for name in "xyz"]
    assert factored(terms, "v") == "fma(g, fma(z, z, fma(y, y, x * x)), v)"
