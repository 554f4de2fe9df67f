"""Rules that hold for the whole suite."""

import sys


def pytest_sessionfinish(session):
    """A module imported under two names (`sde.x` and `qlangevin.sde.x`) would make two of every
    class.
    """
    bare = {"sde", "steady", "analysis", "runs"} & set(sys.modules)
    assert not bare, f"imported outside the qlangevin namespace: {', '.join(sorted(bare))}"
