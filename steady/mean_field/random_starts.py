"""Random starts of the mean field, for searches of fixed points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import Array, nearest, numbers, require_whole, shown
from ...sde.system import System, as_single_model


def random_starts(
    system: System | Model,
    quanta: float | Mapping[str, float],
    number: int = 16,
    *,
    seed: int = 0,
) -> Array:
    """Draw random means within bounds, as `starts` or `near` of `fixed_points`.

    Parameters
    ----------
    system : System or Model
        Its parameters are single numbers.
    quanta : float, or mapping of str to float
        Largest |⟨a⟩|² of each mode, or of modes by name; modes that are not named start dark.
    number : int, default 16
        Number of starts.
    seed : int, default 0
        Seed of the random numbers.

    Returns
    -------
    array (number, n)
        Means of the quadratures, without unit. ⟨a⟩ of each mode is distributed uniformly over the
        disc of |⟨a⟩|² ≤ quanta.

    Raises
    ------
    ValueError
        For parameters that are arrays, unknown modes, and numbers that are negative or not finite.

    Examples
    --------
    >>> import qlangevin as ql
    >>> kerr = ql.Model.build(
    ...     ["a"],
    ...     [
    ...         ql.terms.detune("a", 3.0),
    ...         ql.terms.kerr("a", -0.1),
    ...         ql.terms.drive("a", 6.0),
    ...         ql.terms.lose("a", "out", amplitude_rate=1.0),
    ...     ],
    ... )
    >>> starts = ql.random_starts(kerr, quanta=50, number=24, seed=1)
    >>> starts.shape, ql.fixed_points(kerr, near=starts)["kind"].values.tolist()
    ((24, 2), ['stable', 'saddle', 'stable'])
    """
    model = as_single_model(system, "random_starts")
    require_whole("number", number, 1)
    require_whole("seed", seed, 0)
    largest = _largest(model, quanta)
    random = np.random.default_rng(seed)
    size = np.sqrt(2 * largest * random.uniform(size=(number, len(largest))))
    angle = random.uniform(0, 2 * np.pi, size=size.shape)
    return np.stack([size * np.cos(angle), size * np.sin(angle)], axis=-1).reshape(number, -1)


def _largest(model: Model, quanta: Any) -> Array:
    """The largest quanta of each mode (modes,). Raises ValueError."""
    named = quanta if isinstance(quanta, Mapping) else dict.fromkeys(model.modes, quanta)
    for mode in named:
        if mode not in model.modes:
            raise ValueError(f"quanta names {mode!r}: {nearest(str(mode), model.modes, 'modes')}")
    bounds = np.array([numbers("quanta", named.get(mode, 0.0)) for mode in model.modes])
    if bounds.ndim != 1 or not np.all(np.isfinite(bounds) & (bounds >= 0)):
        raise ValueError(
            f"quanta must be finite numbers, zero or positive, one for each mode (got "
            f"{shown(quanta)})"
        )
    return bounds
