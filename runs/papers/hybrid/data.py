"""Data of Figs. 2 and 3: steering over cooperativities and angles; runs from switch-on."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np
import xarray as xr
from scipy.constants import pi

from ....analysis import gaussian
from ....sde.initial_states import start_state
from ....sde.moments.propagation import propagate
from ....sde.support.checks import Array
from ....sde.systems.hybrid import HybridOscillators
from ..curves import positive_from
from ..paper import Panels
from ..shared_data import least_physicality, run_from_switch_on, steady_states
from .systems import BATHS, BOTH, E_MINUS, E_PLUS, HALF, HYBRID, NAMES

NONE = 0
MINUS_STEERS = 1
PLUS_STEERS = 2
TWO_WAY = 3
"""No steering, minus steers plus alone, plus steers minus alone, both steer."""

VARIANCES = [
    "covariance(minus.X, minus.X)",
    "covariance(plus.X, plus.X)",
    "covariance(minus.X, plus.X)",
]
SIGNS = {
    "zero": ("f = 0", 0.35 * pi),
    "positive": ("f > 0", 0.30 * pi),
    "negative": ("f < 0", 0.40 * pi),
}
"""Labels and θ_+ of the three columns of Fig. 2, by the sign of f."""
COOPERATIVITIES = np.linspace(1.0, 100.0, 100)
RATIOS = np.linspace(0.02, 4.0, 200)
ANGLES = pi * np.linspace(0.25, 0.5, 76)
FINE_ANGLES = pi * np.linspace(0.25, 0.5, 201)
COOPERATIVITY_PLUS = {"equal": 50.0, "double": 100.0}
"""C_+ of the two columns of Fig. 3, C_− being 50."""
RUN_ANGLES = (0.30 * pi, 0.40 * pi)
"""θ_+ of the trajectories of Fig. 3."""
TIMES = np.concatenate([[0.0], np.geomspace(1e-8, 1e-3, 1200)])
"""Times after switch-on, s, at which steering is looked for."""
RUN: dict[str, Any] = {"duration": 25e-6, "step": 0.1e-6, "trajectories": 2**16}


def compute_figure_2(threads: int) -> Panels:
    """Products over the cooperativities, and over C_+/C_−, for three signs of f; runs."""
    panels: dict[str, xr.Dataset] = {}
    plane = {"cooperativity_minus": COOPERATIVITIES, "cooperativity_plus": COOPERATIVITIES}
    for sign, (_, angle) in SIGNS.items():
        for bath, system in BATHS.items():
            here = system.replace(angle_plus=angle)
            run = run_from_switch_on(here, [*BOTH, *VARIANCES], threads=threads, **RUN)
            panels[f"{sign}_map_{bath}"] = steady_states(here, plane, BOTH, threads)
            panels[f"{sign}_run_{bath}"] = run
        hot = HYBRID.replace(angle_plus=angle)
        panels[f"{sign}_cut"] = _cut(hot, "cooperativity_plus", 50.0 * RATIOS, threads)
    return panels


def compute_figure_3(threads: int) -> Panels:
    """Products over the angles, and over θ_+, for C_+ = C_− and 2C_−; delays; runs."""
    panels: dict[str, xr.Dataset] = {}
    plane = {"angle_minus": ANGLES, "angle_plus": ANGLES}
    for name, cooperativity in COOPERATIVITY_PLUS.items():
        for bath, system in BATHS.items():
            here = system.replace(cooperativity_plus=cooperativity)
            several = here.replace(angle_plus=FINE_ANGLES)
            panels[f"{name}_map_{bath}"] = steady_states(here, plane, BOTH, threads)
            panels[f"{name}_delay_{bath}"] = appearance_times(several, "angle_plus", FINE_ANGLES)
        hot = HYBRID.replace(cooperativity_plus=cooperativity)
        panels[f"{name}_cut"] = _cut(hot, "angle_plus", FINE_ANGLES, threads)
        for angle in RUN_ANGLES:
            run = run_from_switch_on(hot.replace(angle_plus=angle), BOTH, threads=threads, **RUN)
            panels[f"{name}_run_{angle / pi:.2f}"] = run
    return panels


def _cut(system: HybridOscillators, name: str, values: Array, threads: int) -> xr.Dataset:
    """Products and populations over values (n,) of a parameter; bare variances, at ε = 1."""
    axes = {name: values}
    dark = system.replace(transmission_loss=1.0)
    found = steady_states(system, axes, [*BOTH, "populations"], threads)
    bare = steady_states(dark, axes, ["populations"], threads)["populations"] + 0.5
    bare_minus = bare.sel(mode="minus", drop=True)
    bare_plus = bare.sel(mode="plus", drop=True)
    return found.assign(bare_minus=bare_minus, bare_plus=bare_plus)


def appearance_times(system: HybridOscillators, name: str, values: Array) -> xr.Dataset:
    """Times after switch-on, s, from which steering persists, over values (n,) of a parameter.

    From the moment equation, where −ln 2E last crosses zero: 0 if there is steering at once, NaN if
    there is none at the last time.
    """
    _, V = propagate(system.model(), start_state(system, "dark", None), TIMES)
    products = {E_PLUS: gaussian.reid(V, [0], 1), E_MINUS: gaussian.reid(V, [1], 0)}
    data = {}
    for measure, product in products.items():
        times = [positive_from(TIMES, -np.log(E / HALF)) for E in product.T]
        data[NAMES[measure]] = (name, np.array(times))
    return xr.Dataset(data, coords={name: values})


def least_eigenvalue(*figures: Panels) -> float:
    """Least eigenvalue of V + iΩ/2 over all steady states of figures, to nine digits.

    It is 0 for pure states.
    """
    return round(least_physicality(*figures), 9) + 0.0


def regions(panel: xr.Dataset) -> xr.DataArray:
    """NONE, MINUS_STEERS, PLUS_STEERS or TWO_WAY at each point, from both products."""
    minus_steers = (panel[NAMES[E_PLUS]] < HALF).astype(int)
    plus_steers = (panel[NAMES[E_MINUS]] < HALF).astype(int)
    return (MINUS_STEERS * minus_steers + PLUS_STEERS * plus_steers).rename("region")


def order_of_regions(panel: xr.Dataset) -> list[int]:
    """The regions in the order in which they follow along a line."""
    return [int(region) for region, _ in groupby(regions(panel).values)]
