"""Rules that hold for the whole suite."""

import sys


def pytest_sessionfinish(session):
    """Check that no module was imported outside the package `qlangevin`.

    Imported as `sde.x` and as `qlangevin.sde.x`, a module would define every class twice.
    """
    bare = {"sde", "steady", "analysis", "runs"} & set(sys.modules)
    assert not bare, f"imported outside the qlangevin namespace: {', '.join(sorted(bare))}"
