"""Speed ratios within one run, the numbers of every engine, faults that the check must find."""

from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest

from qlangevin.sde.support.checks import available_cores

from . import __main__ as command
from . import costs, ours, suite, workloads
from .machine import busy_cores
from .peers import cpp, numpy_moments, ours_narrow, scipy_lyapunov, scipy_moments
from .race import DisagreementError, race
from .report import Table

pytestmark = [pytest.mark.bench, pytest.mark.slow]

ROUNDS = 3
BUSY = 0.2
"""Cores that others may use while a second core's gain can be seen."""


@pytest.fixture(scope="module")
def trajectories():
    wanted = (ours.RAW, ours.COUPLED, cpp.GAUSSIAN)
    return race(
        suite.TRAJECTORIES,
        [each for each in suite.trajectory_engines() if each.name in wanted],
        ROUNDS,
    )


@pytest.fixture(scope="module")
def moments():
    wanted = (ours.OURS, scipy_moments.NAME, numpy_moments.FILL)
    return race(
        suite.MOMENTS, [each for each in suite.moment_engines() if each.name in wanted], ROUNDS
    )


@pytest.mark.parametrize(("engine", "most"), [(ours.RAW, 2.5), (ours.COUPLED, 3.5)])
def test_trajectories_cost_little_more_than_in_hand_written_code(trajectories, engine, most):
    if cpp.GAUSSIAN in trajectories.missing:
        pytest.skip(trajectories.missing[cpp.GAUSSIAN])
    assert trajectories.best_ratio(engine, cpp.GAUSSIAN) <= most


def test_moments_are_far_faster_than_an_ode_solver(moments):
    assert moments.best_ratio(scipy_moments.NAME, ours.OURS) >= 100


def test_moments_cost_little_more_than_writing_the_output(moments):
    assert moments.best_ratio(ours.OURS, numpy_moments.FILL) <= 8


@pytest.mark.parametrize(("n", "least"), [(6, 10), (8, 5)])
def test_lyapunov_is_far_faster_than_a_loop(n, least):
    results = race(suite.LYAPUNOV, [ours.lyapunov_engine(n), *scipy_lyapunov.engines(n)], ROUNDS)
    assert results.best_ratio(scipy_lyapunov.NAME, ours.OURS) >= least


@pytest.mark.skipif(available_cores() < 2, reason="one core")
def test_a_second_core_is_used():
    quiet = busy_cores() < BUSY
    used = any(costs.second_core(ROUNDS) >= 0.7 for _attempt in range(3))
    if not used and not (quiet and busy_cores() < BUSY):
        pytest.skip("others keep the cores busy")
    assert used


def test_memory_does_not_grow_with_trajectories():
    few, many = costs.memory()
    assert many <= 1.2 * few


ENGINES = [
    *((suite.TRAJECTORIES, engine) for engine in suite.trajectory_engines()),
    *((suite.MOMENTS, engine) for engine in suite.moment_engines()),
    *(
        (suite.LYAPUNOV, engine)
        for n in suite.LYAPUNOV_SIZES
        for engine in suite.lyapunov_engines(n)
    ),
]


def _as_parameter(workload, engine):
    marks = (
        [pytest.mark.slow] if engine.name in ours_narrow.VARIANTS.values() else []
    )  # it compiles all kernels anew
    return pytest.param(workload, engine, marks=marks, id=f"{workload.name}-{engine.name}")


@pytest.mark.parametrize(("workload", "engine"), [_as_parameter(*each) for each in ENGINES])
def test_engines_agree_with_the_reference(workload, engine):
    results = race(workload, [engine], rounds=0)
    if results.missing:
        pytest.skip(results.missing[engine.name])
    assert engine.name in results.deviation


@pytest.mark.slow
@pytest.mark.skipif(
    not ours_narrow.engines(), reason="the processor has no 512-bit vectors to compare with"
)
def test_vectors_of_256_and_512_bits_give_the_same_bits():
    wide = ours.moments(ours.run(ours.resonator(), twin=False))
    with ExitStack() as stack:
        narrow = ours_narrow.engines()[0].open(stack)().result
    np.testing.assert_array_equal(narrow.mean, wide.mean)
    np.testing.assert_array_equal(narrow.covariance, wide.covariance)


def test_the_check_notices_noise_that_is_5_percent_too_strong():
    model = ours.resonator()
    wrong = ours.run(replace(model, B=1.05 * model.B), twin=False)
    with pytest.raises(DisagreementError, match=r"planted: off by"):
        suite.TRAJECTORIES.judge("planted", ours.moments(wrong))


@pytest.mark.parametrize(
    ("workload", "engine"),
    [(suite.MOMENTS, ours.moment_engine()), (suite.LYAPUNOV, ours.lyapunov_engine(6))],
)
def test_the_check_notices_covariances_that_are_1_percent_too_large(workload, engine):
    with pytest.raises(DisagreementError):
        workload.judge("planted", 1.01 * engine.open(None)().result)


def test_the_check_notices_results_that_are_not_numbers():
    with pytest.raises(DisagreementError):
        suite.LYAPUNOV.judge("planted", np.full((workloads.LYAPUNOV_EQUATIONS, 6, 6), np.nan))


def test_our_model_has_the_equations_of_the_workload():
    model = ours.resonator()
    for state in np.random.default_rng(0).normal(scale=100.0, size=(5, 6)):
        np.testing.assert_allclose(
            model.drift(state), workloads.drift(state), rtol=1e-12, atol=1e-12
        )
        np.testing.assert_allclose(
            model.jacobian(state), workloads.jacobian(state), rtol=1e-12, atol=1e-12
        )
    np.testing.assert_allclose(model.diffusion, workloads.diffusion(), rtol=1e-12, atol=1e-15)


def test_the_command_prints_the_machine_and_a_table(monkeypatch, capsys):
    table = Table("Speed", ["engine", "ns"], [["ours", "1"], ["another", "12"]], ["a note"])
    monkeypatch.setitem(suite.EXPERIMENTS, "moments", lambda rounds, say: [table])
    monkeypatch.setattr("sys.argv", ["bench", "--only", "moments"])
    command.main()
    assert capsys.readouterr().out.endswith(
        "\nSpeed\n  engine   ns\n  ours      1\n  another  12\n  a note\n"
    )
    monkeypatch.setattr("sys.argv", ["bench", "--only", "moments", "--markdown"])
    command.main()
    markdown = "| engine | ns |\n| --- | ---: |\n| ours | 1 |\n| another | 12 |\n\na note\n"
    assert capsys.readouterr().out.endswith(f"\n**Speed**\n\n{markdown}")
