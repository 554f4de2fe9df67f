"""Where each sum of a sample time is kept."""

from __future__ import annotations

from itertools import accumulate


def layout(size: int, twin: bool, companion: bool) -> dict[str, slice]:
    """Places of the sums along the last axis, as `sums.accumulate` writes them.

    "full", "twin", "error" (full − twin) and "step" (companion − full), each with the order of its
    moments: first (n), second (the upper triangle), third and fourth powers of each quadrature (n).
    "step²" is the difference squared.
    """
    pairs = size * (size + 1) // 2
    orders = {"1": size, "2": pairs, "3": size, "4": size}
    widths = {f"full{order}": width for order, width in orders.items()}
    if twin:
        widths |= {"twin1": size, "twin2": pairs}
        widths |= {f"error{order}": width for order, width in orders.items()}
    if companion:
        widths |= {"step1": size, "step2": pairs, "step²": size}
    ends = list(accumulate(widths.values()))
    return {
        name: slice(end - width, end)
        for (name, width), end in zip(widths.items(), ends, strict=True)
    }


def statistics(size: int, twin: bool, companion: bool) -> int:
    """How many sums there are."""
    return max(place.stop for place in layout(size, twin, companion).values())
