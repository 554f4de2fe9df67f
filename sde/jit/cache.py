"""Compiled code on disk: generated source is written to a cache folder and imported from there.

A file is named by the hash of its text and of numba's version, so compiled code of another text or
another numba is never loaded.
"""

from __future__ import annotations

import gc
import hashlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numba
import platformdirs
from numba.core import event

from ..support.checks import warn

NAME = "qlangevin_kernel_"
"""How the names of generated modules begin."""
COMPILING = "compiling kernels (once, about 15 s)"


@cache
def load_source(source: str) -> ModuleType:
    """Import generated source; its constant `CACHE` sets whether numba may write compiled code.

    Without a writable folder the code is compiled anew in this process, with a warning.
    """
    name = module_name(source)
    home = cache_folder()
    if home:
        return _import(name, _write_once(home / f"{name}.py", "CACHE = True\n" + source))
    warn(
        "no writable cache folder: kernels are compiled anew (set QLANGEVIN_CACHE to a folder)",
        UserWarning,
    )
    module = sys.modules[name] = ModuleType(name)
    exec(compile("CACHE = False\n" + source, name, "exec"), module.__dict__)
    return module


def module_name(source: str) -> str:
    """Name of the module of generated source."""
    return f"{NAME}{digest(source)}"


def digest(source: str) -> str:
    """Hash of a text and of numba's version, 20 hexadecimal digits."""
    return hashlib.sha256(f"{numba.__version__}\n{source}".encode()).hexdigest()[:20]


def is_on_disk(function: Any) -> bool:
    """Whether numba's cache on disk holds compiled code of a function."""
    place = function.stats.cache_path
    pattern = f"{function.py_func.__module__}.{function.py_func.__name__}-*.nbi"
    return place is not None and any(Path(place).glob(pattern))


@contextmanager
def collection_paused() -> Iterator[None]:
    """Run a `with` block without Python's garbage collector, which slows a compilation by a tenth.

    Numba's data stay in use, so the collector finds little in them, many times over.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def announcing(report: Callable[[str], None]) -> Iterator[None]:
    """Call report(`COMPILING`) once, when the first kernel is compiled within a `with` block."""
    listener = _Announcer(report)
    with event.install_listener("numba:compile", listener):
        yield


class _Announcer(event.Listener):
    """Listens to numba's compiler; kernels loaded from disk are not compiled."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self.report, self.reported = report, False

    def on_start(self, event: Any) -> None:
        """Announce the first compilation of a generated module."""
        if not self.reported and event.data["dispatcher"].py_func.__module__.startswith(NAME):
            self.reported = True
            self.report(COMPILING)

    def on_end(self, event: Any) -> None:
        """Nothing to do when a compilation ends."""


def cache_folder() -> Path | None:
    """The first writable one of $QLANGEVIN_CACHE, the user's cache folder, a temporary folder."""
    return next((candidate for candidate in _candidates() if _writable(candidate)), None)


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("QLANGEVIN_CACHE")
    if chosen:
        yield Path(chosen)
    yield Path(platformdirs.user_cache_dir("qlangevin"))
    user = os.getuid() if hasattr(os, "getuid") else "cache"
    yield Path(tempfile.gettempdir()) / f"qlangevin-{user}"


def _writable(candidate: Path) -> bool:
    try:
        candidate.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=candidate):
            return True
    except OSError:
        return False


def _write_once(path: Path, text: str) -> Path:
    """Write a file unless it holds this text; renamed when complete, so others see all or none."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    try:
        if path.exists() and path.read_text(encoding="utf-8") == text:
            os.unlink(file.name)
        else:
            os.replace(file.name, path)
    except OSError:
        os.unlink(file.name)
        raise
    return path


def _import(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OSError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # numba's cache finds the functions of a module by its name
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
