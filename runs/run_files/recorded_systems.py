"""What a result keeps of the source of its system, and what follows for repeating and resuming."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any, Protocol

from .errors import RunFileError, shown
from .system_files import open_system_file
from .system_sources import (
    SHIPPED,
    Found,
    SystemSource,
    find_system,
    installed_systems,
    is_file_reference,
    load_system_file,
)

KEPT = ("reference", "kind", "name", "sha256")
"""What a result keeps of a `SystemSource`, beside its text: attributes system_reference, …"""
TEXT = "system_source"
"""Attribute of a result: the text of the file that defines its system."""
REMEDY = "--changed-system repeats the result with the file as it is now"


class Description(Protocol):
    """What every result is computed from: a run file as read."""

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def source(self) -> SystemSource: ...


def made_from(description: Description, command: str) -> dict[str, str]:
    """Attributes that every result has: title, command, run file, and the source of its system."""
    source = description.source
    kept = {f"system_{name}": getattr(source, name) for name in KEPT} | {TEXT: source.text}
    return {
        "title": description.title,
        "command": command,
        "run_file": description.text,
        **{name: value for name, value in kept.items() if value},
    }


def recorded_source(attributes: Mapping[str, Any]) -> SystemSource | None:
    """The source that a result keeps; None where it was written before sources were kept."""
    if "system_kind" not in attributes:
        return None
    kept = {name: str(attributes.get(f"system_{name}", "")) for name in KEPT}
    return SystemSource(**kept, text=str(attributes.get(TEXT, "")))  # type: ignore[arg-type]


def system_of_result(
    stem: str, attributes: Mapping[str, Any], given: str | None, *, changed: bool
) -> Found | None:
    """The system with which a result is repeated; None where its run file alone determines it.

    `given` is the user's file, which is run only if its hash is that of the result, or where
    `changed` allows another. Raises RunFileError.
    """
    source = recorded_source(attributes)
    if source is None or source.kind != "file":
        if given is not None:
            raise RunFileError(
                f"--system {given} is for results of a system in a user's file; {stem!r} is none: "
                "leave it out"
            )
        return _without_file(stem, source, changed=changed)
    if given is None:
        raise RunFileError(
            f"result {stem!r} was made with {source.name}, a user's file, which is run only when "
            f"it is named: --system {quote(source.reference)}"
        )
    if not is_file_reference(given):
        raise RunFileError(f"--system {given} must be a file of Python, such as {source.reference}")
    name = source.name.rpartition(":")[2]
    file = open_system_file(given if ".py:" in given else f"{given}:{name}", Path())
    if file.sha256 != source.sha256 and not changed:
        raise RunFileError(_changed(stem, f"the file {file.path.name}", source, file.sha256))
    if file.class_name != name and not changed:
        raise RunFileError(
            f"--system {given} is not the class with which {stem!r} was made, {name}; name this "
            "one, or leave the class out"
        )
    return load_system_file(file)


def _without_file(stem: str, source: SystemSource | None, *, changed: bool) -> Found | None:
    """The system of a result for which the user need not name a file."""
    if source is None or source.kind == "tables":
        return None
    if source.kind == "shipped":
        return _shipped_file(source) if is_file_reference(source.reference) else None
    if source.reference not in installed_systems():
        raise RunFileError(
            f"result {stem!r} was made with the installed system {source.name!r}, which no package "
            "offers here; install the package"
        )
    found = find_system(source.reference, None)
    if found.source.sha256 != source.sha256 and not changed:
        raise RunFileError(
            _changed(stem, f"the installed system {source.name}", source, found.source.sha256)
        )
    return found


def _shipped_file(source: SystemSource) -> Found:
    """A system in a file beside the shipped run files."""
    file = open_system_file(source.reference, SHIPPED)
    if not file.path.resolve().is_relative_to(SHIPPED):
        raise RunFileError(f"{shown(source.reference)} does not ship with qlangevin")
    return load_system_file(file)


def _changed(stem: str, what: str, source: SystemSource, sha256: str) -> str:
    return (
        f"{what} is not the one with which {stem!r} was made: SHA-256 {source.sha256[:12]}… there, "
        f"{sha256[:12]}… here; {REMEDY}"
    )


def require_same_system(kept: Mapping[str, Any], source: SystemSource, where: str) -> None:
    """Refuse to continue a result or checkpoint whose system was in another or a changed file.

    `kept` has its `system_name` and `system_sha256`. Raises RunFileError without a remedy.
    """
    name, digest = (str(kept.get(f"system_{key}", "")) for key in ("name", "sha256"))
    if digest == "" or (name, digest) == (source.name, source.sha256):
        return
    same = name == source.name
    what = f"{source.name} has changed since" if same else f"it was {name}, and is {source.name}"
    raise RunFileError(f"{where} was made with another system: {what}")
