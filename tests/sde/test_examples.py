"""The examples in docstrings that no top-level package exports."""

import doctest

import pytest

from qlangevin.sde import formulas, terms
from qlangevin.sde.model import polynomial
from qlangevin.sde.systems import SYSTEMS

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("module", [formulas, polynomial, terms])
def test_the_examples_of_a_module_run(module):
    found = doctest.testmod(module, optionflags=FLAGS)
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("kind", SYSTEMS.values(), ids=SYSTEMS)
def test_the_examples_of_a_system_run(kind):
    (example,) = doctest.DocTestFinder(recurse=False).find(kind, kind.__name__, globs={})
    assert not doctest.DocTestRunner(optionflags=FLAGS).run(example).failed
