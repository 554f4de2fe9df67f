"""Is the step small enough? The exact law of the steps, and two step sizes on the same noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from scipy.special import stdtrit

from ...sde.linear_algebra.covariance_errors import relative_errors
from .checks import pair_negativity
from .deviations import largest

FALSE_ALARM = 1e-3
"""Probability that some element of a covariance without step error seems to have one."""


@dataclass(frozen=True)
class StepCheck:
    """The exact finite-step law against the moment equation, and the companion at twice the step on
    the same noise.

    bias: max |ΔV_ij|/√(V_ii V_jj) over the run, and at its end; entanglement_bias: largest |ΔE_N|,
    and at the end; plain_stderr, coupled_stderr: largest standard errors at the end, relative as
    the bias is. Of a companion, at the last time it has (NaN without one): law_z_rms, the sampled
    change of V from the step to twice the step against the exact change of the linear laws, in
    standard errors; strong, the largest rms distance of two paths in √V_ii; weak, the largest
    change of V, with its standard error; carried, the largest part of it that the linear laws do
    not explain, which the coupled estimate carries, with its standard error; carried_seen, whether
    any element's is no chance, by Student's t.
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
        """What limits the coupled estimate at the end: "step" where its share of the step error is
        seen, and larger.
        """
        return "step" if self.carried_seen and self.carried > self.coupled_stderr else "sample"


def step_check(result: xr.Dataset, i: int, j: int) -> StepCheck:
    """Is the step small enough? E_N is that of modes i and j; NaN for one mode alone."""
    law, moments = result["covariance_step"].values, result["covariance_linear"].values
    bias = relative_errors(law - moments, moments).max(axis=(1, 2))
    shift = np.abs(pair_negativity(law, i, j) - pair_negativity(moments, i, j))
    names = ("covariance_sample_stderr", "linearization_error_stderr")
    plain, coupled = (
        float(relative_errors(result[name].values[-1], moments[-1]).max())
        if name in result
        else np.nan
        for name in names
    )
    biases = float(bias.max()), float(bias[-1]), float(shift.max()), float(shift[-1])
    check = StepCheck(*biases, plain, coupled)
    return _with_companion(check, result) if "step_error" in result else check


def _with_companion(check: StepCheck, result: xr.Dataset) -> StepCheck:
    """The check with what the companion says, at the last time it is finite."""
    expected = (result["covariance_step_companion"] - result["covariance_step"]).values
    change, stderr = result["step_error"].values, result["step_error_stderr"].values
    known, times = (
        np.isfinite(stderr) & (stderr > 0),
        np.flatnonzero(np.isfinite(change).all(axis=(1, 2))),
    )
    if not (known.any() and times.size):
        return check
    z_rms, last = (
        float(np.sqrt(np.mean(((change - expected)[known] / stderr[known]) ** 2))),
        int(times[-1]),
    )
    V = result["covariance_step"].values[last]
    strong = float(np.max(result["strong_step_error"].values[last] / np.sqrt(np.diag(V))))
    carried = change[last] - expected[last]
    batches = int(np.count_nonzero(result["batch_trajectories"]))
    elements = len(V) * (len(V) + 1) / 2
    threshold = stdtrit(max(batches - 1, 1), 1 - FALSE_ALARM / (2 * elements))
    seen = bool(np.any(np.abs(carried) > threshold * stderr[last]))
    (weak, weak_stderr), (most, most_stderr) = (
        largest(part, stderr[last], V) for part in (change[last], carried)
    )
    return replace(
        check,
        law_z_rms=z_rms,
        strong=strong,
        weak=weak,
        weak_stderr=weak_stderr,
        carried=most,
        carried_stderr=most_stderr,
        carried_seen=seen,
    )
