"""Data of Figs. 2-5: entanglement and steering of two microrings, steady and after switch-on.

The model is linear: trajectories have plain error bars. The estimate of a vanishing E_N or steering
is biased, because it is clipped at zero; runs therefore also hold −ln 2ν, which is not clipped.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ....analysis.measure_names import variable_name
from ....sde.support.checks import Array
from ....sde.systems.microrings import MHZ, Microrings
from ..curves import crossings
from ..paper import Panels
from ..shared_data import run_from_switch_on, steady_states

RINGS = Microrings.published()
WEAK = Microrings.published(coupling=15 * MHZ)
STEERED = Microrings.published(decay_a=2.5 * MHZ)
"""Fig. 5: κ_b = 2κ_a = 2π × 5 MHz."""
DECAY_RATIOS = (2.0, 0.5)
"""κ_b/κ_a of the trajectories of Fig. 4."""
DETUNINGS = MHZ * np.linspace(0.0, 200.0, 401)
PLANE = MHZ * np.linspace(-200.0, 200.0, 161)
COUPLINGS = MHZ * np.linspace(1.0, 40.0, 79)
DRIVES = MHZ * np.linspace(0.5, 20.0, 79)
DECAYS = MHZ * np.linspace(1.0, 15.0, 71)
BEST_DETUNINGS = MHZ * np.linspace(100.0, 120.0, 41)
"""Δ_a among which the best one is sought."""
RATIOS = np.linspace(0.3, 3.0, 271)
E_N = "log_negativity(a, b)"
A_STEERS_B = "steering(a, b)"
B_STEERS_A = "steering(b, a)"
E_NAME = variable_name(E_N)
AB_NAME = variable_name(A_STEERS_B)
BA_NAME = variable_name(B_STEERS_A)
CROSS = tuple(f"covariance(a.{one}, b.{other})" for one in "XY" for other in "XY")
"""Covariances between the rings."""
PEAK = 115 * MHZ
"""Δ_a at which the paper finds the largest entanglement."""
RUN = {"duration": 16 / RINGS.decay_a, "step": 0.02 / RINGS.decay_a, "trajectories": 32768}


def compute_figure_2(threads: int) -> Panels:
    """E_N over Δ_a, both couplings, both directions; runs at Δ_a/2π = 115 MHz."""
    axes = {"coupling": [WEAK.coupling, RINGS.coupling], "detuning_a": DETUNINGS}
    runs = {"forward_run": RINGS, "weak_run": WEAK}
    return {
        "forward": steady_states(RINGS, axes, [E_N], threads),
        "backward": steady_states(RINGS.backward(), axes, [E_N], threads),
        **{
            name: run_from_switch_on(rings, [E_N], threads=threads, **RUN)
            for name, rings in runs.items()
        },
        "backward_run": run_from_switch_on(RINGS.backward(), [E_N, *CROSS], threads=threads, **RUN),
    }


def compute_figure_3(threads: int) -> Panels:
    """E_N over detunings, over J and Ω_b, over decay rates; a run at the largest one."""
    plane = steady_states(RINGS, {"detuning_a": PLANE, "detuning_b": PLANE}, [E_N], threads)
    best = largest(plane[E_NAME])
    rings = RINGS.replace(
        detuning_a=float(best["detuning_a"]), detuning_b=float(best["detuning_b"])
    )
    duration = 1 / float(plane["margin"].sel(best.coords))
    run = run_from_switch_on(
        rings, [E_N], duration=duration, step=duration / 600, trajectories=16384, threads=threads
    )
    return {
        "a": plane,
        "b": steady_states(
            RINGS, {"coupling": COUPLINGS, "two_photon_drive": DRIVES}, [E_N], threads
        ),
        "c": steady_states(RINGS, {"decay_a": DECAYS, "decay_b": DECAYS}, [E_N], threads),
        "followed": _best_over_detuning_a(RINGS, E_N, threads),
        "run": run,
    }


def compute_figure_4(threads: int) -> Panels:
    """Steering over the decay rates, and over κ_b/κ_a with κ_a/2π = 5 MHz; runs."""
    runs = {
        f"run {share}": run_from_switch_on(
            RINGS.replace(decay_b=share * RINGS.decay_a),
            [E_N, A_STEERS_B, B_STEERS_A],
            threads=threads,
            **RUN,
        )
        for share in DECAY_RATIOS
    }
    return runs | {
        "ab": steady_states(
            RINGS, {"decay_a": DECAYS, "decay_b": DECAYS}, [A_STEERS_B, B_STEERS_A], threads
        ),
        "cd": _along("decay_b", RATIOS * RINGS.decay_a, RINGS, threads),
    }


def compute_figure_5(threads: int) -> Panels:
    """Steering over detunings, and over J and Ω_b; all measures over Δ_b/Δ_a; a run."""
    ratios = -np.linspace(0.5, 1.5, 401)
    return {
        "a": steady_states(
            STEERED, {"detuning_a": PLANE, "detuning_b": PLANE}, [A_STEERS_B], threads
        ),
        "b": steady_states(
            STEERED, {"coupling": COUPLINGS, "two_photon_drive": DRIVES}, [A_STEERS_B], threads
        ),
        "followed": _best_over_detuning_a(STEERED, A_STEERS_B, threads),
        "cd": _along("detuning_b", ratios * STEERED.detuning_a, STEERED, threads),
        "run": run_from_switch_on(STEERED, [E_N, A_STEERS_B, B_STEERS_A], threads=threads, **RUN),
    }


def _best_over_detuning_a(rings: Microrings, measure: str, threads: int) -> xr.Dataset:
    """Largest value over Δ_a for every J and Ω_b at which all Δ_a have a steady state."""
    axes = {
        "coupling": COUPLINGS[::4],
        "two_photon_drive": DRIVES[::4],
        "detuning_a": BEST_DETUNINGS,
    }
    found = steady_states(rings, axes, [measure], threads)
    return found.max("detuning_a").where(found["stable"].all("detuning_a"))


def _along(name: str, values: Array, rings: Microrings, threads: int) -> xr.Dataset:
    """All measures and the populations over values (n,) of one parameter."""
    return steady_states(
        rings, {name: values}, [E_N, A_STEERS_B, B_STEERS_A, "populations"], threads
    )


def largest(plane: xr.DataArray) -> xr.DataArray:
    """Largest value over Δ_a > 0 and Δ_b, with its coordinates."""
    half = plane.sel(detuning_a=slice(0.0, None))
    i, j = np.unravel_index(np.nanargmax(half.values), half.shape)
    return half[int(i), int(j)]


def bogoliubov() -> tuple[float, float, float]:
    """Δ_β, J₊ and J₋ in MHz.

    From the drift in the quadratures e^s X_b and e^−s Y_b, which rotate like those of one mode.
    """
    A = np.asarray(RINGS.model().mean_level.A) / MHZ
    s = 0.25 * np.log(-A[3, 2] / A[2, 3])
    T = np.diag([1.0, 1.0, np.exp(s), np.exp(-s)])
    turned = T @ A @ np.linalg.inv(T)
    swap = (turned[0, 3] - turned[1, 2]) / 2
    pairs = (turned[0, 3] + turned[1, 2]) / 2
    return turned[2, 3], swap, pairs


def coupling_for(height: float) -> float:
    """J/2π in MHz at which E_N at Δ_a/2π = 115 MHz has this value."""
    couplings = MHZ * np.linspace(5, 40, 351)
    values = steady_states(RINGS, {"coupling": couplings}, [E_N], 1)[E_NAME].values
    return float(crossings(couplings, values, height)[0]) / MHZ
