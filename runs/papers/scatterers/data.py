"""Data of Figs. 1-4: photons, entanglement, transmission and coupling; runs from switch-on."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....steady import fixed_points
from ..curves import crossings
from ..paper import Panels
from ..shared_data import NOISES
from .printed_equations import printed_entanglement
from .systems import (
    BEST_DETUNING,
    BETWEEN,
    DECAY,
    DEFECTIVE,
    E_L,
    E_R,
    G_L,
    G_R,
    IMMUNE,
    IMMUNE_ANGLE,
    N_R,
    RESONATORS,
    EqualScatterers,
    T,
    as_class,
    at_shifted_detuning,
    attractor_kind,
    extremes,
    optimum,
    over_detuning,
    run_at,
)

DETUNINGS = DECAY * np.linspace(-4.5, 4.0, 341)
"""Δ of the figures: Δ̃ less the shift by the scatterers."""
RED_DETUNINGS = DECAY * np.linspace(0.0, 6.0, 241)
"""Δ̃ of red-detuned light, among which the largest and least values are taken."""
COARSE_DETUNINGS = RED_DETUNINGS[::3]
MAP_DETUNINGS = RED_DETUNINGS[::6]
ANGLES = np.linspace(0.0, np.pi / 4, 81)
"""One period of β, with β_Im in the middle."""
DEFECTS = DECAY * np.linspace(0.0, 3.0, 61)
RATES = DECAY * np.linspace(0.1, 4.0, 40)
"""ε of Figs. 1c, and of 3b, d and f."""
RATIOS = np.linspace(0.0, 2.5, 26)
RUN_RATIOS = (0.5, 1.2)
"""η/ε of Fig. 4 and of its runs: on either side of 1, with different |J₁|."""
KICKS = (3e4, 1e5, 3e5, 6e5, 1e6)
"""Momenta, in zero-point units, from which the mean field starts."""


def compute_figure_1(threads: int) -> Panels:
    """Photons of the clockwise mode over Δ̃ and ε, and over Δ̃ and β."""
    shifted = DECAY * np.linspace(-3.0, 3.0, 181)
    return {
        "c": over_detuning(DEFECTIVE, shifted, [N_R], threads, defect=DEFECTS),
        "d": over_detuning(IMMUNE, shifted, [N_R], threads, angle=ANGLES),
    }


def compute_figure_2(threads: int) -> Panels:
    """E_N, T and |G| over Δ for three resonators; their extreme values over β; runs."""
    panels: dict[str, xr.Dataset] = {}
    measures = [E_R, E_L, T, G_R, G_L]
    for noise in NOISES:
        for name, system in RESONATORS.items():
            noisy = system.replace(noise=noise)
            shifted = DETUNINGS + float(system.scatterer_shift)
            panels[f"{name} {noise}"] = over_detuning(noisy, shifted, measures, threads)
    consistent = IMMUNE.replace(noise="consistent")
    doubled = DEFECTIVE.replace(defect=2 * DECAY)
    around = over_detuning(IMMUNE, RED_DETUNINGS, measures, threads, angle=ANGLES)
    warmer = over_detuning(consistent, COARSE_DETUNINGS, [E_R, E_L], threads, angle=ANGLES)
    panels["angles published"] = extremes(around)
    panels["angles consistent"] = extremes(warmer)
    panels["printed"] = _printed_drift_over_angle()
    panels["doubled"] = extremes(over_detuning(doubled, RED_DETUNINGS, [E_R], threads))
    panels["endings"] = _attractors_after_kicks()
    return {**panels, **_runs_at_optima(panels, threads), **_runs_between(threads)}


def _printed_drift_over_angle() -> xr.Dataset:
    """Largest E_N,r over β by Eq. (9) as printed."""
    systems = IMMUNE.replace(angle=ANGLES[:, None])
    values = np.fmax(printed_entanglement(systems, COARSE_DETUNINGS / DECAY), 0.0)
    return xr.Dataset({"E_r": ("angle", values.max(axis=-1))}, coords={"angle": ANGLES})


def _attractors_after_kicks() -> xr.Dataset:
    """The attractors at the best detuning, started from several momenta."""
    kinds = [attractor_kind(IMMUNE, BEST_DETUNING, kick) for kick in KICKS]
    return xr.Dataset({"kind": ("momentum", kinds)}, coords={"momentum": list(KICKS)})


def _runs_at_optima(panels: Panels, threads: int) -> Panels:
    """Runs where published E_N,r is largest, with both noises."""
    runs = {}
    for noise in NOISES:
        for name, system in RESONATORS.items():
            place, _ = optimum(panels[f"{name} published"])
            runs[f"run {name} {noise}"] = run_at(system.replace(noise=noise), place, threads)
    return runs


def _runs_between(threads: int) -> Panels:
    """Curves with a complex J₁, and runs at their maximum, driven from either side."""
    back = BETWEEN.reversed()
    between = over_detuning(BETWEEN, RED_DETUNINGS, [E_R, E_L], threads)
    place, _ = optimum(between)
    return {
        "run forward": run_at(BETWEEN, place, threads),
        "run reversed": run_at(back, place, threads),
        "between": between,
        "between reversed": over_detuning(back, RED_DETUNINGS, [E_R, E_L], threads),
    }


def compute_figure_3(threads: int) -> Panels:
    """E_N of both optical modes and T over β and Δ, and over β and ε = η; runs."""
    panels: dict[str, xr.Dataset] = {}
    shifted = DETUNINGS[::2] + float(IMMUNE.scatterer_shift)
    for noise in NOISES:
        system = IMMUNE.replace(noise=noise)
        found = over_detuning(system, shifted, [E_R, E_L, T], threads, angle=ANGLES)
        cut = over_detuning(BETWEEN.replace(noise=noise), RED_DETUNINGS, [E_R, E_L], threads)
        panels[f"detuning {noise}"] = found
        panels[f"rate {noise}"] = _over_rate(noise, BEST_DETUNING, [E_R, E_L], threads)
        panels[f"cut {noise}"] = cut
    panels["dip"] = _over_rate("published", 0.0, [T], threads)
    return {
        **panels,
        "endings": _stability_edge(),
        **_runs_at_cut(panels["cut published"], threads),
    }


def _over_rate(noise: str, place: float, measures: list[str], threads: int) -> xr.Dataset:
    """Measures over β and ε = η at Δ̃/Γ = place."""
    system = as_class(IMMUNE.replace(noise=noise), EqualScatterers)
    axes = {"defect": RATES, "angle": ANGLES}
    found = over_detuning(system, np.array([place * DECAY]), measures, threads, **axes)
    return found.squeeze("shifted", drop=True).rename(defect="rate")


def _stability_edge() -> xr.Dataset:
    """The β above which the fixed point at the best Δ̃ is stable; attractors on either side."""
    angles = np.linspace(0.0, IMMUNE_ANGLE, 201)
    points = fixed_points(at_shifted_detuning(IMMUNE.replace(angle=angles), BEST_DETUNING))
    (edge,) = crossings(angles, points["margin"].values[:, 0])
    tried = edge * np.array([0.0, 0.5, 0.98, 1.02])
    kinds = [attractor_kind(IMMUNE.replace(angle=angle), BEST_DETUNING) for angle in tried]
    coords = {"angle": tried}
    return xr.Dataset({"kind": ("angle", kinds)}, coords=coords, attrs={"edge": edge})


def _runs_at_cut(cut: xr.Dataset, threads: int) -> Panels:
    """Runs with a complex J₁ where E_N,l is largest, with both noises and from either side."""
    place = float(cut["shifted"][int(np.nanargmax(cut["E_l"].values))]) / DECAY
    systems = {
        "forward": BETWEEN,
        "reversed": BETWEEN.reversed(),
        "consistent": BETWEEN.replace(noise="consistent"),
    }
    return {f"run {name}": run_at(system, place, threads) for name, system in systems.items()}


def compute_figure_4(threads: int) -> Panels:
    """Largest E_N,r and least T over β and η/ε, and of the defect alone; runs at β_Im."""
    panels: dict[str, xr.Dataset] = {}
    axes = {"nanoparticle": RATIOS * DECAY, "angle": ANGLES[::2]}
    for noise, measures in zip(NOISES, ([E_R, T], [E_R]), strict=True):
        both = over_detuning(IMMUNE.replace(noise=noise), MAP_DETUNINGS, measures, threads, **axes)
        alone = over_detuning(DEFECTIVE.replace(noise=noise), MAP_DETUNINGS, measures, threads)
        found = extremes(both).rename(nanoparticle="ratio").assign_coords(ratio=RATIOS)
        panels[f"size {noise}"] = found
        panels[f"defect {noise}"] = extremes(alone)
    for ratio in RUN_RATIOS:
        system = IMMUNE.replace(nanoparticle=ratio * DECAY)
        consistent = system.replace(noise="consistent")
        place, _ = optimum(over_detuning(system, COARSE_DETUNINGS, [E_R], threads))
        panels[f"run {ratio} forward"] = run_at(system, place, threads)
        panels[f"run {ratio} reversed"] = run_at(system.reversed(), place, threads)
        panels[f"run {ratio} consistent"] = run_at(consistent, place, threads)
    return panels
