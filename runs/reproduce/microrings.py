"""Nonreciprocal entanglement and one-way steering of two microrings: Figs. 2, 3a–c, 4a–d, 5a–d and 21 claims.

Phys. Rev. A 109, 062423 (2024), doi:10.1103/PhysRevA.109.062423. Takes about 10 s on two cores.

The paper prints no ranges for Figs. 3, 4a, 4b, 5a and 5b; ours are those of the axes below. The model is linear, so
that linearised theory is exact; trajectories after switch-on are marked on the curves with their plain error bars.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.systems.microrings import MHZ
from .microrings_figures import DECAYS, DETUNINGS, PEAK, PLATES, RATIOS, RINGS, STEERED, E
from .panels import steady
from .paper import Data, Finding, Paper, claims, graded, judged, peak, rises

EXCEPTIONS = (0.005, 0.4)
"""Shares of exceptions up to which a trend is reproduced, and reproduced with a difference."""


def _forward(data: Data, k: int) -> xr.DataArray:
    return data["2"]["forward"]["log_negativity_a_b"].isel(coupling=k)


def m1(data: Data) -> Finding:
    """Fig. 2, J/2π = 15 MHz: E_N ≈ 0.22 near 115 MHz."""
    place, height = peak(_forward(data, 0), "detuning_a")
    at = float(data["2"]["forward"]["log_negativity_a_b"].isel(coupling=0).sel(detuning_a=PEAK, method="nearest"))
    taken = _coupling_for(0.22)
    why = f"the printed equations give 0.25; 0.22 is read off a plot, and would take J/2π = {taken:.1f} MHz"
    got = f"{height:.3f} at {place / MHZ:.1f} MHz, {at:.3f} at 115 MHz"
    return graded(abs(height / 0.22 - 1), (0.05, 0.2), got, why)


def _coupling_for(height: float) -> float:
    """J/2π in MHz at which E_N at Δ_a/2π = 115 MHz has this value."""
    couplings = MHZ * np.linspace(5, 40, 351)
    values = steady(RINGS, {"coupling": couplings}, [E], 1)["log_negativity_a_b"].values
    return float(np.interp(height, values, couplings)) / MHZ


def m2(data: Data) -> Finding:
    """Fig. 2, J/2π = 35 MHz: E_N ≈ 0.5."""
    place, height = peak(_forward(data, 1), "detuning_a")
    return judged(abs(height - 0.5) < 0.05, f"{height:.3f} at {place / MHZ:.1f} MHz")


def m3(data: Data) -> Finding:
    """Backward, E_N = 0."""
    most = max(
        float(data["2"]["backward"]["log_negativity_a_b"].max()), float(data["2"]["backward_run"][f"{E}_linear"].max())
    )
    return judged(most < 1e-12, "0 at every detuning, and at every time after switch-on")


def m4(data: Data) -> Finding:
    """Larger J, larger E_N."""
    more = (_forward(data, 1) - _forward(data, 0)).values > 0
    got = f"J/2π = 35 MHz exceeds 15 MHz at {np.mean(more):.0%} of the detunings"
    less = DETUNINGS[~more] / MHZ
    why = "" if more.all() else f"not for Δ_a/2π = {less.min():.0f} … {less.max():.0f} MHz, where both are small"
    return graded(float(np.mean(~more)), EXCEPTIONS, got, why)


def m5(data: Data) -> Finding:
    """Entanglement is broad in detuning."""
    above = [float(np.mean(_forward(data, k) > 0)) for k in (0, 1)]
    width = [
        float(np.ptp(DETUNINGS[_forward(data, k).values > _forward(data, k).values.max() / 2])) / MHZ for k in (0, 1)
    ]
    got = (
        f"E_N > 0 on {above[0]:.0%} and {above[1]:.0%} of 0 … 200 MHz; half-width {width[0]:.0f} and {width[1]:.0f} MHz"
    )
    return judged(min(above) > 0.5, got)


def m6(data: Data) -> Finding:
    """Best when Δ_a = −Δ_b."""
    places = [peak(_forward(data, k), "detuning_a")[0] / MHZ for k in (0, 1)]
    got = f"best at {places[0]:.1f} and {places[1]:.1f} MHz for Δ_b/2π = −115 MHz"
    return judged(max(abs(place - 115) for place in places) < 3, got)


def _plane_maximum(data: Data, number: str, measure: str) -> tuple[float, float, float, float]:
    """Δ_a/2π and Δ_b/2π in MHz of the largest value, that value, and that at (115, −115)."""
    values = data[number]["a"][measure]
    i, j = np.unravel_index(np.nanargmax(values.values), values.shape)
    here = float(values.sel(detuning_a=PEAK, detuning_b=-PEAK, method="nearest"))
    return float(values.detuning_a[i]) / MHZ, float(values.detuning_b[j]) / MHZ, float(values[i, j]), here


def m7(data: Data) -> Finding:
    """Fig. 3a: maximum at Δ_a = −Δ_b ≈ ±115 MHz."""
    x, y, most, here = _plane_maximum(data, "3", "log_negativity_a_b")
    why = (
        "along Δ_a = −Δ_b it grows as |Δ| falls, up to where the steady state is lost; "
        "±115 MHz is the maximum along Δ_b/2π = −115 MHz alone, or of a window that starts there"
    )
    got = f"{most:.3f} at ({x:.0f}, {y:.0f}) MHz; {here:.3f} at (115, −115) MHz"
    return judged(abs(x - 115) < 5, got, why)


def m8(data: Data) -> Finding:
    """Fig. 3b: larger J and Ω_b are better."""
    values = data["3"]["b"]["log_negativity_a_b"].values
    shares = rises(values, 0), rises(values, 1)
    got = f"rises with J at {shares[0]:.1%}, with Ω_b at {shares[1]:.1%} of the points"
    return graded(1 - min(shares), EXCEPTIONS, got, "close to threshold more of either costs entanglement")


def m9(data: Data) -> Finding:
    """Fig. 3c: lower decay rates are better."""
    values = data["3"]["c"]["log_negativity_a_b"].values
    shares = rises(-values, 0), rises(-values, 1)
    got = f"falls with κ_a at {shares[0]:.0%}, with κ_b at {shares[1]:.0%} of the points"
    why = "next to the region without a steady state, which the paper does not mention, lower rates cost entanglement"
    return graded(1 - min(shares), EXCEPTIONS, f"{got}; none steady at {np.mean(np.isnan(values)):.0%}", why)


def m10(data: Data) -> Finding:
    """The optimum is Δ_a = −Δ_β of the Bogoliubov mode."""
    place = peak(_forward(data, 0), "detuning_a")[0] / MHZ
    bogoliubov = np.sqrt(115.0**2 - 4 * 11.5**2)
    return judged(abs(place - bogoliubov) < 1, f"best at {place:.1f} MHz; √(Δ_b² − 4Ω_b²)/2π = {bogoliubov:.1f} MHz")


def m11(data: Data) -> Finding:
    """State swap is enhanced, J cosh r > J."""
    r = 0.5 * np.arctanh(2 * 11.5 / 115.0)
    return judged(bool(np.cosh(r) > 1), f"J cosh r = {np.cosh(r):.4f} J, J sinh r = {np.sinh(r):.4f} J")


def m12(data: Data) -> Finding:
    """Fig. 4a, b: a steers b only for κ_b > κ_a, b steers a only for κ_a > κ_b."""
    table = data["4"]["ab"]
    a_smaller = np.less.outer(DECAYS, DECAYS)
    wrong = int(
        np.sum((table["steering_a_b"].values > 0) & ~a_smaller)
        + np.sum((table["steering_b_a"].values > 0) & ~a_smaller.T)
    )
    most = float(table["steering_a_b"].max()), float(table["steering_b_a"].max())
    got = f"{wrong} exceptions in {a_smaller.size} points; up to {most[0]:.3f} (a→b) and {most[1]:.3f} (b→a)"
    return judged(wrong == 0, got)


def m13(data: Data) -> Finding:
    """Fig. 4c: E_N falls with κ_b."""
    curve = data["4"]["cd"]["log_negativity_a_b"].values
    place = RATIOS[int(np.nanargmax(curve))]
    got = f"falls at {rises(-curve, 0):.0%} of the steps; largest, {np.nanmax(curve):.3f}, at κ_b/κ_a = {place:.2f}"
    why = "below that ratio it falls again; the paper does not print the range"
    return graded(1 - rises(-curve, 0), EXCEPTIONS, got, why)


def m14(data: Data) -> Finding:
    """No steering near κ_b ≈ κ_a."""
    table = data["4"]["cd"]
    none = (table["steering_a_b"].values == 0) & (table["steering_b_a"].values == 0)
    window = RATIOS[none]
    return judged(
        bool(none[np.argmin(np.abs(RATIOS - 1))]), f"none for κ_b/κ_a = {window.min():.2f} … {window.max():.2f}"
    )


def m15(data: Data) -> Finding:
    """Fig. 4d: nearly equal populations there."""
    a, b = data["4"]["cd"]["populations"].interp(decay_b=RINGS.decay_a).values
    return judged(abs(a - b) < 0.1 * max(a, b), f"P_a = {a:.3f}, P_b = {b:.3f} at κ_b = κ_a")


def m16(data: Data) -> Finding:
    """The mode with the larger population is harder to steer."""
    table = data["4"]["cd"]
    a, b = (table["populations"].sel(mode=mode).values for mode in "ab")
    steered_b, steered_a = table["steering_a_b"].values > 0, table["steering_b_a"].values > 0
    right = int(np.sum(b[steered_b] < a[steered_b]) + np.sum(a[steered_a] < b[steered_a]))
    every = int(steered_b.sum() + steered_a.sum())
    got = f"the steered mode is the emptier one at {right} of {every} points; the introduction says the opposite"
    return judged(right == every, got)


def m17(data: Data) -> Finding:
    """Fig. 5a, b: G largest at ≈ ±115 MHz, and with larger J and Ω_b."""
    x, y, most, here = _plane_maximum(data, "5", "steering_a_b")
    values = data["5"]["b"]["steering_a_b"].values
    got = (
        f"{most:.3f} at ({x:.0f}, {y:.0f}) MHz, {here:.3f} at (115, −115) MHz; "
        f"rises with J at {rises(values, 0):.0%}, with Ω_b at {rises(values, 1):.0%} of the points"
    )
    why = "the maximum lies on the diagonal Δ_a = −Δ_b, nearer to the threshold"
    return graded(abs(x - 115), (5, 20), got, why)


def m18(data: Data) -> Finding:
    """Fig. 5c: E_N peaks at Δ_a = −Δ_b."""
    place, height = peak(data["5"]["cd"]["log_negativity_a_b"], "detuning_b")
    return judged(
        abs(place / STEERED.detuning_a + 1) < 0.02, f"{height:.3f} at Δ_b/Δ_a = {place / STEERED.detuning_a:.3f}"
    )


def m19(data: Data) -> Finding:
    """Fig. 5c: G_b→a = 0."""
    most = float(data["5"]["cd"]["steering_b_a"].max())
    return judged(most == 0, f"largest G_b→a: {most:.0f}")


def m20(data: Data) -> Finding:
    """Fig. 5d: populations confirm who is harder to steer."""
    table = data["5"]["cd"]
    a, b = (table["populations"].sel(mode=mode).values for mode in "ab")
    steered = table["steering_a_b"].values > 0
    share = np.mean(b[steered] < a[steered])
    got = f"P_b < P_a at {share:.0%} of the steered points; at Δ_b = −Δ_a {b[200]:.2f} and {a[200]:.2f}"
    return judged(bool(np.all(b[steered] < a[steered])), got)


def m21(data: Data) -> Finding:
    """Unchanged at 300 K."""
    cold, warm = (steady(RINGS, {"temperature": [T]}, [E], 1)["log_negativity_a_b"].item() for T in (0.02, 300.0))
    return judged(abs(warm - cold) < 1e-9, f"E_N changes by {warm - cold:.0e} from 20 mK to 300 K")


PAPER = Paper(
    name="microrings",
    title="Nonreciprocal entanglement and one-way steering of two microrings",
    reference="doi:10.1103/PhysRevA.109.062423",
    plates=PLATES,
    claims=claims(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19, m20, m21),
)
