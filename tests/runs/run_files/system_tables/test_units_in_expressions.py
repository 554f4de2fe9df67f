"""Units of parameters, and of every expression that is made of them."""

import math

import pytest

from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.system_tables.dimensions import dimension, read_parameter, unit_of

from .declared import HAMILTONIAN, changed, model_of, with_hamiltonian

MHZ = 2 * math.pi * 1e6


@pytest.mark.parametrize(
    ("given", "value", "unit"),
    [
        ("2π × 5 MHz", 5 * MHZ, "rad/s"),
        ("3e7 rad/s", 3e7, "rad/s"),
        ("3e7 / s", 3e7, "rad/s"),
        ("20 mW", 0.02, "W"),
        ("130 mK", 0.13, "K"),
        ("10 ng", 1e-11, "kg"),
        ("1.5 µs", 1.5e-6, "s"),
        ("1.1 mm", 1.1e-3, "m"),
        ("2 nJ", 2e-9, "J"),
        ("2π × 10 GHz/nm", 1e13 * MHZ, "rad/s/m"),
        ("5 kg/m/m", 5.0, "kg/m**2"),
        ("30 deg", math.pi / 6, "rad"),
        ("0.35 π", 0.35 * math.pi, ""),
        ("1.48", 1.48, ""),
        (3, 3.0, ""),
        ({"value": 3, "unit": "rad/s"}, 3.0, "rad/s"),
        ({"value": "3 / s", "unit": "1/s"}, 3.0, "rad/s"),
        ({"value": "20 mW", "unit": "W"}, 0.02, "W"),
        ({"value": "0", "unit": "K"}, 0.0, "K"),
    ],
)
def test_a_parameter_has_its_value_and_unit_in_si(given, value, unit):
    found, told = read_parameter("key", given)
    assert found == pytest.approx(value, rel=1e-14)
    assert told["unit"] == unit
    assert dimension(told["unit"]) == dimension(unit)


def test_the_unit_of_a_dimension_has_this_dimension():
    for unit in ("rad/s", "W", "kg*m/s**3", "1/s**0.5", "J*s", "A*m", ""):
        assert dimension(unit_of(dimension(unit))) == dimension(unit)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("5 MHz", 'is a frequency; an angular rate is expected: write "2π × 5 MHz"'),
        ("10 GHz/nm", "is a frequency"),
        ("5 fish", 'cannot be read as a quantity such as "2π × 5 MHz", "20 mW" or 1.48'),
        (True, "must be a number or a quantity"),
        (math.inf, "must be finite"),
        ({"value": 3, "unit": "MHz"}, '.unit = "MHz" must be an SI unit without prefix'),
        ({"value": 3, "unit": "mW"}, '.unit = "mW" must be an SI unit without prefix'),
        ({"value": 3, "unit": "√(rad/s)"}, "must be an SI unit without prefix"),
        ({"value": "3 K", "unit": "W"}, "has the wrong unit: in W"),
        ({"unit": "W"}, ".value is missing"),
        ({"value": 3, "units": "W"}, ".units is an unknown key: did you mean 'unit'?"),
        ({"value": 3, "meaning": 4}, ".meaning = 4 must be text in quotes"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused(given, words):
    with pytest.raises(RunFileError) as refusal:
        read_parameter("[system.parameters] Δ", given)
    assert str(refusal.value).startswith("[system.parameters] Δ")
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("hamiltonian", "position", "words"),
    [
        (f"{HAMILTONIAN} + T a†a", 49, "this term is in K, the one before it is in rad/s"),
        (f"{HAMILTONIAN} + a†a", 49, "this term has no unit, the one before it is in rad/s"),
        (f"({HAMILTONIAN}) T", 1, "this is in K/s; rad/s is expected"),
        (f"{HAMILTONIAN} + ω κ a†a", 49, "this term is in 1/s**2, the one before it is in rad/s"),
        (f"{HAMILTONIAN} + g exp(κ) a†a", 55, "this is in rad/s; exp expects a number without"),
        (f"{HAMILTONIAN} + ω^(κ/g) a†a", 52, "the exponent of a quantity in rad/s must be a plain"),
        (f"{HAMILTONIAN} + g 2^κ a†a", 53, "an exponent must be a number without unit"),
        (f"{HAMILTONIAN} + g bose(T, ω) a†a", 56, "this is in K; bose expects rad/s"),
        (f"{HAMILTONIAN} + 5 MHz a†a", 51, "MHz is unknown; numbers with units stand in"),
    ],
)
def test_a_wrong_unit_is_refused_at_its_term(hamiltonian, position, words):
    with pytest.raises(RunFileError) as refusal:
        model_of(with_hamiltonian(hamiltonian))
    assert f"at character {position}, {words}" in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sqrt(2 κ) a", "2 κ a", 'fibre = "2 κ a": at character 1, this is in rad/s; √(rad/s)'),
        ('"n_th"', '"T"', 'occupation = "T": at character 1, this is in K; a number without unit'),
        ("sqrt(2 κ) a", "a", "this has no unit, but [system.jumps] bath.operator has one"),
    ],
)
def test_a_jump_has_the_unit_of_a_rate_under_a_root(old, new, words):
    with pytest.raises(RunFileError) as refusal:
        model_of(changed((old, new)))
    assert words in str(refusal.value)


def test_numbers_without_units_are_in_si():
    plain = changed(
        ('"2π × 5 MHz"', "5.0"),
        ('"2π × 4 MHz"', "4.0"),
        ('"2π × 100 Hz"', "0.01"),
        ('"2π × 0.5 MHz"', "0.5"),
        ('"2π × 1 kHz"', "0.001"),
        ('"2π × 200 MHz"', "200.0"),
        ('"bose(ω, T)"', '"T"'),
        ('"10 mK"', "40.0"),
    )
    A = model_of(plain).A
    assert A[0, 1] == pytest.approx(5.0, rel=1e-15)
    assert A[0, 0] == pytest.approx(-0.5, rel=1e-15)


def test_powers_and_roots_of_units_are_followed():
    text = f"{HAMILTONIAN} + κ^2/ω a†a + sqrt(κ ω) a†a + (κ³ ω)^(1/4) a†a + 0"
    model = model_of(with_hamiltonian(text))
    kappa, omega = 0.5 * MHZ, 4 * MHZ
    extra = kappa**2 / omega + math.sqrt(kappa * omega) + (kappa**3 * omega) ** 0.25
    assert model.A[0, 1] == pytest.approx(5 * MHZ + extra, rel=1e-14)


@pytest.mark.parametrize(
    "text", ["g/2 n_th a†a", "g/2(a†a)", "g/κ a†κ a", "(g/κ)κ a†a", "g/(2κ) κ a†a"]
)
def test_a_factor_behind_a_division_multiplies_where_the_divisor_ends_clearly(text):
    model_of(with_hamiltonian(f"{HAMILTONIAN} + {text}"))
