"""Bad calls from Python: refused before any work, with argument, value and remedy."""

import numpy as np
import pytest

from qlangevin.analysis import log_negativity
from qlangevin.runs.execution.backends import start_workers
from qlangevin.sde import Gaussian, Model, propagate_moments, sample_paths, simulate
from qlangevin.sde.ensemble import jobs, single_paths
from qlangevin.sde.support import memory
from qlangevin.sde.systems import SYSTEMS, SpinningResonator
from qlangevin.sde.terms import detune
from qlangevin.steady import (
    attractor,
    branch_state,
    critical_values,
    fixed_points,
    grid,
)

from .refusals import refuses
from .runs.rows import table

GOOD = {"trajectories": 64, "duration": 1e-6, "step": 1e-11}


@pytest.fixture(scope="module")
def spinning():
    return SYSTEMS["spinning"].published()


@pytest.fixture(autouse=True)
def never_integrate(monkeypatch):
    def integrate(*_):
        raise AssertionError("integrated before it refused")

    monkeypatch.setattr(jobs, "advance", integrate)
    monkeypatch.setattr(single_paths, "cell_states", integrate)


ENSEMBLES = {
    "step not a number": ({"step": np.nan}, "step must be positive, in s", "got nan"),
    "no step": ({"step": 0}, "step must be positive, in s", "got 0"),
    "step in words": ({"step": "1 ns"}, "step must be positive, in s", "got '1 ns'"),
    "step longer than the run": (
        {"step": 2e-6},
        "step must not exceed the duration 1e-06 s",
        "got 2e-06 s",
    ),
    "steps without end": ({"step": 1e-300}, "step must leave at most", "got 1e-300"),
    "endless duration": ({"duration": np.inf}, "duration must be positive, in s", "got inf"),
    "no trajectories": (
        {"trajectories": 0},
        "trajectories must be a whole number, at least 1",
        "got 0",
    ),
    "true trajectories": (
        {"trajectories": True},
        "trajectories must be a whole number, at least 1",
        "got True",
    ),
    "half a trajectory": (
        {"trajectories": 1.5},
        "trajectories must be a whole number, at least 1",
        "got 1.5",
    ),
    "no samples": ({"samples": 0}, "samples must be a whole number, at least 1", "got 0"),
    "negative seed": ({"seed": -1}, "seed must be a whole number, at least 0", "got -1"),
    "seed too large": ({"seed": 2**64}, "seed must be below 2^64", "got 18446744073709551616"),
    "no thread": ({"threads": 0}, "threads must be a whole number, at least 1", "got 0"),
    "scheme unknown": (
        {"scheme": "milstein"},
        "scheme must be one of euler-maruyama",
        "got 'milstein'",
    ),
    "scheme a list": ({"scheme": ["auto"]}, "scheme must be one of euler-maruyama", "got ['auto']"),
    "increments unknown": (
        {"increments": "gauss"},
        "increments must be one of gaussian",
        "got 'gauss'",
    ),
    "start unknown": (
        {"start": "light"},
        "start must be 'dark', 'steady' or a Gaussian",
        "got 'light'",
    ),
    "branch from the dark": ({"branch": 0}, "branch = 0 needs start='steady'", "leave it out"),
    "branch that is not there": (
        {"start": "steady", "branch": 7},
        "branch must be one of the stable",
        "[0]",
        "got 7",
    ),
}


@table(ENSEMBLES)
@pytest.mark.parametrize("function", [simulate, sample_paths])
def test_a_wrong_argument_of_an_ensemble_is_refused(spinning, function, written, fragments):
    refuses(fragments, lambda: function(spinning, **GOOD | written))


@pytest.mark.parametrize(
    ("until", "fragments"),
    [
        ({"entropy": 1e-3}, ["until: 'entropy' is no quantity", "did you mean"]),
        ({"purity": -1}, ["until 'purity' must be positive", "got -1"]),
        (["purity"], ["until must map quantities to standard errors, such as", "got ['purity']"]),
    ],
)
def test_a_wrong_error_bar_to_run_until_is_refused(spinning, until, fragments):
    refuses(fragments, lambda: simulate(spinning, **GOOD, until=until))


@pytest.mark.parametrize("function", [simulate, sample_paths])
def test_anything_but_one_system_is_refused(spinning, function):
    refuses(
        ["one parameter point", "(2,)", "one system each"],
        lambda: function(spinning.replace(spin=[1, 2]), **GOOD),
    )
    refuses(["must be a System or a Model", "got 'spinning'"], lambda: function("spinning", **GOOD))
    refuses(
        ["got the class SpinningResonator", "call SpinningResonator.published()"],
        lambda: function(SpinningResonator, **GOOD),
    )


VARYING = {
    "grid": lambda system: grid(system, {"spin": [1.0]}),
    "critical_values": lambda system: critical_values(system, "power", 0.1, 1.0),
}


@pytest.mark.parametrize("task", VARYING)
def test_functions_of_the_parameters_take_a_system_alone(spinning, task):
    call, varies = VARYING[task], f"{task} varies the parameters of a System"
    refuses([varies, "a Model has no parameters"], lambda: call(spinning.model()))
    refuses(
        [varies, "got the class SpinningResonator", "call SpinningRes"],
        lambda: call(SpinningResonator),
    )
    refuses(["got the class Model", "such as Microrings.published()"], lambda: fixed_points(Model))


HELPERS = {
    "workers a number": (
        {"workers": 2},
        "workers must be Workers (got 2)",
        "with qlangevin.start_workers(processes=2)",
        "threads= takes",
    ),
    "earlier a mapping": (
        {"earlier": {}},
        "must be a result of simulate, with batch_sums (got {})",
        "leave it out",
    ),
    "earlier a file": (
        {"earlier": "run.nc"},
        "earlier must be a result of simulate",
        "qlangevin.open_result",
    ),
    "checkpoint a number": ({"checkpoint": 3}, "checkpoint must be a folder by name (got 3)"),
    "pause a number": ({"pause": 3.0}, "pause must be an event", "got 3.0"),
    "progress a number": ({"progress": 3}, "progress must be a function of (done, total) (got 3)"),
    "start a dataset": (
        {"start": {"mean": 0}},
        "start must be 'dark', 'steady' or a Gaussian (got {'mean': 0})",
    ),
    "scheme no word": ({"scheme": np.zeros(2)}, "scheme must be one of euler-maruyama"),
}


@table(HELPERS)
def test_wrong_workers_checkpoints_and_callbacks_are_refused(spinning, written, fragments):
    refuses(fragments, lambda: simulate(spinning, **GOOD | written))


WORKERS = {
    "no processes": ({"processes": 0}, "processes must be a whole number, at least 1 (got 0)"),
    "threads in words": ({"threads": "2"}, "threads must be a whole number, at least 1 (got '2')"),
    "a scheduler's number": ({"scheduler": 8786}, "scheduler must be an address", "got 8786"),
}


@table(WORKERS)
def test_workers_that_are_not_available_are_refused(written, fragments):
    refuses(fragments, lambda: start_workers(**written).__enter__())


def test_a_closed_system_has_no_stable_euler_step():
    closed = Model.build(["a"], detune("a", 1.0))
    settings = {
        "trajectories": 64,
        "duration": 50.0,
        "step": 0.01,
        "start": Gaussian([0, 0], np.eye(2) / 2),
    }
    refuses(
        ["euler-maruyama has no stable step", "no damping", 'scheme "exponential"'],
        lambda: simulate(closed, **settings),
    )


def test_samples_that_the_memory_does_not_hold_are_refused(spinning, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 2**20)
    refuses(["samples must be fewer", "1 MiB", "got 200"], lambda: simulate(spinning, **GOOD))


MOMENTS = {
    "negative duration": ({"duration": -1}, "duration must be positive, in s", "got -1"),
    "durations": ({"duration": [1, 2]}, "duration must be positive, in s", "got [1, 2]"),
    "no samples": ({"samples": 0}, "samples must be a whole number, at least 1", "got 0"),
    "closure unknown": (
        {"closure": "exact"},
        "closure must be one of linear, gaussian",
        "got 'exact'",
    ),
    "start unknown": (
        {"start": "light"},
        "start must be 'dark', 'steady' or a Gaussian",
        "got 'light'",
    ),
}


@table(MOMENTS)
def test_a_wrong_argument_of_the_moments_is_refused(spinning, written, fragments):
    refuses(fragments, lambda: propagate_moments(spinning, **{"duration": 1e-6} | written))


GRIDS = {
    "axis mistyped": (({"spiin": [1]},), "no parameter 'spiin'", "did you mean 'spin'"),
    "axis not a number": (
        ({"spin": [np.nan]},),
        "spin must be a list of finite numbers",
        "got [nan]",
    ),
    "axis in words": (
        ({"spin": ["fast"]},),
        "spin must be a list of finite numbers",
        "got ['fast']",
    ),
    "axis a number": (({"spin": 3},), "spin must be a list of finite numbers", "got 3"),
    "axis below zero at its end": (
        ({"power": [1, -1]},),
        "power must be zero or positive, in W",
        "-1.",
    ),
    "no axis": (({},), "axes must name at least one parameter"),
    "measure unknown": (
        ({"spin": [1]}, ["entropy"]),
        "measures: 'entropy' is no measure",
        "did you mean",
    ),
    "a mode twice": (
        ({"spin": [1]}, ["duan(driven, driven)"]),
        "'duan(driven, driven)' must name 2 different modes",
    ),
    "a name that is none": (
        ({"spin": [1]}, "duan(driven-1, driven)"),
        "names 'driven-1', which is none of driven",
    ),
    "measure a number": (({"spin": [1]}, [3]), "measures: a measure is named in words", "got 3"),
    "measures a number": (({"spin": [1]}, 3), "measures must be a list", "got 3"),
    "measure a class": (({"spin": [1]}, [SpinningResonator]), "got the class SpinningResonator"),
    "measure that is no measure": (
        ({"spin": [1]}, lambda _: 3.0),
        "must return a DataArray",
        "got 3.0",
    ),
    "axes a list": ((["spin"],), "axes must map parameters to values", "got ['spin']"),
    "axis no name": (({3: [1.0]},), "a parameter is given by name", "got 3"),
}


@table(GRIDS)
def test_a_wrong_grid_is_refused(spinning, written, fragments):
    refuses(fragments, lambda: grid(spinning, *written))


PARAMETERS = {
    "mistyped": ({"mas": 1}, "no parameter 'mas'", "did you mean 'mass'"),
    "negative": ({"mass": -1}, "mass must be positive, in kg", "got -1"),
    "not a number": ({"mass": np.nan}, "mass must be finite, in kg", "got nan"),
    "in words": ({"mass": "10 ng"}, "mass must be a number in kg", "got '10 ng'"),
    "true": ({"mass": True}, "mass must be a number in kg", "got True"),
    "none": ({"mass": None}, "mass must be a number in kg", "got None"),
}


@table(PARAMETERS)
def test_a_wrong_parameter_is_refused(spinning, written, fragments):
    refuses(fragments, lambda: spinning.replace(**written))


def test_a_branch_a_start_and_a_mode_that_are_not_there_are_refused(spinning):
    refuses(["branch must be one of the stable", "[0]", "got 9"], lambda: branch_state(spinning, 9))
    refuses(["start must be 'dark', 'steady'", "got 'light'"], lambda: attractor(spinning, "light"))
    refuses(["mode must be one of driven", "got 'x'"], lambda: spinning.model().mode_index("x"))


@pytest.mark.parametrize("nonlinearity", [0, -1, np.nan, 1e308, 1e-320])
def test_a_nonlinearity_that_leaves_no_model_is_refused(spinning, nonlinearity):
    refuses(
        ["nonlinearity must be", f"got {nonlinearity!r}"],
        lambda: spinning.model().scaled(nonlinearity),
    )


OVERLAPS = {
    "one mode twice": (
        (0, 0),
        "i and j must not share a mode",
        "i=0, j=0",
        "split the modes in two",
    ),
    "modes in common": (([0, 1], [1, 2]), "i and j must not share a mode", "i=[0, 1], j=[1, 2]"),
    "a mode too far": ((0, 3), "j must lie between 0 and 2", "got 3"),
    "a mode from behind": ((0, -1), "j must lie between 0 and 2", "got -1"),
    "half a mode": ((0, 1.5), "j must be mode indices", "got 1.5"),
    "a name without labels": (
        ("driven", 1),
        "i must be mode indices",
        "got 'driven'",
        "names need a labelled V",
    ),
}


@table(OVERLAPS)
def test_modes_that_cannot_be_distinguished_are_refused(written, fragments):
    refuses(fragments, lambda: log_negativity(np.eye(6) / 2, *written))
