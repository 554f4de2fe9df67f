"""Measures of an ensemble with error bars, from coupled or plain paths.

An ensemble's covariance V̂ is that of its trajectories (plain), or that of the moment equation plus
the difference of full and linearised paths (coupled); of the two estimates the one with the smaller
standard error is taken. The standard error of a measure and its small-sample bias come from the
same measure with one batch of trajectories left out (delete-a-group jackknife).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..sde.ensemble.estimates import Replicates, replicates
from ..sde.ensemble.jackknife import jackknife, jackknife_bias, prefers_coupled
from ..sde.kept_elements import KeptElements
from ..sde.labels import Q, variable
from ..sde.support.checks import require_time, shown
from .measure_names import Quantity, quantity
from .mode_blocks import Array
from .physicality import Physical, examine_moments

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

    def elements(name: str) -> Array:
        """Elements (times, elements) of a covariance of the result."""
        return parts.kept.elements(result[name].values)

    moments = elements("covariance_linear")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        plain = _estimated(what, elements("covariance_sample"), parts.plain, parts, average)
        linear = what.of(_averaged(moments, average), parts.kept.listed)
        if parts.coupled is None:
            return plain, plain.missing(), linear
        whole = moments + elements("linearization_error")
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


def _averaged(V: Array, average: bool) -> Array:
    """Elements (..., time, elements) of covariances, or their average over time."""
    return V.mean(axis=-2) if average else V


def _estimated(
    what: Quantity, V: Array, left_out: Array, parts: Replicates, average: bool
) -> _Estimate:
    """The estimate from V (times, elements), with its replicates (batches, times, elements)."""
    kept, counts = parts.kept.listed, parts.counts
    V, left_out = (_averaged(part, average) for part in (V, left_out))
    value = what.of(V, kept)
    others = what.of(left_out, kept)
    spread = kept.norm(jackknife(V, left_out, counts))
    return _Estimate(
        value - jackknife_bias(value, others, counts), jackknife(value, others, counts), spread
    )
