"""All critical values of a parameter: windows, folds, Hopf points, thresholds, against closed forms."""

import numpy as np
import pytest
from qlangevin.sde.systems import Microrings, ScattererResonator, SpinningResonator
from qlangevin.steady import critical_values, fixed_points

from ..runs.test_one_mode import Amplifier

MHZ, WM = 2e6 * np.pi, 63e6


def test_a_degenerate_amplifier_has_one_threshold_where_pump_meets_loss():
    """ȧ = −(iΔ + κ)a − 2iΩa†: 4Ω² = κ² + Δ²."""
    system = Amplifier.published(kerr=0.0, light=0.0, detuning=3e6)
    found = critical_values(system, "pump", 0.0, 1e7)
    np.testing.assert_allclose(found["value"], [np.hypot(5e6, 3e6) / 2], rtol=1e-9)
    assert found["kind"].values.tolist() == ["parametric"]
    assert found["frequency"].values.tolist() == [0.0]
    assert (found["stable_below"].item(), found["stable_above"].item()) == (1, 0)
    assert found["value"].attrs["units"] == "rad/s"


def test_the_microrings_have_a_window_of_instability_below_their_threshold():
    """Eigenvalues at the middle of each piece decide independently, and those at its ends are on the axis."""
    system = Microrings.published()
    found = critical_values(system, "two_photon_drive", 0.0, 70 * MHZ)
    edges = found["value"].values
    np.testing.assert_allclose(edges / MHZ, [20.65, 29.13, 62.88], atol=0.01)
    assert found["stable_above"].values.tolist() == [0, 1, 0]
    assert (found["frequency"].values[:2] > 100 * MHZ).all()
    assert found["frequency"].values[2] < 1e-3 * MHZ
    middles = np.convolve([0.0, *edges, 70 * MHZ], [0.5, 0.5], "valid")
    growth = [_growth(system.replace(two_photon_drive=value)) for value in middles]
    assert [rate < 0 for rate in growth] == [True, False, True, False]
    for edge in edges:
        assert abs(_growth(system.replace(two_photon_drive=edge))) < 1e-6 * MHZ


def test_a_window_narrower_than_the_scan_is_found():
    """The window opens at J = 2π·33.9116 MHz; here it is 0.08 MHz wide, and sixty points are 1.2 MHz apart."""
    closed, opened = (Microrings.published(coupling=J * MHZ) for J in (33.911, 33.91175))
    wide = critical_values(opened, "two_photon_drive", 0.0, 70 * MHZ, points=4000)["value"].values
    narrow = critical_values(opened, "two_photon_drive", 0.0, 70 * MHZ, points=60)["value"].values
    np.testing.assert_allclose(narrow, wide, rtol=1e-8)
    assert len(wide) == 3
    assert 0.05 * MHZ < wide[1] - wide[0] < 0.1 * MHZ
    assert len(critical_values(closed, "two_photon_drive", 0.0, 70 * MHZ)["value"]) == 1


def test_folds_of_a_kerr_cavity_are_those_of_its_cubic():
    """y[(y − x)² + 1] = F, x = −Δ/κ·sign: folds at y = [2x ± √(x² − 3)]/3, with y = K|a|²/κ and F = 2K|ε|²/κ²."""
    kappa, K, x = 5e6, 1e3, 3.0
    system = Amplifier.published(pump=0.0, detuning=-x * kappa, kerr=K)
    y = (2 * x + np.array([1.0, -1.0]) * np.sqrt(x**2 - 3)) / 3
    folds = np.sort(kappa * np.sqrt(y * ((y - x) ** 2 + 1) / (2 * K)))
    found = critical_values(system, "light", 0.5 * folds[0], 1.5 * folds[1], points=40)
    np.testing.assert_allclose(found["value"], folds, rtol=1e-8)
    assert found["kind"].values.tolist() == ["fold", "fold"]
    assert found["branches_above"].values.tolist() == [3, 1]
    assert found["stable_above"].values.tolist() == [2, 1]


def test_the_spinning_resonator_starts_to_oscillate_at_its_mechanical_frequency():
    system = SpinningResonator.published(spin=0.0)
    found = critical_values(system, "detuning", 0.0, 1.5 * WM)
    assert found["kind"].values.tolist() == ["hopf"]
    assert found["frequency"].item() == pytest.approx(WM, rel=1e-3)
    edge = found["value"].item()
    kinds = [fixed_points(system.replace(detuning=edge * (1 + s)))["kind"].item() for s in (-1e-6, 1e-6)]
    assert kinds == ["hopf", "stable"]


def test_a_bistable_resonator_has_two_folds_and_a_hopf_point_hard_by():
    """The upper branch loses its stability 2·10⁻⁵ after the lower one vanishes: a coarse scan finds both."""
    system = SpinningResonator.published(spin=0.0, detuning=4 * WM)
    system = system.replace(quality_factor=float(system.optical_frequency) / (2 * WM))
    found = critical_values(system, "power", 0.1, 1.0, points=20)
    assert found["kind"].values.tolist() == ["fold", "fold", "hopf"]
    assert found["branches_below"].values.tolist() == [1, 3, 1]
    assert found["stable_below"].values.tolist() == [1, 2, 1]


def test_a_range_without_critical_values_is_empty():
    found = critical_values(Microrings.published(), "detuning_a", 115 * MHZ, 116 * MHZ)
    assert found.sizes["crossing"] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("powr", 0.0, 1.0), "did you mean 'power'"),
        (("power", 1.0, 0.5), "start must lie below stop"),
        (("power", 0.0, np.inf), "power must be a list of finite numbers"),
        (("power", 0.0, 1.0, 2), "points must be a whole number, at least 3"),
        (("noise", 0.0, 1.0), "noise takes words"),
    ],
)
def test_bad_ranges_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        critical_values(ScattererResonator.published(), *arguments)


def test_a_family_of_systems_is_refused():
    with pytest.raises(ValueError, match="takes one system"):
        critical_values(Microrings.published(coupling=np.array([1e8, 2e8])), "two_photon_drive", 0.0, 1e8)


def _growth(system):
    return -float(fixed_points(system)["margin"][0])
