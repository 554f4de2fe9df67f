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
BLOCK = 1_000_000
"""Numbers in P of one block of parameter points."""
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

    `durations` (..., k) in s are those over which they collect, up to that time. The arrays have
    all leading axes, and are worked through in blocks of points.
    """
    lead = durations.shape[:-1]
    flat = [_one_axis(array, lead) for array in (*vars(emitter).values(), durations)]
    block = max(1, BLOCK // durations.shape[-1] ** 2)
    M, P = np.zeros_like(flat[1]), np.zeros_like(flat[3])
    for start in range(0, len(M), block):
        part = slice(start, start + block)
        *arrays, ends = (array[part] for array in flat)
        M[part], P[part] = _collected(Emitter(*arrays), ends)
    return M.reshape(*lead, *M.shape[1:]), P.reshape(*lead, *P.shape[1:])


def _one_axis(array: Array, lead: tuple[int, ...]) -> Array:
    """An array (*lead, ...) with its leading axes as one."""
    return array.reshape(-1, *array.shape[len(lead) :])


def _collected(emitter: Emitter, durations: Array) -> tuple[Array, Array]:
    """`collected` for one block of points."""
    first = np.sort(durations, axis=-1)[..., ::-1]
    lengths = first - np.append(first[..., 1:], np.zeros_like(first[..., :1]), axis=-1)
    M, P = np.zeros_like(emitter.N), np.zeros_like(emitter.W)
    for step in range(durations.shape[-1]):
        length = lengths[..., step]
        if not np.any(length):
            continue
        part = emitter.masked(durations >= first[..., step, None])
        E, seen, ownM, ownP = _interval(part, length)
        M, P = _later(E, seen, emitter.frequencies * length[..., None], (M, P), (ownM, ownP))
    return M, P


def _later(
    E: Array, seen: Array, angles: Array, before: tuple[Array, Array], own: tuple[Array, Array]
) -> tuple[Array, Array]:
    """M and P at the end of an interval, from those before it and those of the interval alone.

    `angles` (..., k) are those by which the collectors turn, E and L = `seen` are of the interval.
    """
    M, P = before
    cross = turned_columns(seen @ M, angles)
    both = turned_columns(turned_rows(P, angles), angles) + cross + _transposed(cross)
    return E @ turned_columns(M, angles) + own[0], both + own[1]


def _interval(emitter: Emitter, length: Array) -> tuple[Array, Array, Array, Array]:
    """E, L, M and P of an interval (...) in s, by doubling a short one."""
    rates = np.linalg.norm(emitter.A, axis=(-2, -1)) + np.abs(emitter.frequencies).max(axis=-1)
    doublings = max(0, int(np.ceil(np.log2(np.max(rates * length) / SHORT))))
    h = length / 2.0**doublings
    E, seen, M, P = _short_interval(emitter, h)
    for _ in range(doublings):
        angles = emitter.frequencies * h[..., None]
        M, P = _later(E, seen, angles, (M, P), (M, P))
        seen = turned_rows(seen, angles) + seen @ E
        E = E @ E
        h = 2 * h
    return E, seen, M, P


def _short_interval(emitter: Emitter, h: Array) -> tuple[Array, Array, Array, Array]:
    """E, L, M and P of a short interval (...) in s, from their Taylor series in time."""
    step = h[..., None, None]
    A, C, N, W = emitter.A * step, emitter.C * step, emitter.N * step, emitter.W * step
    omega = emitter.frequencies * h[..., None]
    e, seen = np.eye(A.shape[-1]) + 0.0 * A, np.zeros_like(C)
    m, p = np.zeros_like(N), np.zeros_like(W)
    sums = [e, seen, m, p]
    for order in range(1, ORDERS):
        noise = (N, W) if order == 1 else (0.0, 0.0)
        half = C @ m + _driven(p, omega)
        p = (half + _transposed(half) + noise[1]) / order
        m = (A @ m + _transposed(_driven(_transposed(m), omega)) + noise[0]) / order
        seen = (_driven(seen, omega) + C @ e) / order
        e = A @ e / order
        sums = [total + term for total, term in zip(sums, (e, seen, m, p), strict=True)]
    return sums[0], sums[1], sums[2], sums[3]


def _driven(M: Array, omega: Array) -> Array:
    """G M for M (..., 2k, columns): pairs of rows X + iY times −iω, ω (..., k)."""
    return _rotated(M, np.zeros_like(omega), omega)


def turned_rows(M: Array, angles: Array) -> Array:
    """M (..., 2k, columns) whose pairs of rows X + iY become e^{−iθ}(X + iY), θ (..., k)."""
    return _rotated(M, np.cos(angles), np.sin(angles))


def turned_columns(M: Array, angles: Array) -> Array:
    """M (..., rows, 2k) whose pairs of columns turn by angles (..., k)."""
    return _transposed(turned_rows(_transposed(M), angles))


def _rotated(M: Array, diagonal: Array, upper: Array) -> Array:
    """[[d, u], [−u, d]] for each pair of rows of M (..., 2k, columns), d and u being (..., k)."""
    d, u = diagonal[..., None], upper[..., None]
    X, Y = M[..., 0::2, :], M[..., 1::2, :]
    out = np.empty_like(M)
    out[..., 0::2, :] = d * X + u * Y
    out[..., 1::2, :] = d * Y - u * X
    return out


def _transposed(M: Array) -> Array:
    return np.asarray(np.swapaxes(M, -1, -2))
