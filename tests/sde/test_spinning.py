"""The spinning resonator at every root of its mean-field polynomial.

doi:10.1103/PhysRevLett.125.143605

The paper's matrix is written out here, its means found from polynomials made here; hand-computed
numbers from CODATA.
"""

import numpy as np
import pytest
from numpy.polynomial import Polynomial

from qlangevin.sde.systems import SpinningResonator

OMEGA_M = 63e6


def amplitudes(s, q):
    """α₁, α₂ of Eq. (7) at a displacement q."""
    k, J = float(s.decay), float(s.backscattering)
    d1, d2 = (
        float(s.detuning + sign * s.sagnac_shift - s.single_photon_coupling * q) for sign in (1, -1)
    )
    a1 = (1j * d2 + k) * float(s.drive_amplitude) / ((1j * d1 + k) * (1j * d2 + k) + J**2)
    return a1, -1j * J / (1j * d2 + k) * a1, d1, d2


def displacements(s):
    """All real roots of q = (G₀/ω_m) Σ|α_j|²: a quintic in x = G₀q/ω_m, a cubic for J = 0."""
    k, J, shift = (
        float(s.decay) / OMEGA_M,
        float(s.backscattering) / OMEGA_M,
        float(s.sagnac_shift) / OMEGA_M,
    )
    d1 = Polynomial([float(s.detuning) / OMEGA_M + shift, -1.0])
    d2 = Polynomial([float(s.detuning) / OMEGA_M - shift, -1.0])
    power = (float(s.single_photon_coupling * s.drive_amplitude) / OMEGA_M**2) ** 2
    x = Polynomial([0.0, 1.0])
    if J == 0:
        balance = x * (d1**2 + k**2) - power
    else:  # |(id₁ + k)(id₂ + k) + J²|² = (k² + J² − d₁d₂)² + k²(d₁ + d₂)²
        balance = x * ((k**2 + J**2 - d1 * d2) ** 2 + k**2 * (d1 + d2) ** 2) - power * (
            d2**2 + k**2 + J**2
        )
    roots = balance.roots()
    real = np.sort(roots[np.abs(roots.imag) < 1e-9 * np.abs(roots).max()].real)
    for _ in range(3):
        real = real - balance(real) / balance.deriv()(real)
    return real * OMEGA_M / float(s.single_photon_coupling)


@pytest.mark.parametrize("backscattering", [0.0, 0.25, 2.0])
@pytest.mark.parametrize(("detuning", "power"), [(0.3, 0.02), (1.0, 0.02), (1.5, 0.1), (2.0, 0.2)])
def test_drift_vanishes_and_its_jacobian_is_equation_6_at_every_root(
    detuning, power, backscattering
):
    """One to three roots a point; rounding allows 10⁻¹² of the largest entry."""
    s = SpinningResonator.published(detuning=detuning * OMEGA_M, power=power)
    s = s.replace(backscattering=backscattering * s.decay)
    k, J, gm, model = float(s.decay), float(s.backscattering), s.mechanical_damping, s.model()
    roots = displacements(s)
    assert len(roots) % 2
    for q in roots:
        a1, a2, d1, d2 = amplitudes(s, q)
        g1, g2 = np.sqrt(2) * float(s.single_photon_coupling) * np.array([a1, a2])
        paper = np.array(
            [
                [-k, d1, 0, J, -g1.imag, 0],
                [-d1, -k, -J, 0, g1.real, 0],
                [0, J, -k, d2, -g2.imag, 0],
                [-J, 0, -d2, -k, g2.real, 0],
                [0, 0, 0, 0, 0, OMEGA_M],
                [g1.real, g1.imag, g2.real, g2.imag, -OMEGA_M, -gm],
            ]
        )
        u = np.array([*(np.sqrt(2) * np.array([a1.real, a1.imag, a2.real, a2.imag])), q, 0.0])
        np.testing.assert_allclose(
            model.jacobian(u, "mean"), paper, rtol=0, atol=1e-12 * np.abs(paper).max()
        )
        scale = np.abs(model.A @ u).max()
        np.testing.assert_allclose(model.drift(u, "mean"), 0, atol=1e-10 * scale)


def test_ten_times_the_published_power_has_three_roots():
    """The loop over roots above meets the unstable one too; at the published power there is one."""
    assert len(displacements(SpinningResonator.published(detuning=2.0 * OMEGA_M, power=0.2))) == 3
    assert len(displacements(SpinningResonator.published())) == 1


@pytest.mark.parametrize("temperature", [0.0, 0.13, 300.0])
def test_diffusion_is_the_papers_at_any_temperature(temperature):
    """Diag[κ, κ, κ, κ, 0, γ_m(2n_m + 1)]."""
    s = SpinningResonator.published(temperature=temperature)
    n = (
        0.0
        if temperature == 0
        else 1 / np.expm1(1.054571817e-34 * OMEGA_M / (1.380649e-23 * temperature))
    )
    expected = np.diag([float(s.decay)] * 4 + [0, 5.2e3 * (2 * n + 1)])
    np.testing.assert_allclose(s.model().diffusion, expected, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("optical_frequency", 1.2152591e15),
        ("decay", 0.6028071 * OMEGA_M),
        ("sagnac_shift", 2.8692081e7),
        ("single_photon_coupling", 452.00579),
        ("drive_amplitude", 3.4428407e12),
        ("occupation", 269.65339),
    ],
)
def test_published_rates_have_the_values_computed_by_hand(name, value):
    """κ/ω_m ≈ 0.6028; ω_c = 2πc/λ, G₀ = (ω_c/R)√(ħ/mω_m), ε = √(2κP/ħω_l)."""
    assert float(getattr(SpinningResonator.published(), name)) == pytest.approx(value, rel=1e-6)


def test_dispersion_enters_the_sagnac_shift_as_minus_lambda_over_n():
    plain, dispersive = (SpinningResonator.published(dispersion=d) for d in (0.0, -1e4))
    drag = 1 - 1 / 1.48**2
    assert float(dispersive.sagnac_shift / plain.sagnac_shift) == pytest.approx(
        (drag + 1.55e-6 / 1.48 * 1e4) / drag, rel=1e-12
    )


def test_without_spin_both_directions_are_the_same_and_with_spin_they_are_not():
    still, spun = SpinningResonator.published(spin=0.0), SpinningResonator.published()
    np.testing.assert_array_equal(still.model().A, still.reversed().model().A)
    assert np.any(spun.model().A != spun.reversed().model().A)
    np.testing.assert_array_equal(spun.reversed().reversed().model().A, spun.model().A)
