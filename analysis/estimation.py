"""Measures of an ensemble with error bars, from coupled paths or plain ones, whichever knows
better.

An ensemble's covariance V̂ is that of its trajectories (plain), or that of the moment equation plus
the difference of full and linearised paths (coupled). A measure is read off either; its standard
error and its small-sample bias come from the same measure with one batch of trajectories left out
(delete-a-group jackknife).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..sde.ensemble.estimates import replicates
from ..sde.ensemble.jackknife import jackknife, jackknife_bias, prefers_coupled
from ..sde.labels import Q
from ..sde.support.checks import nearest, require_time, shown
from . import gaussian, information, labelled
from .gaussian import Array, conditional, symplectic_eigenvalues, transposed_eigenvalues
from .measure_names import known_measures, read_call, require_enough
from .soundness import Physical, examine_moments

FAINT = 1e-13
"""E_N and steering, in nats, up to which an estimate of them is rounding."""


@dataclass(frozen=True)
class Quantity:
    """A number of a covariance (..., n, n) → (...), smooth through zero; `clipped` where its
    positive part is meant.
    """

    name: str
    measure: Callable[[Array], Array]
    clipped: bool
    units: str

    def shown(self, value: Array) -> Array:
        """The value as it is meant: 0 for an E_N or a steering that is none, or rounding."""
        return np.where(value <= FAINT, 0.0, value) if self.clipped else value


def quantity(words: str, quadratures: Sequence[str]) -> Quantity:
    """A quantity of the covariance by its words: "covariance(a.X, b.q)", or a measure with its
    modes, as in maps.

    "log_negativity(a, b)", "steering(a, b)", "purity", "populations" or "populations(a)",
    "squeezing(a)", … Raises ValueError for words that name no measure, or no modes of the model.
    """
    if not isinstance(words, str):
        raise ValueError(f"a quantity is named in words, such as 'purity' (got {shown(words)})")
    name, given = read_call(words)
    modes = [label.rpartition(".")[0] for label in quadratures[::2]]
    if name == "covariance":
        row, column = _places(words, given, list(quadratures), 2, distinct=False)
        return Quantity(words, lambda V: np.asarray(V)[..., row, column], clipped=False, units="1")
    known = known_measures(labelled)
    if name not in known:
        raise ValueError(
            f"{words!r} is no quantity: {nearest(name, ['covariance', *known], 'choose from')}"
        )
    if name == "populations" and given:
        (mode,) = _places(words, given, modes, 1)
        return Quantity(
            words, lambda V: gaussian.populations(V)[..., mode], clipped=False, units="1"
        )
    places = _places(words, given, modes, len(known[name]))
    if name == "log_negativity":
        return Quantity(
            words,
            lambda V: _exponent(transposed_eigenvalues(V, *places)),
            clipped=True,
            units="nats",
        )
    if name == "steering":
        return Quantity(
            words,
            lambda V: _exponent(symplectic_eigenvalues(conditional(V, *places))),
            clipped=True,
            units="nats",
        )
    formula = getattr(gaussian, name, None) or getattr(information, name)
    return Quantity(words, lambda V: formula(V, *places), clipped=False, units="")


@dataclass(frozen=True, eq=False)
class _Judged:
    """A measure of one of the two covariances, its standard error, and the size of that of the
    covariance (times).
    """

    value: Array
    stderr: Array
    spread: Array

    def nothing(self) -> _Judged:
        """An estimate that is worse than any other, of the same shape."""
        return _Judged(
            *(np.full_like(part, np.nan) for part in (self.value, self.stderr, self.spread))
        )

    def better_than(self, other: _Judged) -> Array:
        """Where this estimate is the one to take, in the shape of the value."""
        whole = (self.spread <= other.spread) | np.isnan(other.spread)
        whole = whole.reshape(whole.shape + (1,) * (self.value.ndim - whole.ndim))
        return prefers_coupled(self.value, self.stderr, other.stderr) & whole


def estimate(
    result: xr.Dataset, words: str, since: float | None = None, physical: Physical = "warn"
) -> xr.Dataset:
    """A quantity, named as in `quantity`, of what `simulate` returned, at every time.

    With `since`, in s, covariances are averaged over the times from then on, of a run that has
    settled, before they are measured; there is then no time dimension.

    Returns value (and `signed`, the same before it is clipped) and stderr of the better estimate,
    `estimator` naming it: the coupled one unless the plain one has the smaller standard error, of
    the measure or of the covariance (a huge coupled covariance has a purity of no value and no
    error). Those of both (`coupled`, `plain`, each with `*_stderr`), and `linear`, that of the
    moment equation; `plain` and `linear` also before they are clipped, `*_signed`. Estimates are
    free of small-sample bias to leading order in 1/batches; E_N and steering are judged with their
    sign and then clipped at zero, so that the error bar of a vanishing one is that of −ln 2ν. A
    plain sample of few trajectories is often the covariance of no quantum state; where the moment
    equation's is none either, `physical` says what follows, as of the measures of covariances.
    Raises ValueError as `quantity` does, and for a time beyond the end of the run.
    """
    if not isinstance(result, xr.Dataset) or "batch_sums" not in result:
        remedy = (
            ""
            if not hasattr(result, "attrs")
            else "; qlangevin.runs.execution.sums.open_result reads a file with its sums"
        )
        raise ValueError(
            f"result must be what simulate returned, with batch_sums (got {shown(result)}){remedy}"
        )
    if since is not None:
        require_time("since", since)
    what = quantity(words, [str(label) for label in result[Q].values])
    average = since is not None
    if average:
        result = result.isel(time=late_times(result, since))
    if not words.strip().startswith("covariance"):
        examine_moments(words, result["covariance_linear"].values, physical)
    parts = replicates(result)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        plain = _judge(what, result["covariance_sample"].values, parts.plain, parts.counts, average)
        linear = what.measure(_averaged(result["covariance_linear"].values, average))
        coupled = plain.nothing()
        if parts.coupled is not None:
            whole = result["covariance_linear"].values + result["linearization_error"].values
            coupled = _judge(what, whole, parts.coupled, parts.counts, average)
    better = coupled.better_than(plain)
    data = {
        "value": what.shown(np.where(better, coupled.value, plain.value)),
        "stderr": np.where(better, coupled.stderr, plain.stderr),
        "signed": np.where(better, coupled.value, plain.value),
        "coupled": what.shown(coupled.value),
        "coupled_stderr": coupled.stderr,
        "plain": what.shown(plain.value),
        "plain_signed": plain.value,
        "plain_stderr": plain.stderr,
        "linear": what.shown(linear),
        "linear_signed": linear,
    }
    axes = [] if average else ["time"]
    dims = [*axes, *(f"element_{k}" for k in range(plain.value.ndim - len(axes)))]
    variables = {name: (dims, values, {"units": what.units}) for name, values in data.items()}
    variables["estimator"] = (dims, np.where(better, "coupled", "plain"), {"units": ""})
    coordinates = {} if average else {"time": result["time"]}
    return xr.Dataset(variables, coords=coordinates, attrs={"quantity": words})


def late_times(result: xr.Dataset, since: float | None) -> Array:
    """Indices of the times from `since`, in s, on; of the end alone for None. ValueError where
    there are none.
    """
    times = result["time"].values
    chosen = np.array([len(times) - 1]) if since is None else np.flatnonzero(times >= since)
    if not chosen.size:
        raise ValueError(
            f"since = {since:.3g} s lies beyond the end of the run, {times[-1]:.3g} s; take an "
            "earlier time"
        )
    return chosen


def _averaged(V: Array, average: bool) -> Array:
    """Covariances (..., time, n, n), or their average over time (..., n, n)."""
    return V.mean(axis=-3) if average else V


def _judge(what: Quantity, V: Array, left_out: Array, counts: Array, average: bool) -> _Judged:
    V, left_out = (_averaged(part, average) for part in (V, left_out))
    value, others = what.measure(V), what.measure(left_out)
    spread = np.linalg.norm(jackknife(V, left_out, counts), axis=(-2, -1))
    return _Judged(
        value - jackknife_bias(value, others, counts), jackknife(value, others, counts), spread
    )


def _places(
    words: str, given: list[str], known: list[str], count: int, distinct: bool = True
) -> list[int]:
    if distinct:
        require_enough(words, count, known)
    if len(given) != count or (distinct and len(set(given)) < count):
        wanted = f"{count} of {', '.join(known)}" if count else "no modes"
        raise ValueError(f"{words!r} must name {wanted}")
    for name in given:
        if name not in known:
            raise ValueError(f"{words!r} names {name!r}: {nearest(name, known, 'choose from')}")
    return [known.index(name) for name in given]


def _exponent(eigenvalues: Array) -> Array:
    """−ln 2ν of the least of the symplectic eigenvalues (..., modes), rising."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.log(2 * eigenvalues[..., 0]))
