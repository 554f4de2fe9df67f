"""A warning names the caller's line, however deep in the package it arises."""

import functools
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from qlangevin.sde import simulate
from qlangevin.sde.ensemble.results import ErrorBarWarning
from qlangevin.sde.schemes.step_checks import check_path
from qlangevin.sde.schemes.step_forecast import StepWarning
from qlangevin.sde.support import checks

from .models import KAPPA, pair_of_cavities


def test_a_missing_error_bar_is_reported_at_the_line_of_the_call():
    with pytest.warns(ErrorBarWarning) as told:
        simulate(
            pair_of_cavities(), trajectories=64, duration=1 / KAPPA, step=1e-2 / KAPPA, samples=2
        )
    assert [warning.filename for warning in told] == [__file__]


def test_a_step_warning_is_reported_at_the_line_of_the_call():
    with pytest.warns(StepWarning) as told:
        check_path(np.full((2, 2), 1.02), np.ones((2, 2)), 0.1)
    assert [warning.filename for warning in told] == [__file__]


def in_the_package(lines, **names):
    """A function `deep` with these lines, as a module of the package would hold it."""
    module = {
        "__name__": "qlangevin.sde.deep",
        "warn": functools.partial(checks.warn, "told", UserWarning),
        **names,
    }
    exec(lines, module)
    return module["deep"]


def test_library_code_between_functions_of_the_package_is_not_the_caller():
    """A context manager of the standard library stands between two functions of the package."""
    lines = "\n".join(
        [
            "from contextlib import ExitStack",
            "def inner(*_):",
            "    warn()",
            "def deep():",
            "    with ExitStack() as stack:",
            "        stack.callback(inner)",
        ]
    )
    with pytest.warns(UserWarning, match="told") as told:
        in_the_package(lines)()
    assert told[0].filename == __file__


def test_a_callers_own_function_that_the_package_calls_is_the_caller():
    def mine():
        in_the_package("def deep():\n    warn()")()

    with pytest.warns(UserWarning, match="told") as told:
        in_the_package("def deep():\n    mine()", mine=mine)()
    assert told[0].filename == __file__


def test_a_warning_from_a_thread_without_a_caller_is_given_all_the_same():
    with warnings.catch_warnings(record=True) as told, ThreadPoolExecutor(1) as pool:
        warnings.simplefilter("always")
        pool.submit(in_the_package("def deep():\n    warn()")).result()
    assert str(told[0].message) == "told"
