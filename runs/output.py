"""Results on disk: each file whole or not at all, and a folder that is tried before any work."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xarray as xr

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class OutputRefusedError(ValueError):
    """The output folder cannot be written, found out before any work."""


class OutputError(OSError):
    """A result could not be written, e.g. on a full disk; nothing half-written is left."""


def prepare_output(folder: Path) -> None:
    """Make the output folder and try it, before any work. Raises OutputRefusedError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputRefusedError(
            f"output folder {str(folder)!r} cannot be written ({error.strerror}); name another with --output"
        ) from None


def write_dataset(path: Path, dataset: xr.Dataset) -> Path:
    """Write NetCDF, formed in memory: the HDF5 library does not survive a disk that fills up under it."""
    return write_bytes(path, dataset.to_netcdf(engine="h5netcdf"))


def write_bytes(path: Path, content: bytes | memoryview) -> Path:
    """Write what is already formed."""
    return _write_whole(path, lambda beside: beside.write_bytes(content))


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text."""
    return _write_whole(path, lambda beside: beside.write_text(text, encoding="utf-8"))


def write_figure(path: Path, figure: Figure) -> Path:
    """Write a figure in the format of its suffix."""
    return _write_whole(path, lambda beside: figure.savefig(beside, format=path.suffix[1:], dpi=200))


def _write_whole(path: Path, writer: Callable[[Path], Any]) -> Path:
    """Write beside the target and rename: a reader sees the old file or the new one, never half of one."""
    beside = path.with_name(f".{path.name}.partial")
    try:
        writer(beside)
        os.replace(beside, path)
    except OSError as error:
        raise OutputError(
            f"{str(path)!r} could not be written ({error.strerror or error}); nothing of it was kept"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return path
