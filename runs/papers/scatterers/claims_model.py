"""Claims C18-C21, of stability, noise, the drift matrix and the approach to the steady state."""

from __future__ import annotations

import numpy as np

from ....steady import fixed_points
from ..curves import upper_bound
from ..paper import Data, Finding, Panels, claim, finding_if
from ..shared_data import NOISES, appearance_time
from .data import ANGLES, COARSE_DETUNINGS, KICKS
from .printed_equations import printed_drift
from .systems import (
    BEST_DETUNING,
    BETWEEN,
    DECAY,
    E_L,
    E_R,
    IMMUNE,
    RESONATORS,
    at_shifted_detuning,
)


@claim("C18", "The parameters ensure the stability of the system")
def parameters_are_stable(data: Data) -> Finding:
    curves = [data["2"][f"{name} published"] for name in RESONATORS]
    red = [float(curve["stable"].where(curve["shifted"] > 0).mean()) for curve in curves]
    plane = data["3"]["detuning published"]
    share = float(plane["stable"].where(plane["shifted"] > 0).mean())
    tried = data["3"]["endings"]
    edge = tried.attrs["edge"] / np.pi
    pairs = zip(tried["angle"].values, tried["kind"].values, strict=True)
    listed = ", ".join(f"a {kind} at {angle / np.pi:.3f}π" for angle, kind in pairs)
    got = (
        f"of the red-detuned points {min(red):.0%} of each curve of Fig. 2a but {share:.0%} of "
        f"Fig. 3a have a steady state; never more than {int(plane['branches'].max())} fixed point"
    )
    why = (
        "where Δ̃ < |J₁| the lower supermode is driven on its blue side: at Δ̃/Γ = "
        f"{BEST_DETUNING} the fixed point is unstable for β < {edge:.4f}π, and the light switched "
        f"on ends in {listed}: below the edge there is no E_N rather than 0"
    )
    return finding_if(min(red) >= 1, got, why, exactly=share >= 1)


@claim("C19", "D = Diag[Γ, Γ, Γ, Γ, 0, (n_m + 1/2)γ_m], of noises with the correlators (4) and (5)")
def printed_diffusion(data: Data) -> Finding:
    D = [IMMUNE.replace(noise=noise).model().diffusion[-1, -1] for noise in NOISES]
    occupation = float(IMMUNE.occupation)
    rate = IMMUNE.mechanical_damping
    curves = {name: [data["2"][f"{name} {noise}"] for noise in NOISES] for name in RESONATORS}
    values = {
        name: [float(curve["E_r"].max()) for curve in curves[name]]
        for name in ("immune", "defective")
    }
    physicality = min(
        float(curve["physicality"].min()) for pair in curves.values() for curve in pair
    )
    least = [float(curve["commutators"].min()) for curve in curves["immune"]]
    got = (
        f"D_pp = {D[1] / rate / (occupation + 0.5):.2f} (n_m + ½)γ_m by (5), n_m = "
        f"{occupation:.0f}; printed → by (5), largest E_N,r: "
        + ", ".join(f"{name} {a:.3f} → {b:.3f}" for name, (a, b) in values.items())
    )
    why = (
        "the printed matrix has half the thermal noise of the correlator; both leave quantum "
        f"states: min eig(V + iΩ/2) > −{upper_bound(-physicality)} for either, rounding, since n_m "
        f"≫ 1 (min eig(D − i(AΩ + ΩAᵀ)/2) = {least[0]:.2f} and {least[1]:.2f} rad/s, of friction "
        "on p alone)"
    )
    return finding_if(bool(np.isclose(D[0], D[1])), got, why)


@claim("C20", "Eq. (9) is the drift matrix of the linearised Eq. (3)")
def printed_drift_is_linearised(data: Data) -> Finding:
    between = at_shifted_detuning(BETWEEN, 2.0)
    drift = fixed_points(between)["drift_matrix"].values[0]
    apart = float(np.abs(printed_drift(between) - drift).max()) / DECAY
    printed, taken = (data["2"][name] for name in ("printed", "angles published"))
    values = printed["E_r"].values
    most = int(np.argmax(values))
    usual = int(np.argmax(taken["E_r"].values))
    mirrored = float(np.abs(values - values[::-1]).max())
    got = (
        f"at β = π/16 elements differ by {apart:.2f}Γ = 2𝒥₊; largest E_N,r over β and Δ̃/Γ ≤ "
        f"{COARSE_DETUNINGS[-1] / DECAY:.0f}: {values[most]:.3f} at β = "
        f"{ANGLES[most] / np.pi:.3f}π, by Eq. (3) {float(taken['E_r'].max()):.3f} at "
        f"{ANGLES[usual] / np.pi:.3f}π"
    )
    why = (
        "the printed signs of 𝒥₊ are those of the mirror image, the means of Eq. (10) are not; "
        "with them E_N,r would exceed the ideal one, which the text on Fig. 2b calls the largest, "
        f"and differ by up to {mirrored:.3f} between β_Im ± δ: a misprint"
    )
    return finding_if(apart < 1e-9, got, why)


@claim(
    "C21",
    "If stable, the system evolves into a Gaussian steady state independent of the initial state",
)
def steady_state_independent_of_start(data: Data) -> Finding:
    runs = {name: data["2"][f"run {name} published"] for name in RESONATORS}
    ends = {name: float(run[E_R][-1]) for name, run in runs.items()}
    tops = {name: float(data["2"][f"{name} published"]["E_r"].max()) for name in runs}
    off = max(abs(end / tops[name] - 1) for name, end in ends.items())
    times = {name: 1e6 * appearance_time(runs[name], E_R) for name in ("defective", "immune")}
    listed = ", ".join(f"{name} {time:.2f} µs" for name, time in times.items())
    got = (
        f"trajectories switched on end on the curves within {upper_bound(off)}; E_N,r stays "
        f"above zero after: {listed}; at β = π/16 {_both_ways(data['2'])}"
    )
    kinds = data["2"]["endings"]["kind"].values
    far = [kick for kick, kind in zip(KICKS, kinds, strict=True) if kind != "fixed point"]
    why = (
        f"true of the linearised equations; at β_Im a kick of {min(far, default=0):.0e} zero-point "
        "units ends, by the full ones, in a limit cycle that coexists with the steady state"
    )
    return finding_if(off <= 1e-3, got, why, exactly=not far)


def _both_ways(panels: Panels) -> str:
    """When E_N appears if driven from either side, and how much the two directions differ."""
    forward, back = (panels[f"run {way}"] for way in ("forward", "reversed"))
    apart = float(np.abs(forward[E_R] - back[E_R]).max())
    curves = float(np.abs(panels["between"]["E_r"] - panels["between reversed"]["E_r"]).max())
    right, left = (
        [1e6 * appearance_time(run, measure) for run in (forward, back)] for measure in (E_R, E_L)
    )
    return (
        f"after {right[0]:.2f} µs forward and {right[1]:.2f} µs reversed (E_N,l {left[0]:.2f} and "
        f"{left[1]:.2f} µs), equal within {upper_bound(apart)} at all times of the run, "
        f"{1e6 * float(forward['time'][-1]):.1f} µs, and within {upper_bound(curves)} at all Δ̃"
    )


CLAIMS = (
    parameters_are_stable,
    printed_diffusion,
    printed_drift_is_linearised,
    steady_state_independent_of_start,
)
