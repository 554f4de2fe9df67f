"""Kernels that all models share: functions compiled in the joined code of a few modules."""

from __future__ import annotations

from dataclasses import dataclass
from threading import RLock
from types import ModuleType

from .cache import is_on_disk, load_source
from .source import joined_code

_LOADING = RLock()
"""Held while a module is loaded, so that two threads do not load it twice."""


@dataclass(frozen=True)
class SharedKernels:
    """Functions of these names, compiled in the joined code of modules."""

    modules: tuple[ModuleType, ...]
    names: tuple[str, ...]

    @property
    def code(self) -> str:
        """Source of the joined module, without comments and docstrings."""
        return joined_code(self.modules, self.names)

    def load(self) -> ModuleType:
        """The joined module; each function is compiled at its first call, or read from disk."""
        with _LOADING:
            return load_source(self.code)

    @property
    def cached(self) -> bool:
        """Whether the cache on disk holds compiled code of all functions."""
        module = self.load()
        return all(is_on_disk(getattr(module, name)) for name in self.names)


def load_compiled(modules: tuple[ModuleType, ...], names: tuple[str, ...]) -> ModuleType:
    """Join modules into one in which the functions of these names are compiled, and import it."""
    return SharedKernels(modules, names).load()
