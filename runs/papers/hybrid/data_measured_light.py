"""Data of Fig. 8: improvement of steering by a measurement of the outgoing light.

The paper prints neither ε nor the detector's phase: both ε of Fig. 4 are taken, and the best phase
for each parameter. Other bounds of the search and other detectors are computed too.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import xarray as xr
from scipy.constants import pi

from ....sde.support.threads import in_order
from ..paper import Panels
from .data_optima import BOUND, LOSSES, OTHER_BOUNDS, tabulated
from .optimisation import Search, minimise, minimise_conditional
from .systems import HALF, SERVERS, TARGETS

CLIENT = np.array([0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 50.0, 100.0])
"""C_− of Fig. 8."""
NEAR_DAMPING = 0.1
"""γ_j/γ_j0 of a search nearer to the edge of stability, with θ_j below π/4."""
WEAK_CLIENTS = CLIENT[CLIENT <= 2.0]
"""C_− whose best C_+/C_− may lie on the bound."""
PHASES = np.linspace(0.0, pi / 2, 13)
EFFICIENCIES = np.array([0.01, 0.02, 0.05, *np.linspace(0.1, 1.0, 10)])
HETERODYNE = (0.0, pi / 2)
"""Both phases, read on a split beam."""
LIMIT = 0.01
"""Upper limit of d in the paper."""


def compute_figure_8(threads: int) -> Panels:
    """Least products with and without a measurement; other bounds and detectors."""
    main = {
        "server": list(SERVERS),
        "loss": list(LOSSES),
        "target": list(TARGETS),
        "cooperativity_minus": CLIENT,
    }
    bounds = {"decades": list(OTHER_BOUNDS), "cooperativity_minus": WEAK_CLIENTS}
    few = len(WEAK_CLIENTS)
    searches = [
        *(_search(*choice) for choice in product(SERVERS, LOSSES, TARGETS)),
        *(_search("hot", 0.0, "plus", decades, few) for decades in OTHER_BOUNDS),
        replace(_search("hot", 0.0, "plus", points=few), damping=NEAR_DAMPING),
    ]
    found = list(in_order(lambda search, _stop: _with_and_without(search), searches, threads))
    count = len(SERVERS) * len(LOSSES) * len(TARGETS)
    detectors = xr.concat([_detectors(loss) for loss in LOSSES], xr.Variable("loss", list(LOSSES)))
    return {
        "8": tabulated(found[:count], main),
        "bounds": tabulated(found[count:-1], bounds),
        "near": tabulated(found[-1:], {"cooperativity_minus": WEAK_CLIENTS}),
        "detectors": detectors,
    }


def _search(
    server: str, loss: float, target: str, decades: float = BOUND, points: int = len(CLIENT)
) -> Search:
    """The search of Fig. 8, for the first of the C_−."""
    return Search(target, server, False, CLIENT[:points], np.full(points, loss), decades=decades)


def _with_and_without(search: Search) -> xr.Dataset:
    """Least products with a measurement, and "unconditional" without."""
    without = minimise(search)
    return minimise_conditional(search, without).assign(unconditional=without["product"])


def _detectors(loss: float) -> xr.Dataset:
    """d of E_{+|−}, hot server, at the parameters that are best without a measurement.

    Over the detector's phase, over its efficiency, for both phases, for f = 0.
    """
    search = _search("hot", loss, "plus")
    symmetric = Search("plus", "hot", True, CLIENT, search.loss)
    found, equal = (minimise(each) for each in (search, symmetric))
    E = found["product"].values
    place = found["place"].values
    read = [symmetric.conditional(phase, equal["place"].values) for phase in PHASES[::4]]
    phases = [1 - search.conditional(phase, place) / E for phase in PHASES]
    efficiencies = [1 - search.detected((0.0,), share, place) / E for share in EFFICIENCIES]
    name = "cooperativity_minus"
    data = {
        "by_phase": (("phase", name), phases),
        "by_efficiency": (("efficiency", name), efficiencies),
        "heterodyne": (name, 1 - search.detected(HETERODYNE, 1.0, place) / E),
        "symmetric": (name, 1 - np.min(read, axis=0) / equal["product"].values),
        "unconditional": (name, E),
    }
    return xr.Dataset(data, coords={"phase": PHASES, "efficiency": EFFICIENCIES, name: CLIENT})


def improvement(panel: xr.Dataset, name: str = "conditional") -> xr.DataArray:
    """d = (E_u − E_c)/E_u of unconditional and conditional products."""
    return 1 - panel[name] / panel["unconditional"]


def improvement_of_steering(panel: xr.Dataset, name: str = "conditional") -> xr.DataArray:
    """d where there is steering without a measurement, else NaN."""
    return improvement(panel, name).where(panel["unconditional"] < HALF)


def improvement_by_bound(panels: Panels) -> dict[float, xr.DataArray]:
    """d of E_{+|−}, hot server, no losses, by the bound of C_+/C_− in decades, ascending."""
    main = panels["8"].sel(server="hot", target="plus", loss=0.0)
    found = {decades: panels["bounds"].sel(decades=decades) for decades in OTHER_BOUNDS}
    found[BOUND] = main
    return {decades: improvement(found[decades]) for decades in sorted(found)}
