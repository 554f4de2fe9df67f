"""Lines of a report on the step: stability, bias and weak order of each scheme."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.schemes.step_forecast import chosen_scheme, forecast
from ...sde.schemes.table import AUTO, SCHEMES, weak_order
from ..text import line, time_in_words


def describe_step(
    here: xr.Dataset, step: float, duration: float, scheme: str, increments: str
) -> list[str]:
    """Stability limit, bias and weak order of every scheme about a steady state.

    `here` holds drift matrix and diffusion; step and duration are in s. The scheme of the run is
    marked; for the others, their use is given.
    """
    A = here["drift_matrix"].values
    D = here["diffusion"].values
    chosen = chosen_scheme(scheme, A, D, step, duration)
    lines = [
        f"Steps of {time_in_words(step)} about the fixed point: stable; bias of the steady "
        "covariance; weak order"
    ]
    for name in SCHEMES:
        ahead = forecast(A, D, step, duration, name)
        stable = "at any step" if np.isinf(ahead.limit) else f"below {time_in_words(ahead.limit)}"
        bias = (
            "NOT STABLE"
            if step >= ahead.limit
            else "none"
            if ahead.bias == 0
            else f"{100 * ahead.bias:.2g} %"
        )
        this = "this run" + ", chosen by auto" * (scheme == AUTO)
        use = this if name == chosen else SCHEMES[name].use
        lines.append(
            line(name, f"{stable:<16} {bias:<11} {weak_order(name, increments):.0f}   {use}")
        )
    return lines
