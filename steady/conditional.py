"""Steady states conditioned on continuous records of output light: the Riccati equation in place of
Lyapunov's.

Records y read dy = C u dt + D dW, their noise correlated with that of du = A u dt + B dW. The
covariance of what they leave unknown (Kalman and Bucy, doi:10.1115/1.3658902; quantum: Wiseman and
Doherty, doi:10.1103/PhysRevLett.94.070405) obeys

    A V + V Aᵀ + B Bᵀ − K R Kᵀ = 0,    K = (V Cᵀ + S) R⁻¹,    R = D Dᵀ,    S = B Dᵀ

With the gain K, what is unknown decays at the eigenvalues of F = A − K C and is fed by (B − K D)
dW. Newton's method takes V from this Lyapunov equation, K from V, and so on (Kleinman,
doi:10.1109/TAC.1968.1098829): from any K with a stable F, V falls monotonically, in the end
quadratically, and only then is F stable. Start: the sign of the Hamiltonian matrix (Roberts,
doi:10.1080/00207178008922881), which A need not be stable for; K = 0 where rounding spoils it. V
and the residual are kept in `numpy.longdouble`, as 0.1 may be left of one variance beside 10⁶ of
another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ..sde.labels import Q_, Q, point_dimensions, provenance, quadrature_coordinates, variable
from ..sde.model.model import Model
from ..sde.model.uncertainty import symplectic_form_of
from ..sde.support.checks import Array, common_shape, nearest, numbers, shown
from ..sde.system import System, as_model
from .lyapunov.solver import UnstableError, solve_lyapunov
from .stability import as_matrices, binary_scale, decisive, instability_kind, spectrum

Record = Mapping[str, Any]
"""Weights of output quadratures, such as {"fibre.X": 1.0, "fibre.Y": 0.5}; numbers or arrays over
parameter points.
"""
STEPS = 100
"""Newton's method halves V at worst, so that these would do for variances that fall by 10³⁰."""
STALLING = 1e-9
"""Relative change of V below which a step that is not half the one before is rounding."""
INDEPENDENT = 1e-12
"""Least eigenvalue of the correlations of the records' noise; also the commutator, relative, that
counts as zero.
"""
DOUBLINGS = 60
"""Iterations for the sign of a matrix; its eigenvalues may lie within 1e-12 of the imaginary axis.
"""


def conditional_covariance(
    system: System | Model, records: Sequence[Record], mean: ArrayLike | None = None
) -> xr.DataArray:
    """Steady covariance (..., quadrature, quadrature_) of what records of the light that leaves do
    not tell.

    Each record is one measured combination of output quadratures, by name of port: {"upper.X": 1,
    "lower.X": 1}. Its scale is of no consequence. Weights may be arrays over parameter points. A
    nonlinear model needs the mean (..., n) about which it fluctuates, one of `fixed_points`; a
    linear one does not.

    Raises ValueError for no records, unknown ports, light that is fed on to another port, records
    that do not commute (no detector reads both) or repeat one another, and a missing mean;
    UnstableError where a fluctuation that does not decay is not seen by the records.
    """
    model = as_model(system)
    if mean is None and not model.linear:
        raise ValueError(
            "mean must be given for a nonlinear model: a fixed point about which it fluctuates"
        )
    weights = _weights(model, records)
    A = model.jacobian(np.zeros(model.size) if mean is None else numbers("mean", mean), "mean")
    C = weights @ np.concatenate([port.C for port in model.ports.values()], axis=-2)
    D = weights @ np.concatenate([port.D for port in model.ports.values()], axis=-2)
    V = solve_riccati(A, model.B, C, D)
    points, coordinates = point_dimensions(system, model)
    points = [f"point_{axis}" for axis in range(V.ndim - 2 - len(points))] + points
    labelled = variable([*points, Q, Q_], V, "1", "steady covariance, given the records")
    labelled.attrs["provenance"] = provenance(system, records=records, mean=mean)
    return xr.DataArray(
        labelled, coords={**coordinates, **quadrature_coordinates(model)}, name="covariance"
    )


def solve_riccati(A: ArrayLike, B: ArrayLike, C: ArrayLike, D: ArrayLike) -> Array:
    """The V (..., n, n), exactly symmetric, with A V + V Aᵀ + B Bᵀ = K D Dᵀ Kᵀ and A − K C stable,
    K as above.

    A (..., n, n) in rad/s, B (..., n, channels), C (..., records, n) and D (..., records,
    channels), noise as in B. A need not be stable. Raises UnstableError, naming the eigenvalue,
    where no K stabilises A − K C; ValueError for shapes that do not match and records without
    independent noise; ArithmeticError if the iteration does not settle.
    """
    A = as_matrices("A", A)
    B, C, D = _matching(A, B, C, D)
    C, D = _independent(C, D)
    K = _first_gain(A, B, C, D)
    _refuse_unseen(A - K @ C)
    V = np.zeros(A.shape, np.longdouble)
    settled, last = np.zeros(A.shape[:-2], bool), np.inf
    for _ in range(STEPS):
        F, residual = _given_gain(A, B, C, D, K, V)
        step = np.where(settled[..., None, None], 0.0, solve_lyapunov(F, residual))
        V = V + step
        K = _gain(B, C, D, V.astype(float))
        change = np.abs(step).max(axis=(-2, -1)) / np.maximum(
            np.abs(V).max(axis=(-2, -1)), np.finfo(float).tiny
        )
        settled = (
            settled
            | (change <= np.finfo(float).eps)
            | ((change <= STALLING) & (change >= last / 2))
        )
        if np.all(settled):
            return V.astype(float)
        last = change
    raise ArithmeticError(
        f"the Riccati equation did not settle in {STEPS} steps (last change {np.max(change):.1e})"
    )


def _gain(B: Array, C: Array, D: Array, V: Array) -> Array:
    """K = (V Cᵀ + B Dᵀ)(D Dᵀ)⁻¹."""
    gathered = C @ V + D @ _transposed(B)
    return _transposed(np.linalg.solve(D @ _transposed(D), gathered))


def _given_gain(A: Array, B: Array, C: Array, D: Array, K: Array, V: Array) -> tuple[Array, Array]:
    """F = A − K C, and F V + V Fᵀ + (B − K D)(B − K D)ᵀ computed in the precision of V."""
    exact = K.astype(V.dtype)
    F, noise = A - exact @ C, B - exact @ D
    FV = F @ V
    return F.astype(float), (FV + _transposed(FV) + noise @ _transposed(noise)).astype(float)


def _first_gain(A: Array, B: Array, C: Array, D: Array) -> Array:
    """A gain K that stabilises A − K C: nearly the final one, from the sign of the Hamiltonian
    matrix, else 0.

    H = [[Aᵀ, −G], [−Q, −A]] with A, G = Cᵀ R⁻¹ C and Q those of K = S R⁻¹ maps [1; V] to [1; V] Fᵀ
    with F stable, so that (sign H + 1)[1; V] = 0.
    """
    n, zero = A.shape[-1], np.zeros(A.shape)
    F, Q = _given_gain(A, B, C, D, _gain(B, C, D, zero), zero)
    G = _transposed(C) @ np.linalg.solve(D @ _transposed(D), C)
    H = np.concatenate([np.concatenate([_transposed(F), -G], -1), np.concatenate([-Q, -F], -1)], -2)
    decaying = _sign(H) + np.eye(2 * n)
    V = -np.linalg.pinv(decaying[..., n:]) @ decaying[..., :n]
    K = _gain(B, C, D, 0.5 * (V + _transposed(V)))
    stable = instability_kind(A - K @ C) == "stable"
    return np.where(stable[..., None, None], K, 0.0)


def _sign(H: Array) -> Array:
    """The matrix with the eigenvectors of H and the signs of its eigenvalues' real parts; 0 where H
    is singular.
    """
    Z = H / binary_scale(H)[..., None, None]
    moving = np.ones(Z.shape[:-2], bool)
    for _ in range(DOUBLINGS):
        sign, size = np.linalg.slogdet(Z)
        singular = np.asarray((sign == 0) | ~np.isfinite(size))[..., None, None]
        scale = np.exp(-np.where(np.isfinite(size), size, 0.0) / Z.shape[-1])[..., None, None]
        inverse = np.linalg.inv(np.where(singular, np.eye(Z.shape[-1]), Z))
        following = np.where(singular, 0.0, 0.5 * (scale * Z + inverse / scale))
        change, size = (np.abs(M).max(axis=(-2, -1)) for M in (following - Z, following))
        Z = np.where(moving[..., None, None], following, Z)
        moving &= change > 1e-12 * size
        if not moving.any():
            break
    return Z


def _refuse_unseen(F: Array) -> None:
    leading, zero = decisive(*spectrum(F))
    refused = np.asarray(leading.real >= -zero)
    if np.any(refused):
        place = f" at index {tuple(map(int, np.argwhere(refused)[0]))}" if refused.ndim else ""
        raise UnstableError(
            f"no steady state given these records{place}: they do not see the fluctuation with eigenvalue "
            f"{leading[refused][0]:.6g} rad/s, which does not decay; measure light that carries it"
        )


def _matching(A: Array, *matrices: ArrayLike) -> list[Array]:
    """B, C and D as arrays with the leading axes of all, checked."""
    B, C, D = (numbers(name, matrix) for name, matrix in zip("BCD", matrices, strict=True))
    n, records, channels = A.shape[-1], C.shape[-2:-1], B.shape[-1:]
    if (B.shape[-2:-1], C.shape[-1:], D.shape[-2:]) != ((n,), (n,), records + channels):
        raise ValueError(
            "B, C and D must have shapes (..., n, channels), (..., records, n) and (..., records, channels) "
            f"with n = {n} (got {B.shape}, {C.shape} and {D.shape})"
        )
    if not all(np.all(np.isfinite(matrix)) for matrix in (B, C, D)):
        raise ValueError("B, C and D must be finite")
    lead = common_shape({name: M.shape[:-2] for name, M in zip("ABCD", (A, B, C, D), strict=True)})
    return [np.broadcast_to(matrix, lead + matrix.shape[-2:]) for matrix in (B, C, D)]


def _independent(C: Array, D: Array) -> tuple[Array, Array]:
    """The records in units of their own noise; ValueError where one has none beyond that of the
    others.
    """
    noise = np.linalg.norm(D, axis=-1, keepdims=True)
    C, D = (matrix / np.where(noise > 0, noise, 1.0) for matrix in (C, D))
    if np.any(np.linalg.eigvalsh(D @ _transposed(D))[..., 0] <= INDEPENDENT):
        raise ValueError(
            "records must each carry noise of their own (D Dᵀ is singular); leave out those that "
            "repeat"
        )
    return C, D


def _weights(model: Model, records: Sequence[Record]) -> Array:
    """Weights (..., records, 2 ports) of the output quadratures, checked."""
    names = [f"{port}.{axis}" for port in model.ports for axis in "XY"]
    if not (
        isinstance(records, Sequence) and all(isinstance(record, Mapping) for record in records)
    ):
        example = "[{'fibre.X': 1.0}]"
        raise ValueError(
            f"records must be a list of combinations, such as {example} (got {shown(records)})"
        )
    if not records:
        raise ValueError(
            f"records must hold at least one combination of {', '.join(names)} (got none)"
        )
    for name in (name for record in records for name in record):
        _check_name(model, name, names)
    rows = [
        [numbers(f"weight of {name!r}", record.get(name, 0.0)) for name in names]
        for record in records
    ]
    lead = np.broadcast_shapes(*(weight.shape for row in rows for weight in row))
    weights = np.stack(
        [np.stack([np.broadcast_to(w, lead) for w in row], axis=-1) for row in rows], axis=-2
    )
    if not np.all(np.isfinite(weights)):
        raise ValueError("records must have finite weights")
    _require_commuting(weights)
    return weights


def _check_name(model: Model, name: str, names: list[str]) -> None:
    if name not in names:
        raise ValueError(
            f"record of {shown(name)}, which the model does not emit: "
            f"{nearest(str(name), names, 'it emits')}"
        )
    onward = model.ports[name.rpartition(".")[0]].onward
    if onward:
        raise ValueError(
            f"record of {name!r}, whose light is fed on to port {onward!r}: measure what leaves "
            "there"
        )


def _require_commuting(weights: Array) -> None:
    omega = symplectic_form_of(weights)
    sizes = np.linalg.norm(weights, axis=-1)
    commutators = np.abs(weights @ omega @ _transposed(weights))
    clash = commutators > INDEPENDENT * sizes[..., :, None] * sizes[..., None, :]
    if np.any(clash):
        first, second = np.argwhere(clash)[0][-2:]
        raise ValueError(
            f"records {first} and {second} do not commute, so no detector reads both; "
            "take one quadrature of each beam, or let the beam leave by two ports"
        )


def _transposed(M: Array) -> Array:
    return np.swapaxes(M, -1, -2)
