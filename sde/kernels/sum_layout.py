"""Order in which the sums of a sample time are stored."""

from __future__ import annotations

from itertools import accumulate


def layout(size: int, twin: bool, companion: bool) -> dict[str, slice]:
    """Slices of the last axis of the sums, by name, as `moment_sums.accumulate` writes them.

    "full", "twin", "error" (full − twin) and "step" (companion − full), each followed by the order
    of its moments: "1" (n numbers), "2" (upper triangle), "3" and "4", powers of each quadrature
    (n). "step²" is the sum of the squared differences (n). `size` is n.
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
    """Number of sums per sample time."""
    return max(part.stop for part in layout(size, twin, companion).values())
