"""The mean-field equations of one parameter point, integrated with SciPy."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.integrate import solve_ivp

from ...sde.model.model import Model
from ...sde.support.checks import Array
from .drift_terms import DriftTerms, drift_terms

RELATIVE_TOLERANCE = 1e-10
"""Relative tolerance of the integration."""
REST = 1e-9
"""Drift, in units of rate and size, below which a mean field is at rest."""


class BudgetError(ArithmeticError):
    """An integration needs more evaluations of the drift than its budget."""


@dataclass
class Budget:
    """Evaluations of the drift that integrations may still take.

    `reached` is the latest time and mean when none were left.
    """

    left: int
    reached: tuple[float, Array] | None = None

    def counted(self, drift: Callable[[float, Array], Array]) -> Callable[[float, Array], Array]:
        """The drift as a function that raises BudgetError when none are left."""

        def counted(time: float, y: Array) -> Array:
            self.left -= 1
            if self.left < 0:
                if self.reached is None or time > self.reached[0]:
                    self.reached = time, y.copy()
                raise BudgetError
            return drift(time, y)

        return counted


@dataclass(frozen=True)
class Flow:
    """du/dt = c + A u + Q(u,u) + K(u,u,u) of one parameter point, in units of `rate`.

    `terms` are divided by `rate`, rad/s; `scale` is the size of u for absolute tolerances.
    """

    terms: DriftTerms
    rate: float
    scale: float

    @classmethod
    def of(cls, model: Model, scale: float) -> Self:
        """The mean-field flow of a model of one parameter point."""
        return cls._of_drift(model.mean_level, scale)

    @classmethod
    def _of_drift(cls, mean: Model, scale: float) -> Self:
        """The flow of a model's mean-level drift."""
        rate = float(np.abs(mean.A).max()) or 1.0
        return cls(drift_terms(mean, rate), rate, scale)

    @classmethod
    def from_start(cls, mean: Model, start: Array) -> Self:
        """The flow of a mean-level drift, its scale that of the start (n,) and of the drive."""
        flow = cls._of_drift(mean, 1.0)
        return replace(
            flow, scale=max(1.0, float(np.linalg.norm(start)), float(np.linalg.norm(flow.terms.c)))
        )

    def at_rest(self, u: Array) -> bool:
        """Whether the mean field at u (n,) is at rest, to the accuracy of the integration."""
        return bool(np.abs(self.drift(0.0, u)).max() <= REST * max(1.0, float(np.abs(u).max())))

    @property
    def nonlinear(self) -> bool:
        """Whether the drift has a quadratic or cubic term."""
        return self.terms.nonlinear

    def drift(self, _time: float, u: Array) -> Array:
        """du/dt at u (n,)."""
        return self.terms.drift(u)

    def jacobian(self, u: Array) -> Array:
        """∂drift/∂u at u (n,), shape (n, n)."""
        return self.terms.jacobian(u)

    def integrate(self, u: Array, times: Array, budget: Budget, *, stiff: bool = False) -> Any:
        """SciPy's solution from u (n,) at times[0], sampled at times (samples,) in 1/rate.

        With `stiff`, by a method of many steps that becomes implicit where decay limits its steps;
        else by an explicit method. Raises BudgetError.
        """
        method: dict[str, Any] = {"method": "DOP853"}
        if stiff:
            method = {"method": "LSODA", "jac": lambda _time, u: self.jacobian(u)}
        with np.errstate(over="ignore", invalid="ignore"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "lsoda:")  # an error of LSODA is in the status
            return solve_ivp(
                budget.counted(self.drift),
                (times[0], times[-1]),
                u,
                t_eval=times,
                rtol=RELATIVE_TOLERANCE,
                atol=RELATIVE_TOLERANCE * self.scale,
                **method,
            )

    def return_map(self, u: Array, period: float, budget: Budget) -> tuple[Array, Array]:
        """Where u (n,) is after a period, and the derivative of that by u (n, n).

        The derivative obeys dM/dt = J(u) M. Raises BudgetError.
        """
        n = len(u)

        def variational(_time: float, y: Array) -> Array:
            drift, jacobian = self.terms.drift_and_jacobian(y[:n])
            return np.concatenate([drift, (jacobian @ y[n:].reshape(n, n)).ravel()])

        tolerance = RELATIVE_TOLERANCE * np.concatenate([np.full(n, self.scale), np.ones(n * n)])
        start = np.concatenate([u, np.eye(n).ravel()])
        with np.errstate(over="ignore", invalid="ignore"):
            end = solve_ivp(
                budget.counted(variational),
                (0.0, period),
                start,
                method="DOP853",
                rtol=RELATIVE_TOLERANCE,
                atol=tolerance,
            ).y[:, -1]
        return end[:n], end[n:].reshape(n, n)
