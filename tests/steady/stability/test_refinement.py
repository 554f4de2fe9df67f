"""Slow modes beside fast ones, against rational numbers and perturbation theory."""

from fractions import Fraction

import numpy as np
import pytest

from qlangevin.sde import Model
from qlangevin.sde.terms import amplify, detune, exchange, lose
from qlangevin.steady import UnstableError, attractor, fixed_points, solve_lyapunov, steady_state
from qlangevin.steady.lyapunov.error_bounds import lyapunov_error_bound
from qlangevin.steady.stability import eigenvalues, instability_kind, margin, spectrum
from tests.steady.lyapunov.exact import exactly, routh_stable
from tests.steady.lyapunov.matrices import (
    relative_error,
)

HERTZ = 2 * np.pi
FAST = HERTZ * 200e3
GOOD = HERTZ * 1e-8
QUANTA = 2e7


def cavity_and_oscillator(order=("cavity", "oscillator"), coupling=0.0, detuning=0.0):
    terms = [
        lose("cavity", "out", energy_rate=FAST),
        lose("oscillator", "bath", energy_rate=GOOD, occupation=QUANTA),
    ]
    terms += [exchange("cavity", "oscillator", coupling)] if coupling else []
    return Model.build(order, terms + ([detune("oscillator", detuning)] if detuning else []))


def rotated(z):
    return np.array([[z.real, -z.imag], [z.imag, z.real]])


def pair(slow, coupling=0.0, frequency=0.0, phase=0.0):
    """A cavity of amplitude rate 1 that exchanges quanta with an oscillator of rate `slow`."""
    there = -1j * coupling * np.exp(1j * phase)
    back = -1j * coupling * np.exp(-1j * phase)
    return np.block(
        [[rotated(-1 + 0j), rotated(there)], [rotated(back), rotated(-slow - 1j * frequency)]]
    )


def weak_coupling(slow, coupling, frequency=0.0):
    """max Re λ of `pair` in units of its leading part, to second order in the coupling."""
    return -slow - (coupling**2 / (1 - slow - 1j * frequency)).real


@pytest.mark.parametrize("order", [("cavity", "oscillator"), ("oscillator", "cavity")])
def test_a_good_oscillator_beside_a_fast_cavity_has_the_variance_of_its_bath(order):
    steady = steady_state(cavity_and_oscillator(order))
    assert steady.kind.values == ["stable"]
    V = dict(zip(np.repeat(order, 2), np.diag(steady.covariance.values[0]), strict=True))
    assert V["oscillator"] == pytest.approx(QUANTA + 0.5, rel=1e-14)
    assert V["cavity"] == pytest.approx(0.5, rel=1e-14)
    assert steady.margin.values == pytest.approx(GOOD / 2, rel=1e-14)
    assert steady.covariance_error_bound.values <= 1e-15


@pytest.mark.parametrize("coupling", [1e-4, 1e-3, 1.0])
def test_a_good_oscillator_weakly_coupled_to_a_fast_cavity_is_cooled_as_perturbation_theory_says(
    coupling,
):
    """Optical damping 4g²/κ beside γ: n = nγ/(γ + 4g²/κ)."""
    g = coupling * HERTZ
    V = steady_state(cavity_and_oscillator(coupling=g)).covariance.values[0]
    assert V[2, 2] == pytest.approx(0.5 + QUANTA * GOOD / (GOOD + 4 * g**2 / FAST), rel=1e-9)


def test_all_criteria_of_stability_agree_about_the_good_oscillator():
    model = cavity_and_oscillator(coupling=1e-3 * HERTZ, detuning=1e-3)
    assert fixed_points(model).stable.values.all()
    assert attractor(model).kind.item() == "fixed point"
    assert instability_kind(model.A) == instability_kind(model.A.T) == "stable"
    assert instability_kind(-model.A) == "saddle"


@pytest.mark.parametrize("slow", [1e-12, 1e-14, 1e-16, 1e-20])
@pytest.mark.parametrize("size", [1e-3, 1.0])
@pytest.mark.parametrize(("frequency", "phase"), [(0.0, 0.0), (0.0, 0.7), (1e3, 0.3)])
def test_a_slow_eigenvalue_is_right_however_fast_the_other_mode_is(slow, size, frequency, phase):
    coupling = size * np.sqrt(slow)
    frequency = frequency * slow
    A = pair(slow, coupling, frequency, phase)
    rate = -weak_coupling(slow, coupling, frequency)
    assert margin(A) == pytest.approx(rate, rel=1e-9)
    assert instability_kind(A) == "stable"
    V = solve_lyapunov(A, np.diag([1, 1, 2e6 * slow, 2e6 * slow]))
    assert V[2, 2] == pytest.approx(0.5 + (1e6 - 0.5) * slow / rate, rel=1e-9)


def moved(A, shift):
    """A + shift · 1 in rational numbers."""
    return np.array(
        [
            [Fraction(x) + Fraction(shift) * (i == j) for j, x in enumerate(r)]
            for i, r in enumerate(A.tolist())
        ]
    )


@pytest.mark.parametrize("seed", range(6))
def test_refined_eigenvalues_are_those_of_rational_arithmetic(seed):
    """Re λ of the slowest mode by Routh's array of A + s, exact, for s on both sides of it."""
    rng = np.random.default_rng(seed)
    units = 2.0 ** rng.integers(-20, 20, 6)
    order = rng.permutation(6)
    slow = 10.0 ** -rng.uniform(13, 16)
    A = np.sqrt(slow) / 3 * rng.normal(size=(6, 6))
    A[:4, :4] = rng.normal(size=(4, 4)) - 4 * np.eye(4)
    A[4:, 4:] = rotated(-slow + 1j * rng.uniform(0, slow))
    A = (units[:, None] * A / units)[np.ix_(order, order)]
    growth = eigenvalues(A)[0].real
    assert routh_stable(moved(A, -growth - 1e-9 * abs(growth)))
    assert not routh_stable(moved(A, -growth + 1e-9 * abs(growth)))
    assert (instability_kind(A) == "stable") == (growth < 0)


def test_units_and_order_of_the_quadratures_change_neither_verdict_nor_zero():
    A = pair(1e-14, 1e-8, 1e-11, 0.4)
    units = 10.0 ** np.array([-7, 3, 12, -5])
    order = np.array([2, 0, 3, 1])
    changed = (units[:, None] * A / units)[np.ix_(order, order)]
    for one, other in zip(spectrum(A), spectrum(changed), strict=True):
        np.testing.assert_allclose(other[:2].real, one[:2].real, rtol=1e-6)
    assert instability_kind(changed) == "stable"


@pytest.mark.parametrize("friction", [0.0, 1e-14, -1e-14])
@pytest.mark.parametrize("slow", [1e-6, 1e-15])
def test_an_undamped_oscillator_is_marginal_beside_any_mode(friction, slow):
    """Also where its computed growth is below the decay of a slower mode, which then leads."""
    A = np.zeros((5, 5))
    A[0, 0] = -1.0
    A[1:3, 1:3] = [[0.0, 1e-3], [-1e-3, -1e-3 * friction]]
    A[3:, 3:] = rotated(-slow * 1e-6 + 0j)
    order = np.array([3, 1, 0, 4, 2])
    assert instability_kind(A[np.ix_(order, order)]) == "marginal"
    with pytest.raises(UnstableError, match="A is marginal"):
        solve_lyapunov(A[np.ix_(order, order)], np.eye(5))


def test_an_undamped_oscillator_in_mixed_quadratures_is_marginal():
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(6, 6)))[0]
    A = np.zeros((6, 6))
    A[:2, :2] = rotated(1e-3j)
    A[2:4, 2:4] = rotated(-1 + 1j)
    A[4:, 4:] = rotated(-0.5 - 3j)
    assert instability_kind(turn @ A @ turn.T) == "marginal"


def test_gain_that_balances_loss_but_for_rounding_is_marginal():
    terms = [
        lose("a", "p", energy_rate=0.1),
        lose("a", "q", energy_rate=0.2),
        amplify("a", "r", energy_rate=0.3),
    ]
    alone = Model.build(["a"], terms)
    beside = Model.build(["a", "b"], [*terms, lose("b", "s", energy_rate=1.0)])
    assert alone.A[0, 0] != 0
    assert [fixed_points(model).kind.item() for model in (alone, beside)] == [
        "marginal",
        "marginal",
    ]


@pytest.mark.parametrize(
    ("damping", "kind"), [(1e-3, "stable"), (1e-6, "stable"), (0.0, "marginal"), (-1e-6, "saddle")]
)
def test_damping_decides_at_an_exceptional_point(damping, kind):
    """λ = −κ twice and defective, where LAPACK's λ is off by 1e-8.

    A = −κ + N with N² = 0, in mixed quadratures.
    """
    turn = np.linalg.qr(np.random.default_rng(4).normal(size=(4, 4)))[0]
    A = -damping * np.eye(4)
    A[0, 1] = 1.0
    A[2:, 2:] = rotated(-1 + 1j)
    assert instability_kind(turn @ A @ turn.T) == kind


def test_an_exceptional_point_of_a_slow_mode_beside_a_fast_one_is_solved():
    """A degenerate amplifier with χ = Δ, as slow as 1e-14 of a fast mode: V in rational numbers."""
    A = np.zeros((4, 4))
    D = np.diag([1.0, 1.0, 1e-14, 1e-14])
    A[:2, :2] = rotated(-1 + 2j)
    A[2:, 2:] = 1e-14 * np.array([[-1 + 0.5, 0.5], [-0.5, -1 - 0.5]])
    A[2, 0] = A[1, 3] = 1e-9
    assert relative_error(solve_lyapunov(A, D), exactly(A, D)) <= 4e-16


def test_uncertainty_of_the_drift_makes_marginal_only_what_it_could_move():
    A = np.diag([-1.0, -1e-3])
    blur = np.zeros((2, 2))
    blur[0, 0] = 0.1
    assert np.all(spectrum(A, blur)[1] < 0.1 * 1.001)
    _, zero = spectrum(np.diag([-1.0, -1e-13]), 1e-12 * np.diag([1.0, 0.0]))
    np.testing.assert_allclose(zero, [1e-26, 1e-12], rtol=1e-9)


def random_hierarchy(seed):
    """Modes with rates over 18 decades, weakly coupled, in mixed units.

    Every third one is a multiple eigenvalue.
    """
    rng = np.random.default_rng(seed)
    n = 2 * rng.integers(1, 3)
    if seed % 3 == 0:
        turn = np.linalg.qr(rng.normal(size=(n, n)))[0]
        return (
            turn
            @ (np.diag(rng.choice([0.0, 1.0], n - 1), 1) - 10.0 ** -rng.uniform(0, 14) * np.eye(n))
            @ turn.T
        )
    rates = 10.0 ** -rng.uniform(0, 18, n // 2)
    A = 10.0 ** -rng.uniform(0, 12) * np.sqrt(np.outer(np.repeat(rates, 2), np.repeat(rates, 2)))
    A *= rng.normal(size=(n, n))
    for i, rate in enumerate(rates):
        A[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = rotated(
            rng.choice([-1, -1, 1]) * rate + 1j * rng.choice([0, 1e-8, 1])
        )
    units = 2.0 ** rng.integers(-20, 20, n)
    order = rng.permutation(n)
    return (units[:, None] * A / units)[np.ix_(order, order)]


def test_no_growth_is_called_stable_and_no_decay_unstable_whatever_the_hierarchy():
    matrices = [random_hierarchy(seed) for seed in range(90)]
    kinds = [str(instability_kind(A)) for A in matrices]
    stable = [routh_stable(A) for A in matrices]
    wrong = [
        seed
        for seed, (kind, decays) in enumerate(zip(kinds, stable, strict=True))
        if (kind == "stable") > decays or (kind in ("saddle", "hopf") and decays)
    ]
    assert wrong == []
    assert (
        min(
            kinds.count("stable"),
            kinds.count("marginal"),
            kinds.count("saddle") + kinds.count("hopf"),
        )
        > 15
    )


@pytest.mark.parametrize("modes", [5, 10, 20])
@pytest.mark.parametrize("slow", [1e-13, 1e-15])
@pytest.mark.parametrize("size", [1e-3, 1.0])
def test_many_slow_modes_among_fast_cavities_share_the_temperature_of_their_baths(
    modes, slow, size
):
    rng = np.random.default_rng(1)
    rates = np.where(np.arange(modes) % 2, slow, 1.0)
    hopping = np.diag(size * np.sqrt(slow) * np.exp(1j * rng.uniform(0, 6, modes - 1)), 1)
    C = -np.diag(rates) - 1j * (hopping + hopping.conj().T)
    A = np.zeros((2 * modes, 2 * modes))
    D = np.diag(np.repeat(7.0 * rates, 2))
    A[::2, ::2] = A[1::2, 1::2] = C.real
    A[1::2, ::2] = C.imag
    A[::2, 1::2] = -C.imag
    V = solve_lyapunov(A, D)
    np.testing.assert_allclose(V, 3.5 * np.eye(2 * modes), atol=1e-15)
    assert lyapunov_error_bound(A, D, V) <= 1e-10
