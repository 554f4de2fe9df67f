"""The exact counterpart of switching: the Liouvillian gap of the master equation behind a model of
one or two modes.

A model holds c-numbers, and these fix its master equation. The drift's Hamiltonian part Ω∇H is the
Weyl symbol H, whose operator has all products symmetrised; what remains of the linear drift, with
the diffusion, fixes the dissipator: with L_j = Λ_j·u, Γ = Σ_j Λ_j* Λ_jᵀ is (Ωᵀ D Ω) +
i·antisymmetric part of ΩᵀA, and the eigenvectors of Γ are the jump operators. So a model needs
neither its terms nor its ports for this, and one whose commutators are not kept (friction on a
momentum alone) has Γ with a negative eigenvalue, and no master equation.

Two eigenvalues near zero mean two metastable states, which decay into one at the gap: r₁ + r₂ of
the full quantum theory (Minganti, Biella, Bartolo and Ciuti, doi:10.1103/PhysRevA.98.042118).
Truncated Wigner drops the third derivatives of H; whatever else the trajectories do, the gap tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import permutations

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, eigs, splu

from ...sde.model.gaussian_state import Gaussian
from ...sde.model.model import Model
from ...sde.model.uncertainty import symplectic_form_of
from .branch_labels import Array

MOST_LEVELS = (200, 100)
"""Dimension of the Hilbert space, for one mode and for two, beyond which the gap is refused."""
DEGREE = 4
GROWTH, AGREED = 1.25, 1e-4
"""Factor of the Fock levels from one attempt to the next, and the relative change of the gap that
ends them.
"""
REACH = 2.5
"""Standard deviations beyond the means that the first attempt has room for."""
SHIFT = 1e-3
"""Eigenvalues are sought near this share of the largest rate of the jumps: beside zero, where there
is an inverse.
"""
RESOLVED = 1e-11
"""Gap over the largest rate of the jumps that double precision resolves."""
TINY = 1e-9


class NoLiouvillianError(ValueError):
    """The model has no master equation, or one that is too large; the message says which."""


@dataclass(frozen=True)
class Liouvillian:
    """The gap and the real part of the next eigenvalue, rad/s; quanta of the modes in the steady
    state; Fock levels.

    `change` is how much the gap still moved at the last growth of the levels, as a share.
    """

    gap: float
    following: float
    quanta: tuple[float, ...]
    levels: tuple[int, ...]
    change: float


def liouvillian_gap(model: Model, states: tuple[Gaussian, ...]) -> Liouvillian:
    """The gap of the model's master equation, with Fock levels added until it stays.

    Parameters
    ----------
    model : Model
        Of one or two modes and one parameter point.
    states : tuple of Gaussian
        The branches, which tell how many levels are needed.

    Returns
    -------
    Liouvillian
        The gap in rad/s, and what it was found with.

    Raises
    ------
    NoLiouvillianError
        For more than two modes, a drift that no Hamiltonian with linear jumps gives, modes without
        damping, and more levels than fit.

    Examples
    --------
    >>> steady = steady_state(model)
    >>> stable = steady.isel(branch=steady["stable"].values)
    >>> states = [Gaussian(*each) for each in zip(stable["mean"].values, stable["covariance"].values)]
    >>> liouvillian_gap(model, tuple(states)).gap
    0.0038088
    """
    if len(model.modes) > len(MOST_LEVELS):
        raise NoLiouvillianError(
            f"the Liouvillian gap takes one mode or two (got {len(model.modes)})"
        )
    _require_hamiltonian(model)
    scale = float(np.linalg.eigvalsh(_dissipator(model))[-1])
    levels, found = _first_levels(states), None
    while True:
        _require_small(levels)
        previous, found = found, _spectrum(model, levels, scale)
        change = np.inf if previous is None else abs(previous[0] / found[0] - 1)
        if change < AGREED or found[0] < RESOLVED * scale:
            break
        levels = tuple(int(np.ceil(GROWTH * n)) for n in levels)
    if found[0] < RESOLVED * scale:
        raise NoLiouvillianError(
            f"the Liouvillian gap is below {RESOLVED * scale:.1g} rad/s, less than double "
            "precision resolves"
        )
    return Liouvillian(found[0], found[1], found[2], levels, float(change))


def _first_levels(states: tuple[Gaussian, ...]) -> tuple[int, ...]:
    """Fock levels up to `REACH` standard deviations beyond the farthest branch, for each mode."""
    levels = []
    for at in range(len(states[0].mean) // 2):
        pair = slice(2 * at, 2 * at + 2)
        reach = [
            np.linalg.norm(state.mean[pair])
            + REACH * np.sqrt(np.linalg.eigvalsh(state.covariance[pair, pair])[-1])
            for state in states
        ]
        levels.append(int(np.ceil(max(reach) ** 2 / 2)) + 4)
    return tuple(levels)


def _require_small(levels: tuple[int, ...]) -> None:
    most, size = MOST_LEVELS[len(levels) - 1], int(np.prod(levels))
    if size > most:
        raise NoLiouvillianError(
            f"the Liouvillian gap needs {' × '.join(map(str, levels))} Fock levels or more, and {most} are feasible: "
            "the branches hold too many quanta"
        )


def _spectrum(
    model: Model, levels: tuple[int, ...], scale: float
) -> tuple[float, float, tuple[float, ...]]:
    """Gap and next eigenvalue, and the quanta of the steady state."""
    size = int(np.prod(levels))
    L = sp.csc_matrix(real_form(liouvillian(model, levels), size) / scale)
    factors = splu(
        sp.csc_matrix(L - SHIFT * sp.eye(size**2)),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.1,
        options={"SymmetricMode": True},
    )
    solve = LinearOperator(L.shape, factors.solve, dtype=float)
    values, vectors = eigs(L, k=3, sigma=SHIFT, OPinv=solve, v0=np.ones(size**2))
    order = np.argsort(np.abs(values))
    occupied = vectors[:size, order[0]].real
    occupied = (occupied / occupied.sum()).reshape(levels)
    quanta = [
        float(np.moveaxis(occupied, at, 0).reshape(n, -1).sum(axis=1) @ np.arange(n))
        for at, n in enumerate(levels)
    ]
    return (
        float(-values[order[1]].real * scale),
        float(-values[order[2]].real * scale),
        tuple(quanta),
    )


def liouvillian(model: Model, levels: tuple[int, ...]) -> sp.csc_matrix:
    """The generator of the density matrix, rows first, over so many Fock levels of each mode."""
    R, kept = _quadratures(levels)
    H = hamiltonian(model, R)[kept][:, kept]
    one = sp.eye(H.shape[0], format="csr")
    L = -1j * (sp.kron(H, one) - sp.kron(one, H.T))
    for J in jumps(model, R):
        J = J[kept][:, kept]
        JJ = J.getH() @ J
        L = L + sp.kron(J, J.conj()) - (sp.kron(JJ, one) + sp.kron(one, JJ.T)) / 2
    return sp.csc_matrix(L)


def real_form(L: sp.csc_matrix, size: int) -> sp.csc_matrix:
    """The generator as it acts on the real numbers that make a Hermitian matrix: its diagonal, then
    √2 Re and √2 Im.
    """
    row, column = np.triu_indices(size, 1)
    one, diagonal, above = np.full(len(row), np.sqrt(0.5)), np.arange(size), np.arange(len(row))
    real, imaginary = size + above, size + len(row) + above
    upper, lower = row * size + column, column * size + row
    T = sp.csr_matrix(
        (
            np.concatenate([np.ones(size), one, one, -1j * one, 1j * one]),
            (
                np.concatenate([diagonal, real, real, imaginary, imaginary]),
                np.concatenate([diagonal * (size + 1), upper, lower, upper, lower]),
            ),
        ),
        shape=(size**2, size**2),
    )
    return sp.csc_matrix((T @ L @ T.getH()).real)


def hamiltonian(model: Model, R: list[sp.csr_matrix]) -> sp.csr_matrix:
    """The operator of the Weyl symbol behind the drift, over quadrature operators R: products in
    all orders alike.
    """
    inverse = symplectic_form_of(model.A).T
    Q, K = model.tensors
    linear = inverse @ model.A
    symbols = [
        inverse @ model.c,
        (linear + linear.T) / 4,
        np.einsum("il,ljk->ijk", inverse, Q) / 3,
        np.einsum("il,ljkm->ijkm", inverse, K) / 4,
    ]
    H = 0 * R[0]
    for symbol in symbols:
        for place in map(tuple, np.argwhere(symbol)):
            orders = list(permutations(place))
            products = (reduce(lambda a, b: a @ b, (R[k] for k in order)) for order in orders)
            H = H + symbol[place] / len(orders) * reduce(lambda a, b: a + b, products)
    return sp.csr_matrix(H)


def jumps(model: Model, R: list[sp.csr_matrix]) -> list[sp.csr_matrix]:
    """Jump operators √(rad/s): the eigenvectors of Γ."""
    rates, vectors = np.linalg.eigh(_dissipator(model))
    return [
        sp.csr_matrix(
            reduce(
                lambda a, b: a + b,
                (np.sqrt(rate) * np.conj(w) * r for w, r in zip(vector, R, strict=True)),
            )
        )
        for rate, vector in zip(rates, vectors.T, strict=True)
        if rate > TINY * rates[-1]
    ]


def _dissipator(model: Model) -> Array:
    """Γ (n, n), Hermitian, rad/s."""
    inverse = symplectic_form_of(model.A).T
    linear = inverse @ model.A
    return np.asarray(inverse @ model.diffusion @ inverse.T + 0.5j * (linear - linear.T))


def _require_hamiltonian(model: Model) -> None:
    """Refuse a drift that is not Ω∇H with linear jumps. Raises NoLiouvillianError."""
    inverse = symplectic_form_of(model.A).T
    for tensor in (np.einsum("il,l...->i...", inverse, each) for each in model.tensors):
        if np.abs(tensor - np.swapaxes(tensor, 0, 1)).max(initial=0) > TINY * np.abs(tensor).max(
            initial=0
        ):
            raise NoLiouvillianError(
                "the nonlinear drift follows from no Hamiltonian, so there is no Liouvillian"
            )
    rates = np.linalg.eigvalsh(_dissipator(model))
    if not rates[-1] > 0:
        raise NoLiouvillianError("nothing damps the modes, so there is no gap: let one lose quanta")
    if rates[0] < -TINY * rates[-1]:
        raise NoLiouvillianError(
            "noise and damping keep no commutators, as friction on a momentum alone does, so there is no Liouvillian: "
            "let the mode lose quanta instead"
        )


def _quadratures(levels: tuple[int, ...]) -> tuple[list[sp.csr_matrix], Array]:
    """X₁, Y₁, … over some more Fock levels, so that products are right, and the indices of the
    levels that are kept.
    """
    full = [n + DEGREE for n in levels]
    R = []
    for at, n in enumerate(full):
        a = sp.diags(np.sqrt(np.arange(1.0, n)), 1)
        before, after = int(np.prod(full[:at])), int(np.prod(full[at + 1 :]))
        for part in ((a + a.T) / np.sqrt(2), (a - a.T) / (1j * np.sqrt(2))):
            R.append(sp.csr_matrix(sp.kron(sp.kron(sp.eye(before), part), sp.eye(after))))
    index = np.arange(int(np.prod(full))).reshape(full)
    return R, index[tuple(slice(n) for n in levels)].ravel()
