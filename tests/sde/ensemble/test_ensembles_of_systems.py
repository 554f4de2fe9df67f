"""Ensembles of the five systems against exact laws: linear ones in time, bistable ones by branch.

One test each at the false-alarm rate stated; seeds are fixed.
"""

import numpy as np
import pytest
from scipy.linalg import expm

from qlangevin.analysis.validation import checks
from qlangevin.sde import propagate_moments, simulate
from qlangevin.sde.systems import (
    CascadedResonators,
    HybridOscillators,
    Microrings,
    ScattererResonator,
    SpinningResonator,
)
from qlangevin.steady import steady_state

FALSE_ALARM = 1e-4


def exact_covariance(model, V0, time):
    """V(t) of a linear model by Van Loan's matrix exponential, in short steps that are doubled."""
    n, doublings = model.size, 12
    block = np.zeros((2 * n, 2 * n))
    block[:n, :n], block[:n, n:], block[n:, n:] = -model.A, model.diffusion, model.A.T
    short = expm(block * time / 2**doublings)
    F = short[n:, n:].T
    Q = F @ short[:n, n:]
    for _ in range(doublings):
        F, Q = F @ F, Q + F @ Q @ F.T
    return F @ V0 @ F.T + Q


@pytest.mark.parametrize(
    ("system", "duration", "step"),
    [
        (Microrings.published(drive=2e8), 4e-7, 4e-13),
        (HybridOscillators.published(angle_plus=0.3 * np.pi, transmission_loss=0.2), 1e-5, 2e-10),
    ],
    ids=["microrings", "hybrid"],
)
def test_a_linear_systems_moments_are_exact_and_its_trajectories_agree_at_all_times(
    system, duration, step
):
    result = simulate(system, trajectories=256, duration=duration, step=step, samples=40, seed=3)
    model = system.model()
    moments = propagate_moments(system, duration=duration, samples=40)
    V0 = moments["covariance"].values[0]
    width = np.sqrt(np.diagonal(moments["covariance"].values, axis1=1, axis2=2))
    for k, time in enumerate(moments["time"].values):
        gap = moments["covariance"].values[k] - exact_covariance(model, V0, time)
        assert np.abs(gap / np.outer(width[k], width[k])).max() < 1e-10
    np.testing.assert_array_equal(result["linearization_error"], 0.0)
    check = checks.integrator_check(result)
    assert check.p_value > FALSE_ALARM
    law = result["covariance_step"].values
    assert (
        np.abs((law - result["covariance_linear"].values)[-1]).max() < 0.03 * np.abs(law[-1]).max()
    )


@pytest.mark.parametrize(
    ("branch", "brightness"), [(0, 2.864e10), (2, 7.342e10)], ids=["dark", "bright"]
)
def test_an_ensemble_stays_on_either_stable_branch_of_a_bistable_resonator(branch, brightness):
    """κ = 2ω_m, three branches: the coupled estimate finds Lyapunov's V of its own branch.

    The middle branch is a saddle.
    """
    system = SpinningResonator.published(spin=0.0, detuning=4 * 63e6, power=0.6)
    system = system.replace(quality_factor=float(system.optical_frequency) / (2 * 63e6))
    steady = steady_state(system)
    assert steady["kind"].values.tolist() == ["stable", "saddle", "stable"]
    result = simulate(
        system,
        trajectories=256,
        duration=20 / 63e6,
        step=5e-4 / 63e6,
        start="steady",
        branch=branch,
        samples=10,
        seed=5,
    )
    light = result["mean"].values[-1, :2]
    assert float(light @ light / 2) == pytest.approx(brightness, rel=1e-3)
    V = steady["covariance"].values[branch]
    width = np.sqrt(np.outer(np.diag(V), np.diag(V)))
    assert np.abs((result["covariance"].values[-1] - V) / width).max() < 1e-3
    assert checks.integrator_check(result).p_value > FALSE_ALARM


@pytest.mark.parametrize("noise", ["published", "consistent"])
@pytest.mark.parametrize(
    ("system", "duration"),
    [
        (ScattererResonator.published().at_effective_detuning(-43.47e6), 20 / 63e6),
        (CascadedResonators.published(spin_left=0.6e6).at_effective_detuning(4.1e8), 20 / 5.6e8),
    ],
    ids=["scatterers", "cascaded"],
)
def test_trajectories_of_nonlinear_systems_follow_their_exact_laws_with_either_noise(
    system, duration, noise
):
    system = system.replace(noise=noise)
    result = simulate(
        system, trajectories=256, duration=duration, step=duration / 40_000, samples=10, seed=7
    )
    assert checks.integrator_check(result).p_value > FALSE_ALARM
    width = np.sqrt(np.diagonal(result["covariance_linear"].values, axis1=1, axis2=2))
    scaled = result["linearization_error"].values / (width[:, :, None] * width[:, None, :])
    assert np.abs(scaled).max() < 1e-3
