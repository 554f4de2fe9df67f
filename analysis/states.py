"""Properties of Gaussian states: parts, symplectic eigenvalues, purity, quanta, squeezing.

Plain or labelled covariances; the array functions of the same names are those of `gaussian`.
"""

from __future__ import annotations

import xarray as xr

from ..sde.kept_elements import ELEMENT
from ..sde.labels import Q
from . import gaussian
from .labelled import (
    Axes,
    Covariance,
    Modes,
    apply_measure,
    covariance_axes,
    kept_mode_blocks,
    mode_names,
)
from .physicality import Physical


def reduced(V: Covariance, modes: Modes) -> Covariance:
    """Covariance of some of the modes, the others traced out.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_, or
        along element as that of simulate(moments="modes").
    modes : int, str, or a sequence of them
        The m modes that are kept: by index, or by name where V is labelled.

    Returns
    -------
    array or DataArray, shape (..., 2m, 2m)
        Their covariance, in the order given; the labels of the quadratures go with them.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, or a mode is unknown or named twice.
    NotKeptError
        simulate(moments="modes") kept no covariance of these modes with each other.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> V = np.diag([0.5, 0.5, 0.25, 1.0])
    >>> print(ql.analysis.reduced(V, 1))
    [[0.25 0.  ]
     [0.   1.  ]]
    """
    return apply_measure(gaussian.reduced, V, modes=modes, axes=covariance_axes(V, "modes", modes))


def conditional(V: Covariance, i: Modes, j: Modes) -> Covariance:
    """Covariance of modes j once all quadratures of modes i are known: V_j − CᵀV_i⁻¹C.

    This is the optimal linear inference, with V_i⁻¹ the pseudoinverse where V_i is singular.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    i, j : int, str, or a sequence of them
        The modes that are known and the m modes that are inferred: by index, or by name where V is
        labelled.

    Returns
    -------
    array or DataArray, shape (..., 2m, 2m)
        The covariance of j given i; NaN where rounding is a tenth of one of its variances.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, or a mode is unknown or named twice.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.array([[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]])
    >>> print(ql.analysis.conditional(V, 0, 1).round(4))
    [[0.324 0.   ]
     [0.    0.324]]
    """
    return apply_measure(gaussian.conditional, V, i=i, j=j, axes=covariance_axes(V, "j", j))


def symplectic_eigenvalues(V: Covariance, physical: Physical = "ignore") -> Covariance:
    """Symplectic eigenvalues of a covariance: ½ for vacuum, less for no quantum state.

    They are the moduli of the eigenvalues of iΩV, each once. Small ones lose no digits to
    differences of large invariants, and none to local squeezing along X or Y.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    physical : "warn", "raise" or "ignore", default "ignore"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (..., n)
        The eigenvalues ν, ascending, along `eigenvalue`; NaN where V is not finite, not positive
        semidefinite, or where rounding may be a tenth of them.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric.

    Examples
    --------
    Thermal modes with 0.2 and 3 quanta have ν = n + ½.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.symplectic_eigenvalues(np.diag([3.5, 3.5, 0.7, 0.7])).round(6))
    [0.7 3.5]
    """
    return apply_measure(
        gaussian.symplectic_eigenvalues, V, axes={"eigenvalue": ()}, physical=physical
    )


def purity(V: Covariance, physical: Physical = "warn") -> Covariance:
    """Purity Tr ρ² = Π 1/2ν = 1/(2ⁿ√det V): 1 for a pure state.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        The purity; NaN where `symplectic_eigenvalues` is.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric.

    Examples
    --------
    A thermal mode has 1/(2n + 1).

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.purity(np.diag([3.5, 3.5])).round(4))
    0.1429
    """
    return apply_measure(gaussian.purity, V, physical=physical)


def populations(
    V: Covariance, mean: Covariance | None = None, physical: Physical = "warn"
) -> Covariance:
    """Quanta of each mode: fluctuations (V_xx + V_yy − 1)/2, plus |⟨a⟩|² where a mean is given.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    mean : array or DataArray, shape (..., 2n), optional
        Mean of the quadratures, labelled as V is; |⟨a⟩|² = (x̄² + ȳ²)/2. Fluctuations alone unless
        given. Its leading axes broadcast against those of V.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (..., n)
        Quanta along `mode`.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, the mean has another length, or the labels of V and
        the mean differ.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.populations(np.diag([3.5, 3.5, 0.7, 0.7])).round(6))
    [3.  0.2]
    """
    if isinstance(V, xr.DataArray) and ELEMENT in V.dims:
        return _kept_populations(V, mean, physical)
    axes: Axes = {"mode": mode_names(V)} if isinstance(V, xr.DataArray) else {}
    return apply_measure(gaussian.populations, V, {"mean": mean}, axes=axes, physical=physical)


def _kept_populations(
    V: xr.DataArray, mean: xr.DataArray | None, physical: Physical
) -> xr.DataArray:
    """Quanta (..., mode) of covariances (..., element), of which every mode needs its block."""
    blocks = kept_mode_blocks(V)
    if mean is not None:
        last = mean.transpose(..., Q)
        halves = last.values.reshape(*last.shape[:-1], -1, 2)
        if halves.shape[-2] != blocks.sizes["mode"]:
            raise ValueError(f"mean must have {2 * blocks.sizes['mode']} quadratures, as V has")
        mean = xr.DataArray(halves, dims=[*last.dims[:-1], "mode", Q])
    one = apply_measure(
        gaussian.populations, blocks, {"mean": mean}, axes={"one": ()}, physical=physical
    )
    return one.isel(one=0)


def squeezing(V: Covariance, mode: int | str, physical: Physical = "warn") -> Covariance:
    """Squeezing of a mode below vacuum noise: −10 log₁₀(2V_min), V_min its least variance.

    V_min is the least variance of any of the mode's quadratures X cos θ + Y sin θ.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    mode : int or str
        A single mode: by index, or by name where V is labelled.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        Squeezing in dB (3 dB is half the vacuum noise), 0 for vacuum, negative where every
        quadrature has more noise; NaN where rounding may be a tenth of the mode's determinant.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, or `mode` is not one of its modes.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.squeezing(np.diag([0.25, 1.0]), 0).round(4))
    3.0103
    """
    return apply_measure(gaussian.squeezing, V, mode=mode, units="dB", physical=physical)


def squeezing_angle(V: Covariance, mode: int | str, physical: Physical = "warn") -> Covariance:
    """Angle θ of the quadrature X cos θ + Y sin θ of a mode with the least variance.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    mode : int or str
        A single mode: by index, or by name where V is labelled.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        θ in rad, −π/2 < θ ≤ π/2; 0 where all quadratures have the same variance, NaN where
        `squeezing` is.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, or `mode` is not one of its modes.

    Examples
    --------
    Squeezed along Y:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.squeezing_angle(np.diag([1.0, 0.25]), 0).round(4))
    1.5708
    """
    return apply_measure(gaussian.squeezing_angle, V, mode=mode, units="rad", physical=physical)
