"""Compiled code on disk: emitted source is written once to a cache folder and imported from there.

The file's name is the hash of its text and of numba's version, so that a change can never meet an
old binary.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

import numba
import platformdirs
from numba.core import event

from ..support.checks import warn

NAME = "qlangevin_kernel_"
COMPILING = "compiling kernels (once, about 15 s)"


@cache
def load(source: str) -> ModuleType:
    """Import emitted source, whose `CACHE` constant tells whether numba may keep its compiled code
    on disk.

    Without a writable folder the code is compiled anew in this process, with a warning.
    """
    name, home = f"{NAME}{digest(source)}", folder()
    if home:
        return _import(name, _write_once(home / f"{name}.py", "CACHE = True\n" + source))
    warn(
        "no writable cache folder: kernels are compiled anew (set QLANGEVIN_CACHE to a folder)",
        UserWarning,
    )
    module = ModuleType(name)
    exec(compile("CACHE = False\n" + source, name, "exec"), module.__dict__)
    return module


def digest(source: str) -> str:
    """Twenty hexadecimal digits of a text and of numba's version."""
    return hashlib.sha256(f"{numba.__version__}\n{source}".encode()).hexdigest()[:20]


COMPILED = 'compiled = njit(cache=CACHE, nogil=True, error_model="numpy")'
"""What turns a function of emitted source into compiled code."""
_LOADING = RLock()


@dataclass(frozen=True)
class Shared:
    """Kernels that all models share: functions of these names, compiled in the joined text of
    modules.
    """

    modules: tuple[ModuleType, ...]
    names: tuple[str, ...]

    def load(self) -> ModuleType:
        """As one module."""
        with _LOADING:
            return load(joined(self.modules, self.names))

    @property
    def cached(self) -> bool:
        """Whether the functions have been compiled before, and are on disk."""
        module = self.load()
        return all(_on_disk(getattr(module, name)) for name in self.names)


def _on_disk(function: Any) -> bool:
    """Whether numba keeps a compiled function on disk."""
    place = function.stats.cache_path
    pattern = f"{function.py_func.__module__}.{function.py_func.__name__}-*.nbi"
    return place is not None and any(Path(place).glob(pattern))


def load_compiled(modules: tuple[ModuleType, ...], names: tuple[str, ...]) -> ModuleType:
    """The text of modules, one behind the other, as one module in which the functions of these
    names are compiled.
    """
    return Shared(modules, names).load()


@cache
def joined(modules: tuple[ModuleType, ...], names: tuple[str, ...]) -> str:
    """Their source, as `load_compiled` loads it."""
    functions = [f"{name} = compiled({name})" for name in names]
    return "\n\n".join([*map(inspect.getsource, modules), COMPILED, *functions]) + "\n"


@contextmanager
def announcing(tell: Callable[[str], None]) -> Iterator[None]:
    """Say once, in a `with` block, that kernels are being compiled, when the first one that is not
    on disk is.
    """
    listener = _Announcer(tell)
    with event.install_listener("numba:compile", listener):
        yield


class _Announcer(event.Listener):
    def __init__(self, tell: Callable[[str], None]) -> None:
        self.tell, self.told = tell, False

    def on_start(self, event: Any) -> None:
        """A compilation begins."""
        if not self.told and event.data["dispatcher"].py_func.__module__.startswith(NAME):
            self.told = True
            self.tell(COMPILING)

    def on_end(self, event: Any) -> None:
        """It ends."""


def folder() -> Path | None:
    """The first writable one of $QLANGEVIN_CACHE, the user's cache folder and a temporary folder."""
    return next((candidate for candidate in _candidates() if _writable(candidate)), None)


def _candidates() -> Iterator[Path]:
    chosen = os.environ.get("QLANGEVIN_CACHE")
    if chosen:
        yield Path(chosen)
    yield Path(platformdirs.user_cache_dir("qlangevin"))
    yield (
        Path(tempfile.gettempdir())
        / f"qlangevin-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"
    )


def _writable(candidate: Path) -> bool:
    try:
        candidate.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=candidate):
            return True
    except OSError:
        return False


def _write_once(path: Path, text: str) -> Path:
    """Write by rename, so that another process sees the whole file or none."""
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
