"""Rules that hold for the whole suite."""

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
FILES_OF_ONE_PROCESS = (
    "analysis/plots",
    "analysis/switching",
    "analysis/validation",
    "bench",
    "runs/execution",
    "sde/ensemble",
    "sde/kernels",
    "sde/schemes",
    "truth",
)
"""Folders whose tests share, file by file, kernels, fixtures and cached results."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Run the tests of such a file in one process, so that what they share is computed once."""
    for item in items:
        name = item.path.relative_to(TESTS).as_posix()
        if name.startswith(FILES_OF_ONE_PROCESS) and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group(name))


def pytest_sessionfinish(session):
    """Check that no module was imported outside the package `qlangevin`.

    Imported as `sde.x` and as `qlangevin.sde.x`, a module would define every class twice.
    """
    bare = {"sde", "steady", "analysis", "runs"} & set(sys.modules)
    assert not bare, f"imported outside the qlangevin namespace: {', '.join(sorted(bare))}"
