"""Claims of the scatterers' paper about its model: stability, noise, drift matrix, approach to the steady state."""

from __future__ import annotations

import numpy as np

from ...steady import fixed_points
from .paper import Data, Finding, graded, judged
from .scatterers_figures import ANGLES, COARSE_RED, KICKS
from .scatterers_states import (
    BEST,
    DECAY,
    E_L,
    E_R,
    IMMUNE,
    NOISES,
    RESONATORS,
    UNIT,
    appears,
    below,
    operating,
    printed_drift,
    settles,
)

MICRO = 1e6 / UNIT
"""1/ω_m in µs."""


def c18(data: Data) -> Finding:
    """The parameters ensure the stability of the system."""
    curves = [data["2"][f"{name} published"] for name in RESONATORS]
    red = [float(curve["stable"].where(curve["shifted"] > 0).mean()) for curve in curves]
    plane = data["3"]["detuning published"]
    share = float(plane["stable"].where(plane["shifted"] > 0).mean())
    kinds = data["3"]["endings"]
    cycles = kinds["angle"].values[kinds["kind"].values == "limit cycle"]
    got = (
        f"of the red-detuned points {min(red):.0%} of each curve of Fig. 2a but {share:.0%} of Fig. 3a have a steady "
        f"state; never more than {int(plane['branches'].max())} fixed point"
    )
    why = (
        f"where Δ̃ < |J₁| the lower supermode is driven on its blue side: at Δ̃/Γ = {BEST} and "
        f"β ≤ {cycles.max() / np.pi:.4f}π the light switched on runs into a limit cycle, there is no E_N rather than 0"
    )
    return graded(0.5 * (share < 1) + (min(red) < 1), (0.0, 0.5), got, why)


def c19(data: Data) -> Finding:
    """D = Diag[Γ, Γ, Γ, Γ, 0, (n_m + 1/2)γ_m], of noises with the correlators (4) and (5)."""
    D = [IMMUNE.replace(noise=noise).model().diffusion[-1, -1] for noise in NOISES]
    occupation, rate = float(IMMUNE.occupation), IMMUNE.mechanical_damping
    values = {
        name: [float(data["2"][f"{name} {noise}"]["E_r"].max()) for noise in NOISES] for name in ("immune", "defective")
    }
    worst = [min(float(data["2"][f"{name} {noise}"]["physicality"].min()) for name in RESONATORS) for noise in NOISES]
    least = [float(data["2"][f"immune {noise}"]["commutators"].min()) for noise in NOISES]
    got = (
        f"D_pp = {D[1] / rate / (occupation + 0.5):.2f} (n_m + ½)γ_m by (5), n_m = {occupation:.0f}; "
        "printed → by (5), largest E_N,r: " + ", ".join(f"{name} {a:.3f} → {b:.3f}" for name, (a, b) in values.items())
    )
    why = (
        "the printed matrix has half the thermal noise of the correlator; both leave quantum states: "
        f"min eig(V + iΩ/2) > −{below(-min(worst))} for either, rounding, since n_m ≫ 1 "
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
    off = max(abs(end / float(data["2"][f"{name} published"]["E_r"].max()) - 1) for name, end in ends.items())
    times = ", ".join(
        f"{n} {appears(r) * MICRO:.2f} and {settles(r) * MICRO:.2f} µs" for n, r in runs.items() if n != "ideal"
    )
    forward, back = (data["2"][f"run {way}"] for way in ("forward", "reversed"))
    apart = float(np.abs(forward[E_R] - back[E_R]).max())
    kinds = data["2"]["endings"]["kick"].values
    got = (
        f"trajectories switched on end on the curves within {below(off)}; E_N,r appears and is within a tenth of its "
        f"end after: {times}; at β = π/16 it appears after {appears(forward) * MICRO:.2f} µs forward and "
        f"{appears(back) * MICRO:.2f} µs reversed (E_N,l {appears(forward, E_L) * MICRO:.2f} µs), equal within "
        f"{below(apart)} at all times"
    )
    far = [kick for kick, kind in zip(KICKS, kinds, strict=True) if kind != "fixed point"]
    why = (
        f"true of the linearised equations; at β_Im a kick of {min(far, default=0):.0e} "
        "zero-point units ends, by the full ones, in a limit cycle that coexists with the steady state"
    )
    return graded(0.5 * bool(far) + (off > 1e-3), (0.0, 0.5), got, why)
