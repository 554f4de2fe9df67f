"""Claims H1, H7, H12, H21-H24 and H31, of formulas and of variances."""

from __future__ import annotations

import numpy as np
from scipy.constants import pi

from ....analysis.plots.entanglement import UNPHYSICAL
from ..curves import rising_fraction, upper_bound
from ..paper import CLOSE, Data, Finding, claim, finding_by_deviation, finding_if
from ..shared_data import steady_states
from .closed_forms import printed_variances, steering_products
from .data import COOPERATIVITY_PLUS, FINE_ANGLES, RATIOS, SIGNS, VARIANCES, least_eigenvalue
from .systems import BATHS, BOTH, E_MINUS, E_PLUS, HYBRID, NAMES, VACUUM

SIGMAS = 4.0
"""Standard errors within which trajectories must agree with a formula."""


@claim("H1", "Eqs. (4) are the steady state")
def printed_steady_state(data: Data) -> Finding:
    cases = [(sign, bath) for sign in SIGNS for bath in BATHS]
    worst = max(_deviation_of_products(data, *case) for case in cases)
    sigmas = max(_deviation_of_runs(data, *case) for case in cases)
    count = sum(data["2"][f"{sign}_map_{bath}"][NAMES[E_PLUS]].size for sign, bath in cases)
    first = least_eigenvalue(data["2"])
    others = least_eigenvalue(data["3"], data["4"], data["5"])
    got = (
        f"E of the model's covariance differs by {upper_bound(worst)} at most over {count} steady "
        f"states, variances of trajectories by {sigmas:.1f} standard errors; all are states: min "
        f"eig(V + iΩ/2) is {first:.4f} or more in Fig. 2, {others:.4f} in Figs. 3–5, where pure "
        "ones occur"
    )
    holds = worst < 1e-9 and sigmas < SIGMAS and min(first, others) > UNPHYSICAL
    return finding_if(holds, got, "they disagree")


def _deviation_of_products(data: Data, sign: str, bath: str) -> float:
    """Largest relative deviation of the products in a plane of Fig. 2 from the closed forms."""
    panel = data["2"][f"{sign}_map_{bath}"]
    C = np.meshgrid(panel["cooperativity_minus"], panel["cooperativity_plus"], indexing="ij")
    places = {"cooperativity_minus": C[0], "cooperativity_plus": C[1]}
    system = BATHS[bath].replace(angle_plus=SIGNS[sign][1], **places)
    pairs = zip(BOTH, steering_products(system), strict=True)
    return max(
        float(np.abs(panel[NAMES[measure]].values / product - 1).max())
        for measure, product in pairs
    )


def _deviation_of_runs(data: Data, sign: str, bath: str) -> float:
    """Largest deviation of the variances of a run of Fig. 2 from Eq. (4), in standard errors."""
    run = data["2"][f"{sign}_run_{bath}"].isel(time=-1)
    printed = printed_variances(BATHS[bath].replace(angle_plus=SIGNS[sign][1]))
    pairs = zip(VARIANCES, printed, strict=True)
    return max(
        abs(float((run[measure] - value) / run[f"{measure}_stderr"])) for measure, value in pairs
    )


@claim("H7", "Fig. 2b: for large C, both bare variances tend to −1/(2 cos 2θ)")
def variances_at_large_cooperativity(data: Data) -> Finding:
    cut = data["2"]["zero_cut"]
    limit = -0.5 / np.cos(0.7 * pi)
    large = float(cut["bare_plus"][-1])
    fifty = float(cut["bare_minus"][-1])
    got = (
        f"{fifty:.4f} at C = 50 and {large:.4f} at C = {50 * RATIOS[-1]:.0f}, for a limit of "
        f"{limit:.4f}"
    )
    return finding_by_deviation(abs(large / limit - 1), CLOSE, got, "larger C is needed")


@claim("H12", "Fig. 3b, d: cooling improves with θ_+")
def cooling_improves_with_angle(data: Data) -> Finding:
    curves = [data["3"][f"{name}_cut"]["bare_plus"].values for name in COOPERATIVITY_PLUS]
    shares = [rising_fraction(-curve) for curve in curves]
    got = "; ".join(
        f"(ΔX_+0)² falls to {curve[-1]:.3f} at {share:.0%} of the steps"
        for curve, share in zip(curves, shares, strict=True)
    )
    return finding_if(min(shares) == 1, got)


@claim("H21", "At θ = π/2, E_{−|+} is independent of C_+, and E_{+|−} = ½ for n_+ = 0")
def products_with_beam_splitter_alone(data: Data) -> Finding:
    cold = {f"{name}_plus": value for name, value in VACUUM.items()}
    system = HYBRID.replace(angle_minus=pi / 2, angle_plus=pi / 2, **cold)
    axes = {"cooperativity_plus": np.geomspace(0.1, 1e3, 41)}
    found = steady_states(system, axes, BOTH, 1)
    spread = float(np.ptp(found[NAMES[E_MINUS]].values))
    off = float(np.abs(found[NAMES[E_PLUS]] - 0.5).max())
    got = (
        "for C_+ from 0.1 to 1000, E_−|+ varies and E_+|− is off ½ by "
        f"{upper_bound(max(spread, off))} at most"
    )
    return finding_if(max(spread, off) < 1e-9, got)


@claim("H22", "Eq. (10): E_{+|−}/E_{−|+} = (ΔX_+)²/(ΔX_−)²")
def ratio_of_products(data: Data) -> Finding:
    off = 0.0
    for cut in (data["2"][f"{sign}_cut"] for sign in SIGNS):
        variances = cut["populations"] + 0.5
        ratio = variances.sel(mode="plus") / variances.sel(mode="minus")
        off = max(off, float(np.abs(cut[NAMES[E_PLUS]] / cut[NAMES[E_MINUS]] / ratio - 1).max()))
    return finding_if(off < 1e-9, f"to {upper_bound(off)} on all cuts of Fig. 2")


@claim("H23", "For θ_+ = π/2 and C_+ ≫ 1, (ΔX_+0)² = ½")
def variance_with_beam_splitter_alone(data: Data) -> Finding:
    cuts = [data["3"][f"{name}_cut"]["bare_plus"] for name in COOPERATIVITY_PLUS]
    values = [float(cut.sel(angle_plus=pi / 2, method="nearest")) for cut in cuts]
    pairs = zip(values, COOPERATIVITY_PLUS.values(), strict=True)
    got = ", ".join(f"{value:.3f} at C_+ = {C:.0f}" for value, C in pairs)
    return finding_by_deviation(abs(2 * values[-1] - 1), CLOSE, got, "it exceeds ½ by 1/C_+")


@claim("H24", "The decoherence rate is about 2π × 10 kHz, hot and in vacuum")
def decoherence_rate(_data: Data) -> Finding:
    hot, vacuum = (
        float(system.coupling_plus / system.cooperativity_plus) / (2e3 * pi)
        for system in BATHS.values()
    )
    deviation = max(abs(rate / 10 - 1) for rate in (hot, vacuum))
    got = f"2π × {hot:.5f} and 2π × {vacuum:.5f} kHz"
    return finding_by_deviation(deviation, CLOSE, got, "it differs")


@claim("H31", "Fig. 3b, d: the best θ_+ lies at f < 0")
def best_angle_at_negative_f(data: Data) -> Finding:
    cuts = [data["3"][f"{name}_cut"] for name in COOPERATIVITY_PLUS]
    places = [
        FINE_ANGLES[int(np.argmin(cut[name].values))] / pi
        for name in NAMES.values()
        for cut in cuts
    ]
    plus, minus = (f"{places[k]:.3f} and {places[k + 1]:.3f}" for k in (0, 2))
    got = f"θ_+/π = {plus} for E_+|−, {minus} for E_−|+, beside θ_−/π = 0.35"
    return finding_if(min(places) > 0.35, got, "f > 0 is best for one")


CLAIMS = (
    printed_steady_state,
    variances_at_large_cooperativity,
    cooling_improves_with_angle,
    products_with_beam_splitter_alone,
    ratio_of_products,
    variance_with_beam_splitter_alone,
    decoherence_rate,
    best_angle_at_negative_f,
)
