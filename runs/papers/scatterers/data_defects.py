"""Data of Fig. 5: random defects, and entanglement over temperature and loss."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....sde import propagate_moments
from ....sde.support.checks import Array
from ....sde.systems.scatterers import ScattererResonator
from ..curves import crossings
from ..paper import Panels
from ..shared_data import NOISES
from .data import COARSE_DETUNINGS, DETUNINGS, RED_DETUNINGS
from .random_defects import RandomDefects, draw_random_defects, largest_entanglement
from .systems import (
    DECAY,
    DEFECTIVE,
    E_R,
    EXPONENT,
    IDEAL,
    IMMUNE,
    T,
    at_shifted_detuning,
    optimum,
    over_detuning,
    run_at,
)

SEED = 2025
DRAWS = 30
HEAT_DETUNINGS = RED_DETUNINGS[2::2]
TEMPERATURES = np.geomspace(0.05, 100.0, 29)
LOSSES = DECAY * np.geomspace(0.05, 5.0, 17)
STRENGTHS = (1.0, 2.0, 3.0)
"""ε/Γ of defects, whose entanglement is followed over temperature and loss."""
LEVELS = (0.0, 1e-3)
"""Values of E_N,r whose limits in temperature and loss are sought."""


def compute_figure_5(threads: int) -> Panels:
    """E_N,r and T over Δ with two and three random defects; other draws; heat and loss; runs."""
    rng = np.random.default_rng(SEED)
    panels: dict[str, xr.Dataset] = {}
    for count in (2, 3):
        draws = draw_random_defects(rng, count, DRAWS)
        first = RandomDefects(draws.rates[0, 0], draws.angles[0, 0])
        panels |= _first_draw(first, count, threads)
        panels[f"{count} draws"] = _all_draws(draws)
    return panels | {f"survival {noise}": _heat_and_loss(noise, threads) for noise in NOISES}


def _first_draw(defects: RandomDefects, count: int, threads: int) -> Panels:
    """Curves and runs of one draw, with both noises; the ideal resonator beside it."""
    systems = {"ideal": IDEAL, "defective": defects.defective, "immune": defects.immune}
    panels: dict[str, xr.Dataset] = {}
    for noise in NOISES:
        for name, system in systems.items():
            noisy = system.replace(noise=noise)
            shifted = DETUNINGS + float(system.scatterer_shift)
            panels[f"{count} {name} {noise}"] = over_detuning(noisy, shifted, [E_R, T], threads)
    places = {name: optimum(panels[f"{count} {name} published"])[0] for name in systems}
    for name, (system, at) in _runs_of_a_draw(defects).items():
        panels[f"run {count} {name}"] = run_at(system, places[at], threads)
    panels[f"{count} start"] = _first_100_ns(defects.defective, places["defective"])
    return panels


def _runs_of_a_draw(defects: RandomDefects) -> dict[str, tuple[ScattererResonator, str]]:
    """Systems of runs by name, with the curve at whose maximum each is taken."""
    return {
        "forward": (defects.immune, "immune"),
        "reversed": (defects.immune.reversed(), "immune"),
        "defective": (defects.defective, "defective"),
        "consistent": (defects.immune.replace(noise="consistent"), "immune"),
    }


def _first_100_ns(system: ScattererResonator, place: float) -> xr.Dataset:
    """−ln 2ν⁻ of clockwise light and motion after switch-on; "lossy" with five times the κ₀."""
    lossy = system.replace(intrinsic_decay=5 * np.asarray(system.intrinsic_decay))
    data = {}
    for name, each in (("own", system), ("lossy", lossy)):
        chosen = at_shifted_detuning(each, place)
        data[name] = EXPONENT(propagate_moments(chosen, duration=1e-7, samples=200))
    return xr.Dataset(data)


def _all_draws(draws: RandomDefects) -> xr.Dataset:
    """Largest E_N,r of every draw, with and without nanoparticle, and of one joint defect."""
    data = {
        name: ("draw", largest_entanglement(system, COARSE_DETUNINGS))
        for name, system in draws.systems.items()
    }
    data["strength"] = ("draw", draws.strength[:, 0] / DECAY)
    return xr.Dataset({**data, "ideal": float(largest_entanglement(IDEAL, COARSE_DETUNINGS))})


def _heat_and_loss(noise: str, threads: int) -> xr.Dataset:
    """Largest −ln 2ν⁻ over Δ̃ against temperature and κ₀, immune (strength 0) and with defects.

    place_*: the Δ̃ of the largest value; limit_*: where it falls below the levels; alone_*:
    fraction of points, at equal Δ̃, at which the immune resonator alone is entangled.
    """
    systems = {0.0: IMMUNE} | {each: DEFECTIVE.replace(defect=each * DECAY) for each in STRENGTHS}
    systems = {strength: system.replace(noise=noise) for strength, system in systems.items()}
    data: dict[str, xr.DataArray] = {}
    for name, axis, values in (
        ("heat", "temperature", TEMPERATURES),
        ("loss", "intrinsic_decay", LOSSES),
    ):
        rows = [_exponents(system, axis, values, threads) for system in systems.values()]
        found = xr.concat(rows, xr.IndexVariable("strength", list(systems)))
        largest = found.max("shifted")
        alone = (found.sel(strength=0.0) > 0) & (found <= 0)
        ends = [_limits(each, largest.sel(strength=k), threads) for k, each in systems.items()]
        coords = {"strength": list(systems), "level": list(LEVELS)}
        data[name] = largest
        data[f"place_{name}"] = found.idxmax("shifted")
        data[f"limit_{name}"] = xr.DataArray(ends, coords=coords)
        data[f"alone_{name}"] = alone.mean([axis, "shifted"])
    return xr.Dataset(data)


def _exponents(system: ScattererResonator, axis: str, values: Array, threads: int) -> xr.DataArray:
    """−ln 2ν⁻ over values (n,) of a parameter and over Δ̃."""
    axes = {axis: values}
    return over_detuning(system, HEAT_DETUNINGS, [EXPONENT], threads, **axes)["exponent"]


def _limits(system: ScattererResonator, coarse: xr.DataArray, threads: int) -> list[float]:
    """Values of a parameter above which −ln 2ν⁻ is below each level; infinite if beyond its range.

    Interpolated on a finer scan around the last coarse point above the level.
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
        fine = _exponents(system, axis, near, threads).max("shifted")
        ends.append(float(np.exp(crossings(np.log(near), fine.values, level)[-1])))
    return ends
