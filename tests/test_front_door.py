"""`import qlangevin as ql`: every name is there, and nothing is loaded before it is used."""

import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context

import pytest

import qlangevin as ql


@pytest.mark.parametrize("name", ql.__all__)
def test_every_name_is_there(name):
    assert getattr(ql, name) is not None


def test_the_version_is_that_of_the_installation():
    assert ql.__version__ == version("qlangevin")


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="simulated"):
        ql.simulated  # noqa: B018


def test_nothing_is_loaded_before_it_is_used():
    code = "import sys, qlangevin; print(sorted({'numpy', 'numba', 'xarray'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_names_are_those_of_the_packages():
    assert ql.simulate is ql.sde.simulate
    assert ql.steady_state is ql.steady.steady_state
    assert ql.log_negativity is ql.analysis.log_negativity


def test_a_spawned_process_loads_what_it_is_sent():
    system = ql.systems.Microrings.published()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        there = pool.submit(ql.steady_state, system).result()
    assert there.identical(ql.steady_state(system))
