"""Docstrings of what is exported: complete, and with examples that run."""

import doctest
import inspect

import pytest

from tests.docstrings import exported, exported_functions, sections, undescribed

FUNCTIONS = exported_functions()
EXPORTED = exported() | FUNCTIONS
WITH_EXAMPLES = {name: value for name, value in EXPORTED.items() if ">>>" in (value.__doc__ or "")}
NEEDS = {"qlangevin.Model.to_qutip": "qutip"}
"""Packages that examples need and an installation without extras lacks."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_of_an_exported_function_is_described(name):
    assert undescribed(FUNCTIONS[name]) == []


@pytest.mark.parametrize(
    "name", [name for name, value in EXPORTED.items() if inspect.isfunction(value)]
)
def test_an_exported_function_says_what_it_returns(name):
    assert "Returns" in sections(EXPORTED[name].__doc__)


@pytest.mark.parametrize(
    "name", [name for name, value in exported().items() if inspect.isfunction(value)]
)
def test_an_exported_function_has_an_example(name):
    assert ">>>" in sections(EXPORTED[name].__doc__).get("Examples", "")


@pytest.mark.xdist_group("examples")
@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_docstring_run(name):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    value = EXPORTED[name]
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    (example,) = doctest.DocTestFinder(recurse=False).find(value, name, globs={})
    found = doctest.DocTestRunner(optionflags=flags).run(example)
    assert found.failed == 0
