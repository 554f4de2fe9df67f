"""A polynomial drift c + A u + Q(u,u) + K(u,u,u): evaluated, expanded about a point, averaged."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np

from ..support.checks import Array, numeric, require_one_of
from .polynomial import Monomials

Level = Literal["weyl", "mean"]


class PolynomialDrift:
    """The drift of a model and what is computed from it; `Model` adds labels, noise and ports.

    c (..., n), A (..., n, n), Q and K are the fields of the model, in rad/s.
    """

    c: Array
    A: Array
    Q: Monomials
    K: Monomials

    @property
    def size(self) -> int:
        """Number of quadratures n."""
        return int(self.A.shape[-1])

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the leading axes (parameter points); () for one point."""
        return self.A.shape[:-2]

    @property
    def linear(self) -> bool:
        """Whether the drift has no quadratic and no cubic term."""
        return not (self.Q.value.any() or self.K.value.any())

    @cached_property
    def mean_level(self) -> Self:
        """The model whose drift is the vacuum average of this one: the papers' mean field."""
        return self.averaged(0.5 * np.eye(self.size))

    @cached_property
    def tensors(self) -> tuple[Array, Array]:
        """Q (..., n, n, n) and K (..., n, n, n, n) as dense arrays, symmetric in their factors."""
        return self.Q.dense(self.size), self.K.dense(self.size)

    def drift(self, u: Array, level: Level = "weyl") -> Array:
        """Deterministic part of du/dt.

        Parameters
        ----------
        u : array (..., n)
            Quadratures, real or complex; leading axes broadcast with the parameter points.
        level : {"weyl", "mean"}
            "weyl" is the c-number drift of trajectories, "mean" its vacuum average: the drift of
            the mean field.

        Returns
        -------
        array (..., n)
            In rad/s.

        Raises
        ------
        ValueError
            For u of another size and an unknown level.

        Examples
        --------
        A Kerr mode at X = √2; the two levels differ by the symmetric-ordering correction:

        >>> import numpy as np
        >>> import qlangevin as ql
        >>> model = ql.Model.build(["a"], ql.terms.kerr("a", 3.0))
        >>> u = np.array([np.sqrt(2.0), 0.0])
        >>> model.drift(u).round(12), model.drift(u, level="mean").round(3)
        (array([0., 0.]), array([ 0.   , -4.243]))
        """
        u = self._require_quadratures(u)
        m = self._of_level(level)
        return m.c + (m.A @ u[..., None])[..., 0] + m.Q.evaluate(u) + m.K.evaluate(u)

    def jacobian(self, u: Array, level: Level = "weyl") -> Array:
        """Derivative of the drift by the quadratures, ∂f/∂u.

        Parameters
        ----------
        u : array (..., n)
            Quadratures, as for `drift`.
        level : {"weyl", "mean"}
            As for `drift`.

        Returns
        -------
        array (..., n, n)
            In rad/s.

        Examples
        --------
        >>> import numpy as np
        >>> import qlangevin as ql
        >>> model = ql.Model.build(["a"], ql.terms.kerr("a", 3.0))
        >>> model.jacobian(np.array([2.0, 0.0]))
        array([[ 0.,  3.],
               [-15.,  0.]])
        """
        u = self._require_quadratures(u)
        m = self._of_level(level)
        return m.A + m.Q.jacobian(u) + m.K.jacobian(u)

    def about(self, u: Array) -> Self:
        """The same equation, rewritten exactly for the deviation from given quadratures.

        Parameters
        ----------
        u : array (..., n)
            The quadratures that the deviation δ is counted from.

        Returns
        -------
        Model
            With c = f(u), A = ∂f(u), and Q including the quadratic terms of K about u; leading axes
            broadcast.

        Examples
        --------
        >>> import numpy as np
        >>> import qlangevin as ql
        >>> model = ql.Model.build(["a"], ql.terms.kerr("a", 3.0))
        >>> u, delta = np.array([2.0, 0.0]), np.array([0.1, -0.2])
        >>> bool(np.allclose(model.about(u).drift(delta), model.drift(u + delta)))
        True
        """
        u = self._require_quadratures(u)
        batch = np.broadcast_shapes(self.batch, u.shape[:-1])
        Q = self.Q.joined(self.K.slice(u), batch)
        return self._replaced(c=self.drift(u), A=self.jacobian(u), Q=Q)

    def averaged(self, V: Array) -> Self:
        """The model of the Gaussian average of the drift, ⟨f(u + δ)⟩ = f(u) + ½f″:V.

        Parameters
        ----------
        V : array (..., n, n)
            Covariance of δ, held fixed.

        Returns
        -------
        Model
            The averages of Q are added to c and those of K to A. The Jacobian of this model is the
            average of the Jacobian.

        Raises
        ------
        ValueError
            For V of another size.

        Examples
        --------
        The mean level is the average over the vacuum:

        >>> import numpy as np
        >>> import qlangevin as ql
        >>> model = ql.Model.build(["a"], ql.terms.kerr("a", 3.0))
        >>> bool(np.all(model.averaged(0.5 * np.eye(2)).A == model.mean_level.A))
        True
        """
        V = numeric("V", V)
        if V.shape[-2:] != (self.size, self.size):
            wanted = f"(..., {self.size}, {self.size})"
            raise ValueError(f"V must have shape {wanted}, as the model has (got {V.shape})")
        shift = self.Q.averaged_over(V)
        slope = self.K.averaged_over(V)
        return self._replaced(c=self.c + shift, A=self.A + slope)

    def _of_level(self, level: str) -> Self:
        require_one_of("level", level, ("weyl", "mean"))
        return self if level == "weyl" else self.mean_level

    def _require_quadratures(self, u: Array) -> Array:
        """u as an array (..., n); ValueError for another size."""
        u = numeric("u", u)
        if u.shape[-1:] != (self.size,):
            wanted = f"(..., {self.size})"
            raise ValueError(
                f"u must have shape {wanted}, one entry per quadrature (got {u.shape})"
            )
        return u

    def _replaced(self, **fields: Any) -> Self:
        """A copy with some fields changed; models are dataclasses."""
        model: Any = self
        changed: Self = replace(model, **fields)
        return changed
