"""Statistics of the docstrings.

    python -m tests.docstrings

prints, for each top-level package and for what is exported, the share of docstrings of one line and
the share of functions whose docstring names every argument.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PACKAGES = ("sde", "steady", "analysis", "runs")
EXPORTING = (
    "qlangevin",
    "qlangevin.sde",
    "qlangevin.steady",
    "qlangevin.analysis",
    "qlangevin.analysis.plots",
    "qlangevin.sde.terms",
)
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)


def exported() -> dict[str, Any]:
    """Functions and classes that the public packages export, by full name, each once."""
    found: dict[int, tuple[str, Any]] = {}
    for name in EXPORTING:
        module = importlib.import_module(name)
        for attribute in module.__all__:
            value = getattr(module, attribute)
            if inspect.isfunction(value) or inspect.isclass(value):
                found.setdefault(id(value), (f"{name}.{attribute}", value))
    return dict(found.values())


def exported_functions() -> dict[str, Callable[..., Any]]:
    """The functions among them, and the public methods of the classes that are not exceptions."""
    functions = {name: value for name, value in exported().items() if inspect.isfunction(value)}
    for name, value in exported().items():
        if inspect.isclass(value) and not issubclass(value, BaseException):
            for key, method in inspect.getmembers(value, inspect.isroutine):
                function = getattr(method, "__func__", method)
                ours = (getattr(function, "__module__", None) or "").startswith("qlangevin")
                if ours and not key.startswith("_"):
                    functions[f"{name}.{key}"] = function
    return functions


def arguments(function: Callable[..., Any]) -> list[str]:
    """The names of a function's arguments, without self and cls."""
    return [name for name in inspect.signature(function).parameters if name not in ("self", "cls")]


def sections(docstring: str) -> dict[str, str]:
    """The sections of a NumPy docstring, by title; what stands before the first is its ""."""
    pieces = SECTION.split(inspect.cleandoc(docstring))
    return {"": pieces[0], **dict(zip(pieces[1::2], pieces[2::2], strict=True))}


def named(docstring: str) -> set[str]:
    """The arguments that the section Parameters names."""
    lines = re.findall(
        r"^(\*{0,2}\w[^:\n]*?)(?: : .*)?$", sections(docstring).get("Parameters", ""), re.MULTILINE
    )
    return {name.strip(" *") for line in lines for name in line.split(",")}


def undescribed(function: Callable[..., Any]) -> list[str]:
    """Arguments that a function's docstring does not name."""
    return [name for name in arguments(function) if name not in named(function.__doc__ or "")]


def docstrings(package: str) -> Iterator[tuple[ast.AST, str | None]]:
    """Modules, classes and functions of a package with their docstrings."""
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield node, ast.get_docstring(node)


def main() -> None:
    """Print the table."""
    print(f"{'package':12} {'docstrings':>10} {'one line':>9} {'arguments named':>16}")
    for package in PACKAGES:
        found = [(node, text) for node, text in docstrings(package) if text]
        one_line = sum("\n" not in text for _, text in found)
        functions = [(n, t) for n, t in found if isinstance(n, ast.FunctionDef) and n.args.args]
        complete = sum(
            {a.arg for a in n.args.args} - {"self", "cls"} <= named(t) for n, t in functions
        )
        shares = f"{one_line / len(found):>9.0%} {complete / len(functions):>16.0%}"
        print(f"{package:12} {len(found):>10} {shares}")
    functions_ = exported_functions()
    complete = sum(not undescribed(function) for function in functions_.values())
    print(f"{'exported':12} {len(functions_):>10} {'':>9} {complete / len(functions_):>16.0%}")


if __name__ == "__main__":
    main()
