"""Conversion of covariances and means between the conventions of programs.

A convention is the order of the quadratures, "xpxp" for (X₁, Y₁, X₂, Y₂, …) or "xxpp" for
(X₁, X₂, …, Y₁, Y₂, …), and the value of ħ in [X, Y] = iħ, with X = √(ħ/2) (a + a†). The vacuum
variance is ħ/2.
"""

from __future__ import annotations

from typing import Any, overload

import numpy as np
import xarray as xr

from ...sde.kept_elements import ELEMENT
from ...sde.labels import Q_, Q
from ...sde.support.checks import nearest, shown
from ..labelled import CONVENTION, Covariance
from ..mode_blocks import Array, covariance, per_quadrature

Convention = str | tuple[str, float]

ORDERS = ("xpxp", "xxpp")
OURS = "qlangevin"
CONVENTIONS: dict[str, tuple[str, float]] = {
    OURS: ("xpxp", 1.0),
    "thewalrus": ("xxpp", 2.0),
    "strawberryfields": ("xxpp", 2.0),
    "strawberryfields.bosonic": ("xpxp", 2.0),
    "pennylane": ("xxpp", 2.0),
    "gabs.QuadPairBasis": ("xpxp", 2.0),
    "gabs.QuadBlockBasis": ("xxpp", 2.0),
}
"""Order of the quadratures and default value of ħ, by program."""


@overload
def convert(
    V: Covariance, source: Convention = ..., target: Convention = ..., mean: None = None
) -> Covariance: ...


@overload
def convert(
    V: Covariance, source: Convention = ..., target: Convention = ..., *, mean: Covariance
) -> tuple[Covariance, Covariance]: ...


def convert(V: Any, source: Convention = OURS, target: Convention = OURS, mean: Any = None) -> Any:
    """Convert a Gaussian state between this package's convention and that of another program.

    With ħ in [X, Y] = iħ, covariances are proportional to ħ and means to √ħ; the order of the
    quadratures is "xpxp" for (X₁, Y₁, X₂, Y₂, …) or "xxpp" for (X₁, X₂, …, Y₁, Y₂, …).

    ==============================  =======  ===  =================================================
    name                            order    ħ    the program's
    ==============================  =======  ===  =================================================
    "qlangevin"                     xpxp     1    covariances and means of all results
    "thewalrus"                     xxpp     2    functions with `cov`, `mu` and `hbar=2`
    "strawberryfields"              xxpp     2    `BaseGaussianState.cov()`, `sf.hbar` = 2
    "strawberryfields.bosonic"      xpxp     2    `BaseBosonicState`, `sf.hbar` = 2
    "pennylane"                     xxpp     2    device `default.gaussian`, `hbar=2`
    "gabs.QuadPairBasis"            xpxp     2    `GaussianState` of Gabs.jl, `ħ = 2`
    "gabs.QuadBlockBasis"           xxpp     2    `GaussianState` of Gabs.jl, `ħ = 2`
    ==============================  =======  ===  =================================================

    Where a program is used with another ħ, give the pair, as in ("thewalrus", 1) or ("xxpp", 1).

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes in the convention `source`; a DataArray has the dimensions quadrature
        and quadrature_.
    source, target : str or tuple of (str, float)
        A name of the table, or a pair of a name or an order of the quadratures and the value of ħ.
    mean : array or DataArray, shape (..., 2n), optional
        Mean of the quadratures, labelled as V is. Leading axes need not be those of V.

    Returns
    -------
    array or DataArray, or a tuple of two
        The covariance in the convention `target`; with `mean`, the covariance and the mean. A
        DataArray keeps its labels, which move with the quadratures. One that is not in this
        package's convention has the attribute `convention`, and measures refuse it.

    Raises
    ------
    ValueError
        For an unknown convention, an ħ that is not positive, a V that is not symmetric or of
        another shape, a mean of another length, and a V that is labelled as being in another
        convention than `source`.

    References
    ----------
    The Walrus: Gupt, Izaac and Quesada, doi:10.21105/joss.01705; `thewalrus.symplectic`
    (`vacuum_state`: ħ/2; `expand`: all X before all P). Strawberry Fields: Killoran et al.,
    doi:10.22331/q-2019-03-11-129; `BaseGaussianState`, `BaseBosonicState`. PennyLane:
    doi:10.48550/arXiv.1811.04968; `default_gaussian.gaussian_state`. Gabs.jl 1.3.8: its manual,
    "Symplectic Representations", and `vacuumstate` (ħ/2), `coherentstate` (mean √(2ħ) α).

    Examples
    --------
    Two-mode squeezed vacuum, for The Walrus:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.array([[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]])
    >>> print(ql.analysis.convert(V, target="thewalrus").round(3))
    [[ 1.543  1.175  0.     0.   ]
     [ 1.175  1.543  0.     0.   ]
     [ 0.     0.     1.543 -1.175]
     [ 0.     0.    -1.175  1.543]]

    A coherent state α = 1 from a program with ħ = 2, whose mean is √(2ħ) α:

    >>> V, mean = ql.analysis.convert(np.eye(2), "thewalrus", mean=[2.0, 0.0])
    >>> print(V[0, 0], mean.round(4))
    0.5 [1.4142 0.    ]
    """
    before = _order_and_hbar("source", source)
    after = _order_and_hbar("target", target)
    _require_one_kind(V, mean)
    for given in (V, mean):
        _require_source(given, source, before)
    plain = covariance(_plain(V, [Q, Q_]))
    at = _permutation(plain.shape[-1] // 2, before[0], after[0])
    scale = after[1] / before[1]
    converted = _reordered(V, plain, [Q, Q_], at, scale, after)
    if mean is None:
        return converted
    values = per_quadrature("mean", _plain(mean, [Q]), plain)
    return converted, _reordered(mean, values, [Q], at, np.sqrt(scale), after)


def _plain(given: Any, axes: list[str]) -> Any:
    """The values of a labelled array, with these axes last; a plain one as it is."""
    return given.transpose(..., *axes).values if isinstance(given, xr.DataArray) else given


def _order_and_hbar(argument: str, convention: Any) -> tuple[str, float]:
    """A convention as its order and ħ. Raises ValueError for an unknown one."""
    if isinstance(convention, str):
        if convention not in CONVENTIONS:
            hint = nearest(convention, CONVENTIONS, "known are")
            raise ValueError(
                f'{argument} = {convention!r} is unknown: {hint}, or give a pair, as ("xxpp", 2)'
            )
        return CONVENTIONS[convention]
    try:
        order, hbar = convention
        hbar = float(hbar)
    except (TypeError, ValueError):
        order, hbar = None, 0.0
    order = CONVENTIONS.get(order, (order,))[0] if isinstance(order, str) else None
    if order not in ORDERS or not 0 < hbar < np.inf:
        raise ValueError(
            f'{argument} must be a name, such as "thewalrus", or an order ("xpxp" or "xxpp") and '
            f'a positive ħ, as in ("xxpp", 2) (got {shown(convention)})'
        )
    return order, hbar


def _require_one_kind(V: Any, mean: Any) -> None:
    """Raise ValueError unless both are labelled, or both plain."""
    if isinstance(V, xr.DataArray) and not {Q, Q_} <= set(V.dims):
        remedy = "; analysis.reduced gives the matrix of kept modes" * (ELEMENT in V.dims)
        raise ValueError(f"V must have dimensions {Q!r} and {Q_!r} (got {V.dims}){remedy}")
    if mean is not None and isinstance(V, xr.DataArray) is not isinstance(mean, xr.DataArray):
        raise ValueError(
            f"V and mean must be of one kind (got {type(V).__name__} and {type(mean).__name__})"
        )
    if isinstance(mean, xr.DataArray) and Q not in mean.dims:
        raise ValueError(f"mean must have a dimension {Q!r} (got {mean.dims})")


def _require_source(given: Any, source: Convention, before: tuple[str, float]) -> None:
    """Raise ValueError where an array is labelled as being in another convention."""
    known = given.attrs.get(CONVENTION) if isinstance(given, xr.DataArray) else None
    if known is not None and known != _described(before):
        raise ValueError(
            f"source = {source!r} is {_described(before)}, but the array is labelled as {known}; "
            "give the convention that it is in"
        )


def _described(convention: tuple[str, float]) -> str:
    """A convention as the attribute of a labelled covariance: "xxpp, ħ = 2"."""
    return f"{convention[0]}, ħ = {convention[1]:g}"


def _permutation(modes: int, source: str, target: str) -> Array:
    """Where each quadrature of the target stands in the source."""
    paired = np.arange(2 * modes).reshape(modes, 2)
    if source == target:
        return paired.ravel()
    return (
        paired.T.ravel() if source == "xpxp" else np.arange(2 * modes).reshape(2, modes).T.ravel()
    )


def _reordered(
    given: Any, values: Array, axes: list[str], at: Array, scale: float, after: tuple[str, float]
) -> Any:
    """Values whose last axes are of quadratures, permuted and scaled, labelled as `given` is."""
    for axis in range(-len(axes), 0):
        values = np.take(values, at, axis)
    if not isinstance(given, xr.DataArray):
        return values * scale
    order = given.transpose(..., *axes).isel(dict.fromkeys(axes, at))
    labelled = order.copy(data=values * scale)
    labelled.attrs.pop(CONVENTION, None)
    if after != CONVENTIONS[OURS]:
        labelled.attrs[CONVENTION] = _described(after)
    return labelled
