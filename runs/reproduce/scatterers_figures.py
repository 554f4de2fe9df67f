"""The figures of the scatterers' paper computed; `scatterers_plates` draws them, `scatterers`
judges what they show.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde import propagate_moments
from ...sde.systems.scatterers import ScattererResonator
from ...steady import fixed_points
from .paper import Panels, crossings
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
    Tied,
    as_kind,
    best,
    draw,
    ending,
    exponent,
    largest,
    operating,
    optimum,
    over_detuning,
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
COARSE_RED, MAPPED_RED, WARM_RED = RED[::3], RED[::6], RED[2::2]
SIZES = (0.5, 1.2)
"""η/ε of runs in Fig. 4, off the ideal one on either side, with different |J₁|."""
TEMPERATURES = np.geomspace(0.05, 100.0, 29)
LOSSES = DECAY * np.geomspace(0.05, 5.0, 17)
LEVELS = (0.0, 1e-3)
"""E_N whose limits in heat and loss are sought: of any size, and of some use."""
STRENGTHS = (1.0, 2.0, 3.0)
"""ε/Γ of defects against heat and loss."""
SEED, DRAWS = 2025, 30
KICKS = (3e4, 1e5, 3e5, 6e5, 1e6)
"""Momenta, in zero-point units, from which the mean field starts."""


def figure_1(threads: int) -> Panels:
    """Photons of the clockwise mode over Δ̃ and the defect's rate, and over Δ̃ and the
    nanoparticle's angle.
    """
    shifted = DECAY * np.linspace(-3.0, 3.0, 181)
    return {
        "c": over_detuning(
            DEFECTIVE, shifted, [N_R], threads, defect=DECAY * np.linspace(0.0, 3.0, 61)
        ),
        "d": over_detuning(IMMUNE, shifted, [N_R], threads, angle=ANGLES),
    }


def figure_2(threads: int) -> Panels:
    """E_N, T and |G| over Δ for three resonators, their best values over β, and what happens after
    switch-on.
    """
    panels: dict[str, xr.Dataset] = {}
    for noise in NOISES:
        for name, system in RESONATORS.items():
            shifted = AXIS + float(system.scatterer_shift)
            panels[f"{name} {noise}"] = over_detuning(
                system.replace(noise=noise), shifted, [E_R, E_L, T, G_R, G_L], threads
            )
    around = over_detuning(IMMUNE, RED, [E_R, E_L, T, G_R, G_L], threads, angle=ANGLES)
    warmer = over_detuning(
        IMMUNE.replace(noise="consistent"), COARSE_RED, [E_R, E_L], threads, angle=ANGLES
    )
    panels |= {"angles published": best(around), "angles consistent": best(warmer)}
    panels["printed"] = _printed()
    panels["doubled"] = best(
        over_detuning(DEFECTIVE.replace(defect=2 * DECAY), RED, [E_R], threads)
    )
    panels["endings"] = xr.Dataset(
        {"kind": ("momentum", [ending(IMMUNE, BEST, kick) for kick in KICKS])},
        coords={"momentum": list(KICKS)},
    )
    return {**panels, **_runs_2(panels, threads)}


def _printed() -> xr.Dataset:
    """The largest E_N,r over β by Eq. (9) as printed."""
    values = printed_entanglement(IMMUNE.replace(angle=ANGLES[:, None]), COARSE_RED / DECAY)
    return xr.Dataset(
        {"E_r": ("angle", np.fmax(values, 0.0).max(axis=-1))}, coords={"angle": ANGLES}
    )


def _runs_2(panels: Panels, threads: int) -> Panels:
    """Runs where E_N,r is largest, with both noises; and with a complex J₁, driven from either
    side.
    """
    runs = {}
    for noise in NOISES:
        for name, system in RESONATORS.items():
            place, _ = optimum(panels[f"{name} published"])
            runs[f"run {name} {noise}"] = run(system.replace(noise=noise), place, threads)
    between = over_detuning(BETWEEN, RED, [E_R, E_L], threads)
    place, _ = optimum(between)
    for way, system in (("forward", BETWEEN), ("reversed", BETWEEN.reversed())):
        runs[f"run {way}"] = run(system, place, threads)
    return runs | {
        "between": between,
        "between reversed": over_detuning(BETWEEN.reversed(), RED, [E_R, E_L], threads),
    }


def figure_3(threads: int) -> Panels:
    """E_N of both optical modes and T: over β and Δ, and over β and ε = η at the best detunings."""
    panels: dict[str, xr.Dataset] = {}
    shifted = AXIS[::2] + float(IMMUNE.scatterer_shift)
    tied = {"defect": RATES, "angle": ANGLES}
    for noise in NOISES:
        system = IMMUNE.replace(noise=noise)
        panels[f"detuning {noise}"] = over_detuning(
            system, shifted, [E_R, E_L, T], threads, angle=ANGLES
        )
        at_best = over_detuning(
            as_kind(system, Tied), np.array([BEST * DECAY]), [E_R, E_L], threads, **tied
        )
        panels[f"rate {noise}"] = at_best.squeeze("shifted", drop=True).rename(defect="rate")
        panels[f"cut {noise}"] = over_detuning(
            BETWEEN.replace(noise=noise), RED, [E_R, E_L], threads
        )
    dip = over_detuning(as_kind(IMMUNE, Tied), np.array([0.0]), [T], threads, **tied)
    panels["dip"] = dip.squeeze("shifted", drop=True).rename(defect="rate")
    return {**panels, **_edge(), **_runs_3(panels["cut published"], threads)}


def _edge() -> Panels:
    """Where the fixed point at the best Δ̃ gains stability as β grows, and what the light ends in
    on either side.
    """
    angles = np.linspace(0.0, IMMUNE_ANGLE, 201)
    margin = fixed_points(operating(IMMUNE.replace(angle=angles), BEST))["margin"].values[:, 0]
    (edge,) = crossings(angles, margin)
    tried = edge * np.array([0.0, 0.5, 0.98, 1.02])
    kinds = [ending(IMMUNE.replace(angle=angle), BEST) for angle in tried]
    return {
        "endings": xr.Dataset(
            {"kind": ("angle", kinds)}, coords={"angle": tried}, attrs={"edge": edge}
        )
    }


def _runs_3(cut: xr.Dataset, threads: int) -> Panels:
    """Runs with a complex J₁ and both modes entangled, with both noises and driven from either
    side.
    """
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
    sizes = {"nanoparticle": RATIOS * DECAY, "angle": ANGLES[::2]}
    for noise, measures in zip(NOISES, ([E_R, T], [E_R]), strict=True):
        of_size = best(
            over_detuning(IMMUNE.replace(noise=noise), MAPPED_RED, measures, threads, **sizes)
        )
        of_size = of_size.rename(nanoparticle="ratio").assign_coords(ratio=RATIOS)
        panels[f"size {noise}"] = of_size
        panels[f"defect {noise}"] = best(
            over_detuning(DEFECTIVE.replace(noise=noise), MAPPED_RED, measures, threads)
        )
    for ratio in SIZES:
        system = IMMUNE.replace(nanoparticle=ratio * DECAY)
        place, _ = optimum(over_detuning(system, COARSE_RED, [E_R], threads))
        panels[f"run {ratio} forward"] = run(system, place, threads)
        panels[f"run {ratio} reversed"] = run(system.reversed(), place, threads)
        panels[f"run {ratio} consistent"] = run(system.replace(noise="consistent"), place, threads)
    return panels


def figure_5(threads: int) -> Panels:
    """E_N,r and T over Δ with two and three random defects; other draws; heat and loss; and after
    switch-on.
    """
    rng = np.random.default_rng(SEED)
    panels: dict[str, xr.Dataset] = {}
    for count in (2, 3):
        draws = draw(rng, count, DRAWS)
        panels |= _first(Draw(draws.rates[0, 0], draws.angles[0, 0]), count, threads)
        panels[f"{count} draws"] = _all(draws)
    return panels | {f"survival {noise}": _survival(noise, threads) for noise in NOISES}


def _survival(noise: str, threads: int) -> xr.Dataset:
    """The largest −ln 2ν⁻ over the detunings against temperature and κ₀: immune, and with defects
    of some strengths.

    `place_*` are the Δ̃ of these, `limit_*` where they fall below the levels, and `alone_*` the
    shares of points (at equal Δ̃) where the immune resonator alone is entangled.
    """
    systems = {0.0: IMMUNE} | {each: DEFECTIVE.replace(defect=each * DECAY) for each in STRENGTHS}
    systems = {strength: system.replace(noise=noise) for strength, system in systems.items()}
    data: dict[str, xr.DataArray] = {}
    for name, axes in (
        ("heat", {"temperature": TEMPERATURES}),
        ("loss", {"intrinsic_decay": LOSSES}),
    ):
        rows = [
            over_detuning(system, WARM_RED, [exponent], threads, **axes)["exponent"]
            for system in systems.values()
        ]
        found = xr.concat(rows, xr.IndexVariable("strength", list(systems)))
        data[name] = found.max("shifted")
        data[f"place_{name}"] = found.idxmax("shifted")
        ends = [
            _limits(system, data[name].sel(strength=each), threads)
            for each, system in systems.items()
        ]
        data[f"limit_{name}"] = xr.DataArray(
            ends, coords={"strength": list(systems), "level": list(LEVELS)}
        )
        data[f"alone_{name}"] = ((found.sel(strength=0.0) > 0) & (found <= 0)).mean(
            [*axes, "shifted"]
        )
    return xr.Dataset(data)


def _limits(system: ScattererResonator, coarse: xr.DataArray, threads: int) -> list[float]:
    """The values of a parameter from which −ln 2ν⁻ is below the levels, between its coarse points;
    infinite beyond.
    """
    (axis,) = map(str, coarse.dims)
    ends = []
    for level in LEVELS:
        last = int(np.flatnonzero(coarse.values > level)[-1])
        if last == coarse.size - 1:
            ends.append(np.inf)
            continue
        low, high = coarse[axis].values[last : last + 2]
        near = np.geomspace(low, high, 9)
        fine = over_detuning(system, WARM_RED, [exponent], threads, **{axis: near})["exponent"].max(
            "shifted"
        )
        ends.append(float(np.exp(crossings(np.log(near), fine.values, level)[-1])))
    return ends


def _first(chosen: Draw, count: int, threads: int) -> Panels:
    """Curves of the draw that is shown, with both noises, and its runs; the ideal resonator beside
    it.
    """
    systems = {"ideal": IDEAL, "defective": chosen.defective, "immune": chosen.immune}
    panels = {}
    for noise in NOISES:
        for name, system in systems.items():
            shifted = AXIS + float(system.scatterer_shift)
            panels[f"{count} {name} {noise}"] = over_detuning(
                system.replace(noise=noise), shifted, [E_R, T], threads
            )
    places = {name: optimum(panels[f"{count} {name} published"])[0] for name in systems}
    runs: dict[str, tuple[ScattererResonator, str]] = {
        "forward": (chosen.immune, "immune"),
        "reversed": (chosen.immune.reversed(), "immune"),
        "defective": (chosen.defective, "defective"),
        "consistent": (chosen.immune.replace(noise="consistent"), "immune"),
    }
    panels |= {
        f"run {count} {name}": run(system, places[at], threads)
        for name, (system, at) in runs.items()
    }
    return panels | {f"{count} start": _start(chosen.defective, places["defective"])}


def _start(system: ScattererResonator, place: float) -> xr.Dataset:
    """−ln 2ν⁻ of clockwise light and motion in the first 100 ns after switch-on, also with five
    times the κ₀.
    """
    lossy = system.replace(intrinsic_decay=5 * np.asarray(system.intrinsic_decay))
    found = [
        exponent(propagate_moments(operating(each, place), duration=1e-7, samples=200))
        for each in (system, lossy)
    ]
    return xr.Dataset({"own": found[0], "lossy": found[1]})


def _all(draws: Draw) -> xr.Dataset:
    """Largest E_N,r of every draw: without and with the nanoparticle, and with one defect of the
    joint strength.
    """
    data = {
        name: ("draw", largest(getattr(draws, name), COARSE_RED))
        for name in ("defective", "immune", "single")
    }
    strength = ("draw", draws.strength[:, 0] / DECAY)
    return xr.Dataset({**data, "strength": strength, "ideal": float(largest(IDEAL, COARSE_RED))})
