"""Claims C9, C12-C14 and C17, of the maps of Figs. 3 and 4 and of several defects, Fig. 5."""

from __future__ import annotations

import numpy as np

from ..curves import crossings, upper_bound
from ..paper import Data, Finding, Panels, claim, finding_if
from ..shared_data import appearance_time
from .claims import SAME, deviation_from_ideal
from .data import ANGLES, RATES, RATIOS
from .systems import BEST_DETUNING, DECAY, E_R, IMMUNE_ANGLE


@claim("C9", "Backscattering is suppressed under the condition η < 2ε")
def suppression_below_twice_the_defect(data: Data) -> Finding:
    size = data["4"]["size published"]
    defect = data["4"]["defect published"]
    along = size.sel(angle=IMMUNE_ANGLE, method="nearest")
    inside = (RATIOS > 1e-9) & (RATIOS < 2 - 1e-9)
    outside = RATIOS > 2 + 1e-9
    gain = along["E_r"].values - float(defect["E_r"])
    deeper = float(defect["T"]) - along["T"].values
    right = bool(np.all(gain[inside] > 0) and np.all(gain[outside] < 0))
    right &= bool(np.all(deeper[inside] > 0) and np.all(deeper[outside] < 0))
    edge = float(crossings(RATIOS, gain)[-1])
    got = (
        f"at β_Im E_N,r is raised and the dip of T deepened for 0 < η/ε < {edge:.2f}, the contrary "
        "beyond"
    )
    return finding_if(right, got, "the window ends elsewhere")


@claim("C12", "Fig. 3b, d, f: the angular region of the revival narrows as ε grows")
def angular_window_narrows(data: Data) -> Finding:
    values = data["3"]["rate published"]["E_r"].transpose("rate", "angle").fillna(0.0).values
    high = values > values.max(axis=1, keepdims=True) / 2
    widths = high.mean(axis=1) * np.ptp(ANGLES) / np.pi
    chosen = [int(np.argmin(np.abs(RATES / DECAY - ratio))) for ratio in (0.5, 1, 2, 4)]
    listed = ", ".join(f"{widths[k]:.3f}π (ε = {RATES[k] / DECAY:.1f}Γ)" for k in chosen)
    got = f"E_N,r above half of its largest over β: {listed}"
    return finding_if(bool(np.all(np.diff(widths) <= 0)), got, "it does not narrow throughout")


@claim(
    "C13",
    "Fig. 4: the region of revival is big, tolerant to the nanoparticle's position and size",
)
def revival_region(data: Data) -> Finding:
    size = data["4"]["size published"]
    defect = data["4"]["defect published"]
    below = (RATIOS > 1e-9) & (RATIOS < 2)
    shares = [
        float((sign * (size[name] - float(defect[name])).isel(ratio=below) > 0).mean())
        for name, sign in (("E_r", 1), ("T", -1))
    ]
    got = (
        f"E_N,r is raised on {shares[0]:.0%}, T deepened on {shares[1]:.0%} of 0 < η/ε < 2 and all "
        f"β (|J₁| < ε on 1/π = {1 / np.pi:.0%})"
    )
    return finding_if(min(shares) > 0.25, got, "less than a quarter")


@claim("C14", "Fig. 5: several defects act as one, and N = 2, 3 are made immune")
def several_defects_act_as_one(data: Data) -> Finding:
    panels = data["5"]
    draws = [panels[f"{count} draws"] for count in (2, 3)]
    restored = max(float(np.abs(each["immune"] / each["ideal"] - 1).max()) for each in draws)
    as_one = max(float(np.abs(each["defective"] / each["single"] - 1).max()) for each in draws)
    pairs = [[panels[f"{n} {way} published"] for way in ("immune", "ideal")] for n in (2, 3)]
    light = max(deviation_from_ideal(immune["T"], ideal["T"]) for immune, ideal in pairs)
    values = [each["defective"] for each in draws]
    low = ", ".join(f"{float(each.min()):.3f} … {float(each.max()):.3f}" for each in values)
    got = (
        f"{sum(each.sizes['draw'] for each in draws)} draws: ideal E_N,r restored within "
        f"{upper_bound(restored)}, T within {upper_bound(light)}; without nanoparticle as one "
        f"defect ε′ within {upper_bound(as_one)}: {low} (N = 2, 3)"
    )
    got += f"; E_N,r of the N = 2 run without nanoparticle {_appearance(panels)}"
    return finding_if(max(restored, as_one, light) < SAME, got, "the draws differ")


def _appearance(panels: Panels) -> str:
    """When E_N,r appears in the run of two defects, and what its peak before that is."""
    start = panels["2 start"]
    times = 1e9 * start["time"].values
    sizes = start["own"].values
    ends = crossings(times, sizes)
    first = ends[ends < times[sizes.argmax()]].max(initial=0.0)
    last = ends[ends > times[sizes.argmax()]].min()
    return (
        f"stays above zero after {1e6 * appearance_time(panels['run 2 defective'], E_R):.2f} µs; "
        f"its earlier peak, {sizes.max():.4f} between {first:.0f} and {last:.0f} ns, is due "
        "to the switching of the light: with five times the κ₀ it is below "
        f"{upper_bound(float(start['lossy'].max()))}"
    )


@claim("C17", "Fig. 3b, d, f: at β_Im immunity persists for large ε, and the modes are decoupled")
def immunity_persists(data: Data) -> Finding:
    at_best = data["3"]["rate published"].sel(angle=IMMUNE_ANGLE, method="nearest")
    dip = float(data["3"]["dip"]["T"].sel(angle=IMMUNE_ANGLE, method="nearest").max())
    ideal = float(data["2"]["ideal published"]["E_r"].interp(shifted=BEST_DETUNING * DECAY))
    apart = float(np.abs(at_best["E_r"] / ideal - 1).max())
    other = float(at_best["E_l"].max())
    got = (
        f"up to ε = {RATES[-1] / DECAY:.0f}Γ, E_N,r ideal within {upper_bound(apart)}, E_N,l and "
        f"least T below {upper_bound(max(other, dip))}"
    )
    return finding_if(max(apart, other, dip) < SAME, got, "it does not persist")


CLAIMS = (
    suppression_below_twice_the_defect,
    angular_window_narrows,
    revival_region,
    several_defects_act_as_one,
    immunity_persists,
)
