"""The figures of the spinning resonator's paper: computed; drawn in `spinning_plates`, judged in
`spinning`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from ...analysis import estimate, log_negativity, transposed_eigenvalues
from ...sde import simulate
from ...sde.systems.spinning import SpinningResonator
from ...steady import fixed_points, solve_lyapunov
from .panels import steady, switched_on
from .paper import Panels, peak

IDEAL = SpinningResonator.published(spin=0.0)
UNIT, DECAY = IDEAL.mechanical_frequency, IDEAL.decay
LOSSY = IDEAL.replace(backscattering=1.8 * DECAY)
"""J is printed nowhere: at 1.8κ spinning at 23·10³ rad/s raises E_N about 2.5 times, as the paper
says.
"""
SLOW, FAST = 8e3, 23e3
E, G, N = (
    "log_negativity(driven, mechanical)",
    "effective_coupling(driven, mechanical)",
    "photon_number(driven)",
)
E_NAME, G_NAME, N_NAME = (
    "log_negativity_driven_mechanical",
    "effective_coupling_driven_mechanical",
    "photon_number_driven",
)
NARROW, WIDE = UNIT * np.linspace(0.0, 2.0, 401), UNIT * np.linspace(-3.0, 4.0, 701)
COARSE = WIDE[::5]
COUPLINGS, SPINS = DECAY * np.linspace(0.0, 3.0, 21), FAST / 8 * np.arange(-11.0, 12.0)
TEMPERATURES = np.concatenate(
    [np.geomspace(0.01, 0.3, 7), np.linspace(0.35, 0.65, 13), np.geomspace(0.75, 50.0, 13)]
)
RUN = {"duration": 120 / UNIT, "step": 0.004 / UNIT, "trajectories": 2048}
EQUAL = 0.27
"""Δ_c/ω_m at which the paper finds photon numbers equal."""
WAYS = {"static": 0.0, "forward": SLOW, "reversed": -SLOW}


def exponent(found: xr.Dataset) -> xr.DataArray:
    """−ln 2ν⁻ of light and motion, whose positive part is E_N."""
    nu = transposed_eigenvalues(found["covariance"], "driven", "mechanical", "ignore").isel(
        eigenvalue=0, drop=True
    )
    signed: xr.DataArray = -xr.apply_ufunc(np.log, 2 * nu)
    return signed


CURVES: list[Any] = [E, N, exponent]
MAPS: list[Any] = [exponent, G]
"""Measures along a line and over a plane."""


def figure_1(_threads: int) -> Panels:
    """The Sagnac shift over the spin, both directions."""
    spins = np.linspace(0.0, FAST, 24)
    ways = {"forward": spins, "reversed": -spins}
    data = {way: ("spin", IDEAL.replace(spin=signed).sagnac_shift) for way, signed in ways.items()}
    return {"b": xr.Dataset(data, coords={"spin": spins})}


def figure_2(threads: int) -> Panels:
    """E_N and photon numbers over the detuning at rest and spinning, both directions; and after
    switch-on.
    """
    curves = {
        way: steady(IDEAL, {"spin": [spin], "detuning": NARROW}, CURVES, threads).squeeze("spin")
        for way, spin in WAYS.items()
    }
    runs = {}
    for way, spin in WAYS.items():
        place = peak(curves[way][E_NAME], "detuning")[0]
        runs[f"{way} run"] = _run(IDEAL.replace(spin=spin), place, threads)
    lights = {
        f"{way} light": _light(IDEAL.replace(spin=WAYS[way], detuning=EQUAL * UNIT), threads)
        for way in ("forward", "reversed")
    }
    return (
        curves | runs | lights | {"side run": _run(IDEAL.replace(spin=SLOW), 0.6 * UNIT, threads)}
    )


def _run(system: SpinningResonator, place: float, threads: int) -> xr.Dataset:
    """E_N of full trajectories after switch-on at a detuning, which is kept with it."""
    return switched_on(system.replace(detuning=place), [E], threads=threads, **RUN).assign_coords(
        detuning=place
    )


def _light(system: SpinningResonator, threads: int) -> xr.Dataset:
    """Photons of the driven mode, and E_N, of full trajectories after switch-on, with standard
    errors.
    """
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
    spread = sum(
        run["covariance"].sel(quadrature=label, quadrature_=label).values for label in pair
    )
    found = estimate(run, E, physical="ignore")
    data = {
        "photons": ("time", (mean**2).sum(axis=-1) / 2 + (spread - 1) / 2),
        "photons_stderr": ("time", np.sqrt(((mean * error) ** 2).sum(axis=-1))),
        E: found["value"],
        f"{E}_stderr": found["stderr"],
        f"{E}_linear": found["linear"],
        f"{E}_signed_linear": found["linear_signed"],
    }
    return xr.Dataset(data, coords={"time": run["time"]})


def figure_3(threads: int) -> Panels:
    """E_N and |G| over the detuning with backscattering, at rest and spinning; maps; what J and
    heat do; runs.
    """
    systems = {
        "ideal": IDEAL,
        "lossy": LOSSY,
        "forward": LOSSY.replace(spin=FAST),
        "reversed": LOSSY.replace(spin=-FAST),
    }
    curves = {
        name: steady(system, {"detuning": WIDE}, [E, G], threads)
        for name, system in systems.items()
    }
    axes = {"backscattering": COUPLINGS, "spin": SPINS, "detuning": COARSE}
    every = steady(IDEAL, axes, MAPS, threads)
    best = vertex(every["exponent"])
    lossy = every.sel(backscattering=LOSSY.backscattering, method="nearest").transpose(
        "detuning", "spin"
    )
    runs = {
        f"{name} run": _run(systems[name], peak(curves[name][E_NAME], "detuning")[0], threads)
        for name in ("lossy", "forward", "reversed")
    }
    return (
        curves
        | runs
        | {
            "e": xr.Dataset({G_NAME: lossy[G_NAME].where(lossy["stable"])}),
            "f": best.assign(
                revival=best["largest"] / best["largest"].sel(backscattering=0.0, spin=0.0),
                physicality=every["physicality"].min("detuning"),
            ),
            "j": _over_coupling(best["largest"]),
            "heat": xr.Dataset({name: _heat(system, threads) for name, system in systems.items()}),
        }
    )


def vertex(values: xr.DataArray) -> xr.Dataset:
    """The largest positive value over the detuning and its place, on the quartic through the five
    points around it.

    At the edge of the steady states, the best point itself; place is NaN, and largest 0, where
    nothing is positive.
    """
    curves = values.transpose(..., "detuning")
    grid, padding = curves["detuning"].values, [(0, 0)] * (curves.ndim - 1) + [(2, 2)]
    best = np.where(np.isnan(curves.values), -np.inf, curves.values).argmax(axis=-1)
    padded = np.pad(curves.values, padding, constant_values=np.nan)
    five = np.take_along_axis(padded, best[..., None] + np.arange(5), -1)
    between, nodes = np.linspace(-1.0, 1.0, 201), np.arange(-2.0, 3.0)
    quartics = five @ (np.vander(between, 5) @ np.linalg.inv(np.vander(nodes, 5))).T
    inside = np.isfinite(five).all(axis=-1)
    height = np.where(inside, quartics.max(axis=-1), five[..., 2])
    shift = np.where(inside, between[quartics.argmax(axis=-1)], 0.0)
    place = np.where(height > 0, grid[best] + shift * (grid[1] - grid[0]), np.nan)
    over = curves.isel(detuning=0, drop=True)
    return xr.Dataset(
        {"largest": over.copy(data=np.fmax(height, 0.0)), "place": over.copy(data=place)}
    )


def _over_coupling(largest: xr.DataArray) -> xr.Dataset:
    """Largest E_N over the detuning for every J: at rest, and at ±23·10³ rad/s whichever is larger."""
    spinning = largest.sel(spin=[-FAST, FAST], method="nearest").max("spin")
    return xr.Dataset({"static": largest.sel(spin=0.0, drop=True), "spinning": spinning})


def _heat(system: SpinningResonator, threads: int) -> xr.DataArray:
    """−ln 2ν⁻ over temperature and detuning."""
    return steady(system, {"temperature": TEMPERATURES, "detuning": COARSE}, MAPS[:1], threads)[
        "exponent"
    ]


def effective_detunings(system: SpinningResonator) -> tuple[float, float]:
    """Detunings in ω_m of the driven and of the reflected mode, with the Sagnac shift and the
    radiation pressure's.
    """
    q = float(fixed_points(system)["mean"].isel(branch=0).sel(quadrature="mechanical.q"))
    pulled = system.detuning - system.single_photon_coupling * q
    return float(pulled + system.sagnac_shift) / UNIT, float(pulled - system.sagnac_shift) / UNIT


def without(system: SpinningResonator, mode: int) -> tuple[float, float]:
    """Growth rate in ω_m, and E_N (NaN if it grows), if light 0 or 1 did not couple to the motion
    at this point.
    """
    A, D = (
        fixed_points(system)["drift_matrix"].values[0].copy(),
        np.asarray(system.model().diffusion),
    )
    light, motion = slice(2 * mode, 2 * mode + 2), slice(4, 6)
    A[light, motion] = A[motion, light] = 0.0
    growth = float(np.linalg.eigvals(A).real.max()) / UNIT
    return growth, float(log_negativity(solve_lyapunov(A, D), 0, 2)) if growth < 0 else np.nan


def physicality(panels: Panels) -> float:
    """The least eigenvalue of V + iΩ/2 of all steady states of a figure."""
    return min(
        float(panel["physicality"].min()) for panel in panels.values() if "physicality" in panel
    )
