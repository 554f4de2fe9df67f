"""Every level of theory against the quantum master equation, by QuTiP in a truncated Fock space.

Where truncated Wigner ends is pinned too, with sign and size: at strong coupling, and for
covariances in vacuum. Seeds are fixed; `comparisons` states the false-alarm rate.
"""

from dataclasses import replace

import numpy as np
import pytest
import qutip

from qlangevin.analysis import log_negativity
from qlangevin.sde import propagate_moments

from . import cases, checks, quantum
from .comparisons import covariance_scores, ensemble, mean_scores, moments_deviation, worst

SEEN = 10
"""Error bars beyond which a deviation counts as shown."""

# ------------------------------------------------------------------------------
# the helper


def test_a_squeezed_displaced_density_matrix_has_its_closed_moments():
    """e^{(ξ*a² − ξa†²)/2}, ξ = r real: variances e^{∓2r}/2; then D(α) moves the mean to √2 α."""
    r = 0.4
    alpha = 0.6 - 0.2j
    levels = 40
    state = qutip.displace(levels, alpha) * qutip.squeeze(levels, r) * qutip.basis(levels, 0)
    mean, V = quantum.moments(qutip.ket2dm(state), quantum.lowering(levels))
    np.testing.assert_allclose(mean, np.sqrt(2) * np.array([alpha.real, alpha.imag]), atol=1e-9)
    np.testing.assert_allclose(V, np.diag([np.exp(-2 * r), np.exp(2 * r)]) / 2, atol=1e-9)


# ------------------------------------------------------------------------------
# linear models


def test_the_amplifiers_moments_are_the_master_equations():
    assert checks.amplifier_moments(cases.amplifier()[0].model) < 1


def test_the_amplifiers_lyapunov_solution_is_the_master_equations_steady_state():
    assert checks.amplifier_lyapunov(cases.amplifier()[0].model) < 1


def test_the_amplifiers_trajectories_follow_the_master_equation():
    assert checks.amplifier_trajectories(cases.amplifier()[0].model) < 1


def test_two_coupled_modes_have_the_moments_of_the_master_equation():
    assert checks.two_modes_moments(cases.two_modes()[0].model) < 1


def test_two_coupled_modes_have_the_negativity_of_the_density_matrix_itself():
    """ln ‖ρ^T‖₁ of the density matrix, without a Gaussian formula; 15 levels each leave 10⁻⁷."""
    truth, exact = cases.two_modes()
    E = log_negativity(propagate_moments(truth.model, **truth.run).covariance, "a", "b")
    assert exact[-1] > 0.1
    np.testing.assert_allclose(E, exact, atol=1e-6)


def test_trajectories_of_two_coupled_modes_follow_the_master_equation():
    assert checks.two_modes_trajectories(cases.two_modes()[0].model) < 1


# ------------------------------------------------------------------------------
# driven Kerr mode


def test_weak_kerr_trajectories_have_the_master_equations_mean_where_the_linearised_one_is_off():
    """K = 0.01 κ, 30 photons, vacuum bath."""
    truth = cases.driven_kerr(**checks.WEAK_KERR)
    assert checks.weak_kerr_mean(truth.model) < 1
    result = ensemble(truth.model, truth, seed=3, **checks.SECOND_ORDER)
    linear = (result["mean_field"].values - truth.mean)[1:] / result["mean_stderr"].values[1:]
    assert worst(linear) > 3 * SEEN


def test_warm_kerr_trajectories_have_the_master_equations_mean_and_covariance():
    """Two thermal quanta: third-order Moyal terms, of size (2n + 1)⁻², are below the error bars."""
    truth = cases.driven_kerr(**checks.WARM_KERR)
    assert checks.warm_kerr_moments_of_trajectories(truth.model) < 1
    result = ensemble(truth.model, truth, seed=4, **checks.SECOND_ORDER)
    linear = (result["covariance_linear"].values - truth.covariance)[1:] / result[
        "covariance_stderr"
    ].values[1:]
    assert worst(linear) > 2 * SEEN


@pytest.mark.parametrize(
    ("parameters", "gain"), [(checks.WEAK_KERR, 1.5), (checks.WARM_KERR, 4)], ids=["weak", "warm"]
)
def test_the_gaussian_closure_is_nearer_to_the_master_equation_than_linearised_moments(
    parameters, gain
):
    """In the mean by more than ten times, in the covariance by 1.5 (vacuum) and 4 (two quanta)."""
    truth = cases.driven_kerr(**parameters)
    linear, gaussian = (
        moments_deviation(truth.model, truth, closure) for closure in ("linear", "gaussian")
    )
    assert linear[0] > 10 * gaussian[0]
    assert linear[1] > gain * gaussian[1]


def test_in_vacuum_truncated_wigner_misses_the_covariance_by_as_much_as_linearisation_does():
    """What it drops is of the order of what it adds: the mean gains, a vacuum's V does not."""
    truth = cases.driven_kerr(**checks.WEAK_KERR)
    result = ensemble(truth.model, truth, seed=10, **checks.SECOND_ORDER | {"trajectories": 2**20})
    assert worst(covariance_scores(result, truth.covariance)) > SEEN
    truncated = np.abs(result["covariance"].values - truth.covariance).max()
    linearised = np.abs(result["covariance_linear"].values - truth.covariance).max()
    assert 0.5 < truncated / linearised < 2
    assert linearised < 2e-3


def test_the_steady_kerr_mode_of_the_master_equation_is_drummond_and_walls():
    for delta in (-1.0, 0.3):
        H, jumps, modes = cases.kerr_master_equation(1.0, 0.8, delta, 0.0, 25)
        mean, V = quantum.moments(qutip.steadystate(H, jumps), modes)
        exact_mean, exact_V = cases.steady_kerr(1.0, 0.8, delta)
        np.testing.assert_allclose(mean, exact_mean, atol=1e-9)
        np.testing.assert_allclose(V, exact_V, atol=1e-9)


def test_strong_kerr_trajectories_miss_the_exact_steady_state():
    """K = κ, 0.4 photons: the mean X is too small (−10 %), the variance of Y too large (+14 %)."""
    truth = cases.driven_kerr(**checks.STRONG_KERR)
    mean, V = cases.steady_kerr(
        checks.STRONG_KERR["K"], checks.STRONG_KERR["epsilon"], checks.STRONG_KERR["delta"]
    )
    np.testing.assert_allclose(truth.mean[-1], mean, atol=1e-4)
    np.testing.assert_allclose(truth.covariance[-1], V, atol=1e-4)
    result = ensemble(truth.model, truth, seed=11, **checks.SECOND_ORDER)
    assert mean_scores(result, mean)[-1, 0] < -SEEN
    assert covariance_scores(result, V)[-1, 2] > SEEN
    assert -0.13 < result["mean"].values[-1, 0] / mean[0] - 1 < -0.07
    assert 0.10 < result["covariance"].values[-1, 1, 1] / V[1, 1] - 1 < 0.18


def test_a_lossless_kerr_mode_follows_truncated_wigner_and_not_the_quantum_mean():
    """Both in closed form: the truncation error is tens of error bars of sampling."""
    truth, exact = cases.lossless_kerr()
    assert checks.lossless_kerr_mean(truth.model) < 1
    options = checks.SECOND_ORDER | {"step": 0.005, "trajectories": 2**17, "twin": False}
    assert worst(mean_scores(ensemble(truth.model, truth, seed=6, **options), exact)) > 2 * SEEN
    H = 0.5 * quantum.lowering(30)[0].dag() ** 2 * quantum.lowering(30)[0] ** 2
    states = quantum.evolve(
        H, [], quantum.coherent(1.5, levels=[30]), np.linspace(0, truth.duration, len(exact))
    )
    means = [quantum.moments(state, quantum.lowering(30))[0] for state in states]
    np.testing.assert_allclose(means, exact, atol=1e-6)


# ------------------------------------------------------------------------------
# optomechanics


def test_a_weakly_coupled_cell_has_the_master_equations_mean_where_the_linearised_one_is_off():
    """G = 0.1 κ, six photons."""
    truth = cases.optomechanical_cell(**checks.WEAK_CELL)
    assert checks.weak_cell_mean(truth.model) < 1
    result = ensemble(truth.model, truth, seed=5, **checks.SECOND_ORDER)
    linear = (result["mean_field"].values - truth.mean)[1:] / result["mean_stderr"].values[1:]
    assert worst(linear) > 3 * SEEN


def test_truncated_wigner_heats_the_motion_of_a_weakly_coupled_cell_a_little():
    """The vacuum's |α|² fluctuates and pushes, by up to G²/2 in V_qq; linearised V_qq is nearer."""
    truth = cases.optomechanical_cell(**checks.WEAK_CELL)
    result = ensemble(truth.model, truth, seed=12, **checks.SECOND_ORDER | {"trajectories": 2**18})
    excess = result["covariance"].values[-1, 2, 2] - truth.covariance[-1, 2, 2]
    assert excess > SEEN * result["covariance_stderr"].values[-1, 2, 2]
    assert excess < checks.WEAK_CELL["G"] ** 2 / 2
    assert (
        abs(result["covariance_linear"].values[-1, 2, 2] - truth.covariance[-1, 2, 2])
        < 0.1 * excess
    )


def test_truncated_wigner_fails_for_a_strongly_coupled_cell():
    """G = 2κ, ω = 3κ, 0.1 photons: mean Y halves, V_qq and V_pp are 0.33 and 0.23 too large."""
    truth = cases.optomechanical_cell(**checks.STRONG_CELL)
    result = ensemble(truth.model, truth, seed=13, **checks.SECOND_ORDER)
    assert mean_scores(result, truth.mean)[-1, 1] < -SEEN
    assert result["mean"].values[-1, 1] / truth.mean[-1, 1] == pytest.approx(0.45, abs=0.1)
    for k, excess in ((2, 0.33), (3, 0.23)):
        gap = result["covariance"].values[-1, k, k] - truth.covariance[-1, k, k]
        assert gap > SEEN * result["covariance_stderr"].values[-1, k, k]
        assert gap == pytest.approx(excess, abs=0.06)


def test_the_heat_of_vacuum_light_in_truncated_wigner_is_its_closed_form():
    """G = κ, no light at all: in quantum mechanics the covariance would stay as it starts."""
    truth = cases.dark_cell()
    assert checks.dark_cell(truth.model) < 1
    quiet = replace(truth, covariance=np.broadcast_to(truth.covariance[0], truth.covariance.shape))
    result = ensemble(truth.model, truth, seed=7, **checks.SECOND_ORDER)
    assert worst(covariance_scores(result, quiet.covariance)) > 3 * SEEN
    quantum_cell = cases.optomechanical_cell(0.3, 0.0, 0.3, 1.0, 0.2, 0.0, 6.0, (4, 5))
    np.testing.assert_allclose(quantum_cell.covariance[-1], 0.5 * np.eye(4), atol=1e-9)
