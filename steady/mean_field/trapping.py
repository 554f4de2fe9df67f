"""Regions around stable fixed points that the mean field cannot leave, by Lyapunov functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import Array
from ..lyapunov.solver import UnstableError, solve_lyapunov
from ..roots.newton import CERTIFIED, polished, residual
from ..stability import instability_kind
from .drift_terms import SparseTerms
from .flow import Flow

SETTLED = 0.01
"""Distance from the end, relative to its size, that counts as settled."""
SAME = 1e-9
"""Distance of two roots, relative to their size, below which they are the same."""


@dataclass(frozen=True)
class ReachedPoint:
    """A fixed point u (n,) that was reached, its branch, and the size that `SETTLED` refers to."""

    branch: int
    u: Array
    size: float


@dataclass(frozen=True)
class TrappingRegion(ReachedPoint):
    """A stable fixed point with drift matrix A (n, n), and where it traps the mean field.

    P (n, n) defines the Lyapunov function δᵀPδ, which decays within `radius` of the fixed point.
    """

    A: Array
    P: Array
    radius: float

    @classmethod
    def of(cls, flow: Flow, u: Array, branch: int, start: Array) -> TrappingRegion:
        """The region of a stable fixed point u (n,).

        Its size is the larger of the norms of fixed point and start (n,).
        """
        A = flow.jacobian(u)
        P = solve_lyapunov(A.T, np.eye(len(u)))
        curvature = flow.terms.curvature(u, flow.scale)
        radius = 1 / (2 * np.linalg.norm(P, 2) * curvature) if curvature else np.inf
        size = float(max(np.linalg.norm(u), np.linalg.norm(start)))
        return cls(branch, u, size, A, P, float(radius))

    def largest_distance(self, u: Array) -> float:
        """Largest distance from the fixed point on the level set of u (n,)."""
        delta = u - self.u
        return float(np.sqrt(delta @ self.P @ delta / np.linalg.eigvalsh(self.P)[0]))

    def contains(self, u: Array) -> bool:
        """Whether a mean field at u (n,) stays within `SETTLED` of the fixed point for good."""
        return self.largest_distance(u) <= min(self.radius, SETTLED * self.size)


FindTrap = Callable[[Array], TrappingRegion | None]
"""The region that traps a mean field at u (n,), if there is one."""


def trap_among(traps: list[TrappingRegion]) -> FindTrap:
    """The search among the regions of all stable fixed points."""
    return lambda u: next((trap for trap in traps if trap.contains(u)), None)


def trap_by_newton(mean: Model, flow: Flow, begin: Array) -> FindTrap:
    """The search by Newton's method from the mean field itself.

    `mean` is the mean-level drift of `flow`, `begin` (n,) the start.
    """
    points = mean.deterministic.at()
    known: list[tuple[Array, TrappingRegion | None]] = []

    def trap_at(u: Array) -> TrappingRegion | None:
        root = _root_near(points, flow, u)
        size = max(np.linalg.norm(root), np.linalg.norm(begin))
        if not np.linalg.norm(u - root) <= SETTLED * size:
            return None
        if not known or np.linalg.norm(known[0][0] - root) > SAME * np.linalg.norm(root):
            known[:] = [(root, _certified_trap(points, flow, root, begin))]
        trap = known[0][1]
        return trap if trap and trap.contains(u) else None

    return trap_at


def _root_near(points: Model, flow: Flow, u: Array) -> Array:
    """Where Newton's method leads from u (n,); NaN for nowhere. `points` is the drift of `flow`."""
    if isinstance(flow.terms, SparseTerms):
        return flow.terms.newton(u)
    return np.asarray(polished(points, u[None])[0])


def _certified_trap(points: Model, flow: Flow, root: Array, begin: Array) -> TrappingRegion | None:
    """The region of the stable root at u (n,), or None; `begin` (n,) is the start."""
    A = flow.jacobian(root)
    if np.linalg.eigvals(A).real.max() > 0:
        return None
    root = polished(points, root[None])[0]
    A = flow.jacobian(root)
    if residual(points, root[None])[0] > CERTIFIED or instability_kind(A) != "stable":
        return None
    try:
        return TrappingRegion.of(flow, root, 0, begin)
    except (UnstableError, ValueError):
        return None
