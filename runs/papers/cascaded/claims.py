"""Claims K1-K6, of Fig. 2.

Nonreciprocal enhancement of remote entanglement between nonidentical mechanical oscillators,
Phys. Rev. Applied 18, 064008 (2022), doi:10.1103/PhysRevApplied.18.064008. Figs. 2a-c, 3a-f and
4a-c with 24 claims take about 30 s on two cores; K20-K24 are statements of the text.

The paper prints neither the range of the detuning nor those of Figs. 3e and f, nor the χ of 3b. The
printed noise gives every port a vacuum of its own although the fibre carries the vacuum on, so that
commutators are not kept and V is no quantum state. A claim on E_N is therefore reproduced with a
difference at best; the reason gives the results if the fibre carries the vacuum.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from ..curves import peak, upper_bound
from ..paper import CLOSE, Data, Finding, Verdict, claim, finding_by_deviation, finding_if
from ..shared_data import NOISES, appearance_time
from .data import DETUNINGS, ONE_WAY_DETUNINGS
from .systems import E_N, E_NAME, EXPONENT_NAME, NU_NAME, SIDES, UNIT


@claim("K1", "Fig. 2a: at rest, E_N only in a small interval around Δ/ω_m,l = 1")
def entanglement_window_at_rest(data: Data) -> Finding:
    panel = data["2"]["a"]
    place, value = highest(panel, "left")
    window = DETUNINGS[curve_of(panel, "left").values > 0] / UNIT
    got = f"largest, {value:.3f}, at {place:.3f}; E_N > 0 for {window[0]:.2f} … {window[-1]:.2f}"
    finding = finding_by_deviation(abs(place - 1), (0.05, 0.1), got, "it is shifted")
    return with_audit(finding, panel)


@claim("K2", "Fig. 2a: at rest, E_N is reciprocal")
def reciprocal_at_rest(data: Data) -> Finding:
    return _reciprocal(data["2"]["a"], data["2"]["a equal"])


@claim("K3", "Fig. 2b, (Ω_l, Ω_r) = (0.6, 0) MHz: E_N one way only at Δ/ω_m,l = 0.74 and 0.98")
def one_way_when_spinning(data: Data) -> Finding:
    panel = data["2"]["b"]
    first, second = ([_at(panel, side, place) for side in SIDES] for place in ONE_WAY_DETUNINGS)
    holds = first[0] > 0 == first[1] and second[1] > 0 == second[0]
    rows = [
        f"{place}: {left:.3f} from the left, {right:.3f} from the right (steady −ln 2ν⁻ "
        f"{_at(panel, 'left', place, EXPONENT_NAME):.4f}, "
        f"{_at(panel, 'right', place, EXPONENT_NAME):.4f}); {appearance(data, '2', f'b {place}')}"
        for place, (left, right) in zip(ONE_WAY_DETUNINGS, (first, second), strict=True)
    ]
    return with_audit(finding_if(holds, "; ".join(rows), "it is not one way"), panel)


@claim("K4", "Fig. 2b: it is suppressed against the static device")
def suppressed_by_spinning(data: Data) -> Finding:
    spun, static = ([highest(data["2"][letter], side)[1] for side in SIDES] for letter in "ba")
    rows = zip(spun, static, SIDES, strict=True)
    got = ", ".join(f"{b:.3f} against {a:.3f} from the {side}" for b, a, side in rows)
    return with_audit(finding_if(max(spun) < min(static), got, "it is not"), data["2"]["b"])


@claim("K5", "Fig. 2c, (0.6, 0.6) MHz: the same degree as static, shifted")
def equal_spins_shift(data: Data) -> Finding:
    panel = data["2"]["c"]
    spun, static = ([highest(data["2"][letter], side) for side in SIDES] for letter in "ca")
    rows = zip(spun, SIDES, strict=True)
    got = ", ".join(f"{value:.4f} at {place:.3f} from the {side}" for (place, value), side in rows)
    deviation = max(abs(b[1] / a[1] - 1) for a, b in zip(static, spun, strict=True))
    finding = finding_by_deviation(deviation, CLOSE, got, "the degree differs")
    return with_audit(finding, panel)


@claim("K6", "Two oppositely spinning resonators: E_N is reversible")
def opposite_spins_reversible(data: Data) -> Finding:
    return _reciprocal(data["2"]["opposite"], data["2"]["opposite equal"])


def _reciprocal(panel: xr.Dataset, equal: xr.Dataset) -> Finding:
    """Whether E_N is the same from both sides, with the printed and with equal κ_ex."""
    left, right = (highest(panel, side)[1] for side in SIDES)
    apart = _difference(panel)
    got = f"peaks {left:.4f} and {right:.4f}; the curves differ by {apart:.0%} of the larger"
    bound = upper_bound(_difference(equal))
    why = f"exact for equal κ_ex alone (differing there by at most {bound})"
    return with_audit(finding_by_deviation(apart, CLOSE, got, why), panel)


def curve_of(panel: xr.Dataset, side: str, ratio: float | None = None) -> xr.DataArray:
    """Published E_N over the detuning."""
    chosen = panel if ratio is None else panel.sel(frequency_ratio=ratio)
    return chosen[E_NAME].sel(noise="published", input_side=side)


def highest(panel: xr.Dataset, side: str, ratio: float | None = None) -> tuple[float, float]:
    """Where published E_N is largest, in ω_m, and its value there."""
    return peak(curve_of(panel, side, ratio), "effective_detuning", UNIT)


def _at(panel: xr.Dataset, side: str, place: float, name: str = E_NAME) -> float:
    """A value of the published steady state at Δ/ω_m = place."""
    there = panel[name].sel(noise="published", input_side=side)
    return float(there.sel(effective_detuning=place * UNIT, method="nearest"))


def _difference(panel: xr.Dataset) -> float:
    """Largest difference of the directions, relative to the larger of their peaks."""
    left, right = (curve_of(panel, side) for side in SIDES)
    return float(abs(left - right).max() / max(left.max(), right.max()))


def with_audit(finding: Finding, *panels: xr.Dataset) -> Finding:
    """A finding on published E_N with the audit of its states and the E_N of the consistent model.

    It is not simply reproduced: the states are no quantum states.
    """
    published = [panel.sel(noise="published") for panel in panels]
    least = min(float(panel["physicality"].min()) for panel in published)
    motions = min(float(panel[NU_NAME].min()) for panel in published)
    consistent = [panel.sel(noise="consistent") for panel in panels]
    kept = min(float(panel["physicality"].min()) for panel in consistent)
    largest = max(float(panel[E_NAME].max()) for panel in consistent)
    points = sum(int(panel[E_NAME].count()) for panel in consistent)
    audit = (
        f"no quantum state: V + iΩ/2 down to {least:.2f}, the motions' ν to {motions:.2f} < ½; "
        f"with the vacuum carried by the fibre (V + iΩ/2 ≥ {kept:.0e}) E_N = {largest:.2g} at all "
        f"{points} steady points"
    )
    verdict = Verdict.DIFFERENT if finding.verdict is Verdict.REPRODUCED else finding.verdict
    why = "; ".join(part for part in (finding.why, audit) if part)
    return replace(finding, verdict=verdict, why=why)


def appearance(data: Data, number: str, name: str) -> str:
    """When E_N appears from both sides; consistent where it differs from published."""
    words = []
    runs = data[number]
    for side in SIDES:
        first, second = (_time(runs[f"{name} {side} {noise}"]) for noise in NOISES)
        other = f" (consistent: {second})" if first != second else ""
        words.append(f"from the {side} {first}{other}")
    length = 1e9 * float(runs[f"{name} left published"]["time"][-1])
    return f"in a run of {length:.0f} ns E_N stays above zero {', '.join(words)}"


def _time(run: xr.Dataset) -> str:
    """When E_N appears in a run."""
    time = appearance_time(run, E_N)
    return f"after {1e9 * time:.0f} ns" if np.isfinite(time) else "never"


CLAIMS = (
    entanglement_window_at_rest,
    reciprocal_at_rest,
    one_way_when_spinning,
    suppressed_by_spinning,
    equal_spins_shift,
    opposite_spins_reversible,
)
