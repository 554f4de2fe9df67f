"""Data of Figs. 1-3: Sagnac shift, entanglement with and without backscattering, heat, runs."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....analysis import estimate, log_negativity
from ....analysis.measure_names import variable_name
from ....sde import simulate
from ....sde.systems.spinning import SpinningResonator
from ....steady import fixed_points, solve_lyapunov
from ..curves import peak
from ..paper import Panels
from ..shared_data import exponent_of, run_from_switch_on, steady_states

IDEAL = SpinningResonator.published(spin=0.0)
UNIT = IDEAL.mechanical_frequency
DECAY = IDEAL.decay
LOSSY = IDEAL.replace(backscattering=1.8 * DECAY)
"""J is printed nowhere; at 1.8κ a spin of 23·10³ rad/s raises E_N 2.5 times, as in the paper."""
SLOW_SPIN = 8e3
FAST_SPIN = 23e3
DEVICES = {
    "ideal": IDEAL,
    "lossy": LOSSY,
    "forward": LOSSY.replace(spin=FAST_SPIN),
    "reversed": LOSSY.replace(spin=-FAST_SPIN),
}
"""The resonators of Fig. 3."""
SPIN_BY_WAY = {"static": 0.0, "forward": SLOW_SPIN, "reversed": -SLOW_SPIN}
"""The spins of Fig. 2, rad/s."""
E_N = "log_negativity(driven, mechanical)"
COUPLING = "effective_coupling(driven, mechanical)"
PHOTONS = "photon_number(driven)"
E_NAME = variable_name(E_N)
G_NAME = variable_name(COUPLING)
N_NAME = variable_name(PHOTONS)
EXPONENT = exponent_of("driven", "mechanical")
DETUNINGS = UNIT * np.linspace(0.0, 2.0, 401)
WIDE_DETUNINGS = UNIT * np.linspace(-3.0, 4.0, 701)
COARSE_DETUNINGS = WIDE_DETUNINGS[::5]
COUPLINGS = DECAY * np.linspace(0.0, 3.0, 21)
SPINS = FAST_SPIN / 8 * np.arange(-11.0, 12.0)
TEMPERATURES = np.concatenate(
    [np.geomspace(0.01, 0.3, 7), np.linspace(0.35, 0.65, 13), np.geomspace(0.75, 50.0, 13)]
)
EQUAL_PHOTONS = 0.27
"""Δ_c/ω_m at which the paper finds photon numbers equal."""
RUN = {"duration": 120 / UNIT, "step": 0.004 / UNIT, "trajectories": 2048}


def compute_figure_1(_threads: int) -> Panels:
    """Sagnac shift over the spin, both directions."""
    spins = np.linspace(0.0, FAST_SPIN, 24)
    ways = {"forward": spins, "reversed": -spins}
    data = {way: ("spin", IDEAL.replace(spin=signed).sagnac_shift) for way, signed in ways.items()}
    return {"b": xr.Dataset(data, coords={"spin": spins})}


def compute_figure_2(threads: int) -> Panels:
    """E_N and photon numbers over the detuning, at rest and spinning both ways; runs."""
    panels = {}
    for way, spin in SPIN_BY_WAY.items():
        axes = {"spin": [spin], "detuning": DETUNINGS}
        found = steady_states(IDEAL, axes, [E_N, PHOTONS, EXPONENT], threads)
        panels[way] = found.squeeze("spin")
    for way, spin in SPIN_BY_WAY.items():
        place = peak(panels[way][E_NAME], "detuning")[0]
        panels[f"{way} run"] = _run_at(IDEAL.replace(spin=spin), place, threads)
    for way in ("forward", "reversed"):
        system = IDEAL.replace(spin=SPIN_BY_WAY[way], detuning=EQUAL_PHOTONS * UNIT)
        panels[f"{way} light"] = _photon_run(system, threads)
    panels["side run"] = _run_at(IDEAL.replace(spin=SLOW_SPIN), 0.6 * UNIT, threads)
    return panels


def _run_at(system: SpinningResonator, place: float, threads: int) -> xr.Dataset:
    """E_N after switch-on at a detuning, with the detuning as a coordinate."""
    run = run_from_switch_on(system.replace(detuning=place), [E_N], threads=threads, **RUN)
    return run.assign_coords(detuning=place)


def _photon_run(system: SpinningResonator, threads: int) -> xr.Dataset:
    """Photons of the driven mode, and E_N, of trajectories after switch-on; over time."""
    run = simulate(
        system,
        trajectories=1024,
        duration=160 / UNIT,
        step=0.002 / UNIT,
        scheme="exponential",
        antithetic=True,
        samples=400,
        seed=1,
        threads=threads,
    )
    pair = ["driven.X", "driven.Y"]
    mean, error = (run[name].sel(quadrature=pair).values for name in ("mean", "mean_stderr"))
    V = run["covariance"]
    spread = sum(V.sel(quadrature=label, quadrature_=label).values for label in pair)
    found = estimate(run, E_N, physical="ignore")
    data = {
        "photons": ("time", (mean**2).sum(axis=-1) / 2 + (spread - 1) / 2),
        "photons_stderr": ("time", np.sqrt(((mean * error) ** 2).sum(axis=-1))),
        E_N: found["value"],
        f"{E_N}_stderr": found["stderr"],
        f"{E_N}_linear": found["linear"],
        f"{E_N}_signed_linear": found["linear_signed"],
    }
    return xr.Dataset(data, coords={"time": run["time"]})


def compute_figure_3(threads: int) -> Panels:
    """E_N and |G| over the detuning with backscattering; maps; effects of J and heat; runs."""
    panels = {}
    for name, system in DEVICES.items():
        axes = {"detuning": WIDE_DETUNINGS}
        panels[name] = steady_states(system, axes, [E_N, COUPLING], threads)
    for name in ("lossy", "forward", "reversed"):
        place = peak(panels[name][E_NAME], "detuning")[0]
        panels[f"{name} run"] = _run_at(DEVICES[name], place, threads)
    panels |= _maps(threads)
    panels["heat"] = xr.Dataset({name: _heat(each, threads) for name, each in DEVICES.items()})
    return panels


def _maps(threads: int) -> dict[str, xr.Dataset]:
    """Over J, spin and detuning: |G| at J = 1.8κ, the revival factor, largest E_N over J."""
    axes = {"backscattering": COUPLINGS, "spin": SPINS, "detuning": COARSE_DETUNINGS}
    found = steady_states(IDEAL, axes, [EXPONENT, COUPLING], threads)
    best = interpolated_maximum(found["exponent"])
    lossy = found.sel(backscattering=LOSSY.backscattering, method="nearest")
    lossy = lossy.transpose("detuning", "spin")
    revival = best["largest"] / best["largest"].sel(backscattering=0.0, spin=0.0)
    physicality = found["physicality"].min("detuning")
    return {
        "e": xr.Dataset({G_NAME: lossy[G_NAME].where(lossy["stable"])}),
        "f": best.assign(revival=revival, physicality=physicality),
        "j": _over_coupling(best["largest"]),
    }


def _over_coupling(largest: xr.DataArray) -> xr.Dataset:
    """Largest E_N over the detuning for every J: at rest, and at ±23·10³ rad/s the larger one."""
    spinning = largest.sel(spin=[-FAST_SPIN, FAST_SPIN], method="nearest").max("spin")
    return xr.Dataset({"static": largest.sel(spin=0.0, drop=True), "spinning": spinning})


def _heat(system: SpinningResonator, threads: int) -> xr.DataArray:
    """−ln 2ν⁻ over temperature and detuning."""
    axes = {"temperature": TEMPERATURES, "detuning": COARSE_DETUNINGS}
    return steady_states(system, axes, [EXPONENT], threads)["exponent"]


def interpolated_maximum(values: xr.DataArray) -> xr.Dataset:
    """Largest positive value over the detuning, and its place, of an interpolating quartic.

    The quartic passes through the best point and its two neighbours on either side; where one of
    these has no steady state, the best point is taken. Without a positive value, largest is 0 and
    place NaN.
    """
    curves = values.transpose(..., "detuning")
    grid = curves["detuning"].values
    padding = [(0, 0)] * (curves.ndim - 1) + [(2, 2)]
    best = np.where(np.isnan(curves.values), -np.inf, curves.values).argmax(axis=-1)
    padded = np.pad(curves.values, padding, constant_values=np.nan)
    five = np.take_along_axis(padded, best[..., None] + np.arange(5), -1)
    between = np.linspace(-1.0, 1.0, 201)
    nodes = np.arange(-2.0, 3.0)
    quartics = five @ (np.vander(between, 5) @ np.linalg.inv(np.vander(nodes, 5))).T
    inside = np.isfinite(five).all(axis=-1)
    height = np.where(inside, quartics.max(axis=-1), five[..., 2])
    shift = np.where(inside, between[quartics.argmax(axis=-1)], 0.0)
    place = np.where(height > 0, grid[best] + shift * (grid[1] - grid[0]), np.nan)
    over = curves.isel(detuning=0, drop=True)
    return xr.Dataset(
        {"largest": over.copy(data=np.fmax(height, 0.0)), "place": over.copy(data=place)}
    )


def value_at(panel: xr.Dataset, name: str, place: float) -> float:
    """Value of a variable at the detuning nearest to place, in ω_m."""
    return float(panel[name].sel(detuning=place * UNIT, method="nearest"))


def effective_detunings(system: SpinningResonator) -> tuple[float, float]:
    """Detunings, in ω_m, of the driven and the reflected mode, with Sagnac and radiation shift."""
    q = float(fixed_points(system)["mean"].isel(branch=0).sel(quadrature="mechanical.q"))
    pulled = system.detuning - system.single_photon_coupling * q
    return float(pulled + system.sagnac_shift) / UNIT, float(pulled - system.sagnac_shift) / UNIT


def without_light(system: SpinningResonator, mode: int) -> tuple[float, float]:
    """Growth rate, in ω_m, and E_N of the fixed point if optical mode 0 or 1 did not act on motion.

    E_N is NaN where the growth rate is positive.
    """
    A = fixed_points(system)["drift_matrix"].values[0].copy()
    D = np.asarray(system.model().diffusion)
    light = slice(2 * mode, 2 * mode + 2)
    motion = slice(4, 6)
    A[light, motion] = A[motion, light] = 0.0
    growth = float(np.linalg.eigvals(A).real.max()) / UNIT
    return growth, float(log_negativity(solve_lyapunov(A, D), 0, 2)) if growth < 0 else np.nan
