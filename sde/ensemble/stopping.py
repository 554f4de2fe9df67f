"""Enough trajectories for an error bar: quantities in words, and the standard errors wanted of
them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from ..model.model import Model
from ..support.checks import require_positive

Targets = Mapping[str, float]
"""Standard errors by the words of their quantities, such as "log_negativity(a, b)"."""


def require_targets(targets: Targets, model: Model) -> None:
    """ValueError for words that name no quantity of the model, or an error that is not positive."""
    from ...analysis import estimation  # an upward import that the contract declares

    if not isinstance(targets, Mapping):
        raise ValueError(
            f"until must map quantities to standard errors, such as {{'purity': 1e-3}} (got "
            f"{targets!r})"
        )
    for words, error in targets.items():
        try:
            estimation.quantity(words, model.quadratures)
        except ValueError as refusal:
            raise ValueError(f"until: {refusal}") from None
        require_positive(f"until {words!r}", error, unit="")


def excess(targets: Targets, result: xr.Dataset) -> float:
    """How many times too large the worst standard error at the end of a result still is; infinite
    where it is NaN.
    """
    from ...analysis import estimation  # an upward import that the contract declares

    last = result.isel(time=slice(-1, None))
    stderr = {
        words: estimation.estimate(last, words, physical="ignore")["stderr"].values
        for words in targets
    }
    ratios = [np.max(stderr[words]) / error for words, error in targets.items()]
    return float(np.max(np.nan_to_num(ratios, nan=np.inf)))
