"""Formulas that systems share: Bose occupation, Sagnac shift, radiation pressure, photon flux."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.constants import c as speed_of_light
from scipy.constants import hbar, k

from .support.checks import Array


def thermal_occupation(frequency: Any, temperature: Any) -> Array:
    """Bose occupation 1/(exp(ħω/k_BT) − 1) at ω in rad/s and T in kelvin; 0 at T = 0."""
    with np.errstate(divide="ignore", over="ignore"):
        ratio = hbar * np.asarray(frequency, float) / (k * np.asarray(temperature, float))
        return np.asarray(1.0 / np.expm1(ratio))


def sagnac_shift(
    spin: Any, frequency: Any, radius: Any, refractive_index: Any, dispersion_term: Any = 0.0
) -> Any:
    """Δ_F = Ω (nRω/c)(1 − 1/n² − (λ/n)dn/dλ), rad/s, of light at ω in a ring spinning at Ω; the
    last term as given.
    """
    n = np.asarray(refractive_index)
    return (
        np.asarray(spin)
        * n
        * radius
        * frequency
        / speed_of_light
        * (1 - 1 / n**2 - dispersion_term)
    )


def radiation_pressure(frequency: Any, radius: Any, mass: Any, mechanical_frequency: Any) -> Any:
    """Shift of a ring's resonance ω per unit of q, (ω/R)√(ħ/(mω_m)), rad/s."""
    return (
        np.asarray(frequency) / radius * np.sqrt(hbar / (np.asarray(mass) * mechanical_frequency))
    )


def laser_frequency(optical_frequency: Any, name: str, detuning: Any) -> Array:
    """ω_c − Δ, rad/s, of a laser detuned by Δ; ValueError, naming the detuning, unless it is
    positive.
    """
    frequency = np.asarray(optical_frequency, float) - detuning
    if not np.all(frequency > 0):
        raise ValueError(
            f"{name} must lie below the optical frequency, or there is no laser (got {detuning} "
            "rad/s)"
        )
    return frequency


def photon_amplitude(power: Any, frequency: Any) -> Array:
    """√(P/ħω), in √(photons/s), of light of a power in W at ω in rad/s."""
    return np.sqrt(np.asarray(power, float) / (hbar * np.asarray(frequency, float)))
