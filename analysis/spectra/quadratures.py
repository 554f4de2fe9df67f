"""Spectra of measured quadratures, and the best squeezing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from ...sde.labels import Q_
from ...sde.support.checks import Array, numbers, shown
from .elements import block, element, result


def homodyne(spectrum: xr.Dataset, port: str, angle: Any) -> xr.DataArray:
    """Spectrum of the quadrature X cos θ + Y sin θ of the light that leaves a port.

    S_θ = S_XX cos²θ + S_YY sin²θ + Re S_XY sin 2θ: a photocurrent is real, so the imaginary part of
    S does not contribute. S_θ(−ω) = S_θ(ω).

    Parameters
    ----------
    spectrum : Dataset
        Result of `steady.output_spectrum`.
    port : str
        Name of the port.
    angle : float, array (angles,) or DataArray
        θ in rad. A DataArray is matched by its dimensions: the angle of `squeezing_spectrum`
        follows the best quadrature.

    Returns
    -------
    DataArray (..., frequency), or (..., frequency, angle) for an array
        Two-sided spectrum; ½ for vacuum, the shot noise.

    Raises
    ------
    ValueError
        For a spectrum that is no such dataset, a port that it does not hold, and an angle that is
        no number.

    Examples
    --------
    A degenerate parametric oscillator at half its threshold, its squeezed and its other quadrature:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> pump = ql.terms.squeeze("a", 0.25j)
    >>> loss = ql.terms.lose("a", "out", amplitude_rate=1.0)
    >>> model = ql.Model.build(["a"], [pump, loss])
    >>> spectrum = ql.steady.output_spectrum(model, [0.0])
    >>> (2 * ql.analysis.homodyne(spectrum, "out", [np.pi / 2, 0.0]).values).round(4)
    array([[0.1111, 9.    ]])
    """
    real, _ = block(spectrum, [port], "port")
    theta = _angles(angle)
    c, s = np.cos(theta), np.sin(theta)
    X, Y, XY = element(real, 0, 0), element(real, 1, 1), element(real, 0, 1)
    values = X * c**2 + Y * s**2 + XY * (2 * s * c)
    return result(values, "homodyne", "1", "spectrum of the measured quadrature, vacuum ½")


def squeezing_spectrum(spectrum: xr.Dataset, port: str | Sequence[str]) -> xr.Dataset:
    """Squeezing of the light that leaves, at the best angle for each frequency.

    Parameters
    ----------
    spectrum : Dataset
        Result of `steady.output_spectrum`.
    port : str or sequence of str
        Name of the port. Of several ports the best combination of all their quadratures is taken,
        with real weights: two-mode squeezing.

    Returns
    -------
    Dataset
        Over (..., frequency), with S_min and S_max the least and largest spectrum of any measured
        quadrature, homodyne detection being assumed:

        * squeezing: −10 log₁₀(2 S_min) in dB; positive below shot noise (3 dB is half of it), 0 for
          vacuum, negative where every quadrature is noisier
        * antisqueezing: 10 log₁₀(2 S_max) in dB, positive above shot noise
        * angle: θ of S_min in rad, −π/2 … π/2, for one port
        * weight (..., frequency, quadrature): of S_min's combination, of norm 1, for several ports

    Raises
    ------
    ValueError
        For a spectrum that is no such dataset, and ports that it does not hold.

    References
    ----------
    Walls and Milburn, doi:10.1007/978-3-540-28574-8.

    Examples
    --------
    >>> import qlangevin as ql
    >>> pump = ql.terms.squeeze("a", 0.25j)
    >>> loss = ql.terms.lose("a", "out", amplitude_rate=1.0)
    >>> model = ql.Model.build(["a"], [pump, loss])
    >>> spectrum = ql.steady.output_spectrum(model, [0.0])
    >>> best = ql.analysis.squeezing_spectrum(spectrum, "out")
    >>> best["squeezing"].values.round(3), best["angle"].values.round(3)
    (array([9.542]), array([1.571]))
    """
    single = isinstance(port, str)
    real, _ = block(spectrum, [port] if isinstance(port, str) else list(port), "port")
    least, largest, weight = _of_one_port(real) if single else _of_several(real)
    squeezing = result(0.0 - _decibels(least), "squeezing", "dB", "noise below shot noise")
    antisqueezing = result(_decibels(largest), "antisqueezing", "dB", "noise above shot noise")
    return xr.Dataset(
        {"squeezing": squeezing, "antisqueezing": antisqueezing, str(weight.name): weight},
        attrs={"port": port if isinstance(port, str) else ", ".join(port)},
    )


def _decibels(spectrum: xr.DataArray) -> xr.DataArray:
    """A spectrum relative to that of vacuum, in dB."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return xr.apply_ufunc(lambda values: 10 * np.log10(2 * values), spectrum)


def _of_one_port(real: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Least and largest spectrum of a quadrature, and the angle of the least."""
    X, Y, XY = element(real, 0, 0), element(real, 1, 1), element(real, 0, 1)
    largest = 0.5 * (X + Y) + np.hypot(0.5 * (X - Y), XY)
    least = (X * Y - XY**2) / largest
    angle = 0.5 * xr.apply_ufunc(np.arctan2, 0.0 - 2 * XY, Y - X)
    return least, largest, result(angle, "angle", "rad", "angle of the best quadrature")


def _of_several(real: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Least and largest spectrum of a combination of quadratures, and the weights of the least."""
    values, vectors = _eigen(real.values)
    frame = real.isel({Q_: 0}, drop=True)
    weight = result(frame.copy(data=vectors[..., 0]), "weight", "1", "best combination")
    one = element(real, 0, 0)
    return one.copy(data=values[..., 0]), one.copy(data=values[..., -1]), weight


def _eigen(S: Array) -> tuple[Array, Array]:
    """Eigenvalues and vectors of symmetric matrices (..., n, n); NaN where not finite."""
    finite = np.asarray(np.isfinite(S).all(axis=(-2, -1)))
    values, vectors = np.linalg.eigh(np.where(finite[..., None, None], S, np.eye(S.shape[-1])))
    blank = ~finite[..., None]
    return np.where(blank, np.nan, values), np.where(blank[..., None], np.nan, vectors)


def _angles(angle: Any) -> Any:
    """Angles in rad as a number, or labelled by their dimension."""
    if isinstance(angle, xr.DataArray):
        return angle
    values = numbers("angle", angle, unit="rad")
    if values.ndim > 1 or not np.isfinite(values).all():
        raise ValueError(f"angle must be a finite number in rad, or a list (got {shown(angle)})")
    attributes = {"units": "rad", "symbol": "θ", "long_name": "angle of the quadrature"}
    axis = xr.Variable("angle", np.atleast_1d(values), attributes)
    return xr.DataArray(axis, coords={"angle": axis}) if values.ndim else float(values)
