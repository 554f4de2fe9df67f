"""All real roots of a polynomial drift, for many parameter points at once.

Rows that do not feel each other are solved one after the other (a cascade: the first resonator,
then the second for each root of the first). Rows that do are solved by elimination where one
quadrature s, held, makes all but one of them linear in the other quadratures w (s is then the
position that light presses on):

    M(s) w + b(s) = 0,     g(s) = closing row at (s, w(s)),     det M(s)^k · g(s) = 0, a polynomial in s,   k = 1 or 2

whose coefficients come from its values on a circle of the natural size (Cauchy's formula, a Fourier
transform), and whose roots from a companion matrix in 1/(s − s₀), s₀ the circle's centre, so that a
vanishing leading coefficient does no harm. Other rows (a Kerr term, light that presses on two
oscillators) are solved by `homotopy`, about twenty times slower. A drift with a phase symmetry
(`symmetry`) has its isolated roots where the amplitudes that turn are zero, and curves of others
besides (`families`), on which paths would end anywhere. Each real root is then polished by Newton's
method on the drift itself and certified by its residual. Arrays: models here have one leading axis,
the parameter points; units are those of the model (rad/s).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ...sde.model.model import Model
from ...sde.model.polynomial import Monomials
from ...sde.support.checks import Array
from .families import damped, families
from .homotopy import approximate_roots
from .newton import CERTIFIED, distinct, polished, residual, solve, uncertainty
from .symmetry import describe_shift, describe_symmetry, free_quadratures, phase_symmetries

CENTRE = 0.31 + 0.47j
"""Centre s₀ of the unit circle on which polynomials are sampled: off the real axis and away from
symmetric places.
"""
NEARLY_REAL = 1e-2
"""Imaginary part, relative, up to which a root of the polynomial is tried as a real one."""
FAR, INFINITE = 300.0, 1e7
"""Distances, in units of the circle, beyond which roots are sought on a wider one, and are made by
rounding alone.
"""
CIRCLES = 8
"""Circles at most, each wider than the one before by at least `FAR`."""
VANISHING = 1e-9
"""Relative size below which a coefficient beyond the degree counts as zero."""
BLOCK = 512
"""Parameter points whose roots are continued at a time."""


@dataclass(frozen=True)
class Roots:
    """Real roots u (roots, n) and the parameter point of each (roots,), in no order.

    family (roots,): of a root that is not isolated, the family that it stands for, in words; else
    "". lost (points,): where the continuation of roots lost some, so that none is given.
    """

    origin: Array
    u: Array
    family: Array
    lost: Array


def all_roots(model: Model) -> Roots:
    """Every isolated real root of the drift, and one member of each family of roots that is found.

    Raises WorkError where the roots take longer to find than the current search allows.
    """
    rate = np.abs(model.A).max(axis=(-2, -1))
    model = _scaled(model, 1 / np.where(rate > 0, rate, 1.0))
    if model.linear:
        found = _isolated(model)
    else:
        found = _together(
            model,
            (
                (points, _symmetric(model.at(points), theta))
                for points, theta in phase_symmetries(model)
            ),
        )
    free = free_quadratures(model)
    for at in np.flatnonzero(free[found.origin].any(axis=1) & (found.family == "")):
        names = np.array(model.quadratures)[free[found.origin[at]]]
        found.family[at] = describe_shift(names.tolist())
    return found


def _together(model: Model, groups: Iterable[tuple[Array, Roots]]) -> Roots:
    """The roots of groups of points as those of all points."""
    lost = np.zeros(len(model.A), bool)
    origin, u, family = [np.zeros(0, int)], [np.zeros((0, model.size))], [np.zeros(0, object)]
    for points, found in groups:
        lost[points] = found.lost
        origin.append(points[found.origin])
        u.append(found.u)
        family.append(found.family)
    return Roots(np.concatenate(origin), np.concatenate(u), np.concatenate(family), lost)


def _isolated(model: Model) -> Roots:
    """All isolated roots of a drift without a phase symmetry."""
    origin = np.arange(len(model.A))
    u = np.zeros((len(origin), model.size))
    lost = np.zeros(len(origin), bool)
    for rows in _components(model):
        part = _part(model.at(origin), u, rows)
        which, values, unsure = _roots(part)
        lost[origin[unsure]] = True
        origin, u = origin[which], u[which]
        u[:, rows] = values
    sure = ~lost[origin]
    return Roots(origin[sure], u[sure], np.full(np.count_nonzero(sure), "", object), lost)


def _symmetric(model: Model, theta: Array) -> Roots:
    """All isolated roots of a drift with phase symmetries θ (symmetries, modes), and the families
    that are found.

    At an isolated root the amplitudes that a symmetry turns are zero; what is left is a smaller
    drift.
    """
    idle = free_quadratures(model).all(axis=0).reshape(-1, 2).all(axis=1)
    theta = np.where(idle, 0.0, theta)[np.any(theta[:, ~idle] != 0, axis=1)]
    if not len(theta):
        return _isolated(model)
    turned = np.repeat((theta != 0).any(axis=0), 2)
    fixed, points = np.flatnonzero(~turned), len(model.A)
    if len(fixed):
        part = _part(model, np.zeros((points, model.size)), fixed)
        inner = all_roots(replace(part, modes=tuple(np.array(model.modes)[~turned[::2]].tolist())))
    else:
        inner = Roots(
            np.arange(points),
            np.zeros((points, 0)),
            np.full(points, "", object),
            np.zeros(points, bool),
        )
    u = np.zeros((len(inner.origin), model.size))
    u[:, fixed] = inner.u
    open_to_them = np.flatnonzero(~damped(model, np.flatnonzero(turned)) & ~inner.lost)
    which, members = families(model.at(open_to_them), theta)
    which = open_to_them[which]
    words = np.empty(len(which), object)
    words[:] = [describe_symmetry(theta, model.modes, member) for member in members]
    return Roots(
        np.concatenate([inner.origin, which]),
        np.concatenate([u, members]),
        np.concatenate([inner.family, words]),
        inner.lost,
    )


def _scaled(model: Model, factor: Array) -> Model:
    Q, K = (Monomials(m.index, m.value * factor[:, None]) for m in (model.Q, model.K))
    return replace(model, c=model.c * factor[:, None], A=model.A * factor[:, None, None], Q=Q, K=K)


def _components(model: Model) -> list[Array]:
    """Groups of rows that feel one another, each after those it depends on."""
    feels = np.eye(model.size) + (model.A != 0).any(axis=0)
    for monomials in (model.Q, model.K):
        live = monomials.index[(monomials.value != 0).any(axis=0)]
        for position in range(1, live.shape[1]):
            feels[live[:, 0], live[:, position]] = 1.0
    reach = np.linalg.matrix_power(feels, model.size) > 0
    groups = {tuple(np.flatnonzero(row)) for row in reach & reach.T}
    return [
        np.array(group) for group in sorted(groups, key=lambda group: int(reach[group[0]].sum()))
    ]


def _part(model: Model, u: Array, rows: Array) -> Model:
    """The drift of some rows as a model of their own quadratures, the rest held at u, which is zero
    on the rows.
    """
    place = np.full(model.size, -1)
    place[rows] = np.arange(len(rows))
    local = model.about(u)
    Q, K = (_live(Monomials(place[m.index], m.value)) for m in (local.Q, local.K))
    labels = tuple(model.quadratures[row] for row in rows)
    return replace(
        local, quadratures=labels, c=local.c[:, rows], A=local.A[:, rows[:, None], rows], Q=Q, K=K
    )


def _live(monomials: Monomials) -> Monomials:
    """The terms with every factor inside (index ≥ 0) that do not vanish everywhere."""
    keep = (monomials.index >= 0).all(axis=1) & (monomials.value != 0).any(axis=0)
    return Monomials(monomials.index[keep], monomials.value[..., keep])


def _roots(part: Model) -> tuple[Array, Array, Array]:
    """Certified roots of one group of rows, without repetition: their points (roots,), and they
    (roots, n).

    Third, the points at which roots could be missing.

    Where nothing drives, zero is a root, exactly: a residual relative to terms that vanish would
    not certify it.
    """
    unsure = np.zeros(0, int)
    if not (len(part.Q.index) or len(part.K.index)):
        which, u = np.arange(len(part.A)), solve(part.A, -part.c)
    elif (choice := _held(part)) is not None:
        which, u = _eliminated(part, *choice)
    else:
        which, u, unsure = _continued(part)
    u = polished(part.at(which), u)
    here, undriven = part.at(which), np.all(part.c == 0, axis=1)
    is_zero = np.asarray(undriven)[which] & (np.abs(u) <= uncertainty(here, u)).all(axis=1)
    kept = (residual(here, u) <= CERTIFIED) & ~is_zero
    zeros = np.flatnonzero(undriven)
    which = np.concatenate([which[kept], zeros])
    return *distinct(
        part, which, np.concatenate([u[kept], np.zeros((len(zeros), part.size))])
    ), unsure


def _continued(part: Model) -> tuple[Array, Array, Array]:
    """Approximate roots of any drift by continuation, in blocks that bound the memory; the points
    with lost paths.
    """
    points = np.arange(len(part.A))
    found = []
    for block in np.split(points, points[BLOCK::BLOCK]):
        which, u, lost = approximate_roots(part.at(block))
        found.append((block[which], u, block[lost]))
    which, u, lost = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
    return which, u, lost


def _eliminated(part: Model, held: int, closing: int) -> tuple[Array, Array]:
    """Approximate roots of a quadratic drift, from the polynomial in the held quadrature.

    Rounding blurs the roots far outside a circle, so that points with such roots are sampled on
    wider circles too.
    """
    points, size = np.arange(len(part.A)), _natural_size(part, held)
    found = []
    for _ in range(CIRCLES):
        here = part.at(points)
        t = _polynomial_roots(_coefficients(here, held, closing, size[:, None]))
        at, root = np.nonzero(np.abs(t.imag) <= NEARLY_REAL * (1 + np.abs(t)))
        s = size[at] * t.real[at, root]
        u, _, _ = _balance(here.at(at), held, closing, s[:, None])
        found.append((points[at], u[:, 0].real))
        far = np.where((np.abs(t) > FAR) & (np.abs(t) < INFINITE), np.abs(t), np.inf).min(axis=-1)
        wider = np.isfinite(far)
        if not wider.any():
            break
        points, size = points[wider], (size * far)[wider]
    which, u = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
    return which, u


def _held(part: Model) -> tuple[int, int] | None:
    """A quadrature that makes all rows but one linear when held, and that closing row; None if
    there is none.
    """
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
    """Value of the held quadrature that shifts its rows by as much as their own rates: ‖A‖/‖∂A/∂s‖,
    shape (points,).
    """
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
    """With the held quadrature at s (points, values): the state (…, n), the closing row's drift g,
    and det M.
    """
    wide = part.at(np.arange(len(part.A))[:, None])
    rows, columns = np.delete(np.arange(part.size), closing), np.delete(np.arange(part.size), held)
    u = np.zeros((*s.shape, part.size), complex)
    u[..., held] = s
    M = wide.jacobian(u)[..., rows[:, None], columns]
    u[..., columns] = -solve(M, wide.drift(u)[..., rows])
    return u, wide.drift(u)[..., closing], np.linalg.det(M)


def _polynomial_roots(coefficients: Array) -> Array:
    """Roots (points, degree) of polynomials given by their coefficients about `CENTRE`, lowest
    first; ∞ for none.
    """
    degree = coefficients.shape[-1] - 1
    companion = np.zeros((len(coefficients), degree, degree), complex)
    companion[:, range(1, degree), range(degree - 1)] = 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        companion[:, 0] = np.nan_to_num(
            -coefficients[:, 1:] / coefficients[:, :1], posinf=0.0, neginf=0.0
        )
        return np.asarray(CENTRE + 1 / np.linalg.eigvals(companion))
