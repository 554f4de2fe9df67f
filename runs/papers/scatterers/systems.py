"""The resonators of the paper, their steady states over the effective detuning, and runs.

Γ is the optical decay rate. Δ̃ = Δ + Δ_J is the effective detuning with the shift Δ_J of the
scatterers; it is called `shifted`, in rad/s, and `place`, in Γ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Self

import numpy as np
import xarray as xr

from ....analysis.measure_names import variable_name
from ....sde.initial_states import dark_state
from ....sde.model.gaussian_state import Gaussian
from ....sde.support.checks import Array
from ....sde.systems.scatterers import ScattererResonator
from ....steady import attractor, grid
from ....steady.grid_measures import Measure
from ..curves import peak
from ..shared_data import exponent_of, run_from_switch_on

IMMUNE = ScattererResonator.published()
IDEAL = IMMUNE.replace(defect=0.0, nanoparticle=0.0)
DEFECTIVE = IMMUNE.replace(nanoparticle=0.0)
BETWEEN = IMMUNE.replace(angle=np.pi / 16)
"""A nanoparticle halfway to β_Im: there J₁ is complex, and the directions could differ."""
RESONATORS = {"ideal": IDEAL, "defective": DEFECTIVE, "immune": IMMUNE}
UNIT = IMMUNE.mechanical_frequency
DECAY = float(IMMUNE.decay)
IMMUNE_ANGLE = np.pi / 8
BEST_DETUNING = 0.85
"""Δ̃/Γ at which the paper finds the largest entanglement."""
E_R = "log_negativity(cw, mechanical)"
E_L = "log_negativity(ccw, mechanical)"
G_R = "effective_coupling(cw, mechanical)"
G_L = "effective_coupling(ccw, mechanical)"
T = "transmission(cw_fibre)"
N_R = "photon_number(cw)"
SHORT = {E_R: "E_r", E_L: "E_l", G_R: "G_r", G_L: "G_l", T: "T", N_R: "N_r"}
"""Names of the measures in the data; r: clockwise, l: counter-clockwise light."""
EXPONENT = exponent_of("cw", "mechanical")
RUN = {"duration": 250 / UNIT, "step": 0.005 / UNIT, "trajectories": 1024}


class ShiftedResonator(ScattererResonator):
    """The resonator with Δ̃ as its effective detuning."""

    def at_effective_detuning(self, detuning: Any) -> Self:
        """The system with a fixed point at Δ̃, rad/s."""
        return super().at_effective_detuning(np.asarray(detuning, float) - self.scatterer_shift)

    def effective_detuning(self, mean: Array) -> Array:
        """Δ̃ of means (..., 6), shape (..., 1), rad/s."""
        shift = np.asarray(self.scatterer_shift)[..., None]
        return np.asarray(super().effective_detuning(mean) + shift)


class EqualScatterers(ShiftedResonator):
    """The same with a nanoparticle as strong as the defect; `nanoparticle` is not used."""

    @property
    def scatterers(self) -> list[tuple[Any, Any]]:
        """Defect and nanoparticle, both with the rate of the defect."""
        return [(self.defect, 0.0), (self.defect, self.angle)]


def as_class(system: ScattererResonator, kind: type[ShiftedResonator]) -> ShiftedResonator:
    """A system of another class with the same parameters."""
    return kind(**{field.name: getattr(system, field.name) for field in fields(system)})


def over_detuning(
    system: ScattererResonator,
    shifted: Array,
    measures: Sequence[Measure],
    threads: int,
    **axes: Array,
) -> xr.Dataset:
    """Measures over other parameters and over Δ̃ = shifted, rad/s, on the branch with this Δ̃.

    E_N is NaN where that branch is unstable. `branches` is the number of all branches.
    """
    if not isinstance(system, ShiftedResonator):
        system = as_class(system, ShiftedResonator)
    every = {**axes, "effective_detuning": shifted}
    found = grid(system, every, measures, threads, physical="ignore")
    names = [name for name in found.data_vars if set(found[name].dims) <= {*every, "branch"}]
    own = found[names].isel(branch=found["implied_branch"])
    own = own.drop_vars(["branch", "implied_branch", "kind"])
    own = own.rename({variable_name(each): SHORT[each] for each in SHORT if each in measures})
    own["branches"] = found["exists"].sum("branch")
    return own.rename(effective_detuning="shifted")


def extremes(found: xr.Dataset) -> xr.Dataset:
    """Over Δ̃: the largest E_N of steady states, the largest |G|, the least T; least physicality."""
    names = [name for name in ("E_r", "E_l", "G_r", "G_l") if name in found]
    data = {name: found[name].fillna(0.0).max("shifted") for name in names}
    data["physicality"] = found["physicality"].min()
    if "T" in found:
        data["T"] = found["T"].min("shifted")
    return xr.Dataset(data)


def optimum(found: xr.Dataset) -> tuple[float, float]:
    """Δ̃/Γ at which E_N,r is largest, and its value there."""
    return peak(found["E_r"], "shifted", DECAY)


def at_shifted_detuning(system: ScattererResonator, place: float | Array) -> ScattererResonator:
    """The system with a fixed point at Δ̃/Γ = place."""
    return system.at_effective_detuning(place * DECAY - np.asarray(system.scatterer_shift))


def run_at(system: ScattererResonator, place: float, threads: int) -> xr.Dataset:
    """E_N of both optical modes with the motion after switch-on at Δ̃/Γ = place."""
    chosen = at_shifted_detuning(system, place)
    return run_from_switch_on(chosen, [E_R, E_L], threads=threads, **RUN).assign_attrs(place=place)


def attractor_kind(system: ScattererResonator, place: float, kick: float = 0.0) -> str:
    """What the mean field settles to at Δ̃/Γ = place, from a momentum in zero-point units."""
    chosen = at_shifted_detuning(system, place)
    start = dark_state(chosen.model())
    mean = start.mean.copy()
    mean[..., -1] += kick
    kicked = Gaussian(mean, start.covariance, physical="ignore")
    return str(attractor(chosen, start=kicked)["kind"].values)
