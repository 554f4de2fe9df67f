"""Figures of a result on light: the probe, squeezing, homodyne detection, and sidebands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

import xarray as xr
from matplotlib.figure import Figure

from ....analysis import plots
from ....analysis.plots.run import Panel, draw_panels
from .results import PROBE, SPECTRUM
from .variables import BEAM, PORT


def light_figures(result: xr.Dataset) -> Iterator[tuple[str, Figure]]:
    """Draw the figures of a result on light; none of one that has filtered modes alone."""
    for name, panels in _panels(result).items():
        columns = len(panels) if name == "probe" else min(2, len(panels))
        yield name, draw_panels(panels, columns)


def _panels(result: xr.Dataset) -> dict[str, list[Panel]]:
    """The panels of each figure."""
    out: dict[str, list[Panel]] = {}
    if "group_delay" in result:
        entering, leaving = json.loads(result.attrs["probe"])
        way = {"response": result[list(PROBE)], "port": leaving, "port_": entering}
        draws = (plots.draw_transmission, plots.draw_phase, plots.draw_group_delay)
        out["probe"] = [partial(draw, **way) for draw in draws]
    if "physical" not in result:
        return out
    spectrum = result[list(SPECTRUM)]
    ports = [str(port) for port in result[PORT].values]
    together = [ports] if result.sizes[BEAM] > len(ports) else []
    out["squeezing"] = [
        partial(plots.draw_squeezing, spectrum=spectrum, port=beam) for beam in [*ports, *together]
    ]
    out["homodyne"] = [
        partial(
            plots.draw_squeezing,
            spectrum=spectrum,
            port=port,
            angles=result["homodyne_angle"].sel({PORT: port}).values.tolist(),
        )
        for port in ports
    ]
    out["sidebands"] = [partial(plots.draw_sidebands, spectrum=spectrum, port=p) for p in ports]
    return out
