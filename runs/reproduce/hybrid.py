"""Asymmetric steering of two oscillators of opposite mass on one beam of light: Figs. 2–8 and 31
claims.

X. Huang, E. Zeuthen, Q. Gong, Q. He (2019), doi:10.48550/arXiv.1901.04250. Takes about 50 s on two
cores.

The model is linear, so that linearised theory is exact: trajectories after switch-on carry plain
error bars. Claims beyond H21 are further ones of the text. The paper does not print the range of
C_− in Figs. 4 and 6–8, nor the ε and the detector's phase of Fig. 8; ours are on the axes and in
the notes.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
import xarray as xr
from scipy.constants import pi

from ...analysis.plots import UNPHYSICAL
from ...sde.support.checks import Array
from .hybrid_figures import (
    ANGLES,
    BATHS,
    FINE,
    FIXED,
    HALF,
    HYBRID,
    MINUS,
    NAMES,
    PLUS,
    RATIOS,
    SIGNS,
    VARIANCES,
    audit,
    regions,
)
from .hybrid_figures import PLATES as PLANES
from .hybrid_measured import PLATES as MEASURED
from .hybrid_measured import h19
from .hybrid_optima import SERVERS, VACUUM, printed_variances, steering_products
from .hybrid_optima_claims import h13, h14, h15, h16, h17, h18, h20, h25, h26, h27, h28, h29, h30
from .hybrid_optima_figures import PLATES as OPTIMA
from .panels import steady
from .paper import (
    CLOSE,
    EXCEPTIONS,
    Data,
    Finding,
    Paper,
    bound,
    claims,
    crossings,
    graded,
    judged,
    rises,
)

SIGMAS = 4.0
"""Standard errors within which trajectories must agree with a formula."""
NONE, FORWARD, BACK, BOTH = range(4)
"""No steering, minus steers plus alone, plus steers minus alone, two-way."""


def h1(data: Data) -> Finding:
    """Eqs. (4) are the steady state."""
    worst, sigmas, count = 0.0, 0.0, 0
    for sign, (_, angle) in SIGNS.items():
        for bath, system in BATHS.items():
            panel, run = (data["2"][f"{sign}_{kind}_{bath}"] for kind in ("map", "run"))
            C = np.meshgrid(
                panel["cooperativity_minus"], panel["cooperativity_plus"], indexing="ij"
            )
            there = system.replace(
                angle_plus=angle, cooperativity_minus=C[0], cooperativity_plus=C[1]
            )
            for word, product in zip((PLUS, MINUS), steering_products(there), strict=True):
                worst = max(worst, float(np.abs(panel[NAMES[word]].values / product - 1).max()))
            count += C[0].size
            for word, value in zip(
                VARIANCES, printed_variances(system.replace(angle_plus=angle)), strict=True
            ):
                sigmas = max(
                    sigmas, abs(float((run[word][-1] - value) / run[f"{word}_stderr"][-1]))
                )
    least = min(audit(data[number]) for number in "345")
    got = (
        f"E of the model's covariance differs by {bound(worst)} at most over {count} steady states, "
        f"variances of trajectories by {sigmas:.1f} standard errors; all are states: min eig(V + iΩ/2) is "
        f"{audit(data['2']):.4f} or more in Fig. 2, {least:.4f} in Figs. 3–5, where pure ones occur"
    )
    return judged(
        worst < 1e-9 and sigmas < SIGMAS and min(least, audit(data["2"])) > UNPHYSICAL,
        got,
        "they disagree",
    )


def h2(data: Data) -> Finding:
    """Figs. 2 and 3: with vacuum baths, similar regions."""
    planes = [[regions(panel) for panel in pair] for pair in _planes(data).values()]
    shares = [float((hot == vacuum).mean()) for hot, vacuum in planes]
    got = (
        f"the same region at {', '.join(f'{share:.0%}' for share in shares)} of the planes (2a, c, "
        "e; 3a, c)"
    )
    starts = [int(np.argmax(np.diag(plane.values) == BOTH)) for plane in planes[0]]
    diagonal = [planes[0][0]["cooperativity_minus"].values[start] for start in starts]
    reach = [float(plane["angle_minus"].where(plane != NONE).max()) / pi for plane in planes[4]]
    same = ", ".join(
        f"{_same_decoherence(data, quanta):.0%} (n = {quanta:g})"
        for quanta in (0.0, 1.0, 10.0, 100.0)
    )
    why = (
        f"{_one_way(data)}; at f = 0 two-way steering begins at C_± = {diagonal[1]:.0f}, not {diagonal[0]:.0f}, and in "
        f"Fig. 3c steering reaches to θ_− = {reach[1]:.2f}π, not {reach[0]:.2f}π"
    )
    swapped = [bool((plane.isel(cooperativity_plus=-1) == BACK).any()) for plane in planes[0]]
    if swapped[0] != swapped[1]:
        why += "; at f = 0 the two thin one-way regions change places"
    why += (
        f"; it is the damping γ_0 that differs: 2c is the same at {same} with the decoherence rate "
        "kept"
    )
    return graded(1 - min(shares), EXCEPTIONS, got, why)


def _planes(data: Data) -> dict[str, list[xr.Dataset]]:
    """The planes of Figs. 2a, c, e and 3a, c, hot and in vacuum."""
    names = [("2", sign) for sign in SIGNS] + [("3", name) for name in FIXED]
    return {name: [data[number][f"{name}_map_{bath}"] for bath in BATHS] for number, name in names}


def _same_decoherence(data: Data, quanta: float) -> float:
    """Share of Fig. 2c whose region baths of a lower temperature, but the decoherence rate of
    vacuum, leave alone.
    """
    panel = data["2"]["positive_map_hot"]
    C = np.meshgrid(panel["cooperativity_minus"], panel["cooperativity_plus"], indexing="ij")
    linewidth = 0.5 * VACUUM["linewidth"] / (quanta + 0.5)
    bath = {f"linewidth_{mode}": linewidth for mode in ("minus", "plus")}
    bath |= {f"occupation_{mode}": quanta for mode in ("minus", "plus")}
    angle = SIGNS["positive"][1]
    system = HYBRID.replace(
        angle_plus=angle, cooperativity_minus=C[0], cooperativity_plus=C[1], **bath
    )
    forward, back = (product < HALF for product in steering_products(system))
    return float(np.mean(forward + 2 * back == regions(panel).values))


def _one_way(data: Data) -> str:
    """How −⇒+ alone changes from hot baths to vacuum in Figs. 2c and 3c, in words."""
    planes = _planes(data)
    cooperativities, angles = (
        [regions(panel) == FORWARD for panel in planes[name]] for name in ("positive", "double")
    )
    shares = [[float(plane.mean()) for plane in pair] for pair in (cooperativities, angles)]
    upper = [
        float(plane.where(plane["angle_minus"] > HYBRID.angle_minus, False).mean())
        for plane in angles
    ]
    return (
        f"−⇒+ alone fills {shares[0][0]:.1%} of Fig. 2c hot, {shares[0][1]:.1%} in vacuum, and {shares[1][0]:.1%} of "
        f"Fig. 3c hot, {shares[1][1]:.1%} in vacuum (beyond θ_− = {HYBRID.angle_minus / pi:.2f}π "
        f"{upper[0]:.1%} and {upper[1]:.1%})"
    )


def _inside(panel: xr.Dataset, least: float) -> xr.DataArray:
    """Regions where both cooperativities exceed a value."""
    found = regions(panel)
    return found.where(
        (found["cooperativity_minus"] > least) & (found["cooperativity_plus"] > least)
    )


def _delays(data: Data, angle: float, name: str = "equal") -> str:
    """From when on steering is there to stay, in words."""
    parts = []
    for bath in BATHS:
        at = data["3"][f"{name}_delay_{bath}"].sel(angle_plus=angle, method="nearest")
        parts.append(
            f"{1e6 * at[NAMES[PLUS]]:.2g} µs (−⇒+) and {1e6 * at[NAMES[MINUS]]:.2g} µs (+⇒−) {bath}"
        )
    return f"from switch-on at C_± = 50 it takes {', '.join(parts)}"


def h3(data: Data) -> Finding:
    """Fig. 2a, f = 0: two-way steering for C_± > 10."""
    panel = data["2"]["zero_map_hot"]
    inside = _inside(panel, 10.0).values
    share = float(np.mean(inside[np.isfinite(inside)] == BOTH))
    diagonal = panel["cooperativity_minus"].values[
        int(np.argmax(np.diag(regions(panel).values) == BOTH))
    ]
    low, high = _plane_window(panel)
    got = f"at {share:.0%} of the points with C_± > 10; {_delays(data, 0.35 * pi)}"
    why = (
        f"it also takes C_+/C_− from {low:.2f} to {high:.1f} at the edges of the plane, and C_± ≥ "
        f"{diagonal:.0f}"
    )
    return graded(1 - share, EXCEPTIONS, got, why)


def h4(data: Data) -> Finding:
    """Fig. 2a, f = 0: the range of one-way steering is negligible."""
    shares = {
        sign: float(regions(data["2"][f"{sign}_map_hot"]).isin([FORWARD, BACK]).mean())
        for sign in SIGNS
    }
    others = f"{shares['positive']:.0%} (f > 0) and {shares['negative']:.0%} (f < 0)"
    got = f"{shares['zero']:.1%} of the plane, against {others}"
    return graded(shares["zero"], (0.05, 0.1), got, "it is small, but not negligible")


def _edges(x: Array, panel: xr.Dataset) -> tuple[float, float]:
    """Where along x both products are below ½: the first such place and the last."""
    worse = np.maximum(panel[NAMES[PLUS]].values, panel[NAMES[MINUS]].values)
    found = crossings(x, worse, HALF)
    return float(x[0] if worse[0] < HALF else found[0]), float(
        x[-1] if worse[-1] < HALF else found[-1]
    )


def _plane_window(panel: xr.Dataset) -> tuple[float, float]:
    """C_+/C_− between which steering is two-way where C_− or C_+ is largest."""
    C = panel["cooperativity_minus"].values
    low = _edges(C, panel.isel(cooperativity_minus=-1))[0] / C[-1]
    return low, C[-1] / _edges(C, panel.isel(cooperativity_plus=-1))[0]


def _window(data: Data, sign: str, printed: tuple[float, float]) -> Finding:
    """The range of C_+/C_− with two-way steering at the edges of the plane, and at C_− = 50."""
    panel = data["2"][f"{sign}_map_hot"]
    low, high = _plane_window(panel)
    cut = _edges(RATIOS, data["2"][f"{sign}_cut"])
    got = (
        f"{low:.2f} … {high:.2f} at the edges C_− = 100 and C_+ = 100 of the plane, "
        f"{cut[0]:.2f} … {cut[1]:.2f} at C_− = 50; {_delays(data, SIGNS[sign][1])}"
    )
    distance = max(abs(low / printed[0] - 1), abs(high / printed[1] - 1))
    return graded(distance, CLOSE, got, "the edges depend on C_−")


def h5(data: Data) -> Finding:
    """Fig. 2c, f > 0: two-way steering for 0.40 ≲ C_+/C_− ≲ 1.7."""
    return _window(data, "positive", (0.40, 1.7))


def h6(data: Data) -> Finding:
    """Fig. 2e, f < 0: two-way steering for 0.45 ≲ C_+/C_− ≲ 3.2."""
    return _window(data, "negative", (0.45, 3.2))


def h7(data: Data) -> Finding:
    """Fig. 2b: for large C, both bare variances tend to −1/(2 cos 2θ)."""
    cut, limit = data["2"]["zero_cut"], -0.5 / np.cos(0.7 * pi)
    large, fifty = float(cut["bare_plus"][-1]), float(cut["bare_minus"][-1])
    got = (
        f"{fifty:.4f} at C = 50 and {large:.4f} at C = {50 * RATIOS[-1]:.0f}, for a limit of "
        f"{limit:.4f}"
    )
    return graded(abs(large / limit - 1), CLOSE, got, "larger C is needed")


def _order(panel: xr.Dataset) -> list[int]:
    """The regions one meets along a line."""
    return [int(key) for key, _ in groupby(regions(panel).values)]


def h8(data: Data) -> Finding:
    """Fig. 2d, f > 0: E_{+|−} > E_{−|+}, so that one-way steering is from + to − alone."""
    cut, planes = (
        data["2"]["positive_cut"],
        [regions(data["2"][f"positive_map_{bath}"]) for bath in BATHS],
    )
    larger = float(np.mean(cut[NAMES[PLUS]] > cut[NAMES[MINUS]]))
    occurs = FORWARD in _order(cut)
    got = (
        f"E_+|− is larger at {larger:.0%} of the points at C_− = 50, hot, where −⇒+ alone "
        f"{'occurs' if occurs else 'never occurs'}"
    )
    shares = [float((plane == FORWARD).mean()) for plane in planes]
    least = [float(plane["cooperativity_minus"].where(plane == FORWARD).min()) for plane in planes]
    why = (
        f"beyond that cut it does: {_one_way(data)}, of 2c at small C_+, for C_− ≥ {least[0]:.0f} hot and "
        f"{least[1]:.0f} in vacuum"
    )
    return graded(max(shares) + occurs, EXCEPTIONS, got, why)


def h9(data: Data) -> Finding:
    """Fig. 2f, f < 0: none, +⇒−, two-way, −⇒+ with growing C_+/C_−."""
    words, order = ("none", "−⇒+", "+⇒−", "two-way"), _order(data["2"]["negative_cut"])
    return judged(
        order == [NONE, BACK, BOTH, FORWARD],
        ", ".join(words[k] for k in order),
        "the order differs",
    )


def h10(data: Data) -> Finding:
    """Fig. 3a, C_+ = C_−: two-way steering and +⇒− alone."""
    found = regions(data["3"]["equal_map_hot"])
    shares = [float((found == kind).mean()) for kind in (BOTH, BACK, FORWARD)]
    got = (
        f"two-way at {shares[0]:.0%}, +⇒− alone at {shares[1]:.0%}, −⇒+ alone at {shares[2]:.2%} "
        "of the plane"
    )
    return graded(shares[2] + (min(shares[:2]) == 0), EXCEPTIONS, got, "−⇒+ alone occurs too")


def h11(data: Data) -> Finding:
    """Fig. 3c, C_+ = 2C_−: +⇒− alone for θ_+ < θ_− and −⇒+ alone for θ_+ > θ_−, meeting near θ_+ ≈
    θ_−.
    """
    found = regions(data["3"]["double_map_hot"]).values
    ahead = ANGLES[None, :] - ANGLES[:, None]
    right = [
        float(np.mean(sign * ahead[found == kind] > 0)) for sign, kind in ((1, FORWARD), (-1, BACK))
    ]
    nearest = [float(np.abs(ahead[found == kind]).min()) / pi for kind in (FORWARD, BACK)]
    near = f"they come to {max(nearest):.3f}π of θ_+ = θ_−"
    got = f"true of {right[0]:.0%} (−⇒+) and {right[1]:.0%} (+⇒−) of the points; {near}"
    astray = ((found == FORWARD) & (ahead <= 0)) | ((found == BACK) & (ahead >= 0))
    places = np.broadcast_to(ANGLES[:, None], found.shape)[astray] / pi
    border = (
        f"the border is not quite the diagonal for θ_− from {places.min():.2f}π on; "
        if len(places)
        else ""
    )
    why = f"{border}from hot baths to vacuum it changes: {_one_way(data)}"
    return graded(1 - min(right), EXCEPTIONS, got, why)


def h12(data: Data) -> Finding:
    """Fig. 3b, d: cooling improves with θ_+."""
    curves = [data["3"][f"{name}_cut"]["bare_plus"].values for name in FIXED]
    got = "; ".join(
        f"(ΔX_+0)² falls to {curve[-1]:.3f} at {rises(-curve, 0):.0%} of the steps"
        for curve in curves
    )
    return judged(all(rises(-curve, 0) == 1 for curve in curves), got)


def h21(data: Data) -> Finding:
    """At θ = π/2, E_{−|+} is independent of C_+, and E_{+|−} = ½ for n_+ = 0."""
    cold = {f"{name}_plus": value for name, value in SERVERS["vacuum"].items()}
    system = HYBRID.replace(angle_minus=pi / 2, angle_plus=pi / 2, **cold)
    found = steady(system, {"cooperativity_plus": np.geomspace(0.1, 1e3, 41)}, [PLUS, MINUS], 1)
    spread, off = (
        float(np.ptp(found[NAMES[MINUS]].values)),
        float(np.abs(found[NAMES[PLUS]] - 0.5).max()),
    )
    got = (
        f"for C_+ from 0.1 to 1000, E_−|+ varies and E_+|− is off ½ by {bound(max(spread, off))} "
        "at most"
    )
    return judged(max(spread, off) < 1e-9, got)


def h22(data: Data) -> Finding:
    """Eq. (10): E_{+|−}/E_{−|+} = (ΔX_+)²/(ΔX_−)²."""
    off = 0.0
    for cut in (data["2"][f"{sign}_cut"] for sign in SIGNS):
        variances = cut["populations"] + 0.5
        ratio = variances.sel(mode="plus") / variances.sel(mode="minus")
        off = max(off, float(np.abs(cut[NAMES[PLUS]] / cut[NAMES[MINUS]] / ratio - 1).max()))
    return judged(off < 1e-9, f"to {bound(off)} on all cuts of Fig. 2")


def h23(data: Data) -> Finding:
    """For θ_+ = π/2 and C_+ ≫ 1, (ΔX_+0)² = ½."""
    values = [
        float(data["3"][f"{name}_cut"]["bare_plus"].sel(angle_plus=pi / 2, method="nearest"))
        for name in FIXED
    ]
    got = ", ".join(
        f"{value:.3f} at C_+ = {C:.0f}" for value, C in zip(values, FIXED.values(), strict=True)
    )
    return graded(abs(2 * values[-1] - 1), CLOSE, got, "it exceeds ½ by 1/C_+")


def h24(_data: Data) -> Finding:
    """The decoherence rate is about 2π × 10 kHz, hot and in vacuum."""
    rates = [float(s.coupling_plus / s.cooperativity_plus) / (2e3 * pi) for s in BATHS.values()]
    return graded(
        max(abs(r / 10 - 1) for r in rates),
        CLOSE,
        f"2π × {rates[0]:.5f} and 2π × {rates[1]:.5f} kHz",
        "it differs",
    )


def h31(data: Data) -> Finding:
    """Fig. 3b, d: the best θ_+ lies at f < 0."""
    places = [
        FINE[int(np.argmin(data["3"][f"{n}_cut"][name].values))] / pi
        for n in FIXED
        for name in NAMES.values()
    ]
    plus, minus = (f"{places[k]:.3f} and {places[k + 2]:.3f}" for k in (0, 1))
    got = f"θ_+/π = {plus} for E_+|−, {minus} for E_−|+, beside θ_−/π = 0.35"
    return judged(min(places) > 0.35, got, "f > 0 is best for one")


PAPER = Paper(
    name="hybrid",
    title="Asymmetric steady-state steering of oscillators of opposite mass",
    reference="doi:10.48550/arXiv.1901.04250",
    plates=(*PLANES, *OPTIMA, *MEASURED),
    claims=claims(
        *(
            h1,
            h2,
            h3,
            h4,
            h5,
            h6,
            h7,
            h8,
            h9,
            h10,
            h11,
            h12,
            h13,
            h14,
            h15,
            h16,
            h17,
            h18,
            h19,
            h20,
            h21,
        ),
        *(h22, h23, h24, h25, h26, h27, h28, h29, h30, h31),
    ),
)
