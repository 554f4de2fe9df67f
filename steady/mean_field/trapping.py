"""Regions around stable fixed points that the mean field cannot leave, by Lyapunov functions.

With A the drift matrix at the fixed point and N(δ) the terms beyond the linear ones,

    d/dt δᵀPδ = −δᵀWδ + 2 δᵀP N(δ),   W = −(AᵀP + PA)

so that δᵀPδ decays where 2‖P‖‖N(δ)‖ < min(W) ‖δ‖. Any P > 0 with W > 0 proves it. Two are tried:
the sum of |y†δ|² over the left eigenvectors y of A, whose level sets are as round as the
eigenvectors allow, and the P of W = 1.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.linalg import solve_continuous_lyapunov

from ...sde.model.model import Model
from ...sde.support.checks import Array
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
class LyapunovFunction:
    """δᵀPδ with P (n, n), which decays along the mean field within `radius` of a fixed point.

    `least` is the smallest eigenvalue of P.
    """

    P: Array
    least: float
    radius: float

    @classmethod
    def of(cls, P: Array, A: Array, curvature: float) -> LyapunovFunction | None:
        """The function of P about a fixed point with drift matrix A (n, n), if it decays.

        Terms beyond the linear ones are at most curvature · ‖δ‖².
        """
        eigenvalues = np.linalg.eigvalsh(P)
        largest = float(np.abs(eigenvalues).max())
        rounding = 4 * len(A) * np.finfo(float).eps * np.linalg.norm(A) * largest
        decay = float(np.linalg.eigvalsh(-(A.T @ P + P @ A))[0] - rounding)
        if not (eigenvalues[0] > 0 and decay > 0):
            return None
        radius = decay / (2 * largest * curvature) if curvature else np.inf
        return cls(P, float(eigenvalues[0]), float(radius))

    def largest_distance(self, delta: Array) -> float:
        """Largest distance from the fixed point on the level set of δ (n,), ∞ if it may grow."""
        distance = float(np.sqrt(delta @ self.P @ delta / self.least))
        return distance if distance <= self.radius else np.inf


@dataclass(frozen=True)
class TrappingRegion(ReachedPoint):
    """A stable fixed point with drift matrix A (n, n), and where it traps the mean field.

    Terms beyond the linear ones are at most curvature · ‖δ‖² up to a distance `reach`.
    """

    A: Array
    curvature: float
    reach: float

    @classmethod
    def of(cls, flow: Flow, u: Array, branch: int, start: Array) -> TrappingRegion:
        """The region of a stable fixed point u (n,).

        Its size is the larger of the norms of fixed point and start (n,).
        """
        curvature = flow.terms.curvature(u, flow.scale)
        size = float(max(np.linalg.norm(u), np.linalg.norm(start)))
        reach = max(flow.scale, SETTLED * size)
        return cls(branch, u, size, flow.jacobian(u), float(curvature), reach)

    def attracts(self, u: Array, distance: float | None = None) -> bool:
        """Whether a mean field at u (n,) is bound to come to the fixed point.

        If a distance is given: and stays within it for good.
        """
        most = self.reach if distance is None else distance
        return any(
            function is not None and function.largest_distance(u - self.u) <= most
            for function in self._functions()
        )

    def contains(self, u: Array) -> bool:
        """Whether a mean field at u (n,) stays within `SETTLED` of the fixed point for good."""
        return self.attracts(u, SETTLED * self.size)

    def _functions(self) -> Iterator[LyapunovFunction | None]:
        """Lyapunov functions about the fixed point, each computed when it is needed."""
        yield self._of_eigenvectors
        yield self._of_unit_decay

    @cached_property
    def _of_eigenvectors(self) -> LyapunovFunction | None:
        left = np.linalg.eig(self.A.T)[1]
        return LyapunovFunction.of((left.conj() @ left.T).real, self.A, self.curvature)

    @cached_property
    def _of_unit_decay(self) -> LyapunovFunction | None:
        with warnings.catch_warnings(action="ignore"):  # of SciPy, where λ_i + λ_j is zero
            P = solve_continuous_lyapunov(self.A.T, -np.eye(len(self.A)))
        return LyapunovFunction.of((P + P.T) / 2, self.A, self.curvature)


FindTrap = Callable[[Array], TrappingRegion | None]
"""The region of the fixed point that attracts a mean field at u (n,), if one is sure to."""


def trap_among(traps: list[TrappingRegion]) -> FindTrap:
    """The search among the regions of all stable fixed points."""
    return lambda u: next((trap for trap in traps if trap.attracts(u)), None)


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
        return trap if trap and trap.attracts(u) else None

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
    return TrappingRegion.of(flow, root, 0, begin)
