"""What Figs. 4–7 show of the best steering of the hybrid oscillators: claims H13–H18, H20 and
H25–H30.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.constants import pi

from .hybrid_figures import HALF
from .hybrid_optima import EDGE, SERVERS, TARGETS
from .hybrid_optima_figures import BOUNDS, CLIENT, CLIENTS, LOST
from .paper import EXCEPTIONS, Data, Finding, bound, crossings, graded, judged

SIGNIFICANT = 0.05
"""Relative difference from which one product is significantly smaller than another."""
TOGETHER = 0.02
"""Difference, of angles in π or of ratios, below which two optima count as one."""
SYMBOLS = {"plus": "E_+|−", "minus": "E_−|+"}


def _best(data: Data, loss: float = 0.0, freedom: str = "free") -> xr.Dataset:
    """Optima over server, target and C_− ≥ 1."""
    found = data["4"]["ab"].sel(loss=loss, freedom=freedom, drop=True)
    return found.isel(cooperativity_minus=CLIENT > 1 - 1e-9)


def _alternative(data: Data, name: str, loss: float = 0.0) -> xr.DataArray:
    """Least products of other searches, as in `_best`."""
    found = data["4"]["alternatives"][name].sel(loss=loss, drop=True)
    return found.isel(cooperativity_minus=CLIENT > 1 - 1e-9)


def _at(values: xr.DataArray, **place: object) -> float:
    """A number at a server, target and C_−."""
    cooperativity = place.pop("C", CLIENT[-1])
    return float(values.sel(place).sel(cooperativity_minus=cooperativity, method="nearest"))


def h13(data: Data) -> Finding:
    """Fig. 4: f ≠ 0 enhances the best steering significantly in both directions."""
    free, symmetric = (_best(data, freedom=freedom)["product"] for freedom in ("free", "symmetric"))
    worst, ratio = float((free / symmetric).max()), symmetric / free
    gains = [
        (_at(ratio, server=s, target=t, C=10.0), f"{SYMBOLS[t]}, {s}")
        for s in SERVERS
        for t in TARGETS
    ]
    parts = [f"{gain:.2f} ({who})" for gain, who in gains]
    got = (
        f"E with f = 0 over E with f ≠ 0 at C_− = 10, ε = 0: {', '.join(parts)}; never below "
        f"{1 / worst:.4f}"
    )
    return judged(worst <= 1 and 1 / min(gains)[0] < 1 - SIGNIFICANT, got, "the gain is small")


def h14(data: Data) -> Finding:
    """Fig. 6: for C_− ≳ 1 the optimum is θ_− ≈ π/4, θ_+ > π/4, f < 0."""
    found = _best(data)
    steered = found["product"] < HALF
    quarter = abs(found["angle_minus"] / pi - 0.25) < TOGETHER / 2
    ahead = found["angle_plus"] > found["angle_minus"]
    share = float((quarter & ahead).where(steered).mean())
    others = ", ".join(
        f"up to C_− = {_switch(data, server):.1f} ({server})"
        for server in SERVERS
        if np.isfinite(_switch(data, server))
    )
    got = (
        f"at {share:.0%} of the optima with E < ½; E_−|+ > ½ is least at θ_− = π/2 {others}; "
        f"{_edge(data)}"
    )
    return graded(1 - share, EXCEPTIONS, got, "θ_− is not π/4 everywhere")


def _edge(data: Data, loss: float = 0.0) -> str:
    """What lies between π/4 and the edge of stability, in words."""
    found = _best(data, loss)
    steered = found["product"] < HALF
    gain = (1 - _alternative(data, "edge", loss) / found["product"]).where(steered)
    below = ((found["angle_minus"] - _alternative(data, "edge_angle", loss)) / pi).where(steered)
    return (
        f"the search ends at π/4, with the edge of stability, γ_− = 0, at most {bound(float(below.max()))}π below: "
        f"going to {EDGE} γ_−0 would gain {bound(float(gain.max()))} of E or less"
    )


def _switch(data: Data, server: str, loss: float = 0.0) -> float:
    """The largest C_− at which the least E_{−|+} is at θ_− = π/2; NaN if there is none."""
    found = data["4"]["ab"].sel(server=server, loss=loss, freedom="free", target="minus")
    places = CLIENT[found["angle_minus"].values > 0.4 * pi]
    return float(places.max()) if len(places) else float("nan")


def _gaps(data: Data, loss: float) -> xr.DataArray:
    """1 − E_{+|−}/E_{−|+} of the optima."""
    products = _best(data, loss)["product"]
    return 1 - products.sel(target="plus") / products.sel(target="minus")


def h15(data: Data) -> Finding:
    """Fig. 4a: for C_− ≲ 10 without losses, the best E_{+|−} is significantly smaller than the best
    E_{−|+}.
    """
    gaps = _gaps(data, 0.0)
    upto = gaps.isel(cooperativity_minus=gaps["cooperativity_minus"] < 10.001)
    parts = [
        f"by {', '.join(f'{_at(gaps, server=s, C=C):.1%}' for C in (1.0, 10.0, 100.0))} ({s})"
        for s in SERVERS
    ]
    return judged(
        float(upto.min()) > SIGNIFICANT,
        f"smaller at C_− = 1, 10, 100 {', '.join(parts)}",
        "the gap is small",
    )


def h16(data: Data) -> Finding:
    """Fig. 4b: ε = 0.2 separates E_{+|−} < E_{−|+} at all C_−."""
    lossy, ideal = _gaps(data, 0.2), _gaps(data, 0.0)
    least, limit = float(lossy.min()), float(lossy.isel(cooperativity_minus=-1).min())
    got = (
        f"by {least:.0%} or more for C_− from 1 to 1000, by {limit:.0%} at 1000, "
        f"where it is {float(ideal.isel(cooperativity_minus=-1).min()):.1%} without losses"
    )
    return judged(least > SIGNIFICANT, got, "they come together")


def _tolerances(products: xr.DataArray) -> list[float]:
    """The losses at which E_{+|−} of the two weaker clients rises to ½."""
    return [
        float(crossings(LOST, products.sel(cooperativity_minus=C).values, HALF)[0])
        for C in CLIENTS[:2]
    ]


def h17(data: Data) -> Finding:
    """Fig. 5: E_{+|−} < ½ for ε < 0.5 (C_− = 2), 0.9 (C_− = 10) with a hot server, for all ε < 1
    with one in vacuum.
    """
    products = data["5"]["5"]["product"]
    ends = _tolerances(products.sel(server="hot"))
    found = [_tolerances(data["5"]["bounds"]["product"].sel(decades=n)) for n in BOUNDS]
    others = "; ".join(
        f"{first:.3f} and {second:.3f} with C_+/C_− within 10^±{n:.0f}"
        for n, (first, second) in zip(BOUNDS, found, strict=True)
    )
    rule = [1 - 1 / cooperativity for cooperativity in CLIENTS[:2]]
    cold = float(products.sel(server="vacuum").max())
    off = max(abs(ends[0] - 0.5), abs(ends[1] - 0.9))
    got = (
        f"up to ε = {ends[0]:.3f} and {ends[1]:.3f}, 1 − 1/C_− being {rule[0]:.3f} and {rule[1]:.3f}; "
        f"{others}; in vacuum E_+|− ≤ {cold:.3f} up to ε = {LOST[-1]:.2f}"
    )
    return graded(off + (cold >= HALF), (0.02, 0.1), got, "the tolerance differs")


def h18(data: Data) -> Finding:
    """Fig. 5: at C_− = 100 the two servers are nearly equal."""
    products = data["5"]["5"]["product"].sel(cooperativity_minus=100.0)
    off = np.abs(1 - products.sel(server="vacuum") / products.sel(server="hot"))
    got = (
        f"E_+|− with a server in vacuum is lower by {float(off.max()):.1%} at most, "
        f"{float(off.mean()):.1%} on average"
    )
    return graded(float(off.max()), (SIGNIFICANT, 0.15), got, "the bath still tells")


def h20(data: Data) -> Finding:
    """Figs. 6c, 7: for E_{−|+}, θ_± switch at small C_−; with f ≠ 0, C_+/C_− > 1, tending to 1 for
    ε = 0.
    """
    found = _best(data)
    ratios = found["ratio"].where(found["product"] < HALF)
    least, last = float(ratios.min()), ratios.isel(cooperativity_minus=-1)
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
    return graded(max(1 - least, limit - TOGETHER), (1e-3, SIGNIFICANT), got, why)


def h25(data: Data) -> Finding:
    """Fig. 6: losses leave θ_− at π/4 and ask for more beam-splitter interaction of the second
    oscillator.
    """
    ideal, lossy = _best(data), _best(data, 0.2)
    steered = lossy["product"] < HALF
    more = (lossy["angle_plus"] - ideal["angle_plus"]).where(steered)
    still = float(abs(lossy["angle_minus"] / pi - 0.25).where(steered).max())
    got = (
        f"where E < ½, θ_+ changes by {float(more.min()) / pi:.3f}π … {float(more.max()) / pi:.3f}π, "
        f"θ_− stays within {bound(still)}π of π/4; {_edge(data, 0.2)}"
    )
    return judged(float(more.min()) > -1e-6 and still < TOGETHER / 2, got, "θ_+ falls somewhere")


def h26(data: Data) -> Finding:
    """Figs. 6, 7: with losses the optima of E_{+|−} and E_{−|+} stay apart for large C_− if f ≠ 0,
    but not if f = 0.
    """
    apart = {}
    for freedom in ("free", "symmetric"):
        end = _best(data, 0.2, freedom).isel(cooperativity_minus=-1)
        angle, ratio = (
            np.abs(end[name].sel(target="plus") - end[name].sel(target="minus"))
            for name in ("angle_plus", "ratio")
        )
        apart[freedom] = (
            float(angle.max()) / pi,
            float(ratio.max()),
            float(ratio.min()),
            float(angle.min()) / pi,
        )
    free, symmetric = apart["free"], apart["symmetric"]
    got = (
        f"at C_− = {CLIENT[-1]:.0f}, θ_+ and C_+/C_− differ by {free[3]:.3f}π and {free[2]:.2f} or more for f ≠ 0, "
        f"by {symmetric[0]:.4f}π and {symmetric[1]:.3f} or less for f = 0"
    )
    met = max(symmetric[:2]) < TOGETHER
    return judged(free[3] > symmetric[0] and free[2] > TOGETHER and met, got, "they do not")


def h27(data: Data) -> Finding:
    """Fig. 7c: C_+/C_− < 1 for f = 0 when E_{+|−} is minimised with a server in vacuum."""
    found = _best(data, freedom="symmetric")
    steered = (found["product"] < HALF) & (found["angle_minus"] < 0.499 * pi)
    ratios = found["ratio"].where(steered)
    here, other = (ratios.sel(server="vacuum", target=target) for target in TARGETS)
    hot, place = (
        float(ratios.sel(server="hot").min()),
        float(other["cooperativity_minus"][int(np.nanargmin(other.values))]),
    )
    got = (
        f"{float(here.min()):.2f} … {float(here.max()):.3f} for E_+|−; with a hot server {hot:.3f} "
        "or more"
    )
    why = (
        f"minimising E_−|+ takes less than 1 as well, down to {float(other.min()):.3f} at C_− = "
        f"{place:.0f}"
    )
    return graded(
        float(here.max() >= 1) * 2 + 0.5 * float(other.min() < 1 - 1e-3), (0.0, 1.0), got, why
    )


def h28(data: Data) -> Finding:
    """Fig. 6: the best θ at f = 0 lies between π/4 and the best θ_+ at f ≠ 0."""
    free, symmetric = _best(data), _best(data, freedom="symmetric")
    steered = symmetric["product"] < HALF
    between = (symmetric["angle_plus"] > pi / 4) & (symmetric["angle_plus"] < free["angle_plus"])
    share = float(between.where(steered).mean())
    return graded(
        1 - share, EXCEPTIONS, f"at {share:.0%} of the optima with E < ½ at f = 0", "not everywhere"
    )


def h29(data: Data) -> Finding:
    """The client had better be first on the beam, the server second."""
    parts, worst = [], 0.0
    for loss in (0.0, 0.2):
        found = _best(data, loss)
        ratio = found["product"].sel(target="plus") / _alternative(data, "second", loss).sel(
            target="minus"
        )
        worst = max(worst, float(ratio.max()))
        parts.append(
            f"{_at(ratio, server='hot', C=10.0):.2f}, {_at(ratio, server='vacuum', C=10.0):.2f} (ε "
            f"= {loss})"
        )
    got = (
        f"E_server|client, first over second, at C = 10: {'; '.join(parts)}; at most {worst:.3f} "
        "for any C ≥ 1"
    )
    return judged(worst < 1, got, "second is better somewhere")


def h30(data: Data) -> Finding:
    """Figs. 4, 5: a server in vacuum is preferable to a hot one."""
    products = _best(data)["product"]
    ratio = products.sel(server="vacuum") / products.sel(server="hot")
    plus, minus = (ratio.sel(target=target) for target in TARGETS)
    got = (
        f"E_+|− in vacuum is {float(plus.min()):.2f} … {float(plus.max()):.3f} of that with a hot "
        "server, for C_− ≥ 1"
    )
    why = (
        f"for E_−|+ it is the other way round: {_at(minus, C=10.0):.3f} at C_− = 10, up to {float(minus.max()):.2f}; "
        "the text has steering from client to server in mind"
    )
    return graded(
        2.0 * (float(plus.max()) >= 1) + 0.5 * (float(minus.max()) > 1), (0.0, 1.0), got, why
    )
