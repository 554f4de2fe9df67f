"""The collapse operators that drift and diffusion of a model follow from: the matrix Γ, split."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

from ...support.checks import Array
from ...support.errors import RefusedError
from ..uncertainty import symplectic_form_of
from .hamiltonian import ROUNDING

TOLERATED = 1e-6
"""Largest rounding error of Γ, relative to the noise, with which jumps are still given."""


def couplings(model: Any) -> list[Array]:
    """Coefficients c_k (n,) of u in the collapse operators, in √(rad/s).

    Γ is split over groups of modes that share a bath, and each of its blocks into eigenvectors.
    """
    omega = symplectic_form_of(model.A)
    noise, slopes = omega.T @ model.B, omega.T @ model.A
    gamma = noise @ noise.T + 0.5j * (slopes - slopes.T)
    scale, *errors = _sizes(noise, slopes)
    gamma.real[np.abs(gamma.real) <= errors[0]] = 0.0
    gamma.imag[np.abs(gamma.imag) <= sum(errors)] = 0.0
    if np.any((gamma.real != 0) & (errors[1] > TOLERATED * np.outer(scale, scale))):
        raise RefusedError(
            "collapse operators are lost in rounding: rates of A exceed those of baths that modes "
            f"share by {TOLERATED / ROUNDING:.0e} or more; choose smaller detunings and couplings"
        )
    by_mode = gamma.reshape(len(gamma) // 2, 2, -1, 2).any(axis=(1, 3))
    groups = connected_components(by_mode, directed=False)[1]
    found: list[Array] = []
    for group in range(groups.max() + 1):
        rows = np.flatnonzero(np.repeat(groups == group, 2))
        block = np.ix_(rows, rows)
        if gamma[block].any():
            for c in _split(model, rows, gamma[block], scale[rows], *(e[block] for e in errors)):
                found.append(np.zeros(len(gamma), complex))
                found[-1][rows] = c
    return found


def _sizes(noise: Array, slopes: Array) -> tuple[Array, Array, Array]:
    """Scale (n,) of the noise of each quadrature, and rounding errors (n, n) of D and of A in Γ.

    An entry of B is as inexact as the largest noise of its mode, an entry of A as that entry. The
    scale is not much below that of the other quadrature.
    """
    own = np.linalg.norm(noise, axis=1)
    largest = np.repeat(own.reshape(-1, 2).max(axis=1), 2)
    least = ROUNDING * largest
    steep = np.abs(slopes - np.diag(np.diag(slopes)))
    error = np.outer(own, least) + np.outer(least, own) + np.outer(least, least)
    scale = np.maximum(own, np.sqrt(ROUNDING) * largest)
    return scale, error, ROUNDING * (steep + steep.T) / 2


def _split(
    model: Any, rows: Array, gamma: Array, scale: Array, of_D: Array, of_A: Array
) -> list[Array]:
    """The c_k (rows,) of a block of Γ, given its rounding errors; RefusedError unless Γ ⪰ 0."""
    if not scale.all():
        _refuse_noise(model, rows[scale == 0])
    size = np.outer(scale, scale)
    values, vectors = np.linalg.eigh(gamma / size)
    rounding = np.linalg.norm((of_D + of_A) / size) + len(rows) * ROUNDING
    if values[0] < -min(rounding, TOLERATED):
        _refuse_noise(model, rows[np.abs(vectors[:, 0]) > 0.1])
    if len(rows) == 2 and _isotropic(gamma, of_D):
        rates = gamma.trace().real / 2 + np.array([1, -1]) * gamma[0, 1].imag
        pairs = zip(rates, ([1, 1j], [1, -1j]), strict=True)
        return [np.sqrt(rate / 2) * np.array(c) for rate, c in pairs if rate > of_D[0, 0]]
    values[values < np.linalg.norm(of_A / size) / 8] = 0.0
    found = (np.sqrt(values) * vectors.conj() * scale[:, None]).T
    return [_without_phase(c) for c in found[::-1] if np.any(abs(np.outer(c, c)) > of_D)]


def _isotropic(gamma: Array, error: Array) -> bool:
    """Whether the noise of one mode is the same in all directions: its jumps are ∝ a and a†."""
    return max(abs(gamma[0, 0] - gamma[1, 1]), abs(gamma[0, 1].real)) <= 2 * float(error.max())


def _without_phase(c: Array) -> Array:
    """c with the phase that makes the largest coefficient of an a or a† real and positive."""
    ladder = np.concatenate([c[0::2] - 1j * c[1::2], c[0::2] + 1j * c[1::2]])
    largest = ladder[np.argmax(np.abs(ladder) > (1 - 1e-6) * np.abs(ladder).max())]
    return np.asarray(c * (abs(largest) / largest))


def _refuse_noise(model: Any, rows: Array) -> None:
    modes = list(dict.fromkeys(model.modes[row // 2] for row in rows))
    rubbed = [mode for mode in modes if f"{mode}.force" in model.channels]
    remedy = (
        f"rub({rubbed[0]!r}, …) is friction on the momentum alone: replace it by "
        f"lose({rubbed[0]!r}, port, energy_rate=…, occupation=…)"
        if rubbed
        else "feed needs shared_vacuum=True, backscatter needs backward = conj(forward), and a "
        "published system noise = 'consistent'"
    )
    raise RefusedError(
        "the model has no master equation, because the noise is less than its damping or gain "
        f"needs (at {', '.join(modes)}); {remedy}"
    )
