"""Data of Figs. 4-7: least products for a given C_−, the parameters of these optima, runs."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from ....sde.support.checks import Array
from ....sde.support.threads import in_order
from ....sde.systems.hybrid import HybridOscillators
from ..paper import Panels
from ..shared_data import run_from_switch_on
from .data import appearance_times
from .optimisation import EDGE, Search, minimise
from .systems import BOTH, NAMES, PRODUCTS, SERVERS, TARGETS

CLIENT = 10 ** np.linspace(-0.4, 3.0, 69)
"""C_− of Figs. 4, 6 and 7."""
CLIENTS = (2.0, 10.0, 100.0)
"""C_− of Fig. 5."""
LOSSES = (0.0, 0.2)
LOSS_SCAN = np.linspace(0.0, 0.99, 100)
RUN_LOSS = 0.5
"""ε of the trajectories beside Fig. 5."""
FREEDOM = ("free", "symmetric")
"""θ_+ and θ_− independent, or θ_+ = θ_−, that is f = 0."""
BOUND = Search.decades
OTHER_BOUNDS = (2.0, 4.0)
"""Other bounds than 10^±3 for C_+/C_−, in decades."""
DIMENSIONS = ("server", "loss", "freedom", "target", "cooperativity_minus")
RUN: dict[str, Any] = {"duration": 40e-6, "step": 0.1e-6, "trajectories": 2**16}


@cache
def optima(threads: int) -> xr.Dataset:
    """Both least products and their parameters, for Figs. 4, 6 and 7; over `DIMENSIONS`."""
    return _searched(FREEDOM, threads)


def alternatives(threads: int) -> xr.Dataset:
    """Least products of other searches.

    edge, edge_angle: up to the edge of stability, with θ_−; second: the client is second on the
    beam.
    """
    edge = _searched(("free",), threads, damping=EDGE)
    second = _searched(("free",), threads, client="plus")
    data = {"edge": edge["product"], "edge_angle": edge["angle_minus"], "second": second["product"]}
    return xr.Dataset(data).squeeze("freedom", drop=True)


def _searched(freedom: tuple[str, ...], threads: int, **changes: Any) -> xr.Dataset:
    """Optima over all choices, with other parameters of the search."""
    choices = (list(SERVERS), list(LOSSES), list(freedom), list(TARGETS))
    searches = [
        Search(target, server, free == "symmetric", CLIENT, np.full(CLIENT.shape, loss), **changes)
        for server, loss, free, target in product(*choices)
    ]
    found = list(in_order(lambda search, _stop: minimise(search), searches, threads))
    return tabulated(found, dict(zip(DIMENSIONS, (*choices, CLIENT), strict=True)))


def tabulated(found: list[xr.Dataset], coordinates: dict[str, Any]) -> xr.Dataset:
    """Results one after the other, each over points, as one dataset over the coordinates."""
    shape = tuple(map(len, coordinates.values()))
    data = {}
    for name, values in found[0].items():
        if values.dims == ("point",):
            column = np.reshape([each[name].values for each in found], shape)
            data[str(name)] = (list(coordinates), column)
    return xr.Dataset(data, coords=coordinates)


def best_system(
    found: xr.Dataset, cooperativity: Array | float, server: str, loss: float
) -> HybridOscillators:
    """The oscillators at an optimum found for a C_−, with ε = loss."""
    bath = {f"{name}_plus": value for name, value in SERVERS[server].items()}
    return HybridOscillators.published(
        cooperativity_minus=cooperativity,
        cooperativity_plus=cooperativity * found["ratio"].values,
        angle_minus=found["angle_minus"].values,
        angle_plus=found["angle_plus"].values,
        transmission_loss=loss,
        **bath,
    )


def compute_figure_4(threads: int) -> Panels:
    """Least products; at these the times until steering; runs for C_− = 10."""
    found = optima(threads)
    panels = {"ab": found, "alternatives": alternatives(threads)}
    for server in SERVERS:
        delays = {}
        for target in TARGETS:
            here = found.sel(server=server, loss=0.0, freedom="free", target=target)
            name = NAMES[PRODUCTS[target]]
            every = best_system(here, CLIENT, server, 0.0)
            delays[name] = appearance_times(every, "cooperativity_minus", CLIENT)[name]
            point = here.sel(cooperativity_minus=10.0, method="nearest")
            one = best_system(point, 10.0, server, 0.0)
            run = run_from_switch_on(one, BOTH, threads=threads, **RUN)
            panels[f"run_{server}_{target}"] = run
        panels[f"delay_{server}"] = xr.Dataset(delays)
    return panels


def compute_figure_5(threads: int) -> Panels:
    """Least E_{+|−} over the loss for three clients, also by the bound; runs at ε = ½."""
    weak = CLIENTS[:2]
    searches = [
        *(_over_loss(server, C) for server, C in product(SERVERS, CLIENTS)),
        *(_over_loss("hot", C, decades=decades) for decades, C in product(OTHER_BOUNDS, weak)),
    ]
    found = list(in_order(lambda search, _stop: minimise(search), searches, threads))
    main = len(SERVERS) * len(CLIENTS)
    rows = {"server": list(SERVERS), "cooperativity_minus": list(CLIENTS), "loss": LOSS_SCAN}
    bounds = {"decades": list(OTHER_BOUNDS), "cooperativity_minus": list(weak), "loss": LOSS_SCAN}
    panels = {"5": tabulated(found[:main], rows), "bounds": tabulated(found[main:], bounds)}
    for server in SERVERS:
        point = minimise(_over_loss(server, 10.0, np.array([RUN_LOSS]))).isel(point=0)
        system = best_system(point, 10.0, server, RUN_LOSS)
        panels[f"run_{server}"] = run_from_switch_on(system, BOTH, threads=threads, **RUN)
    return panels


def _over_loss(
    server: str, cooperativity: float, losses: Array = LOSS_SCAN, decades: float = BOUND
) -> Search:
    """The search for the least E_{+|−} over the loss, for a C_−."""
    clients = np.full(losses.shape, cooperativity)
    return Search("plus", server, False, clients, losses, decades=decades)


def compute_figure_6(threads: int) -> Panels:
    """Angles of the optima of Fig. 4."""
    return {"abcd": optima(threads)[["angle_minus", "angle_plus"]]}


def compute_figure_7(threads: int) -> Panels:
    """C_+/C_− of the optima of Fig. 4."""
    return {"abcd": optima(threads)[["angle_minus", "ratio"]]}
