"""How much of a switching rate is truncated Wigner's own: the most probable way out, and what is
dropped along it.

For weak noise a branch is left along one path, from the branch to the saddle on the border, at a
rate ∝ e^{−S}. With W ∝ e^{−S} the Fokker–Planck equation says ∂S/∂t + h = 0, h(u, p) = f·p + ½ pᵀDp
and p = ∇S, so that the path has u̇ = f + Dp and S = ½∫pᵀDp dt is least (Freidlin and Wentzell,
doi:10.1007/978-3-642-25847-3). The Moyal bracket that truncated Wigner cuts off adds

    h₃ = (1/24) Σ ∂_i∂_j∂_k H (Ωp)_i (Ωp)_j (Ωp)_k,

which changes the logarithm of the rate by ∫h₃ dt along the path, to first order. That is an
exponent: where it is not small, truncated Wigner gives no rate of the quantum system, only an order
of magnitude of what is missing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.integrate import solve_ivp
from scipy.sparse.linalg import spsolve

from ...sde.model.model import Model
from ...sde.model.uncertainty import symplectic_form_of
from .branch_labels import Array

POINTS, DURATION = 800, 12.0
"""Steps of the path, and its duration in slowest relaxation times."""
ROUNDS, ENOUGH = 100, 1e-6
"""Most rounds of the minimisation, and the relative gain that ends it."""
NEWTON = 50
"""Most steps of Newton's method to a fixed point."""
NOISELESS = 1e-6
"""Diffusion, over the mean one, given to directions without any, so that the action is finite."""


@dataclass(frozen=True)
class Escape:
    """The least action S of leaving a branch, and the first-order change of ln(rate) by what
    truncated Wigner drops.
    """

    action: float
    dropped: float


def escape(model: Model, branch: Array, saddle: Array, slowest: float) -> Escape | None:
    """The most probable way from a stable fixed point over a saddle.

    Parameters
    ----------
    model : Model
        Of one parameter point.
    branch, saddle : Array
        Fixed points (n,) of the mean field, the one stable, the other with one unstable direction.
    slowest : float
        Slowest relaxation rate of both, 1/s.

    Returns
    -------
    Escape or None
        None where the c-number drift of trajectories has no such fixed points beside those of the
        mean field, or its flow from the saddle does not end in the branch.
    """
    duration = DURATION / slowest
    near, over = _fixed_point(model, branch, 0), _fixed_point(model, saddle, 1)
    path = None if near is None or over is None else _downhill(model, near, over, duration)
    if path is None:
        return None
    path, action = _least_action(model, path, duration / POINTS)
    middle, p = _momenta(model, path, duration / POINTS)
    return Escape(action, float(moyal(model, middle, p).sum() * duration / POINTS))


def moyal(model: Model, u: Array, p: Array) -> Array:
    """h₃ at points u (points, n) with momenta p (points, n), rad/s."""
    omega = symplectic_form_of(model.A)
    Q, K = model.tensors
    curvature = 2 * Q + 6 * np.einsum("ljkm,tm->tljk", K, u)
    w = p @ omega.T
    return np.asarray(np.einsum("li,tljk,ti,tj,tk->t", omega, curvature, w, w, w) / 24)


def _fixed_point(model: Model, u: Array, unstable: int) -> Array | None:
    """The fixed point of the c-number drift that Newton's method reaches, with so many unstable
    directions.
    """
    for _ in range(NEWTON):
        change = np.linalg.solve(model.jacobian(u), model.drift(u))
        u = u - change
        if np.linalg.norm(change) <= 1e-12 * (1 + np.linalg.norm(u)):
            rates = np.linalg.eigvals(model.jacobian(u)).real
            return u if np.count_nonzero(rates > 0) == unstable else None
    return None


def _downhill(model: Model, branch: Array, saddle: Array, duration: float) -> Array | None:
    """The deterministic flow from beside the saddle to the branch, backwards: (points + 1, n)."""
    values, vectors = np.linalg.eig(model.jacobian(saddle))
    away = vectors[:, np.argmax(values.real)].real * 1e-2 * np.linalg.norm(branch - saddle)
    for start in (saddle + away, saddle - away):
        flow = solve_ivp(
            lambda _, u: model.drift(u),
            (0, duration),
            start,
            method="LSODA",
            rtol=1e-8,
            atol=1e-8,
            t_eval=np.linspace(0, duration, POINTS + 1),
        )
        if flow.success and np.linalg.norm(flow.y[:, -1] - branch) < 0.1 * np.linalg.norm(
            saddle - branch
        ):
            path = flow.y.T[::-1].copy()
            path[0], path[-1] = branch, saddle
            return path
    return None


def _whitening(model: Model) -> Array:
    """W with WᵀW = D⁻¹, directions without noise given a little."""
    D, n = model.diffusion, model.size
    return np.asarray(
        np.linalg.inv(np.linalg.cholesky(D + NOISELESS * np.trace(D) / n * np.eye(n)))
    )


def _residual(model: Model, path: Array, step: float, W: Array) -> tuple[Array, Array]:
    """What the noise must do, (u̇ − f) in units of it, half of whose squares' sum is the action;
    and the midpoints.
    """
    middle = (path[1:] + path[:-1]) / 2
    return (np.diff(path, axis=0) / step - model.drift(middle)) @ W.T * np.sqrt(step), middle


def _momenta(model: Model, path: Array, step: float) -> tuple[Array, Array]:
    """Midpoints and p = D⁻¹(u̇ − f) along a path."""
    W = _whitening(model)
    r, middle = _residual(model, path, step, W)
    return middle, r @ W / np.sqrt(step)


def _least_action(model: Model, path: Array, step: float) -> tuple[Array, float]:
    """The path with fixed ends whose action is least, by Levenberg's and Marquardt's method."""
    W, damping = _whitening(model), 1e-3
    r, middle = _residual(model, path, step, W)
    action = float(np.sum(r**2) / 2)
    for _ in range(ROUNDS):
        J = _derivative(model, middle, step, W)
        gradient, normal = J.T @ r.ravel(), (J.T @ J).tocsc()
        while damping < 1e12:
            moved = path.copy()
            moved[1:-1] -= spsolve(
                normal + damping * sp.diags(normal.diagonal()), gradient
            ).reshape(-1, model.size)
            r_moved, middle_moved = _residual(model, moved, step, W)
            found = float(np.sum(r_moved**2) / 2)
            if found < action:
                break
            damping *= 4
        else:
            break
        gain, path, r, middle, action, damping = (
            action - found,
            moved,
            r_moved,
            middle_moved,
            found,
            damping / 8,
        )
        if gain < ENOUGH * action:
            break
    return path, action


def _derivative(model: Model, middle: Array, step: float, W: Array) -> sp.csr_matrix:
    """∂residual/∂path at its inner points, sparse."""
    n, count = model.size, len(middle)
    slope = model.jacobian(middle) / 2
    begin = W @ (-np.eye(n) / step - slope) * np.sqrt(step)
    end = W @ (np.eye(n) / step - slope) * np.sqrt(step)
    at = np.arange(count)[:, None, None] * n
    rows = np.broadcast_to(at + np.arange(n)[:, None], begin.shape).ravel()
    columns = np.broadcast_to(at + np.arange(n), begin.shape).ravel()
    values = np.concatenate([begin.ravel(), end.ravel()])
    places = np.concatenate([rows, rows]), np.concatenate([columns, columns + n])
    return sp.csr_matrix((values, places), shape=(count * n, (count + 1) * n))[:, n:-n]
