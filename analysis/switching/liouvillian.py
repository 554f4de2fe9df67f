"""The Liouvillian gap of the master equation behind a model of one or two modes.

It is the exact counterpart of switching rates. The arrays of a model fix its master equation
(`Model.lindblad`); one whose commutators are not kept, as with friction on a momentum alone, has
none.

Two eigenvalues near zero mean two metastable states, which decay into one at the gap: r₁ + r₂ of
the full quantum theory (Minganti, Biella, Bartolo and Ciuti, doi:10.1103/PhysRevA.98.042118).
Truncated Wigner drops the third derivatives of H; the gap includes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, eigs, splu

from ...sde.model.gaussian_state import Gaussian
from ...sde.model.model import Model
from ...sde.model.operators import Operator
from ...sde.support.errors import RefusedError

MOST_LEVELS = (200, 100)
"""Dimension of the Hilbert space, for one mode and for two, beyond which the gap is refused."""
LEVEL_GROWTH = 1.25
"""Factor of the Fock levels from one attempt to the next."""
GAP_TOLERANCE = 1e-4
"""Relative change of the gap from one attempt to the next that ends them."""
FIRST_REACH = 2.5
"""Standard deviations beyond the means that the first attempt covers."""
SHIFT = 1e-3
"""Eigenvalues are sought near this share of the largest jump rate: zero itself is singular."""
RESOLVED = 1e-11
"""Gap over the largest jump rate that double precision resolves."""


class NoLiouvillianError(ValueError):
    """The model has no master equation, or one that is too large; the message gives the reason."""


@dataclass(frozen=True)
class Liouvillian:
    """The two slowest relaxation rates of a master equation, and how they were found.

    `gap` and `next_rate` are −Re of the two eigenvalues after zero, rad/s; `quanta` of the modes in
    the steady state; Fock `levels`; `change`, the relative change of the gap at the last growth of
    the levels.
    """

    gap: float
    next_rate: float
    quanta: tuple[float, ...]
    levels: tuple[int, ...]
    change: float


def liouvillian_gap(model: Model, states: tuple[Gaussian, ...]) -> Liouvillian:
    """The gap of the model's master equation, with Fock levels added until it converges.

    Parameters
    ----------
    model : Model
        Of one or two modes and one parameter point.
    states : tuple of Gaussian
        The branches, from which the number of Fock levels is estimated.

    Returns
    -------
    Liouvillian
        The gap in rad/s, the next rate, and the Fock levels that were needed.

    Raises
    ------
    NoLiouvillianError
        For more than two modes, a drift that no Hamiltonian with linear jumps gives, modes without
        damping, and more Fock levels than `MOST_LEVELS`.

    Examples
    --------
    >>> import qlangevin as ql
    >>> kerr = ql.Model.build(["a"], [ql.terms.detune("a", -3.0), ql.terms.kerr("a", 0.4),
    ...     ql.terms.drive("a", -2.4j), ql.terms.lose("a", "out", energy_rate=1.0)])
    >>> steady = ql.steady_state(kerr)
    >>> states = tuple(ql.Gaussian(steady["mean"].values[k], steady["covariance"].values[k])
    ...     for k in (0, 2))
    >>> round(liouvillian_gap(kerr, states).gap, 6)
    0.003809
    """
    if len(model.modes) > len(MOST_LEVELS):
        raise NoLiouvillianError(
            f"the Liouvillian gap takes one mode or two (got {len(model.modes)})"
        )
    _, *jumps = _operators(model)
    scale = max(map(_rate, jumps))
    levels = _first_levels(states)
    found = None
    while True:
        _require_small(levels)
        previous = found
        found = _spectrum(model, levels, scale)
        change = np.inf if previous is None else abs(previous[0] / found[0] - 1)
        if change < GAP_TOLERANCE or found[0] < RESOLVED * scale:
            break
        levels = tuple(int(np.ceil(LEVEL_GROWTH * n)) for n in levels)
    if found[0] < RESOLVED * scale:
        raise NoLiouvillianError(
            f"the Liouvillian gap is below {RESOLVED * scale:.1g} rad/s, less than double "
            "precision resolves"
        )
    gap, next_rate, quanta = found
    return Liouvillian(gap, next_rate, quanta, levels, float(change))


def _first_levels(states: tuple[Gaussian, ...]) -> tuple[int, ...]:
    """Fock levels of each mode, up to `FIRST_REACH` deviations beyond the farthest branch."""
    levels = []
    for at in range(len(states[0].mean) // 2):
        pair = slice(2 * at, 2 * at + 2)
        reach = [
            np.linalg.norm(state.mean[pair])
            + FIRST_REACH * np.sqrt(np.linalg.eigvalsh(state.covariance[pair, pair])[-1])
            for state in states
        ]
        levels.append(int(np.ceil(max(reach) ** 2 / 2)) + 4)
    return tuple(levels)


def _require_small(levels: tuple[int, ...]) -> None:
    most = MOST_LEVELS[len(levels) - 1]
    size = int(np.prod(levels))
    if size > most:
        raise NoLiouvillianError(
            f"the Liouvillian gap needs {' × '.join(map(str, levels))} Fock levels or more, and "
            f"{most} are feasible: the branches hold too many quanta"
        )


def _spectrum(
    model: Model, levels: tuple[int, ...], scale: float
) -> tuple[float, float, tuple[float, ...]]:
    """Gap and next rate, rad/s, and the quanta of the modes in the steady state."""
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
    gap, next_rate = (float(-values[order[k]].real * scale) for k in (1, 2))
    return gap, next_rate, tuple(quanta)


def liouvillian(model: Model, levels: tuple[int, ...]) -> sp.csc_matrix:
    """The generator (N², N²) of the density matrix (row-major) over N = ∏ levels Fock states."""
    H, *jumps = (_matrix(each, model.modes, levels) for each in _operators(model))
    one = sp.eye(H.shape[0], format="csr")
    L = -1j * (sp.kron(H, one) - sp.kron(one, H.T))
    for J in jumps:
        JJ = J.getH() @ J
        L = L + sp.kron(J, J.conj()) - (sp.kron(JJ, one) + sp.kron(one, JJ.T)) / 2
    return sp.csc_matrix(L)


def real_form(L: sp.csc_matrix, size: int) -> sp.csc_matrix:
    """The generator on Hermitian matrices, as real numbers: the diagonal, then √2 Re and √2 Im."""
    row, column = np.triu_indices(size, 1)
    half = np.full(len(row), np.sqrt(0.5))
    diagonal = np.arange(size)
    real = size + np.arange(len(row))
    imaginary = real + len(row)
    upper = row * size + column
    lower = column * size + row
    elements = np.concatenate([np.ones(size), half, half, -1j * half, 1j * half])
    to = np.concatenate([diagonal, real, real, imaginary, imaginary])
    source = np.concatenate([diagonal * (size + 1), upper, lower, upper, lower])
    T = sp.csr_matrix((elements, (to, source)), shape=(size**2, size**2))
    return sp.csc_matrix((T @ L @ T.getH()).real)


def _operators(model: Model) -> tuple[Operator, ...]:
    """The Hamiltonian of a model, and its jump operators. Raises NoLiouvillianError."""
    try:
        H, jumps = model.lindblad()
    except RefusedError as error:
        raise NoLiouvillianError(f"there is no Liouvillian: {error}") from None
    if not jumps:
        raise NoLiouvillianError("nothing damps the modes, so there is no gap: let one lose quanta")
    return H, *jumps


def _rate(jump: Operator) -> float:
    """Rate of a jump operator, rad/s: the sum of the squares of its coefficients."""
    return float(sum(abs(complex(c.value)) ** 2 for c in jump.terms.values()))


def _matrix(operator: Operator, modes: tuple[str, ...], levels: tuple[int, ...]) -> sp.csr_matrix:
    """An operator between Fock states, exact, since its products are in normal order."""
    size = dict(zip(modes, levels, strict=True))
    total: Any = sp.csr_matrix((int(np.prod(levels)),) * 2)
    for powers, coefficient in operator.terms.items():
        term: Any = sp.csr_matrix([[complex(coefficient.value)]])
        acting = {mode: (m, n) for mode, m, n in powers}
        for mode in modes:
            a: Any = sp.csr_matrix(sp.diags(np.sqrt(np.arange(1.0, size[mode])), 1))
            m, n = acting.get(mode, (0, 0))
            term = sp.kron(term, a.T**m @ a**n)
        total = total + term
    return sp.csr_matrix(total)
