"""Critical values against closed forms: thresholds, folds, pitchforks, Hopf, narrow windows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.constants import hbar

from qlangevin.sde import Model
from qlangevin.sde.system import System, parameter
from qlangevin.sde.systems import CascadedResonators, Microrings, SpinningResonator
from qlangevin.sde.terms import detune, drive, kerr, lose, press, rub, squeeze
from qlangevin.steady import fixed_points
from qlangevin.steady.bifurcations import critical_values

MHZ = 2e6 * np.pi
OMEGA = 63e6
KAPPA = 2e6


@dataclass(frozen=True, eq=False)
class Oscillator(System):
    """A parametric oscillator α̇ = −(iΔ + κ)α − iK|α|²α − iχα*, linear without K."""

    REFERENCE = "textbook"

    detuning: Any = parameter("Δ", "rad/s", "detuning")
    pump: Any = parameter("χ", "rad/s", "two-photon drive")
    nonlinearity: Any = parameter("K", "rad/s", "Kerr rate")

    def model(self):
        pump = np.asarray(self.pump) / 2
        return Model.build(
            ("light",),
            [
                detune("light", self.detuning),
                squeeze("light", pump),
                kerr("light", self.nonlinearity),
                lose("light", "fibre", amplitude_rate=KAPPA),
            ],
        )


@dataclass(frozen=True, eq=False)
class Spring(System):
    """Light of decay rate 1 that presses on a spring: its shift y obeys y[1 + (y − x)²] = F."""

    REFERENCE = "textbook"

    detuning: Any = parameter("x", "rad/s", "detuning")
    strength: Any = parameter("F", "", "drive squared, scaled", sign="nonnegative")

    def model(self):
        return Model.build(
            ("light", "spring"),
            [
                detune("light", self.detuning),
                detune("spring", 2.0),
                press("light", "spring", 0.01),
                drive("light", 100 * np.sqrt(2 * np.asarray(self.strength))),
                lose("light", "fibre", amplitude_rate=1.0),
                rub("spring", 3.0, occupation=3),
            ],
        )


def folds(x):
    """The drives F at which two roots of y[1 + (y − x)²] = F meet, ascending."""
    y = (2 * x + np.array([1, -1]) * np.sqrt(x**2 - 3)) / 3
    return y * (1 + (y - x) ** 2)


def window_and_threshold(coupling, kappa=5.0, delta=115.0):
    """Pump rates at which two rings (Δ_b = −Δ_a, equal κ) oscillate jointly, cease to, or one does.

    λ + κ = μ with μ⁴ + (P − 4Ω²)μ² + Q − 4Ω²Δ² = 0, P = 2(Δ² + J²), Q = (Δ² + J²)²; on the boundary
    μ = κ + iν.
    """
    c = 2 * kappa**2 + delta**2 + coupling**2
    Q = (delta**2 + coupling**2) ** 2
    inside = (c - delta**2) ** 2 - (c**2 - Q)
    joint = 2 * (c - delta**2 + np.array([-1, 1]) * np.sqrt(inside)) if inside > 0 else np.empty(0)
    single = (kappa**4 + 2 * kappa**2 * (delta**2 + coupling**2) + Q) / (kappa**2 + delta**2)
    return np.sqrt([*joint, single]) / 2


@pytest.mark.parametrize("coupling", [15.0, 25.0, 35.0, 45.0, 60.0])
def test_microrings_have_a_two_mode_window_at_larger_coupling_below_the_single_mode_threshold(
    coupling,
):
    found = critical_values(
        Microrings.published(coupling=coupling * MHZ), "two_photon_drive", 0.0, 70 * MHZ
    )
    expected = window_and_threshold(coupling)
    expected = expected[expected < 70]
    np.testing.assert_allclose(found["value"], expected * MHZ, rtol=1e-11)
    assert found["kind"].values.tolist() == ["parametric"] * len(expected)
    assert found["stable_below"].values.tolist() == [1, 0, 1][: len(expected)]
    np.testing.assert_array_equal(found["stable_above"], 1 - found["stable_below"])


@pytest.mark.parametrize("excess", [1e-3, 1e-5, 1e-7, 1e-9])
def test_window_far_narrower_than_the_grid_is_found(excess):
    coupling = np.sqrt(2 * 5 * 115) * (1 + excess)
    low, high, _ = window_and_threshold(coupling)
    assert high - low < 50 * np.sqrt(excess)
    found = critical_values(
        Microrings.published(coupling=coupling * MHZ), "two_photon_drive", 0.0, 70 * MHZ, points=50
    )
    np.testing.assert_allclose(
        found["value"][:2], [low * MHZ, high * MHZ], rtol=1e-3 * (high - low) / low
    )


def test_no_window_is_invented_just_below_the_coupling_at_which_it_opens():
    coupling = np.sqrt(2 * 5 * 115) * (1 - 1e-9)
    found = critical_values(
        Microrings.published(coupling=coupling * MHZ), "two_photon_drive", 0.0, 60 * MHZ
    )
    assert found.sizes["crossing"] == 0


def test_frequency_is_that_of_the_growing_pair():
    found = critical_values(
        Microrings.published(coupling=45 * MHZ), "two_photon_drive", 0.0, 70 * MHZ
    )
    c = 2 * 5.0**2 + 115.0**2 + 45.0**2
    nu = np.sqrt(c - 5.0**2 - 2 * (found["value"][:2] / MHZ) ** 2)
    np.testing.assert_allclose(found["frequency"], [*(nu * MHZ), 0.0], rtol=1e-9)


@pytest.mark.parametrize("detuning", [0.0, 0.7, -2.0])
def test_threshold_of_a_detuned_amplifier(detuning):
    found = critical_values(Oscillator(detuning * KAPPA, 0.0, 0.0), "pump", 0.0, 5 * KAPPA)
    np.testing.assert_allclose(found["value"], [KAPPA * np.hypot(1, detuning)], rtol=1e-12)
    assert found["frequency"].values.tolist() == [0.0]


def test_threshold_on_a_point_of_the_grid_is_one_crossing():
    found = critical_values(Oscillator(0.0, 0.0, 0.0), "pump", 0.0, 2 * KAPPA, points=5)
    np.testing.assert_allclose(found["value"], [KAPPA], rtol=1e-12)
    assert found["kind"].values.tolist() == ["parametric"]


def test_two_states_leave_the_origin_at_a_pitchfork():
    found = critical_values(Oscillator(KAPPA, 0.0, 1e3), "pump", 0.0, 3 * KAPPA, points=30)
    np.testing.assert_allclose(found["value"], [np.sqrt(2) * KAPPA], rtol=1e-8)
    assert found["kind"].values.tolist() == ["pitchfork"]
    assert [
        int(found[name][0]) for name in ("branches_below", "branches_above", "stable_above")
    ] == [1, 3, 2]


def test_two_folds_at_one_value_are_one_crossing():
    found = critical_values(Oscillator(-KAPPA, 0.0, 1e3), "pump", 0.0, 1.3 * KAPPA, points=30)
    np.testing.assert_allclose(found["value"], [KAPPA], rtol=1e-11)
    assert found["kind"].values.tolist() == ["fold"]
    assert [
        int(found[name][0]) for name in ("branches_below", "branches_above", "stable_above")
    ] == [1, 5, 3]


@pytest.mark.parametrize("x", [3.0, 2.0])
def test_folds_of_the_bistable_cubic(x):
    found = critical_values(Spring(x, 1.0), "strength", 0.5, 10.0)
    at_folds = found.isel(crossing=found["kind"].values == "fold")
    np.testing.assert_allclose(at_folds["value"], folds(x), rtol=1e-11)
    assert at_folds["branches_above"].values.tolist() == [3, 1]


@pytest.mark.parametrize("above_cusp", [1e-2, 1e-4])
def test_bistability_between_two_points_of_the_grid_is_found(above_cusp):
    x = np.sqrt(3) * (1 + above_cusp)
    low, high = folds(x)
    found = critical_values(Spring(x, 1.0), "strength", 0.5, 4.0, points=50)
    assert high - low < 3.5 / 50
    np.testing.assert_allclose(found["value"], [low, high], rtol=1e-10)


def test_folds_of_the_spinning_resonator_in_power():
    system = SpinningResonator.published(detuning=1.2 * OMEGA)
    kappa = system.decay
    coupling = system.single_photon_coupling
    rates = folds((system.detuning + system.sagnac_shift) / kappa) * OMEGA * kappa**2 / coupling**2
    powers = rates * hbar * (system.optical_frequency - system.detuning) / 2
    found = critical_values(system, "power", 0.2 * powers[0], 1.5 * powers[1])
    at_folds = found.isel(crossing=found["kind"].values == "fold")
    np.testing.assert_allclose(at_folds["value"], powers, rtol=1e-11)


def test_hopf_boundary_of_the_spinning_resonator_by_routh_hurwitz():
    found = critical_values(SpinningResonator.published(), "detuning", -0.5 * OMEGA, 0.5 * OMEGA)
    assert found["kind"].values.tolist() == ["hopf"]
    np.testing.assert_allclose(found["frequency"], OMEGA, rtol=1e-4)
    sides = float(found["value"][0]) * (1 + np.array([1e-9, -1e-9]))
    stable = fixed_points(SpinningResonator.published(detuning=sides))["stable_routh_hurwitz"]
    assert stable.values[:, 0].tolist() == [False, True]


def test_neighbouring_crossings_agree_on_the_branches_between_them():
    system = SpinningResonator.published()
    system = system.replace(detuning=1.02 * OMEGA, backscattering=system.decay / 4)
    found = critical_values(system, "power", 1e-3, 0.2)
    assert found["kind"].values.tolist() == ["fold", "hopf", "fold"]
    np.testing.assert_array_equal(found["stable_above"][:-1], found["stable_below"][1:])
    between = (found["value"].values[1:] + found["value"].values[:-1]) / 2
    counted = fixed_points(system.replace(power=between))["stable"].sum("branch")
    np.testing.assert_array_equal(counted, found["stable_above"][:-1])


def test_effective_detuning_is_a_parameter_where_the_system_has_one():
    system = CascadedResonators.published()
    found = critical_values(
        system, "effective_detuning", 0.3 * 88.54 * MHZ, 1.2 * 88.54 * MHZ, points=40
    )
    for value, stable in zip(found["value"].values, found["stable_above"].values, strict=True):
        here = fixed_points(system.at_effective_detuning(value * (1 + 1e-7)))
        assert int(here["stable"].sum()) == stable


def test_a_range_without_crossings_is_empty_and_labelled():
    found = critical_values(SpinningResonator.published(), "temperature", 0.0, 1.0, points=5)
    assert found.sizes["crossing"] == 0
    assert found["value"].attrs["units"] == "K"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parameter": "powr"}, "did you mean 'power'"),
        ({"start": 0.2, "stop": 0.1}, "start must lie below stop, as power rises"),
        ({"points": 2}, "points must be a whole number, at least 3"),
        ({"stop": np.nan}, "power must be a list of finite numbers"),
        ({"system": SpinningResonator.published(spin=np.array([0.0, 8e3]))}, "one parameter point"),
    ],
)
def test_bad_requests_are_refused_by_name(changes, message):
    request = {
        "system": SpinningResonator.published(),
        "parameter": "power",
        "start": 0.01,
        "stop": 0.1,
        "points": 10,
    }
    with pytest.raises(ValueError, match=message):
        critical_values(**(request | changes))
