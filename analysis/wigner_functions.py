"""Wigner functions of Gaussian states and their projections, of plain or labelled covariances.

The array functions of the same names are those of `phase_space`. All densities integrate to one.
"""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from ..sde.labels import Q
from . import phase_space
from .labelled import Axes, Covariance, apply_measure, density_axis, quadrature_index
from .mode_blocks import Array


def wigner(V: Covariance, points: Covariance, mean: Covariance | None = None) -> Covariance:
    """Wigner function W(u) = exp[−½(u − ū)ᵀV⁻¹(u − ū)]/[(2π)ⁿ√det V] at points of phase space.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    points : array or DataArray, shape (*P, 2n)
        The points u, labelled along quadrature where V is labelled.
    mean : array or DataArray, shape (..., 2n), optional
        Mean ū of the quadratures, labelled as V is; zero unless given.

    Returns
    -------
    array or DataArray, shape (..., *P)
        Every state at every point; NaN where V or the mean is not finite, or V is singular.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, points or mean are of another length, or only one
        of V and these is labelled.

    Examples
    --------
    Vacuum at the origin has 1/π.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.wigner(np.eye(2) / 2, np.array([[0.0, 0.0], [1.0, 0.0]])).round(4))
    [0.3183 0.1171]
    """
    if points is None:
        raise ValueError("points must be given: an array (..., quadrature)")
    axes: Axes = (
        {str(axis): () for axis in points.dims if axis != Q}
        if isinstance(points, xr.DataArray)
        else {}
    )
    return apply_measure(phase_space.wigner, V, {"points": points, "mean": mean}, axes=axes)


def wigner_marginal(
    V: Covariance,
    k: int | str,
    l: int | str,  # noqa: E741
    x: Sequence[float] | Array,
    y: Sequence[float] | Array,
    mean: Covariance | None = None,
) -> Covariance:
    """Wigner function projected on two quadratures: their joint density on a mesh.

    All other quadratures are integrated out, which leaves the 2×2 block of V.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    k, l : int or str
        Two different quadratures, which need not be conjugate: by index, or by name, such as
        "left.q", where V is labelled.
    x, y : array, shape (nx,) and (ny,)
        Values of the two quadratures.
    mean : array or DataArray, shape (..., 2n), optional
        Mean of the quadratures, labelled as V is; zero unless given.

    Returns
    -------
    array or DataArray, shape (..., nx, ny)
        The density; labelled along x and y, whose coordinates are the values given, named in
        attrs["long_name"] after the quadratures. NaN where V is singular or not finite there.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, a quadrature is unknown, k and l are the same, or
        x or y has more than one axis.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> V = np.diag([0.5, 0.5, 2.0, 2.0])
    >>> print(ql.analysis.wigner_marginal(V, 0, 2, [0.0, 1.0], [0.0]).round(4))
    [[0.1592]
     [0.0585]]
    """
    given = {"k": quadrature_index(V, "k", k), "l": quadrature_index(V, "l", l), "x": x, "y": y}
    axes = {"x": density_axis(V, "x", given["k"], x), "y": density_axis(V, "y", given["l"], y)}
    return apply_measure(phase_space.wigner_marginal, V, {"mean": mean}, axes=axes, given=given)


def quadrature_density(
    V: Covariance, quadrature: int | str, x: Sequence[float] | Array, mean: Covariance | None = None
) -> Covariance:
    """Probability density of one quadrature, as homodyne detection finds it.

    It is the Wigner function with all other quadratures integrated out.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    quadrature : int or str
        By index, or by name, such as "left.q", where V is labelled.
    x : array, shape (nx,)
        Values of the quadrature.
    mean : array or DataArray, shape (..., 2n), optional
        Mean of the quadratures, labelled as V is; zero unless given.

    Returns
    -------
    array or DataArray, shape (..., nx)
        The density; labelled along a dimension x, whose coordinate is named in attrs["long_name"]
        after the quadrature. NaN where V is singular or not finite there.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, the quadrature is unknown, or x has more than one
        axis.

    Examples
    --------
    Vacuum has e^{−x²}/√π.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.quadrature_density(np.eye(2) / 2, 0, [0.0, 1.0]).round(4))
    [0.5642 0.2076]
    """
    given = {"quadrature": quadrature_index(V, "quadrature", quadrature), "x": x}
    axes = {"x": density_axis(V, "x", given["quadrature"], x)}
    return apply_measure(phase_space.quadrature_density, V, {"mean": mean}, axes=axes, given=given)
