"""Schemes for additive noise in NumPy, and their exact moments; only `nested_paths` is random.

Linear systems du = A u dt + B dW: a step is u ← M u + ∫(G₁ + G₂τ) dW, τ the time left, so that its
mean, its covariance and its distance from the exact path on the same noise are integrals. One
variable: the expectation after N steps by all sequences of a discrete noise, or by backward
recursion on Chebyshev polynomials.
"""

import numpy as np
from numpy.polynomial import chebyshev, hermite_e, legendre
from scipy import linalg

# --------------------------------------------------------------------------------------------------
# linear systems


def linear_scheme(name, A, B, h):
    """M, G₁ and G₂ of a step; the exponential scheme's noise is the exact one and has none."""
    one, zero = np.eye(len(A)), np.zeros_like(B)
    if name == "euler-maruyama":
        return one + h * A, B, zero
    if name == "implicit-midpoint":
        phi = np.linalg.inv(one - 0.5 * h * A)
        return one + h * phi @ A, phi @ B, zero
    return one + h * A + 0.5 * h**2 * A @ A, B, A @ B


def nodes_of_a_step(h):
    """Gauss–Legendre points and weights on [0, h], exact to rounding for eigenvalues below 10/h."""
    x, w = legendre.leggauss(24)
    return 0.5 * h * (x + 1), 0.5 * h * w


def exact_law(A, D, h):
    """e^{Ah} and the covariance of ∫e^{Aτ} dW, by Van Loan's block exponential."""
    n = len(A)
    F = linalg.expm(h * np.block([[-A, D], [np.zeros((n, n)), A.T]]))
    M = F[n:, n:].T
    N = M @ F[:n, n:]
    return M, 0.5 * (N + N.T)


def step_law(name, A, B, h):
    """M and N of a step."""
    if name == "exponential":
        return exact_law(A, B @ B.T, h)
    M, G1, G2 = linear_scheme(name, A, B, h)
    N = sum(w * (G1 + t * G2) @ (G1 + t * G2).T for t, w in zip(*nodes_of_a_step(h), strict=True))
    return M, N


def iterated(M, N, V, steps):
    """V after a number of steps V ← M V Mᵀ + N."""
    for _ in range(steps):
        V = M @ V @ M.T + N
    return V


def strong_error(name, A, B, h, steps, V):
    """Root mean square distance of the scheme from the exact path on the same noise, exactly.

    The start is the same, of covariance V. The exact step is e^{Ah}u + ∫e^{Aτ}B dW, so the error
    moves by M, by (M − e^{Ah}) times the exact state and by ∫(G₁ + G₂τ − e^{Aτ}B) dW.
    """
    n, (M, G1, G2) = len(A), linear_scheme(name, A, B, h)
    exact = linalg.expm(h * A)
    joint = np.block([[exact, np.zeros((n, n))], [M - exact, M]])
    N = np.zeros((2 * n, 2 * n))
    for t, w in zip(*nodes_of_a_step(h), strict=True):
        kernel = linalg.expm(t * A) @ B
        both = np.vstack([kernel, G1 + t * G2 - kernel])
        N += w * both @ both.T
    start = linalg.block_diag(V, np.zeros((n, n)))
    return float(np.sqrt(np.trace(iterated(joint, N, start, steps)[n:, n:])))


# --------------------------------------------------------------------------------------------------
# one variable

SIGMA, EDGE, DEGREE = 0.7, 3.0, 140
LINEAR_PART = -2.0
"""Of the double well x − x³ about its minimum, for the schemes that take it apart."""


def double_well(x):
    return x - x**3


def observable(x):
    """Bounded, and without a symmetry that could hide an error."""
    return np.sin(2 * x + 0.5) + np.exp(-(x**2))


def scalar_step(name, x, h, z, extra):
    """A step from x with a random number z of variance one, and for the second stage another."""
    a = LINEAR_PART
    if name == "euler-maruyama":
        return x + h * double_well(x) + SIGMA * np.sqrt(h) * z
    if name == "exponential":
        return (
            x
            + np.expm1(a * h) / a * double_well(x)
            + SIGMA * np.sqrt(np.expm1(2 * a * h) / (2 * a)) * z
        )
    if name == "implicit-midpoint":
        return x + (h * double_well(x) + SIGMA * np.sqrt(h) * z) / (1 - 0.5 * h * a)
    first = np.sqrt(h) * z
    if name == "heun":
        stage = x + h * double_well(x) + SIGMA * first
        return x + 0.5 * h * (double_well(x) + double_well(stage)) + SIGMA * first
    second = 0.5 * h * (first + np.sqrt(h / 3) * extra)
    stage = x + 0.75 * h * double_well(x) + 1.5 * SIGMA * second / h
    return x + h * (double_well(x) + 2 * double_well(stage)) / 3 + SIGMA * first


def product(first, second):
    """Values and chances of two independent numbers, each by (values, chances)."""
    (z, p), (y, q) = first, second
    return np.repeat(z, len(y)), np.tile(y, len(z)), np.multiply.outer(p, q).ravel()


NONE = (np.zeros(1), np.ones(1))
COIN = (np.array([-1.0, 1.0]), np.full(2, 0.5))
THREE = (np.sqrt(3) * np.array([-1.0, 0.0, 1.0]), np.array([1, 4, 1]) / 6)


def increments(kind, name):
    """Values of z, of the second stage's number, and their probabilities.

    "three-point and coin": the second stage's number is ±1.
    """
    if kind == "gaussian":
        z, w = hermite_e.hermegauss(20)
        normal = (z, w / w.sum())
        return product(normal, normal if name == "runge-kutta" else NONE)
    return product(
        COIN if kind == "two-point" else THREE, COIN if kind.endswith("and coin") else NONE
    )


def enumerated(name, kind, start, h, steps):
    """⟨observable⟩ after a number of steps, by every sequence of increments."""
    z, extra, chance = increments(kind, name)
    x, weight = np.array([start]), np.ones(1)
    for _ in range(steps):
        x = scalar_step(name, x[:, None], h, z, extra).ravel()
        weight = np.multiply.outer(weight, chance).ravel()
    return float(weight @ observable(x))


def recursed(name, kind, start, h, steps):
    """The same for many steps: u(x) ← ⟨u(x after a step)⟩ on Chebyshev polynomials over ∓EDGE.

    Steps of h ≤ ⅛ lead from there back inside; only increments beyond 9σ are held back at the edge.
    """
    z, extra, chance = increments(kind, name)
    points = chebyshev.chebpts1(DEGREE + 1)
    to_coefficients = np.linalg.inv(chebyshev.chebvander(points, DEGREE))
    onwards = np.clip(scalar_step(name, EDGE * points[:, None], h, z, extra), -EDGE, EDGE) / EDGE
    averaged = np.zeros((DEGREE + 1, DEGREE + 1))
    for column, p in zip(onwards.T, chance, strict=True):
        averaged += p * chebyshev.chebvander(column, DEGREE)
    u = observable(EDGE * points)
    for _ in range(steps - 1):
        u = averaged @ (to_coefficients @ u)
    first = np.clip(scalar_step(name, start, h, z, extra), -EDGE, EDGE) / EDGE
    return float(chance @ chebyshev.chebval(first, to_coefficients @ u))


def kolmogorov(start, duration, degree=80):
    """⟨observable⟩ of the exact equation, by Galerkin's method.

    The polynomials are orthonormal under its stationary distribution.

    There the generator is −(σ²/2)⟨p′q′⟩, symmetric. Polynomials and their derivatives by Stieltjes'
    recurrence.
    """
    x, w = legendre.leggauss(600)
    x = np.append(EDGE * x, start)
    w = np.append(w * np.exp((x[:-1] ** 2 - 0.5 * x[:-1] ** 4) / SIGMA**2), 0.0)
    p, slopes, previous, its_slope = (
        np.full(x.size, 1 / np.sqrt(w.sum())),
        np.zeros(x.size),
        0.0,
        0.0,
    )
    P, S, b = [p], [slopes], 0.0
    for _ in range(degree):
        a = w @ (x * p**2)
        raw, raw_slope = (x - a) * p - b * previous, p + (x - a) * slopes - b * its_slope
        previous, its_slope, b = p, slopes, np.sqrt(w @ raw**2)
        p, slopes = raw / b, raw_slope / b
        P.append(p)
        S.append(slopes)
    P, S = np.array(P), np.array(S)
    values, modes = np.linalg.eigh(0.5 * SIGMA**2 * (S * w) @ S.T)
    return float(
        (modes.T @ P[:, -1]) @ (np.exp(-values * duration) * (modes.T @ (P * w) @ observable(x)))
    )


# --------------------------------------------------------------------------------------------------
# sampled paths


def nested_paths(seed, paths, channels, steps, h):
    """I₁ and I₁₀ (steps, channels, paths) of Brownian paths over steps of h."""
    n1, n2 = np.random.default_rng(seed).standard_normal((2, steps, channels, paths))
    first = np.sqrt(h) * n1
    return first, 0.5 * h * (first + np.sqrt(h / 3) * n2)


def coarser(first, second, h):
    """The same paths over twice the step: I₁₀ = I₁₀ + I₁₀′ + h I₁."""
    return first[0::2] + first[1::2], second[0::2] + second[1::2] + h * first[0::2]


def integrated(name, drift, B, u, first, second, h):
    """States (n, paths) at the end of sampled paths."""
    for I1, I10 in zip(first, second, strict=True):
        if name == "euler-maruyama":
            u = u + h * drift(u) + B @ I1
            continue
        stage = u + 0.75 * h * drift(u) + 1.5 * B @ I10 / h
        u = u + h * (drift(u) + 2 * drift(stage)) / 3 + B @ I1
    return u


def sampled_error(name, drift, B, start, levels, *, finest=12, duration=0.125, seed=1, paths=512):
    """Distances (levels, paths) at the end of 2^level from 2^finest steps of Rößler's scheme."""
    h = duration / 2**finest
    first, second = nested_paths(seed, paths, B.shape[1], 2**finest, h)
    start = np.repeat(start[:, None], paths, axis=1)
    best, errors = integrated("runge-kutta", drift, B, start, first, second, h), []
    for level in range(finest - 1, min(levels) - 1, -1):
        first, second = coarser(first, second, h)
        h *= 2
        if level in levels:
            errors.append(
                np.linalg.norm(integrated(name, drift, B, start, first, second, h) - best, axis=0)
            )
    return np.array(errors[::-1])


def sampled_exponential_error(levels, *, finest=14, seed=2, paths=512):
    """The same for exponential steps of the double well, duration 1, exact noise integrals.

    Over twice the step the convolution is e^{ah} η + η′.
    """
    a, h = LINEAR_PART, 2.0**-finest
    noise = (
        np.sqrt(np.expm1(2 * a * h) / (2 * a))
        * SIGMA
        * np.random.default_rng(seed).standard_normal((2**finest, paths))
    )
    ends = {}
    for level in range(finest, min(levels) - 1, -1):
        x = np.full(paths, 0.4)
        for eta in noise:
            x = scalar_step("exponential", x, h, 0.0, 0.0) + eta
        ends[level] = x
        noise, h = np.exp(a * h) * noise[0::2] + noise[1::2], 2 * h
    return np.abs([ends[level] - ends[finest] for level in levels])


def rms(errors):
    return np.sqrt(np.mean(np.asarray(errors) ** 2, axis=-1))


def slopes(errors):
    """log₂ of the ratio of each error to the next, at half the step."""
    errors = np.abs(np.asarray(errors))
    return np.log2(errors[:-1] / errors[1:])
