"""`check_system`: faults in declarations, units and optional methods of a system are found."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

import qlangevin as ql
from qlangevin.analysis import check_system
from qlangevin.analysis.validation.system_checks.units import power
from qlangevin.sde import Model
from qlangevin.sde.systems import Microrings
from qlangevin.sde.terms import detune, lose, shine

from .user_cell import Cell, checked, comment_of_failure

# ------------------------------------------------------------------------------------------------
# declarations and parameters


def test_a_parameter_that_the_model_does_not_use_is_named():
    @dataclass(frozen=True, eq=False)
    class Idle(Cell):
        mass: Any = ql.parameter("M", "kg", "never used")
        noise: str = ql.choice("on", "off", meaning="never used")

    assert comment_of_failure(checked(Idle, mass=1e-12), "parameters used").startswith(
        "The model does not depend on mass, noise:"
    )


def test_a_parameter_that_acts_only_far_from_its_value_counts_as_used():
    """The bath of light at 193 THz and 20 mK has no photon, whatever the small change."""
    used = checked(Microrings)["parameters used"]
    assert used.passed
    assert "temperature" in Microrings.PUBLISHED


def test_faulty_declarations_are_named():
    @dataclass(frozen=True, eq=False)
    class Vague(Cell):
        shift: Any = ql.parameter("Δ", "MHz", "shift of the cavity")
        rate: Any = ql.parameter("r", "radd/s", "another shift")

        @ql.quantity("rad/s")
        def inverse(self):
            return np.inf * self.decay

        @property
        def pair(self):
            return "a", "b"

        def model(self):
            total = self.detuning + 1e6 * self.shift + self.rate
            return Cell.published(detuning=total).model()

    comment = checked(Vague, shift=1.0, rate=1.0)["declarations"].comment
    assert comment == (
        "detuning shares its symbol Δ with another parameter; shift shares its symbol Δ with "
        "another parameter; shift has unit 'MHz'; parameters are in SI units without prefixes, as "
        "rad/s; rate has unit 'radd/s', which run files cannot read; the quantity inverse is not "
        "finite; pair names 'b', which is no mode."
    )


def test_parameters_without_a_meaning_or_symbol_are_named_but_no_fault():
    @dataclass(frozen=True, eq=False)
    class Terse(Cell):
        shift: Any = ql.parameter("", "rad/s", "shift of the cavity")
        other: Any = ql.parameter("Δ_2", "rad/s", " ")

        def model(self):
            return self.at_detuning(self.detuning + self.shift + self.other)

        def at_detuning(self, detuning):
            names = Cell.PUBLISHED
            return Cell(**{n: getattr(self, n) for n in names} | {"detuning": detuning}).model()

    found = checked(Terse, shift=1e3, other=1e3)["declarations"]
    assert found.passed
    assert found.comment == "Without meaning or symbol: shift, other."


def test_published_values_that_are_refused_fail_and_missing_ones_are_named():
    class Negative(Cell):
        PUBLISHED: ClassVar[dict[str, Any]] = Cell.PUBLISHED | {"decay": -1.0}

    assert "decay must be positive" in comment_of_failure(
        check_system(Negative(**Cell.PUBLISHED), run=False), "published values"
    )

    class Partial(Cell):
        PUBLISHED: ClassVar[dict[str, Any]] = Cell.PUBLISHED.copy()

    del Partial.PUBLISHED["power"], Partial.PUBLISHED["decay"]
    found = check_system(Partial(**Cell.PUBLISHED), run=False)
    assert found.passed
    assert found["published values"].comment.startswith("PUBLISHED has no value for decay, power")


# ------------------------------------------------------------------------------------------------
# units


def test_a_formula_that_mixes_units_is_named_by_the_equation_it_spoils():
    class Unrooted(Cell):
        def light(self):
            return [lose("a", "fibre", amplitude_rate=self.decay), shine("fibre", self.flux)]

    found = check_system(Unrooted.published(power=1e-18), run=False)["units of parameters"]
    assert found.passed is False
    assert "these do not change as rates: the constant drift of a.X. Look for" in found.comment


def test_a_parameter_declared_in_another_unit_is_found():
    @dataclass(frozen=True, eq=False)
    class Misdeclared(Cell):
        damping: Any = ql.parameter("γ", "s", "mechanical energy decay rate", sign="positive")

    found = checked(Misdeclared)["units of parameters"]
    assert found.passed is False
    assert "linear drift of m.q" in found.comment


def test_a_quantity_that_does_not_follow_its_unit_is_named():
    class Squared(Cell):
        @ql.quantity("rad/s")
        def area(self):
            return self.decay**2

    assert comment_of_failure(checked(Squared), "units of parameters").startswith(
        "The quantity area does not change as its unit says"
    )


def test_a_rate_declared_in_hertz_is_found():
    @dataclass(frozen=True, eq=False)
    class InHertz(Cell):
        damping: Any = ql.parameter("γ", "Hz", "mechanical energy decay rate", sign="positive")

    assert "damping has unit 'Hz'; rates are in rad/s" in comment_of_failure(
        checked(InHertz), "declarations"
    )


def test_a_quantity_in_the_root_of_a_rate_follows_its_unit():
    class Amplitude(Cell):
        @ql.quantity("1/s**0.5")
        def amplitude(self):
            return self.decay**0.5

    assert checked(Amplitude)["units of parameters"].passed


def test_fixed_numbers_in_a_model_leave_the_units_undecided():
    class Fixed(Cell):
        def model(self):
            return Model.build(["a"], [detune("a", 1e6), *self.light()])

    found = checked(Fixed)["units of parameters"]
    assert found.passed is None
    assert "the linear drift of a.X" in found.comment
    assert found.comment.startswith("Cannot decide: part of these is a fixed number")


# ------------------------------------------------------------------------------------------------
# methods


def test_an_effective_detuning_that_is_not_reached_is_found():
    class Forgetful(Cell):
        def at_effective_detuning(self, detuning):
            return self.replace(detuning=detuning)

    assert "the two methods use different" in comment_of_failure(
        checked(Forgetful), "effective detuning"
    )


def test_one_of_the_two_methods_alone_fails():
    class Half(Microrings):
        def effective_detuning(self, mean):
            return mean[..., :1]

    assert "must be defined together" in comment_of_failure(checked(Half), "effective detuning")


def test_a_reversal_that_is_not_its_own_inverse_is_found_by_parameter():
    class Turned(Cell):
        def reversed(self):
            return self.replace(detuning=self.detuning + 1.0, power=2 * self.power)

    assert comment_of_failure(checked(Turned), "reversed twice").startswith(
        "reversed() twice changes detuning, power:"
    )


def test_a_method_that_raises_fails_its_own_check_with_the_words_of_the_error():
    class Raising(Cell):
        def reversed(self):
            return self.replace(side="left")

    assert "has no parameter 'side'" in comment_of_failure(checked(Raising), "reversed twice")


def test_counts_per_second_change_as_rates():
    assert power("Bq") == power("1/s") == 1
