"""The examples in docstrings that no top-level package exports."""

import doctest

import pytest

from qlangevin.sde import formulas, terms
from qlangevin.sde.model import drift, polynomial
from qlangevin.sde.systems import SYSTEMS

from ..docstrings import sections, undescribed

INHERITED = [
    getattr(drift.PolynomialDrift, name) for name in ("drift", "jacobian", "about", "averaged")
]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("module", [drift, formulas, polynomial, terms])
def test_the_examples_of_a_module_run(module):
    found = doctest.testmod(module, optionflags=FLAGS)
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("kind", SYSTEMS.values(), ids=SYSTEMS)
def test_the_examples_of_a_system_run(kind):
    (example,) = doctest.DocTestFinder(recurse=False).find(kind, kind.__name__, globs={})
    assert not doctest.DocTestRunner(optionflags=FLAGS).run(example).failed


@pytest.mark.parametrize("method", INHERITED)
def test_methods_that_a_model_inherits_are_described(method):
    assert undescribed(method) == []
    assert "Returns" in sections(method.__doc__)
