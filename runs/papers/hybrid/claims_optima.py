"""Claims H13 and H15-H18, H29 and H30, of the least products: Figs. 4 and 5."""

from __future__ import annotations

from itertools import product

import numpy as np
import xarray as xr

from ..curves import crossings
from ..paper import Data, Finding, claim, finding_by_deviation, finding_if
from .data_optima import CLIENT, CLIENTS, FREEDOM, LOSS_SCAN, LOSSES, OTHER_BOUNDS
from .systems import HALF, SERVERS, TARGETS

SIGNIFICANT = 0.05
"""Relative difference from which one product is significantly smaller than another."""
SYMBOLS = {"plus": "E_+|−", "minus": "E_−|+"}


@claim("H13", "Fig. 4: f ≠ 0 enhances the best steering significantly in both directions")
def asymmetric_angles_enhance(data: Data) -> Finding:
    free, symmetric = (optima_of(data, freedom=freedom)["product"] for freedom in FREEDOM)
    worst = float((free / symmetric).max())
    ratio = symmetric / free
    cases = list(product(SERVERS, TARGETS))
    gains = [_at(ratio, 10.0, server=server, target=target) for server, target in cases]
    parts = [
        f"{gain:.2f} ({SYMBOLS[target]}, {server})"
        for gain, (server, target) in zip(gains, cases, strict=True)
    ]
    got = (
        f"E with f = 0 over E with f ≠ 0 at C_− = 10, ε = 0: {', '.join(parts)}; never below "
        f"{1 / worst:.4f}"
    )
    holds = worst <= 1 and 1 / min(gains) < 1 - SIGNIFICANT
    return finding_if(holds, got, "the gain is small")


@claim(
    "H15",
    "Fig. 4a: for C_− ≲ 10 without losses, the best E_{+|−} is significantly smaller than the "
    "best E_{−|+}",
)
def smaller_product_without_losses(data: Data) -> Finding:
    gaps = _relative_gaps(data, 0.0)
    upto = gaps.isel(cooperativity_minus=gaps["cooperativity_minus"] < 10.001)
    parts = []
    for server in SERVERS:
        listed = ", ".join(f"{_at(gaps, C, server=server):.1%}" for C in (1.0, 10.0, 100.0))
        parts.append(f"by {listed} ({server})")
    got = f"smaller at C_− = 1, 10, 100 {', '.join(parts)}"
    return finding_if(float(upto.min()) > SIGNIFICANT, got, "the gap is small")


@claim("H16", "Fig. 4b: ε = 0.2 separates E_{+|−} < E_{−|+} at all C_−")
def losses_separate_the_products(data: Data) -> Finding:
    lossy = _relative_gaps(data, 0.2)
    ideal = _relative_gaps(data, 0.0)
    least = float(lossy.min())
    limit = float(lossy.isel(cooperativity_minus=-1).min())
    got = (
        f"by {least:.0%} or more for C_− from 1 to 1000, by {limit:.0%} at 1000, "
        f"where it is {float(ideal.isel(cooperativity_minus=-1).min()):.1%} without losses"
    )
    return finding_if(least > SIGNIFICANT, got, "they come together")


@claim(
    "H17",
    "Fig. 5: E_{+|−} < ½ for ε < 0.5 (C_− = 2), 0.9 (C_− = 10) with a hot server, for all ε < 1 "
    "with one in vacuum",
)
def tolerance_of_losses(data: Data) -> Finding:
    products = data["5"]["5"]["product"]
    ends = _tolerances(products.sel(server="hot"))
    found = [_tolerances(data["5"]["bounds"]["product"].sel(decades=n)) for n in OTHER_BOUNDS]
    others = "; ".join(
        f"{first:.3f} and {second:.3f} with C_+/C_− within 10^±{n:.0f}"
        for n, (first, second) in zip(OTHER_BOUNDS, found, strict=True)
    )
    rule = [1 - 1 / cooperativity for cooperativity in CLIENTS[:2]]
    cold = float(products.sel(server="vacuum").max())
    off = max(abs(ends[0] - 0.5), abs(ends[1] - 0.9))
    got = (
        f"up to ε = {ends[0]:.3f} and {ends[1]:.3f}, 1 − 1/C_− being {rule[0]:.3f} and "
        f"{rule[1]:.3f}; {others}; in vacuum E_+|− ≤ {cold:.3f} up to ε = {LOSS_SCAN[-1]:.2f}"
    )
    holds = off <= 0.1 and cold < HALF
    return finding_if(holds, got, "the tolerance differs", exactly=off <= 0.02)


@claim("H18", "Fig. 5: at C_− = 100 the two servers are nearly equal")
def servers_equal_at_large_cooperativity(data: Data) -> Finding:
    products = data["5"]["5"]["product"].sel(cooperativity_minus=100.0)
    off = np.abs(1 - products.sel(server="vacuum") / products.sel(server="hot"))
    got = (
        f"E_+|− with a server in vacuum is lower by {float(off.max()):.1%} at most, "
        f"{float(off.mean()):.1%} on average"
    )
    return finding_by_deviation(
        float(off.max()), (SIGNIFICANT, 0.15), got, "the bath still matters"
    )


@claim("H29", "The client had better be first on the beam, the server second")
def client_first(data: Data) -> Finding:
    parts = []
    worst = 0.0
    for loss in LOSSES:
        first = optima_of(data, loss)["product"].sel(target="plus")
        second = alternative(data, "second", loss).sel(target="minus")
        ratio = first / second
        worst = max(worst, float(ratio.max()))
        hot, vacuum = (_at(ratio, 10.0, server=server) for server in SERVERS)
        parts.append(f"{hot:.2f}, {vacuum:.2f} (ε = {loss})")
    got = (
        f"E_server|client, first over second, at C = 10: {'; '.join(parts)}; at most {worst:.3f} "
        "for any C ≥ 1"
    )
    return finding_if(worst < 1, got, "second is better somewhere")


@claim("H30", "Figs. 4, 5: a server in vacuum is preferable to a hot one")
def server_in_vacuum_preferable(data: Data) -> Finding:
    products = optima_of(data)["product"]
    ratio = products.sel(server="vacuum") / products.sel(server="hot")
    plus, minus = (ratio.sel(target=target) for target in TARGETS)
    got = (
        f"E_+|− in vacuum is {float(plus.min()):.2f} … {float(plus.max()):.3f} of that with a hot "
        "server, for C_− ≥ 1"
    )
    why = (
        f"for E_−|+ it is the other way round: {_at(minus, 10.0):.3f} at C_− = 10, up to "
        f"{float(minus.max()):.2f}; the text has steering from client to server in mind"
    )
    exactly = float(minus.max()) <= 1
    return finding_if(float(plus.max()) < 1, got, why, exactly=exactly)


def optima_of(data: Data, loss: float = 0.0, freedom: str = "free") -> xr.Dataset:
    """Optima over server, target and C_− ≥ 1."""
    found = data["4"]["ab"].sel(loss=loss, freedom=freedom, drop=True)
    return found.isel(cooperativity_minus=CLIENT > 1 - 1e-9)


def alternative(data: Data, name: str, loss: float = 0.0) -> xr.DataArray:
    """Results of other searches, over server, target and C_− ≥ 1; see `alternatives`."""
    found = data["4"]["alternatives"][name].sel(loss=loss, drop=True)
    return found.isel(cooperativity_minus=CLIENT > 1 - 1e-9)


def _at(values: xr.DataArray, cooperativity: float, **place: str) -> float:
    """A number at a C_−, a server and a target."""
    return float(values.sel(place).sel(cooperativity_minus=cooperativity, method="nearest"))


def _relative_gaps(data: Data, loss: float) -> xr.DataArray:
    """1 − E_{+|−}/E_{−|+} of the optima."""
    products = optima_of(data, loss)["product"]
    return 1 - products.sel(target="plus") / products.sel(target="minus")


def _tolerances(products: xr.DataArray) -> list[float]:
    """Losses at which E_{+|−} of the two weaker clients rises to ½."""
    curves = [products.sel(cooperativity_minus=C).values for C in CLIENTS[:2]]
    return [float(crossings(LOSS_SCAN, curve, HALF)[0]) for curve in curves]


CLAIMS = (
    asymmetric_angles_enhance,
    smaller_product_without_losses,
    losses_separate_the_products,
    tolerance_of_losses,
    servers_equal_at_large_cooperativity,
    client_first,
    server_in_vacuum_preferable,
)
