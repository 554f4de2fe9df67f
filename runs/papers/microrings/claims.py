"""Claims M1-M6, M10, M11 and M21, of Fig. 2 and of the text.

Nonreciprocal entanglement and one-way steering of two microrings, Phys. Rev. A 109, 062423 (2024),
doi:10.1103/PhysRevA.109.062423. Figs. 2, 3a-c, 4a-d and 5a-d with 21 claims take about 11 s on two
cores.

The paper does not print the ranges of Figs. 3, 4a, 4b, 5a and 5b; they are chosen in `data`. The
model is linear, so that linearised theory is exact. Every figure also shows trajectories after
switch-on, with their plain error bars.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....sde.systems.microrings import MHZ
from ..curves import crossings, peak, upper_bound
from ..paper import CLOSE, EXCEPTIONS, Data, Finding, claim, finding_by_deviation, finding_if
from ..shared_data import in_words, least_physicality, steady_states
from .data import CROSS, DETUNINGS, E_N, E_NAME, PEAK, RINGS, WEAK, bogoliubov, coupling_for

SIGMAS = 5.0
"""Standard errors that no estimate of a quantity that is zero should exceed."""
PRINTED_PEAK = PEAK / MHZ
"""Δ_a/2π, MHz, at which the paper finds the largest entanglement."""


def _forward(data: Data, k: int) -> xr.DataArray:
    """E_N over Δ_a at J/2π = 15 MHz (k = 0) or 35 MHz (k = 1)."""
    return data["2"]["forward"][E_NAME].isel(coupling=k)


@claim("M1", "Fig. 2, J/2π = 15 MHz: E_N ≈ 0.22 near 115 MHz")
def entanglement_at_weak_coupling(data: Data) -> Finding:
    place, height = peak(_forward(data, 0), "detuning_a", MHZ)
    at = float(_forward(data, 0).sel(detuning_a=PEAK, method="nearest"))
    why = (
        "the printed equations give this; the paper's 0.22 would take J/2π = "
        f"{coupling_for(0.22):.1f} MHz instead of {WEAK.coupling / MHZ:.0f}, its 0.5 "
        f"{coupling_for(0.5):.1f} MHz instead of {RINGS.coupling / MHZ:.0f}"
    )
    got = f"{height:.3f} at {place:.1f} MHz, {at:.3f} at {PRINTED_PEAK:.0f} MHz"
    return finding_by_deviation(abs(height / 0.22 - 1), CLOSE, got, why)


@claim("M2", "Fig. 2, J/2π = 35 MHz: E_N ≈ 0.5")
def entanglement_at_strong_coupling(data: Data) -> Finding:
    place, height = peak(_forward(data, 1), "detuning_a", MHZ)
    run = data["2"]["forward_run"]
    times = run["time"].values
    values = run[f"{E_N}_linear"].values
    half = float(crossings(times, values, values[-1] / 2)[0])
    got = (
        f"{height:.3f} at {place:.1f} MHz; after switch-on half of it is there in "
        f"{half * 1e9:.0f} ns"
    )
    return finding_by_deviation(
        abs(height / 0.5 - 1), CLOSE, got, "the printed equations give less"
    )


@claim("M3", "Backward, E_N = 0")
def no_entanglement_backward(data: Data) -> Finding:
    run = data["2"]["backward_run"]
    most = max(float(data["2"]["backward"][E_NAME].max()), float(run[f"{E_N}_signed_linear"].max()))
    worst = max(float(np.abs(run[name] / run[f"{name}_stderr"]).max()) for name in CROSS)
    end = run.isel(time=-1)
    got = (
        f"E_N and −ln 2ν⁻ below {upper_bound(most)} at every detuning and for "
        f"{float(end['time']) * 1e9:.0f} ns after switch-on; trajectories end at −ln 2ν⁻ = "
        f"{float(end[f'{E_N}_signed']):.3f} ± {float(end[f'{E_N}_stderr']):.3f}, no covariance "
        f"between the rings ever exceeds {worst:.1f} standard errors"
    )
    return finding_if(
        most < 1e-9 and worst < SIGMAS, got, "entanglement without the two-photon drive"
    )


@claim("M4", "Larger J, larger E_N")
def larger_coupling_entangles_more(data: Data) -> Finding:
    more = (_forward(data, 1) - _forward(data, 0)).values > 0
    got = f"J/2π = 35 MHz exceeds 15 MHz at {np.mean(more):.0%} of the detunings"
    if more.all():
        return finding_if(True, got)
    less = DETUNINGS[~more] / MHZ
    values = _forward(data, 0).values[~more]
    why = (
        f"not for Δ_a/2π = {less.min():.0f} … {less.max():.0f} MHz, where neither exceeds "
        f"{values.max():.3f}"
    )
    return finding_by_deviation(float(np.mean(~more)), EXCEPTIONS, got, why)


@claim("M5", "Entanglement is broad in detuning")
def entanglement_broad_in_detuning(data: Data) -> Finding:
    curves = [_forward(data, k).values for k in (0, 1)]
    above = [float(np.mean(curve > 0)) for curve in curves]
    widths = [float(np.ptp(crossings(DETUNINGS, curve, curve.max() / 2))) / MHZ for curve in curves]
    got = (
        f"E_N > 0 on {above[0]:.0%} and {above[1]:.0%} of 0 … {DETUNINGS[-1] / MHZ:.0f} MHz; "
        f"full width at half maximum {widths[0]:.0f} and {widths[1]:.0f} MHz"
    )
    return finding_if(min(above) > 0.5, got)


@claim("M6", "Best when Δ_a = −Δ_b")
def best_at_opposite_detunings(data: Data) -> Finding:
    places = [peak(_forward(data, k), "detuning_a", MHZ)[0] for k in (0, 1)]
    got = (
        f"best at {places[0]:.1f} and {places[1]:.1f} MHz for Δ_b/2π = "
        f"{RINGS.detuning_b / MHZ:.0f} MHz"
    )
    deviation = max(abs(place / PRINTED_PEAK - 1) for place in places)
    return finding_by_deviation(deviation, CLOSE, got, "the pairs shift mode b's resonance")


@claim("M10", "The optimum is Δ_a = −Δ_β of the Bogoliubov mode, Δ_β = √(Δ_b² − 4Ω_b²)")
def best_at_the_bogoliubov_detuning(data: Data) -> Finding:
    place, height = peak(_forward(data, 0), "detuning_a", MHZ)
    printed = np.sqrt(RINGS.detuning_b**2 - 4 * RINGS.two_photon_drive**2) / MHZ
    there = steady_states(WEAK, {"detuning_a": [-printed * MHZ]}, [E_N], 1)[E_NAME].item()
    turned = bogoliubov()[0]
    got = (
        f"best, {height:.3f}, at Δ_a/2π = {place:+.1f} MHz; −Δ_β/2π = {-printed:+.1f} "
        f"MHz, where E_N = {there:.3f}"
    )
    why = (
        "for Δ_b < 0 the root is negative: in Bogoliubov quadratures the drift turns at "
        f"{turned:+.1f} MHz"
    )
    deviation = abs(abs(place / printed) - 1)
    exactly = deviation <= CLOSE.reproduced and place * printed <= 0
    return finding_if(deviation <= CLOSE.difference, got, why, exactly=exactly)


@claim("M11", "State swap is enhanced, J cosh r > J")
def state_swap_enhanced(data: Data) -> Finding:
    _, swap, pairs = bogoliubov()
    J = RINGS.coupling / MHZ
    got = (
        f"in Bogoliubov quadratures the drift has J₊ = {swap / J:.4f} J (swap) and |J₋| = "
        f"{abs(pairs) / J:.4f} J"
    )
    return finding_if(swap > J, got, "the coupling is not enhanced")


@claim("M21", "Unchanged at 300 K")
def independent_of_temperature(data: Data) -> Finding:
    cold, warm = (
        steady_states(RINGS, {"temperature": [T]}, [E_N], 1)[E_NAME].item() for T in (0.02, 300.0)
    )
    least = least_physicality(*data.values())
    got = (
        f"E_N changes by less than {upper_bound(warm - cold)} from 20 mK to 300 K; "
        f"min eig(V + iΩ/2) of all steady states drawn: {in_words(least)}"
    )
    return finding_if(
        abs(warm - cold) < 1e-9 and least > -1e-9, got, "heat or rounding changes the state"
    )


CLAIMS = (
    entanglement_at_weak_coupling,
    entanglement_at_strong_coupling,
    no_entanglement_backward,
    larger_coupling_entangles_more,
    entanglement_broad_in_detuning,
    best_at_opposite_detunings,
    best_at_the_bogoliubov_detuning,
    state_swap_enhanced,
    independent_of_temperature,
)
