"""Claim H19, of measuring the outgoing light: Fig. 8."""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.constants import pi

from ..curves import crossings, upper_bound
from ..paper import CLOSE, Data, Finding, Panels, claim, finding_by_deviation
from .data_measured_light import (
    CLIENT,
    EFFICIENCIES,
    LIMIT,
    NEAR_DAMPING,
    PHASES,
    WEAK_CLIENTS,
    improvement,
    improvement_by_bound,
    improvement_of_steering,
)
from .data_optima import BOUND, LOSSES
from .systems import HALF, SERVERS


@claim("H19", "Fig. 8: measuring the light improves E_{+|−} by d < 1 % at all C_− of interest")
def gain_by_measurement(data: Data) -> Finding:
    panels = data["8"]
    gains = improvement_of_steering(panels["8"]).sel(target="plus")
    one = improvement_of_steering(panels["8"], "phase_90")
    most = {server: float(gains.sel(server=server).max()) for server in SERVERS}
    hot = gains.sel(server="hot")
    place = hot["cooperativity_minus"].values[int(np.nanargmax(hot.sel(loss=0.0).values))]
    x = np.log10(CLIENT)
    ends = {loss: 10 ** crossings(x, hot.sel(loss=loss).values, LIMIT)[-1] for loss in LOSSES}
    limits = " and ".join(f"{end:.0f} (ε = {loss})" for loss, end in ends.items())
    got = (
        f"where E_+|− < ½ unmeasured, up to {most['hot']:.1%} with a hot server, at C_− = "
        f"{place:.0f}, less than 1 % from C_− = {limits} on; up to {most['vacuum']:.2%} with one "
        "in vacuum"
    )
    alone = [float(one.sel(server=server, target="plus").max()) for server in SERVERS]
    other = float(one.sel(target="minus").max())
    why = (
        "the phase of the detector is not printed: read at φ = π/2 alone, d is "
        f"{upper_bound(alone[0])} or less with a hot server, {alone[1]:.2%} with one in vacuum (of "
        f"E_−|+ up to {other:.1%}), φ = 0 the above; {_other_detectors(panels['detectors'])}; "
        f"{_bounds(panels)}"
    )
    excess = max(float(gains.max()) / LIMIT - 1, 0.0)
    return finding_by_deviation(excess, CLOSE, got, why)


def _other_detectors(panel: xr.Dataset) -> str:
    """Detectors that would give d < 1 %, at the parameters that are best unmeasured."""
    steered = panel["unconditional"] < HALF
    by_phase, by_efficiency = (
        panel[name].where(steered).max(["cooperativity_minus", "loss"])
        for name in ("by_phase", "by_efficiency")
    )
    phase = crossings(PHASES / pi, by_phase.values, LIMIT)[-1]
    efficiency = crossings(EFFICIENCIES, by_efficiency.values, LIMIT)[0]
    both = float(panel["heterodyne"].where(steered).max())
    symmetric = float(panel["symmetric"].max())
    return (
        f"at the parameters of the unmeasured optimum d is {float(by_phase[0]):.1%} at φ = 0, "
        f"below 1 % for φ from {phase:.2f}π to π/2 or with a detector at φ = 0 of efficiency below "
        f"{efficiency:.0%}, but {both:.1%} with both phases read on a split beam, and up to "
        f"{symmetric:.0%} with f = 0"
    )


def _bounds(panels: Panels) -> str:
    """How d depends on the bounds of θ_− and of C_+/C_−."""
    curves = improvement_by_bound(panels)
    first = ", ".join(f"{float(curve[0]):.2%} (10^±{n:.0f})" for n, curve in curves.items())
    top = max(abs(float(curve.max() / curves[BOUND].max() - 1)) for curve in curves.values())
    near = improvement(panels["near"]).sel(cooperativity_minus=WEAK_CLIENTS[-1])
    moved = abs(float(near / curves[BOUND].sel(cooperativity_minus=WEAK_CLIENTS[-1]) - 1))
    return (
        f"θ_− below π/4, down to {NEAR_DAMPING} γ_−0, changes d at C_− = {WEAK_CLIENTS[-1]:.0f} by "
        f"{upper_bound(moved)} of it or less; the bound on C_+/C_− matters only where E_+|− > ½: "
        f"at C_− = {CLIENT[0]} d = {first}, while the largest d changes by {upper_bound(top)} of it"
    )


CLAIMS = (gain_by_measurement,)
