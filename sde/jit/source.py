"""Source text of modules without comments and docstrings, from which compiled code is made.

Kernel modules are pasted one after the other into the file that numba compiles, and results are
compared by a hash of that text. Without comments and docstrings, rewording one neither changes the
hash nor compiles anything anew.
"""

from __future__ import annotations

import ast
import inspect
from functools import cache
from types import ModuleType

COMPILED = 'compiled = njit(cache=CACHE, nogil=True, error_model="numpy")'
"""Line of generated source that defines the decorator of its compiled functions."""


@cache
def module_code(module: ModuleType) -> str:
    """Source of a module without comments and docstrings."""
    return code_without_comments(inspect.getsource(module))


def code_without_comments(source: str) -> str:
    """Source text without comments, docstrings and strings that document a constant."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and any(map(_is_text, body)):
            kept = [statement for statement in body if not _is_text(statement)]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.unparse(tree)


def _is_text(statement: ast.stmt) -> bool:
    """Whether a statement is a string and nothing else."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


@cache
def joined_code(modules: tuple[ModuleType, ...], functions: tuple[str, ...]) -> str:
    """Code of modules, one after the other, in which the functions of these names are compiled."""
    compiled = [f"{name} = compiled({name})" for name in functions]
    return "\n\n".join([*map(module_code, modules), COMPILED, *compiled]) + "\n"
