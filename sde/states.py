"""Where a run starts: Gaussian states, the dark state, and a steady state of the mean field."""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from importlib import import_module
from typing import Any

import numpy as np

from .arguments import numbers, require_one_of, shown
from .model import Array, Model, as_model
from .quantum_states import kept_commutators, symplectic_form_of, uncertainty, violation  # noqa: F401
from .system import System


@dataclass(frozen=True, eq=False)
class Gaussian:
    """A Gaussian state: mean (..., n) and covariance (..., n, n), vacuum variance ½.

    Raises ValueError when the shapes disagree, or the covariance is not symmetric and positive semidefinite; and when
    it breaks the uncertainty relation V + iΩ/2 ≥ 0, beyond a fraction 10⁻⁴ of itself, unless physical =
    "ignore", which a classical start needs.
    """

    mean: Array
    covariance: Array
    physical: InitVar[str] = "raise"

    def __post_init__(self, physical: str) -> None:
        require_one_of("physical", physical, ("raise", "ignore"))
        mean, V = numbers("mean", self.mean), numbers("covariance", self.covariance)
        if mean.ndim == 0 or V.shape[-2:] != (mean.shape[-1], mean.shape[-1]):
            raise ValueError(f"covariance must have shape (..., n, n) for a mean of {mean.shape} (got {V.shape})")
        if mean.shape[-1] % 2:
            raise ValueError(f"mean must hold two quadratures per mode (got {mean.shape[-1]} numbers)")
        if not np.all(np.isfinite(mean)):
            raise ValueError(f"mean must be finite (got {shown(mean)})")
        if not np.allclose(V, np.swapaxes(V, -1, -2), rtol=1e-10, atol=0):
            raise ValueError("covariance must be symmetric; use (V + Vᵀ)/2")
        least = np.linalg.eigvalsh(V).min()
        if not least >= -1e-12 * np.abs(V).max():
            raise ValueError(f"covariance must be positive semidefinite (its least eigenvalue is {least:.3g})")
        if physical == "raise" and (said := violation(V)):
            raise ValueError(f"{said}; physical = 'ignore' takes it all the same")
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "covariance", V)

    def square_root(self) -> Array:
        """The symmetric S with S S = covariance, which may be singular."""
        values, vectors = np.linalg.eigh(self.covariance)
        scaled = vectors * np.sqrt(np.clip(values, 0, None))[..., None, :]
        return np.asarray(scaled @ np.swapaxes(vectors, -1, -2))


Start = str | Gaussian


def dark_state(model: Model) -> Gaussian:
    """Every mode alone in its own bath, all light off: zero mean, V = (n + ½) per mode.

    n follows from the mode's own block of drift and diffusion, n + ½ = −tr D / (2 tr A).
    Raises ValueError for a mode without net damping.
    """
    n = model.size
    variances = np.zeros((*model.batch, n))
    for index, mode in enumerate(model.modes):
        pair = slice(2 * index, 2 * index + 2)
        damping = -np.trace(model.A[..., pair, pair], axis1=-2, axis2=-1)
        if not np.all(damping > 0):
            raise ValueError(f"mode {mode!r} has no net damping, so no dark state; start from a Gaussian instead")
        noise = np.trace(model.diffusion[..., pair, pair], axis1=-2, axis2=-1)
        variances[..., pair] = (noise / (2 * damping))[..., None]
    return Gaussian(np.zeros((*model.batch, n)), variances[..., None] * np.eye(n), physical="ignore")


def start_state(system: System | Model, start: Start, branch: int | None) -> Gaussian:
    """The state that `start` names: "dark", "steady" (a stable `branch` of the mean field), or a Gaussian itself.

    Raises ValueError for another name, a branch without start="steady", and a Gaussian that does not fit the model.
    """
    if branch is not None and not (isinstance(start, str) and start == "steady"):
        raise ValueError(f"branch = {shown(branch)} needs start='steady' (got start={shown(start)}); leave it out")
    if isinstance(start, Gaussian):
        return _matching(as_model(system), start)
    if not isinstance(start, str):
        raise ValueError(f"start must be 'dark', 'steady' or a Gaussian (got {shown(start)})")
    if start == "dark":
        return dark_state(as_model(system.dark() if isinstance(system, System) else system))
    if start == "steady":
        # The steady side lies above this package, so it is looked up by name when first asked for.
        steady = import_module(__package__.rpartition(".")[0] + ".steady")
        return _matching(as_model(system), steady.branch_state(system, branch))
    raise ValueError(f"start must be 'dark', 'steady' or a Gaussian (got {start!r})")


def _matching(model: Model, state: Gaussian) -> Gaussian:
    if state.mean.shape[-1] != model.size:
        raise ValueError(f"start has {state.mean.shape[-1]} quadratures, the model {model.size}")
    if state.mean.shape[:-1] not in ((), model.batch):
        raise ValueError(f"start has leading axes {state.mean.shape[:-1]}, the model {model.batch}; give one state")
    return state


def describe_start(start: Start, branch: int | None) -> dict[str, Any]:
    """What provenance keeps: the start by name, or the mean and covariance of a Gaussian; the branch, −1 for none."""
    state = start if isinstance(start, str) else {"mean": start.mean, "covariance": start.covariance}
    return {"start": state, "branch": -1 if branch is None else branch}
