"""Claims M12-M16 and M18-M20, of steering: Figs. 4a-d and 5c, d."""

from __future__ import annotations

import numpy as np

from ....sde.systems.microrings import MHZ
from ..curves import crossings, exceptions, peak, upper_bound
from ..paper import CLOSE, EXCEPTIONS, Data, Finding, claim, finding_by_deviation, finding_if
from .data import AB_NAME, B_STEERS_A, BA_NAME, DECAYS, E_NAME, RATIOS, RINGS, STEERED


@claim("M12", "Fig. 4a, b: a steers b only for κ_b > κ_a, b steers a only for κ_a > κ_b")
def steering_over_decay_rates(data: Data) -> Finding:
    table = data["4"]["ab"]
    a_smaller = np.less.outer(DECAYS, DECAYS)
    wrong = int(
        np.sum((table[AB_NAME].values > 0) & ~a_smaller)
        + np.sum((table[BA_NAME].values > 0) & ~a_smaller.T)
    )
    most = float(table[AB_NAME].max()), float(table[BA_NAME].max())
    got = (
        f"{wrong} exceptions in {a_smaller.size} points; up to {most[0]:.3f} (a→b) and "
        f"{most[1]:.3f} (b→a)"
    )
    return finding_if(wrong == 0, got)


@claim("M13", "Fig. 4c: E_N falls with κ_b")
def entanglement_falls_with_decay_of_b(data: Data) -> Finding:
    panel = data["4"]["cd"]
    curve = panel[E_NAME].values
    margin = panel["margin"].values
    there, wrong = exceptions(curve, 0, -1)
    share = float(wrong.sum() / there.sum())
    best = int(np.nanargmax(curve))
    got = (
        f"falls at {1 - share:.0%} of the steps; largest, {curve[best]:.3f}, at κ_b/κ_a = "
        f"{RATIOS[best]:.2f}"
    )
    why = (
        "below that ratio it falls again towards the threshold at "
        f"{RATIOS[np.isfinite(curve)][0]:.2f}: the slowest decay there is at most "
        f"{margin[1:][wrong].max(initial=0.0) / MHZ:.2f} MHz, at κ_b = κ_a "
        f"{np.interp(1.0, RATIOS, margin) / MHZ:.2f} MHz"
    )
    return finding_by_deviation(share, EXCEPTIONS, got, why)


@claim("M14", "No steering near κ_b ≈ κ_a")
def no_steering_at_equal_decay_rates(data: Data) -> Finding:
    table = data["4"]["cd"]
    none = (table[AB_NAME].values == 0) & (table[BA_NAME].values == 0)
    window = RATIOS[none]
    got = f"none for κ_b/κ_a = {window.min():.2f} … {window.max():.2f}"
    return finding_if(bool(none[np.argmin(np.abs(RATIOS - 1))]), got)


@claim("M15", "Fig. 4d: nearly equal populations there")
def equal_populations_at_equal_decay_rates(data: Data) -> Finding:
    a, b = data["4"]["cd"]["populations"].interp(decay_b=RINGS.decay_a).values
    got = f"P_a = {a:.3f}, P_b = {b:.3f} at κ_b = κ_a"
    return finding_by_deviation(abs(a - b) / max(a, b), CLOSE, got, "b is driven, a is not")


@claim("M16", "The mode with the larger population is harder to steer")
def fuller_mode_harder_to_steer(data: Data) -> Finding:
    table = data["4"]["cd"]
    a, b = (table["populations"].sel(mode=mode).values for mode in "ab")
    steered_b = table[AB_NAME].values > 0
    steered_a = table[BA_NAME].values > 0
    right = int(np.sum(b[steered_b] < a[steered_b]) + np.sum(a[steered_a] < b[steered_a]))
    every = int(steered_b.sum() + steered_a.sum())
    got = (
        f"the steered mode is the emptier one at {right} of {every} points; the introduction says "
        "the opposite"
    )
    return finding_if(right == every, got)


@claim("M18", "Fig. 5c: E_N peaks at Δ_a = −Δ_b")
def entanglement_along_detuning_ratio(data: Data) -> Finding:
    ratio, height = peak(data["5"]["cd"][E_NAME], "detuning_b", STEERED.detuning_a)
    got = f"{height:.3f} at Δ_b/Δ_a = {ratio:.3f}"
    return finding_by_deviation(abs(ratio + 1), CLOSE, got, "the pairs shift mode b's resonance")


@claim("M19", "Fig. 5c: G_b→a = 0")
def no_steering_of_a(data: Data) -> Finding:
    run = data["5"]["run"]
    most = float(data["5"]["cd"][BA_NAME].max())
    end = run.isel(time=-1)
    while_on = crossings(run["time"].values, run[f"{B_STEERS_A}_signed_linear"].values)[-1] * 1e9
    early = float(run[f"{B_STEERS_A}_linear"].max())
    got = (
        f"below {upper_bound(most)} at every Δ_b/Δ_a; at Δ_b = −Δ_a trajectories end at −ln 2ν = "
        f"{float(end[f'{B_STEERS_A}_signed']):.3f} ± {float(end[f'{B_STEERS_A}_stderr']):.3f}; "
        f"only in the first {while_on:.0f} ns after switch-on does b steer a too, by up to "
        f"{early:.3f}"
    )
    return finding_if(
        most < 1e-9 and float(end[f"{B_STEERS_A}_signed"]) < 0, got, "b steers a somewhere"
    )


@claim("M20", "Fig. 5d: populations confirm who is harder to steer")
def populations_along_detuning_ratio(data: Data) -> Finding:
    table = data["5"]["cd"]
    a, b = (table["populations"].sel(mode=mode).values for mode in "ab")
    steered = table[AB_NAME].values > 0
    share = np.mean(b[steered] < a[steered])
    at = int(np.abs(table["detuning_b"].values + STEERED.detuning_a).argmin())
    got = (
        f"P_b < P_a at {share:.0%} of the steered points; at Δ_b = −Δ_a {b[at]:.2f} and {a[at]:.2f}"
    )
    return finding_if(bool(np.all(b[steered] < a[steered])), got)


CLAIMS = (
    steering_over_decay_rates,
    entanglement_falls_with_decay_of_b,
    no_steering_at_equal_decay_rates,
    equal_populations_at_equal_decay_rates,
    fuller_mode_harder_to_steer,
    entanglement_along_detuning_ratio,
    no_steering_of_a,
    populations_along_detuning_ratio,
)
