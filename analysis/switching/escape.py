"""The most probable escape path from a branch, and what truncated Wigner drops along it.

For weak noise a path leaves a branch along one most probable path, from the branch to the saddle on
the border, at a rate ∝ e^{−S}. With W ∝ e^{−S} the Fokker–Planck equation gives ∂S/∂t + h = 0,
h(u, p) = f·p + ½ pᵀDp and p = ∇S, so that the path has u̇ = f + Dp and S = ½∫pᵀDp dt is least
(Freidlin and Wentzell, doi:10.1007/978-3-642-25847-3). The Moyal bracket that truncated Wigner cuts
off adds

    h₃ = (1/24) Σ ∂_i∂_j∂_k H (Ωp)_i (Ωp)_j (Ωp)_k,

which changes the logarithm of the rate by ∫h₃ dt along the path, to first order. Where this change
is not small, truncated Wigner does not give the rate of the quantum system, and the first order
only gives the order of magnitude of the error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from scipy.integrate import solve_ivp
from scipy.sparse.linalg import spsolve

from ...sde.model.model import Model
from ...sde.model.uncertainty import symplectic_form_of
from ...sde.support.checks import Array

STEPS = 800
"""Steps of the path."""
DURATION = 12.0
"""Duration of the path, in slowest relaxation times."""
MOST_ITERATIONS = 100
"""Iterations of the minimisation, at most."""
ACTION_TOLERANCE = 1e-6
"""Relative decrease of the action that ends the minimisation."""
MOST_NEWTON_STEPS = 50
"""Steps of Newton's method to a fixed point, at most."""
LEAST_DIFFUSION = 1e-6
"""Diffusion given to every direction, over the mean one, so that the action is finite."""


@dataclass(frozen=True)
class Escape:
    """Least action S of leaving a branch, and the change of ln(rate) by truncation.

    `dropped` is that change to first order: ∫h₃ dt along the path.
    """

    action: float
    dropped: float


def escape(model: Model, branch: Array, saddle: Array, slowest: float) -> Escape | None:
    """The most probable escape path from a stable fixed point over a saddle.

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
    begin = _fixed_point(model, branch, 0)
    end = _fixed_point(model, saddle, 1)
    if begin is None or end is None:
        return None
    path = _reversed_flow(model, begin, end, duration)
    if path is None:
        return None
    path, action = _least_action(model, path, duration / STEPS)
    middle, p = _momenta(model, path, duration / STEPS)
    return Escape(action, float(moyal_term(model, middle, p).sum() * duration / STEPS))


def moyal_term(model: Model, u: Array, p: Array) -> Array:
    """h₃ at points u (points, n) with momenta p (points, n), rad/s."""
    omega = symplectic_form_of(model.A)
    Q, K = model.tensors
    curvature = 2 * Q + 6 * np.einsum("ljkm,tm->tljk", K, u)
    w = p @ omega.T
    return np.asarray(np.einsum("li,tljk,ti,tj,tk->t", omega, curvature, w, w, w) / 24)


def _fixed_point(model: Model, u: Array, unstable: int) -> Array | None:
    """The fixed point of the c-number drift that Newton's method reaches from u (n,).

    None unless the number of its unstable directions is `unstable`.
    """
    for _ in range(MOST_NEWTON_STEPS):
        change = np.linalg.solve(model.jacobian(u), model.drift(u))
        u = u - change
        if np.linalg.norm(change) <= 1e-12 * (1 + np.linalg.norm(u)):
            rates = np.linalg.eigvals(model.jacobian(u)).real
            return u if np.count_nonzero(rates > 0) == unstable else None
    return None


def _reversed_flow(model: Model, branch: Array, saddle: Array, duration: float) -> Array | None:
    """The deterministic flow from beside the saddle to the branch, in reverse: (steps + 1, n)."""
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
            t_eval=np.linspace(0, duration, STEPS + 1),
        )
        distance = np.linalg.norm(flow.y[:, -1] - branch)
        if flow.success and distance < 0.1 * np.linalg.norm(saddle - branch):
            path = flow.y.T[::-1].copy()
            path[0] = branch
            path[-1] = saddle
            return path
    return None


def _whitening(model: Model) -> Array:
    """W (n, n) with WᵀW = D⁻¹, after `LEAST_DIFFUSION` is added to D."""
    D = model.diffusion
    n = model.size
    regular = D + LEAST_DIFFUSION * np.trace(D) / n * np.eye(n)
    return np.asarray(np.linalg.inv(np.linalg.cholesky(regular)))


def _residual(model: Model, path: Array, step: float, W: Array) -> tuple[Array, Array]:
    """W(u̇ − f)√step, whose squares add up to twice the action, and midpoints: (steps, n) each."""
    middle = (path[1:] + path[:-1]) / 2
    return (np.diff(path, axis=0) / step - model.drift(middle)) @ W.T * np.sqrt(step), middle


def _momenta(model: Model, path: Array, step: float) -> tuple[Array, Array]:
    """Midpoints and p = D⁻¹(u̇ − f) along a path, (steps, n) each."""
    W = _whitening(model)
    r, middle = _residual(model, path, step, W)
    return middle, r @ W / np.sqrt(step)


def _least_action(model: Model, path: Array, step: float) -> tuple[Array, float]:
    """The path (steps + 1, n) with fixed ends whose action is least, and its action.

    By the Levenberg–Marquardt method.
    """
    W = _whitening(model)
    damping = 1e-3
    residual, middle = _residual(model, path, step, W)
    action = _action(residual)
    for _ in range(MOST_ITERATIONS):
        J = _derivative(model, middle, step, W)
        gradient = J.T @ residual.ravel()
        normal = (J.T @ J).tocsc()
        while damping < 1e12:
            trial = path.copy()
            damped = normal + damping * sp.diags(normal.diagonal())
            trial[1:-1] -= spsolve(damped, gradient).reshape(-1, model.size)
            trial_residual, trial_middle = _residual(model, trial, step, W)
            found = _action(trial_residual)
            if found < action:
                break
            damping *= 4
        else:
            break
        gain = action - found
        action = found
        path = trial
        residual = trial_residual
        middle = trial_middle
        damping /= 8
        if gain < ACTION_TOLERANCE * action:
            break
    return path, action


def _action(residual: Array) -> float:
    """Action ½Σ|residual|² of a residual (steps, n)."""
    return float(np.sum(residual**2) / 2)


def _derivative(model: Model, middle: Array, step: float, W: Array) -> sp.csr_matrix:
    """∂residual/∂path at the inner points of the path, shape (steps · n, (steps − 1) · n)."""
    n = model.size
    count = len(middle)
    slope = model.jacobian(middle) / 2
    begin = W @ (-np.eye(n) / step - slope) * np.sqrt(step)
    end = W @ (np.eye(n) / step - slope) * np.sqrt(step)
    at = np.arange(count)[:, None, None] * n
    rows = np.broadcast_to(at + np.arange(n)[:, None], begin.shape).ravel()
    columns = np.broadcast_to(at + np.arange(n), begin.shape).ravel()
    values = np.concatenate([begin.ravel(), end.ravel()])
    places = np.concatenate([rows, rows]), np.concatenate([columns, columns + n])
    return sp.csr_matrix((values, places), shape=(count * n, (count + 1) * n))[:, n:-n]
