"""Claims H14, H20 and H25-H28, of the angles and C_+/C_− of the optima: Figs. 6 and 7."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.constants import pi

from ..curves import upper_bound
from ..paper import EXCEPTIONS, Data, Finding, claim, finding_by_deviation, finding_if
from .claims_optima import SIGNIFICANT, SYMBOLS, alternative, optima_of
from .data_optima import CLIENT
from .optimisation import EDGE
from .systems import HALF, SERVERS, TARGETS

TOGETHER = 0.02
"""Difference, of angles in π or of ratios, below which two optima count as one."""


@claim("H14", "Fig. 6: for C_− ≳ 1 the optimum is θ_− ≈ π/4, θ_+ > π/4, f < 0")
def optimal_angles(data: Data) -> Finding:
    found = optima_of(data)
    steered = found["product"] < HALF
    quarter = abs(found["angle_minus"] / pi - 0.25) < TOGETHER / 2
    ahead = found["angle_plus"] > found["angle_minus"]
    share = float((quarter & ahead).where(steered).mean())
    ends = {server: _switch(data, server) for server in SERVERS}
    others = ", ".join(
        f"up to C_− = {end:.1f} ({server})" for server, end in ends.items() if np.isfinite(end)
    )
    got = (
        f"at {share:.0%} of the optima with E < ½; E_−|+ > ½ is least at θ_− = π/2 {others}; "
        f"{_distance_to_instability(data)}"
    )
    return finding_by_deviation(1 - share, EXCEPTIONS, got, "θ_− is not π/4 everywhere")


@claim(
    "H20",
    "Figs. 6c, 7: for E_{−|+}, θ_± switch at small C_−; with f ≠ 0, C_+/C_− > 1, tending to 1 for "
    "ε = 0",
)
def angles_switch_and_ratio(data: Data) -> Finding:
    found = optima_of(data)
    ratios = found["ratio"].where(found["product"] < HALF)
    least = float(ratios.min())
    last = ratios.isel(cooperativity_minus=-1)
    lowest = ratios.where(ratios == ratios.min(), drop=True)
    who = SYMBOLS[str(lowest["target"].item())]
    got = (
        f"θ_± switch at C_− = {_switch(data, 'vacuum'):.1f}; C_+/C_− ≥ {least:.3f} where E < ½, "
        f"and {float(last.min()):.3f} … {float(last.max()):.3f} at C_− = {CLIENT[-1]:.0f}"
    )
    why = (
        f"it is below 1 by up to {1 - least:.1%}, for {who}, {lowest['server'].item()} server, "
        f"C_− ≈ {lowest['cooperativity_minus'].item():.0f}: too little to be seen on a plot; "
        f"the angles switch with a hot server too, at C_− = {_switch(data, 'hot'):.1f}"
    )
    limit = float(np.abs(last - 1).max())
    return finding_by_deviation(max(1 - least, limit - TOGETHER), (1e-3, SIGNIFICANT), got, why)


@claim(
    "H25",
    "Fig. 6: losses leave θ_− at π/4 and ask for more beam-splitter interaction of the second "
    "oscillator",
)
def losses_move_second_angle(data: Data) -> Finding:
    ideal = optima_of(data)
    lossy = optima_of(data, 0.2)
    steered = lossy["product"] < HALF
    more = (lossy["angle_plus"] - ideal["angle_plus"]).where(steered)
    still = float(abs(lossy["angle_minus"] / pi - 0.25).where(steered).max())
    got = (
        f"where E < ½, θ_+ changes by {float(more.min()) / pi:.3f}π … "
        f"{float(more.max()) / pi:.3f}π, θ_− stays within {upper_bound(still)}π of π/4; "
        f"{_distance_to_instability(data, 0.2)}"
    )
    holds = float(more.min()) > -1e-6 and still < TOGETHER / 2
    return finding_if(holds, got, "θ_+ falls somewhere")


@claim(
    "H26",
    "Figs. 6, 7: with losses the optima of E_{+|−} and E_{−|+} stay apart for large C_− if f ≠ 0, "
    "but not if f = 0",
)
def optima_stay_apart_with_losses(data: Data) -> Finding:
    angle, ratio = _differences(data, "free")
    angle_zero, ratio_zero = _differences(data, "symmetric")
    least = float(angle.min()) / pi, float(ratio.min())
    most = float(angle_zero.max()) / pi, float(ratio_zero.max())
    got = (
        f"at C_− = {CLIENT[-1]:.0f}, θ_+ and C_+/C_− differ by {least[0]:.3f}π and {least[1]:.2f} "
        f"or more for f ≠ 0, by {most[0]:.4f}π and {most[1]:.3f} or less for f = 0"
    )
    holds = least[0] > most[0] and least[1] > TOGETHER > max(most)
    return finding_if(holds, got, "they do not")


def _differences(data: Data, freedom: str) -> list[xr.DataArray]:
    """Differences of θ_+ and of C_+/C_− between the optima of both products, with losses."""
    end = optima_of(data, 0.2, freedom).isel(cooperativity_minus=-1)
    apart = end.sel(target="plus") - end.sel(target="minus")
    return [abs(apart[name]) for name in ("angle_plus", "ratio")]


@claim("H27", "Fig. 7c: C_+/C_− < 1 for f = 0 when E_{+|−} is minimised with a server in vacuum")
def ratio_with_server_in_vacuum(data: Data) -> Finding:
    found = optima_of(data, freedom="symmetric")
    steered = (found["product"] < HALF) & (found["angle_minus"] < 0.499 * pi)
    ratios = found["ratio"].where(steered)
    here, other = (ratios.sel(server="vacuum", target=target) for target in TARGETS)
    hot = float(ratios.sel(server="hot").min())
    place = float(other["cooperativity_minus"][int(np.nanargmin(other.values))])
    got = (
        f"{float(here.min()):.2f} … {float(here.max()):.3f} for E_+|−; with a hot server {hot:.3f} "
        "or more"
    )
    why = (
        f"minimising E_−|+ takes less than 1 as well, down to {float(other.min()):.3f} at C_− = "
        f"{place:.0f}"
    )
    exactly = bool(other.min() >= 1 - 1e-3)
    return finding_if(bool(here.max() < 1), got, why, exactly=exactly)


@claim("H28", "Fig. 6: the best θ at f = 0 lies between π/4 and the best θ_+ at f ≠ 0")
def symmetric_angle_between(data: Data) -> Finding:
    free = optima_of(data)
    symmetric = optima_of(data, freedom="symmetric")
    steered = symmetric["product"] < HALF
    between = (symmetric["angle_plus"] > pi / 4) & (symmetric["angle_plus"] < free["angle_plus"])
    share = float(between.where(steered).mean())
    got = f"at {share:.0%} of the optima with E < ½ at f = 0"
    return finding_by_deviation(1 - share, EXCEPTIONS, got, "not everywhere")


def _distance_to_instability(data: Data, loss: float = 0.0) -> str:
    """Distance from π/4, where the search ends, to the edge of stability, and the gain there."""
    found = optima_of(data, loss)
    steered = found["product"] < HALF
    gain = (1 - alternative(data, "edge", loss) / found["product"]).where(steered)
    below = ((found["angle_minus"] - alternative(data, "edge_angle", loss)) / pi).where(steered)
    return (
        "the search ends at π/4, with the edge of stability, γ_− = 0, at most "
        f"{upper_bound(float(below.max()))}π below: going to {EDGE} γ_−0 would gain "
        f"{upper_bound(float(gain.max()))} of E or less"
    )


def _switch(data: Data, server: str, loss: float = 0.0) -> float:
    """Largest C_− at which the least E_{−|+} is at θ_− = π/2; NaN if there is none."""
    found = data["4"]["ab"].sel(server=server, loss=loss, freedom="free", target="minus")
    places = CLIENT[found["angle_minus"].values > 0.4 * pi]
    return float(places.max()) if len(places) else float("nan")


CLAIMS = (
    optimal_angles,
    angles_switch_and_ratio,
    losses_move_second_angle,
    optima_stay_apart_with_losses,
    ratio_with_server_in_vacuum,
    symmetric_angle_between,
)
