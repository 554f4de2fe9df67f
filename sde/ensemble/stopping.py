"""Target standard errors at which a run stops: `until` gives one for each quantity."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from ..kept_elements import KeptElements
from ..model.model import Model
from ..support.checks import require_positive

Targets = Mapping[str, float]
"""Standard errors by quantity in words, such as "log_negativity(a, b)"."""


def require_targets(targets: Targets, model: Model, kept: KeptElements) -> None:
    """ValueError for words that are no quantity of the model, or an error that is not positive.

    Also for a quantity that needs elements of the covariance which are not kept.
    """
    from ...analysis import estimation  # upward import, listed in the import-linter contract

    if not isinstance(targets, Mapping):
        raise ValueError(
            f"until must map quantities to standard errors, such as {{'purity': 1e-3}} (got "
            f"{targets!r})"
        )
    for words, error in targets.items():
        try:
            estimation.quantity(words, model.quadratures).require_kept(kept)
        except ValueError as refusal:
            raise ValueError(f"until: {refusal}") from None
        require_positive(f"until {words!r}", error, unit="")


def error_ratio(targets: Targets, result: xr.Dataset) -> float:
    """The largest ratio of a standard error at the end of a result to its target.

    Infinite where the standard error is NaN.
    """
    from ...analysis import estimation  # upward import, listed in the import-linter contract

    last = result.isel(time=slice(-1, None))
    stderr = {
        words: estimation.estimate(last, words, physical="ignore")["stderr"].values
        for words in targets
    }
    ratios = [np.max(stderr[words]) / error for words, error in targets.items()]
    return float(np.max(np.nan_to_num(ratios, nan=np.inf)))
