"""Claims S1-S6, of Figs. 1 and 2.

Nonreciprocal optomechanical entanglement against backscattering losses, Phys. Rev. Lett. 125,
143605 (2020), doi:10.1103/PhysRevLett.125.143605. Figs. 1b, 2a-c and 3a-f with 12 claims take about
14 s on two cores.

The paper does not print the backscattering J. The figures take 1.8κ, at which spinning raises E_N
by the factor of the paper. This one parameter is set by a number that is to be reproduced: claims
about it are checked over J, not at 1.8κ.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....steady import attractor, fixed_points
from ..curves import crossings, peak, upper_bound
from ..paper import CLOSE, Data, Finding, claim, finding_by_deviation, finding_if
from ..shared_data import appearance_time, least_physicality
from .data import (
    DETUNINGS,
    E_N,
    E_NAME,
    EQUAL_PHOTONS,
    FAST_SPIN,
    IDEAL,
    N_NAME,
    SPIN_BY_WAY,
    UNIT,
    effective_detunings,
    value_at,
)


@claim("S1", "Spinning shifts the two directions linearly and oppositely")
def opposite_linear_shifts(data: Data) -> Finding:
    shifts = data["1"]["b"]
    forward = shifts["forward"].values
    back = shifts["reversed"].values
    straight = np.abs(forward - forward[-1] * shifts["spin"].values / FAST_SPIN).max() / forward[-1]
    got = f"±{forward[-1] / UNIT:.3f} ω_m at 23·10³ rad/s, straight within {upper_bound(straight)}"
    return finding_if(bool(np.all(forward == -back)) and straight < 1e-12, got)


@claim(
    "S2",
    "Fig. 2a: at rest, entanglement lies around Δ_c/ω_m ≈ 1, offset by the red-shift of the cavity",
)
def entanglement_at_rest(data: Data) -> Finding:
    curve = data["2"]["static"][E_NAME]
    place, value = peak(curve, "detuning", UNIT)
    there = DETUNINGS[curve.values > 0] / UNIT
    pulled = effective_detunings(IDEAL.replace(detuning=place * UNIT))[0]
    got = (
        f"E_N > 0 for Δ_c/ω_m = {there.min():.2f} … {there.max():.2f}, "
        f"{value_at(data['2']['static'], E_NAME, 1.0):.3f} at 1; largest, {value:.3f}, at "
        f"{place:.3f}"
    )
    why = (
        f"the light pulls the cavity to the red by {place - pulled:.2f} ω_m, to an effective "
        f"detuning of {pulled:.2f} ω_m; a peak at the sideband would thus lie at "
        f"{1 + place - pulled:.2f}, above 1 and not below: the offset is not that shift"
    )
    near = abs(place - 1) <= CLOSE.reproduced
    inside = bool(there.min() < 1 < there.max())
    return finding_if(near or inside, got, why, exactly=near and inside)


@claim("S3", "Fig. 2a: spinning shifts the peaks symmetrically")
def peaks_shift_symmetrically(data: Data) -> Finding:
    ways = ("forward", "static", "reversed")
    places = [peak(data["2"][way][E_NAME], "detuning", UNIT)[0] for way in ways]
    shifts = places[0] - places[1], places[2] - places[1]
    times = ", ".join(_appears(data["2"][f"{way} run"]) for way in ways)
    least = least_physicality(data["2"], data["3"])
    got = (
        f"peaks at {', '.join(f'{p:.3f}' for p in places)}: {shifts[0]:+.3f}, {shifts[1]:+.3f}; "
        f"after switch-on E_N appears there {times}; min eig(V + iΩ/2) of all steady states of "
        f"Figs. 2 and 3 ≥ −{upper_bound(least)}"
    )
    return finding_if(abs(shifts[0] + shifts[1]) < 0.02, got, "the shifts differ")


@claim("S4", "Largest entanglement one way, none the other")
def entanglement_one_way(data: Data) -> Finding:
    place, value = peak(data["2"]["forward"][E_NAME], "detuning", UNIT)
    there = value_at(data["2"]["reversed"], E_NAME, place)
    if there == 0:
        return finding_if(True, f"{value:.3f} forward at {place:.3f}; 0 reversed")
    system = IDEAL.replace(spin=SPIN_BY_WAY["reversed"], detuning=place * UNIT)
    why = (
        "reversed, the fixed point is unstable (it grows by "
        f"{-float(fixed_points(system)['margin'][0]) / UNIT:.3f} ω_m) and the light runs into a "
        f"{attractor(system)['kind'].item()}: there is no E_N, rather than 0"
    )
    got = f"{value:.3f} forward at {place:.3f}; no steady state reversed"
    return finding_if(np.isnan(there), got, why, exactly=False)


@claim("S5", "At 0.27 photon numbers are equal and E_N is one way")
def equal_photon_numbers_one_way_entanglement(data: Data) -> Finding:
    fixed = [value_at(data["2"][way], N_NAME, EQUAL_PHOTONS) for way in ("forward", "reversed")]
    ending = attractor(IDEAL.replace(spin=SPIN_BY_WAY["reversed"], detuning=EQUAL_PHOTONS * UNIT))
    run = data["2"]["reversed light"]
    late = run["time"].values > float(run["time"][-1]) - 10 * float(ending["period"])
    cycle = float(ending["photon_number"][0])
    seen = float(run["photons"].values[late].mean())
    got = (
        f"fixed points have N = {fixed[0]:.3g} and {fixed[1]:.3g}, but the reversed one is "
        f"unstable: its light ends in a {ending['kind'].item()} with N = {cycle:.3g} on average "
        f"(trajectories {seen:.3g}); E_N forward "
        f"{value_at(data['2']['forward'], E_NAME, EQUAL_PHOTONS):.3f}, appears "
        f"{_appears(data['2']['forward light'])}; reversed {_appears(run)}, but reaches "
        f"{float(run[E_N].max()):.2f} for short times"
    )
    why = (
        f"the photon numbers that are equal within {abs(fixed[0] / fixed[1] - 1):.1%} are those of "
        f"fixed points; those of the light itself differ by a factor of {fixed[0] / cycle:.1f}: "
        "there is classical nonreciprocity"
    )
    light = fixed[1] if ending["kind"].item() == "fixed point" else cycle
    return finding_by_deviation(abs(light / fixed[0] - 1), CLOSE, got, why)


@claim("S6", "Near 1, photon numbers differ and E_N are equal")
def equal_entanglement_different_photon_numbers(data: Data) -> Finding:
    forward, back = (data["2"][way] for way in ("forward", "reversed"))
    near = (DETUNINGS > 0.8 * UNIT) & (DETUNINGS < 1.3 * UNIT)
    gap = np.where(near, (forward["exponent"] - back["exponent"]).values, np.nan)
    place = float(crossings(DETUNINGS, gap)[0]) / UNIT
    ratio = value_at(back, N_NAME, place) / value_at(forward, N_NAME, place)
    value, signed = (value_at(forward, name, place) for name in (E_NAME, "exponent"))
    got = (
        f"−ln 2ν⁻ equal ({signed:.4f}) at {place:.3f}, where both E_N are {value:.3f} and "
        f"N_reversed/N_forward = {ratio:.1f}"
    )
    begins, ends = (DETUNINGS[panel[E_NAME].values > 0] / UNIT for panel in (back, forward))
    why = (
        f"E_N are equal only as zeros: forward ends at {ends.max():.3f}, reversed begins at "
        f"{begins.min():.3f}"
    )
    return finding_if(ratio >= 1.5, got, why, exactly=value >= 0.01)


def _appears(run: xr.Dataset) -> str:
    """When E_N appears in a run, or that it does not stay above zero."""
    time = appearance_time(run, E_N)
    if np.isnan(time):
        return f"it does not stay above zero within {float(run['time'][-1]) * 1e6:.1f} µs"
    return f"after {time * 1e6:.2f} µs"


CLAIMS = (
    opposite_linear_shifts,
    entanglement_at_rest,
    peaks_shift_symmetrically,
    entanglement_one_way,
    equal_photon_numbers_one_way_entanglement,
    equal_entanglement_different_photon_numbers,
)
