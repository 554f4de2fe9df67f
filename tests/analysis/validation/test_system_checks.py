"""`check_system`: sound systems pass, and every check fails at a fault that is planted for it."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy.constants import c as speed_of_light
from scipy.constants import hbar, pi

import qlangevin as ql
from qlangevin.analysis import check_system
from qlangevin.analysis.validation.system_checks import declarations, drift, states, subject
from qlangevin.analysis.validation.system_checks.battery import CHECKS
from qlangevin.sde import Model
from qlangevin.sde.formulas import thermal_occupation
from qlangevin.sde.model.term_kinds import LinearDrift
from qlangevin.sde.systems import CascadedResonators, Microrings, ScattererResonator
from qlangevin.sde.terms import detune, lose, press, rub, shine, squeeze
from qlangevin.steady import IncompleteError

from .test_planted_faults import plant, twice_the_noise


@dataclass(frozen=True, eq=False)
class Cell(ql.System):
    """Light that presses on a mechanical mode, as a user writes it."""

    detuning: Any = ql.parameter("Δ", "rad/s", "cavity minus laser frequency")
    decay: Any = ql.parameter("κ", "rad/s", "amplitude decay rate", sign="positive")
    coupling: Any = ql.parameter("g", "rad/s", "shift of the cavity per unit of q")
    power: Any = ql.parameter("P", "W", "laser power", sign="nonnegative")
    wavelength: Any = ql.parameter("λ", "m", "wavelength of the laser", sign="positive")
    frequency: Any = ql.parameter("ω_m", "rad/s", "mechanical frequency", sign="positive")
    damping: Any = ql.parameter("γ", "rad/s", "mechanical energy decay rate", sign="positive")
    temperature: Any = ql.parameter("T", "K", "temperature of the bath", sign="nonnegative")

    PUBLISHED: ClassVar[dict[str, Any]] = {
        "detuning": 6e6,
        "decay": 2e6,
        "coupling": 30.0,
        "power": 1e-4,
        "wavelength": 1.55e-6,
        "frequency": 6e6,
        "damping": 1e4,
        "temperature": 0.05,
    }

    @ql.quantity("rad/s")
    def laser(self):
        return 2 * pi * speed_of_light / np.asarray(self.wavelength)

    @property
    def flux(self):
        return np.asarray(self.power) / (hbar * self.laser)

    def at_effective_detuning(self, detuning):
        photons = 2 * self.decay * self.flux / (np.asarray(detuning) ** 2 + self.decay**2)
        omega, gamma = self.frequency, np.asarray(self.damping) / 2
        return self.replace(
            detuning=detuning + self.coupling**2 * photons * omega / (omega**2 + gamma**2)
        )

    def effective_detuning(self, mean):
        return np.asarray(self.detuning - self.coupling * mean[..., 2])[..., None]

    def reversed(self):
        return self.replace(detuning=-np.asarray(self.detuning))

    def motion(self):
        return lose(
            "m",
            "bath",
            energy_rate=self.damping,
            occupation=thermal_occupation(self.frequency, self.temperature),
        )

    def light(self):
        return [
            lose("a", "fibre", amplitude_rate=self.decay),
            shine("fibre", np.sqrt(self.flux)),
        ]

    def model(self):
        terms = [
            detune("a", self.detuning),
            detune("m", self.frequency),
            press("a", "m", self.coupling),
        ]
        return Model.build(["a", "m"], [*terms, *self.light(), self.motion()])


def checked(kind, **changes):
    return check_system(kind.published(**changes), run=False)


def comment_of_failure(found, name):
    assert found.failed == (name,), str(found)
    return found[name].comment


# ------------------------------------------------------------------------------------------------
# what passes


def test_a_users_system_passes_without_a_check_that_does_not_apply():
    found = checked(Cell)
    assert {check.verdict for check in found} == {"passed"}, str(found)
    assert found["units of parameters"].measured < 1e-12
    assert [check.name for check in found] == list(CHECKS)[:-1]


@pytest.mark.parametrize(
    ("kind", "failed"),
    [
        (CascadedResonators, ("commutators", "steady states", "transient")),
        (ScattererResonator, ("vacuum",)),
    ],
)
def test_published_noise_that_does_not_follow_from_the_equations_fails_and_names_the_other(
    kind, failed
):
    found = checked(kind)
    assert found.failed == failed
    for name in failed:
        assert "noise = 'consistent' has no such flaw" in found[name].comment


def test_the_small_violation_by_friction_on_p_alone_is_named_with_its_size():
    class Rubbed(Cell):
        def motion(self):
            n = thermal_occupation(self.frequency, self.temperature)
            return rub("m", self.damping, occupation=n)

    found = checked(Rubbed)
    assert found.passed
    known = -1e4 / (4 * (2 * float(thermal_occupation(6e6, 0.05)) + 1))
    assert found["commutators"].measured == pytest.approx(known, rel=1e-3)
    assert f"−γ²/(4 D_pp) = {known:.2g} rad/s" in found["commutators"].comment


def test_a_short_run_passes_and_the_progress_of_the_checks_is_reported():
    seen = []
    found = check_system(
        Microrings.published(drive=2e8), progress=lambda done, total: seen.append((done, total))
    )
    assert found.passed
    assert found["linear twin"].measured > 1e-4
    assert seen == [(done, len(CHECKS)) for done in range(len(CHECKS) + 1)]


def test_a_model_alone_is_checked_without_parameters_and_without_fixed_points():
    gain = Model.build(["a"], [squeeze("a", 3.0), lose("a", "p", amplitude_rate=1.0)])
    found = check_system(gain, run=False)
    assert found.passed
    assert found["parameters used"].comment == "A Model has no parameters."
    assert found["steady states"].passed is None
    assert found["vacuum"].comment.endswith("a is squeezed by its own Hamiltonian or bath.")


def test_results_print_as_a_table_and_as_html():
    found = check_system(Model.build(["a"], lose("a", "p", amplitude_rate=1.0)), run=False)
    printed = str(found)
    assert "not applicable  declarations          A Model has no parameters." in printed
    assert printed.endswith(f"\n\n{found.summary}")
    assert max(map(len, printed.splitlines())) <= 120
    assert found._repr_html_().count("<tr>") == len(found) + 1
    with pytest.raises(KeyError, match="no check is called 'noise'"):
        found["noise"]


def test_arrays_of_parameters_are_refused():
    with pytest.raises(ValueError, match="check_system takes one parameter point"):
        check_system(Cell.published(detuning=[1e6, 2e6]))


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
        shift: Any = ql.parameter("Δ", "MHz", " ")
        rate: Any = ql.parameter("", "radd/s", "a rate")

        @ql.quantity("rad/s")
        def inverse(self):
            return np.inf * self.decay

        def model(self):
            return self.replace(detuning=self.detuning + self.shift + self.rate).plain()

        def plain(self):
            return Cell.model(self)

    system = Vague.published(shift=1.0, rate=1.0)
    faults = "; ".join(declarations._faults_of_fields(system))
    assert "shift has no meaning" in faults
    assert "detuning shares its symbol Δ with another parameter" in faults
    assert "rate has no symbol" in faults
    assert "shift has unit 'MHz'; parameters are in SI units without prefixes" in faults
    assert "rate has unit 'radd/s', which run files cannot read" in faults
    assert list(declarations._faults_of_quantities(system)) == [
        "the quantity inverse is not finite"
    ]


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


def test_fixed_numbers_in_a_model_leave_the_units_undecided():
    class Fixed(Cell):
        def model(self):
            return Model.build(["a"], [detune("a", 1e6), *self.light()])

    found = checked(Fixed)["units of parameters"]
    assert found.passed is None
    assert "the linear drift of a.X" in found.comment
    assert found.comment.startswith("Cannot decide: part of these is a fixed number")


# ------------------------------------------------------------------------------------------------
# drift and noise


@dataclass(frozen=True, eq=False)
class Bent(Model):
    """A model whose Jacobian has an absolute number in it."""

    def jacobian(self, u, level="weyl"):
        return super().jacobian(u, level) - 1e3 * np.eye(self.size)


@dataclass(frozen=True, eq=False)
class OneLevel(Model):
    """A model without the symmetric-ordering correction."""

    @property
    def mean_level(self):
        return self


def as_kind(kind, model):
    return kind(**{name: getattr(model, name) for name in model.__dataclass_fields__})


def test_a_jacobian_that_does_not_belong_to_the_drift_and_has_a_unit_of_its_own_is_found():
    found = check_system(as_kind(Bent, Cell.published().model()), run=False)
    assert "Jacobian" in found.failed
    assert "unit of time" in found.failed
    assert "override" in found["Jacobian"].comment


def test_a_mean_field_without_the_correction_of_symmetric_ordering_is_found():
    found = check_system(as_kind(OneLevel, Cell.published().model()), run=False)
    assert "mean field" in found.failed


def test_the_cubature_is_exact_for_cubic_drifts():
    """⟨x³⟩ = x³ + 3x/2 and ⟨xy²⟩ = x(y² + ½) in the vacuum."""
    u = np.array([1.3, -0.4])

    def cubic(z):
        return np.stack([z[..., 0] ** 3, z[..., 0] * z[..., 1] ** 2], axis=-1)

    expected = [1.3**3 + 1.5 * 1.3, 1.3 * (0.16 + 0.5)]
    np.testing.assert_allclose(drift.vacuum_average(cubic, u), expected, rtol=1e-14)


def test_damping_without_noise_is_named_by_its_mode():
    class Silent(Cell):
        def light(self):
            rates = tuple((-self.decay, ("a", k), ("a", k)) for k in (0, 1))
            return [*super().light(), LinearDrift(rates)]

    found = checked(Silent)["commutators"]
    assert found.passed is False
    assert found.measured == pytest.approx(-2e6, rel=1e-3)
    assert (
        "a has diffusion 2e+06 rad/s through fibre.X, fibre.Y where its damping or gain needs 4e+06"
        in found.comment
    )


def test_noise_that_is_too_weak_fails_and_names_its_channels():
    model = Microrings.published().model()
    found = check_system(replace(model, B=0.9 * model.B), run=False)
    assert found.failed == ("commutators", "vacuum", "transient")
    assert "through fibre_a.X, fibre_a.Y" in found["commutators"].comment


def test_noise_that_is_too_strong_for_a_cold_bath_is_found_where_a_temperature_sets_it():
    class Loud(Cell):
        def model(self):
            model = super().model()
            return replace(model, B=np.where(np.arange(4)[:, None] >= 2, np.sqrt(2), 1) * model.B)

    comment = comment_of_failure(checked(Loud), "vacuum")
    assert "a mode must have variances ½ (found m 1): look at the strength" in comment


def test_an_occupation_that_no_parameter_sets_is_reported():
    model = Model.build(["a"], lose("a", "p", amplitude_rate=1.0, occupation=3.0))
    found = check_system(model, run=False)
    assert found.passed
    assert "Occupations that no parameter sets: a 3" in found["vacuum"].comment


# ------------------------------------------------------------------------------------------------
# states in time, methods, run


def test_moments_that_end_elsewhere_are_found(monkeypatch):
    right = states.propagate
    monkeypatch.setattr(
        states,
        "propagate",
        lambda model, *rest: right(replace(model, B=1.01 * model.B), *rest),
    )
    assert comment_of_failure(checked(Cell), "late moments").startswith("moments in time and")


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


def test_a_kernel_with_twice_the_noise_fails_the_short_run(monkeypatch):
    plant(monkeypatch, twice_the_noise, law_shares_it=False)
    found = check_system(Microrings.published(drive=2e8))
    assert comment_of_failure(found, "linear twin").startswith("paths do not follow the law")


def test_a_kernel_whose_law_has_the_fault_too_is_compared_with_the_moment_equation(monkeypatch):
    plant(monkeypatch, twice_the_noise, law_shares_it=True)
    found = check_system(Microrings.published(drive=2e8))
    assert "integrates another equation" in comment_of_failure(found, "linear twin")


def test_a_system_whose_fixed_points_cannot_all_be_found_is_checked_as_far_as_possible(monkeypatch):
    def incomplete(*_):
        raise IncompleteError("not all fixed points were found")

    monkeypatch.setattr(subject, "known_states", incomplete)
    found = checked(Cell)
    assert found.passed
    undecided = {check.name for check in found if check.passed is None}
    assert undecided == {"steady states", "late moments", "unit of time"}
    assert found["late moments"].comment == "Cannot decide: not all fixed points were found."
