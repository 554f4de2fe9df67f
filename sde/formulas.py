"""Formulas that systems share: Bose occupation, Sagnac shift, radiation pressure, photon flux."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.constants import c as speed_of_light
from scipy.constants import hbar, k

from .support.checks import Array


def thermal_occupation(frequency: Any, temperature: Any) -> Array:
    """Bose occupation 1/(exp(ħω/k_BT) − 1).

    Parameters
    ----------
    frequency : float or array
        ω in rad/s.
    temperature : float or array
        T in K.

    Returns
    -------
    array
        Mean number of quanta; 0 at T = 0.

    Examples
    --------
    >>> from qlangevin.sde.formulas import thermal_occupation
    >>> f"{thermal_occupation(63e6, 0.13):.1f}"
    '269.7'
    """
    with np.errstate(divide="ignore", over="ignore"):
        ratio = hbar * np.asarray(frequency, float) / (k * np.asarray(temperature, float))
        return np.asarray(1.0 / np.expm1(ratio))


def sagnac_shift(
    spin: Any, frequency: Any, radius: Any, refractive_index: Any, dispersion_term: Any = 0.0
) -> Any:
    """Sagnac shift of light in a spinning ring, Δ_F = Ω (nRω/c)(1 − 1/n² − (λ/n)dn/dλ).

    Parameters
    ----------
    spin : float or array
        Angular velocity Ω in rad/s.
    frequency : float or array
        Optical frequency ω in rad/s.
    radius : float or array
        R in m.
    refractive_index : float or array
        n.
    dispersion_term : float or array
        (λ/n)dn/dλ, without unit.

    Returns
    -------
    float or array
        In rad/s.

    Examples
    --------
    >>> from qlangevin.sde.formulas import sagnac_shift
    >>> f"{sagnac_shift(8e3, 1.215e15, 1.1e-3, 1.48):.3g}"
    '2.87e+07'
    """
    n = np.asarray(refractive_index)
    speed_ratio = np.asarray(spin) * n * radius * frequency / speed_of_light
    return speed_ratio * (1 - 1 / n**2 - dispersion_term)


def radiation_pressure(frequency: Any, radius: Any, mass: Any, mechanical_frequency: Any) -> Any:
    """Shift of a ring's resonance per unit of the position q, (ω/R)√(ħ/(mω_m)).

    Parameters
    ----------
    frequency : float or array
        Optical frequency ω in rad/s.
    radius : float or array
        R in m.
    mass : float or array
        Effective mass m of the mechanical mode in kg.
    mechanical_frequency : float or array
        ω_m in rad/s.

    Returns
    -------
    float or array
        In rad/s, for q = (b + b†)/√2.

    Examples
    --------
    >>> from qlangevin.sde.formulas import radiation_pressure
    >>> f"{radiation_pressure(1.215e15, 1.1e-3, 10e-12, 63e6):.4g}"
    '451.9'
    """
    return (
        np.asarray(frequency) / radius * np.sqrt(hbar / (np.asarray(mass) * mechanical_frequency))
    )


def laser_frequency(optical_frequency: Any, name: str, detuning: Any) -> Array:
    """Frequency ω_c − Δ of a laser.

    Parameters
    ----------
    optical_frequency : float or array
        Resonance ω_c of the cavity in rad/s.
    name : str
        The name of the detuning, for the message.
    detuning : float or array
        Δ, cavity minus laser frequency, in rad/s.

    Returns
    -------
    array
        In rad/s.

    Raises
    ------
    ValueError
        Where the laser frequency is not positive.

    Examples
    --------
    >>> from qlangevin.sde.formulas import laser_frequency
    >>> f"{laser_frequency(1.215e15, 'detuning', 63e6):.7g}"
    '1.215e+15'
    """
    frequency = np.asarray(optical_frequency, float) - detuning
    if not np.all(frequency > 0):
        raise ValueError(
            f"{name} must lie below the optical frequency, for the laser's frequency to be "
            f"positive (got {detuning} rad/s)"
        )
    return frequency


def photon_amplitude(power: Any, frequency: Any) -> Array:
    """Amplitude √(P/ħω) of coherent light.

    Parameters
    ----------
    power : float or array
        P in W.
    frequency : float or array
        ω in rad/s.

    Returns
    -------
    array
        In √(photons/s).

    Examples
    --------
    >>> from qlangevin.sde.formulas import photon_amplitude
    >>> f"{photon_amplitude(20e-3, 1.215e15):.3g}"
    '3.95e+08'
    """
    return np.sqrt(np.asarray(power, float) / (hbar * np.asarray(frequency, float)))
