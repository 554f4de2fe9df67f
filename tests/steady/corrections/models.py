"""Nonlinear models, and leading coefficients extrapolated from measurements of them."""

import numpy as np
from scipy.linalg import solve_continuous_lyapunov

from qlangevin.sde import Model
from qlangevin.sde.terms import detune, drive, kerr, lose, press, rub
from qlangevin.steady import leading_correction, steady_state

KINDS = ("mean_shift", "third_cumulant", "covariance_correction")


def kerr_cell(drive_rate=0.45, detuning=0.3):
    loss = lose("a", "light", amplitude_rate=0.5, occupation=0.1)
    return Model.build(["a"], [detune("a", detuning), kerr("a", 0.4), drive("a", drive_rate), loss])


def coupled_cells():
    """Both nonlinearities, and friction on p alone."""
    light = [
        detune("a", 0.4),
        kerr("a", 0.25),
        drive("a", 0.4),
        lose("a", "light", amplitude_rate=0.6),
    ]
    return Model.build(
        ["a", "m"], [*light, press("a", "m", 0.3), detune("m", 1.1), rub("m", 0.4, occupation=0.8)]
    )


def only_branch(found):
    assert found.sizes["branch"] == 1
    return found.isel(branch=0)


def prediction(model):
    return [only_branch(leading_correction(model))[kind].values for kind in KINDS]


def extrapolated(measured, model, s, **options):
    """Leading coefficients of `measured(model, s)` beyond linear theory, next order removed."""
    steady = only_branch(steady_state(model))
    ū = steady["mean"].values
    V = solve_continuous_lyapunov(steady.drift_matrix.values, -model.diffusion)
    near, far = (measured(model, ū, step, **options) for step in (s, 2 * s))
    fine, coarse = (
        [*(x / t for x in odd), (W - V) / t**2] for (*odd, W), t in ((near, s), (far, 2 * s))
    )
    return [(4 * f - c) / 3 for f, c in zip(fine, coarse, strict=True)]


def distance(found, expected):
    """Largest deviation of any kind, relative to the largest element of its kind."""
    return max(np.abs(f - e).max() / np.abs(e).max() for f, e in zip(found, expected, strict=True))


def cumulants(one, two, three):
    V = two - np.multiply.outer(one, one)
    mixed = np.multiply.outer(V, one)
    third = three - mixed - mixed.transpose(0, 2, 1) - mixed.transpose(2, 0, 1)
    return one, third - np.multiply.outer(np.multiply.outer(one, one), one), V
