"""Spectra that `simulate` estimated from recorded light, as `steady.output_spectrum` has them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from ...sde.labels import Q_, Q
from ...sde.support.checks import Array, require_one_of, shown
from ...steady.light.uncertainty import is_physical
from .quadratures import homodyne, squeezing_spectrum

LEVELS = {"nonlinear": "output_spectrum", "linear": "output_spectrum_linear"}
DECIBELS = 10 / np.log(10)
CONFIDENCE = 5.0
"""Standard errors within which a violation of the uncertainty relation is due to sampling."""


def recorded_spectrum(result: xr.Dataset, level: str = "nonlinear") -> xr.Dataset:
    """Spectral matrix of the light that a run recorded, for `homodyne` and `squeezing_spectrum`.

    Parameters
    ----------
    result : Dataset
        Result of `simulate` with `record`.
    level : {"nonlinear", "linear"}
        The spectrum of the nonlinear trajectories, or that of the linearised steps, which is exact.

    Returns
    -------
    Dataset
        spectrum_real, spectrum_imag (frequency, quadrature, quadrature_) as `output_spectrum`
        returns them, of the light averaged over bins; for nonlinear trajectories their standard
        errors `*_stderr`; and physical (frequency): S + iΩ/2 ≥ 0 holds within five standard errors.

    Raises
    ------
    ValueError
        For a result without recorded light, and linear theory that has not settled.

    References
    ----------
    Welch, doi:10.1109/TAU.1967.1161901.

    Examples
    --------
    >>> import qlangevin as ql
    >>> terms = [ql.terms.squeeze("a", 0.25j), ql.terms.lose("a", "out", amplitude_rate=1.0)]
    >>> model = ql.Model.build(["a"], terms)
    >>> run = ql.simulate(
    ...     model, trajectories=128, duration=80.0, step=0.02, scheme="exponential", samples=4,
    ...     record=["out"],
    ... )
    >>> spectrum = ql.analysis.recorded_spectrum(run)
    >>> best = ql.analysis.squeezing_spectrum(spectrum, "out")
    >>> print(f"{best['squeezing'].max().item():.0f} dB")
    8 dB
    """
    require_one_of("level", level, LEVELS)
    name = LEVELS[level]
    if not isinstance(result, xr.Dataset) or "output_spectrum_real" not in result:
        what = "one without recorded light" if isinstance(result, xr.Dataset) else shown(result)
        raise ValueError(f'result must be a dataset of simulate(..., record=["port"]) (got {what})')
    if f"{name}_real" not in result:
        raise ValueError(
            'level "linear" needs linearised steps that have settled before the record begins: '
            "take a later `since` or a longer duration"
        )
    axes = {"output": Q, "output_": Q_}
    kept = [each for each in result if str(each).startswith((f"{name}_real", f"{name}_imag"))]
    named = {each: str(each).replace(name, "spectrum") for each in kept}
    found = result[kept].rename(named).rename(axes)
    found = found.drop_vars([each for each in found.coords if each not in ("frequency", Q, Q_)])
    return found.assign(physical=_physical(found)).assign_attrs(result.attrs)


@dataclass(frozen=True, eq=False)
class RecordedNoise:
    """Noise of recorded light over shot noise, in dB, in the quadrature of least noise.

    frequencies (frequencies,) in rad/s, angles (frequencies,) in rad : those of the quadrature, in
    linear theory where the run has it. noise, error (frequencies,) : of the trajectories, and a
    bound on its standard error. linear (frequencies,) : linear theory, or None.
    """

    frequencies: Array
    angles: Array
    noise: Array
    error: Array
    linear: Array | None


def recorded_noise(result: xr.Dataset, port: str) -> RecordedNoise:
    """The noise of the light that a run recorded at a port. Raises ValueError."""
    spectrum = recorded_spectrum(result)
    settled = f"{LEVELS['linear']}_real" in result
    guide = recorded_spectrum(result, "linear") if settled else spectrum
    best = squeezing_spectrum(guide, port)
    angles = best["angle"].values
    S = homodyne(spectrum, port, best["angle"]).values
    return RecordedNoise(
        spectrum["frequency"].values,
        angles,
        DECIBELS * np.log(2 * S),
        DECIBELS * _error_bound(spectrum, port, angles) / S,
        -best["squeezing"].values if settled else None,
    )


def _error_bound(spectrum: xr.Dataset, port: str, angles: Array) -> Array:
    """A bound (frequencies,) on the standard error of S_θ, from those of the elements of S.

    angles (frequencies,) : θ in rad at every frequency.
    """
    names = [f"{port}.X", f"{port}.Y"]
    errors = spectrum["spectrum_real_stderr"].sel({Q: names, Q_: names}).values
    along = np.abs(np.stack([np.cos(angles), np.sin(angles)], axis=-1))
    return np.asarray(np.einsum("fa,fab,fb->f", along, errors, along))


def _physical(spectrum: xr.Dataset) -> xr.Variable:
    """Whether S ± iΩ/2 ≥ 0 holds at every frequency, within the errors; not where S is NaN."""
    S = spectrum["spectrum_real"].values + 1j * spectrum["spectrum_imag"].values
    errors = [spectrum[each].values for each in spectrum if str(each).endswith("stderr")]
    sampling = CONFIDENCE * sum(
        (np.linalg.norm(error, axis=(-1, -2)) for error in errors), np.zeros(len(S))
    )
    enlarged = S + sampling[:, None, None] * np.eye(S.shape[-1])
    return xr.Variable("frequency", is_physical(enlarged), {"units": "1"})
