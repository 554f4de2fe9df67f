"""Roots of a quadratic drift by elimination down to a polynomial in one quadrature.

With one quadrature s held fixed, all rows but one are linear in the other quadratures w (s may be
the position on which radiation pressure acts):

    M(s) w + b(s) = 0,     g(s) = the remaining row at (s, w(s))

    det M(s)^k · g(s) = 0,  a polynomial in s,   k = 1 or 2

Its coefficients come from its values on a circle (Cauchy's formula, a Fourier transform), its roots
from a companion matrix in 1/(s − s₀), s₀ the circle's centre, so that the leading
coefficient may vanish.
"""

from __future__ import annotations

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import Array
from .newton import solve

CENTRE = 0.31 + 0.47j
"""Centre s₀ of the unit circle on which polynomials are sampled: off the axes of symmetry."""
NEARLY_REAL = 1e-2
"""Imaginary part, relative, up to which a root of the polynomial is tried as a real one."""
FAR = 300.0
"""Distance, in units of the circle, beyond which a wider circle is needed for the roots."""
INFINITE = 1e7
"""Distance, in units of the circle, beyond which roots are caused by rounding alone."""
CIRCLES = 8
"""Largest number of circles, each wider than the one before by at least `FAR`."""
VANISHING = 1e-9
"""Relative size below which a coefficient beyond the degree counts as zero."""


def elimination_roots(part: Model, held: int, remaining: int) -> tuple[Array, Array]:
    """Approximate real roots from the polynomial in the held quadrature.

    Returns the point (roots,) of each, and the roots (roots, n). Roots far outside a circle are
    inaccurate by rounding, so that points with such roots are sampled on wider circles too.
    """
    points = np.arange(len(part.A))
    size = _scale_of_held(part, held)
    found = []
    for _ in range(CIRCLES):
        here = part.at(points)
        t = _polynomial_roots(_polynomial_coefficients(here, held, remaining, size[:, None]))
        at, root = np.nonzero(np.abs(t.imag) <= NEARLY_REAL * (1 + np.abs(t)))
        s = size[at] * t.real[at, root]
        u, _, _ = _remaining_drift(here.at(at), held, remaining, s[:, None])
        found.append((points[at], u[:, 0].real))
        far = np.where((np.abs(t) > FAR) & (np.abs(t) < INFINITE), np.abs(t), np.inf).min(axis=-1)
        wider = np.isfinite(far)
        if not wider.any():
            break
        points = points[wider]
        size = (size * far)[wider]
    which, u = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
    return which, u


def linearising_quadrature(part: Model) -> tuple[int, int] | None:
    """The quadrature to hold and the row that then remains nonlinear, or None if there is none."""
    if len(part.K.index):
        return None
    rows = part.Q.index[:, 0]
    factors = part.Q.index[:, 1:]
    for held in range(part.size):
        free = np.unique(rows[(factors != held).all(axis=1)])
        if len(free) == 1:
            return held, int(free[0])
        if len(free) == 0:
            return held, _best_remaining_row(part, held)
    return None


def _best_remaining_row(part: Model, held: int) -> int:
    """The row to leave out so that the others determine the remaining quadratures best."""
    rows = np.arange(part.size)
    columns = rows != held
    condition = [np.linalg.cond(part.A[:, rows != row][:, :, columns]).max() for row in rows]
    return int(np.argmin(condition))


def _scale_of_held(part: Model, held: int) -> Array:
    """‖A‖/‖∂A/∂s‖ (points,): size of the held quadrature s at which it changes A by ‖A‖."""
    touches = (part.Q.index[:, 1:] == held).any(axis=1)
    rates = np.abs(part.A[:, part.Q.index[touches, 0]]).max(axis=(-2, -1))
    slopes = np.abs(part.Q.value[:, touches]).max(axis=-1)
    return np.divide(rates, slopes, out=np.ones_like(rates), where=(rates > 0) & (slopes > 0))


def _polynomial_coefficients(part: Model, held: int, remaining: int, size: Array) -> Array:
    """Taylor coefficients (points, degree + 1) of det M^k · g about `CENTRE`; s in units `size`."""
    touched = part.Q.index[(part.Q.index[:, 1:] == held).any(axis=1), 0]
    rank = len(np.unique(touched[touched != remaining]))
    for power in (1, 2):
        samples = (power + 1) * rank + 4
        circle = CENTRE + np.exp(2j * np.pi * np.arange(samples) / samples)
        _, g, determinant = _remaining_drift(part, held, remaining, size * circle)
        coefficients = np.fft.fft(determinant**power * g) / samples
        kept, tail = np.split(coefficients, [power * rank + 3], axis=-1)
        if np.all(np.abs(tail) <= VANISHING * np.abs(coefficients).max(axis=-1, keepdims=True)):
            break
    return kept


def _remaining_drift(
    part: Model, held: int, remaining: int, s: Array
) -> tuple[Array, Array, Array]:
    """State (…, n), drift g (…) of the remaining row and det M (…) at s (points, values)."""
    wide = part.at(np.arange(len(part.A))[:, None])
    rows = np.delete(np.arange(part.size), remaining)
    columns = np.delete(np.arange(part.size), held)
    u = np.zeros((*s.shape, part.size), complex)
    u[..., held] = s
    M = wide.jacobian(u)[..., rows[:, None], columns]
    u[..., columns] = -solve(M, wide.drift(u)[..., rows])
    return u, wide.drift(u)[..., remaining], np.linalg.det(M)


def _polynomial_roots(coefficients: Array) -> Array:
    """Roots (points, degree) from coefficients about `CENTRE` (points, degree + 1), lowest first.

    Where the degree is lower, the other roots are ∞.
    """
    degree = coefficients.shape[-1] - 1
    companion = np.zeros((len(coefficients), degree, degree), complex)
    companion[:, range(1, degree), range(degree - 1)] = 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        companion[:, 0] = np.nan_to_num(
            -coefficients[:, 1:] / coefficients[:, :1], posinf=0.0, neginf=0.0
        )
        return np.asarray(CENTRE + 1 / np.linalg.eigvals(companion))
