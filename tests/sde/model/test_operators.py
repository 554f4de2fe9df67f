"""Operators: products respect their order, and symbols are those of truncated Fock matrices."""

from functools import cache
from itertools import permutations, product

import numpy as np
import pint
import pytest

import qlangevin as ql

LEVELS = 7
KEPT = 3
"""Levels of a mode whose matrix elements four ladder operators keep free of the truncation."""
a, b = ql.operators("a", "b")
LETTERS = {"a": a, "a+": a.dag(), "b": b, "b+": b.dag()}
LADDER = np.diag(np.sqrt(np.arange(1.0, LEVELS)), 1)
MATRICES = {
    "a": np.kron(LADDER, np.eye(LEVELS)),
    "a+": np.kron(LADDER.T, np.eye(LEVELS)),
    "b": np.kron(np.eye(LEVELS), LADDER),
    "b+": np.kron(np.eye(LEVELS), LADDER.T),
}
WORDS = [word for length in range(5) for word in product(LETTERS, repeat=length)]


def matrix_of(word):
    total = np.eye(LEVELS**2)
    for letter in word:
        total = total @ MATRICES[letter]
    return total


def kept(matrix):
    """Its elements between low levels."""
    return matrix.reshape((LEVELS,) * 4)[:KEPT, :KEPT, :KEPT, :KEPT]


@cache
def symmetric(letters):
    """The average of the products of these letters in every order: what a symbol stands for."""
    orders = list(permutations(letters))
    return sum(matrix_of(order) for order in orders) / len(orders)


def ordered(operator, of_powers):
    """An operator or symbol as a matrix, by a matrix for the letters of each monomial."""
    total = np.zeros((LEVELS**2,) * 2, complex)
    for powers, coefficient in operator.terms.items():
        letters = [letter for mode, m, n in powers for letter in (f"{mode}+",) * m + (mode,) * n]
        total = total + coefficient.value * of_powers(tuple(letters))
    return total


def product_of(word):
    total = 1.0 + 0 * a
    for letter in word:
        total = total * LETTERS[letter]
    return total


def test_all_products_of_up_to_four_ladder_operators_equal_fock_matrices():
    assert len(WORDS) == 341
    for word in WORDS:
        exact = kept(matrix_of(word))
        operator = product_of(word)
        np.testing.assert_allclose(kept(ordered(operator, matrix_of)), exact, atol=1e-12)
        in_weyl_order = ordered(operator.weyl(), symmetric)
        np.testing.assert_allclose(kept(in_weyl_order), exact, atol=1e-12, err_msg=f"{word}")


def test_the_adjoint_reverses_the_order_of_factors():
    for word in WORDS:
        reverse = [letter[0] if letter.endswith("+") else f"{letter}+" for letter in word[::-1]]
        assert product_of(word).dag() == product_of(reverse)


def test_the_symbol_in_quadratures_is_the_symbol_at_their_amplitudes():
    amplitude = {"a": 0.3 - 0.7j, "b": -1.1 + 0.2j}
    quadrature = {
        (mode, axis): np.sqrt(2) * (z.real, z.imag)[axis]
        for mode, z in amplitude.items()
        for axis in (0, 1)
    }
    symbol = ((2 + 1j) * a.dag() * a**2 * b.dag() + (a.x + b.p) ** 4).weyl()
    direct = sum(
        c.value * np.prod([amplitude[k].conjugate() ** m * amplitude[k] ** n for k, m, n in powers])
        for powers, c in symbol.terms.items()
    )
    by_quadratures = sum(
        c.value * np.prod([quadrature[factor] for factor in factors])
        for factors, c in symbol.quadratures().items()
    )
    assert by_quadratures == pytest.approx(direct, rel=1e-13)


def test_quadratures_commute_to_i_and_are_exact_in_even_powers():
    assert a.x * a.p - a.p * a.x == 1j
    assert a.x * b.p == b.p * a.x
    assert {f: c.value for f, c in (0.3 * a.x**4).weyl().quadratures().items()} == {
        (("a", 0),) * 4: 0.3
    }


def test_terms_that_cancel_leave_nothing_behind():
    rotated = 0.1 * a.x + 0.3 * a.p
    moved = (rotated**2 + 0.7 * b.x) ** 2 - rotated**4 - 1.4 * b.x * rotated**2
    assert moved == 0.49 * b.x**2
    assert set(moved.weyl().quadratures()) == {(("b", 0),) * 2}


@pytest.mark.parametrize(
    ("operator", "text"),
    [
        (a * a.dag(), "1 + a†a"),
        (2e6 * a.dag() * a - 50 * a.dag() * a * (b + b.dag()), "2e+06 a†a − 50 a†a b − 50 a†a b†"),
        (1j * (a.dag() - a), "−i a + i a†"),
        ((1 + 2j) * a.dag() ** 2 * b, "(1 + 2i) a†² b"),
        (np.array([1.0, 2.0, 4.0]) * a, "(1 … 4) a"),
        (a - a, "0"),
    ],
)
def test_operators_are_printed_as_papers_write_them(operator, text):
    assert repr(operator) == text


def test_symbols_are_printed_in_amplitudes():
    assert repr((1.5 * a.dag() ** 2 * a**2 + b).weyl()) == "0.75 + b − 3 |a|² + 1.5 |a|⁴"


def test_arrays_over_points_are_coefficients_from_both_sides():
    rates = np.array([1.0, 2.0])
    for operator in (rates * a, a * rates, np.float64(2.0) * a * (rates / 2)):
        assert operator == rates * a
        (coefficient,) = operator.terms.values()
        np.testing.assert_array_equal(coefficient.value, rates)


def test_a_small_difference_of_large_coefficients_is_kept_and_rounding_is_not():
    light, laser = 1.2e15, 1.2e15 - 100
    (detuning,) = (light * a.dag() * a - laser * a.dag() * a).terms.values()
    assert detuning.value == light - laser == 100
    assert 0.1 * a + 0.2 * a - 0.3 * a == 0
    assert (0.1 * a + 0.2 * a.dag() + 0.3) ** 6 == (0.3 + 0.2 * a.dag() + 0.1 * a) ** 6


def test_a_coefficient_that_overflows_is_refused_and_not_dropped():
    with np.errstate(over="ignore", invalid="ignore"):
        beyond = 1e200 * a * 1e200
        energy = 1e200 * a.dag() * a * 1e200
    for make in (lambda: ql.terms.jump("fibre", beyond), lambda: ql.terms.hamiltonian(energy)):
        with pytest.raises(ValueError, match=r"coefficients of .* must be finite"):
            make()


def test_a_quantity_with_a_unit_is_refused_and_not_stripped_of_it():
    rate = 2 * pint.UnitRegistry().MHz
    for use in (
        lambda: a * rate,
        lambda: ql.terms.detune("a", rate),
        lambda: ql.systems.Microrings.published(decay_a=rate),
    ):
        with pytest.raises(ValueError, match=r"plain number .*megahertz.* carries a unit\).*2π"):
            use()
    with pytest.raises(ValueError, match="must be an operator"):
        ql.terms.hamiltonian(rate * a.dag() * a)


def test_a_sum_prints_without_the_zero_that_it_starts_from():
    assert repr(sum([a, b])) == "a + b"
    assert repr(0 * a + b) == "b"
    assert repr(a - a) == "0"


def test_coefficients_that_do_not_broadcast_are_named():
    two, three = np.ones(2), np.ones(3)
    for make in (lambda: two * a + three * a, lambda: two * a * three):
        with pytest.raises(ValueError, match=r"of shape \(2,\) and another one of shape \(3,\)"):
            make()
    with pytest.raises(ValueError, match=r"a†a of hamiltonian of shape \(2,\) and .* b†b"):
        ql.terms.hamiltonian(two * a.dag() * a + three * b.dag() * b)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: ql.operators(), "at least one mode"),
        (lambda: ql.operators("a", "a"), "distinct"),
        (lambda: ql.operators("a b"), "write 'a_b'"),
        (lambda: a**0.5, r"whole number ≥ 0 \(got 0.5\)"),
        (lambda: a**-1, "whole number"),
        (lambda: 1 / b, "unsupported"),
        (lambda: a / b, "cannot be divided by the operator b"),
    ],
)
def test_wrong_uses_of_operators_are_refused(wrong, message):
    with pytest.raises((ValueError, TypeError), match=message):
        wrong()
