"""Claims C15 and C22, of heat and loss."""

from __future__ import annotations

import numpy as np

from ....sde.support.checks import Array
from ..paper import Data, Finding, claim, finding_if
from .data_defects import LEVELS, LOSSES, STRENGTHS, TEMPERATURES
from .systems import DECAY, UNIT

DEVICES = f"immune / with a defect of {', '.join(f'{each:.0f}Γ' for each in STRENGTHS)}"


@claim("C15", "E_N,r survives heat that destroys it fully in the device with a defect")
def entanglement_survives_heat(data: Data) -> Finding:
    reach = f"{TEMPERATURES[-1]:.0f} K"
    got = (
        f"at the best detunings, {DEVICES}: {_listed(data, 'heat', reach)} "
        f"(consistent: {_listed(data, 'heat', reach, 'consistent')})"
    )
    survival = data["5"]["survival published"]
    immune, *defective = _limits(data, "heat")[0]
    stronger = [f"{k:.0f}Γ" for k, end in zip(STRENGTHS, defective, strict=True) if end < immune]
    cold = survival["heat"].sel(strength=[0.0, STRENGTHS[0]]).sel(temperature=0.2, method="nearest")
    own = survival.sel(strength=STRENGTHS[0])
    place = float(own["place_heat"].where(own["heat"] > LEVELS[1]).dropna("temperature")[-1])
    why = (
        f"it holds for defects of {' and '.join(stronger) or 'no rate'}, not for the ε = Γ of Fig. "
        f"2: there E_N,r is lower in the cold ({float(cold[1]):.3f}, not {float(cold[0]):.3f}, at "
        f"{float(cold['temperature']):.2f} K) and outlives the immune one: at Δ̃/Γ = "
        f"{place / DECAY:.2f} its upper supermode, {(place + DECAY) / UNIT:.2f} ω_m above the "
        "laser, cools as the anti-Stokes sideband, and the lower one, at "
        f"{(place - DECAY) / UNIT:.2f} ω_m, is driven on its blue side; at equal Δ̃ the immune "
        f"resonator alone is entangled at {float(own['alone_heat']):.1%} of the points. The "
        "parameters are in the Supplemental Material"
    )
    return finding_if(bool(immune > defective[0]), got, why)


@claim("C22", "E_N,r survives cavity loss that destroys it fully in the device with a defect")
def entanglement_survives_loss(data: Data) -> Finding:
    reach = f"{LOSSES[-1] / DECAY:.0f}Γ"
    got = (
        f"at the best detunings, {DEVICES}: {_listed(data, 'loss', reach)} "
        f"(consistent: {_listed(data, 'loss', reach, 'consistent')})"
    )
    (immune, *defective), (useful, *others) = _limits(data, "loss")
    values = data["5"]["survival published"]["loss"].isel(intrinsic_decay=-1).values
    why = (
        f"at κ₀ = {reach} none is destroyed fully: E_N,r is {values[0]:.1e} if immune and "
        f"{values[1:].min():.1e} or more with a defect; below {LEVELS[1]} it falls earlier than "
        f"the immune one's for {sum(end < useful for end in others)} of {len(others)} defects, by "
        f"{1 - max(others) / useful:.0%} to {1 - min(others) / useful:.0%}"
    )
    return finding_if(all(end < immune for end in defective), got, why)


def _limits(data: Data, name: str, noise: str = "published") -> Array:
    """Temperature, K, or κ₀/Γ up to which E_N,r exceeds the levels (level, strength).

    The first strength is 0: the immune resonator.
    """
    found = data["5"][f"survival {noise}"][f"limit_{name}"].transpose("level", "strength").values
    return found / (DECAY if name == "loss" else 1.0)


def _listed(data: Data, name: str, reach: str, noise: str = "published") -> str:
    """The limits as text; `reach` is the end of our range."""
    unit = "Γ" if name == "loss" else " K"
    rows = [
        " / ".join(f"{end:.2f}{unit}" if np.isfinite(end) else f"beyond {reach}" for end in ends)
        for ends in _limits(data, name, noise)
    ]
    pairs = zip(LEVELS, rows, strict=True)
    return ", ".join(f"the limit of E_N,r > {level:g} is {row}" for level, row in pairs)


CLAIMS = (entanglement_survives_heat, entanglement_survives_loss)
