"""Filters that define modes of the light that leaves a port.

A filtered mode at time t is f = ∫ g(τ) a_out(t − τ) dτ over the past τ ≥ 0, with ∫|g|² dτ = 1, so
that [f, f†] = 1. As it depends on the past alone, it commutes with the modes of the system at t.
Every g here is a sum of exponentials c_k e^{−s_k τ} up to a duration, which may be infinite.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...sde.support.checks import Array, common_shape, numbers, require_name, require_one_of, shown

SHAPES = ("lorentzian", "window", "gaussian")
"""Shapes of |g(ω)|², or of g(τ) for the window."""
WINDOW_WIDTH = 5.566229513006041
"""Full width at half maximum of sinc²(ωT/2), times T: 4x with sin x = x/√2."""
GAUSSIAN_WIDTH = float(np.sqrt(2 * np.log(2)))
"""Full width at half maximum of a Gaussian |g(ω)|², times the standard deviation of |g(τ)|²."""
REACH = 6
"""Standard deviations of |g(τ)|² from the centre of a Gaussian to the ends of its duration.

The amplitude there is 2e⁻⁹ = 2.5·10⁻⁴ of that at the centre; 2·10⁻⁹ of the power would lie beyond.
"""
HARMONICS = 11
"""Fourier components of the Gaussian, on either side; the next would be e⁻³⁹ of the first."""


@dataclass(frozen=True, eq=False)
class Filter:
    """A filter behind a port, which picks a mode of the outgoing light.

    The mode is f = ∫ g(τ) a_out(t − τ) dτ, with g(τ) = h(τ) e^{−i centre τ} and ∫h² dτ = 1:

    * lorentzian: h = √width e^{−width τ/2}, a one-sided cavity of energy decay rate `width`
    * window: constant over a duration T = 5.566/width
    * gaussian: of |g(τ)|² with the standard deviation σ = 1.177/width, centred at τ = 6σ and
      periodic, over one period 12σ; its ends are at 2.5·10⁻⁴ of the largest amplitude

    All three look at the past only. The light of a Gaussian is thus 6σ older than the state of the
    system beside it.

    Parameters
    ----------
    port : str
        The port whose outgoing light is filtered.
    centre : float or array, default 0
        Frequency of the largest transmission above that of the laser, rad/s: a_out ∝ e^{−iωt}. A
        Stokes sideband lies below the laser, at −ω_m.
    width : float or array
        Full width at half maximum of the transmitted power |g(ω)|², rad/s.
    shape : {"lorentzian", "window", "gaussian"}

    Raises
    ------
    ValueError
        For a name that cannot be a port, numbers that are not finite, a width that is not positive,
        and an unknown shape.

    References
    ----------
    Genes, Mari, Tombesi and Vitali, doi:10.1103/PhysRevA.78.032316: windows and exponentials.

    Examples
    --------
    >>> import qlangevin as ql
    >>> stokes = ql.Filter("fibre", centre=-1e6, width=2e4)
    >>> abs(stokes.amplitude([-1e6, -0.99e6])) ** 2 * stokes.width / 4
    array([1. , 0.5])
    >>> print(ql.Filter("fibre", width=1e4, shape="window").duration.round(7))
    0.0005566
    """

    port: str
    centre: Any = field(default=0.0, kw_only=True)
    width: Any = field(kw_only=True)
    shape: str = field(default="lorentzian", kw_only=True)

    def __post_init__(self) -> None:
        require_name("port of Filter", self.port)
        require_one_of("shape of Filter", self.shape, SHAPES)
        for name in ("centre", "width"):
            if not np.all(
                np.isfinite(numbers(f"{name} of Filter", getattr(self, name), float, "rad/s"))
            ):
                raise ValueError(
                    f"{name} of Filter must be finite (got {shown(getattr(self, name))})"
                )
        common_shape({"centre": np.shape(self.centre), "width": np.shape(self.width)})
        if not np.all(np.asarray(self.width) > 0):
            raise ValueError(
                f"width of Filter must be positive, in rad/s (got {shown(self.width)})"
            )

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments of the filter, by name."""
        names = ("port", "centre", "width", "shape")
        return {name: getattr(self, name) for name in names}

    @property
    def duration(self) -> Any:
        """Time over which the filter collects light, in s; infinite for a Lorentzian."""
        if self.shape == "lorentzian":
            return np.inf / np.asarray(self.width, float)
        lengths = {"window": WINDOW_WIDTH, "gaussian": 2 * REACH * GAUSSIAN_WIDTH}
        return lengths[self.shape] / np.asarray(self.width, float)

    @property
    def delay(self) -> Any:
        """Mean age of the light in the mode, ∫τ|g(τ)|² dτ, in s."""
        return (
            1 / np.asarray(self.width, float) if self.shape == "lorentzian" else self.duration / 2
        )

    def amplitude(self, frequencies: ArrayLike) -> Array:
        """Amplitude g(ω) = ∫ g(τ) e^{iωτ} dτ with which the filter transmits light.

        Parameters
        ----------
        frequencies : array (...)
            In rad/s above the laser; broadcasts with centre and width.

        Returns
        -------
        array (...)
            Complex, in √s, with ∫|g(ω)|² dω/2π = 1.

        Examples
        --------
        >>> import qlangevin as ql
        >>> ql.Filter("fibre", width=2.0).amplitude([0.0, 1.0]).round(3)
        array([1.414+0.j   , 0.707+0.707j])
        """
        omega = numbers("frequencies", frequencies, float, "rad/s")[..., None]
        parts = self.exponentials
        weights = parts.weights * integral(parts.rates - 1j * omega, parts.duration[..., None])
        return np.asarray(weights.sum(axis=-1))

    @cached_property
    def exponentials(self) -> Exponentials:
        """The filter as a sum of exponentials."""
        width, centre = np.broadcast_arrays(
            *(np.asarray(x, float) for x in (self.width, self.centre))
        )
        turning = 1j * centre[..., None]
        if self.shape == "lorentzian":
            rates = turning + width[..., None] / 2
            return Exponentials(np.sqrt(width)[..., None], np.ones(1), rates, np.inf / width)
        T = np.asarray(self.duration) + 0.0 * centre
        coefficients, steps = np.ones(1), np.zeros(1)
        if self.shape == "gaussian":
            coefficients, steps = _gaussian_coefficients()
        scale = 1 / np.sqrt(T)[..., None]
        return Exponentials(scale, coefficients, turning + 2j * np.pi * steps / T[..., None], T)


@dataclass(frozen=True, eq=False)
class Exponentials:
    """g(τ) = scale Σ_k coefficients_k e^{−rates_k τ} for τ up to `duration`, else 0.

    scale (..., 1) in 1/√s, coefficients (k,) real, rates (..., k) complex in rad/s, duration (...)
    in s.
    """

    scale: Array
    coefficients: Array
    rates: Array
    duration: Array

    @property
    def endless(self) -> bool:
        """Whether the filter remembers all of the past, with weights that decay."""
        return bool(np.isinf(self.duration).all())

    @property
    def weights(self) -> Array:
        """Amplitudes (..., k) of the exponentials, in 1/√s."""
        return np.asarray(self.scale * self.coefficients)


def _gaussian_coefficients() -> tuple[Array, Array]:
    """Amplitudes (k,) and numbers (k,) of the Fourier components of a periodic Gaussian."""
    k = np.arange(-HARMONICS, HARMONICS + 1)
    coefficients = np.cos(np.pi * k) * np.exp(-((np.pi * k / REACH) ** 2))
    return coefficients / np.linalg.norm(coefficients), k.astype(float)


def overlaps(filters: Sequence[Filter]) -> Array:
    """Commutators [f_i, f_j†] = ∫ g_i(τ) g_j*(τ) dτ (..., filters, filters), Hermitian, complex.

    0 between filters of different ports.
    """
    lead = np.broadcast_shapes(*(f.exponentials.duration.shape for f in filters))
    found = np.zeros((*lead, len(filters), len(filters)), complex)
    for i, first in enumerate(filters):
        found[..., i, i] = 1.0
        for j, second in enumerate(filters[:i]):
            if first.port == second.port:
                found[..., i, j] = _overlap(first.exponentials, second.exponentials)
                found[..., j, i] = found[..., i, j].conj()
    return found


def _overlap(first: Exponentials, second: Exponentials) -> Array:
    """∫ g g′* dτ (...) of two filters."""
    rates = first.rates[..., :, None] + second.rates[..., None, :].conj()
    duration = np.minimum(first.duration, second.duration)[..., None, None]
    weights = first.weights[..., :, None] * second.weights[..., None, :]
    return np.asarray((weights * integral(rates, duration)).sum(axis=(-2, -1)))


def integral(rates: Array, duration: Array) -> Array:
    """∫ e^{−rate τ} dτ (...) over a duration, which may be infinite where the rates decay."""
    rates, duration = np.broadcast_arrays(rates, duration)
    endless = np.isinf(duration)
    duration = np.where(endless, 0.0, duration)
    z = rates * duration
    still = z == 0
    finite = duration * np.where(still, 1.0, -np.expm1(-z) / np.where(still, 1.0, z))
    return np.where(endless, 1 / np.where(endless, rates, 1.0), finite)
