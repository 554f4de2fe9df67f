"""Compilation in a second process: it fills the cache, and nothing waits for it when it fails."""

import os
import subprocess
import sys
from collections import Counter
from types import ModuleType

import pytest

from qlangevin.sde.jit import background, shared_kernels, source, vector_width
from qlangevin.sde.kernels.kernel import TRAJECTORY_KERNELS
from qlangevin.sde.moments.linear import LINEAR_KERNELS, STEP_KERNELS
from qlangevin.sde.moments.taylor import TAYLOR_KERNELS
from qlangevin.steady.lyapunov.solver import KERNELS as COVARIANCES

ONCE = (
    f"from numba import njit\n\n{source.COMPILED}\n\n\ndef once(x):\n    return x\n\n\nonce = "
    "compiled(once)\n"
)


class NotOnDisk:
    """Stands for kernels that are not on disk."""

    cached = False

    def load(self):
        module = ModuleType("missing")
        module.__file__ = "/nonexistent/missing.py"
        return module

    def calls(self):
        return [("missing", ())]

    def compiled(self):
        return "compiled here"


SOME = NotOnDisk()


@pytest.fixture
def not_on_disk(monkeypatch):
    """No kernels that have been asked for, and two cores."""
    monkeypatch.setattr(background, "_finished", {})
    monkeypatch.setattr(background, "available_cores", lambda: 2)


@pytest.mark.parametrize("program", [sys.executable, "/nonexistent/python"])
def test_nothing_waits_for_a_second_process_that_fails(not_on_disk, monkeypatch, program):
    """There is no module "missing" to import."""
    monkeypatch.setattr(background.sys, "executable", program)
    background.compile_in_background(SOME)
    assert background.ready(SOME) == "compiled here"
    assert list(background._finished) == [SOME]


def test_no_process_is_started_on_one_core_or_for_kernels_on_disk(not_on_disk, monkeypatch):
    monkeypatch.setattr(background, "available_cores", lambda: 1)
    background.compile_in_background(SOME)
    assert background._finished == {}
    monkeypatch.setattr(background, "available_cores", lambda: 2)
    monkeypatch.setattr(NotOnDisk, "cached", True)
    monkeypatch.setattr(background, "Thread", None)
    background.compile_in_background(SOME)
    background.ready(SOME)


def test_kernels_found_on_disk_are_not_checked_again(not_on_disk, monkeypatch):
    monkeypatch.setattr(NotOnDisk, "cached", True)
    background.compile_in_background(SOME)
    monkeypatch.delattr(NotOnDisk, "cached")
    background.compile_in_background(SOME)


@pytest.fixture
def once(monkeypatch, tmp_path, request):
    """A function of a generated module of this test, in a cache of its own."""
    source = f"# {request.node.name}\n{ONCE}"
    monkeypatch.setenv("QLANGEVIN_CACHE", str(tmp_path))
    monkeypatch.setattr(shared_kernels, "joined_code", lambda *_: source)
    return shared_kernels.SharedKernels((vector_width,), ("once",), lambda: [(1,)])


def test_kernels_are_found_on_disk_once_they_have_been_compiled(once):
    assert not once.cached
    once.compiled()
    assert once.cached


def test_the_second_process_compiles_into_the_cache(not_on_disk, once, tmp_path):
    """It ends while this process is alive, and this process loads the code that it wrote."""
    background.compile_in_background(once)
    background._finished[once].wait()
    assert len(list(tmp_path.rglob("*.nbc"))) == 1
    function = background.ready(once).once
    assert (sum(function.stats.cache_hits.values()), function(2)) == (1, 2)


@pytest.mark.slow
def test_one_compilation_of_each_shared_kernel_serves_all_runs(tmp_path):
    """The examples have the types of the arguments in use: the cache holds each function once."""
    program = (
        "import qlangevin as ql\n"
        "from qlangevin.sde import terms\n"
        "ports = terms.lose('a', 'p', amplitude_rate=1.0), terms.drive('a', 1.0)\n"
        "for more in (), (terms.kerr('a', 0.1),):\n"
        "    model = ql.Model.build(['a'], [*ports, *more])\n"
        "    ql.steady_state(model)\n"
        "    ql.simulate(model, trajectories=64, duration=0.1, step=0.01, samples=5, seed=1)\n"
        "    ql.simulate(model, trajectories=64, duration=0.1, step=0.01, samples=5, seed=1,\n"
        "        start='steady', scheme='exponential')\n"
    )
    environment = os.environ | {"QLANGEVIN_CACHE": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    found = Counter(
        path.name.partition(".")[2].partition("-")[0] for path in tmp_path.rglob("*.nbc")
    )
    kernels = (TRAJECTORY_KERNELS, TAYLOR_KERNELS, LINEAR_KERNELS, STEP_KERNELS, COVARIANCES)
    assert {name: found[name] for each in kernels for name in each.names} == {
        name: 1 for each in kernels for name in each.names
    }
