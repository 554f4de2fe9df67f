"""Transfer matrices against direct inversion, derivatives, and commutators at every frequency."""

from time import process_time

import numpy as np
import pytest

from qlangevin.sde import Model
from qlangevin.sde.systems import SYSTEMS
from qlangevin.sde.terms import (
    amplify,
    detune,
    exchange,
    feed,
    guide,
    lose,
    mix,
    squeeze,
    squeeze_modes,
)
from qlangevin.steady.light.linear_light import linear_light
from qlangevin.steady.light.transfer import spectral_matrix, transfer_and_slope, transfer_matrix

from ...refusals import refuses


def stable_arrays(rng, n=6, inputs=5, outputs=4):
    """Random A, B, C and D, all eigenvalues of A below −0.1."""
    A = rng.normal(size=(n, n))
    A -= (np.linalg.eigvals(A).real.max() + 0.1) * np.eye(n)
    sizes = [(n, inputs), (outputs, n), (outputs, inputs)]
    return A, *(rng.normal(size=size) for size in sizes)


def inverted(A, B, C, D, frequencies):
    """The same matrix by inversion at each frequency."""
    return np.stack([C @ np.linalg.inv(-1j * w * np.eye(len(A)) - A) @ B + D for w in frequencies])


def close(found, expected, tolerance=1e-12):
    return np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


@pytest.mark.parametrize("n", [1, 2, 3, 6, 13])
def test_the_transfer_matrix_is_that_of_direct_inversion(n):
    arrays = stable_arrays(np.random.default_rng(n), n)
    w = np.linspace(-4, 4, 1700)
    M = inverted(*arrays, w)
    assert close(transfer_matrix(*arrays, w), M)
    S = spectral_matrix(*arrays, w)
    assert close(S, M @ M.conj().swapaxes(-1, -2))
    assert np.array_equal(S, S.conj().swapaxes(-1, -2))


def test_a_defective_drift_has_the_closed_form_of_a_chain():
    """Three equal decays in a row: 1/(γ − iω), −1/(γ − iω)², 1/(γ − iω)³ times the couplings."""
    A = np.array([[-1.0, 0, 0], [2.0, -1.0, 0], [0, 3.0, -1.0]])
    w = np.linspace(-5, 5, 111)
    M = transfer_matrix(A, np.eye(3)[:, :1], np.eye(3), np.zeros((3, 1)), w)
    decay = 1 / (1 - 1j * w)
    assert close(M[..., 0], np.stack([decay, 2 * decay**2, 6 * decay**3], axis=-1), 1e-14)


def test_quadratures_of_different_scales_and_in_any_order_are_the_same():
    """Two blocks, one driving the other, with scaled quadratures in a shuffled order."""
    rng = np.random.default_rng(5)
    A, B, C, D = stable_arrays(rng, 6)
    A[:3, 3:] = 0.0
    A -= (np.linalg.eigvals(A).real.max() + 0.1) * np.eye(6)
    w = np.linspace(-4, 4, 101)
    M = inverted(A, B, C, D, w)
    scale = 10.0 ** np.array([0, 3, -2, 4, -4, 1])
    order = rng.permutation(6)
    scaled = (A * scale / scale[:, None])[np.ix_(order, order)]
    found = transfer_matrix(scaled, (B / scale[:, None])[order], (C * scale)[:, order], D, w)
    assert close(found, M)


def test_a_slow_mode_beside_fast_ones_keeps_its_digits():
    """An oscillator with Q = 10⁸ at its resonance, driven through a cavity 10⁸ times as fast."""
    gamma, omega, kappa = 1e-2, 1e6, 1e6
    A = np.array([[-gamma, omega, 0, 0], [-omega, -gamma, 1.0, 0], [0] * 4, [0] * 4], float)
    A[2:, 2:] = [[-kappa, 3 * omega], [-3 * omega, -kappa]]
    B, C, D = np.eye(4)[:, 2:3], np.eye(4)[:1], np.zeros((1, 1))
    w = omega + gamma * np.array([-3.0, -1.0, 0.5, 2.0])
    cavity = (kappa - 1j * w) / ((kappa - 1j * w) ** 2 + 9 * omega**2)
    detuning = (omega - w) * (omega + w)
    expected = cavity * omega / (gamma**2 + detuning - 2j * gamma * w)
    for count in (1, 20):  # the methods for few and for many frequencies
        found = transfer_matrix(A, B, C, D, np.tile(w, count))[:, 0, 0]
        assert close(found, np.tile(expected, count), 3e-15 * omega / gamma)


def test_the_slope_is_the_derivative_by_frequency():
    A, B, C, D = stable_arrays(np.random.default_rng(8))
    w = np.linspace(-3, 3, 301)
    M, slope = transfer_and_slope(A, B, C, D, w)
    R = inverted(A, np.eye(6), np.eye(6), 0, w)
    assert close(M, C @ R @ B + D)
    assert close(slope, 1j * C @ R @ R @ B)


def test_parameter_points_are_leading_axes_and_nan_where_they_are_not_finite():
    rng = np.random.default_rng(2)
    A, B, C, D = stable_arrays(rng)
    many = A - np.arange(3.0)[:, None, None] * np.eye(6)
    many[1, 0, 0] = np.nan
    for count in (5, 50):
        w = np.linspace(-1, 1, count)
        M = transfer_matrix(many, B, C, D, w)
        assert M.shape == (3, count, 4, 5)
        assert np.isnan(M[1]).all()
        assert close(M[2], inverted(many[2], B, C, D, w))
    _, slope = transfer_and_slope(many, B, C, D, w)
    assert close(transfer_and_slope(many, B, C, D, w[:5])[1][2], slope[2, :5])
    S = spectral_matrix(many, B, C, D, w)
    assert close(spectral_matrix(many, B, C, D, w[:5])[2], S[2, :5])


def network():
    """Gain, squeezing, a beam splitter, a loop, a chain of three cavities; all inputs vacuum."""
    return Model.build(
        ["a", "b", "c"],
        [
            detune("a", 0.7),
            squeeze("a", 0.15 + 0.1j),
            exchange("a", "b", 0.4),
            squeeze_modes("b", "c", 0.1j),
            lose("a", "left", amplitude_rate=1.0),
            amplify("b", "gain", amplitude_rate=0.2),
            lose("b", "right", amplitude_rate=0.8),
            lose("c", "end", amplitude_rate=0.9, phase=0.3),
            lose("c", "loss", amplitude_rate=0.3),
            guide("arm"),
            mix("left", "arm", transmissivity=0.6, phase=0.4),
            feed("arm", "left", transmission=0.9, phase=1.1),
            feed("right", "end", transmission=0.7, phase=0.2),
        ],
    )


SYSTEMS_THAT_KEEP_COMMUTATORS = {
    "network": network,
    "microrings": lambda: SYSTEMS["microrings"].published().replace(temperature=0.0),
    "hybrid": lambda: SYSTEMS["hybrid"].published().replace(occupation_minus=0, occupation_plus=0),
}


@pytest.mark.parametrize("name", SYSTEMS_THAT_KEEP_COMMUTATORS)
def test_the_light_that_leaves_keeps_its_commutators_at_every_frequency(name):
    """With vacuum in all inputs √2 M maps input to output quadratures: 2 M Ω M† = Ω."""
    light = linear_light(SYSTEMS_THAT_KEEP_COMMUTATORS[name]())
    w = np.abs(light.A).max() * np.linspace(-3, 3, 601)
    M = transfer_matrix(light.A, light.B, light.C, light.D, w)
    entering, leaving = (
        np.kron(np.eye(size // 2), [[0, 1], [-1, 0]]) for size in (M.shape[-1], M.shape[-2])
    )
    kept = 2 * M @ entering @ M.conj().swapaxes(-1, -2)
    assert np.abs(kept - leaving).max() < 1e-12


def test_matrices_that_do_not_fit_into_the_memory_are_refused():
    arrays = stable_arrays(np.random.default_rng(1))
    many = np.broadcast_to(0.0, 10**12)
    refuses(["matrices at", "take fewer frequencies"], lambda: transfer_matrix(*arrays, many))


@pytest.mark.slow
def test_back_substitution_takes_less_than_half_the_time_of_separate_solutions():
    """Six modes at 10⁴ frequencies; the ratio was 0.25."""
    A, B, C, D = stable_arrays(np.random.default_rng(4), 12, 12, 12)
    w = np.linspace(-6, 6, 10_000)

    def separately():
        matrices = -1j * w[:, None, None] * np.eye(12) - A
        return C @ np.linalg.solve(matrices, np.broadcast_to(B + 0j, matrices.shape)) + D

    def shortest(call):
        spent = []
        for _ in range(5):
            began = process_time()
            call()
            spent.append(process_time() - began)
        return min(spent)

    assert shortest(lambda: transfer_matrix(A, B, C, D, w)) < 0.5 * shortest(separately)
