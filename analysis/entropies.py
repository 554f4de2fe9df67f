"""Entropies of Gaussian states and the information that modes share, in nats.

Plain or labelled covariances; the array functions of the same names are those of `information`.
"""

from __future__ import annotations

from . import information
from .labelled import Covariance, Modes, apply_measure
from .physicality import Physical


def von_neumann_entropy(V: Covariance, physical: Physical = "warn") -> Covariance:
    """Von Neumann entropy S = −Tr ρ ln ρ of a Gaussian state.

    S = Σ f(ν) over the symplectic eigenvalues, f(ν) = (ν + ½) ln(ν + ½) − (ν − ½) ln(ν − ½). A ν <
    ½, which rounding or sampling may produce, counts as ½.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        S in nats, 0 for a pure state; NaN where `symplectic_eigenvalues` is.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric.

    References
    ----------
    A. S. Holevo, M. Sohma and O. Hirota, doi:10.1103/PhysRevA.59.1820.

    Examples
    --------
    A thermal mode with one quantum has 2 ln 2.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.von_neumann_entropy(np.diag([1.5, 1.5])).round(4))
    1.3863
    """
    return apply_measure(information.von_neumann_entropy, V, units="nats", physical=physical)


def renyi_entropy(V: Covariance, physical: Physical = "warn") -> Covariance:
    """Rényi-2 entropy −ln Tr ρ² = Σ ln 2ν = ½ ln det 2V of a Gaussian state.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        The entropy in nats, 0 for a pure state; NaN where `symplectic_eigenvalues` is.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric.

    References
    ----------
    G. Adesso, D. Girolami and A. Serafini, doi:10.1103/PhysRevLett.109.190502.

    Examples
    --------
    A thermal mode with one quantum has ln 3.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> print(ql.analysis.renyi_entropy(np.diag([1.5, 1.5])).round(4))
    1.0986
    """
    return apply_measure(information.renyi_entropy, V, units="nats", physical=physical)


def mutual_information(
    V: Covariance, i: Modes, j: Modes, physical: Physical = "warn"
) -> Covariance:
    """Mutual information S(i) + S(j) − S(ij): all correlations of modes i with modes j.

    S is the von Neumann entropy.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    i, j : int, str, or a sequence of them
        Two groups of modes without a common mode: by index, or by name where V is labelled.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        The information in nats; NaN where `symplectic_eigenvalues` is.

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
    >>> print(ql.analysis.mutual_information(V, 0, 1).round(4))
    1.3189
    """
    return apply_measure(
        information.mutual_information, V, i=i, j=j, units="nats", physical=physical
    )


def renyi_mutual_information(
    V: Covariance, i: Modes, j: Modes, physical: Physical = "warn"
) -> Covariance:
    """Mutual information of Rényi-2 entropies, ½ ln[det V_i det V_j/det V_ij].

    It is that of the Wigner function taken as a probability density.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    i, j : int, str, or a sequence of them
        Two groups of modes without a common mode: by index, or by name where V is labelled.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        The information in nats; NaN where `symplectic_eigenvalues` is.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, or a mode is unknown or named twice.

    References
    ----------
    G. Adesso, D. Girolami and A. Serafini, doi:10.1103/PhysRevLett.109.190502.

    Examples
    --------
    A two-mode squeezed vacuum with r = ½ has 2 ln cosh 2r.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.array([[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]])
    >>> print(ql.analysis.renyi_mutual_information(V, 0, 1).round(4))
    0.8676
    """
    return apply_measure(
        information.renyi_mutual_information, V, i=i, j=j, units="nats", physical=physical
    )


def discord(V: Covariance, i: int | str, j: int | str, physical: Physical = "warn") -> Covariance:
    """Gaussian discord D(i|j) of two modes, measured on mode j.

    S(j) − S(ij) + min S(i after the measurement): the mutual information minus the largest
    information about mode i that a Gaussian measurement of mode j can give.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    i, j : int or str
        Two single modes, of which j is measured: by index, or by name where V is labelled.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        The discord in nats; NaN where `symplectic_eigenvalues` is.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, a mode is unknown or named twice, or i or j is not
        a single mode.

    References
    ----------
    G. Adesso and A. Datta, doi:10.1103/PhysRevLett.105.030501.

    Examples
    --------
    That of a pure state is the entropy of either mode.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.array([[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]])
    >>> print(ql.analysis.discord(V, 0, 1).round(4))
    0.6595
    """
    return apply_measure(information.discord, V, i=i, j=j, units="nats", physical=physical)
