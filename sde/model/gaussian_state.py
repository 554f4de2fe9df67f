"""Gaussian states: mean and covariance."""

from __future__ import annotations

from dataclasses import InitVar, dataclass

import numpy as np

from ..support.checks import Array, numbers, require_one_of, shown
from .uncertainty import describe_violation


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A Gaussian state: mean and covariance of the quadratures, vacuum variance ½.

    Parameters
    ----------
    mean : array (..., n)
        Means of the quadratures X, Y of each mode, dimensionless; leading axes run over parameter
        points.
    covariance : array (..., n, n)
        Their symmetrised covariance.
    physical : {"raise", "ignore"}
        "ignore" allows a covariance that breaks the uncertainty relation, such as that of a
        classical start.

    Raises
    ------
    ValueError
        When the shapes disagree, the mean is not finite, the covariance is not symmetric and
        positive semidefinite, or V(1 + 10⁻⁴) breaks the uncertainty relation V + iΩ/2 ≥ 0.

    Examples
    --------
    A coherent state of one mode with two quanta:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> ql.Gaussian(mean=np.array([2.0, 0.0]), covariance=0.5 * np.eye(2)).mean
    array([2., 0.])
    """

    mean: Array
    covariance: Array
    physical: InitVar[str] = "raise"

    def __post_init__(self, physical: str) -> None:
        require_one_of("physical", physical, ("raise", "ignore"))
        mean = numbers("mean", self.mean)
        V = numbers("covariance", self.covariance)
        if mean.ndim == 0 or V.shape[-2:] != (mean.shape[-1], mean.shape[-1]):
            raise ValueError(
                f"covariance must have shape (..., n, n) for a mean of {mean.shape} (got {V.shape})"
            )
        if mean.shape[-1] % 2:
            raise ValueError(
                f"mean must hold two quadratures per mode (got {mean.shape[-1]} numbers)"
            )
        if not np.all(np.isfinite(mean)):
            raise ValueError(f"mean must be finite (got {shown(mean)})")
        if not np.allclose(V, np.swapaxes(V, -1, -2), rtol=1e-10, atol=0):
            raise ValueError("covariance must be symmetric; use (V + Vᵀ)/2")
        least = np.linalg.eigvalsh(V).min()
        if not least >= -1e-12 * np.abs(V).max():
            raise ValueError(
                f"covariance must be positive semidefinite (its least eigenvalue is {least:.3g})"
            )
        if physical == "raise" and (violation := describe_violation(V)):
            raise ValueError(f"{violation}; physical = 'ignore' accepts it")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", V)

    def square_root(self) -> Array:
        """Symmetric square root of the covariance, which may be singular.

        Returns
        -------
        array (..., n, n)
            S = Sᵀ with S S = covariance.

        Examples
        --------
        >>> import numpy as np
        >>> import qlangevin as ql
        >>> ql.Gaussian(np.zeros(2), np.diag([4.0, 1.0])).square_root()
        array([[2., 0.],
               [0., 1.]])
        """
        values, vectors = np.linalg.eigh(self.covariance)
        scaled = vectors * np.sqrt(np.clip(values, 0, None))[..., None, :]
        return np.asarray(scaled @ np.swapaxes(vectors, -1, -2))
