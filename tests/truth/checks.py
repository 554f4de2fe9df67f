"""Comparisons by name: each returns the deviation ratio of a model, below 1 if it is right."""

from . import cases
from .comparisons import (
    deviation_ratio,
    ensemble,
    lyapunov_deviation_ratio,
    mean_deviation_ratio,
    moments_deviation_ratio,
    stationary_deviation_ratio,
)

EXACT_STEPS = {"scheme": "exponential", "twin": False, "trajectories": 2**17}
"""For linear models: no step bias, plain ensembles."""
SECOND_ORDER = {"scheme": "runge-kutta", "step": 0.02}
"""Coupled paths, no step bias in the linear part. Of the rest, with 32 times the trajectories,
steps of h, h/2 and h/4 move nothing by a fifth of the error bars here; on the same scale truncated
Wigner's error of the weak means is half.
"""
WEAK_KERR = {
    "K": 0.01,
    "epsilon": 6.0,
    "delta": 0.2,
    "occupation": 0.0,
    "duration": 3.0,
    "levels": 90,
}
WARM_KERR = {
    "K": 0.02,
    "epsilon": 3.0,
    "delta": 0.2,
    "occupation": 2.0,
    "duration": 3.0,
    "levels": 90,
}
STRONG_KERR = {
    "K": 1.0,
    "epsilon": 0.8,
    "delta": -1.0,
    "occupation": 0.0,
    "duration": 12.0,
    "levels": 20,
}
WEAK_CELL = {
    "G": 0.1,
    "epsilon": 2.0,
    "delta": 0.5,
    "omega": 1.0,
    "damping": 0.3,
    "occupation": 0.1,
}
WEAK_CELL |= {"duration": 2.0, "levels": (25, 9)}
STRONG_CELL = {
    "G": 2.0,
    "epsilon": 0.3,
    "delta": 0.0,
    "omega": 3.0,
    "damping": 0.3,
    "occupation": 0.0,
}
STRONG_CELL |= {"duration": 4.0, "levels": (6, 18)}


def amplifier_moments(model):
    return moments_deviation_ratio(model, cases.amplifier()[0], 1e-6)


def amplifier_lyapunov(model):
    return lyapunov_deviation_ratio(model, cases.amplifier()[1], 1e-9)


def amplifier_trajectories(model):
    truth = cases.amplifier()[0]
    return deviation_ratio(ensemble(model, truth, step=0.05, seed=1, **EXACT_STEPS), truth)


def two_modes_moments(model):
    return moments_deviation_ratio(model, cases.two_modes()[0], 1e-6)


def two_modes_trajectories(model):
    truth = cases.two_modes()[0]
    return deviation_ratio(ensemble(model, truth, step=0.025, seed=2, **EXACT_STEPS), truth)


def weak_kerr_mean(model):
    truth = cases.driven_kerr(**WEAK_KERR)
    return mean_deviation_ratio(ensemble(model, truth, seed=3, **SECOND_ORDER), truth)


def warm_kerr_moments_of_trajectories(model):
    truth = cases.driven_kerr(**WARM_KERR)
    return deviation_ratio(ensemble(model, truth, seed=4, **SECOND_ORDER), truth)


def weak_cell_mean(model):
    truth = cases.optomechanical_cell(**WEAK_CELL)
    return mean_deviation_ratio(ensemble(model, truth, seed=5, **SECOND_ORDER), truth)


def lossless_kerr_mean(model):
    """Steps of 5·10⁻³: the bias of those of 0.02, over 16, is a tenth of an error bar."""
    truth = cases.lossless_kerr()[0]
    options = SECOND_ORDER | {"step": 0.005, "trajectories": 2**17, "twin": False}
    return mean_deviation_ratio(ensemble(model, truth, seed=6, **options), truth)


def dark_cell(model):
    truth = cases.dark_cell()
    return deviation_ratio(ensemble(model, truth, seed=7, **SECOND_ORDER), truth)


def duffing_stationary(model):
    """Steps of 0.16 change V by 4·10⁻³: those of 0.02 by a 64th, a thirtieth of an error bar."""
    truth, kurtosis = cases.duffing()
    return stationary_deviation_ratio(
        ensemble(model, truth, seed=8, trajectories=2**17, **SECOND_ORDER), truth, kurtosis
    )


def saturated_amplifier_stationary(model):
    """Steps of 0.08 change V by 3·10⁻³: those of 0.02 by a 16th, a fifth of an error bar."""
    truth, kurtosis = cases.saturated_amplifier()
    return stationary_deviation_ratio(
        ensemble(model, truth, seed=9, trajectories=2**17, **SECOND_ORDER), truth, kurtosis
    )
