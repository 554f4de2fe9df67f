"""Spectra of the modes: their integrals are covariances and numbers of quanta."""

import numpy as np
import pytest
from scipy.constants import hbar

from qlangevin import analysis
from qlangevin.sde import Model
from qlangevin.sde.systems import SYSTEMS
from qlangevin.sde.terms import detune, lose
from qlangevin.steady import intracavity_spectrum, solve_lyapunov, steady_state
from qlangevin.steady.light.transfer import spectral_matrix

from ...refusals import refuses
from .optomechanics import Cell

NODES, WEIGHTS = np.polynomial.legendre.leggauss(16)


def panels(A, decades=11):
    """Frequencies and weights of an integral over ω of functions with the poles of A.

    Panels about each resonance begin at a quarter of its width and grow by half each; at most
    `decades` beyond the largest eigenvalue, where spectra fall as 1/ω².
    """
    values = np.linalg.eigvals(A)
    size = np.abs(values).max()
    edges = [0.0]
    for value in values:
        width = max(-value.real, 1e-12 * size)
        steps = width * np.concatenate([[0.0], 0.25 * 1.5 ** np.arange(200)])
        steps = steps[steps < 10**decades * size]
        edges.extend(abs(value.imag) + steps)
        edges.extend(abs(value.imag) - steps)
    edges = np.unique([edge for edge in edges if edge >= 0])
    kept = [edges[0]]
    for edge in edges[1:]:
        nearest = np.min(np.hypot(-values.real, np.abs(values.imag) - kept[-1]))
        if edge - kept[-1] > 0.05 * nearest:
            kept.append(edge)
    kept = np.array(kept)
    half = np.diff(kept) / 2
    w = (kept[:-1] + half)[:, None] + half[:, None] * NODES
    return w.ravel(), (half[:, None] * WEIGHTS).ravel()


def integral(S, weights):
    """∫ S dω/2π over both signs of ω, of S (frequencies, n, n) at ω > 0."""
    return np.einsum("f,fij->ij", weights, S.real) / np.pi


def agree(found, V, tolerance=1e-10):
    sizes = np.sqrt(np.outer(np.diagonal(V), np.diagonal(V)))
    return np.max(np.abs(found - V) / sizes) <= tolerance


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_spectra_of_the_five_systems_integrate_to_their_covariances(name):
    system = SYSTEMS[name].published()
    steady = steady_state(system).isel(branch=0)
    w, weights = panels(steady["drift_matrix"].values)
    found = intracavity_spectrum(system, w)
    S = found["spectrum_real"].values + 1j * found["spectrum_imag"].values
    V = steady["covariance"].values
    assert agree(integral(S, weights), V)


@pytest.mark.parametrize("seed", range(5))
def test_the_spectra_of_random_stable_models_integrate_to_their_covariances(seed):
    rng = np.random.default_rng(seed)
    n = 2 * rng.integers(1, 5)
    A = rng.normal(size=(n, n))
    A -= (np.linalg.eigvals(A).real.max() + 10.0 ** rng.uniform(-4, 0)) * np.eye(n)
    B = rng.normal(size=(n, n + 1))
    w, weights = panels(A)
    S = spectral_matrix(A, B, np.eye(n), np.zeros_like(B), w)
    assert agree(integral(S, weights), solve_lyapunov(A, B @ B.T))


def test_normally_ordered_spectra_integrate_to_the_quanta():
    model = Cell(detuning=0.7).model()
    steady = steady_state(model).isel(branch=0)
    w, weights = panels(steady["drift_matrix"].values)
    both = intracavity_spectrum(model, np.concatenate([w, -w]))
    for name, more in (("normal_ordered", 0), ("antinormal_ordered", 1)):
        found = np.concatenate([weights, weights]) @ both[name].values / (2 * np.pi)
        quanta = analysis.populations(steady["covariance"].values)
        assert np.allclose(found, quanta + more, rtol=1e-7, atol=0)


def test_displacements_are_those_of_amplitudes_solved_by_hand():
    cell = Cell(detuning=0.4)
    w = np.linspace(-3.0, 3.0, 61)
    S = intracavity_spectrum(cell.model(), w)
    q = cell.displacement(w)
    light = 0.5 * sum(np.abs(c) ** 2 for c in q[:4])
    expected = light + cell.thermal * np.abs(q[4]) ** 2
    found = S["spectrum_real"].sel(quadrature="mirror.q", quadrature_="mirror.q")
    assert np.allclose(found, expected, rtol=1e-10, atol=0)


def test_a_thermal_oscillator_has_its_displacement_in_metres():
    """S_x = x_zp²(2n + 1)[L(ω − ω_m) + L(ω + ω_m)], L = γ/(γ² + ω²), γ the amplitude rate."""
    omega, gamma, n, mass = 2e6, 3e3, 4.0, 1e-12
    terms = [detune("b", omega), lose("b", "bath", amplitude_rate=gamma, occupation=n)]
    w = omega + gamma * np.linspace(-3, 3, 7)
    S = intracavity_spectrum(Model.build(["b"], terms, mechanical=["b"]), w)
    lines = sum(gamma / (gamma**2 + (w + sign * omega) ** 2) for sign in (-1, 1))
    found = analysis.displacement_spectrum(S, "b")
    assert np.allclose(found, (2 * n + 1) * lines, rtol=1e-10, atol=0)
    metres = analysis.displacement_spectrum(S, "b", mass=mass, mechanical_frequency=omega)
    assert np.allclose(metres, found * hbar / (2 * mass * omega), rtol=1e-14, atol=0)
    assert metres.attrs["units"] == "m²/Hz"
    upper, lower = S["antinormal_ordered"][:, 0], S["normal_ordered"][:, 0]
    assert np.allclose(upper / lower, (n + 1) / n, rtol=1e-12, atol=0)


def test_displacements_that_mean_nothing_are_refused():
    S = intracavity_spectrum(Cell().model(), [1.0])
    spectrum = analysis.displacement_spectrum
    refuses(["mode 'miror'", "did you mean 'mirror'?"], lambda: spectrum(S, "miror"))
    refuses(["mode None is not", "light, mirror"], lambda: spectrum(S))
    refuses(["zero_point and mass"], lambda: spectrum(S, "mirror", zero_point=1.0, mass=1.0))
    refuses(["mechanical_frequency must be"], lambda: spectrum(S, "mirror", mass=1.0))
    refuses(["zero_point must be positive"], lambda: spectrum(S, "mirror", zero_point=-1.0))
    refuses(["one spectrum of q"], lambda: spectrum(S["spectrum_real"], "mirror"))
