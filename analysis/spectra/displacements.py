"""Displacement spectra of mechanical modes, in zero-point units and in m²/Hz."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy.constants import hbar

from ...sde.support.checks import require_positive
from .elements import block, element, result


def displacement_spectrum(
    spectrum: xr.Dataset | xr.DataArray,
    mode: str | None = None,
    *,
    zero_point: float | None = None,
    mass: float | None = None,
    mechanical_frequency: float | None = None,
) -> xr.DataArray:
    """Spectrum of a displacement x = x_zp(b + b†) = √2 x_zp q of a mechanical mode.

    Two-sided, as ∫ S_x dω/2π = ⟨δx²⟩; twice this at positive frequencies is the one-sided spectrum.

    Parameters
    ----------
    spectrum : Dataset or DataArray
        Result of `steady.intracavity_spectrum`; or a spectrum of q in s, such as the variable
        added_noise of `steady.displacement_noise`.
    mode : str, default None
        Name of the mechanical mode; needed for a Dataset.
    zero_point : float, default None
        x_zp in m, the standard deviation of x in the ground state.
    mass, mechanical_frequency : float, default None
        Effective mass m in kg and ω_m in rad/s, instead of it: x_zp = √(ħ/2mω_m).

    Returns
    -------
    DataArray (..., frequency)
        S_x in m²/Hz, or S_x/x_zp² in 1/Hz without a zero-point length.

    Raises
    ------
    ValueError
        For a spectrum or mode that does not exist, numbers that are not positive, and a mass
        without a frequency or beside a zero-point length.

    Examples
    --------
    An oscillator in its ground state, damped at the amplitude rate 1, at its resonance:

    >>> import qlangevin as ql
    >>> bath = ql.terms.lose("b", "bath", amplitude_rate=1.0)
    >>> model = ql.Model.build(["b"], [ql.terms.detune("b", 50.0), bath])
    >>> spectrum = ql.steady.intracavity_spectrum(model, [50.0])
    >>> ql.analysis.displacement_spectrum(spectrum, "b").values.round(2)
    array([1.])
    >>> ql.analysis.displacement_spectrum(spectrum, "b", zero_point=1e-15).attrs["units"]
    'm²/Hz'
    """
    length = _zero_point(zero_point, mass, mechanical_frequency)
    q = _spectrum_of_q(spectrum, mode)
    units, over = ("1/Hz", " over x_zp²") if length is None else ("m²/Hz", "")
    values = 2 * (1.0 if length is None else length**2) * q
    return result(values, "displacement", units, f"displacement spectrum{over}")


def _spectrum_of_q(spectrum: Any, mode: str | None) -> xr.DataArray:
    """The spectrum of q, of a Dataset's mode or as it was given."""
    if not isinstance(spectrum, xr.DataArray):
        return element(block(spectrum, [mode], "mode")[0], 0, 0)  # type: ignore[list-item]
    if mode is not None or spectrum.attrs.get("units") != "s":
        raise ValueError(
            "spectrum must be a Dataset, with mode, or one spectrum of q in s, without mode (got "
            f"{spectrum.name!r} in {spectrum.attrs.get('units', 'no unit')})"
        )
    return spectrum


def _zero_point(
    zero_point: float | None, mass: float | None, mechanical_frequency: float | None
) -> float | None:
    """x_zp in m; None where nothing is given."""
    if zero_point is not None:
        if mass is not None or mechanical_frequency is not None:
            raise ValueError("zero_point and mass cannot be given together; leave one out")
        require_positive("zero_point", zero_point, "m")
        return float(zero_point)
    if mass is None and mechanical_frequency is None:
        return None
    require_positive("mass", mass, "kg")
    require_positive("mechanical_frequency", mechanical_frequency, "rad/s")
    return float(np.sqrt(hbar / (2 * mass * mechanical_frequency)))  # type: ignore[operator]
