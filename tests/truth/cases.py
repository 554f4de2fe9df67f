"""Models with exact results of master equations (QuTiP) or in closed form; rates in units of κ."""

from dataclasses import replace
from functools import cache

import numpy as np
import qutip
from scipy.integrate import quad
from scipy.linalg import expm, solve_continuous_lyapunov
from scipy.special import rgamma

from qlangevin.sde import Gaussian, Model
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.terms import detune, drive, exchange, kerr, lose, press, rub, squeeze

from . import quantum
from .comparisons import Truth, truth_of


def displaced(*amplitudes, occupations=None):
    """A product of displaced thermal states, vacua unless occupations are given."""
    alpha = np.array(amplitudes, complex)
    variances = np.repeat(0.5 + np.array(occupations if occupations else 0 * alpha.real), 2)
    return Gaussian(np.sqrt(2) * np.stack([alpha.real, alpha.imag], -1).ravel(), np.diag(variances))


# ------------------------------------------------------------------------------
# linear models


@cache
def amplifier():
    """Degenerate parametric amplifier below threshold, warm bath: transient, steady covariance."""
    delta = 0.4
    omega = 0.2 + 0.15j
    occupation = 0.3
    alpha = 0.5 - 0.3j
    levels = 60
    (a,) = modes = quantum.lowering(levels)
    H = delta * a.dag() * a + omega * a.dag() ** 2 + np.conj(omega) * a**2
    jumps = quantum.bath(a, 2.0, occupation)
    states = quantum.evolve(
        H, jumps, quantum.coherent(alpha, levels=[levels]), np.linspace(0, 2, 5)
    )
    model = Model.build(
        ["a"],
        [
            detune("a", delta),
            squeeze("a", omega),
            lose("a", "p", amplitude_rate=1.0, occupation=occupation),
        ],
    )
    steady = quantum.moments(qutip.steadystate(H, jumps), modes)[1]
    return truth_of(
        model, displaced(alpha), 2.0, [quantum.moments(s, modes) for s in states]
    ), steady


@cache
def two_modes():
    """A beam splitter between two squeezed modes, one on a warm bath, from vacuum; E_N of ρ."""
    J = 0.6 + 0.2j
    first = 0.25
    second = 0.2 - 0.1j
    levels = (15, 15)
    a, b = modes = quantum.lowering(*levels)
    half = 0.15 * a.dag() * a + J * a.dag() * b + first * a.dag() ** 2 + second * b.dag() ** 2
    jumps = quantum.bath(a, 2.0) + quantum.bath(b, 1.0, 0.1)
    states = quantum.evolve(
        half + half.dag(), jumps, quantum.coherent(0, 0, levels=levels), np.linspace(0, 1, 5)
    )
    model = Model.build(
        ["a", "b"],
        [
            detune("a", 0.3),
            exchange("a", "b", J),
            squeeze("a", first),
            squeeze("b", second),
            lose("a", "p", amplitude_rate=1.0),
            lose("b", "q", energy_rate=1.0, occupation=0.1),
        ],
    )
    truth = truth_of(model, displaced(0, 0), 1.0, [quantum.moments(s, modes) for s in states])
    return truth, np.array([quantum.log_negativity(s, 1) for s in states])


# ------------------------------------------------------------------------------
# driven Kerr mode


def kerr_model(K, epsilon, delta, occupation=0.0):
    bath = lose("a", "p", amplitude_rate=1.0, occupation=occupation)
    return Model.build(["a"], [detune("a", delta), kerr("a", K), drive("a", epsilon), bath])


def kerr_master_equation(K, epsilon, delta, occupation, levels):
    (a,) = quantum.lowering(levels)
    H = (
        delta * a.dag() * a
        + K / 2 * a.dag() ** 2 * a**2
        + 1j * (epsilon * a.dag() - np.conj(epsilon) * a)
    )
    return H, quantum.bath(a, 2.0, occupation), [a]


@cache
def driven_kerr(K, epsilon, delta, occupation, duration, levels):
    """Switched on from the state of its bath."""
    H, jumps, modes = kerr_master_equation(K, epsilon, delta, occupation, levels)
    start = qutip.thermal_dm(levels, occupation)
    states = quantum.evolve(H, jumps, start, np.linspace(0, duration, 4))
    assert quantum.leak(states[-1]) < 1e-9
    model = kerr_model(K, epsilon, delta, occupation)
    moments = [quantum.moments(s, modes) for s in states]
    return truth_of(model, displaced(0, occupations=[occupation]), duration, moments)


def drummond_walls(K, epsilon, delta):
    """Steady ⟨a⟩, ⟨a†a⟩, ⟨a²⟩ of the driven damped Kerr mode, exact.

    doi:10.1088/0305-4470/13/2/034:
    ⟨a†ʲaⁱ⟩ = x*ʲ xⁱ Γ(c)Γ(c*)/[Γ(c + i)Γ(c* + j)] · F(c + i, c* + j;
    z)/F(c, c*; z), F = 0F2, x = 2ε/(iK), c = 2(1 + iΔ)/(iK), z = 2|x|².
    """
    x = 2 * epsilon / (1j * K)
    c = 2 * (1 + 1j * delta) / (1j * K)
    k = np.arange(150)
    factor = np.cumsum(np.log(np.maximum(k, 1)))

    def regularised(i, j):
        """0F2(c + i, c* + j; 2|x|²)/[Γ(c + i)Γ(c* + j)]."""
        return np.sum(
            np.exp(k * np.log(2 * abs(x) ** 2) - factor)
            * rgamma(c + i + k)
            * rgamma(np.conj(c) + j + k)
        )

    def moment(j, i):
        return np.conj(x) ** j * x**i * regularised(i, j) / regularised(0, 0)

    return moment(0, 1), moment(1, 1).real, moment(0, 2)


def steady_kerr(K, epsilon, delta):
    """Mean and covariance of the exact steady state."""
    alpha, n, square = drummond_walls(K, epsilon, delta)
    mean = np.sqrt(2) * np.array([alpha.real, alpha.imag])
    second = (n + 0.5) * np.eye(2) + np.array(
        [[square.real, square.imag], [square.imag, -square.real]]
    )
    return mean, second - np.outer(mean, mean)


def lossless_kerr():
    """A coherent state β under K = 1: truncated Wigner's own ⟨α⟩, and the exact quantum one."""
    beta = 1.5
    duration = 0.6
    theta = np.linspace(0, duration, 4)
    w = 1 + 0.5j * theta
    classical = np.exp(1j * theta) * beta / w**2 * np.exp(-1j * theta * beta**2 / w)
    exact = beta * np.exp(beta**2 * (np.exp(-1j * theta) - 1))
    mean, exact = (
        np.sqrt(2) * np.stack([alpha.real, alpha.imag], -1) for alpha in (classical, exact)
    )
    return Truth(Model.build(["a"], [kerr("a", 1.0)]), displaced(beta), duration, mean, None), exact


# ------------------------------------------------------------------------------
# optomechanics


def cell_model(G, epsilon, delta, omega, damping, occupation):
    return Model.build(
        ["light", "motion"],
        [
            detune("light", delta),
            detune("motion", omega),
            press("light", "motion", G),
            drive("light", epsilon),
            lose("light", "p", energy_rate=1.0),
            lose("motion", "q", energy_rate=damping, occupation=occupation),
        ],
    )


@cache
def optomechanical_cell(G, epsilon, delta, omega, damping, occupation, duration, levels):
    """Switched on from vacuum."""
    a, b = modes = quantum.lowering(*levels)
    H = delta * a.dag() * a + omega * b.dag() * b - G * a.dag() * a * (b + b.dag()) / np.sqrt(2)
    H += 1j * (epsilon * a.dag() - np.conj(epsilon) * a)
    jumps = quantum.bath(a, 1.0) + quantum.bath(b, damping, occupation)
    states = quantum.evolve(
        H, jumps, quantum.coherent(0, 0, levels=levels), np.linspace(0, duration, 3)
    )
    assert quantum.leak(states[-1]) < 2e-6
    model = cell_model(G, epsilon, delta, omega, damping, occupation)
    return truth_of(model, displaced(0, 0), duration, [quantum.moments(s, modes) for s in states])


def dark_cell(G=1.0, omega=1.0, damping=0.2, occupation=0.5, duration=6.0):
    """Light in vacuum, motion in the state of its bath: only truncated Wigner heats the motion.

    |α|² fluctuates independently of q, with ⟨|α|²(t)|α|²(0)⟩ − ¼ = ¼e^{−κt}: a force of variance
    G²/4 that the quantum vacuum does not have. The truth is truncated Wigner's own; covariances of
    q, p and that force, all linear.
    """
    A = np.array([[-damping / 2, omega, 0], [-omega, -damping / 2, 1], [0, 0, -1.0]])
    D = np.diag([damping * (occupation + 0.5)] * 2 + [G**2 / 2])
    steady = solve_continuous_lyapunov(A, -D)
    begin = np.diag([occupation + 0.5] * 2 + [G**2 / 4])
    covariance = np.array([0.5 * np.eye(4)] * 4)
    for k, t in enumerate(np.linspace(0, duration, 4)):
        propagator = expm(A * t)
        covariance[k, 2:, 2:] = (steady + propagator @ (begin - steady) @ propagator.T)[:2, :2]
    start = displaced(0, 0, occupations=[0, occupation])
    return Truth(
        cell_model(G, 0.0, 0.3, omega, damping, occupation),
        start,
        duration,
        np.zeros((4, 4)),
        covariance,
    )


# ------------------------------------------------------------------------------
# stationary distributions


def cubic(rows, values):
    return Monomials(np.array(rows), np.array(values, float))


def still(model, variances, duration, exact):
    """From a Gaussian of these variances to the stationary law, whose covariance is exact."""
    start = Gaussian(np.zeros(2), np.diag(variances))
    return truth_of(model, start, duration, [(np.zeros(2), V) for V in (start.covariance, exact)])


def average(power, weight):
    """Of a power of a positive variable."""
    return quad(lambda r: r**power * weight(r), 0, 12)[0] / quad(weight, 0, 12)[0]


def duffing():
    """q̇ = ωp, ṗ = −ωq − βq³ − γp + √(γ(2n + 1))ξ: P ∝ exp{−[p²/2 + q²/2 + βq⁴/(4ω)]/(n + ½)}.

    Its truth, and its excess kurtosis; the virial theorem ⟨q²⟩ + (β/ω)⟨q⁴⟩ = n + ½ is a check of
    the quadrature.
    """
    omega = 1.0
    beta = 0.5
    gamma = 1.0
    n = 1.0

    def weight(q):
        return np.exp(-(q**2 / 2 + beta * q**4 / (4 * omega)) / (n + 0.5))

    square, fourth = (average(power, weight) for power in (2, 4))
    assert np.isclose(square + beta / omega * fourth, n + 0.5, rtol=1e-9)
    oscillator = Model.build(["m"], [detune("m", omega), rub("m", gamma, occupation=n)])
    model = replace(oscillator, K=cubic([[1, 0, 0, 0]], [-beta]))
    return still(model, [1.0, 1.5], 16.0, np.diag([square, n + 0.5])), np.array(
        [fourth / square**2 - 3, 0.0]
    )


def saturated_amplifier():
    """Ẋ = (μ − r)X + sξ in the plane, r = |X|², with its excess kurtosis.

    P(r) ∝ exp[(μr − r²/2)/s²], V = ⟨r⟩/2, ⟨X⁴⟩ = 3⟨r²⟩/8; ⟨r²⟩ = μ⟨r⟩ + s² is a check of the
    quadrature.
    """
    mu = 1.0
    s = 0.8

    def weight(r):
        return np.exp((mu * r - r**2 / 2) / s**2)

    r, square = (average(power, weight) for power in (1, 2))
    assert np.isclose(square, mu * r + s**2, rtol=1e-9)
    none = Monomials(np.zeros((0, 3), int), np.zeros(0))
    K = cubic([[0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 1, 1]], [-1.0] * 4)
    model = Model(
        ("a",),
        ("a.X", "a.Y"),
        ("a.x", "a.y"),
        np.zeros(2),
        mu * np.eye(2),
        none,
        K,
        s * np.eye(2),
        {},
    )
    return still(model, [0.5, 0.5], 8.0, r / 2 * np.eye(2)), np.full(2, 1.5 * square / r**2 - 3)
