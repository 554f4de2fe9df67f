"""Large Lyapunov equations by Schur forms: solution, error bound, and a proof that A is stable.

With L X = AX + XAᵀ and the residual R of some V, the error of V − X is L⁻¹(R − L X) for any X. For
stable A, −L⁻¹ keeps the order of symmetric matrices. So where L W = −1 + S with ‖S‖₂ < 1, the rest
r = R − L X has −w W ≤ L⁻¹ r ≤ w W with w = ‖r‖₂/(1 − ‖S‖₂) (Hewer and Kenney,
doi:10.1137/0326018). All this in balanced units, in which slow modes beside fast ones leave W
small. That W is positive shows that A is stable (see `kernel`).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...sde.linear_algebra import twofold
from ...sde.linear_algebra.schur import SchurForm, frobenius_norm, refined
from ...sde.support.checks import Array
from ..stability import MARGINAL, binary_scale, instability_kind
from .kernel import DEFECT, SHIFT

EPSILON = float(np.finfo(float).eps)


def solve_large(A: Array, D: Array, *, error_bound: bool = False) -> tuple[Array, float, bool]:
    """V (n, n) of one equation, a bound on its relative error, and whether A is proven stable.

    V is NaN where the refinement does not settle. The bound is ∞ where there is none, or where it
    is not asked for.
    """
    scale = binary_scale(A)
    equation = _Equation(A / scale)
    form = equation.form
    D = form.inside(D / scale)
    with np.errstate(all="ignore"):
        found = refined(form.solve_inside, lambda V: twofold.lyapunov_residual(form.A, D, V), D)
        stable = equation.proven_stable()
    bound = np.inf
    if error_bound and stable and np.isfinite(found.V).all():
        _, rounding = twofold.two_sum(found.before, -found.correction)
        bound = equation.bound(D, found.V, found.before, found.residual, found.correction, rounding)
    return form.outside(found.V), bound, stable


def bound_by_order(A: Array, D: Array, V: Array) -> float:
    """A bound on ‖V − V_exact‖/‖V‖ for matrices (n, n) of any size; ∞ if A is not stable."""
    scale = binary_scale(A)
    equation = _Equation(A / scale)
    if not (equation.proven_stable() or instability_kind(A) == "stable"):
        return np.inf
    form = equation.form
    D, V = form.inside(D / scale), form.inside(V)
    R = twofold.lyapunov_residual(form.A, D, V)
    X = form.solve_inside(R)
    return equation.bound(D, V, V, R, X, X)


class _Equation:
    """The operator L of a matrix A (n, n) with ½ ≤ ‖A‖ < 1, in the units of its Schur form."""

    def __init__(self, A: Array) -> None:
        self.form = SchurForm(A)
        self.A = self.form.A
        self.one = np.eye(len(A))

    @cached_property
    def order(self) -> tuple[Array, float]:
        """W (n, n), and a bound on ‖S‖ for L W = −1 + S."""
        W = self.form.solve_for_one()
        defect = self._rest(W, self.one)
        if defect > DEFECT:
            W = refined(
                self.form.solve_inside,
                lambda W: twofold.lyapunov_residual(self.A, self.one, W),
                self.one,
            ).V
            defect = self._exact_rest(W, self.one)
        return W, defect if np.isfinite(defect) else np.inf

    def proven_stable(self) -> bool:
        """Whether W shows that all eigenvalues decay, at twice the marginal rate or faster."""
        W, defect = self.order
        n, trace = len(W), np.trace(W)
        if not (
            defect <= DEFECT
            and 8 * MARGINAL * trace <= 1
            and (n + 3) * EPSILON * (2 * trace + n) <= SHIFT
        ):
            return False
        try:
            np.linalg.cholesky(W - SHIFT * self.one)
        except np.linalg.LinAlgError:
            return False
        return True

    def bound(self, D: Array, V: Array, before: Array, R: Array, X: Array, added: Array) -> float:
        """A bound on the relative error of V, which is that of before − X, plus `added`.

        R (n, n) is the residual of `before` for D, in twice double precision, rounded.
        """
        W, defect = self.order
        if not defect < 1:
            return np.inf
        square = self.form.square
        rounded = EPSILON * frobenius_norm(R) + self._twice_rounded(before, D)
        order = frobenius_norm(square * W) / (1 - defect)
        whole, known = frobenius_norm(square * V), frobenius_norm(square * added)
        error = known + order * (rounded + self._rest(X, -R))
        if error > known + EPSILON * whole:
            error = known + order * (rounded + self._exact_rest(X, -R))
        if whole == 0:
            return 0.0 if error == 0 else np.inf
        return float(error / whole)

    def _rest(self, X: Array, R: Array) -> float:
        """A bound on ‖L X + R‖, by sums in double precision."""
        AX = self.A @ X
        return frobenius_norm(AX + AX.T + R) + (len(X) + 2) * EPSILON * self._size(X, R)

    def _exact_rest(self, X: Array, R: Array) -> float:
        """A bound on ‖L X + R‖, by sums in twice double precision."""
        return frobenius_norm(twofold.lyapunov_residual(self.A, R, X)) + self._twice_rounded(X, R)

    def _twice_rounded(self, X: Array, R: Array) -> float:
        """Rounding of sums in twice double precision."""
        return ((len(X) + 1) * EPSILON) ** 2 * self._size(X, R)

    def _size(self, X: Array, R: Array) -> float:
        return 2 * frobenius_norm(self.A) * frobenius_norm(X) + frobenius_norm(R)
