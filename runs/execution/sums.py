"""Batch sums in a file beside the result: most of its bytes, needed only to extend it and for
further error bars.
"""

from __future__ import annotations

import glob
from hashlib import sha256
from pathlib import Path

import xarray as xr

from .output import read_dataset, write_dataset

SUMS = "batch_sums"
FILE = "batch_sums_file"
"""The attribute of a result that names the file."""


def write_result(path: Path, dataset: xr.Dataset) -> list[Path]:
    """Write a result without its batch sums, and before it these; those of a result that it
    replaces go at the end.

    The name of their file changes with the sums, so that an interrupt leaves the earlier result
    with its own.
    """
    if SUMS not in dataset:
        return [write_dataset(path, dataset)]
    apart = dataset[[SUMS]].drop_attrs(deep=False)
    beside = path.with_name(
        f"{path.stem}.sums-{sha256(apart[SUMS].values.tobytes()).hexdigest()[:8]}.h5"
    )
    write_dataset(beside, apart, packed=True)
    write_dataset(path, dataset.drop_vars(SUMS).assign_attrs({FILE: beside.name}))
    for old in path.parent.glob(f"{glob.escape(path.stem)}.sums-*.h5"):
        if old != beside:
            old.unlink()
    return [path, beside]


def open_result(path: Path | str) -> xr.Dataset:
    """A result with its batch sums, if their file is there, as `simulate(earlier=...)` and
    `analysis.estimate` need it.

    Raises OutputRefusedError for a file that cannot be read.
    """
    path = Path(path)
    dataset = read_dataset(path)
    beside = path.with_name(Path(str(dataset.attrs.get(FILE, ""))).name or path.name)
    if SUMS in dataset or FILE not in dataset.attrs or not beside.exists():
        return dataset
    return dataset.assign({SUMS: read_dataset(beside)[SUMS]})
