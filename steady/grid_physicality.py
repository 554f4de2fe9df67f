"""Grids whose states or spectra break the uncertainty relation: a warning, or an error."""

from __future__ import annotations

import numpy as np

from ..sde.model.uncertainty import UnphysicalError, UnphysicalWarning, is_quantum_state
from ..sde.support.checks import Array, warn
from .grid_table import Table


def report_unphysical(table: Table, physical: str) -> None:
    """Warn of, or raise UnphysicalError for, what breaks the uncertainty relation.

    These are covariances of steady states, and spectra and output modes that are measured.
    """
    least = table["physicality"]
    broken = least < 0
    broken[broken] = ~is_quantum_state(table["covariance"][broken])
    if broken.any():
        _report(
            f"{_count(broken, least)} steady states are no quantum states (min eig(V + iΩ/2) = "
            f"{least[broken].min():.3g} at worst), so no measure of their covariance is "
            "meaningful: the variable physicality shows which",
            physical,
        )
    margin = table.get("light_physicality", np.zeros(0))
    if (margin < 0).any():
        _report(
            f"light at {_count(margin < 0, margin)} steady states is that of no quantum field (min "
            f"eig of S ± iΩ/2 or V + iΩ/2 = {np.nanmin(margin):.3g} at worst), so its measures are "
            "not meaningful: the variable light_physicality shows which; noise='published' may "
            "count a vacuum twice, or rub damp a momentum alone",
            physical,
        )


def _count(broken: Array, values: Array) -> str:
    return f"{np.count_nonzero(broken)} of {np.count_nonzero(np.isfinite(values))}"


def _report(message: str, physical: str) -> None:
    if physical == "raise":
        raise UnphysicalError(message)
    warn(message, UnphysicalWarning)
