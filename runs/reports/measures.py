"""Lines of a report on measures of a steady state: entanglement, steering, squeezing, purity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...analysis import gaussian, information
from ...sde.model.model import Model
from ...sde.support.checks import Array
from ...sde.system import System
from ...steady import conditional_covariance
from ..text import line, zero_if_small

PHASES = 181
"""Phases of a homodyne detector that are tried."""


def measure_lines(V: Array, modes: tuple[str, ...], pair: tuple[str, str]) -> Iterator[str]:
    """Measures of a covariance V (2n, 2n), those of a pair of modes first."""
    if len(modes) > 1:
        yield from _pair_lines(V, modes, pair)
    squeezed = ((mode, float(gaussian.squeezing(V, k))) for k, mode in enumerate(modes))
    yield line(
        "squeezing below vacuum",
        ", ".join(f"{mode} {zero_if_small(dB):.3g} dB" for mode, dB in squeezed),
    )
    quanta = ", ".join(
        f"{mode} {zero_if_small(n):.4g}"
        for mode, n in zip(modes, gaussian.populations(V), strict=True)
    )
    yield line("fluctuation quanta", quanta)
    yield line("purity", f"{float(gaussian.purity(V)):.4g}")
    if len(modes) == 3:
        contangle = zero_if_small(gaussian.residual_contangle(V, 0, 1, 2))
        yield line("residual contangle", f"{contangle:.4g} nats²")


def _pair_lines(V: Array, modes: tuple[str, ...], pair: tuple[str, str]) -> Iterator[str]:
    i, j = (modes.index(mode) for mode in pair)
    first, second = pair
    yield line(f"E_N({first}, {second})", f"{float(gaussian.log_negativity(V, i, j)):.6f}")
    steered = (float(gaussian.steering(V, i, j)), float(gaussian.steering(V, j, i)))
    yield line(
        "steering", f"{first} → {second} {steered[0]:.6f}, {second} → {first} {steered[1]:.6f}"
    )
    inferred = (float(gaussian.reid(V, i, j)), float(gaussian.reid(V, j, i)))
    yield line(
        "Reid product",
        f"of {second} {inferred[0]:.4g}, of {first} {inferred[1]:.4g} (steering below 0.5)",
    )
    yield line("Duan sum", f"{float(gaussian.duan(V, i, j)):.4g} (entangled below 1)")
    of_first = zero_if_small(information.discord(V, j, i))
    of_second = zero_if_small(information.discord(V, i, j))
    yield line("discord", f"{first} measured {of_first:.4g}, {second} measured {of_second:.4g}")
    mutual = zero_if_small(information.mutual_information(V, i, j))
    yield line("mutual information", f"{mutual:.4g} nats")


def homodyne_lines(
    system: System, V: Array, mean: Array | None, model: Model, pair: tuple[str, str]
) -> Iterator[str]:
    """Reid products of V (2n, 2n) given the best homodyne record, and their decrease d.

    `mean` (2n,) is the fixed point of a nonlinear system. A record that is refused is reported.
    """
    phases = np.linspace(0, np.pi, PHASES)
    try:
        records = system.homodyne(phases)  # type: ignore[attr-defined]
        given = np.asarray(conditional_covariance(system, records, mean))
    except ValueError as error:
        yield line("given the light", f"not computed, homodyne() is refused: {error}")
        return
    for i, j in (pair, pair[::-1]):
        indices = model.mode_index(i), model.mode_index(j)
        products = gaussian.reid(given, *indices)
        unconditional = float(gaussian.reid(V, *indices))
        best = int(np.argmin(products))
        gain = 100 * (1 - products[best] / unconditional)
        angle = phases[best] / np.pi
        yield line(
            f"given the light, of {j}",
            f"{products[best]:.4g} (better by d = {gain:.2g} %), detector at {angle:.3g}π",
        )
