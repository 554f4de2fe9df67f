"""Claims K19, K21 and K22, of radiation pressure, stability and physicality."""

from __future__ import annotations

import numpy as np

from ....steady import attractor
from ..curves import upper_bound
from ..paper import CLOSE, Data, Finding, claim, finding_by_deviation, finding_if
from ..shared_data import NOISES
from .claims import curve_of
from .data import DETUNINGS
from .systems import E_NAME, NU_NAME, RESONATORS, SIDES, SLOW_SPIN, UNIT


@claim(
    "K19",
    "The radiation-pressure shift is much smaller than the detuning, so that one Δ may be set for "
    "both cavities",
)
def small_radiation_shift(data: Data) -> Finding:
    shifts = {}
    places = {}
    for letter in "abc":
        panel = data["2"][letter].sel(noise="published")
        shift = panel["pull"] / (panel["pull"] + panel["effective_detuning"])
        shift = shift.where(panel[E_NAME] > 0)
        shifts[letter] = float(shift.max())
        places[letter] = float(shift.max("input_side").idxmax("effective_detuning")) / UNIT
    worst = max(shifts, key=shifts.__getitem__)
    best = min(shifts, key=shifts.__getitem__)
    meant = curve_of(data["2"]["a"], "left")
    bare = data["2"]["bare"][E_NAME]
    moved = float(DETUNINGS[np.nanargmax(bare)] - DETUNINGS[np.nanargmax(meant)]) / UNIT
    got = (
        f"at most {shifts[worst]:.1%} of the bare detuning where E_N > 0; Δ as the bare detuning "
        f"of both moves Fig. 2a by {moved:.3f} ω_m and its peak by "
        f"{float(bare.max() / meant.max()) - 1:+.2%}"
    )
    why = (
        f"at the low end of the window of Fig. 2{worst}, Δ/ω_m = {places[worst]:.2f}, it is not "
        f"much smaller; at most {shifts[best]:.1%} in Fig. 2{best}"
    )
    return finding_by_deviation(shifts[worst], CLOSE, got, why)


@claim("K21", "The parameters ensure stability")
def parameters_are_stable(data: Data) -> Finding:
    panel = data["2"]["b"].sel(noise="published")
    unstable = {
        side: DETUNINGS[~panel["stable"].sel(input_side=side).values] / UNIT for side in SIDES
    }
    right = RESONATORS.replace(spin_left=SLOW_SPIN, input_side="right")
    ending = attractor(right.at_effective_detuning(0.2 * UNIT))
    share = len(unstable["right"]) / len(DETUNINGS)
    got = (
        f"Fig. 2b, Δ/ω_m = 0 … 2: unstable at {len(unstable['left'])} points from the left, "
        f"{share:.0%} from the right"
    )
    why = (
        f"from the right up to Δ/ω_m = {unstable['right'].max():.2f} the left cavity is driven "
        f"above its resonance; at 0.2 the motion ends in a {ending['kind'].values!s} after "
        f"{float(ending['settling_time']) * UNIT:.1g}/ω_m"
    )
    return finding_by_deviation(share, (0.0, 0.5), got, why)


@claim(
    "K22",
    "The physicality of the reduced covariance can be checked by the uncertainty principle, ν ≥ ½",
)
def covariance_is_physical(data: Data) -> Finding:
    panel = data["2"]["a"]
    cold = data["2"]["power"]
    least, kept = (float(panel[NU_NAME].sel(noise=noise).min()) for noise in NOISES)
    models = [float(panel["commutators"].sel(noise=noise).min()) / UNIT for noise in NOISES]
    product = RESONATORS.external_decay_left * RESONATORS.external_decay_right
    limit = -float(np.sqrt(product)) / (2 * UNIT)
    weak = cold[E_NAME].sel(input_side="left").isel(power=0)
    why = (
        "the printed noise does not keep [a_l, a_r†] = 0: D − i(AΩ + ΩAᵀ)/2 has the eigenvalue "
        f"{models[0]:.4f} ω_m (−√(κ_ex,l κ_ex,r)/2 = {limit:.4f}), with the vacuum carried by the "
        f"fibre it is zero within {upper_bound(models[1])}; at T = 0 and "
        f"{1e3 * float(weak['power']):.0f} mW it still has E_N = "
        f"{float(weak.sel(noise='published')):.2f}, the consistent model "
        f"{float(weak.sel(noise='consistent')):.2g}"
    )
    got = f"it fails: ν down to {least:.3f} in Fig. 2a; consistent {kept:.3f}"
    return finding_if(least >= 0.5, got, why)


CLAIMS = (small_radiation_shift, parameters_are_stable, covariance_is_physical)
