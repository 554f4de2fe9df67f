"""The table of measures of the light that leaves, at one frequency per point of a grid.

`light_words` reads their names in words: "squeezing_db(fibre, omega_m)".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...sde.support.checks import Array
from ...steady.light.grids.point_light import PointLight


@dataclass(frozen=True)
class LightMeasure:
    """A measure of the light that leaves.

    Attributes
    ----------
    name : str
        Its name in words and in variables.
    function : callable
        The function of a PointLight and of the arguments: names of ports, numbers (...) or
        (points,). It returns an array (points, branches).
    takes : tuple of str
        What the arguments are: "port" (light leaves by it), "input" (light enters by it),
        "frequency" and "angle".
    units, label : str
        Its unit, "1" if dimensionless, and its name on an axis.
    """

    name: str
    function: Callable[..., Array]
    takes: tuple[str, ...]
    units: str
    label: str

    def titled(self, arguments: Sequence[str]) -> str:
        """The label of an axis: "squeezing, fibre, ω = omega_m"."""
        given = dict(zip(self.takes, arguments, strict=True))
        way = f"{given['input']} → {given['port']}" if "input" in given else given["port"]
        parts = [self.label, way, f"ω = {given['frequency']}"]
        return ", ".join(parts + [f"θ = {given['angle']}" for _ in ("",) if "angle" in given])


def squeezing_db(light: PointLight, port: str, frequency: Array) -> Array:
    """Squeezing of the best quadrature in dB, positive below shot noise."""
    S = light.spectrum(port, frequency).real
    X, Y, XY = S[..., 0, 0], S[..., 1, 1], S[..., 0, 1]
    largest = 0.5 * (X + Y) + np.hypot(0.5 * (X - Y), XY)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(0.0 - 10 * np.log10(2 * (X * Y - XY**2) / largest))


def homodyne(light: PointLight, port: str, frequency: Array, angle: Array) -> Array:
    """Spectrum of the quadrature X cos θ + Y sin θ, vacuum ½."""
    S = light.spectrum(port, frequency).real
    c, s = (_before_branches(part(angle)) for part in (np.cos, np.sin))
    return np.asarray(S[..., 0, 0] * c**2 + S[..., 1, 1] * s**2 + 2 * S[..., 0, 1] * s * c)


def photon_flux(light: PointLight, port: str, frequency: Array) -> Array:
    """Photons per second and hertz at a frequency from the laser, normally ordered."""
    S = light.spectrum(port, frequency)
    total = S[..., 0, 0].real + S[..., 1, 1].real
    return np.asarray(0.5 * (total - 1) + S[..., 0, 1].imag)


def transmission(light: PointLight, port: str, source: str, frequency: Array) -> Array:
    """Power |T|² of a probe of unit power."""
    T, _ = light.probe(port, source, frequency)
    return np.asarray(np.abs(T) ** 2)


def group_delay(light: PointLight, port: str, source: str, frequency: Array) -> Array:
    """dφ/dω in s of T = |T| e^{iφ}; NaN where T = 0."""
    T, slope = light.probe(port, source, frequency)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(T != 0, (slope / T).imag, np.nan))


def _before_branches(values: Any) -> Array:
    """Values (...) or (points,) with an axis of branches."""
    return np.asarray(values)[..., None]


AT_A_PORT = ("port", "frequency")
PROBE = ("port", "input", "frequency")
LIGHT_TABLE = (
    LightMeasure("group_delay", group_delay, PROBE, "s", "group delay of a probe"),
    LightMeasure("homodyne", homodyne, (*AT_A_PORT, "angle"), "1", "homodyne spectrum"),
    LightMeasure("photon_flux", photon_flux, AT_A_PORT, "1", "photons per second and hertz"),
    LightMeasure("squeezing_db", squeezing_db, AT_A_PORT, "dB", "output squeezing"),
    LightMeasure("transmission", transmission, PROBE, "1", "transmission of a probe"),
)
LIGHT_MEASURES = {measure.name: measure for measure in LIGHT_TABLE}
"""Measures of the light that leaves, by name."""
