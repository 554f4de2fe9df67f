"""Compiled code is identified by its source without comments and docstrings."""

import pytest

from qlangevin.sde.jit import simd, source, vector_width
from qlangevin.sde.jit.cache import digest
from qlangevin.sde.jit.source import code_without_comments, joined_code, module_code
from qlangevin.sde.kernels import kernel, moment_sums, noise
from qlangevin.sde.moments import linear_kernel, taylor_kernel

SOURCE = '''
"""A module."""

import numpy as np

if __package__:  # else pasted
    from .other import helper

SIZE = 64
"""Numbers in a row."""


class Kind:
    """Only a docstring."""


def scaled(x):
    """Twice x."""
    # no surprise
    text = "# kept"
    return 2.0 * helper(x)  # a call
'''


def test_rewording_a_comment_or_a_docstring_changes_nothing():
    reworded = SOURCE
    for old, new in [
        ("A module.", "The\n\nmodule."),
        ("# else pasted", "# or in one file"),
        ('"""Numbers in a row."""\n', ""),
        ("Only a docstring.", "Another."),
        ("Twice x.", "2 x, for\n    any x."),
        ("    # no surprise\n", ""),
        ("  # a call", ""),
    ]:
        assert old in reworded
        reworded = reworded.replace(old, new)
    assert code_without_comments(reworded) == code_without_comments(SOURCE)


@pytest.mark.parametrize(
    ("old", "new"), [("2.0 *", "2.0 +"), ("SIZE = 64", "SIZE = 65"), ('"# kept"', '"# left"')]
)
def test_changing_an_expression_changes_the_code(old, new):
    changed = code_without_comments(SOURCE.replace(old, new))
    assert digest(changed) != digest(code_without_comments(SOURCE))


def test_statements_keep_their_order_and_empty_bodies_are_filled():
    lines = code_without_comments(SOURCE).splitlines()
    assert lines[0] == "import numpy as np"
    assert lines.index("if __package__:") < lines.index("SIZE = 64") < lines.index("class Kind:")
    assert lines[lines.index("class Kind:") + 1].strip() == "pass"


def test_hashes_of_kernels_and_of_the_generator_are_those_of_code_without_comments(monkeypatch):
    """A reworded module changes neither; a changed number changes both."""
    model_kernel = kernel.build_kernel(one_mode(), 0.01, kernel.Form())
    before = model_kernel.code_hash, kernel.generator_hash()
    text = module_code(noise)
    changed = text.replace("CELL = 64", "CELL = 128")
    assert changed != text
    assert '"""' not in text
    assert "#" not in text

    def other(module):
        return changed if module is noise else module_code(module)

    def forget():
        joined_code.cache_clear()
        kernel.kernel_source.cache_clear()

    monkeypatch.setattr(source, "module_code", other)
    monkeypatch.setattr(kernel, "module_code", other)
    forget()
    after = model_kernel.code_hash, kernel.generator_hash()
    forget()
    assert before[0] != after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize(
    "modules",
    [
        (vector_width, noise, moment_sums),
        (vector_width, simd, linear_kernel),
        (vector_width, simd, taylor_kernel),
    ],
)
def test_joined_code_imports_nothing_of_the_package(modules):
    """Relative imports stand behind `if __package__`, which is empty in a joined module."""
    namespace = {"__package__": "", "__name__": "joined", "CACHE": False}
    exec(joined_code(modules, ()), namespace)
    assert not any("qlangevin" in str(getattr(v, "__module__", "")) for v in namespace.values())


def one_mode():
    from qlangevin.sde import Model
    from qlangevin.sde.terms import lose

    return Model.build(["a"], [lose("a", "p", amplitude_rate=1.0)])
