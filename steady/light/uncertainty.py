"""The uncertainty relation of spectra of light, S(ω) + iΩ/2 ≥ 0 and S(−ω) + iΩ/2 ≥ 0."""

from __future__ import annotations

import numpy as np

from ...sde.model.uncertainty import (
    NEGLIGIBLE,
    ROUNDING,
    UnphysicalWarning,
    symplectic_form_of,
    uncertainty_margin,
)
from ...sde.support.checks import Array, warn
from .transfer import BLOCK


def keeps_commutators(A: Array, B: Array, C: Array, D: Array) -> Array:
    """Whether (...) S + iΩ/2 ≥ 0 of the light holds at every frequency, whatever the spectrum.

    With R = (−iω − A)⁻¹, S + iΩ/2 = [CR, 1] W [CR, 1]† for

        W = [B; D][B; D]ᵀ + (i/2) [[−AΩ − ΩAᵀ, −ΩCᵀ], [−CΩ, Ω]],

    so W ≥ 0, up to rounding, suffices. It is not needed: noise on directions that the light does
    not show may break it, such as that of friction on a momentum alone.
    """
    known = np.asarray(np.isfinite(A).all(axis=(-2, -1)))[..., None, None]
    A = np.where(known, A, -np.eye(A.shape[-1]))
    rate = np.linalg.norm(A, axis=(-2, -1), keepdims=True)
    A, B, C = A / rate, B / np.sqrt(rate), C / np.sqrt(rate)
    modes, light = symplectic_form_of(A), symplectic_form_of(D @ np.swapaxes(D, -1, -2))
    noise = np.concatenate([B, D], axis=-2)
    half = A @ modes
    brackets = np.block(
        [
            [np.swapaxes(half, -1, -2) - half, -modes @ np.swapaxes(C, -1, -2)],
            [-C @ modes, np.broadcast_to(light, (*A.shape[:-2], *light.shape))],
        ]
    )
    W = noise @ np.swapaxes(noise, -1, -2) + 0.5j * brackets
    return np.asarray(np.linalg.eigvalsh(W)[..., 0] >= -ROUNDING * np.linalg.norm(W, axis=(-2, -1)))


def is_physical(S: Array) -> Array:
    """Whether (...) (1 + `NEGLIGIBLE`) S ± iΩ/2 ≥ 0 of S (..., n, n), up to rounding.

    Both signs belong to S at ω and −ω.
    """
    n = S.shape[-1]
    flat = S.reshape(-1, n, n)
    if not len(flat):
        return np.ones(S.shape[:-2], bool)
    size = max(1, BLOCK // n**2)
    parts = [_of_part(flat[k : k + size]) for k in range(0, len(flat), size)]
    return np.concatenate(parts).reshape(S.shape[:-2])


def _of_part(S: Array) -> Array:
    """`is_physical` of S (matrices, n, n); without eigenvalues where Cholesky factors exist."""
    finite = np.asarray(np.isfinite(S).all(axis=(-2, -1)))
    enlarged = (1 + NEGLIGIBLE) * S
    enlarged[~finite] = np.eye(S.shape[-1])
    slack = ROUNDING * np.linalg.norm(enlarged, axis=(-2, -1))
    diagonal = np.arange(S.shape[-1])
    enlarged[:, diagonal, diagonal] += slack[:, None]
    omega = 0.5j * symplectic_form_of(S)
    try:
        for sign in (1, -1):
            np.linalg.cholesky(enlarged + sign * omega)
    except np.linalg.LinAlgError:
        least = np.minimum(*(uncertainty_margin(each) for each in (enlarged, enlarged.conj())))
        return finite & (least >= 0)
    return finite


def warn_unphysical(S: Array, physical: Array, frequencies: Array) -> None:
    """Warn where finite spectra S (..., frequencies, n, n) break the uncertainty relation."""
    broken = ~physical & np.isfinite(S[..., 0, 0])
    if not broken.any():
        return
    least = np.minimum(*(uncertainty_margin(each) for each in (S[broken], S[broken].conj())))
    worst = np.broadcast_to(frequencies, physical.shape)[broken][least.argmin()]
    warn(
        f"S + iΩ/2 ≥ 0 is broken in {np.count_nonzero(broken)} of {broken.size} spectral matrices "
        f"(min eig = {least.min():.3g} at worst, at ω = {worst:.4g} rad/s), so that no quantum "
        "field has these spectra: the noise of the model does not keep the commutators of the "
        "light, as where noise='published' counts a vacuum twice, or where friction acts on a cold "
        "momentum alone",
        UnphysicalWarning,
    )
