"""Data of Fig. 4: covariances and Wigner functions of the two motions.

Wigner functions are normalised to one; the printed prefactor makes them integrate to four.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....analysis.phase_space import wigner_marginal
from ....sde.labels import Q_, Q
from ....sde.systems.cascaded import CascadedResonators
from ....steady import steady_state
from ..paper import Panels
from ..shared_data import NOISES
from .systems import DETUNING, MISMATCHED, QUADRATURES, SIDES, UNIT, runs_at_large_mismatch

SYMBOLS = ("q_l", "p_l", "q_r", "p_r")
PAIRS = ((0, 1), (2, 3), (0, 2), (1, 3), (0, 3), (1, 2))
"""Quadratures of the projections: local, then cross pairs."""
MESH = np.linspace(-2.6, 2.6, 97)
"""Values of each quadrature in the projections."""
PHASES = np.linspace(0.0, 2 * np.pi, 9)


def compute_figure_4(threads: int) -> Panels:
    """Covariances and Wigner projections, both noises and sides; photons over φ; runs."""
    rows = []
    for noise in NOISES:
        row = [_state(MISMATCHED.replace(noise=noise, input_side=side)) for side in SIDES]
        rows.append(xr.concat(row, "input_side"))
    found = xr.concat(rows, "noise")
    found = found.assign_coords(noise=list(NOISES), input_side=list(SIDES))
    return {
        "c": found,
        "ab": _projections(found["covariance"]),
        "phase": _over_phase(),
        **runs_at_large_mismatch(threads),
    }


def _state(system: CascadedResonators) -> xr.Dataset:
    """Covariance of the motions, photon numbers and audit at Δ/ω_m = `DETUNING`."""
    steady = steady_state(system.at_effective_detuning(DETUNING * UNIT))
    steady = steady.squeeze("branch", drop=True)
    means = steady["mean"].values[:4]
    return xr.Dataset(
        {
            "covariance": steady["covariance"].sel({Q: QUADRATURES, Q_: QUADRATURES}),
            "photons": ("cavity", (means[0::2] ** 2 + means[1::2] ** 2) / 2),
            "physicality": steady["physicality"],
        },
        coords={"cavity": list(SIDES)},
    )


def _projections(covariance: xr.DataArray) -> xr.Dataset:
    """W projected on every pair of quadratures (noise, input_side, pair, x, y)."""
    V = covariance.values
    densities = np.stack([wigner_marginal(V, *pair, MESH, MESH) for pair in PAIRS], axis=2)
    names = [f"{SYMBOLS[i]},{SYMBOLS[j]}" for i, j in PAIRS]
    coords = {"noise": list(NOISES), "input_side": list(SIDES), "pair": names, "x": MESH, "y": MESH}
    return xr.Dataset({"wigner": (list(coords), densities)}, coords=coords)


def _over_phase() -> xr.Dataset:
    """Photon numbers over the phase φ of the fibre."""
    states = [_state(MISMATCHED.replace(phase=phase)) for phase in PHASES]
    return xr.concat(states, "phase")[["photons", "physicality"]].assign_coords(phase=PHASES)
