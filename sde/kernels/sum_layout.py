"""Order in which the sums of a sample time are stored, and in which products are summed."""

from __future__ import annotations

from itertools import accumulate

import numpy as np

from ..support.checks import Array

ROW = 64
"""Numbers in a row of a cell's states."""
TILE = 8
"""Rows and columns of a tile of products, whose states stay in the first-level cache."""


def layout(size: int, twin: bool, companion: bool, elements: int | None = None) -> dict[str, slice]:
    """Slices of the last axis of the sums, by name, as `moment_sums.accumulate` writes them.

    "full", "twin", "error" (full − twin) and "step" (companion − full), each followed by the order
    of its moments: "1" (n numbers), "2" (the kept products, by default the upper triangle), "3" and
    "4", powers of each quadrature (n). "step²" is the sum of the squared differences (n). `size` is
    n, `elements` the number of kept products.
    """
    products = size * (size + 1) // 2 if elements is None else elements
    orders = {"1": size, "2": products, "3": size, "4": size}
    widths = {f"full{order}": width for order, width in orders.items()}
    if twin:
        widths |= {"twin1": size, "twin2": products}
        widths |= {f"error{order}": width for order, width in orders.items()}
    if companion:
        widths |= {"step1": size, "step2": products, "step²": size}
    ends = list(accumulate(widths.values()))
    return {
        name: slice(end - width, end)
        for (name, width), end in zip(widths.items(), ends, strict=True)
    }


def statistics(size: int, twin: bool, companion: bool, elements: int | None = None) -> int:
    """Number of sums per sample time."""
    return max(part.stop for part in layout(size, twin, companion, elements).values())


def summed_products(rows: Array, columns: Array) -> Array:
    """The argument `kept` (3·elements,) of `moment_sums.accumulate` for products of quadratures.

    rows, columns (elements,) are their indices. They are summed tile by tile.
    """
    order = np.lexsort((columns, rows, columns // TILE, rows // TILE))
    parts = ROW * rows[order], ROW * columns[order], order
    return np.concatenate(parts).astype(np.uint64)
