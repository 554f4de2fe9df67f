"""Light collected over a finite time, exactly: covariances of ∫ e^{−iω τ} y dτ with the system.

Collectors obey dw = G w dt + y dt from w = 0 on, where y = C u + D dW/dt is the light that leaves a
stationary system, du = A u dt + B dW with covariance V, and G rotates each pair (X, Y) at its
frequency. With E = e^{Ah}, R = e^{Gh}, after a time h

    w = R w₀ + L u₀ + …,   ⟨u wᵀ⟩ = M,   ⟨w wᵀ⟩ = P    (for w₀ = 0),

and L, M and P after 2h follow from those after h. They start from Taylor series at a short h. No
eigenvectors are used: A may be defective.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...sde.support.checks import Array

SHORT = 0.25
"""Largest ‖(A, G)‖h of the Taylor series."""
ORDERS = 16
"""Terms of the Taylor series: 0.25¹⁶/16! is 10⁻²³."""


@dataclass(frozen=True, eq=False)
class Emitter:
    """A stationary system and the light that collectors gather from it.

    A (..., n, n) in rad/s, N = ⟨u yᵀ⟩ = V Cᵀ + B Dᵀ (..., n, 2k), C (..., 2k, n) and the noise
    W = D Dᵀ (..., 2k, 2k) of k collectors, whose frequencies (..., k) are in rad/s.
    """

    A: Array
    N: Array
    C: Array
    W: Array
    frequencies: Array

    def masked(self, active: Array) -> Emitter:
        """The emitter with only some of the collectors (..., k) connected."""
        on = np.repeat(active.astype(float), 2, axis=-1)
        W = self.W * on[..., :, None] * on[..., None, :]
        return Emitter(
            self.A, self.N * on[..., None, :], self.C * on[..., :, None], W, self.frequencies
        )


def collected(emitter: Emitter, durations: Array) -> tuple[Array, Array]:
    """⟨u wᵀ⟩ (..., n, 2k) and ⟨w wᵀ⟩ (..., 2k, 2k) at a time at which all collectors stop.

    `durations` (..., k) in s are those over which they collect, up to that time.
    """
    first = np.sort(durations, axis=-1)[..., ::-1]
    lengths = first - np.append(first[..., 1:], np.zeros_like(first[..., :1]), axis=-1)
    M, P = np.zeros_like(emitter.N), np.zeros_like(emitter.W)
    for step in range(durations.shape[-1]):
        length = lengths[..., step]
        if not np.any(length):
            continue
        part = emitter.masked(durations >= first[..., step, None])
        E, R, L, newM, newP = _interval(part, length)
        cross = L @ M @ _transposed(R)
        P = R @ P @ _transposed(R) + newP + cross + _transposed(cross)
        M = E @ M @ _transposed(R) + newM
    return M, P


def _interval(emitter: Emitter, length: Array) -> tuple[Array, Array, Array, Array, Array]:
    """E, R, L, M and P of an interval (...) in s, by doubling a short one."""
    rates = np.linalg.norm(emitter.A, axis=(-2, -1)) + np.abs(emitter.frequencies).max(axis=-1)
    doublings = max(0, int(np.ceil(np.log2(np.max(rates * length) / SHORT))))
    h = length / 2.0**doublings
    E, L, M, P = _short_interval(emitter, h)
    for _ in range(doublings):
        R = rotation(emitter.frequencies * h[..., None])
        cross = L @ M @ _transposed(R)
        P = R @ P @ _transposed(R) + P + cross + _transposed(cross)
        M = E @ M @ _transposed(R) + M
        L = R @ L + L @ E
        E = E @ E
        h = 2 * h
    return E, rotation(emitter.frequencies * length[..., None]), L, M, P


def _short_interval(emitter: Emitter, h: Array) -> tuple[Array, Array, Array, Array]:
    """E, L, M and P of a short interval (...) in s, from their Taylor series in time."""
    step = h[..., None, None]
    A, C, N, W = emitter.A * step, emitter.C * step, emitter.N * step, emitter.W * step
    G = _generator(emitter.frequencies) * step
    e, seen = np.eye(A.shape[-1]) + 0.0 * A, np.zeros_like(C)
    m, p = np.zeros_like(N), np.zeros_like(W)
    sums = [e, seen, m, p]
    for order in range(1, ORDERS):
        noise = (N, W) if order == 1 else (0.0, 0.0)
        both = C @ m
        p = (G @ p + p @ _transposed(G) + both + _transposed(both) + noise[1]) / order
        m = (A @ m + m @ _transposed(G) + noise[0]) / order
        seen = (G @ seen + C @ e) / order
        e = A @ e / order
        sums = [total + term for total, term in zip(sums, (e, seen, m, p), strict=True)]
    return sums[0], sums[1], sums[2], sums[3]


def rotation(angles: Array) -> Array:
    """Rotations X + iY → e^{−iθ}(X + iY) by angles θ (..., k), as matrices (..., 2k, 2k)."""
    return _pairs(np.cos(angles), np.sin(angles))


def _generator(frequencies: Array) -> Array:
    """G (..., 2k, 2k) of modes ẇ = −iω w."""
    return _pairs(np.zeros_like(frequencies), frequencies)


def _pairs(diagonal: Array, upper: Array) -> Array:
    """Block-diagonal matrices of blocks [[d, u], [−u, d]], with d and u of shape (..., k)."""
    k = diagonal.shape[-1]
    out = np.zeros((*diagonal.shape[:-1], 2 * k, 2 * k))
    even = np.arange(0, 2 * k, 2)
    out[..., even, even] = out[..., even + 1, even + 1] = diagonal
    out[..., even, even + 1] = upper
    out[..., even + 1, even] = -upper
    return out


def _transposed(M: Array) -> Array:
    return np.asarray(np.swapaxes(M, -1, -2))
