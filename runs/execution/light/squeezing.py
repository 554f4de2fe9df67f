"""Squeezing of the light of ports, of each and of all together, and the best of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr

from ....analysis import squeezing_spectrum
from ....sde.support.checks import Array
from .frequencies import between_neighbours

SpectrumAt = Callable[[Array], xr.Dataset]
"""The output spectrum at frequencies (points,) in rad/s."""
ROUNDS, POINTS = 4, 41
"""Rounds of the search for the best squeezing, and points of each; each narrows it 20 times."""


def beams(ports: Sequence[str]) -> dict[str, str | list[str]]:
    """The ports, and last of all of them together if they are several, by name."""
    alone: dict[str, str | list[str]] = {port: port for port in ports}
    return alone | ({", ".join(ports): list(ports)} if len(ports) > 1 else {})


def squeezing_variables(spectrum: xr.Dataset, ports: Sequence[str]) -> dict[str, Array]:
    """Squeezing and antisqueezing of all beams, and the best angle of each port."""
    found = [squeezing_spectrum(spectrum, beam) for beam in beams(ports).values()]
    return {
        **{
            name: np.stack([each[name].values for each in found])
            for name in ("squeezing", "antisqueezing")
        },
        "squeezing_angle": np.stack([each["angle"].values for each in found[: len(ports)]]),
    }


def best_variables(
    frequencies: Array, squeezing: Array, ports: Sequence[str], closer: SpectrumAt, *, even: bool
) -> dict[str, Array]:
    """The largest squeezing (beams, frequencies) of every beam, its frequency and its angle.

    It is searched between the frequencies, with the spectrum `closer`, if they are `even`.
    """
    grids = [frequencies] * len(squeezing)
    values = list(squeezing)
    for _ in range(ROUNDS if even else 0):
        grids = [
            between_neighbours(grid, int(np.nanargmax(each)), POINTS)
            for grid, each in zip(grids, values, strict=True)
        ]
        values = [row for row, _ in _at_each(grids, ports, closer)]
    found = [grid[int(np.nanargmax(each))] for grid, each in zip(grids, values, strict=True)]
    best = np.array([abs(at) if abs(at) <= frequencies[-1] else at for at in found])
    there = _at_each(best[:, None], ports, closer)
    return {
        "best_squeezing": np.array([row[0] for row, _ in there]),
        "best_frequency": best,
        "best_angle": np.array([angle[0] for _, angle in there[: len(ports)]]),
    }


def _at_each(
    grids: Sequence[Array] | Array, ports: Sequence[str], spectrum: SpectrumAt
) -> list[tuple[Array, Array]]:
    """Squeezing of each beam, and the angle of each port, at its own frequencies.

    All frequencies are computed at once. Of all ports together the angle is of no use.
    """
    every = np.unique(np.concatenate(list(grids)))
    there = squeezing_variables(spectrum(every), ports)
    found = []
    for k, grid in enumerate(grids):
        at = np.searchsorted(every, grid)
        angle = there["squeezing_angle"][min(k, len(ports) - 1)]
        found.append((there["squeezing"][k, at], angle[at]))
    return found
