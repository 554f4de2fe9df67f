"""What the five systems do: directions, symmetries, gauge phases, immunity, closed forms."""

import numpy as np
import pytest

from qlangevin.analysis import log_negativity, reid, steering
from qlangevin.sde.systems import (
    CascadedResonators,
    HybridOscillators,
    Microrings,
    ScattererResonator,
)
from qlangevin.steady import steady_state

MHZ = 2e6 * np.pi


def entanglement(system, branch=0):
    i, j = (system.model().mode_index(mode) for mode in system.pair)
    return float(
        log_negativity(steady_state(system)["covariance"].values[branch], i, j, physical="ignore")
    )


def cascaded(detuning=0.74, **changes):
    system = CascadedResonators.published(**changes)
    return system.at_effective_detuning(detuning * system.mechanical_frequency)


def scatterers(**changes):
    system = ScattererResonator.published(**{"noise": "consistent", **changes})
    return system.at_effective_detuning(0.85 * system.decay - system.scatterer_shift)


# ------------------------------------------------------------------------------
# microrings


def test_microrings_backward_input_gives_vacuum_and_no_entanglement():
    backward = Microrings.published().backward()
    np.testing.assert_allclose(steady_state(backward)["covariance"][0], 0.5 * np.eye(4), atol=1e-14)
    assert entanglement(backward) < 1e-12
    assert entanglement(Microrings.published()) > 0.4


def test_microrings_drive_moves_the_means_alone():
    still, driven = (steady_state(Microrings.published(drive=value)) for value in (0.0, 50 * MHZ))
    np.testing.assert_array_equal(still["covariance"], driven["covariance"])
    assert not still["mean"].values.any()
    assert driven["mean"].values.any()


def test_microrings_drives_from_powers_are_the_papers_formulas():
    hbar = 1.054571817e-34
    rings = Microrings.published().with_powers(1e-3, 2e-3)
    laser = 2 * np.pi * (193.4e12 - 115e6)
    assert rings.drive == pytest.approx(np.sqrt(2 * 5 * MHZ * 1e-3 / (hbar * laser)), rel=1e-9)
    assert rings.two_photon_drive == pytest.approx(
        np.sqrt(5 * MHZ * 2e-3 / (hbar * laser)), rel=1e-9
    )


def test_microrings_steer_one_way_only_from_the_slower_ring():
    """κ_b > κ_a: a steers b, never the reverse; none steers at equal rates."""
    for slow_a, slow_b, ways in (
        (2.5, 5.0, (True, False)),
        (5.0, 2.5, (False, True)),
        (5.0, 5.0, (False, False)),
    ):
        rings = Microrings.published(decay_a=slow_a * MHZ, decay_b=slow_b * MHZ)
        V = steady_state(rings)["covariance"].values[0]
        assert (float(steering(V, 0, 1)) > 0, float(steering(V, 1, 0)) > 0) == ways


# ------------------------------------------------------------------------------
# scatterers


def test_scatterers_at_the_immune_angle_are_the_resonator_without_scatterers():
    """β = π/8 + kπ/4: J = 0, with E_N and transmission of the plain cavity.

    At the same effective detuning.
    """
    plain = entanglement(scatterers(defect=0.0, nanoparticle=0.0))
    for k in range(4):
        immune = scatterers(angle=np.pi / 8 + k * np.pi / 4)
        assert abs(immune.backscattering) < 1e-13 * immune.decay
        assert entanglement(immune) == pytest.approx(plain, rel=1e-6)
        share = dict(zip(*_shares(immune), strict=True))["cw_fibre"]
        assert share == pytest.approx(
            dict(zip(*_shares(scatterers(defect=0.0, nanoparticle=0.0)), strict=True))["cw_fibre"]
        )


def test_scatterers_transmission_is_equation_14():
    system = scatterers(angle=0.1)
    light = 1j * 0.85 * system.decay + system.decay
    J1 = system.backscattering
    expected = abs(1 - 2 * system.external_decay * light / (light**2 + J1 * np.conj(J1))) ** 2
    assert dict(zip(*_shares(system), strict=True))["cw_fibre"] == pytest.approx(
        float(expected), rel=1e-9
    )


def test_several_defects_act_as_the_one_with_their_summed_phasor():
    one = ScattererResonator.published()
    pairs = ((0.3 * one.decay, 0.2), (0.5 * one.decay, -0.7), (0.1 * one.decay, 1.9))
    many = one.replace(defect=pairs)
    phasor = sum(rate * np.exp(-8j * angle) for rate, angle in pairs) + one.nanoparticle * np.exp(
        -8j * one.angle
    )
    assert many.backscattering == pytest.approx(phasor, rel=1e-13)
    assert many.scatterer_shift == pytest.approx(0.9 * one.decay + one.nanoparticle)
    same = one.replace(defect=[(one.defect, 0.0)])
    np.testing.assert_array_equal(same.model().A, one.model().A)


def test_scatterers_are_reciprocal():
    system = scatterers(angle=np.pi / 8 + 0.04)
    assert entanglement(system) > 0.1
    assert entanglement(system.reversed()) == pytest.approx(entanglement(system), rel=1e-9)


def test_the_published_matrix_has_half_the_thermal_noise():
    published, consistent = (
        ScattererResonator.published(noise=noise).model().diffusion[5, 5]
        for noise in ("published", "consistent")
    )
    n = float(ScattererResonator.published().occupation)
    assert published == pytest.approx(630 * (n + 0.5), rel=1e-12)
    assert consistent == pytest.approx(630 * (2 * n + 1), rel=1e-12)
    cold = ScattererResonator.published(temperature=0.0).model()
    assert cold.diffusion[5, 5] == pytest.approx(630 * 0.5, rel=1e-12)


@pytest.mark.parametrize(
    "defect", [[], (3e7, 0.1), ((1.0, 2.0), (1.0,)), ((3e7, 0.1), 2e7), [("fast", 0.0)]]
)
def test_defects_that_are_no_pairs_are_refused(defect):
    with pytest.raises(ValueError, match="defect must be"):
        ScattererResonator.published(defect=defect)


# ------------------------------------------------------------------------------
# cascaded


@pytest.mark.parametrize("noise", ["published", "consistent"])
def test_the_phase_of_the_fibre_is_a_gauge(noise):
    still, turned = (
        steady_state(cascaded(spin_left=0.6e6, noise=noise, phase=phase)) for phase in (0.0, 1.3)
    )
    np.testing.assert_allclose(
        still["covariance"][0, 4:, 4:], turned["covariance"][0, 4:, 4:], rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(still["light_share"], turned["light_share"], rtol=1e-10)


def test_the_fibres_vacuum_decides_whether_the_state_is_physical():
    """Independent vacua give E_N of a covariance that is no state.

    The fibre's own vacuum gives a state without E_N.
    """
    published, consistent = (
        cascaded(spin_left=0.6e6, noise=noise) for noise in ("published", "consistent")
    )
    assert float(steady_state(published)["physicality"][0]) == pytest.approx(-0.168, abs=1e-3)
    assert entanglement(published) == pytest.approx(0.0552, abs=1e-4)
    assert float(steady_state(consistent)["physicality"][0]) > 0
    assert entanglement(consistent) == 0.0


@pytest.mark.parametrize("spins", [(0.0, 0.0), (0.6e6, -0.6e6)])
def test_static_and_oppositely_spun_resonators_are_reciprocal_for_equal_couplings(spins):
    """At rest by symmetry; at (Ω, −Ω) as the mirror image exchanges resonators and spins."""
    system = CascadedResonators.published(
        spin_left=spins[0],
        spin_right=spins[1],
        external_decay_left=27 * MHZ,
        external_decay_right=27 * MHZ,
    )
    Δ = 0.9 * system.mechanical_frequency
    forward, backward = (s.at_effective_detuning(Δ) for s in (system, system.reversed()))
    assert entanglement(forward) == pytest.approx(entanglement(backward), rel=1e-7)


def test_equal_spins_make_the_cascade_nonreciprocal():
    at = 0.74
    forward = entanglement(cascaded(at, spin_left=0.6e6))
    backward = entanglement(cascaded(at, spin_left=0.6e6, input_side="right"))
    assert forward > 0.05
    assert backward == 0.0


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_requested_effective_detuning_is_that_of_a_fixed_point(side):
    system = cascaded(0.74, spin_left=0.6e6, spin_right=0.2e6, input_side=side, transmission=0.8)
    steady = steady_state(system)
    reached = system.effective_detuning(steady["mean"].values) / system.mechanical_frequency
    assert np.abs(reached - 0.74).max(axis=-1).min() < 1e-9


def test_the_effective_detuning_of_the_scatterers_implies_one_branch_of_a_bistable_setting():
    """Three fixed points at high power: exactly one has the requested detuning."""
    system = ScattererResonator.published(
        power=0.5, noise="consistent", defect=0.0, nanoparticle=0.0
    )
    system = system.at_effective_detuning(0.3 * system.decay)
    steady = steady_state(system)
    gaps = np.abs(system.effective_detuning(steady["mean"].values)[:, 0] / system.decay - 0.3)
    assert np.sum(gaps < 1e-6) == 1


# ------------------------------------------------------------------------------
# hybrid


@pytest.mark.parametrize("loss", [0.0, 0.2, 1.0])
@pytest.mark.parametrize(("minus", "plus"), [(0.35, 0.30), (0.35, 0.40), (0.26, 0.45)])
def test_hybrid_variances_are_the_papers_closed_form(minus, plus, loss):
    """Eqs. (4) of doi:10.48550/arXiv.1901.04250, written out."""
    system = HybridOscillators.published(
        angle_minus=minus * np.pi,
        angle_plus=plus * np.pi,
        transmission_loss=loss,
        cooperativity_plus=20.0,
    )
    G = (float(system.coupling_minus), float(system.coupling_plus))
    W = 0.2 * np.pi * (1e5 + 0.5)
    angles = (minus * np.pi, plus * np.pi)
    base = 0.2 * np.pi
    damping = [base - g * np.cos(2 * angle) for g, angle in zip(G, angles, strict=True)]
    R = -np.sqrt(G[0] * G[1]) * np.sin(angles[1] - angles[0])
    first = (G[0] / 2 + W) / damping[0]
    kept = np.sqrt(1 - loss)
    cross = -kept * (np.sqrt(G[0] * G[1]) * np.sin(sum(angles)) - 2 * R * first) / sum(damping)
    second = (G[1] / 2 + W + 2 * kept * R * cross) / damping[1]
    expected = np.diag([first, first, second, second])
    expected[[0, 2], [2, 0]] = cross
    expected[[1, 3], [3, 1]] = -cross
    V = steady_state(system)["covariance"].values[0]
    np.testing.assert_allclose(V, expected, rtol=1e-10, atol=1e-10 * np.abs(expected).max())
    assert reid(V, 0, 1) == pytest.approx(second - cross**2 / first, rel=1e-8)


def test_hybrid_angles_may_have_any_sign():
    """Turning both angles by π changes the sign of every amplitude, and nothing else."""
    system = HybridOscillators.published(angle_plus=0.3 * np.pi)
    turned = system.replace(angle_minus=1.35 * np.pi, angle_plus=1.3 * np.pi)
    np.testing.assert_allclose(turned.model().A, system.model().A, rtol=1e-12)
    np.testing.assert_allclose(turned.model().diffusion, system.model().diffusion, rtol=1e-9)


def _shares(system):
    """Ports and the shares of light that leave by them on the first branch."""
    steady = steady_state(system)
    return steady["port"].values.tolist(), steady["light_share"].values[0].tolist()


def test_dimensions_are_named_after_the_parameters_that_vary_alone():
    """Detunings that follow from two swept parameters vary along both, and name neither axis."""
    system = CascadedResonators.published(
        power=np.array([[1e-3], [2e-2]]), spin_left=np.array([0.0, 3e5, 6e5])
    )
    steady = steady_state(system.at_effective_detuning(5e8))
    assert steady["stable"].dims == ("power", "spin_left", "branch")
    np.testing.assert_array_equal(steady["power"], [1e-3, 2e-2])
