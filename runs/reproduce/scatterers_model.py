"""Claims of the scatterers' paper about heat, loss, stability, noise, drift matrix, and the way to
the steady state.
"""

from __future__ import annotations

import numpy as np

from ...sde.support.checks import Array
from ...steady import fixed_points
from .panels import appears
from .paper import Data, Finding, bound, graded, judged
from .scatterers_figures import ANGLES, COARSE_RED, KICKS, LEVELS, LOSSES, STRENGTHS, TEMPERATURES
from .scatterers_states import (
    BEST,
    DECAY,
    E_L,
    E_R,
    IMMUNE,
    NOISES,
    RESONATORS,
    UNIT,
    operating,
    printed_drift,
)

DEVICES = f"immune / with a defect of {', '.join(f'{each:.0f}Γ' for each in STRENGTHS)}"


def _limits(data: Data, name: str, noise: str = "published") -> Array:
    """Up to which temperature in K, or κ₀/Γ, E_N,r is above the levels (level, strength), immune
    first.
    """
    found = data["5"][f"survival {noise}"][f"limit_{name}"].transpose("level", "strength").values
    return found / (DECAY if name == "loss" else 1.0)


def _listed(data: Data, name: str, reach: str, noise: str = "published") -> str:
    """The limits in words; beyond our range its end."""
    unit = "Γ" if name == "loss" else " K"
    rows = [
        " / ".join(f"{end:.2f}{unit}" if np.isfinite(end) else f"beyond {reach}" for end in ends)
        for ends in _limits(data, name, noise)
    ]
    return ", ".join(
        f"the limit of E_N,r > {level:g} is {row}" for level, row in zip(LEVELS, rows, strict=True)
    )


def c15(data: Data) -> Finding:
    """E_N,r survives heat that destroys it fully in the device with a defect."""
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
        f"it holds for defects of {' and '.join(stronger) or 'no rate'}, not for the ε = Γ of Fig. 2: there E_N,r is "
        f"lower in the cold ({float(cold[1]):.3f}, not {float(cold[0]):.3f}, at {float(cold['temperature']):.2f} K) "
        f"and outlives the immune one: at Δ̃/Γ = {place / DECAY:.2f} its upper supermode, {(place + DECAY) / UNIT:.2f} "
        "ω_m above the laser, cools as the anti-Stokes sideband, and the lower one, at "
        f"{(place - DECAY) / UNIT:.2f} ω_m, is driven on its blue side; at equal Δ̃ the immune resonator alone is "
        f"entangled at {float(own['alone_heat']):.1%} of the points. The parameters are in the Supplemental Material"
    )
    return judged(bool(immune > defective[0]), got, why)


def c22(data: Data) -> Finding:
    """E_N,r survives cavity loss that destroys it fully in the device with a defect."""
    reach = f"{LOSSES[-1] / DECAY:.0f}Γ"
    got = (
        f"at the best detunings, {DEVICES}: {_listed(data, 'loss', reach)} "
        f"(consistent: {_listed(data, 'loss', reach, 'consistent')})"
    )
    (immune, *defective), (useful, *others) = _limits(data, "loss")
    values = data["5"]["survival published"]["loss"].isel(intrinsic_decay=-1).values
    why = (
        f"at κ₀ = {reach} none is destroyed fully: E_N,r is {values[0]:.1e} if immune and {values[1:].min():.1e} or "
        f"more with a defect; below {LEVELS[1]} it falls earlier than the immune one's for "
        f"{sum(end < useful for end in others)} of {len(others)} defects, by {1 - max(others) / useful:.0%} to "
        f"{1 - min(others) / useful:.0%}"
    )
    return judged(all(end < immune for end in defective), got, why)


def c18(data: Data) -> Finding:
    """The parameters ensure the stability of the system."""
    curves = [data["2"][f"{name} published"] for name in RESONATORS]
    red = [float(curve["stable"].where(curve["shifted"] > 0).mean()) for curve in curves]
    plane = data["3"]["detuning published"]
    share = float(plane["stable"].where(plane["shifted"] > 0).mean())
    tried = data["3"]["endings"]
    edge, ends = tried.attrs["edge"] / np.pi, tried["kind"].values
    listed = ", ".join(
        f"a {kind} at {angle / np.pi:.3f}π"
        for angle, kind in zip(tried["angle"].values, ends, strict=True)
    )
    got = (
        f"of the red-detuned points {min(red):.0%} of each curve of Fig. 2a but {share:.0%} of Fig. 3a have a steady "
        f"state; never more than {int(plane['branches'].max())} fixed point"
    )
    why = (
        f"where Δ̃ < |J₁| the lower supermode is driven on its blue side: at Δ̃/Γ = {BEST} the fixed point is unstable "
        f"for β < {edge:.4f}π, and the light switched on ends in {listed}: below the edge there is no E_N rather than 0"
    )
    return graded(0.5 * (share < 1) + (min(red) < 1), (0.0, 0.5), got, why)


def c19(data: Data) -> Finding:
    """D = Diag[Γ, Γ, Γ, Γ, 0, (n_m + 1/2)γ_m], of noises with the correlators (4) and (5)."""
    D = [IMMUNE.replace(noise=noise).model().diffusion[-1, -1] for noise in NOISES]
    occupation, rate = float(IMMUNE.occupation), IMMUNE.mechanical_damping
    values = {
        name: [float(data["2"][f"{name} {noise}"]["E_r"].max()) for noise in NOISES]
        for name in ("immune", "defective")
    }
    worst = [
        min(float(data["2"][f"{name} {noise}"]["physicality"].min()) for name in RESONATORS)
        for noise in NOISES
    ]
    least = [float(data["2"][f"immune {noise}"]["commutators"].min()) for noise in NOISES]
    got = (
        f"D_pp = {D[1] / rate / (occupation + 0.5):.2f} (n_m + ½)γ_m by (5), n_m = {occupation:.0f}; "
        "printed → by (5), largest E_N,r: "
        + ", ".join(f"{name} {a:.3f} → {b:.3f}" for name, (a, b) in values.items())
    )
    why = (
        "the printed matrix has half the thermal noise of the correlator; both leave quantum states: "
        f"min eig(V + iΩ/2) > −{bound(-min(worst))} for either, rounding, since n_m ≫ 1 "
        f"(min eig(D − i(AΩ + ΩAᵀ)/2) = {least[0]:.2f} and {least[1]:.2f} rad/s, of friction on p alone)"
    )
    return judged(bool(np.isclose(D[0], D[1])), got, why)


def c20(data: Data) -> Finding:
    """Eq. (9) is the drift matrix of the linearised Eq. (3)."""
    middle = operating(IMMUNE.replace(angle=np.pi / 16), 2.0)
    drift = fixed_points(middle)["drift_matrix"].values[0]
    apart = np.abs(printed_drift(middle) - drift).max() / DECAY
    printed, taken = (data["2"][name] for name in ("printed", "angles published"))
    values = printed["E_r"].values
    most, usual = int(np.argmax(values)), int(np.argmax(taken["E_r"].values))
    mirrored = float(np.abs(values - values[::-1]).max())
    got = (
        f"at β = π/16 elements differ by {apart:.2f}Γ = 2𝒥₊; largest E_N,r over β and "
        f"Δ̃/Γ ≤ {COARSE_RED[-1] / DECAY:.0f}: {values[most]:.3f} at β = {ANGLES[most] / np.pi:.3f}π, "
        f"by Eq. (3) {float(taken['E_r'].max()):.3f} at {ANGLES[usual] / np.pi:.3f}π"
    )
    why = (
        "the printed signs of 𝒥₊ are those of the mirror image, the means of Eq. (10) are not; with them E_N,r would "
        f"exceed the ideal one, which the text on Fig. 2b calls the largest, and differ by up to {mirrored:.3f} "
        "between β_Im ± δ: a misprint"
    )
    return judged(bool(apart < 1e-9), got, why)


def c21(data: Data) -> Finding:
    """If stable, the system evolves into a Gaussian steady state independent of the initial state."""
    runs = {name: data["2"][f"run {name} published"] for name in RESONATORS}
    ends = {name: float(run[E_R][-1]) for name, run in runs.items()}
    off = max(
        abs(end / float(data["2"][f"{name} published"]["E_r"].max()) - 1)
        for name, end in ends.items()
    )
    times = ", ".join(
        f"{name} {1e6 * appears(run, E_R):.2f} µs" for name, run in runs.items() if name != "ideal"
    )
    forward, back = (data["2"][f"run {way}"] for way in ("forward", "reversed"))
    apart = float(np.abs(forward[E_R] - back[E_R]).max())
    curves = float(np.abs(data["2"]["between"]["E_r"] - data["2"]["between reversed"]["E_r"]).max())
    right, left = ([1e6 * appears(run, words) for run in (forward, back)] for words in (E_R, E_L))
    kinds = data["2"]["endings"]["kind"].values
    got = (
        f"trajectories switched on end on the curves within {bound(off)}; E_N,r is there to stay after: {times}; at "
        f"β = π/16 after {right[0]:.2f} µs forward and {right[1]:.2f} µs reversed (E_N,l {left[0]:.2f} and "
        f"{left[1]:.2f} µs), equal within {bound(apart)} at all times of the run, "
        f"{1e6 * float(forward['time'][-1]):.1f} µs, and within {bound(curves)} at all Δ̃"
    )
    far = [kick for kick, kind in zip(KICKS, kinds, strict=True) if kind != "fixed point"]
    why = (
        f"true of the linearised equations; at β_Im a kick of {min(far, default=0):.0e} "
        "zero-point units ends, by the full ones, in a limit cycle that coexists with the steady state"
    )
    return graded(0.5 * bool(far) + (off > 1e-3), (0.0, 0.5), got, why)
