"""`check_system`: sound systems pass, and every check fails at a fault that is planted for it."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from qlangevin.analysis import check_system
from qlangevin.analysis.validation.system_checks import drift, states, subject
from qlangevin.analysis.validation.system_checks.battery import CHECKS
from qlangevin.sde import Model
from qlangevin.sde.formulas import thermal_occupation
from qlangevin.sde.model.term_kinds import LinearDrift
from qlangevin.sde.systems import CascadedResonators, Microrings, ScattererResonator
from qlangevin.sde.terms import lose, rub, squeeze
from qlangevin.steady import IncompleteError

from .test_planted_faults import plant, twice_the_noise
from .user_cell import Cell, checked, comment_of_failure

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


def test_a_bright_field_relaxes_to_its_fixed_point_from_beside_it():
    """At 10¹⁴ photons a start 10⁻³ widths away would count as the fixed point itself."""
    found = checked(Cell, power=200.0, coupling=3e-4)
    assert found.passed, str(found)
    assert 0 < found["late moments"].measured < 1e-9


def test_an_occupation_that_no_parameter_sets_is_reported():
    model = Model.build(["a"], lose("a", "p", amplitude_rate=1.0, occupation=3.0))
    found = check_system(model, run=False)
    assert found.passed
    assert "Occupations that no parameter sets: a 3" in found["vacuum"].comment


# ------------------------------------------------------------------------------------------------
# states in time, and the short run


def test_moments_that_end_elsewhere_are_found(monkeypatch):
    right = states.propagate
    monkeypatch.setattr(
        states,
        "propagate",
        lambda model, *rest: right(replace(model, B=1.01 * model.B), *rest),
    )
    assert comment_of_failure(checked(Cell), "late moments").startswith("moments in time and")


def test_a_kernel_with_twice_the_noise_fails_the_short_run(monkeypatch):
    plant(monkeypatch, twice_the_noise, law_shares_it=False)
    found = check_system(Microrings.published(drive=2e8))
    assert comment_of_failure(found, "linear twin").startswith("paths do not follow the law")


def test_a_kernel_whose_law_has_the_fault_too_is_found_by_the_drift_of_the_model(monkeypatch):
    plant(monkeypatch, twice_the_noise, law_shares_it=True)
    found = check_system(Microrings.published(drive=2e8))
    assert "steps another equation" in comment_of_failure(found, "linear twin")


def test_a_system_whose_fixed_points_cannot_all_be_found_is_checked_as_far_as_possible(monkeypatch):
    def incomplete(*_):
        raise IncompleteError("not all fixed points were found")

    monkeypatch.setattr(subject, "known_states", incomplete)
    found = checked(Cell)
    assert found.passed
    undecided = {check.name for check in found if check.passed is None}
    assert undecided == {"steady states", "late moments", "unit of time"}
    assert found["late moments"].comment == "Cannot decide: not all fixed points were found."
