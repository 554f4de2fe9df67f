"""Who steers whom, over two parameters or along a line."""

from __future__ import annotations

from itertools import groupby

import xarray as xr

from .systems import E_MINUS, E_PLUS, HALF, NAMES

NONE = 0
MINUS_STEERS = 1
PLUS_STEERS = 2
TWO_WAY = 3
"""No steering, minus steers plus alone, plus steers minus alone, both steer."""


def regions(panel: xr.Dataset) -> xr.DataArray:
    """NONE, MINUS_STEERS, PLUS_STEERS or TWO_WAY at each point, from both products."""
    minus_steers = (panel[NAMES[E_PLUS]] < HALF).astype(int)
    plus_steers = (panel[NAMES[E_MINUS]] < HALF).astype(int)
    return (MINUS_STEERS * minus_steers + PLUS_STEERS * plus_steers).rename("region")


def order_of_regions(panel: xr.Dataset) -> list[int]:
    """The regions in the order in which they follow along a line."""
    return [int(region) for region, _ in groupby(regions(panel).values)]
