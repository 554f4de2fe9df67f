"""Nonreciprocal entanglement of light and motion in a spinning resonator: Figs. 1b, 2a–c, 3a–f and 12 claims.

Phys. Rev. Lett. 125, 143605 (2020), doi:10.1103/PhysRevLett.125.143605. Takes about 15 s on two cores.

The backscattering J is printed nowhere: the figures take 1.8κ, at which spinning raises E_N by the factor of the paper,
and show how every number depends on J.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.polynomial import Array
from ...steady import attractor
from .paper import Data, Finding, Paper, claims, graded, judged, peak, rises
from .spinning_figures import (
    COUPLINGS,
    DECAY,
    E_NAME,
    FAST,
    G_NAME,
    IDEAL,
    N_NAME,
    NARROW,
    PLATES,
    SLOW,
    TEMPERATURES,
    UNIT,
)


def _height(curve: xr.DataArray) -> tuple[float, float]:
    """Where a curve over the detuning is largest, in ω_m, and how large."""
    place, value = peak(curve, "detuning")
    return place / UNIT, value


def _at(panel: xr.Dataset, name: str, place: float) -> float:
    return float(panel[name].sel(detuning=place * UNIT, method="nearest"))


def s1(data: Data) -> Finding:
    """Spinning shifts the two directions linearly and oppositely."""
    shifts = data["1"]["b"]
    forward, back = shifts["forward"].values, shifts["reversed"].values
    straight = np.abs(forward - forward[-1] * shifts["spin"].values / FAST).max() / forward[-1]
    got = f"±{forward[-1] / UNIT:.3f} ω_m at 23·10³ rad/s, straight to {max(straight, 1e-16):.0e}"
    return judged(bool(np.all(forward == -back)) and straight < 1e-12, got)


def s2(data: Data) -> Finding:
    """Fig. 2a: at rest, entanglement lies around Δ_c/ω_m ≈ 1, red-shifted."""
    place, value = _height(data["2"]["static"][E_NAME])
    return graded(
        abs(place - 1), (0.3, 0.5), f"largest, {value:.3f}, at {place:.3f}", "the shift is larger than it reads"
    )


def s3(data: Data) -> Finding:
    """Fig. 2a: spinning shifts the peaks symmetrically."""
    places = [_height(data["2"][way][E_NAME])[0] for way in ("forward", "static", "reversed")]
    shifts = places[0] - places[1], places[2] - places[1]
    return judged(
        abs(shifts[0] + shifts[1]) < 0.02,
        f"peaks at {', '.join(f'{p:.3f}' for p in places)}: {shifts[0]:+.3f}, {shifts[1]:+.3f}",
    )


def s4(data: Data) -> Finding:
    """Largest entanglement one way, none the other."""
    place, value = _height(data["2"]["forward"][E_NAME])
    return _one_way(data, place, f"{value:.3f} forward at {place:.3f}")


def _one_way(data: Data, place: float, forward: str) -> Finding:
    """Whether the reversed direction has E_N = 0 at a detuning, or, worse, no steady state."""
    there = _at(data["2"]["reversed"], E_NAME, place)
    if there == 0:
        return judged(True, f"{forward}; 0 reversed")
    ending = str(attractor(IDEAL.replace(spin=-SLOW, detuning=place * UNIT))["kind"].values)
    why = f"reversed, the fixed point is unstable and the light runs into a {ending}: there is no E_N, rather than 0"
    return graded(1.0 if np.isnan(there) else 2.0, (0.0, 1.0), f"{forward}; no steady state reversed", why)


def s5(data: Data) -> Finding:
    """At 0.27 photon numbers are equal and E_N is one way."""
    photons = [_at(data["2"][way], N_NAME, 0.27) for way in ("forward", "reversed")]
    found = _one_way(
        data,
        0.27,
        f"N = {photons[0]:.3g} and {photons[1]:.3g}; E_N {_at(data['2']['forward'], E_NAME, 0.27):.3f} forward",
    )
    return found if abs(photons[0] / photons[1] - 1) < 0.1 else judged(False, found.got, "the photon numbers differ")


def s6(data: Data) -> Finding:
    """Near 1, photon numbers differ and E_N are equal."""
    forward, back = (data["2"][way] for way in ("forward", "reversed"))
    near = (NARROW > 0.8 * UNIT) & (NARROW < 1.3 * UNIT)
    gap = np.where(near, np.abs((forward[E_NAME] - back[E_NAME]).values), np.nan)
    place = float(NARROW[int(np.nanargmin(gap))] / UNIT)
    ratio = _at(back, N_NAME, place) / _at(forward, N_NAME, place)
    value = _at(forward, E_NAME, place)
    got = f"E_N equal ({value:.3f}) at {place:.2f}, where N_reversed/N_forward = {ratio:.1f}"
    why = "the curves meet only where one has ended and the other has not begun"
    return graded((value < 0.01) + 2.0 * (ratio < 1.5), (0.5, 1.5), got, why)


def s7(data: Data) -> Finding:
    """Fig. 3a: backscattering lowers E_N."""
    ideal, lossy = (_height(data["3"][name][E_NAME])[1] for name in ("ideal", "lossy"))
    static = data["3"]["j"]["static"].values
    return judged(
        rises(-static, 0) == 1,
        f"{ideal:.3f} → {lossy:.3f} at J = 1.8κ; falls with J at {rises(-static, 0):.0%} of the steps",
    )


def _gains(data: Data) -> tuple[Array, Array]:
    """What spinning gains over rest, and how much of the ideal value it restores, for every J."""
    scan = data["3"]["j"]
    return (scan["spinning"] / scan["static"]).values, (scan["spinning"] / scan["static"][0]).values


def s8(data: Data) -> Finding:
    """Ω = 23·10³ rad/s raises E_N about 2.5 times."""
    gain, _ = _gains(data)
    reached = float(np.interp(2.5, gain[: gain.argmax()], COUPLINGS[: gain.argmax()])) / DECAY
    why = f"J is not printed: a gain of 2.5 takes J = {reached:.2f}κ"
    return graded(float(gain.max() < 2.5) + 0.5, (0.0, 1.0), f"{gain.min():.2f} … {gain.max():.2f} for J up to 3κ", why)


def s9(data: Data) -> Finding:
    """It then reaches almost the ideal value."""
    gain, revival = _gains(data)
    there = float(np.interp(2.5, gain[: gain.argmax()], revival[: gain.argmax()]))
    small = float(np.interp(-0.991, -revival, gain))
    why = f"no J gives both numbers: with a revival of 0.991 the gain is {small:.2f}"
    return graded(1 - there, (0.05, 0.25), f"{there:.0%} of the ideal value where the gain is 2.5", why)


def s10(data: Data) -> Finding:
    """Fig. 3c, d: the effective coupling |G| does likewise."""
    values = [
        _at(data["3"][name], G_NAME, place) / UNIT
        for name, place in (("ideal", 0.75), ("lossy", 1.675), ("reversed", 2.425))
    ]
    got = f"|G|/ω_m where E_N is largest: ideal {values[0]:.2f}, J = 1.8κ {values[1]:.2f}, spinning {values[2]:.2f}"
    return judged(values[1] < values[2], got, "where E_N is largest, |G| is not")


def s11(data: Data) -> Finding:
    """Fig. 3f: the revival factor reaches 99.1 %."""
    _, revival = _gains(data)
    place = float(np.interp(-0.991, -revival, COUPLINGS)) / DECAY
    why = f"it tends to 1 as J → 0, where nothing is to be revived; 99.1 % is the value at J = {place:.2f}κ"
    got = f"{revival[1]:.3f} at the smallest J > 0 of the map, {revival[-1]:.2f} at the largest"
    return graded(0.5 + float(revival[1] < 0.991), (0.0, 1.0), got, why)


def s12(data: Data) -> Finding:
    """Entanglement survives heat that destroys it in the static device."""
    ends = {
        name: TEMPERATURES[np.flatnonzero(data["3"]["heat"][name].values > 0)[-1]] for name in ("static", "spinning")
    }
    got = f"with J = 1.8κ up to {ends['static']:.2f} K at rest, up to {ends['spinning']:.2f} K spinning"
    return judged(bool(ends["spinning"] > ends["static"]), got)


PAPER = Paper(
    name="spinning",
    title="Nonreciprocal optomechanical entanglement against backscattering losses",
    reference="doi:10.1103/PhysRevLett.125.143605",
    plates=PLATES,
    claims=claims(s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12),
)
