"""Claims H2-H6 and H8-H11, of the direction of steering: Figs. 2 and 3.

X. Huang, E. Zeuthen, Q. Gong, Q. He, Asymmetric steady-state steering of oscillators of opposite
mass (2019), doi:10.48550/arXiv.1901.04250. Figs. 2-8 with 31 claims take about 50 s on two cores;
claims beyond H21 are further ones of the text.

The paper does not print the range of C_− in Figs. 4 and 6-8, nor the ε and the detector's phase of
Fig. 8; ours are on the axes and in the notes. The model is linear, so that linearised theory is
exact; trajectories after switch-on have plain error bars.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.constants import pi

from ....sde.support.checks import Array
from ..curves import crossings
from ..paper import CLOSE, EXCEPTIONS, Data, Finding, claim, finding_by_deviation, finding_if
from .closed_forms import steering_products
from .data import (
    ANGLES,
    COOPERATIVITY_PLUS,
    MINUS_STEERS,
    NONE,
    PLUS_STEERS,
    RATIOS,
    SIGNS,
    TWO_WAY,
    order_of_regions,
    regions,
)
from .systems import BATHS, BOTH, E_MINUS, E_PLUS, HALF, HYBRID, NAMES, VACUUM


@claim("H2", "Figs. 2 and 3: with vacuum baths, similar regions")
def similar_regions_in_vacuum(data: Data) -> Finding:
    planes = [[regions(panel) for panel in pair] for pair in _planes(data).values()]
    shares = [float((hot == vacuum).mean()) for hot, vacuum in planes]
    listed = ", ".join(f"{share:.0%}" for share in shares)
    got = f"the same region at {listed} of the planes (2a, c, e; 3a, c)"
    begins = [_two_way_from(plane) for plane in planes[0]]
    reach = [float(plane["angle_minus"].where(plane != NONE).max()) / pi for plane in planes[4]]
    why = (
        f"{_one_way(data)}; at f = 0 two-way steering begins at C_± = {begins[1]:.0f}, not "
        f"{begins[0]:.0f}, and in Fig. 3c steering reaches to θ_− = {reach[1]:.2f}π, not "
        f"{reach[0]:.2f}π"
    )
    last = [plane.isel(cooperativity_plus=-1) for plane in planes[0]]
    hot, vacuum = (bool((plane == PLUS_STEERS).any()) for plane in last)
    if hot != vacuum:
        why += "; at f = 0 the two thin one-way regions change places"
    quanta = (0.0, 1.0, 10.0, 100.0)
    same = ", ".join(f"{_same_decoherence(data, n):.0%} (n = {n:g})" for n in quanta)
    why += (
        f"; it is the damping γ_0 that differs: 2c is the same at {same} with the decoherence "
        "rate kept"
    )
    return finding_by_deviation(1 - min(shares), EXCEPTIONS, got, why)


@claim("H3", "Fig. 2a, f = 0: two-way steering for C_± > 10")
def two_way_steering_at_zero_f(data: Data) -> Finding:
    panel = data["2"]["zero_map_hot"]
    found = regions(panel)
    inside = (found["cooperativity_minus"] > 10.0) & (found["cooperativity_plus"] > 10.0)
    share = float(np.mean(found.values[inside.values] == TWO_WAY))
    low, high = _plane_window(panel)
    got = f"at {share:.0%} of the points with C_± > 10; {_delays(data, 0.35 * pi)}"
    why = (
        f"it also takes C_+/C_− from {low:.2f} to {high:.1f} at the edges of the plane, and C_± ≥ "
        f"{_two_way_from(found):.0f}"
    )
    return finding_by_deviation(1 - share, EXCEPTIONS, got, why)


@claim("H4", "Fig. 2a, f = 0: the range of one-way steering is negligible")
def little_one_way_steering_at_zero_f(data: Data) -> Finding:
    planes = {sign: regions(data["2"][f"{sign}_map_hot"]) for sign in SIGNS}
    one_way = [MINUS_STEERS, PLUS_STEERS]
    shares = {sign: float(plane.isin(one_way).mean()) for sign, plane in planes.items()}
    others = f"{shares['positive']:.0%} (f > 0) and {shares['negative']:.0%} (f < 0)"
    got = f"{shares['zero']:.1%} of the plane, against {others}"
    return finding_by_deviation(shares["zero"], (0.05, 0.1), got, "it is small, but not negligible")


@claim("H5", "Fig. 2c, f > 0: two-way steering for 0.40 ≲ C_+/C_− ≲ 1.7")
def two_way_window_at_positive_f(data: Data) -> Finding:
    return _window(data, "positive", (0.40, 1.7))


@claim("H6", "Fig. 2e, f < 0: two-way steering for 0.45 ≲ C_+/C_− ≲ 3.2")
def two_way_window_at_negative_f(data: Data) -> Finding:
    return _window(data, "negative", (0.45, 3.2))


@claim("H8", "Fig. 2d, f > 0: E_{+|−} > E_{−|+}, so that one-way steering is from + to − alone")
def one_way_direction_at_positive_f(data: Data) -> Finding:
    cut = data["2"]["positive_cut"]
    planes = [regions(data["2"][f"positive_map_{bath}"]) for bath in BATHS]
    larger = float(np.mean(cut[NAMES[E_PLUS]] > cut[NAMES[E_MINUS]]))
    occurs = MINUS_STEERS in order_of_regions(cut)
    got = (
        f"E_+|− is larger at {larger:.0%} of the points at C_− = 50, hot, where −⇒+ alone "
        f"{'occurs' if occurs else 'never occurs'}"
    )
    shares = [float((plane == MINUS_STEERS).mean()) for plane in planes]
    least = [
        float(plane["cooperativity_minus"].where(plane == MINUS_STEERS).min()) for plane in planes
    ]
    why = (
        f"beyond that cut it does: {_one_way(data)}, of 2c at small C_+, for C_− ≥ {least[0]:.0f} "
        f"hot and {least[1]:.0f} in vacuum"
    )
    holds = not occurs and max(shares) <= EXCEPTIONS.difference
    return finding_if(holds, got, why, exactly=max(shares) <= EXCEPTIONS.reproduced)


@claim("H9", "Fig. 2f, f < 0: none, +⇒−, two-way, −⇒+ with growing C_+/C_−")
def order_of_regions_at_negative_f(data: Data) -> Finding:
    words = ("none", "−⇒+", "+⇒−", "two-way")
    order = order_of_regions(data["2"]["negative_cut"])
    got = ", ".join(words[k] for k in order)
    holds = order == [NONE, PLUS_STEERS, TWO_WAY, MINUS_STEERS]
    return finding_if(holds, got, "the order differs")


@claim("H10", "Fig. 3a, C_+ = C_−: two-way steering and +⇒− alone")
def regions_at_equal_cooperativities(data: Data) -> Finding:
    found = regions(data["3"]["equal_map_hot"])
    shares = [float((found == kind).mean()) for kind in (TWO_WAY, PLUS_STEERS, MINUS_STEERS)]
    got = (
        f"two-way at {shares[0]:.0%}, +⇒− alone at {shares[1]:.0%}, −⇒+ alone at {shares[2]:.2%} "
        "of the plane"
    )
    holds = min(shares[:2]) > 0 and shares[2] <= EXCEPTIONS.difference
    exactly = shares[2] <= EXCEPTIONS.reproduced
    return finding_if(holds, got, "−⇒+ alone occurs too", exactly=exactly)


@claim(
    "H11",
    "Fig. 3c, C_+ = 2C_−: +⇒− alone for θ_+ < θ_− and −⇒+ alone for θ_+ > θ_−, meeting near θ_+ ≈ "
    "θ_−",
)
def regions_at_double_cooperativity(data: Data) -> Finding:
    found = regions(data["3"]["double_map_hot"]).values
    ahead = ANGLES[None, :] - ANGLES[:, None]
    minus, plus = (ahead[found == kind] for kind in (MINUS_STEERS, PLUS_STEERS))
    right = [float(np.mean(minus > 0)), float(np.mean(plus < 0))]
    nearest = max(float(np.abs(each).min()) / pi for each in (minus, plus))
    got = (
        f"true of {right[0]:.0%} (−⇒+) and {right[1]:.0%} (+⇒−) of the points; they come to "
        f"{nearest:.3f}π of θ_+ = θ_−"
    )
    wrong = ((found == MINUS_STEERS) & (ahead <= 0)) | ((found == PLUS_STEERS) & (ahead >= 0))
    places = np.broadcast_to(ANGLES[:, None], found.shape)[wrong] / pi
    border = ""
    if len(places):
        border = f"the border is not quite the diagonal for θ_− from {places.min():.2f}π on; "
    why = f"{border}from hot baths to vacuum it changes: {_one_way(data)}"
    return finding_by_deviation(1 - min(right), EXCEPTIONS, got, why)


def _planes(data: Data) -> dict[str, list[xr.Dataset]]:
    """The planes of Figs. 2a, c, e and 3a, c, each hot and in vacuum."""
    names = [("2", sign) for sign in SIGNS] + [("3", name) for name in COOPERATIVITY_PLUS]
    return {name: [data[number][f"{name}_map_{bath}"] for bath in BATHS] for number, name in names}


def _two_way_from(plane: xr.DataArray) -> float:
    """The least C_+ = C_− with two-way steering."""
    first = int(np.argmax(np.diag(plane.values) == TWO_WAY))
    return float(plane["cooperativity_minus"][first])


def _same_decoherence(data: Data, quanta: float) -> float:
    """Fraction of Fig. 2c with the same region for baths of fewer quanta.

    The decoherence rate is that of vacuum.
    """
    panel = data["2"]["positive_map_hot"]
    C = np.meshgrid(panel["cooperativity_minus"], panel["cooperativity_plus"], indexing="ij")
    linewidth = 0.5 * VACUUM["linewidth"] / (quanta + 0.5)
    bath = {f"linewidth_{mode}": linewidth for mode in ("minus", "plus")}
    bath |= {f"occupation_{mode}": quanta for mode in ("minus", "plus")}
    angle = SIGNS["positive"][1]
    places = {"cooperativity_minus": C[0], "cooperativity_plus": C[1]}
    system = HYBRID.replace(angle_plus=angle, **places, **bath)
    minus_steers, plus_steers = (product < HALF for product in steering_products(system))
    found = MINUS_STEERS * minus_steers + PLUS_STEERS * plus_steers
    return float(np.mean(found == regions(panel).values))


def _one_way(data: Data) -> str:
    """How −⇒+ alone changes from hot baths to vacuum in Figs. 2c and 3c."""
    planes = _planes(data)
    cooperativities, angles = (
        [regions(panel) == MINUS_STEERS for panel in planes[name]]
        for name in ("positive", "double")
    )
    c2 = [float(plane.mean()) for plane in cooperativities]
    c3 = [float(plane.mean()) for plane in angles]
    limit = HYBRID.angle_minus
    upper = [float(plane.where(plane["angle_minus"] > limit, False).mean()) for plane in angles]
    return (
        f"−⇒+ alone fills {c2[0]:.1%} of Fig. 2c hot, {c2[1]:.1%} in vacuum, and {c3[0]:.1%} of "
        f"Fig. 3c hot, {c3[1]:.1%} in vacuum (beyond θ_− = {limit / pi:.2f}π {upper[0]:.1%} and "
        f"{upper[1]:.1%})"
    )


def _delays(data: Data, angle: float) -> str:
    """Times from which steering stays, at a θ_+."""
    parts = []
    for bath in BATHS:
        at = data["3"][f"equal_delay_{bath}"].sel(angle_plus=angle, method="nearest")
        plus, minus = (1e6 * float(at[NAMES[measure]]) for measure in BOTH)
        parts.append(f"{plus:.2g} µs (−⇒+) and {minus:.2g} µs (+⇒−) {bath}")
    return f"from switch-on at C_± = 50 it takes {', '.join(parts)}"


def _edges(x: Array, panel: xr.Dataset) -> tuple[float, float]:
    """First and last place along x (n,) at which both products are below ½."""
    larger = np.maximum(panel[NAMES[E_PLUS]].values, panel[NAMES[E_MINUS]].values)
    found = crossings(x, larger, HALF)
    first = x[0] if larger[0] < HALF else found[0]
    last = x[-1] if larger[-1] < HALF else found[-1]
    return float(first), float(last)


def _plane_window(panel: xr.Dataset) -> tuple[float, float]:
    """C_+/C_− between which steering is two-way, where C_− or C_+ is largest."""
    C = panel["cooperativity_minus"].values
    low = _edges(C, panel.isel(cooperativity_minus=-1))[0] / C[-1]
    return low, C[-1] / _edges(C, panel.isel(cooperativity_plus=-1))[0]


def _window(data: Data, sign: str, printed: tuple[float, float]) -> Finding:
    """Range of C_+/C_− with two-way steering, at the edges of the plane and at C_− = 50."""
    panel = data["2"][f"{sign}_map_hot"]
    low, high = _plane_window(panel)
    cut = _edges(RATIOS, data["2"][f"{sign}_cut"])
    got = (
        f"{low:.2f} … {high:.2f} at the edges C_− = 100 and C_+ = 100 of the plane, "
        f"{cut[0]:.2f} … {cut[1]:.2f} at C_− = 50; {_delays(data, SIGNS[sign][1])}"
    )
    deviation = max(abs(low / printed[0] - 1), abs(high / printed[1] - 1))
    return finding_by_deviation(deviation, CLOSE, got, "the edges depend on C_−")


CLAIMS = (
    similar_regions_in_vacuum,
    two_way_steering_at_zero_f,
    little_one_way_steering_at_zero_f,
    two_way_window_at_positive_f,
    two_way_window_at_negative_f,
    one_way_direction_at_positive_f,
    order_of_regions_at_negative_f,
    regions_at_equal_cooperativities,
    regions_at_double_cooperativity,
)
