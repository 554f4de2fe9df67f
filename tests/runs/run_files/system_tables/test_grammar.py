"""Expressions: which operations bind first, every spelling, and where a mistake is."""

import math

import numpy as np
import pytest
from scipy.constants import hbar, k

from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.names import normal_name
from qlangevin.runs.run_files.system_tables.grammar import read_expression
from qlangevin.runs.run_files.system_tables.values import value_of
from qlangevin.sde.model.operators import Operator, operators

a, m = operators("a", "m")
NAMES = {"a": a, "m": m, "x": 3.0, "y": 5.0, "κ": 2.0, "Δ": 7.0, "κ1": 11.0, "z": 1 + 2j}
BOSE = 1 / math.expm1(hbar * 1e9 / (k * 0.01))


def evaluate(text):
    return value_of(read_expression("key", text), NAMES.__getitem__)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2 x y", 30.0),
        ("x/2 y", 7.5),
        ("x / y x", 9 / 5),
        ("x/y/2", 0.3),
        ("x/2*y", 7.5),
        ("1/2π", 1 / (2 * math.pi)),
        ("1/2 π", 1 / (2 * math.pi)),
        ("x/2pi y", 15 / (2 * math.pi)),
        ("-x^2", -9.0),
        ("−x²", -9.0),
        ("2 x²", 18.0),
        ("2x^2 y", 90.0),
        ("x^-1", 1 / 3),
        ("2 x⁻¹²", 2 * 3.0**-12),
        ("√(x + 1) y", 10.0),
        ("x**(1/2)", math.sqrt(3)),
        ("x^κ", 9.0),
        ("x - y - 2", -4.0),
        ("- x + y", 2.0),
        ("x × −y", -15.0),
        ("x·y ⋅ 2", 30.0),
        ("(x + y) (x − y)", -16.0),
        ("x (y + 1)", 18.0),
        ("2(x)(y)", 30.0),
        ("sqrt(x + 1) y", 10.0),
        ("sqrt (4)^2", 4.0),
        ("exp(1)", math.e),
        ("ln(x)", math.log(3)),
        ("cosh(κ) + sinh(κ)", math.exp(2)),
        ("tanh(κ) / atan(κ)", math.tanh(2) / math.atan(2)),
        ("cos(π/3)", 0.5),
        ("sin(pi/6) + tan(π/4)", 1.5),
        ("abs(-x)", 3.0),
        ("abs(z)²", 5.0),
        ("conj(z)", 1 - 2j),
        ("i^2", -1),
        ("2 i x", 6j),
        ("2i x", 6j),
        ("1j*x", 3j),
        ("1.5e1 x", 45.0),
        (".5 x", 1.5),
        ("κ₁ + ∆", 18.0),
        ("ħ / hbar", 1.0),
        ("bose(1e9, 0.01)", BOSE),
        ("2 bose(1e9, 0.01) x", 6 * BOSE),
        (3, 3.0),
        ("\n x +\n y\n", 8.0),
    ],
)
def test_numbers(text, number):
    assert evaluate(text) == pytest.approx(number, rel=1e-15, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("a†a", a.dag() * a),
        ("a a†", a * a.dag()),
        ("a† a", a.dag() * a),
        ("a.dag()*a", a.dag() * a),
        ("dag(a) a", a.dag() * a),
        ("a^†a", a.dag() * a),
        ("a†²a²", a.dag() ** 2 * a**2),
        ("a†^2 a**2", a.dag() ** 2 * a**2),
        ("(a†a)²", (a.dag() * a) ** 2),
        ("(a m)†", a.dag() * m.dag()),
        ("a†a (m + m†)", a.dag() * a * (m + m.dag())),
        ("X(a) Y(m)", a.x * m.p),
        ("a.x m.p", a.x * m.p),
        ("a.x**2 / 2", a.x * a.x / 2),
        ("i κ (a† − a)", 2j * (a.dag() - a)),
        ("1j*κ*(a.dag() - a)", 2j * (a.dag() - a)),
        ("a x/2 a†", 1.5 * a * a.dag()),
        ("- a + x", 3.0 - a),
        ("a^0", a**0),
        ("sqrt(2 κ) a", 2 * a),
    ],
)
def test_operators_keep_their_order(text, operator):
    value = evaluate(text)
    assert isinstance(value, Operator)
    assert value == operator


def test_values_over_parameter_points_are_arrays():
    points = {**NAMES, "x": np.array([1.0, 4.0])}
    root = value_of(read_expression("key", "sqrt(x) + 1/x"), points.__getitem__)
    np.testing.assert_allclose(root, [2.0, 2.25], rtol=1e-15)
    operator = value_of(read_expression("key", "x a†a"), points.__getitem__)
    assert operator == np.array([1.0, 4.0]) * a.dag() * a


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("ω m††m", 5, "a dagger follows a dagger; write it once"),
        ("a.dag()†", 8, "a dagger follows a dagger"),
        ("†a", 1, "the dagger has no operator in front of it; write it behind one"),
        ("x + †a", 5, "the dagger has no operator in front of it"),
        ("x (a + m", 3, "this parenthesis is never closed; close it"),
        ("x a)", 4, "this parenthesis closes none; remove it"),
        ("(" * 31 + "a" + ")" * 31, 31, "nested over 30 deep"),
        ("", 1, "the expression ends where a factor is missing; complete it"),
        ("x +", 4, "the expression ends where a factor is missing"),
        ("x + * a", 5, '"*" stands where a factor is missing'),
        ("x--a", 3, '"-" stands where a factor is missing'),
        ("sqrt()", 6, "the parenthesis stands where a factor is missing"),
        ("x, a", 2, "the comma cannot stand here"),
        ("x a 2", 5, "the number 2 stands behind a without an operation"),
        ("1 000", 3, "the number 000 stands behind 1 without an operation"),
        ("2π²", 3, "the power of 2π is ambiguous"),
        ("2i^2", 3, "the power of 2i is ambiguous"),
        ("a^2^2", 4, 'the power "^" has no base of its own'),
        ("a[1]", 2, '"[" has no meaning here; use parentheses'),
        ("a'a", 2, "write the adjoint as a† or dag(a)"),
        ("√x a", 1, "write its argument in parentheses, √(…)"),
        ("x $ a", 3, '"$" has no meaning here'),
        ("np.sqrt(2)", 3, ".sqrt is unknown"),
        ("a.dg()", 2, ".dg is unknown: did you mean 'dag'?"),
        ("bose(x)", 1, "bose takes 2 arguments, as in bose(ω, T)"),
        ("sqrt(x, y)", 1, "sqrt takes one argument, as in sqrt(…)"),
    ],
)
def test_a_mistake_is_refused_at_its_character(text, position, words):
    with pytest.raises(RunFileError) as refusal:
        read_expression("[system] hamiltonian", text)
    message = str(refusal.value)
    start = f'[system] hamiltonian = "{text}": at character {position}, '
    assert message.startswith(start)
    assert words in message.removeprefix(start)
    assert "\n" not in message


def test_a_mistake_in_several_lines_quotes_its_own():
    with pytest.raises(RunFileError, match=r'key = "m††m": at character 4 of line 2, a dagger'):
        read_expression("key", "Δ a†a +\n m††m\n")


def test_a_mistake_in_a_long_line_quotes_the_part_around_it():
    with pytest.raises(RunFileError) as refusal:
        read_expression("key", "x a†a + " * 40 + "m††m" + " + x a†a" * 40)
    message = str(refusal.value)
    assert 'key = "…' in message
    assert "m††m" in message
    assert "…" + '": at character 323, a dagger' in message
    assert len(message) < 250


@pytest.mark.parametrize("value", [True, None, ["a"], {"a": 1}])
def test_what_is_no_expression_is_refused(value):
    with pytest.raises(RunFileError, match=r"^key = .* must be an expression in quotes"):
        read_expression("key", value)


def test_an_endless_expression_is_refused():
    with pytest.raises(RunFileError, match="key is 2001 characters long; at most 2000 are read"):
        read_expression("key", "a" * 2001)


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("x + sqrt(κ − y)", 10, "the root of a negative number (-3) is asked for"),
        ("(κ - y)^0.5", 1, "the root of a negative number"),
        ("x/(κ − 2)", 3, "this divisor is zero"),
        ("(κ − 2)^-1", 1, "this divisor is zero"),
    ],
)
def test_a_number_that_does_not_exist_is_refused_at_its_character(text, position, words):
    with pytest.raises(RunFileError) as refusal:
        evaluate(text)
    assert f"at character {position}, {words}" in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "normal"),
    [("µ", "μ"), ("ϵ", "ε"), ("ϕ", "φ"), ("∆", "Δ"), ("κ₁", "κ1"), ("ℏ", "ħ"), ("Ω", "Ω")],
)
def test_look_alikes_are_one_name(given, normal):
    assert normal_name(given) == normal
