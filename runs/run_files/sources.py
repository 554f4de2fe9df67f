"""Find and read run files: by path, or by the name of one that ships with the package."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from ...sde.support.checks import nearest
from .errors import RunFileError, shown
from .schema import File, parse
from .system_files import REFERENCE


@dataclass(frozen=True, eq=False)
class ParsedFile:
    """A run file as parsed, the name of its results, and its text.

    `folder` is the one to which its paths are relative; None for a text that a result keeps.
    """

    parsed: File
    stem: str
    text: str
    folder: Path | None = None


def load_file(path_or_name: str | Path) -> ParsedFile:
    """Read a run file by its path, or a shipped one by its name. Raises RunFileError."""
    source = find_source(path_or_name)
    text = read_source(source)
    stem = source.name.removesuffix(".toml") or source.name
    folder = source.parent if isinstance(source, Path) else None
    return ParsedFile(parse(source.name, text), stem, text, folder)


def read_text(stem: str, text: str) -> ParsedFile:
    """Read the text of a run file that a result keeps. Raises RunFileError."""
    return ParsedFile(parse(stem, text), stem, text)


def shipped_runs() -> dict[str, Traversable]:
    """The run files that ship with the package, those in its examples folder too, by name."""
    runs = files(__package__.rpartition(".")[0])
    return {
        path.name.removesuffix(".toml"): path
        for folder in (runs, runs / "examples")
        for path in folder.iterdir()
        if path.name.endswith(".toml")
    }


def find_source(path_or_name: str | Path) -> Path | Traversable:
    """The run file at a path, or the shipped one with that name. Raises RunFileError."""
    path = Path(path_or_name)
    shipped = shipped_runs()
    if REFERENCE.fullmatch(str(path_or_name)):
        raise RunFileError(
            f"{shown(str(path_or_name))} is a system, and a run file is needed (TOML), with system "
            f"= {shown(str(path_or_name))}"
        )
    if _exists(path.is_file):
        return path
    name = str(path_or_name).removesuffix(".toml")
    if name in shipped:
        return shipped[name]
    if _exists(path.is_dir):
        raise RunFileError(f"{str(path)!r} is a folder; name a run file in it")
    raise RunFileError(
        f"there is no run file {shown(str(path_or_name))} here or shipped: "
        f"{nearest(name, sorted(shipped))}"
    )


def _exists(exists: Callable[[], bool]) -> bool:
    """Whether a path exists; False for a path that the file system does not allow."""
    try:
        return exists()
    except OSError:
        return False


def is_run_file(name: str) -> bool:
    """Whether there is a file of this name, or a shipped run."""
    return _exists(Path(name).is_file) or name.removesuffix(".toml") in shipped_runs()


def read_source(source: Path | Traversable) -> str:
    """The text of a run file, UTF-8. Raises RunFileError."""
    try:
        return source.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise RunFileError(f"{source.name} is not UTF-8 text; save it in that encoding") from None
    except OSError as error:
        raise RunFileError(
            f"{source.name} cannot be read ({error.strerror}); check its permissions"
        ) from None
