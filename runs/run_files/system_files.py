"""A system in a user's own file: read, run as Python, and searched for its class.

The folder of the file is importable while the file is run, for its own imports; modules that it
imports from there are dropped afterwards, so that another file may have neighbours of these names.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import chdir, contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from traceback import walk_tb
from types import ModuleType
from typing import Any

from ...sde.parameters import require_declared
from ...sde.support.checks import nearest
from ...sde.system import System, has_effective_detuning
from .errors import LONGEST, RunFileError, shown

REFERENCE = re.compile(r"(?P<path>[^\0]*\.py)(:(?P<name>[^\0]*))?", re.DOTALL)
"""A file of Python, and perhaps a class in it: "ring.py:MyRing"."""
_files: set[str] = set()
"""Source files, outside this package, of the systems loaded so far."""


@dataclass(frozen=True)
class SystemFile:
    """A file as read, before it is run: `reference` as written, the class named there, if any."""

    reference: str
    path: Path
    class_name: str | None
    content: bytes

    @property
    def sha256(self) -> str:
        """The hash of the bytes of the file."""
        return sha256(self.content).hexdigest()

    @property
    def text(self) -> str:
        """The text. Raises RunFileError where it is not UTF-8."""
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self.refused("is not UTF-8 text; save it in that encoding") from None

    def refused(self, why: str) -> RunFileError:
        """The error for this file, whose name is the subject of `why`."""
        return RunFileError(f"system = {shown(self.reference)}: {shown(self.path.name)} {why}")

    def load(self) -> type[System]:
        """Run the file and return the class that is named, or the only one.

        Raises RunFileError, whatever the file raises.
        """
        module = self._run()
        names = vars(module)
        if self.class_name is None:
            return self._only_system(module)
        if self.class_name not in names:
            own = sorted(_own_classes(module)) or [
                name for name, value in names.items() if isinstance(value, type)
            ]
            hint = nearest(self.class_name, own, "it defines") if own else "it defines none"
            raise self.refused(f"has no class {shown(self.class_name)}: {hint}")
        return require_system_class(names[self.class_name], self.class_name, self.refused)

    def _run(self) -> ModuleType:
        text = self.text
        module = ModuleType(f"system_file_{self.sha256[:12]}")
        path = self.path.absolute()
        module.__file__ = str(path)
        sys.modules[module.__name__] = module  # dataclasses look their module up
        _files.add(str(path))
        with _importable(path.parent):
            try:
                exec(compile(text, str(path), "exec", dont_inherit=True), vars(module))
            except SystemExit as error:
                there = _location(error, _files)
                raise self.refused(
                    f"calls sys.exit() while it is loaded ({there}); put it under if __name__ == "
                    '"__main__":'
                ) from error
            except Exception as error:
                raise RunFileError(
                    f"system = {shown(self.reference)}: {_failure(error)}"
                ) from error
        return module

    def _only_system(self, module: ModuleType) -> type[System]:
        """The only class of a system that the file defines itself; imported ones do not count."""
        classes = _own_classes(module)
        whole = {name: kind for name, kind in classes.items() if not inspect.isabstract(kind)}
        candidates = whole or classes
        if not candidates:
            raise self.refused(
                "defines no system: a class that is derived from ql.System and has model()"
            )
        if len(candidates) > 1:
            listed = ", ".join(candidates)
            first = next(iter(candidates))
            raise self.refused(
                f"defines {len(candidates)} systems, {listed}; name one of them, as in "
                f"{shown(f'{self.path.name}:{first}')}"
            )
        ((name, kind),) = candidates.items()
        return require_system_class(kind, name, self.refused)


def open_system_file(reference: str, folder: Path) -> SystemFile:
    """Read the file that a reference such as "ring.py:MyRing" names, without running it.

    Its path is relative to the folder. Raises RunFileError.
    """
    match = REFERENCE.fullmatch(reference)
    assert match is not None
    path = folder / match["path"]
    start = f"system = {shown(reference)}"
    if match["name"] is not None and not match["name"].isidentifier():
        raise RunFileError(
            f"{start} must name a class after the colon, as in "
            f"{shown(f'{path.name}:MySystem')}; or leave the colon out"
        )
    try:
        if path.is_dir():
            raise RunFileError(f"{start}: {shown(str(path))} is a folder; name a file in it")
        return SystemFile(reference, path, match["name"], path.read_bytes())
    except FileNotFoundError:
        raise RunFileError(
            f"{start}: there is no file {shown(str(path))}{_similar(path)}"
        ) from None
    except RunFileError:
        raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise RunFileError(f"{start}: {shown(str(path))} cannot be read ({reason})") from None


def _similar(path: Path) -> str:
    """Hint for a file that is missing: the one in its folder with the nearest name."""
    try:
        names = sorted(each.name for each in path.parent.glob("*.py"))
    except OSError:
        names = []
    if not names:
        return "; paths are relative to the folder of the run file"
    return f": {nearest(path.name, names, 'in its folder are')}"


def require_system_class(
    found: Any, name: str, refused: Callable[[str], RunFileError]
) -> type[System]:
    """Check that an object is the class of a system that can be made.

    Raises the error that `refused` makes of the reason.
    """
    if not (isinstance(found, type) and issubclass(found, System)):
        raise refused(f"names {name}, which is no system: derive the class from ql.System")
    if inspect.isabstract(found):
        raise refused(f"names {name}, which has no model(): define it, to return a Model")
    try:
        require_declared(found, System)
        has_effective_detuning(found)
    except ValueError as error:
        raise refused(f"names {name}, which is refused: {error}") from None
    for field in dataclasses.fields(found):
        for key in ("symbol", "unit", "meaning"):
            if not isinstance(field.metadata[key], str):
                raise refused(
                    f"names {name}, in which the {key} of {field.name} must be text (got "
                    f"{shown(field.metadata[key])})"
                )
    if not inspect.isfunction(found.model) or not inspect.signature(found.model).parameters:
        raise refused(f"names {name}, whose model must be a method: def model(self)")
    if not isinstance(found.REFERENCE, str):
        raise refused(f"names {name}, whose REFERENCE = {shown(found.REFERENCE)} must be text")
    if not isinstance(found.PUBLISHED, Mapping):
        raise refused(
            f"names {name}, whose PUBLISHED = {shown(found.PUBLISHED)} must be a dictionary of "
            "values by name"
        )
    return found


def remember_files(kind: type[System]) -> None:
    """Count the files of a class, and of those that it is derived from, as files of a system.

    Errors that are raised in them are then reported as errors of the system.
    """
    for base in kind.__mro__:
        if base.__module__.partition(".")[0] not in (__name__.partition(".")[0], "builtins", "abc"):
            with suppress(TypeError, OSError):
                _files.add(str(inspect.getsourcefile(base)))


def failure_in_system(error: BaseException) -> str | None:
    """A sentence on an error that was raised in a system's own file; None for all others."""
    if not _location(error, _files):
        return None
    if isinstance(error, SystemExit):
        return f"{_location(error, _files)} calls sys.exit(); remove the call"
    return _failure(error)


def place_in_system(error: BaseException) -> str:
    """File and line of an error raised in a system's own file, and ": "; empty for all others."""
    there = _location(error, _files)
    return f"{there}: " if there else ""


def _failure(error: BaseException) -> str:
    """File, line, type and message of an error, with the line that cannot be parsed."""
    if isinstance(error, SyntaxError) and error.filename:
        quoted = f" ({shown(error.text.strip())})" if error.text else ""
        there = f"{Path(error.filename).name}, line {error.lineno}"
        return f"{there} raises {type(error).__name__}: {error.msg}{quoted}; correct the file"
    message = " ".join(str(error).split())
    message = message if len(message) <= LONGEST else f"{message[:LONGEST]}…"
    there = _location(error, _files) or "the file"
    return f"{there} raises {type(error).__name__}{f': {message}' if message else ''}; correct it"


def _location(error: BaseException, files: Iterable[str]) -> str:
    """File and line, in the innermost of these files that an error passed; empty for none."""
    places = [
        (frame.f_code.co_filename, line)
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_code.co_filename in files
    ]
    return f"{Path(places[-1][0]).name}, line {places[-1][1]}" if places else ""


def _own_classes(module: ModuleType) -> dict[str, type[System]]:
    """The systems that a module defines itself, by name."""
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type)
        and issubclass(value, System)
        and value.__module__ == module.__name__
        and value.__name__ == name
    }


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let modules in a folder be imported in the `with` block, before all others.

    The search path and the working directory are restored at the end.
    """
    known = set(sys.modules)
    importlib.invalidate_caches()
    sys.path.insert(0, str(folder))
    try:
        with chdir(Path.cwd()):
            yield
    finally:
        with suppress(ValueError):
            sys.path.remove(str(folder))
        _drop_modules(folder, set(sys.modules) - known)


def _drop_modules(folder: Path, names: set[str]) -> None:
    """Forget modules and packages that lie in a folder itself; their files are remembered."""
    for name in names:
        file = getattr(sys.modules.get(name), "__file__", None)
        if "." in name or not file:
            continue
        place = Path(file)
        home = place.parent.parent if place.name == "__init__.py" else place.parent
        if home != folder:
            continue
        for each in [each for each in names if each == name or each.startswith(f"{name}.")]:
            _files.add(str(getattr(sys.modules[each], "__file__", file)))
            del sys.modules[each]
