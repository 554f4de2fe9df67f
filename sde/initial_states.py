"""Where a run starts: a Gaussian state, the dark state, or a steady state of the mean field."""

from __future__ import annotations

from typing import Any

import numpy as np

from .model.gaussian_state import Gaussian
from .model.model import Model
from .model.ports import channels_of
from .support.checks import Array, shown
from .support.errors import RefusedError
from .system import System, as_model

Start = str | Gaussian
STARTS = ("dark", "steady")
"""Starts that are given by name."""


class NoDarkStateError(RefusedError):
    """start="dark" for a model with a mode that loses nothing, or gains more than it loses."""


def dark_state(model: Model) -> Gaussian:
    """Every mode at rest in its own bath, without light: zero mean, variances n + ½.

    n follows from the mode's own block of drift and diffusion: n + ½ = −tr D / (2 tr A), with D of
    inputs that are not squeezed. The state has the leading axes of the model. Raises
    NoDarkStateError for a mode without net damping.
    """
    n = model.size
    variances = np.zeros((*model.batch, n))
    diffusion = unsqueezed_diffusion(model)
    for index, mode in enumerate(model.modes):
        pair = slice(2 * index, 2 * index + 2)
        damping = -np.trace(model.A[..., pair, pair], axis1=-2, axis2=-1)
        if not np.all(damping > 0):
            raise NoDarkStateError(
                f"mode {mode!r} has no net damping, so no dark state; start from a Gaussian instead"
            )
        noise = np.trace(diffusion[..., pair, pair], axis1=-2, axis2=-1)
        variances[..., pair] = (noise / (2 * damping))[..., None]
    return Gaussian(
        np.zeros((*model.batch, n)), variances[..., None] * np.eye(n), physical="ignore"
    )


def unsqueezed_diffusion(model: Model) -> Array:
    """D (..., n, n) in rad/s with the inputs of all ports unsqueezed."""
    B = model.B
    for name, port in model.ports.items():
        along, across = (np.linalg.norm(port.noise[..., axis], axis=-1) for axis in (0, 1))
        if np.any(along != across):
            known = along > 0  # none of a port's own noise is left where a feed replaces all of it
            B = B.copy()
            stretch = np.sqrt(np.where(known, across, 1.0) / np.where(known, along, 1.0))
            for channel, factor in zip(channels_of(name), (stretch, 1 / stretch), strict=True):
                B[..., model.channels.index(channel)] *= factor[..., None]
    return model.diffusion if B is model.B else B @ np.swapaxes(B, -1, -2)


def start_state(
    system: System | Model, start: Start, branch: int | None, model: Model | None = None
) -> Gaussian:
    """The state that `start` names: dark, a stable `branch` of the mean field, or the Gaussian.

    `model` is the model of the system, if the caller has built it already. Raises ValueError for
    any other name, a branch without start="steady", and a Gaussian that does not fit the model.
    """
    require_start(start, branch)
    model = as_model(system) if model is None else model
    if isinstance(start, Gaussian):
        return _matching(model, start)
    if start == "dark":
        dark = system.dark() if isinstance(system, System) else system
        return dark_state(model if dark is system else as_model(dark))
    from ..steady import branch_state  # upward import, listed in the import-linter contract

    return _matching(model, branch_state(system if model.batch else model, branch))


def require_start(start: Any, branch: Any) -> None:
    """Raise ValueError for an invalid start, and for a branch without start="steady"."""
    if branch is not None and not (isinstance(start, str) and start == "steady"):
        raise ValueError(
            f"branch = {shown(branch)} needs start='steady' (got start={shown(start)}); leave it "
            "out"
        )
    if not (isinstance(start, Gaussian) or (isinstance(start, str) and start in STARTS)):
        raise ValueError(f"start must be 'dark', 'steady' or a Gaussian (got {shown(start)})")


def _matching(model: Model, state: Gaussian) -> Gaussian:
    """The state, if its size and leading axes fit the model; ValueError otherwise."""
    if state.mean.shape[-1] != model.size:
        raise ValueError(
            f"start has {state.mean.shape[-1]} quadratures, the model {model.size}; "
            f"give a Gaussian of {model.size}"
        )
    if state.mean.shape[:-1] not in ((), model.batch):
        raise ValueError(
            f"start has leading axes {state.mean.shape[:-1]}, the model {model.batch}; give one "
            "state"
        )
    return state


def describe_start(start: Start, branch: int | None) -> dict[str, Any]:
    """The start as recorded in provenance: name, or mean and covariance; branch −1 for none."""
    number = -1 if branch is None else branch
    if isinstance(start, str):
        return {"start": start, "branch": number}
    return {"start": {"mean": start.mean, "covariance": start.covariance}, "branch": number}
