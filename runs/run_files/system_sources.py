"""Where a system comes from: this package, an installed package, a user's file, or the run file."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Literal, NamedTuple

from ...sde.support.checks import nearest, warn
from ...sde.system import System
from ...sde.systems import BROKEN, SYSTEMS, SystemFileWarning
from .errors import RunFileError, shown
from .schema import SystemTables
from .system_files import (
    REFERENCE,
    SystemFile,
    open_system_file,
    remember_files,
    require_system_class,
)
from .system_tables import declared_system

GROUP = "qlangevin.systems"
"""Entry-point group in which packages list their systems: a name, and module:class."""
SHIPPED = Path(__file__).resolve().parent.parent
"""Folder of the run files that ship with the package."""


@dataclass(frozen=True)
class SystemSource:
    """Where a system comes from.

    `reference` is as written, `name` what messages call it, without folders; `text` and `sha256`
    are those of its file, and empty for a system of this package.
    """

    reference: str
    kind: Literal["shipped", "installed", "file", "tables"]
    name: str
    text: str = ""
    sha256: str = ""

    @property
    def recorded(self) -> dict[str, str]:
        """What provenance records of a system in a file; empty for one of this package."""
        return {"system_name": self.name, "system_sha256": self.sha256} if self.sha256 else {}

    @property
    def identity(self) -> dict[str, str]:
        """What must be equal for two results of the same system."""
        return {"system_name": self.name, **self.recorded}


class Found(NamedTuple):
    """The class of a system, and where it comes from."""

    system: type[System]
    source: SystemSource


def find_system(reference: str | SystemTables, folder: Path | None) -> Found:
    """The system that a run file or a command names.

    `reference` is the name of a shipped or an installed system, a file such as "ring.py:MyRing"
    relative to `folder`, or the [system] tables of a run file. `folder` is None for the run file
    that a result keeps: no file is run then. Raises RunFileError.
    """
    if not isinstance(reference, str):
        return _from_tables(reference)
    if reference in SYSTEMS or reference in BROKEN:
        return _shipped(reference)
    if is_file_reference(reference):
        if folder is None:
            raise RunFileError(
                f"system = {shown(reference)} is a user's file, which is run only when it is named"
            )
        return load_system_file(open_system_file(reference, folder))
    if reference in installed_systems():
        return _installed(reference)
    raise RunFileError(f"system = {shown(reference)} is unknown: {_hint(reference, folder)}")


def is_file_reference(text: str) -> bool:
    """Whether a text names a file of Python, and perhaps a class in it."""
    return REFERENCE.fullmatch(text) is not None


def is_system(name: str) -> bool:
    """Whether a name is that of a shipped system or of a file of Python."""
    return name in SYSTEMS or name in BROKEN or is_file_reference(name)


def load_system_file(file: SystemFile) -> Found:
    """Run a file that has been read, and find its system. Raises RunFileError."""
    kind = file.load()
    remember_files(kind)
    path = file.path.resolve()
    name = f"{path.name}:{kind.__name__}"
    if path.is_relative_to(SHIPPED):
        inside = f"{path.relative_to(SHIPPED).as_posix()}:{kind.__name__}"
        return Found(kind, SystemSource(inside, "shipped", name, file.text, file.sha256))
    return Found(kind, SystemSource(file.reference, "file", name, file.text, file.sha256))


def installed_systems() -> dict[str, list[EntryPoint]]:
    """What installed packages offer as systems, by name; nothing is imported.

    Names of shipped systems are left out (see `warn_of_clashes`).
    """
    offered: dict[str, list[EntryPoint]] = {}
    for point in _entry_points():
        if point.name not in SYSTEMS and point.name not in BROKEN:
            offered.setdefault(point.name, []).append(point)
    return offered


def warn_of_clashes(names: Iterable[str]) -> None:
    """Warn of systems of installed packages that have one of these names of shipped ones."""
    for point in _entry_points():
        if point.name in names:
            warn(
                f"{_package(point)} offers a system {point.name!r}, which is the name of a shipped "
                "one; the shipped one is used",
                SystemFileWarning,
            )


@cache
def _entry_points() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def _package(point: EntryPoint) -> str:
    return f"the installed package {point.dist.name}" if point.dist else "an installed package"


def _shipped(name: str) -> Found:
    warn_of_clashes([name])
    if name in BROKEN:
        raise RunFileError(
            f"system = {shown(name)} cannot be imported: its file raises {BROKEN[name]}"
        )
    return Found(SYSTEMS[name], SystemSource(name, "shipped", name))


def _installed(name: str) -> Found:
    """Import a system of an installed package. Raises RunFileError, whatever the package raises."""
    point, *others = {point.value: point for point in installed_systems()[name]}.values()
    start = f"system = {shown(name)}"
    if others:
        offers = " and ".join(map(_package, (point, *others)))
        raise RunFileError(f"{start} is offered by {offers}; uninstall one of them")
    try:
        loaded = point.load()
    except (Exception, SystemExit) as error:
        raise RunFileError(
            f"{start} cannot be imported: {_package(point)} raises {type(error).__name__}: "
            f"{' '.join(str(error).split())}"
        ) from error

    def refused(why: str) -> RunFileError:
        return RunFileError(f"{start}: {_package(point)} {why}")

    kind = require_system_class(loaded, point.value, refused)
    remember_files(kind)
    content = _source_of(kind)
    digest = sha256(content).hexdigest() if content else ""
    text = content.decode("utf-8-sig", errors="replace")
    return Found(kind, SystemSource(name, "installed", name, text, digest))


def _source_of(kind: type[System]) -> bytes:
    """The file of a class; empty where it has none."""
    try:
        return Path(inspect.getsourcefile(kind) or "").read_bytes()
    except (OSError, TypeError):
        return b""


def _from_tables(tables: SystemTables) -> Found:
    """The system that the tables of a run file declare. Raises RunFileError."""
    text = tables.model_dump_json()
    digest = sha256(text.encode()).hexdigest()
    source = SystemSource("[system]", "tables", "[system]", text, digest)
    return Found(declared_system(tables), source)


def _hint(name: str, folder: Path | None) -> str:
    """What may be meant by an unknown name of a system."""
    stem, _, kind = name.partition(":")
    near = folder / stem if folder is not None and stem and "\0" not in stem else None
    try:
        if near and near.is_dir():
            return f"it is a folder; name a file in it, such as {shown(f'{stem}/ring.py:MyRing')}"
        if near and near.with_name(f"{near.name}.py").is_file():
            return f"did you mean {shown(f'{stem}.py:{kind}' if kind else f'{stem}.py')}?"
    except (OSError, ValueError):
        pass
    return nearest(name, [*SYSTEMS, *installed_systems()])
