"""Architecture: few modules in each folder, short chains of imports, no hidden import."""

import ast
import os
import pkgutil
import re
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOP = ("sde", "steady", "analysis", "runs")
DATA_DRIVEN = {
    "sde/jit/compiler.py",  # the modules that the parent process names
    "sde/systems/__init__.py",  # the systems that lie in the folder
    "runs/execution/run.py",  # a library, loaded early in a thread
    "runs/execution/reproduce.py",  # the paper that the user names
}
"""Files that import what is only known when they run."""


def modules(top: str) -> list[Path]:
    """The files of a top-level package, relative to the root."""
    return sorted(path.relative_to(ROOT) for path in (ROOT / top).rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imported(path: Path) -> list[tuple[str, ...]]:
    """What a file imports by relative imports, as paths from the root."""
    package = path.parent.parts
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = (*package[: len(package) - node.level + 1], *(node.module or "").split("."))
            base = tuple(part for part in base if part)
            found += [(*base, alias.name) for alias in node.names]
    return found


def folder_in_sde(parts: tuple[str, ...]) -> str:
    """The folder of a module of sde; modules in sde itself count as one folder."""
    return parts[1] if len(parts) > 1 and (ROOT / parts[0] / parts[1]).is_dir() else "sde"


def test_the_longest_chain_of_imports_inside_sde_has_six_folders():
    """Raises CycleError where two folders import each other."""
    graph: dict[str, set[str]] = {}
    for path in modules("sde"):
        if path.parts[1:] == ("__init__.py",) or path.parts[1] == "systems":
            continue
        here = folder_in_sde(path.parts)
        targets = {folder_in_sde(parts) for parts in imported(path) if parts[0] == "sde"}
        graph.setdefault(here, set()).update(targets - {here})
    length: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        length[name] = 1 + max((length[below] for below in graph.get(name, ())), default=0)
    assert max(length.values()) <= 6


@pytest.mark.parametrize("top", [*TOP, "tests"])
def test_no_folder_has_more_than_fifteen_modules(top):
    counts = {folder: len(list(Path(folder).glob("*.py"))) for folder, *_ in os.walk(ROOT / top)}
    assert {folder: count for folder, count in counts.items() if count > 15} == {}


def test_no_import_is_hidden_in_a_string():
    calls = {
        str(path)
        for top in TOP
        for path in modules(top)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Name | ast.Attribute)
        and getattr(node, "id", getattr(node, "attr", "")) in ("import_module", "__import__")
    }
    assert calls <= DATA_DRIVEN


def dotted_names() -> list[str]:
    """Names such as qlangevin.sde.terms in messages, docstrings and documents."""
    texts = [(ROOT / path).read_text(encoding="utf-8") for top in TOP for path in modules(top)]
    texts += [
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")
    ]
    return sorted({name for text in texts for name in re.findall(r"\bqlangevin(?:\.\w+)+", text)})


@pytest.mark.parametrize("name", dotted_names())
def test_every_dotted_name_exists(name):
    """Messages send the user to what is there, wherever modules have moved."""
    assert pkgutil.resolve_name(name) is not None
