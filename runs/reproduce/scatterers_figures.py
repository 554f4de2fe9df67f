"""The figures of the scatterers' paper computed; `scatterers_plates` draws them, `scatterers` judges what they show."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.systems.scatterers import ScattererResonator
from .paper import Panels
from .scatterers_states import (
    BEST,
    BETWEEN,
    DECAY,
    DEFECTIVE,
    E_L,
    E_R,
    G_L,
    G_R,
    IDEAL,
    IMMUNE,
    IMMUNE_ANGLE,
    N_R,
    NOISES,
    RESONATORS,
    Draw,
    T,
    best,
    draw,
    ending,
    optimum,
    over_detuning,
    over_rates,
    printed_entanglement,
    run,
)

AXIS = DECAY * np.linspace(-4.5, 4.0, 341)
"""Δ of the figures: Δ̃ less the shift by the scatterers."""
RED = DECAY * np.linspace(0.0, 6.0, 241)
"""Δ̃ of red-detuned light, among which the largest and least values are taken."""
ANGLES = np.linspace(0.0, np.pi / 4, 81)
"""One period of β, with β_Im in the middle."""
RATES = DECAY * np.linspace(0.1, 4.0, 40)
RATIOS = np.linspace(0.0, 2.5, 26)
COARSE_RED, COARSE_ANGLES = RED[::3], ANGLES[::2]
TEMPERATURES = np.geomspace(0.05, 60.0, 41)
LOSSES = DECAY * np.geomspace(0.05, 10.0, 41)
STRENGTHS = (1.0, 2.0, 3.0)
"""ε/Γ of defects against heat and loss."""
SEED, DRAWS = 2025, 30
KICKS = (3e4, 1e5, 3e5, 6e5, 1e6)
"""Momenta, in zero-point units, from which the mean field starts."""


def figure_1(threads: int) -> Panels:
    """Photons of the clockwise mode over Δ̃ and the defect's rate, and over Δ̃ and the nanoparticle's angle."""
    shifted = DECAY * np.linspace(-3.0, 3.0, 181)
    defects = {rate: DEFECTIVE.replace(defect=rate) for rate in DECAY * np.linspace(0.0, 3.0, 61)}
    return {
        "c": over_rates(defects, "defect", shifted, [N_R], threads),
        "d": over_detuning(IMMUNE, shifted, [N_R], threads, angle=ANGLES),
    }


def figure_2(threads: int) -> Panels:
    """E_N, T and |G| over Δ for three resonators, their best values over β, and what happens after switch-on."""
    panels: dict[str, xr.Dataset] = {}
    for noise in NOISES:
        for name, system in RESONATORS.items():
            shifted = AXIS + float(system.scatterer_shift)
            panels[f"{name} {noise}"] = over_detuning(
                system.replace(noise=noise), shifted, [E_R, E_L, T, G_R, G_L], threads
            )
        around = over_detuning(IMMUNE.replace(noise=noise), RED, [E_R, E_L, T, G_R, G_L], threads, angle=ANGLES)
        panels[f"angles {noise}"] = best(around)
    panels["printed"] = _printed()
    panels["doubled"] = best(over_detuning(DEFECTIVE.replace(defect=2 * DECAY), RED, [E_R], threads))
    panels["endings"] = xr.Dataset(
        {"kick": ("momentum", [ending(IMMUNE, BEST, kick) for kick in KICKS])}, coords={"momentum": list(KICKS)}
    )
    return {**panels, **_runs_2(panels, threads)}


def _printed() -> xr.Dataset:
    """The largest E_N,r over β by Eq. (9) as printed, and by Eq. (3), on the same detunings."""
    places = COARSE_RED / DECAY
    values = [np.nanmax(np.append(printed_entanglement(IMMUNE.replace(angle=angle), places), 0.0)) for angle in ANGLES]
    return xr.Dataset({"E_r": ("angle", np.asarray(values))}, coords={"angle": ANGLES})


def _runs_2(panels: Panels, threads: int) -> Panels:
    """Runs where E_N,r is largest, with both noises; and with a complex J₁, driven from either side."""
    runs = {}
    for noise in NOISES:
        for name, system in RESONATORS.items():
            place, _ = optimum(panels[f"{name} published"])
            runs[f"run {name} {noise}"] = run(system.replace(noise=noise), place, threads)
    between = over_detuning(BETWEEN, RED, [E_R, E_L], threads)
    place, _ = optimum(between)
    for way, system in (("forward", BETWEEN), ("reversed", BETWEEN.reversed())):
        runs[f"run {way}"] = run(system, place, threads)
    return runs | {"between": between, "between reversed": over_detuning(BETWEEN.reversed(), RED, [E_R, E_L], threads)}


def figure_3(threads: int) -> Panels:
    """E_N of both optical modes and T: over β and Δ, and over β and ε = η at the best detunings."""
    panels: dict[str, xr.Dataset] = {}
    shifted = AXIS[::2] + float(IMMUNE.scatterer_shift)
    for noise in NOISES:
        systems = {rate: IMMUNE.replace(noise=noise, defect=rate, nanoparticle=rate) for rate in RATES}
        panels[f"detuning {noise}"] = over_detuning(
            IMMUNE.replace(noise=noise), shifted, [E_R, E_L, T], threads, angle=ANGLES
        )
        at_best = over_rates(systems, "rate", np.array([BEST * DECAY]), [E_R, E_L], threads, angle=ANGLES)
        panels[f"rate {noise}"] = at_best.squeeze("shifted", drop=True)
        panels[f"cut {noise}"] = over_detuning(BETWEEN.replace(noise=noise), RED, [E_R, E_L], threads)
    panels["dip"] = over_rates(systems, "rate", np.array([0.0]), [T], threads, angle=ANGLES).squeeze(
        "shifted", drop=True
    )
    angles = IMMUNE_ANGLE * np.linspace(0.0, 1.0, 9)
    kinds = [ending(IMMUNE.replace(angle=angle), BEST) for angle in angles]
    panels["endings"] = xr.Dataset({"kind": ("angle", kinds)}, coords={"angle": angles})
    return {**panels, **_runs_3(panels["cut published"], threads)}


def _runs_3(cut: xr.Dataset, threads: int) -> Panels:
    """Runs with a complex J₁ and both modes entangled, with both noises and driven from either side."""
    place = float(cut["shifted"][int(np.nanargmax(cut["E_l"].values))]) / DECAY
    systems = {
        "forward": BETWEEN,
        "reversed": BETWEEN.reversed(),
        "consistent": BETWEEN.replace(noise="consistent"),
    }
    return {f"run {name}": run(system, place, threads) for name, system in systems.items()}


def figure_4(threads: int) -> Panels:
    """The largest E_N,r and the least T over β and η/ε; along β_Im; and after switch-on."""
    panels: dict[str, xr.Dataset] = {}
    for noise in NOISES:
        rows = [_of_size(ratio, noise, threads) for ratio in RATIOS]
        panels[f"size {noise}"] = xr.concat(rows, xr.IndexVariable("ratio", RATIOS))
        panels[f"defect {noise}"] = best(over_detuning(DEFECTIVE.replace(noise=noise), COARSE_RED, [E_R, T], threads))
    for ratio in (0.5, 1.5):
        system = IMMUNE.replace(nanoparticle=ratio * DECAY)
        place, _ = optimum(over_detuning(system, COARSE_RED, [E_R], threads))
        panels[f"run {ratio} forward"] = run(system, place, threads)
        panels[f"run {ratio} reversed"] = run(system.reversed(), place, threads)
        panels[f"run {ratio} consistent"] = run(system.replace(noise="consistent"), place, threads)
    return panels


def _of_size(ratio: float, noise: str, threads: int) -> xr.Dataset:
    system = IMMUNE.replace(nanoparticle=ratio * DECAY, noise=noise)
    return best(over_detuning(system, COARSE_RED, [E_R, T], threads, angle=COARSE_ANGLES))


def figure_5(threads: int) -> Panels:
    """E_N,r and T over Δ with two and three random defects; other draws; heat and loss; and after switch-on."""
    rng = np.random.default_rng(SEED)
    panels: dict[str, xr.Dataset] = {}
    for count in (2, 3):
        draws = [draw(rng, count) for _ in range(DRAWS)]
        panels |= _first(draws[0], count, threads)
        panels[f"{count} draws"] = _all(draws, threads)
    return panels | {f"survival {noise}": _survival(noise, threads) for noise in NOISES}


def _survival(noise: str, threads: int) -> xr.Dataset:
    """Largest E_N,r over the detunings against temperature and against κ₀: immune, and with defects of some strengths.

    `place_*` are the Δ̃ of these, `alone_*` the shares of points (at equal Δ̃) where the immune resonator alone is
    entangled.
    """
    systems = {0.0: IMMUNE} | {each: DEFECTIVE.replace(defect=each * DECAY) for each in STRENGTHS}
    systems = {strength: system.replace(noise=noise) for strength, system in systems.items()}
    data: dict[str, xr.DataArray] = {}
    for name, axes in (("heat", {"temperature": TEMPERATURES}), ("loss", {"intrinsic_decay": LOSSES})):
        found = over_rates(systems, "strength", COARSE_RED[1:], [E_R], threads, **axes)["E_r"]
        data[name] = found.fillna(0.0).max("shifted")
        data[f"place_{name}"] = found.fillna(0.0).idxmax("shifted")
        data[f"alone_{name}"] = ((found.sel(strength=0.0) > 0) & (found == 0)).mean([*axes, "shifted"])
    return xr.Dataset(data)


def _first(chosen: Draw, count: int, threads: int) -> Panels:
    """Curves of the draw that is shown, with both noises, and its runs; the ideal resonator beside it."""
    systems = {"ideal": IDEAL, "defective": chosen.defective, "immune": chosen.immune}
    panels = {}
    for noise in NOISES:
        for name, system in systems.items():
            shifted = AXIS + float(system.scatterer_shift)
            panels[f"{count} {name} {noise}"] = over_detuning(system.replace(noise=noise), shifted, [E_R, T], threads)
    places = {name: optimum(panels[f"{count} {name} published"])[0] for name in systems}
    runs: dict[str, tuple[ScattererResonator, str]] = {
        "forward": (chosen.immune, "immune"),
        "reversed": (chosen.immune.reversed(), "immune"),
        "defective": (chosen.defective, "defective"),
        "consistent": (chosen.immune.replace(noise="consistent"), "immune"),
    }
    return panels | {f"run {count} {name}": run(system, places[at], threads) for name, (system, at) in runs.items()}


def _all(draws: list[Draw], threads: int) -> xr.Dataset:
    """Largest E_N,r of every draw: without and with the nanoparticle, and with one defect of the joint strength."""
    data = {
        name: ("draw", [_largest(getattr(each, name), threads) for each in draws])
        for name in ("defective", "immune", "single")
    }
    strength = ("draw", [each.strength for each in draws])
    return xr.Dataset({**data, "strength": strength, "ideal": _largest(IDEAL, threads)})


def _largest(system: ScattererResonator, threads: int) -> float:
    return optimum(over_detuning(system, COARSE_RED, [E_R], threads))[1]
