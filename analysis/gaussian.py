"""Measures of Gaussian states as functions of arrays: covariances V (..., 2n, 2n), vacuum ½.

Quadratures are in pairs, one per mode, (X₁, Y₁, X₂, Y₂, …), and Ω = ⊕ [[0, 1], [−1, 0]]. V may have
any leading axes. A mode argument is an index or a sequence of indices, so every split of the modes
is allowed. Covariances are dimensionless; E_N and steering are in nats. An item of the batch that
is not finite (no steady state), or whose V is not positive semidefinite, gives NaN and does not
affect the others. So does a V of correlations so strong that double precision no longer holds the
digits of a measure (`mode_blocks.rounding`); a quadrature without any variance is taken to be
exact, and has ν = 0. Every function raises ValueError for a V of another shape or not symmetric,
and for modes that V does not have or that are named twice. These formulas need only NumPy; the
functions of the same names in `qlangevin.analysis` take labelled arrays too and check that V is the
covariance of a quantum state.
"""

from __future__ import annotations

import numpy as np

from .mode_blocks import (
    EPSILON,
    LOST,
    ROUNDING,
    Array,
    Modes,
    block,
    covariance,
    diagonal,
    finite,
    mode_indices,
    per_quadrature,
    rounding,
    single_modes,
    split,
)

FAINT = 1e-6
"""Nats below which a measure is compared with the rounding of V."""


def symplectic_form(modes: int) -> Array:
    """Ω (2n, 2n) of n modes, [u_k, u_l] = iΩ_kl."""
    return np.kron(np.eye(modes), np.array([[0.0, 1.0], [-1.0, 0.0]]))


def reduced(V: Array, modes: Modes) -> Array:
    """Covariance (..., 2m, 2m) of m of the modes, in the order given."""
    V = covariance(V)
    return block(V, mode_indices("modes", modes, V))


def conditional(V: Array, i: Modes, j: Modes) -> Array:
    """Covariance (..., 2m, 2m) of the m modes j once all quadratures of i are known.

    V_j − CᵀV_i⁻¹C, the optimal linear inference; V_i⁻¹ is the pseudoinverse where V_i is singular.
    Quadratures are conditioned on one after another, so their units do not matter. NaN where a
    variance of j shrinks so far that rounding is a tenth of it.
    """
    state, known = split(V, i, j)
    state = np.where(finite(state)[..., None, None], state, np.nan)
    before = diagonal(state)
    for k in range(known):
        state = _condition(state, k, before[..., k])
    lost = np.any((EPSILON * before > LOST * diagonal(state))[..., known:], axis=-1, keepdims=True)
    return np.where(lost[..., None], np.nan, state[..., known:, known:])


def symplectic_eigenvalues(V: Array) -> Array:
    """Symplectic eigenvalues ν (..., n), ascending: moduli of the eigenvalues of iΩV, each once.

    With V = R Rᵀ they are the positive eigenvalues of the Hermitian iRᵀΩR, so that small ν lose no
    digits to differences of large invariants; local squeezing along X or Y costs none either. ½ for
    vacuum. NaN where rounding may be a tenth of them (`mode_blocks.rounding`).
    """
    V = covariance(V)
    n = V.shape[-1] // 2
    R = _root(_balanced(V))
    form = np.swapaxes(R, -1, -2) @ symplectic_form(n) @ R
    values = np.linalg.eigvalsh(1j * np.where(np.isfinite(form), form, 0.0))[..., n:]
    return np.where(finite(form)[..., None], np.maximum(values, 0.0), np.nan)


def transposed_eigenvalues(V: Array, i: Modes, j: Modes) -> Array:
    """Symplectic eigenvalues ν (..., n), ascending, of the partial transpose of n modes i and j.

    The partial transpose changes the sign of Y of every mode in i. If any ν < ½, i and j are
    entangled. Simon, doi:10.1103/PhysRevLett.84.2726.
    """
    return symplectic_eigenvalues(_partial_transpose(*split(V, i, j)))


def log_negativity(V: Array, i: Modes, j: Modes) -> Array:
    """Logarithmic negativity E_N (...) in nats between modes i and modes j.

    The sum of −ln 2ν over all ν < ½ of the partial transpose; for one mode each max(0, −ln 2ν⁻).
    Vidal and Werner, doi:10.1103/PhysRevA.65.032314.
    """
    state, left = split(V, i, j)
    return _nats_below_vacuum(symplectic_eigenvalues(_partial_transpose(state, left)), state)


def steering(V: Array, i: Modes, j: Modes) -> Array:
    """Gaussian steering i → j (...) in nats of modes j by measurements on modes i.

    The sum of −ln 2ν over all ν < ½ of the covariance of j given i; for a single mode j that is
    max(0, ½ ln[det V_i/(4 det V_ij)]). Kogias et al., doi:10.1103/PhysRevLett.114.060403.
    """
    return _nats_below_vacuum(symplectic_eigenvalues(conditional(V, i, j)), split(V, i, j)[0])


def reid(V: Array, i: Modes, j: int) -> Array:
    """Reid's product E_{j|i} = Δ_inf X_j · Δ_inf P_j (...) of the single mode j, from modes i.

    X_j and P_j are each inferred from all quadratures of i with optimal gains: the root of the
    product of the diagonal of `conditional`. A product below ½ shows that i steers j. Where
    `conditional` has no X–P element the product is the square root of its determinant, and below ½
    it is e^{−steering}/2; otherwise it is larger. Raises ValueError when j is not a single mode.
    Reid, doi:10.1103/PhysRevA.40.913.
    """
    inferred = conditional(V, i, j)
    if inferred.shape[-1] != 2:
        raise ValueError(f"j must be a single mode (got {j}); use steering for several")
    with np.errstate(invalid="ignore"):
        return np.asarray(np.sqrt(inferred[..., 0, 0]) * np.sqrt(inferred[..., 1, 1]))


def duan(V: Array, i: int, j: int) -> Array:
    """Duan's sum of variances (...) of the single modes i and j over its bound: < 1 if entangled.

    [Var(tX_i − X_j/t) + Var(tY_i + Y_j/t)]/(t² + 1/t²), vacuum 1, minimised over t and over local
    phases: the lower eigenvalue of [[n_i', −m], [−m, n_j']] with n' = V_xx + V_yy of a mode and m =
    2|⟨δa_i δa_j⟩|. Local squeezing changes it, so a value ≥ 1 does not exclude entanglement;
    `log_negativity` = 0 does. Duan et al., doi:10.1103/PhysRevLett.84.2722.
    """
    state = single_modes(V, i=i, j=j)
    with np.errstate(invalid="ignore"):
        first = state[..., 0, 0] + state[..., 1, 1]
        second = state[..., 2, 2] + state[..., 3, 3]
        pairing = np.hypot(state[..., 0, 2] - state[..., 1, 3], state[..., 0, 3] + state[..., 1, 2])
        least = (first + second) / 2 - np.hypot((first - second) / 2, pairing)
    return np.where(np.isnan(symplectic_eigenvalues(state)[..., 0]), np.nan, least)


def residual_contangle(V: Array, i: int, j: int, k: int) -> Array:
    """Minimum residual contangle (...) in nats² of three single modes, > 0 if all are entangled.

    The minimum over the focus mode r of E_N²(r|st) − E_N²(r|s) − E_N²(r|t), where s and t are the
    other two modes; all further modes are traced out. E_N² is the contangle of a pure state; for
    mixed states it replaces the convex roof, as is usual in optomechanics, and the result may be
    negative. Adesso and Illuminati, doi:10.1088/1367-2630/8/1/015; Li, Zhu and Agarwal,
    doi:10.1103/PhysRevLett.121.203601.
    """
    state = single_modes(V, i=i, j=j, k=k)
    pairs = {(r, s): log_negativity(state, r, s) ** 2 for r, s in ((0, 1), (0, 2), (1, 2))}
    with np.errstate(invalid="ignore"):
        residues = [
            log_negativity(state, r, [s for s in range(3) if s != r]) ** 2
            - sum(shared for pair, shared in pairs.items() if r in pair)
            for r in range(3)
        ]
    return np.asarray(np.min(residues, axis=0))


def squeezing(V: Array, mode: int) -> Array:
    """Squeezing −10 log₁₀(2V_min) (...) in dB of a single mode, V_min its least variance.

    The least of any of its quadratures. Positive below vacuum noise (3 dB is half of it), 0 for
    vacuum, negative where every quadrature has more.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(0.0 - 10 * np.log10(2 * _least_variance(single_modes(V, mode=mode))))


def squeezing_angle(V: Array, mode: int) -> Array:
    """Angle θ (...) in rad, −π/2 < θ ≤ π/2, of the least variance of X cos θ + Y sin θ of a mode.

    0 where all quadratures have the same variance.
    """
    state = single_modes(V, mode=mode)
    with np.errstate(invalid="ignore"):
        angle = np.arctan2(0.0 - 2 * state[..., 0, 1], state[..., 1, 1] - state[..., 0, 0]) / 2
    return np.where(np.isnan(_least_variance(state)), np.nan, angle)


def purity(V: Array) -> Array:
    """Tr ρ² (...) = Π 1/2ν = 1/(2ⁿ√det V): 1 for a pure state."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(np.prod(0.5 / symplectic_eigenvalues(V), axis=-1))


def populations(V: Array, mean: Array | None = None) -> Array:
    """Quanta per mode (..., n): fluctuations (V_xx + V_yy − 1)/2, plus those of a mean (..., 2n).

    A mean adds |⟨a⟩|² = (x̄² + ȳ²)/2; its leading axes broadcast against those of V. Raises
    ValueError for another length.
    """
    V = covariance(V)
    squares = diagonal(V)
    if mean is not None:
        squares = squares + per_quadrature("mean", mean, V) ** 2
    return np.asarray((squares[..., 0::2] + squares[..., 1::2] - 1) / 2)


def _condition(V: Array, k: int, before: Array) -> Array:
    """The covariance (..., n, n) once quadrature k, of variance `before` (...) at first, is known.

    A quadrature whose variance is zero, or rounding, is skipped.
    """
    column = V[..., k]
    variance = V[..., k, k]
    with np.errstate(over="ignore", invalid="ignore"):
        varies = (LOST * np.abs(variance) > EPSILON * before)[..., None, None]
        products = column[..., :, None] * column[..., None, :]
        out = np.zeros_like(products)
        known = np.divide(products, variance[..., None, None], out=out, where=varies)
        return np.asarray(V - known)


def _balanced(V: Array) -> Array:
    """V (..., 2n, 2n) with X and Y of each mode scaled to similar variance, X → sX, Y → Y/s.

    s is a power of two, so that nothing is rounded. (`sde.model.uncertainty` has the same function;
    it is repeated here because this file needs only NumPy.)
    """
    variances = diagonal(V)
    with np.errstate(divide="ignore", invalid="ignore"):
        exponent = np.round(np.log2(variances[..., 1::2] / variances[..., 0::2]) / 4)
    s = np.exp2(np.where(np.isfinite(exponent), exponent, 0.0))
    scale = np.stack([s, 1 / s], axis=-1).reshape(variances.shape)
    return np.asarray(V * scale[..., :, None] * scale[..., None, :])


def _root(V: Array) -> Array:
    """R (..., n, n) with R Rᵀ = V; NaN where V is not finite, not positive, or lost to rounding."""
    usable = finite(V)[..., None]
    values, vectors = np.linalg.eigh(np.where(usable[..., None], V, np.eye(V.shape[-1])))
    most = np.abs(values).max(axis=-1, initial=0.0)
    allowed = usable & (values >= -ROUNDING * most[..., None])
    suspect = allowed.all(axis=-1) & (8 * V.shape[-1] * EPSILON * most > LOST * values[..., 0])
    if suspect.any():
        allowed[suspect] &= (rounding(V[suspect]) <= LOST)[..., None]
    return np.asarray(
        vectors * np.sqrt(np.where(allowed, np.maximum(values, 0.0), np.nan))[..., None, :]
    )


def _least_variance(V: Array) -> Array:
    """The lower eigenvalue (...) of V (..., 2, 2), as det V over the upper one.

    Exact for squeezing along X or Y; NaN where rounding may be a tenth of det V.
    """
    x = V[..., 0, 0]
    y = V[..., 1, 1]
    xy = V[..., 0, 1]
    with np.errstate(all="ignore"):
        det = x * y - xy**2
        least = det / ((x + y) / 2 + np.hypot((x - y) / 2, xy))
        return np.where(finite(V) & (least >= 0) & (LOST * det >= EPSILON * xy**2), least, np.nan)


def _partial_transpose(V: Array, left: int) -> Array:
    """V (..., 2n, 2n) with Y → −Y for all modes among the first `left` quadratures."""
    turn = np.ones(V.shape[-1])
    turn[1:left:2] = -1.0
    return np.asarray(V * turn[:, None] * turn)


def _nats_below_vacuum(values: Array, V: Array) -> Array:
    """Sum of −ln 2ν (...) over all values ν < ½ (..., m) of a state V.

    A ν that only rounding has brought below ½ counts as ½.
    """
    with np.errstate(divide="ignore"):
        nats = 0.0 - np.minimum(np.log(2 * values), 0.0)
    doubtful = np.any((nats > 0) & (nats < FAINT), axis=-1)
    if doubtful.any():
        floor = V.shape[-1] ** 2 * rounding(V[doubtful])[..., None]
        nats[doubtful] = np.where(nats[doubtful] > floor, nats[doubtful], 0.0)
    return np.asarray(nats.sum(axis=-1))
