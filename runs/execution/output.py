"""Results on disk: each file whole or not at all, and a folder that is tried before any work."""

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
from ..commands.interrupts import undone
from ..run_files.errors import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class OutputRefusedError(RefusedError):
    """The output folder cannot be written, found out before any work."""


class OutputError(NoResultError, OSError):
    """A result could not be written, e.g. on a full disk; nothing half-written is left."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make the output folder, and keep other runs out of it for a `with` block. Raises
    OutputRefusedError.

    Folders that are empty at the end go again. A killed run leaves a file behind that keeps nobody
    out.
    """
    path, made = (
        folder / ".lock",
        [each for each in (folder, *folder.parents) if not os.path.lexists(each)],
    )
    lock = FileLock(path, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise OutputRefusedError(
            f"output folder {shown(str(folder))} is being written by another run; wait for it, or name another with "
            "--output"
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
        _remove_empty(made)

    with undone(release):
        try:
            yield
        finally:
            release()


def _remove_empty(folders: list[Path]) -> None:
    with suppress(OSError):
        for each in folders:
            each.rmdir()


def read_dataset(path: Path) -> xr.Dataset:
    """A NetCDF file, all of it. Raises OutputRefusedError for one that cannot be read."""
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
    """Write NetCDF with checksums, formed in memory: the HDF5 library does not survive a disk that
    fills up.

    `packed` compresses without loss, which takes about a fifth off the numbers of an ensemble.
    """
    packing = {"zlib": True, "shuffle": True, "complevel": 1} if packed else {}
    summed = {
        name: {"fletcher32": True, **packing}
        for name, values in dataset.data_vars.items()
        if values.ndim and values.size and values.dtype.kind in "fiu"
    }
    return write_bytes(path, dataset.to_netcdf(engine="h5netcdf", encoding=summed))


def write_bytes(path: Path, content: bytes | memoryview) -> Path:
    """Write what is already formed, whole or not at all. Raises OutputError."""
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
    """Write a figure in the format of its suffix, with TrueType fonts in a PDF."""
    from ...analysis.plots.style import style

    buffer = BytesIO()
    with style():
        figure.savefig(buffer, format=path.suffix[1:], dpi=200)
    return write_bytes(path, buffer.getvalue())


def write_figures(folder: Path, figures: Iterable[tuple[str, Figure]]) -> list[Path]:
    """Write named figures as PDF, the one called overview as PNG."""
    return [
        write_figure(folder / (f"{name}.png" if name == "overview" else f"{name}.pdf"), figure)
        for name, figure in figures
    ]
