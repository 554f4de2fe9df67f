"""The package's public functions on the workloads."""

from __future__ import annotations

import warnings

import numpy as np
import xarray as xr

from qlangevin.sde import Gaussian, Model, propagate_moments, simulate
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.schemes.step_forecast import StepWarning
from qlangevin.sde.terms import detune, drive, exchange, lose, press, rub
from qlangevin.steady import solve_lyapunov

from . import workloads
from .race import Engine, in_process
from .workloads import (
    EQUATIONS,
    LYAPUNOV_EQUATIONS,
    MOMENT_TIMES,
    SIZE,
    SPAN,
    STEP,
    STEPS,
    THREADS,
    TIMES,
    TRAJECTORIES,
    Array,
    Moments,
    stable_equations,
)

RAW, COUPLED, TWO_POINT = "ours, without twin", "ours, with twin", "ours, two-point without twin"
OURS = "ours"


def resonator() -> Model:
    """The model of the trajectories, by the package's verbs."""
    modes = ["driven", "reflected", "mechanical"]
    terms = [
        detune("driven", workloads.DELTA_1),
        detune("reflected", workloads.DELTA_2),
        detune("mechanical", workloads.OMEGA),
        exchange("driven", "reflected", workloads.EXCHANGE),
        press("driven", "mechanical", workloads.COUPLING),
        press("reflected", "mechanical", workloads.COUPLING),
        drive("driven", workloads.DRIVE),
        lose("driven", "driven_fibre", amplitude_rate=workloads.KAPPA),
        lose("reflected", "reflected_fibre", amplitude_rate=workloads.KAPPA),
        rub("mechanical", workloads.FRICTION, occupation=workloads.OCCUPATION),
    ]
    return Model.build(modes, terms)


def run(
    model: Model,
    *,
    twin: bool,
    increments: str = "gaussian",
    trajectories: int = TRAJECTORIES,
    steps: int = STEPS,
    samples: int = TIMES,
    threads: int = THREADS,
) -> xr.Dataset:
    """`simulate` from zero, at the step of the workload.

    Its warning about the bias of the step is suppressed: all engines have this bias.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StepWarning)
        return simulate(
            model,
            trajectories=trajectories,
            duration=steps * STEP,
            step=STEP,
            increments=increments,
            twin=twin,
            start=Gaussian(np.zeros(6), np.zeros((6, 6)), physical="ignore"),
            samples=samples,
            seed=1,
            threads=threads,
        )


def moments(result: xr.Dataset) -> Moments:
    """Sample means and covariances of the plain ensemble, with the bias of the step.

    These are what the other engines compute.
    """
    mean = result["mean"].values[1:]
    if "covariance_linear_sample" in result:
        coupled = (result["estimator"].values[1:] == "coupled")[:, None]
        mean = mean + np.where(
            coupled, (result["mean_step"] - result["mean_field"]).values[1:], 0.0
        )
    return Moments(
        mean, result["covariance_sample"].values[1:], int(result["batch_trajectories"].sum())
    )


def trajectory_engines() -> list[Engine]:
    """Gaussian increments with and without the linearised twin, and two-point increments."""
    model = resonator()
    forms = {
        RAW: {"twin": False},
        COUPLED: {"twin": True},
        TWO_POINT: {"twin": False, "increments": "two-point"},
    }
    work = TRAJECTORIES * STEPS
    return [
        in_process(name, work, lambda form=form: moments(run(model, **form)))
        for name, form in forms.items()
    ]


def linear_models() -> Model:
    """The moment equations as one batched linear model."""
    A, B, _ = stable_equations(EQUATIONS, SIZE)
    names = ("a", "b", "c")
    quadratures = tuple(f"{mode}.{axis}" for mode in names for axis in "XY")
    channels = tuple(f"channel {k}" for k in range(SIZE))
    Q, K = (Monomials(np.zeros((0, 1 + order), int), np.zeros((EQUATIONS, 0))) for order in (2, 3))
    return Model(names, quadratures, channels, np.zeros((EQUATIONS, SIZE)), A, Q, K, B, {})


def moment_engine() -> Engine:
    """`propagate_moments` of all equations at once."""
    model, start = (
        linear_models(),
        Gaussian(np.zeros(SIZE), np.zeros((SIZE, SIZE)), physical="ignore"),
    )

    def covariances() -> Array:
        result = propagate_moments(model, duration=SPAN, samples=MOMENT_TIMES, start=start)
        return np.moveaxis(result["covariance"].values[1:], 0, 1)

    return in_process(OURS, EQUATIONS, covariances)


def lyapunov_engine(n: int) -> Engine:
    """`solve_lyapunov` of all equations at once."""

    def covariances() -> Array:
        A, _, D = stable_equations(LYAPUNOV_EQUATIONS, n)
        return solve_lyapunov(A, D)

    return in_process(OURS, LYAPUNOV_EQUATIONS, covariances)
