"""Entanglement and steering of Gaussian states, of plain or labelled covariances.

The array functions of the same names are those of `gaussian`.
"""

from __future__ import annotations

from . import gaussian
from .labelled import Covariance, Modes, apply_measure
from .physicality import Physical


def transposed_eigenvalues(
    V: Covariance, i: Modes, j: Modes, physical: Physical = "warn"
) -> Covariance:
    """Symplectic eigenvalues of the partial transpose of the state of modes i and j.

    The partial transpose changes the sign of Y of every mode in i. If any ν < ½, i and j are
    entangled.

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
    array or DataArray, shape (..., m)
        The eigenvalues ν of the m modes i and j, ascending, along `eigenvalue`; ½ for vacuum. NaN
        where V is not finite, not positive semidefinite, or has too few digits.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, or a mode is unknown or named twice.

    References
    ----------
    R. Simon, doi:10.1103/PhysRevLett.84.2726.

    Examples
    --------
    A two-mode squeezed vacuum with r = ½ has ν⁻ = e^{−2r}/2.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.array([[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]])
    >>> print(ql.analysis.transposed_eigenvalues(V, 0, 1).round(4))
    [0.1839 1.3591]
    """
    return apply_measure(
        gaussian.transposed_eigenvalues, V, i=i, j=j, axes={"eigenvalue": ()}, physical=physical
    )


def log_negativity(V: Covariance, i: Modes, j: Modes, physical: Physical = "warn") -> Covariance:
    """Logarithmic negativity E_N between modes i and modes j.

    E_N is the sum of −ln 2ν over all symplectic eigenvalues ν < ½ of the partial transpose. For one
    mode each that is max(0, −ln 2ν⁻).

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
        E_N ≥ 0 in nats; NaN where `transposed_eigenvalues` is.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, or a mode is unknown or named twice.

    References
    ----------
    G. Vidal and R. F. Werner, doi:10.1103/PhysRevA.65.032314.

    Examples
    --------
    A two-mode squeezed vacuum with r = ½ has E_N = 2r.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.array([[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]])
    >>> print(ql.analysis.log_negativity(V, 0, 1).round(6))
    1.0

    Of a steady state, with modes by name:

    >>> steady = ql.steady_state(ql.systems.SpinningResonator.published())
    >>> E = ql.analysis.log_negativity(steady["covariance"], "driven", "mechanical")
    >>> print(E.dims, E.attrs["units"])
    ('branch',) nats
    """
    return apply_measure(gaussian.log_negativity, V, i=i, j=j, units="nats", physical=physical)


def steering(V: Covariance, i: Modes, j: Modes, physical: Physical = "warn") -> Covariance:
    """Gaussian steering of modes j by measurements on modes i, i → j.

    The sum of −ln 2ν over all symplectic eigenvalues ν < ½ of the covariance of j given i. For a
    single mode j that is max(0, ½ ln[det V_i/(4 det V_ij)]).

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    i, j : int, str, or a sequence of them
        The modes that are measured and those that are steered: by index, or by name where V is
        labelled.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        Steering ≥ 0 in nats; NaN where V is not finite, not positive semidefinite, or has too few
        digits.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, or a mode is unknown or named twice.

    References
    ----------
    I. Kogias et al., doi:10.1103/PhysRevLett.114.060403.

    Examples
    --------
    A two-mode squeezed vacuum with r = ½ has ln cosh 2r.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.array([[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]])
    >>> print(ql.analysis.steering(V, 0, 1).round(4))
    0.4338
    """
    return apply_measure(gaussian.steering, V, i=i, j=j, units="nats", physical=physical)


def reid(V: Covariance, i: Modes, j: int | str, physical: Physical = "warn") -> Covariance:
    """Reid's product E_{j|i} = Δ_inf X_j · Δ_inf P_j of mode j inferred from modes i.

    X_j and P_j are each inferred from all quadratures of i with optimal gains. E_{j|i} < ½ shows
    that i steers j. Where the matrix of `conditional` has no X–P element, E_{j|i} is the square
    root of its determinant, and below ½ it is e^{−steering}/2; otherwise it is larger.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    i : int, str, or a sequence of them
        The modes that are measured: by index, or by name where V is labelled.
    j : int or str
        The single mode that is inferred.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        The product, ½ for vacuum; NaN where V is not finite or has too few digits.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, a mode is unknown or named twice, or j is not a
        single mode.

    References
    ----------
    M. D. Reid, doi:10.1103/PhysRevA.40.913.

    Examples
    --------
    A two-mode squeezed vacuum with r = ½ has 1/(2 cosh 2r).

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.array([[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]])
    >>> print(ql.analysis.reid(V, 0, 1).round(4))
    0.324
    """
    return apply_measure(gaussian.reid, V, i=i, j=j, physical=physical)


def duan(V: Covariance, i: int | str, j: int | str, physical: Physical = "warn") -> Covariance:
    """Duan's sum of variances of modes i and j, relative to its bound: < 1 means entangled.

    [Var(tX_i − X_j/t) + Var(tY_i + Y_j/t)]/(t² + 1/t²), minimised over t and over local phases.
    Local squeezing changes it, so a value ≥ 1 does not exclude entanglement; `log_negativity` = 0
    does.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    i, j : int or str
        Two single modes: by index, or by name where V is labelled.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        The sum, 1 for vacuum; NaN where V is not finite, not positive semidefinite, or has too few
        digits.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, a mode is unknown or named twice, or i or j is not
        a single mode.

    References
    ----------
    L.-M. Duan et al., doi:10.1103/PhysRevLett.84.2722.

    Examples
    --------
    A two-mode squeezed vacuum with r = ½ has e^{−2r}.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.array([[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]])
    >>> print(ql.analysis.duan(V, 0, 1).round(4))
    0.3679
    """
    return apply_measure(gaussian.duan, V, i=i, j=j, physical=physical)


def residual_contangle(
    V: Covariance, i: int | str, j: int | str, k: int | str, physical: Physical = "warn"
) -> Covariance:
    """Minimum residual contangle of modes i, j, k: > 0 for entanglement of all three.

    The minimum over the focus mode r of E_N²(r|st) − E_N²(r|s) − E_N²(r|t), where s and t are the
    other two modes; all further modes are traced out. E_N² is the contangle of a pure state; for
    mixed states it replaces the convex roof, as is usual in optomechanics, and the result may be
    negative.

    Parameters
    ----------
    V : array or DataArray, shape (..., 2n, 2n)
        Covariance of n modes, vacuum variance ½; labelled along quadrature and quadrature_.
    i, j, k : int or str
        Three single modes: by index, or by name where V is labelled.
    physical : "warn", "raise" or "ignore", default "warn"
        If V violates the uncertainty relation: UnphysicalWarning, UnphysicalError, or nothing.

    Returns
    -------
    array or DataArray, shape (...)
        The residual contangle in nats²; NaN where `log_negativity` is.

    Raises
    ------
    ValueError
        V has another shape or is not symmetric, or i, j, k are not three different single modes.

    References
    ----------
    G. Adesso and F. Illuminati, doi:10.1088/1367-2630/8/1/015; J. Li, S.-Y. Zhu and G. S. Agarwal,
    doi:10.1103/PhysRevLett.121.203601.

    Examples
    --------
    A squeezed pair beside a third mode in vacuum has none.

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> c, s = np.cosh(1) / 2, np.sinh(1) / 2
    >>> V = np.eye(6) / 2
    >>> V[:4, :4] = [[c, 0, s, 0], [0, c, 0, -s], [s, 0, c, 0], [0, -s, 0, c]]
    >>> print(abs(ql.analysis.residual_contangle(V, 0, 1, 2)).round(6))
    0.0
    """
    return apply_measure(
        gaussian.residual_contangle, V, i=i, j=j, k=k, units="nats²", physical=physical
    )
