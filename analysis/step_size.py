"""Is the step small enough? The exact law of the steps, and two step sizes on the same noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from .deviations import largest, relative
from .validation import pair_negativity

CARRIED = 4.0
"""Standard errors from which a step error counts as seen: as the largest of some tens of elements by chance 10⁻³."""
NO_COMPANION = (np.nan,) * 6


@dataclass(frozen=True)
class StepCheck:
    """The exact finite-step law against the moment equation, and the companion at twice the step on the same noise.

    bias: max |ΔV_ij|/√(V_ii V_jj) over the run, and at its end; entanglement_bias: largest |ΔE_N|, and at the end;
    plain_stderr, coupled_stderr: largest standard errors at the end, relative as the bias is. Of a companion, at the
    last time it has (NaN without one): law_z_rms, the sampled change of V from the step to twice the step against the
    exact change of the linear laws, in standard errors; strong, the largest rms distance of two paths in √V_ii; weak,
    the largest change of V, with its standard error; carried, the largest part of it that the linear laws do not
    explain, which the coupled estimate carries, with its standard error.
    """

    bias: float
    final_bias: float
    entanglement_bias: float
    final_entanglement_bias: float
    plain_stderr: float
    coupled_stderr: float
    law_z_rms: float
    strong: float
    weak: float
    weak_stderr: float
    carried: float
    carried_stderr: float

    @property
    def plain_limit(self) -> str:
        """What limits the plain estimate at the end: "step" or "sample"."""
        return "step" if self.final_bias > self.plain_stderr else "sample"

    @property
    def coupled_limit(self) -> str:
        """What limits the coupled estimate at the end: "step" where its share of the step error is seen, and larger."""
        seen = self.carried > CARRIED * self.carried_stderr
        return "step" if seen and self.carried > self.coupled_stderr else "sample"


def step_check(result: xr.Dataset, i: int, j: int) -> StepCheck:
    """Is the step small enough? E_N is that of modes i and j; NaN for one mode alone."""
    law, moments = result["covariance_step"].values, result["covariance_linear"].values
    bias = relative(law - moments, moments).max(axis=(1, 2))
    shift = np.abs(pair_negativity(law, i, j) - pair_negativity(moments, i, j))
    names = ("covariance_sample_stderr", "linearization_error_stderr")
    plain, coupled = (
        float(relative(result[name].values[-1], moments[-1]).max()) if name in result else np.nan for name in names
    )
    biases = float(bias.max()), float(bias[-1]), float(shift.max()), float(shift[-1])
    return StepCheck(*biases, plain, coupled, *(_companion(result) if "step_error" in result else NO_COMPANION))


def _companion(result: xr.Dataset) -> tuple[float, float, float, float, float, float]:
    """law_z_rms, strong, weak, its standard error, carried, its standard error; see `StepCheck`."""
    expected = (result["covariance_step_companion"] - result["covariance_step"]).values
    change, stderr = result["step_error"].values, result["step_error_stderr"].values
    known = np.isfinite(stderr) & (stderr > 0)
    z_rms = float(np.sqrt(np.mean(((change - expected)[known] / stderr[known]) ** 2)))
    last = int(np.flatnonzero(np.isfinite(change).all(axis=(1, 2)))[-1])
    V = result["covariance_step"].values[last]
    strong = float(np.max(result["strong_step_error"].values[last] / np.sqrt(np.diag(V))))
    weak = largest(change[last], stderr[last], V)
    return z_rms, strong, *weak, *largest(change[last] - expected[last], stderr[last], V)
