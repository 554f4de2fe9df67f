"""The table of a breakdown study: errors over the factor of the nonlinearity, and limits."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..text import line, with_error

UNIT = "√(V_ii V_jj)"


def describe_breakdown(study: xr.Dataset) -> str:
    """The breakdown study as a table, with its exponent and the limits of every level."""
    head = (
        f"    {'s':>9}  {'error of V':<19} {'leading order':<13}  {'of the closure':<19} "
        f"{'of E_N':<19} {'skewness':<17} {'excess kurtosis':<17} twin"
    )
    rows = [_study_row(study.isel(nonlinearity=k)) for k in range(study.sizes["nonlinearity"])]
    tolerance = f"{100 * study.attrs['tolerance']:g} % of V"
    omitted = f"{_limit(study, 'truncation')}: what it omits, to leading order"
    return "\n".join(
        [
            "Breakdown of linearised theory: nonlinearity times s, about the same linear "
            f"fluctuations; V in {UNIT}",
            head,
            *rows,
            line("error of V", _fit(study, "exponent")),
            line("error of E_N", _fit(study, "entanglement_exponent")),
            line(f"{tolerance}, linearised", _limit(study, "error")),
            line("the same, leading order", _limit(study, "leading")),
            line("Gaussian closure", _limit(study, "closure_error")),
            line("truncated Wigner", omitted),
        ]
    )


def _study_row(point: xr.Dataset) -> str:
    def shown(name: str, stderr: str = "", form: str = ".2e", width: int = 19) -> str:
        value = float(point[name])
        error = float(point[stderr or f"{name}_stderr"])
        return f"{f'{value:{form}} ± {error:.0e}':<{width}}"

    s = f"    {float(point['nonlinearity']):>9.4g}"
    if float(point["lost"]) > 0:
        return f"{s}  {int(point['lost'])} trajectories diverged: no average is formed"
    return (
        f"{s}  {shown('error')} {float(point['leading']):<13.2e}  "
        f"{shown('closure_error')} {shown('entanglement_error', 'entanglement_stderr')} "
        f"{shown('skewness', '', '.1e', 17)} {shown('excess_kurtosis', '', '.1e', 17)} "
        f"{float(point['twin_correlation']):.3f}"
    )


def _fit(study: xr.Dataset, name: str) -> str:
    """The fitted power of s, with its error."""
    exponent = study.attrs[name]
    stderr = study.attrs[f"{name}_stderr"]
    if np.isnan(exponent):
        return "no fit: fewer than three points are significant and small"
    return f"~ s^({with_error(exponent, stderr)})"


def _limit(study: xr.Dataset, name: str) -> str:
    """The factor s at which an error reaches the tolerance."""
    s = study.attrs[f"{name}_limit"]
    stderr = study.attrs[f"{name}_limit_stderr"]
    every = study["nonlinearity"].values
    known = np.isfinite(study[name].values)
    if not known.any():
        return "no numbers"
    if np.isfinite(s) and s <= every[0]:
        return f"exceeded at s = {s:.4g} already"
    if np.isfinite(s):
        return f"reached at s = {with_error(s, stderr)}"
    lost = ""
    if not known.all():
        lost = f"; beyond, trajectories diverge by s = {every[known.argmin()]:.4g}"
    return f"not reached up to s = {every[known][-1]:.4g}{lost}"
