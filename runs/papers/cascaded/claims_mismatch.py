"""Claims K7-K13 and K23, of oscillators with different frequencies: Fig. 3."""

from __future__ import annotations

import numpy as np

from ..curves import crossings, peak
from ..paper import CLOSE, Data, Finding, claim, finding_by_deviation, finding_if
from .claims import appearance, highest, with_audit
from .data import DETUNINGS, RATIOS, SCAN_RATIOS, SCAN_SPINS, UNEQUAL_RATIOS, revival
from .systems import SIDES, UNIT


@claim("K7", "Fig. 3a: frequency mismatch suppresses E_N")
def mismatch_suppresses(data: Data) -> Finding:
    panel = data["3"]["a"]
    heights = [[highest(panel, side, ratio)[1] for ratio in RATIOS] for side in SIDES]
    rows = [" → ".join(f"{height:.3f}" for height in row) for row in heights]
    listed = ", ".join(f"{row} from the {side}" for row, side in zip(rows, SIDES, strict=True))
    got = f"χ = 1, 0.97, 0.95: {listed}"
    falls = bool(np.all(np.diff(heights) < 0))
    return with_audit(finding_if(falls, got, "it does not"), panel)


@claim("K8", "Fig. 3b: equal spins (0.8, 0.8) MHz do not enhance it")
def equal_spins_do_not_enhance(data: Data) -> Finding:
    gains = [_enhancement(data, "b", side, ratio) for ratio in UNEQUAL_RATIOS for side in SIDES]
    got = f"{min(gains):.4f} … {max(gains):.4f} of the static value, both χ, both ways"
    return with_audit(finding_if(max(gains) < 1.02, got, "they do"), data["3"]["b"])


@claim("K9", "Fig. 3c, χ = 0.97: spinning one resonator enhances E_N ~ 1.4 times")
def enhancement_at_small_mismatch(data: Data) -> Finding:
    return _enhancement_finding(data, 0.97, 1.4, "c")


@claim("K10", "Fig. 3d, χ = 0.95: spinning one resonator enhances E_N ~ 2.5 times")
def enhancement_at_large_mismatch(data: Data) -> Finding:
    return _enhancement_finding(data, 0.95, 2.5, "d")


@claim("K11", "Fig. 3c, d: for the opposite direction it is inhibited")
def inhibited_from_the_other_side(data: Data) -> Finding:
    panel = data["3"]["cd"]
    heights = [
        [highest(data["3"][name], "right", ratio)[1] for name in ("a", "cd")]
        for ratio in UNEQUAL_RATIOS
    ]
    stable = panel["stable"].sel(noise="published", input_side="right").values[0]
    unstable = DETUNINGS[~stable].max() / UNIT
    pairs = zip(heights, UNEQUAL_RATIOS, strict=True)
    listed = ", ".join(f"{a:.3f} → {b:.3g} at χ = {ratio}" for (a, b), ratio in pairs)
    got = f"from the right {listed}; without a stable steady state up to Δ/ω_m = {unstable:.2f}"
    return with_audit(finding_if(all(b < a for a, b in heights), got, "it is not"), panel)


@claim("K12", "It is almost that of identical frequencies")
def as_for_identical_frequencies(data: Data) -> Finding:
    whole = highest(data["3"]["a"], "left", 1.0)[1]
    shares = [highest(data["3"]["cd"], "left", ratio)[1] / whole for ratio in UNEQUAL_RATIOS]
    scan = data["3"]["chi"]
    best = scan["best"].values / scan["static"].sel(frequency_ratio=1.0).item()
    most = float(np.interp(0.95, SCAN_RATIOS, best))
    got = f"{shares[0]:.0%} of it at χ = 0.97, {shares[1]:.0%} at 0.95"
    why = f"at χ = 0.95 no spins {_range_of_spins()} restore more than {most:.0%} at any detuning"
    finding = finding_by_deviation(1 - min(shares), (0.05, 0.25), got, why)
    return with_audit(finding, data["3"]["cd"])


@claim(
    "K13",
    "Fig. 3e, f: the revival coefficient exceeds 80 %, even 90 %, for specific mismatches",
)
def revival_coefficient(data: Data) -> Finding:
    most = revival(data["3"], "e", "right").max("spin_left")
    ratios = most["frequency_ratio"].values
    spans = [ratios[most.values > share] for share in (0.8, 0.9)]
    largest = float(revival(data["3"], "f", "left").max())
    away = float(most.where(abs(most["frequency_ratio"] - 1) > 0.0099).max())
    pairs = zip((80, 90), spans, strict=True)
    listed = ", ".join(f"> {share}% for χ = {x[0]:.3f} … {x[-1]:.3f}" for share, x in pairs)
    got = f"e: {listed} ({away:.2f} at 1 % mismatch or more); f: up to {largest:.2f} at χ = 0.97"
    found = finding_if(away > 0.9 and largest > 0.8, got, "it does not reach them")
    return with_audit(found, data["3"]["e"], data["3"]["f"])


@claim("K23", "Fig. 3a: the static E_N is largest just at χ = 1")
def best_at_equal_frequencies(data: Data) -> Finding:
    place, value = peak(data["3"]["chi"]["static"], "frequency_ratio")
    got = f"largest, {value:.3f}, at χ = {place:.3f}"
    finding = finding_by_deviation(abs(place - 1), (0.003, 0.01), got, "it is shifted")
    return with_audit(finding, data["3"]["a"])


def _enhancement(data: Data, letter: str, side: str, ratio: float) -> float:
    """Largest E_N spinning over the largest at rest, for a χ."""
    return highest(data["3"][letter], side, ratio)[1] / highest(data["3"]["a"], side, ratio)[1]


def _enhancement_finding(data: Data, ratio: float, printed: float, letter: str) -> Finding:
    """The gain by Ω_l = 0.8·10⁶ rad/s for a χ, against the printed one."""
    gain = _enhancement(data, "cd", "left", ratio)
    scan = data["3"]["chi"]
    spun, static, best = (scan[name].values for name in ("spun", "static", "best"))
    there = static > 0
    found_at = crossings(SCAN_RATIOS[there], spun[there] / static[there], printed)
    at = float(found_at[np.abs(found_at - ratio).argmin()])
    most = float(np.interp(ratio, SCAN_RATIOS, best) / np.interp(ratio, SCAN_RATIOS, static))
    got = f"{gain:.2f} from the left; {appearance(data, '3', letter)}"
    why = (
        f"a gain of {printed} takes χ = {at:.3f}; at {ratio} no spins {_range_of_spins()} gain "
        f"more than {most:.2f}"
    )
    found = finding_by_deviation(abs(gain / printed - 1), CLOSE, got, why)
    return with_audit(found, data["3"]["cd"].sel(frequency_ratio=ratio))


def _range_of_spins() -> str:
    """The spins among which the best one is sought."""
    return f"of {SCAN_SPINS[0] / 1e6:.1f} … {SCAN_SPINS[-1] / 1e6:.1f}·10⁶ rad/s"


CLAIMS = (
    mismatch_suppresses,
    equal_spins_do_not_enhance,
    enhancement_at_small_mismatch,
    enhancement_at_large_mismatch,
    inhibited_from_the_other_side,
    as_for_identical_frequencies,
    revival_coefficient,
    best_at_equal_frequencies,
)
