"""Spectra of a detuned parametric oscillator against its master equation in Fock space."""

import numpy as np
import pytest

from qlangevin import analysis
from qlangevin.sde import Model
from qlangevin.sde.terms import detune, lose, squeeze
from qlangevin.steady import output_spectrum

DETUNING, OUT, INSIDE, RATE = 0.8, 0.7, 0.3, 0.12 + 0.05j
LEVELS = 14


@pytest.fixture(scope="module")
def resolved():
    """The operator a, and x(ω) = ∫₀^∞ e^{iωτ} e^{Lτ}[y] dτ of operators y, with the steady ρ.

    L of H = Δa†a + Ωa†² + Ω*a² and of the decay rates 2κ of a, by Kronecker products.
    """
    a = np.diag(np.sqrt(np.arange(1.0, LEVELS)), 1).astype(complex)
    dag, one = a.conj().T, np.eye(LEVELS)
    H = DETUNING * dag @ a + RATE * dag @ dag + np.conj(RATE) * a @ a
    left = -1j * H - (OUT + INSIDE) * dag @ a
    L = np.kron(left, one) + np.kron(one, left.conj()) + 2 * (OUT + INSIDE) * np.kron(a, a)
    trace = one.ravel()
    rho = np.linalg.solve(L - np.outer(trace, trace), -trace + 0j).reshape(LEVELS, LEVELS)

    def transform(y, w):
        found = np.linalg.solve(-1j * w * np.eye(LEVELS**2) - L, y.ravel())
        return found.reshape(LEVELS, LEVELS)

    return a, rho, transform


@pytest.fixture(scope="module")
def spectrum():
    terms = [
        detune("a", DETUNING),
        squeeze("a", RATE),
        lose("a", "out", amplitude_rate=OUT),
        lose("a", "inside", amplitude_rate=INSIDE),
    ]
    return output_spectrum(Model.build(["a"], terms), [0.3, 1.1])


def test_the_photon_flux_is_the_spectrum_of_emission(resolved, spectrum):
    """2κ ∫⟨a†(0)a(τ)⟩e^{iωτ}dτ by the regression theorem, above and below the laser."""
    a, rho, transform = resolved
    flux = analysis.heterodyne(spectrum, "out")["photon_flux"]
    for w in spectrum["frequency"].values:
        for name, sign in (("upper", 1), ("lower", -1)):
            emitted = 2 * OUT * 2 * np.trace(a @ transform(rho @ a.conj().T, sign * w)).real
            assert flux.sel(sideband=name, frequency=w).item() == pytest.approx(emitted, rel=1e-9)


def test_homodyne_spectra_are_those_of_normally_and_time_ordered_correlations(resolved, spectrum):
    """½ + 2κ ∫⟨:X_θ(τ)X_θ(0):⟩cos ωτ dτ."""
    a, rho, transform = resolved
    for w in spectrum["frequency"].values:
        moments = np.zeros(2, complex)
        for sign in (1, -1):
            moments[0] += np.trace(a @ transform(rho @ a.conj().T, sign * w))
            moments[1] += np.trace(a @ transform(a @ rho, sign * w))
        for theta in (0.0, 0.9):
            found = analysis.homodyne(spectrum, "out", theta).sel(frequency=w).item()
            ordered = moments[0] + np.exp(-2j * theta) * moments[1]
            assert found == pytest.approx(0.5 + 2 * OUT * ordered.real, rel=1e-9)
