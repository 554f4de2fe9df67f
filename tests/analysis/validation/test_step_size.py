"""Is the step small enough? Two steps on the same noise, distinguished from sampling error.

Seeds are fixed. What is known exactly: the law of linear steps, and what steps make of the leading
order of the nonlinearity (`stepped_correction`). Each statistical test has a false alarm of 10⁻⁴ /
10, spread over what it compares.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from qlangevin.analysis.validation.checks import integrator_check
from qlangevin.analysis.validation.deviations import largest
from qlangevin.analysis.validation.step_size import StepCheck, step_check
from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.ensemble import jobs, preparation
from qlangevin.sde.linear_algebra.covariance_errors import relative_errors
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.schemes.step_forecast import StepWarning
from qlangevin.sde.terms import lose
from qlangevin.steady import steady_state

from ...models import KAPPA, pair_of_cavities, warm_cell
from .stepped import stepped_correction

FALSE_ALARM = 1e-4 / 10
STILL = Gaussian(np.zeros(2), 0.5 * np.eye(2))


def saturable(strength):
    """Decay at rate 1 with noise of the vacuum, and friction of this strength times |X|²."""
    linear = Model.build(["a"], [lose("a", "p", amplitude_rate=1.0)]).mean_level
    places = np.array([[0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 1, 1]])
    return replace(linear, K=Monomials(places, np.full(4, -strength))).averaged(-0.5 * np.eye(2))


def friction(strength, step, trajectories=2**14, **options):
    run = simulate(
        saturable(strength),
        trajectories=trajectories,
        duration=6.0,
        step=step,
        start=STILL,
        samples=20,
        seed=1,
        step_check=True,
        **options,
    )
    return run, step_check(run, 0, 0)


def cavities(step=0.005, trajectories=2**14, **options):
    return simulate(
        pair_of_cavities(),
        trajectories=trajectories,
        duration=6 / KAPPA,
        step=step / KAPPA,
        samples=20,
        seed=2,
        step_check=True,
        **options,
    )


# ------------------------------------------------------------------------------
# what is measured


def test_linear_steps_change_v_as_their_exact_laws_do():
    """`weak` is the largest of noisy elements: within 5 error bars of the largest exact change."""
    run = cavities()
    found = step_check(run, 0, 1)
    exact = (run["covariance_step_companion"] - run["covariance_step"]).values[-1]
    expected = relative_errors(exact, run["covariance_step"].values[-1]).max()
    assert 0.6 < found.law_z_rms < 1.5
    assert abs(found.weak - expected) < 5 * found.weak_stderr
    assert found.weak > 5 * found.weak_stderr
    assert found.carried < 5 * found.carried_stderr


def test_the_distance_of_paths_at_twice_the_step_is_proportional_to_the_step():
    """Euler–Maruyama with additive noise is of strong order 1."""
    apart = [step_check(cavities(step), 0, 1).strong for step in (0.0075, 0.00375, 0.001875)]
    assert 1.8 < apart[0] / apart[1] < 2.2
    assert 1.8 < apart[1] / apart[2] < 2.2


def test_the_coupled_estimate_carries_the_step_error_of_the_leading_order():
    """Element by element, of a driven cell at steps of 0.01 and 0.02."""
    model = warm_cell()
    settings = {
        "trajectories": 2**16,
        "duration": 14.0,
        "step": 0.01,
        "start": "steady",
        "branch": 0,
    }
    with pytest.warns(StepWarning, match="too large"):
        run = simulate(model, antithetic=True, step_check=True, samples=14, seed=1, **settings)
    fine, coarse = (
        stepped_correction(model, run["mean_field"].values[0], step, "euler-maruyama")
        for step in (0.01, 0.02)
    )
    upper = np.triu_indices(4)
    expected = (sum(coarse) - sum(fine))[upper]
    z = (run["step_error"].values[-1][upper] - expected) / run["step_error_stderr"].values[-1][
        upper
    ]
    assert np.abs(z).max() < stats.t.isf(FALSE_ALARM / 2 / len(z), 63)
    found = step_check(run, 0, 1)
    change = (
        run["step_error"].values[-1]
        - (run["covariance_step_companion"] - run["covariance_step"]).values[-1]
    )
    V = run["covariance_step"].values[-1]
    assert (found.carried, found.carried_stderr) == largest(
        change, run["step_error_stderr"].values[-1], V
    )


def test_the_bias_of_the_step_is_that_of_its_law_and_the_entanglement_too():
    run = cavities()
    found = step_check(run, 0, 1)
    V = steady_state(pair_of_cavities())["covariance"].values[0]
    stationary = stepped_correction(
        pair_of_cavities(), np.zeros(4), 0.005 / KAPPA, "euler-maruyama"
    )[0]
    assert found.final_bias == pytest.approx(relative_errors(stationary - V, V).max(), rel=0.05)
    assert found.bias >= found.final_bias > 0
    assert found.entanglement_bias >= found.final_entanglement_bias >= 0
    assert np.isnan(friction(0.3, 0.01)[1].entanglement_bias)


# ------------------------------------------------------------------------------
# which limits which


@pytest.mark.filterwarnings("ignore::qlangevin.sde.schemes.step_forecast.StepWarning")
@pytest.mark.parametrize(
    ("strength", "step", "trajectories", "plain", "coupled"),
    [
        (1.0, 0.05, 2**16, "step", "step"),
        (1.0, 0.002, 512, "sample", "sample"),
        (0.003, 0.05, 2**14, "step", "sample"),
        (0.003, 0.05, 1024, "sample", "sample"),
    ],
    ids=[
        "both too coarse",
        "few trajectories",
        "the coupled estimate carries little",
        "few and weak",
    ],
)
def test_a_coarse_step_is_distinguished_from_few_trajectories(
    strength, step, trajectories, plain, coupled
):
    _, found = friction(strength, step, trajectories)
    assert (found.plain_limit, found.coupled_limit) == (plain, coupled)


@pytest.mark.filterwarnings("ignore::qlangevin.sde.schemes.step_forecast.StepWarning")
def test_halving_the_step_halves_the_carried_step_error_and_not_the_error_bars():
    (_, coarse), (_, fine) = (friction(1.0, step, 2**16) for step in (0.05, 0.025))
    assert 1.5 < coarse.carried / fine.carried < 2.6
    assert coarse.coupled_stderr == pytest.approx(fine.coupled_stderr, rel=0.5)


def test_a_linear_model_carries_nothing():
    found = step_check(cavities(), 0, 1)
    assert found.coupled_stderr == 0
    assert found.coupled_limit == "sample"


@pytest.mark.parametrize(
    ("bias", "plain", "carried", "seen", "coupled", "limits"),
    [
        (0.02, 0.01, 0.05, True, 0.01, ("step", "step")),
        (0.01, 0.02, 0.05, True, 0.06, ("sample", "sample")),
        (0.01, 0.02, 0.05, False, 0.01, ("sample", "sample")),
        (0.01, 0.02, np.nan, False, 0.01, ("sample", "sample")),
    ],
    ids=["both", "large but within the sampling error", "not seen", "no companion"],
)
def test_limits_by_their_numbers(bias, plain, carried, seen, coupled, limits):
    found = StepCheck(bias, bias, 0, 0, plain, coupled, carried=carried, carried_seen=seen)
    assert (found.plain_limit, found.coupled_limit) == limits


def test_without_a_companion_the_bias_remains():
    run = simulate(
        pair_of_cavities(), trajectories=512, duration=6 / KAPPA, step=0.005 / KAPPA, samples=20
    )
    found = step_check(run, 0, 1)
    assert found.bias > 0
    assert np.isnan([found.law_z_rms, found.strong, found.weak, found.carried]).all()


def test_a_run_that_ends_between_the_companion_s_steps_is_judged_at_its_last_state():
    """601 steps: the companion has none at the end."""
    run = simulate(
        pair_of_cavities(),
        trajectories=2**13,
        duration=6.01 / KAPPA,
        step=0.01 / KAPPA,
        samples=601,
        step_check=True,
    )
    found = step_check(run, 0, 1)
    assert np.isnan(run["step_error"].values[-1]).all()
    last = largest(
        run["step_error"].values[-2],
        run["step_error_stderr"].values[-2],
        run["covariance_step"].values[-2],
    )
    assert (found.weak, found.weak_stderr) == last


# ------------------------------------------------------------------------------
# planted fault


@pytest.fixture
def stepping_twice_as_far(monkeypatch):
    """Paths take steps of 2h that are labelled h; the law of the steps remains that of h."""
    build = preparation.build_kernel
    advance = jobs.advance
    faulty = {}

    def remember(model, step, form):
        faulty["kernel"] = build(model, 2 * step, form)
        return build(model, step, form)

    monkeypatch.setattr(preparation, "build_kernel", remember)
    monkeypatch.setattr(
        jobs, "advance", lambda plan, *rest: advance(replace(plan, kernel=faulty["kernel"]), *rest)
    )


def test_paths_that_step_twice_as_far_fail_the_integrator_and_move_the_step_check(
    stepping_twice_as_far,
):
    """The change of V from 2h to 4h is twice that from h to 2h; so is the distance of the paths."""
    run = cavities()
    found = step_check(run, 0, 1)
    exact = (run["covariance_step_companion"] - run["covariance_step"]).values[-1]
    assert not integrator_check(run).passed
    assert found.law_z_rms > 3
    assert found.weak > 1.7 * relative_errors(exact, run["covariance_step"].values[-1]).max()


def test_a_kernel_built_for_twice_the_step_agrees_with_its_own_law_but_not_with_the_moments(
    monkeypatch,
):
    """Such a run lasts twice its time: V is off while it rises, and too large in the end."""
    build = preparation.build_kernel
    monkeypatch.setattr(
        preparation, "build_kernel", lambda model, step, form: build(model, 2 * step, form)
    )
    faulty = step_check(cavities(), 0, 1)
    monkeypatch.undo()
    right = step_check(cavities(), 0, 1)
    assert faulty.final_bias == pytest.approx(2 * right.final_bias, rel=0.1)
    assert faulty.bias > 10 * right.bias
