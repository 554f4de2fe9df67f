"""Check of the step size: the exact law of the steps, and two step sizes on the same noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from ...sde.kept_elements import KeptElements
from .checks import kept_negativity
from .deviations import largest, relative

FALSE_ALARM = 1e-3
"""Probability that any element of a covariance without step error seems to have one."""


@dataclass(frozen=True)
class StepCheck:
    """The exact finite-step law against the moment equation, and against paths at twice the step.

    The companion is the same ensemble at twice the step on the same noise; its numbers are those at
    the last time it has, NaN without one. Differences of V are relative to √(V_ii V_jj).

    Attributes
    ----------
    bias, final_bias : float
        Largest |ΔV_ij| of the law from the moment equation over the run, and at its end.
    entanglement_bias, final_entanglement_bias : float
        Largest |ΔE_N| over the run, and at its end, in nats.
    plain_stderr, coupled_stderr : float
        Largest standard errors of V at the end.
    law_z_rms : float
        Sampled change of V from the step to twice the step against the exact change of the linear
        laws, in standard errors.
    strong : float
        Largest root-mean-square distance of two paths, in √V_ii.
    weak, weak_stderr : float
        Largest change of V, and its standard error.
    carried, carried_stderr : float
        Largest part of that change that the linear laws do not explain, which the coupled estimate
        carries, and its standard error.
    carried_seen : bool
        Whether this part is significant for any element, by Student's t.
    """

    bias: float
    final_bias: float
    entanglement_bias: float
    final_entanglement_bias: float
    plain_stderr: float
    coupled_stderr: float
    law_z_rms: float = np.nan
    strong: float = np.nan
    weak: float = np.nan
    weak_stderr: float = np.nan
    carried: float = np.nan
    carried_stderr: float = np.nan
    carried_seen: bool = False

    @property
    def plain_limit(self) -> str:
        """What limits the plain estimate at the end: "step" or "sample"."""
        return "step" if self.final_bias > self.plain_stderr else "sample"

    @property
    def coupled_limit(self) -> str:
        """What limits the coupled estimate at the end: "step" or "sample".

        It is the step where the step error that the estimate carries is significant and larger
        than its standard error.
        """
        return "step" if self.carried_seen and self.carried > self.coupled_stderr else "sample"


def step_check(result: xr.Dataset, i: int, j: int) -> StepCheck:
    """Check the step of a result of `simulate`, with E_N of modes i and j (NaN if equal)."""
    law = result["covariance_step"].values
    moments = result["covariance_linear"].values
    kept = KeptElements.of(result)
    bias = relative(law - moments, moments, kept).max(axis=kept.axes(law))
    of_law, of_moments = (
        kept_negativity(result, name, i, j) for name in ("covariance_step", "covariance_linear")
    )
    shift = np.abs(of_law - of_moments)
    names = ("covariance_sample_stderr", "linearization_error_stderr")
    plain, coupled = (
        float(relative(result[name].values[-1], moments[-1], kept).max())
        if name in result
        else np.nan
        for name in names
    )
    check = StepCheck(
        bias=float(bias.max()),
        final_bias=float(bias[-1]),
        entanglement_bias=float(shift.max()),
        final_entanglement_bias=float(shift[-1]),
        plain_stderr=plain,
        coupled_stderr=coupled,
    )
    return _with_companion(check, result, kept) if "step_error" in result else check


def _with_companion(check: StepCheck, result: xr.Dataset, kept: KeptElements) -> StepCheck:
    """The check with the numbers of the companion, at the last time it is finite."""
    expected = (result["covariance_step_companion"] - result["covariance_step"]).values
    change = result["step_error"].values
    stderr = result["step_error_stderr"].values
    known = np.isfinite(stderr) & (stderr > 0)
    times = np.flatnonzero(np.isfinite(change).all(axis=kept.axes(change)))
    if not (known.any() and times.size):
        return check
    z = (change - expected)[known] / stderr[known]
    last = int(times[-1])
    V = result["covariance_step"].values[last]
    strong = float(np.max(result["strong_step_error"].values[last] / np.sqrt(kept.variances(V))))
    carried = change[last] - expected[last]
    batches = int(np.count_nonzero(result["batch_trajectories"]))
    threshold = _significant(batches, kept.count)
    weak, weak_stderr = largest(change[last], stderr[last], V, kept)
    most, most_stderr = largest(carried, stderr[last], V, kept)
    return replace(
        check,
        law_z_rms=float(np.sqrt(np.mean(z**2))),
        strong=strong,
        weak=weak,
        weak_stderr=weak_stderr,
        carried=most,
        carried_stderr=most_stderr,
        carried_seen=bool(np.any(np.abs(carried) > threshold * stderr[last])),
    )


def _significant(batches: int, elements: int) -> float:
    """Standard errors, of that many batches, beyond which one of the elements is significant."""
    return float(stdtrit(max(batches - 1, 1), 1 - FALSE_ALARM / (2 * elements)))
