"""Measures of an ensemble with error bars, from coupled or plain paths.

An ensemble's covariance V̂ is that of its trajectories (plain), or that of the moment equation plus
the difference of full and linearised paths (coupled); of the two estimates the one with the smaller
standard error is taken. The standard error of a measure and its small-sample bias come from the
same measure with one batch of trajectories left out (delete-a-group jackknife).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..sde.ensemble.estimates import Replicates, replicates
from ..sde.ensemble.jackknife import jackknife, jackknife_bias, prefers_coupled
from ..sde.kept_elements import KeptElements
from ..sde.labels import Q, variable
from ..sde.support.checks import nearest, require_time, shown
from . import gaussian
from .measure_names import read_call, require_enough
from .measures import COVARIANCE_MEASURES, Measure
from .mode_blocks import Array
from .physicality import Physical, examine_moments

FAINT = 1e-13
"""Estimates of E_N and steering up to this value, in nats, are rounding errors."""
MEANINGS = {
    "value": "estimate with the smaller standard error",
    "stderr": "standard error of the estimate",
    "signed": "the estimate before it is clipped at zero",
    "coupled": "estimate from the difference of full and linearised paths",
    "coupled_stderr": "standard error of the coupled estimate",
    "plain": "estimate from the full paths alone",
    "plain_signed": "the plain estimate before it is clipped at zero",
    "plain_stderr": "standard error of the plain estimate",
    "linear": "value of the moment equation",
    "linear_signed": "value of the moment equation before it is clipped at zero",
}
"""What the variables of an estimate mean; all are in the unit of the quantity."""


@dataclass(frozen=True)
class Quantity:
    """A function of covariances (..., n, n) → (...), smooth through zero.

    It is `formula(V, *places)`, which reads the block of V of certain `quadratures` alone, in which
    the places are 0, 1, …; None if it reads all of V, or, if `of_each_mode`, the blocks of all
    modes, each by itself. If `clipped`, the quantity is the positive part.
    """

    name: str
    formula: Callable[..., Array]
    clipped: bool
    units: str
    places: tuple[int, ...] = ()
    quadratures: tuple[int, ...] | None = None
    of_each_mode: bool = False

    def measure(self, V: Array) -> Array:
        """The quantity (...) of whole covariances V (..., n, n)."""
        return self.formula(V, *self.places)

    def block(self, values: Array, kept: KeptElements) -> Array:
        """The part of covariances, in an array of a result, that the quantity is one of."""
        if kept.matrices:
            return values
        if self.of_each_mode:
            return kept.mode_blocks(values)
        return kept.block(values, self._needed(kept), self.name)

    def of(self, values: Array, kept: KeptElements) -> Array:
        """The quantity (...) of covariances in an array of a result. Raises NotKeptError."""
        block = self.block(values, kept)
        if kept.matrices:
            return self.measure(block)
        found = self.formula(block, *range(len(self.places)))
        return found[..., 0] if self.of_each_mode else found

    def require_kept(self, kept: KeptElements) -> None:
        """Raise NotKeptError if it needs elements that are not kept."""
        if not self.of_each_mode:
            kept.require(np.asarray(self._needed(kept), int), self.name)

    def _needed(self, kept: KeptElements) -> Sequence[int]:
        return range(kept.size) if self.quadratures is None else self.quadratures

    def shown(self, value: Array) -> Array:
        """The value (...), 0 for an E_N or a steering that is negative or rounding."""
        return np.where(value <= FAINT, 0.0, value) if self.clipped else value


def quantity(words: str, quadratures: Sequence[str]) -> Quantity:
    """The quantity with a name such as "purity", for a model with these quadrature labels.

    "covariance(a.X, b.q)" is an element; "populations(a)" are the quanta of one mode; all others
    are measures with their modes, as in maps: "log_negativity(a, b)", "populations",
    "squeezing(a)", … Raises ValueError for words that name no measure, or no modes of the model.
    """
    if not isinstance(words, str):
        raise ValueError(f"a quantity is named in words, such as 'purity' (got {shown(words)})")
    name, given = read_call(words)
    modes = [label.rpartition(".")[0] for label in quadratures[::2]]
    if name == "covariance":
        row, column = _places(words, given, list(quadratures), 2, distinct=False)
        element = row, column
        return Quantity(words, _element, False, "1", element, quadratures=element)
    if name not in COVARIANCE_MEASURES:
        known = ["covariance", *COVARIANCE_MEASURES]
        raise ValueError(f"{words!r} is no quantity: {nearest(name, known, 'choose from')}")
    if name == "populations" and given:
        places = tuple(_places(words, given, modes, 1))
        return Quantity(words, _quanta, False, "1", places, _quadratures_of(places))
    measure = COVARIANCE_MEASURES[name]
    return _measured(words, measure, _places(words, given, modes, measure.takes.count))


def _measured(words: str, measure: Measure, places: Sequence[int]) -> Quantity:
    """A measure of the table, of modes by index, as a quantity."""
    formula = measure.formula
    assert formula is not None
    # Estimates of other measures than E_N and steering carry no unit.
    units = measure.units if measure.clipped else ""
    needed = _quadratures_of(places) if places else None
    each = measure.name == "populations"
    return Quantity(words, formula, measure.clipped, units, tuple(places), needed, each)


def _element(V: Array, row: int, column: int) -> Array:
    return np.asarray(V)[..., row, column]


def _quanta(V: Array, mode: int) -> Array:
    return np.asarray(gaussian.populations(V)[..., mode])


def _quadratures_of(modes: Sequence[int]) -> tuple[int, ...]:
    """The quadratures of modes, by their indices."""
    return tuple(2 * mode + k for mode in modes for k in range(2))


def _places(
    words: str, given: list[str], known: list[str], count: int, distinct: bool = True
) -> list[int]:
    """The indices of the names given among those known; ValueError unless there are `count`."""
    if distinct:
        require_enough(words, count, known)
    if len(given) != count or (distinct and len(set(given)) < count):
        wanted = f"{count} of {', '.join(known)}" if count else "no modes"
        raise ValueError(f"{words!r} must name {wanted}")
    for name in given:
        if name not in known:
            raise ValueError(f"{words!r} names {name!r}: {nearest(name, known, 'choose from')}")
    return [known.index(name) for name in given]


@dataclass(frozen=True, eq=False)
class _Estimate:
    """A measure of the coupled or of the plain covariance.

    `value` and `stderr` have the shape of the measure; `spread` (times) is the norm of the standard
    errors of the covariance, as far as it is kept.
    """

    value: Array
    stderr: Array
    spread: Array

    def missing(self) -> _Estimate:
        """An estimate of the same shape with NaN for all numbers."""
        parts = (self.value, self.stderr, self.spread)
        return _Estimate(*(np.full_like(part, np.nan) for part in parts))

    def better_than(self, other: _Estimate) -> Array:
        """Whether this estimate is preferred to another, in the shape of the value."""
        narrower = (self.spread <= other.spread) | np.isnan(other.spread)
        narrower = narrower.reshape(narrower.shape + (1,) * (self.value.ndim - narrower.ndim))
        return prefers_coupled(self.value, self.stderr, other.stderr) & narrower


def estimate(
    result: xr.Dataset, words: str, since: float | None = None, physical: Physical = "warn"
) -> xr.Dataset:
    """A measure of the covariance of an ensemble, with its standard error, at every time.

    The coupled estimate is taken unless the plain one has the smaller standard error, of the
    measure or of the covariance. (Both are compared, because a huge coupled covariance has a purity
    of 0 with an error of 0.) Estimates are free of small-sample bias to leading order in 1/batches.
    E_N and steering are estimated with their sign and then clipped at zero, so an estimate of zero
    has the error bar of −ln 2ν.

    Parameters
    ----------
    result : Dataset
        Result of `simulate`.
    words : str
        The quantity: a measure with its modes, "log_negativity(a, b)", "steering(a, b)",
        "squeezing(a)", "purity", …; "populations" or "populations(a)"; or an element of the
        covariance, "covariance(a.X, b.q)".
    since : float, optional
        Time in s from which the run has settled: the measure is that of the covariance averaged
        over all later times. Unless given, every time has its own estimate.
    physical : "warn", "raise" or "ignore", default "warn"
        If the covariance of the moment equation violates the uncertainty relation:
        UnphysicalWarning, UnphysicalError, or nothing. (That of a few plain trajectories often
        violates it.)

    Returns
    -------
    Dataset (time, ...)
        value and stderr: the better estimate, and `estimator`, "coupled" or "plain"; signed: the
        value before it is clipped; coupled, plain, each with `*_stderr`: both estimates; linear:
        that of the moment equation; plain_signed, linear_signed: before they are clipped. There is
        no time with `since`. A measure of several numbers has further dimensions, element_0, ….

    Raises
    ------
    ValueError
        `words` name no quantity or no modes of the model, or `since` lies beyond the end.
    NotKeptError
        The quantity needs elements that simulate(moments="modes") did not keep.
    UnphysicalError
        With physical = "raise".

    Examples
    --------
    >>> import qlangevin as ql
    >>> resonator = ql.systems.SpinningResonator.published()
    >>> result = ql.simulate(resonator, trajectories=256, duration=1e-8, step=1e-11, samples=2)
    >>> E = ql.analysis.estimate(result, "log_negativity(driven, mechanical)")
    >>> print(E["value"].dims, E["value"].attrs["units"], E["estimator"].values[-1])
    ('time',) nats coupled
    """
    _require_ensemble(result)
    if since is not None:
        require_time("since", since)
    what = quantity(words, [str(label) for label in result[Q].values])
    average = since is not None
    if average:
        result = result.isel(time=late_times(result, since))
    kept = KeptElements.of(result)
    what.require_kept(kept)
    if not words.strip().startswith("covariance"):
        examine_moments(words, what.block(result["covariance_linear"].values, kept), physical)
    plain, coupled, linear = _estimates(what, result, average)
    better = coupled.better_than(plain)
    value = np.where(better, coupled.value, plain.value)
    data = {
        "value": what.shown(value),
        "stderr": np.where(better, coupled.stderr, plain.stderr),
        "signed": value,
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
    variables = {
        name: variable(dims, values, what.units, MEANINGS[name]) for name, values in data.items()
    }
    chosen = np.where(better, "coupled", "plain")
    variables["estimator"] = variable(dims, chosen, "", "estimate that is taken")
    coordinates = {} if average else {"time": result["time"]}
    return xr.Dataset(variables, coords=coordinates, attrs={"quantity": words})


def _require_ensemble(result: xr.Dataset) -> None:
    """ValueError unless a result is one of `simulate` with its batch sums."""
    if isinstance(result, xr.Dataset) and "batch_sums" in result:
        if missing := [dim for dim in ("time", Q) if dim not in result.dims]:
            raise ValueError(
                f"result must keep its dimension {missing[0]}: estimate the whole result of "
                "simulate, and select from the estimate, as in estimate(run, words).isel(time=-1)"
            )
        return
    remedy = "; qlangevin.open_result reads a file with its sums"
    raise ValueError(
        f"result must be what simulate returned, with batch_sums (got {shown(result)})"
        f"{remedy if hasattr(result, 'attrs') else ''}"
    )


def _estimates(
    what: Quantity, result: xr.Dataset, average: bool
) -> tuple[_Estimate, _Estimate, Array]:
    """The plain and the coupled estimate (NaN without twins), and the moment equation's value."""
    parts = replicates(result)
    moments = result["covariance_linear"].values
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        sample = result["covariance_sample"].values
        plain = _estimated(what, sample, parts.plain, parts, average)
        linear = what.of(_averaged(moments, parts.kept, average), parts.kept)
        if parts.coupled is None:
            return plain, plain.missing(), linear
        whole = moments + result["linearization_error"].values
        coupled = _estimated(what, whole, parts.coupled, parts, average)
    return plain, coupled, linear


def late_times(result: xr.Dataset, since: float | None) -> Array:
    """Indices (m,) of the times t ≥ `since`, in s; that of the last time alone for None.

    Raises ValueError where there are none.
    """
    times = result["time"].values
    chosen = np.array([len(times) - 1]) if since is None else np.flatnonzero(times >= since)
    if not chosen.size:
        raise ValueError(
            f"since = {since:.3g} s lies beyond the end of the run, {times[-1]:.3g} s; take an "
            "earlier time"
        )
    return chosen


def _averaged(V: Array, kept: KeptElements, average: bool) -> Array:
    """Covariances (..., time, ...) in an array of a result, or their average over time."""
    return V.mean(axis=kept.axes(V)[0] - 1) if average else V


def _estimated(
    what: Quantity, V: Array, left_out: Array, parts: Replicates, average: bool
) -> _Estimate:
    """The estimate from V (times, ...) and its replicates left_out (batches, times, ...)."""
    kept, counts = parts.kept, parts.counts
    V, left_out = (_averaged(part, kept, average) for part in (V, left_out))
    value = what.of(V, kept)
    others = what.of(left_out, kept)
    spread = kept.norm(jackknife(V, left_out, counts))
    return _Estimate(
        value - jackknife_bias(value, others, counts), jackknife(value, others, counts), spread
    )
