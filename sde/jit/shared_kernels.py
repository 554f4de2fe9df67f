"""Kernels that all models share: functions compiled in the joined code of a few modules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import RLock
from types import ModuleType
from typing import Any

from .cache import collection_paused, is_on_disk, load_source, module_name
from .source import joined_code

_LOADING = RLock()
"""Held while a module is loaded or compiled, so that two threads do not do it twice."""
_compiled = set[str]()
"""Names of the modules whose functions have been compiled, or loaded from disk."""

Arguments = tuple[Any, ...]


@dataclass(frozen=True)
class SharedKernels:
    """Functions of these names, compiled in the joined code of modules.

    examples() gives for each function arguments of the types that it is called with, for a call
    that does nothing; without it, functions are compiled when they are first called.
    """

    modules: tuple[ModuleType, ...]
    names: tuple[str, ...]
    examples: Callable[[], list[Arguments]] = list

    @property
    def code(self) -> str:
        """Source of the joined module, without comments and docstrings."""
        return joined_code(self.modules, self.names)

    @property
    def name(self) -> str:
        """Name of the joined module, under which other generated modules import from it."""
        return module_name(self.code)

    def load(self) -> ModuleType:
        """The joined module; each function is compiled at its first call, or read from disk."""
        with _LOADING:
            return load_source(self.code)

    def compiled(self) -> ModuleType:
        """The joined module, with all functions compiled or read from disk."""
        module = self.load()
        if module.__name__ not in _compiled:
            with _LOADING, collection_paused():
                for name, arguments in self.calls():
                    getattr(module, name)(*arguments)
            _compiled.add(module.__name__)
        return module

    def calls(self) -> list[tuple[str, Arguments]]:
        """Calls that do nothing but compile the functions."""
        return list(zip(self.names, self.examples(), strict=False))

    @property
    def cached(self) -> bool:
        """Whether the cache on disk holds compiled code of all functions."""
        module = self.load()
        return all(is_on_disk(getattr(module, name)) for name in self.names)
