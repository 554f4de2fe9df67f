"""Measures of an ensemble with error bars, from coupled paths or plain ones, whichever knows better.

An ensemble's covariance V̂ is that of its trajectories (plain), or that of the moment equation plus the difference of
full and linearised paths (coupled). A measure is read off either; its standard error and its small-sample bias come
from the same measure with one batch of trajectories left out (delete-a-group jackknife).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..sde.arguments import nearest
from ..sde.estimates import replicates
from ..sde.labels import Q
from ..sde.statistics import jackknife, jackknife_bias
from . import labelled
from .gaussian import Array, conditional, symplectic_eigenvalues, transposed_eigenvalues
from .named import known_measures, read_call


@dataclass(frozen=True)
class Quantity:
    """A number of a covariance (..., n, n) → (...), smooth through zero; `clipped` where its positive part is meant."""

    name: str
    measure: Callable[[Array], Array]
    clipped: bool
    units: str

    def shown(self, value: Array) -> Array:
        """The value as it is meant."""
        return np.maximum(value, 0.0) if self.clipped else value


def quantity(words: str, quadratures: Sequence[str]) -> Quantity:
    """A quantity of the covariance by its words: "covariance(a.X, b.q)", or a measure with its modes, as in maps.

    "log_negativity(a, b)", "steering(a, b)", "purity", "populations" or "populations(a)", "squeezing(a)", …
    Raises ValueError for words that name no measure, or no modes of the model.
    """
    name, given = read_call(words)
    modes = [label.rpartition(".")[0] for label in quadratures[::2]]
    if name == "covariance":
        row, column = _places(words, given, list(quadratures), 2)
        return Quantity(words, lambda V: np.asarray(V)[..., row, column], clipped=False, units="1")
    known = known_measures(labelled)
    if name not in known:
        raise ValueError(f"{words!r} is no quantity: {nearest(name, ['covariance', *known], 'choose from')}")
    if name == "populations" and given:
        (mode,) = _places(words, given, modes, 1)
        return Quantity(words, lambda V: labelled.populations(V)[..., mode], clipped=False, units="1")
    places = _places(words, given, modes, len(known[name]))
    if name == "log_negativity":
        return Quantity(words, lambda V: _exponent(transposed_eigenvalues(V, *places)), clipped=True, units="nats")
    if name == "steering":
        return Quantity(
            words, lambda V: _exponent(symplectic_eigenvalues(conditional(V, *places))), clipped=True, units="nats"
        )
    return Quantity(words, lambda V: getattr(labelled, name)(V, *places), clipped=False, units="")


def estimate(result: xr.Dataset, words: str, since: float | None = None) -> xr.Dataset:
    """A quantity, named as in `quantity`, of what `simulate` returned, at every time.

    With `since`, in s, covariances are averaged over the times from then on, of a run that has settled, before they
    are measured; there is then no time dimension.

    Returns value and stderr of the better estimate, `estimator` naming it (the smaller standard error), those of both
    (`coupled`, `plain`, each with `*_stderr`), and `linear`, that of the moment equation. Estimates are free of
    small-sample bias to leading order in 1/batches; E_N and steering are judged with their sign and then clipped at
    zero, so that the error bar of a vanishing one is that of −ln 2ν. A plain sample of few trajectories is often the
    covariance of no quantum state. Raises ValueError as `quantity` does.
    """
    what = quantity(words, [str(label) for label in result[Q].values])
    parts = replicates(result)
    late = slice(None) if since is None else result["time"].values >= since
    axes = ["time"] if since is None else []

    def average(V: Array) -> Array:
        return V[..., late, :, :] if since is None else V[..., late, :, :].mean(axis=-3)

    def judged(V: Array, left_out: Array) -> tuple[Array, Array]:
        value, others = what.measure(average(V)), what.measure(average(left_out))
        return value - jackknife_bias(value, others, parts.counts), jackknife(value, others, parts.counts)

    plain, plain_stderr = judged(result["covariance_sample"].values, parts.plain)
    linear = what.measure(average(result["covariance_linear"].values))
    coupled, coupled_stderr = np.full_like(plain, np.nan), np.full_like(plain, np.nan)
    if parts.coupled is not None:
        whole = result["covariance_linear"].values + result["linearization_error"].values
        coupled, coupled_stderr = judged(whole, parts.coupled)
    better = ~(coupled_stderr > plain_stderr) & np.isfinite(coupled)
    data = {
        "value": what.shown(np.where(better, coupled, plain)),
        "stderr": np.where(better, coupled_stderr, plain_stderr),
        "coupled": what.shown(coupled),
        "coupled_stderr": coupled_stderr,
        "plain": what.shown(plain),
        "plain_stderr": plain_stderr,
        "linear": what.shown(linear),
    }
    dims = [*axes, *(f"element_{k}" for k in range(plain.ndim - len(axes)))]
    variables = {name: (dims, values, {"units": what.units}) for name, values in data.items()}
    variables["estimator"] = (dims, np.where(better, "coupled", "plain"), {"units": ""})
    coordinates = {"time": result["time"]} if since is None else {}
    return xr.Dataset(variables, coords=coordinates, attrs={"quantity": words})


def _places(words: str, given: list[str], known: list[str], count: int) -> list[int]:
    if len(given) != count or (len(set(given)) < len(given) and words[:10] != "covariance"):
        raise ValueError(f"{words!r} must name {count} of {', '.join(known)}")
    for name in given:
        if name not in known:
            raise ValueError(f"{words!r} names {name!r}: {nearest(name, known, 'choose from')}")
    return [known.index(name) for name in given]


def _exponent(eigenvalues: Array) -> Array:
    """−ln 2ν of the least of the symplectic eigenvalues (..., modes), rising."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(2 * eigenvalues[..., 0]))
