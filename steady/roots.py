"""All real roots of a polynomial drift, for many parameter points at once.

Rows that do not feel each other are solved one after the other (a cascade: the first resonator, then the second for
each root of the first). Rows that do are solved by elimination where one quadrature s, held, makes all but one of them
linear in the other quadratures w (s is then the position that light presses on):

    M(s) w + b(s) = 0,     g(s) = closing row at (s, w(s)),     det M(s)^k · g(s) = 0, a polynomial in s,   k = 1 or 2

whose coefficients come from its values on a circle of the natural size (Cauchy's formula, a Fourier transform), and
whose roots from a companion matrix in 1/(s − s₀), s₀ the circle's centre, so that a vanishing leading coefficient does
no harm. Other rows (a Kerr term, light that presses on two oscillators) are solved by `homotopy`, about twenty times
slower. Each real root is then polished by Newton's method on the drift itself and certified by its residual.
Arrays: models here have one leading axis, the parameter points; units are those of the model (rad/s).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..sde.model import Model
from ..sde.polynomial import Array, Monomials
from .homotopy import approximate_roots

CERTIFIED = 1e-13
"""Largest relative residual of a root."""
CENTRE = 0.31 + 0.47j
"""Centre s₀ of the unit circle on which polynomials are sampled: off the real axis and away from symmetric places."""
NEARLY_REAL = 1e-2
"""Imaginary part, relative, up to which a root of the polynomial is tried as a real one."""
FAR, INFINITE = 300.0, 1e7
"""Distances, in units of the circle, beyond which roots are sought on a wider circle, and are made by rounding alone."""
CIRCLES = 8
"""Circles at most, each wider than the one before by at least `FAR`."""
VANISHING = 1e-9
"""Relative size below which a coefficient beyond the degree counts as zero."""
BLOCK = 512
"""Parameter points whose roots are continued at a time."""
PATIENCE = 5
"""Steps of Newton's method that may fail before it is given up."""
ROUNDING = 64 * np.finfo(float).eps


def all_roots(model: Model) -> tuple[Array, Array]:
    """Every isolated real root of the drift: the parameter point of each (roots,), and the roots (roots, n).

    Raises IncompleteError where the continuation of roots lost some, so that a root could be missing.
    """
    rate = np.abs(model.A).max(axis=(-2, -1))
    model = _scaled(model, 1 / np.where(rate > 0, rate, 1.0))
    origin = np.arange(len(model.A))
    u = np.zeros((len(origin), model.size))
    for rows in _components(model):
        part = _part(at_points(model, origin), u, rows)
        which, values = _roots(part)
        origin, u = origin[which], u[which]
        u[:, rows] = values
    return origin, u


def residual(model: Model, u: Array) -> Array:
    """Largest |drift| over the rows, each relative to the sum of its terms' absolute values, shape (...).

    Rows whose terms stay below a thousandth of the largest row's are measured against that thousandth.
    """
    terms = _magnitude(model, u)
    floor = np.maximum(1e-3 * terms.max(axis=-1, keepdims=True), np.finfo(float).tiny)
    return np.asarray((np.abs(model.drift(u)) / np.maximum(terms, floor)).max(axis=-1))


def uncertainty(model: Model, u: Array) -> Array:
    """How far rounding of the drift can move a root u (roots, n): |J⁻¹| · (rounding of its terms); ∞ where J = 0."""
    identity = np.broadcast_to(np.eye(model.size), (*u.shape, model.size))
    inverse = np.abs(_solve(model.jacobian(u), identity))
    shift = (inverse @ (ROUNDING * _magnitude(model, u))[..., None])[..., 0]
    return np.nan_to_num(shift, nan=np.inf)


def at_points(model: Model, which: Array | tuple[slice, None]) -> Model:
    """The drift of selected parameter points, by index into the leading axis."""
    Q, K = (Monomials(m.index, m.value[which]) for m in (model.Q, model.K))
    return replace(model, c=model.c[which], A=model.A[which], Q=Q, K=K)


def _scaled(model: Model, factor: Array) -> Model:
    Q, K = (Monomials(m.index, m.value * factor[:, None]) for m in (model.Q, model.K))
    return replace(model, c=model.c * factor[:, None], A=model.A * factor[:, None, None], Q=Q, K=K)


def _magnitude(model: Model, u: Array) -> Array:
    """Sum of the absolute values of each row's terms at u."""
    Q, K = (Monomials(m.index, np.abs(m.value)) for m in (model.Q, model.K))
    return replace(model, c=np.abs(model.c), A=np.abs(model.A), Q=Q, K=K).drift(np.abs(u))


def _components(model: Model) -> list[Array]:
    """Groups of rows that feel one another, each after those it depends on."""
    feels = np.eye(model.size) + (model.A != 0).any(axis=0)
    for monomials in (model.Q, model.K):
        live = monomials.index[(monomials.value != 0).any(axis=0)]
        for position in range(1, live.shape[1]):
            feels[live[:, 0], live[:, position]] = 1.0
    reach = np.linalg.matrix_power(feels, model.size) > 0
    groups = {tuple(np.flatnonzero(row)) for row in reach & reach.T}
    return [np.array(group) for group in sorted(groups, key=lambda group: int(reach[group[0]].sum()))]


def _part(model: Model, u: Array, rows: Array) -> Model:
    """The drift of some rows as a model of their own quadratures, the rest held at u, which is zero on the rows."""
    place = np.full(model.size, -1)
    place[rows] = np.arange(len(rows))
    local = model.about(u)
    Q, K = (_live(Monomials(place[m.index], m.value)) for m in (local.Q, local.K))
    labels = tuple(model.quadratures[row] for row in rows)
    return replace(local, quadratures=labels, c=local.c[:, rows], A=local.A[:, rows[:, None], rows], Q=Q, K=K)


def _live(monomials: Monomials) -> Monomials:
    """The terms with every factor inside (index ≥ 0) that do not vanish everywhere."""
    keep = (monomials.index >= 0).all(axis=1) & (monomials.value != 0).any(axis=0)
    return Monomials(monomials.index[keep], monomials.value[..., keep])


def _roots(part: Model) -> tuple[Array, Array]:
    """Certified roots of one group of rows, without repetition: their points (roots,), and they (roots, n).

    Where nothing drives, zero is a root, exactly: a residual relative to terms that vanish would not certify it.
    """
    if not (len(part.Q.index) or len(part.K.index)):
        which, u = np.arange(len(part.A)), _solve(part.A, -part.c)
    elif (choice := _held(part)) is not None:
        which, u = _eliminated(part, *choice)
    else:
        which, u = _continued(part)
    u = _polished(at_points(part, which), u)
    here, undriven = at_points(part, which), np.all(part.c == 0, axis=1)
    is_zero = np.asarray(undriven)[which] & (np.abs(u) <= uncertainty(here, u)).all(axis=1)
    kept = (residual(here, u) <= CERTIFIED) & ~is_zero
    zeros = np.flatnonzero(undriven)
    which = np.concatenate([which[kept], zeros])
    return _distinct(part, which, np.concatenate([u[kept], np.zeros((len(zeros), part.size))]))


def _continued(part: Model) -> tuple[Array, Array]:
    """Approximate roots of any drift by continuation, in blocks of points that bound the memory."""
    points = np.arange(len(part.A))
    found = []
    for block in np.split(points, points[BLOCK::BLOCK]):
        which, u = approximate_roots(at_points(part, block))
        found.append((block[which], u))
    which, u = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
    return which, u


def _eliminated(part: Model, held: int, closing: int) -> tuple[Array, Array]:
    """Approximate roots of a quadratic drift, from the polynomial in the held quadrature.

    Rounding blurs the roots far outside a circle, so that points with such roots are sampled on wider circles too.
    """
    points, size = np.arange(len(part.A)), _natural_size(part, held)
    found = []
    for _ in range(CIRCLES):
        here = at_points(part, points)
        t = _polynomial_roots(_coefficients(here, held, closing, size[:, None]))
        at, root = np.nonzero(np.abs(t.imag) <= NEARLY_REAL * (1 + np.abs(t)))
        s = size[at] * t.real[at, root]
        u, _, _ = _balance(at_points(here, at), held, closing, s[:, None])
        found.append((points[at], u[:, 0].real))
        far = np.where((np.abs(t) > FAR) & (np.abs(t) < INFINITE), np.abs(t), np.inf).min(axis=-1)
        wider = np.isfinite(far)
        if not wider.any():
            break
        points, size = points[wider], (size * far)[wider]
    which, u = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
    return which, u


def _held(part: Model) -> tuple[int, int] | None:
    """A quadrature that makes all rows but one linear when held, and that closing row; None if there is none."""
    if len(part.K.index):
        return None
    rows, factors = part.Q.index[:, 0], part.Q.index[:, 1:]
    for held in range(part.size):
        free = np.unique(rows[(factors != held).all(axis=1)])
        if len(free) == 1:
            return held, int(free[0])
        if len(free) == 0:
            return held, _best_closing(part, held)
    return None


def _best_closing(part: Model, held: int) -> int:
    """Of all rows, the one without which the others determine the rest best."""
    rows, columns = np.arange(part.size), np.arange(part.size) != held
    condition = [np.linalg.cond(part.A[:, rows != row][:, :, columns]).max() for row in rows]
    return int(np.argmin(condition))


def _natural_size(part: Model, held: int) -> Array:
    """Value of the held quadrature that shifts its rows by as much as their own rates: ‖A‖/‖∂A/∂s‖, shape (points,)."""
    touches = (part.Q.index[:, 1:] == held).any(axis=1)
    rates = np.abs(part.A[:, part.Q.index[touches, 0]]).max(axis=(-2, -1))
    slopes = np.abs(part.Q.value[:, touches]).max(axis=-1)
    return np.divide(rates, slopes, out=np.ones_like(rates), where=(rates > 0) & (slopes > 0))


def _coefficients(part: Model, held: int, closing: int, size: Array) -> Array:
    """Taylor coefficients (points, degree + 1) about `CENTRE` of det M^k · g, in units of `size`."""
    touched = part.Q.index[(part.Q.index[:, 1:] == held).any(axis=1), 0]
    rank = len(np.unique(touched[touched != closing]))
    for power in (1, 2):
        samples = (power + 1) * rank + 4
        circle = CENTRE + np.exp(2j * np.pi * np.arange(samples) / samples)
        _, g, determinant = _balance(part, held, closing, size * circle)
        coefficients = np.fft.fft(determinant**power * g) / samples
        kept, tail = np.split(coefficients, [power * rank + 3], axis=-1)
        if np.all(np.abs(tail) <= VANISHING * np.abs(coefficients).max(axis=-1, keepdims=True)):
            break
    return kept


def _balance(part: Model, held: int, closing: int, s: Array) -> tuple[Array, Array, Array]:
    """With the held quadrature at s (points, values): the state (…, n), the closing row's drift g, and det M."""
    wide = at_points(part, (slice(None), None))
    rows, columns = np.delete(np.arange(part.size), closing), np.delete(np.arange(part.size), held)
    u = np.zeros((*s.shape, part.size), complex)
    u[..., held] = s
    M = wide.jacobian(u)[..., rows[:, None], columns]
    u[..., columns] = -_solve(M, wide.drift(u)[..., rows])
    return u, wide.drift(u)[..., closing], np.linalg.det(M)


def _polynomial_roots(coefficients: Array) -> Array:
    """Roots (points, degree) of polynomials given by their coefficients about `CENTRE`, lowest first; ∞ for none."""
    degree = coefficients.shape[-1] - 1
    companion = np.zeros((len(coefficients), degree, degree), complex)
    companion[:, range(1, degree), range(degree - 1)] = 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        companion[:, 0] = np.nan_to_num(-coefficients[:, 1:] / coefficients[:, :1], posinf=0.0, neginf=0.0)
        return np.asarray(CENTRE + 1 / np.linalg.eigvals(companion))


def _polished(model: Model, u: Array) -> Array:
    """The best of Newton's iterates from u (roots, n), as long as the residual falls or may still do so.

    Near a multiple root the first steps can go astray: `PATIENCE` of them in a row may raise the residual. What is not
    certified then is tried with steps that leave out the direction in which the roots meet, as rounding decides there.
    """
    best, u, astray = u.copy(), u.copy(), np.zeros(len(u), int)
    left = residual(model, u)
    for solve in (_solve, _shortest):
        active = np.flatnonzero((left > CERTIFIED) | (solve is _solve))
        u[active], astray[active] = best[active], 0
        while len(active):
            now = at_points(model, active)
            u[active] -= solve(now.jacobian(u[active]), now.drift(u[active]))
            error = residual(now, u[active])
            taken, falls = error <= np.maximum(left[active], ROUNDING), error < 0.9 * left[active]
            best[active[taken]] = u[active[taken]]
            left[active] = np.where(taken, error, left[active])
            astray[active] = np.where(falls, 0, astray[active] + 1)
            goes_on = falls | ((left[active] > ROUNDING) & (astray[active] < PATIENCE))
            active = active[goes_on & np.isfinite(error)]
    return best


def _distinct(part: Model, which: Array, u: Array) -> tuple[Array, Array]:
    """Roots of each point, those that rounding cannot tell apart in a generic sum of the quadratures once."""
    weight = np.cos(np.arange(1, part.size + 1) ** 2)
    key, blur = u @ weight, uncertainty(at_points(part, which), u) @ np.abs(weight)
    order = np.lexsort((key, which))
    which, u, key, blur = which[order], u[order], key[order], blur[order]
    repeated = (which[1:] == which[:-1]) & (np.diff(key) <= blur[1:] + blur[:-1])
    first = np.concatenate([[True], ~repeated])[: len(which)]
    return which[first], u[first]


def _solve(matrix: Array, right: Array) -> Array:
    """matrix⁻¹ · right for vectors (..., n) or matrices (..., n, n); NaN where the matrix is singular."""
    columns = right if right.ndim == matrix.ndim else right[..., None]
    try:
        solution = np.linalg.solve(matrix, columns)
    except np.linalg.LinAlgError:
        singular = ~(np.abs(np.linalg.det(matrix)) > 0)[..., None, None]
        solution = np.linalg.solve(np.where(singular, np.eye(matrix.shape[-1]), matrix), columns)
        solution = np.where(singular, np.nan, solution)
    return solution if right.ndim == matrix.ndim else solution[..., 0]


def _shortest(matrix: Array, right: Array) -> Array:
    """The shortest solution of matrix · x = right after small singular values are left out."""
    return np.asarray((np.linalg.pinv(matrix, rcond=1e-9) @ right[..., None])[..., 0])
