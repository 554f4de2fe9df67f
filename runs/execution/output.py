"""Result files, each written completely or not at all, and the lock on the output folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import xarray as xr
from filelock import FileLock, Timeout

from ...sde.support.atomic_files import write_whole
from ...sde.support.errors import NoResultError, RefusedError
from ..interrupts import cleanup_on_exit
from ..run_files.errors import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class OutputRefusedError(RefusedError):
    """A file or folder cannot be used, which is found before any work."""


class OutputError(NoResultError, OSError):
    """A result could not be written, e.g. on a full disk; no partial file is left."""


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Create the output folder and lock it against other runs in the `with` block.

    Folders created here are removed if they are empty at the end. The lock of a killed process does
    not block later runs. Raises OutputRefusedError.
    """
    path = folder / ".lock"
    created = [each for each in (folder, *folder.parents) if not os.path.lexists(each)]
    lock = FileLock(path, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise OutputRefusedError(
            f"output folder {shown(str(folder))} is being written by another run; wait for it, "
            "or name another with --output"
        ) from None
    except OSError as error:
        raise OutputRefusedError(
            f"output folder {shown(str(folder))} cannot be written ({error.strerror}); name "
            "another with --output"
        ) from None

    def release() -> None:
        with suppress(OSError):
            path.unlink()
        lock.release()
        _remove_empty(created)

    with cleanup_on_exit(release):
        try:
            yield
        finally:
            release()


def _remove_empty(folders: list[Path]) -> None:
    with suppress(OSError):
        for each in folders:
            each.rmdir()


def read_dataset(path: Path) -> xr.Dataset:
    """Read a whole NetCDF file. Raises OutputRefusedError where it cannot be read."""
    try:
        with xr.open_dataset(path, engine="h5netcdf") as file:
            return file.load()
    except FileNotFoundError:
        raise OutputRefusedError(f"there is no file {str(path)!r}") from None
    except PermissionError:
        raise OutputRefusedError(f"{str(path)!r} cannot be read; check its permissions") from None
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise OutputRefusedError(
            f"{str(path)!r} is no NetCDF file, or it is damaged; name a result (.nc)"
        ) from error


def write_dataset(path: Path, dataset: xr.Dataset, *, packed: bool = False) -> Path:
    """Write NetCDF with checksums, first into memory: the HDF5 library crashes on a full disk.

    `packed` compresses losslessly, which saves about a fifth for the numbers of an ensemble.
    """
    compression = {"zlib": True, "shuffle": True, "complevel": 1} if packed else {}
    encoding = {
        name: {"fletcher32": True, **compression}
        for name, values in dataset.data_vars.items()
        if values.ndim and values.size and values.dtype.kind in "fiu"
    }
    return write_bytes(path, dataset.to_netcdf(engine="h5netcdf", encoding=encoding))


def write_bytes(path: Path, content: bytes | memoryview) -> Path:
    """Write a file completely or not at all. Raises OutputError."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise OutputError(
            f"{str(path)!r} could not be written ({error.strerror or error}); nothing of it was "
            "kept"
        ) from error
    return path


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text."""
    return write_bytes(path, text.encode())


def write_figure(path: Path, figure: Figure) -> Path:
    """Write a figure in the format of the path's suffix, with TrueType fonts in a PDF."""
    from ...analysis.plots.style import style

    buffer = BytesIO()
    with style():
        figure.savefig(buffer, format=path.suffix[1:], dpi=200)
    return write_bytes(path, buffer.getvalue())


def write_figures(folder: Path, figures: Iterable[tuple[str, Figure]]) -> list[Path]:
    """Write figures under their names: "overview" as PNG, the others as PDF."""
    return [
        write_figure(folder / (f"{name}.png" if name == "overview" else f"{name}.pdf"), figure)
        for name, figure in figures
    ]
