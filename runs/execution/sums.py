"""Batch sums in a file of their own beside the result.

They are most of a result's bytes, and needed only to extend it and for further error bars.
"""

from __future__ import annotations

import glob
from hashlib import sha256
from pathlib import Path

import xarray as xr

from ...sde.ensemble.results import BATCH_SUMS
from .output import read_dataset, write_dataset

SUMS = BATCH_SUMS.name
FILE = "batch_sums_file"
"""Attribute of a result: the name of the file with its batch sums."""


def write_result(path: Path, dataset: xr.Dataset) -> list[Path]:
    """Write the batch sums of a result to their file, then the result without them.

    The file is named after a hash of the sums: an interrupt leaves an earlier result with its own
    sums, which are deleted only after the new result has been written.
    """
    if SUMS not in dataset:
        return [write_dataset(path, dataset)]
    sums = dataset[[SUMS]].drop_attrs(deep=False)
    digest = sha256(sums[SUMS].values.tobytes()).hexdigest()[:8]
    beside = path.with_name(f"{path.stem}.sums-{digest}.h5")
    write_dataset(beside, sums, packed=True)
    write_dataset(path, dataset.drop_vars(SUMS).assign_attrs({FILE: beside.name}))
    for old in path.parent.glob(f"{glob.escape(path.stem)}.sums-*.h5"):
        if old != beside:
            old.unlink()
    return [path, beside]


def open_result(path: Path | str) -> xr.Dataset:
    """Read a result and its batch sums, for `simulate(earlier=...)` and `analysis.estimate`.

    Parameters
    ----------
    path : path
        NetCDF file that `qlangevin run`, `sweep`, `map`, `validate` or `switching` has written.

    Returns
    -------
    xarray.Dataset
        The result; with batch_sums (batch, time, statistic) where the file beside it exists.

    Raises
    ------
    OutputRefusedError
        Where a file cannot be read.

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.open_result("results/spinning/spinning.nc")
    Traceback (most recent call last):
    ...
    qlangevin.runs.execution.output.OutputRefusedError: there is no file 'results/...'
    """
    path = Path(path)
    dataset = read_dataset(path)
    beside = path.with_name(Path(str(dataset.attrs.get(FILE, ""))).name or path.name)
    if SUMS in dataset or FILE not in dataset.attrs or not beside.exists():
        return dataset
    return dataset.assign({SUMS: read_dataset(beside)[SUMS]})
