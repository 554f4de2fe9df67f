"""Steady states conditioned on a continuous record of output light: the Riccati equation in place of Lyapunov's.

A record y reads dy = C u dt + D_y dW. With R = D_y D_yᵀ and S = B D_yᵀ the covariance of what is not yet known obeys

    A V + V Aᵀ + B Bᵀ − K R Kᵀ = 0,    K = (V Cᵀ + S) R⁻¹        (Kalman–Bucy; Wiseman and Doherty,
                                                                    doi:10.1103/PhysRevLett.94.070405)

solved by Newton's method from V without a record (Kleinman, doi:10.1109/TAC.1968.1098829): each step is a Lyapunov
equation with the drift A − K C, V falls monotonically, and the last steps converge quadratically. V and the residual
are kept in `numpy.longdouble`: beside variances of 10⁶ a conditional one of 0.1 is then still right to nine digits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np

from ..sde.model import Model, as_model
from ..sde.polynomial import Array
from ..sde.system import System
from .lyapunov import solve_lyapunov

Record = Mapping[str, Any]
"""Weights of output quadratures, such as {"fibre.X": 1.0, "fibre.Y": 0.5}; numbers or arrays over parameter points."""
STEPS = 200
CONVERGED, SETTLING = 1e-17, 1e-9
"""Relative change of V in one Newton step below which it is the solution; below the second, once it falls no more."""
COMMUTING = 1e-12


def conditional_covariance(system: System | Model, records: Sequence[Record], mean: Array | None = None) -> Array:
    """Steady covariance (..., n, n) given records of the light that leaves, of fluctuations about a mean (..., n).

    A linear model needs no mean. Records are measured together, so they must commute, and light that is fed on to
    another port cannot be measured. Raises ValueError for these, for unknown ports, and for a nonlinear model without
    a mean; UnstableError where there is no steady state without the record.
    """
    model = as_model(system)
    if mean is None:
        if not model.linear:
            raise ValueError("mean must be given for a nonlinear model: that of the branch about which it fluctuates")
        mean = np.zeros(model.size)
    weights = _weights(model, records)
    outputs = [(np.asarray(port.C), np.asarray(port.D)) for port in model.ports.values()]
    C = weights @ np.concatenate([C for C, _ in outputs], axis=-2)
    D = weights @ np.concatenate([D for _, D in outputs], axis=-2)
    return solve_riccati(model.jacobian(mean, "mean"), model.B, C, D)


def solve_riccati(A: Array, B: Array, C: Array, D: Array) -> Array:
    """The stabilising V (..., n, n) of AV + VAᵀ + BBᵀ = (VCᵀ + BDᵀ)(DDᵀ)⁻¹(VCᵀ + BDᵀ)ᵀ for a stable A.

    A (..., n, n) in rad/s, B (..., n, m), C (..., k, n) in √(rad/s), D (..., k, m) with the noise of B.
    Raises UnstableError for an A that is not stable, ValueError for records without noise of their own, and
    ArithmeticError where Newton's method does not settle.
    """
    if np.any(np.linalg.eigvalsh(D @ np.swapaxes(D, -1, -2))[..., 0] <= 0):
        raise ValueError("records must carry independent noise (D Dᵀ is singular); leave out those that repeat others")
    lead = np.broadcast_shapes(*(matrix.shape[:-2] for matrix in (A, B, C, D)))
    A, B, C, D = (np.broadcast_to(matrix, lead + matrix.shape[-2:]) for matrix in (A, B, C, D))
    V = solve_lyapunov(A, B @ np.swapaxes(B, -1, -2)).astype(np.longdouble)
    last = np.full(lead, np.inf)
    for _ in range(STEPS):
        drift, residual = _riccati(A, B, C, D, V)
        step = solve_lyapunov(drift, residual)
        V = V + step
        change = np.abs(step).max(axis=(-2, -1)) / np.abs(V).max(axis=(-2, -1)).astype(float)
        if np.all((change <= CONVERGED) | ((change <= SETTLING) & (change >= last / 2))):
            return V.astype(float)
        last = change
    raise ArithmeticError(f"the Riccati equation did not settle in {STEPS} steps (last change {change.max():.1e})")


def _riccati(A: Array, B: Array, C: Array, D: Array, V: Array) -> tuple[Array, Array]:
    """Filter drift A − K C, and AV + VAᵀ + BBᵀ − K DDᵀ Kᵀ in the precision of V, rounded at the end."""
    B, D = B.astype(V.dtype), D.astype(V.dtype)
    R, S = D @ np.swapaxes(D, -1, -2), B @ np.swapaxes(D, -1, -2)
    gathered = V @ np.swapaxes(C, -1, -2) + S
    K = gathered @ _inverse(R)
    drift = A @ V
    residual = drift + np.swapaxes(drift, -1, -2) + B @ np.swapaxes(B, -1, -2) - K @ np.swapaxes(gathered, -1, -2)
    return (A - K @ C).astype(float), ((residual + np.swapaxes(residual, -1, -2)) / 2).astype(float)


def _inverse(R: Array) -> Array:
    """R⁻¹ in the precision of R: two Newton–Schulz steps on the inverse in double precision."""
    X = np.linalg.inv(R.astype(float)).astype(R.dtype)
    for _ in range(2):
        X = 2 * X - X @ R @ X
    return X


def _weights(model: Model, records: Sequence[Record]) -> Array:
    """Weights (..., records, 2 ports) of the output quadratures, checked."""
    names = [f"{port}.{axis}" for port in model.ports for axis in "XY"]
    if not records:
        raise ValueError(f"records must hold at least one record of {', '.join(names)}")
    for name in {name for record in records for name in record}:
        if name not in names:
            near = get_close_matches(name, names, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names)}"
            raise ValueError(f"record names {name!r}, which does not leave this model: {hint}")
        onward = model.ports[name.rpartition(".")[0]].onward
        if onward:
            raise ValueError(f"record names {name!r}, whose light is fed on to {onward!r}; measure it there")
    rows = [[np.asarray(record.get(name, 0.0), float) for name in names] for record in records]
    lead = np.broadcast_shapes(*(weight.shape for row in rows for weight in row))
    weights = np.stack([np.stack([np.broadcast_to(w, lead) for w in row], axis=-1) for row in rows], axis=-2)
    _require_commuting(weights)
    return weights


def _require_commuting(weights: Array) -> None:
    omega = np.kron(np.eye(weights.shape[-1] // 2), [[0.0, 1.0], [-1.0, 0.0]])
    commutators = np.abs(weights @ omega @ np.swapaxes(weights, -1, -2))
    worst = np.unravel_index(np.argmax(commutators), commutators.shape)
    if commutators[worst] > COMMUTING * np.max(weights**2):
        raise ValueError(
            f"records {worst[-2]} and {worst[-1]} do not commute, so they cannot be measured together; "
            "read one quadrature of each beam, or split the light"
        )
