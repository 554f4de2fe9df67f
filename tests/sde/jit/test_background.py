"""Compilation in a second process: it fills the cache, and nothing waits for it when it fails."""

import os
import subprocess
import sys

import pytest

from qlangevin.sde.jit import background, shared_kernels, source, vector_width
from qlangevin.sde.kernels.kernel import SHARED, TRAJECTORY_KERNELS
from qlangevin.sde.moments.linear import LINEAR_KERNELS
from qlangevin.sde.moments.taylor import TAYLOR_KERNELS

ONCE = (
    f"from numba import njit\n\n{source.COMPILED}\n\n\ndef once(x):\n    return x\n\n\nonce = "
    "compiled(once)\n"
)


class NotOnDisk:
    """Stands for kernels that are not on disk."""

    cached = False


@pytest.fixture
def not_on_disk(monkeypatch):
    """Registered kernels "some" that are not on disk, and two cores."""
    monkeypatch.setattr(background, "_registered", {"some": (NotOnDisk(), None)})
    monkeypatch.setattr(background, "_finished", {})
    monkeypatch.setattr(background, "available_cores", lambda: 2)


@pytest.mark.parametrize("program", [sys.executable, "/nonexistent/python"])
def test_nothing_waits_for_a_second_process_that_fails(not_on_disk, monkeypatch, program):
    """There is no module "some" to import."""
    monkeypatch.setattr(background.sys, "executable", program)
    background.compile_in_background("some")
    background.wait_until_compiled("some")
    assert list(background._finished) == ["some"]


def test_no_process_is_started_on_one_core_or_for_kernels_on_disk(not_on_disk, monkeypatch):
    monkeypatch.setattr(background, "available_cores", lambda: 1)
    background.compile_in_background("some")
    assert background._finished == {}
    monkeypatch.setattr(background, "available_cores", lambda: 2)
    monkeypatch.setattr(NotOnDisk, "cached", True)
    monkeypatch.setattr(background, "Thread", None)
    background.compile_in_background("some")
    background.wait_until_compiled("some")


def test_kernels_found_on_disk_are_not_checked_again(not_on_disk, monkeypatch):
    monkeypatch.setattr(NotOnDisk, "cached", True)
    background.compile_in_background("some")
    monkeypatch.delattr(NotOnDisk, "cached")
    background.compile_in_background("some")


def test_kernels_are_found_on_disk_once_they_have_been_compiled(monkeypatch, tmp_path):
    """A function of a generated module of this test, in a cache of its own."""
    monkeypatch.setenv("QLANGEVIN_CACHE", str(tmp_path))
    kernels = shared_kernels.SharedKernels((vector_width,), ("once",))
    monkeypatch.setattr(shared_kernels, "joined_code", lambda *_: ONCE)
    assert not kernels.cached
    kernels.load().once(1)
    assert kernels.cached


@pytest.mark.slow
def test_the_second_process_compiles_into_the_cache(tmp_path):
    environment = os.environ | {"QLANGEVIN_CACHE": str(tmp_path)}
    command = [
        sys.executable,
        "-P",
        "-W",
        "ignore",
        "-m",
        "qlangevin.sde.jit.background",
        TRAJECTORY_KERNELS,
        TAYLOR_KERNELS,
        LINEAR_KERNELS,
    ]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.read().split() == [TRAJECTORY_KERNELS, TAYLOR_KERNELS, LINEAR_KERNELS]
    found = {path.name.partition(".")[2].partition("-")[0] for path in tmp_path.rglob("*.nbi")}
    assert found == {*SHARED.names, "advance", "discretise_all", "propagate"}
