"""Sideband cooling: damping and heating of a mode by the modes that it is coupled to."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.model.model import Model
from ...sde.support.checks import Array
from ...sde.system import System, as_model
from ..light.linear_light import LinearLight, linear_light
from .variables import SIDEBAND_COOLING

AMPLITUDE = np.array([1.0, 1.0j]) / np.sqrt(2)
"""b = (q + ip)/√2 from the quadratures; its conjugate is the part of u that oscillates as b."""


def sideband_cooling(system: System | Model, mode: str, branch: int = 0) -> xr.Dataset:
    """Compute the rates at which all other modes cool and heat a mode, and its final occupation.

    The other modes respond to the mode at its frequency ω. Their response adds the damping A₋ − A₊
    and the spring shift; the noise that they pass on has the strength (A₋ + A₊)/2. With the mode's
    own damping Γ and bath n,

        n_final = (Γ n + A₊)/(Γ + A₋ − A₊)

    This holds for weak coupling: Γ + A₋ − A₊ small against ω and against the decay rates of the
    other modes. `occupation_lyapunov` holds for any coupling.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    mode : str
        The mode that is cooled, such as "mechanical".
    branch : int, default 0
        The fixed point about which the system fluctuates, as `steady_state` numbers it.

    Returns
    -------
    xarray.Dataset
        * frequency, damping, bath_occupation: ω, Γ and n of the mode alone
        * spring_shift, optical_damping: of the other modes, in rad/s
        * cooling_rate, heating_rate: A₋ and A₊ in rad/s; for light of an optical cavity these are
          the rates of anti-Stokes and Stokes scattering
        * limit: A₊/(A₋ − A₊), NaN where the other modes do not damp
        * occupation, occupation_lyapunov: final quanta, for weak coupling and for any

        NaN at parameter points, of several, without this stable branch; NaN occupations where the
        total damping is negative, and a NaN bath where Γ is not positive.

    Raises
    ------
    ValueError
        For an unknown mode.
    RefusedError
        For a branch that is stable at no parameter point.

    References
    ----------
    Marquardt, Chen, Clerk and Girvin, doi:10.1103/PhysRevLett.99.093902; Wilson-Rae, Nooshi,
    Zwerger and Kippenberg, doi:10.1103/PhysRevLett.99.093901.

    Examples
    --------
    The limit of a cavity of amplitude rate κ at the detuning √(ω² + κ²) is (√(1 + κ²/ω²) − 1)/2:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> a, m = ql.operators("a", "m")
    >>> H = np.sqrt(2.0) * a.dag() * a + m.dag() * m - 0.01 * (a + a.dag()) * (m + m.dag())
    >>> t = ql.terms
    >>> baths = [t.lose("a", "light", amplitude_rate=1.0), t.rub("m", 1e-6, occupation=9)]
    >>> model = ql.Model.build(["a", "m"], [t.hamiltonian(H), *baths])
    >>> cooled = ql.sideband_cooling(model, "m")
    >>> round(cooled["limit"].item(), 6), round((2.0**0.5 - 1) / 2, 6)
    (0.207107, 0.207107)
    """
    at = as_model(system).mode_index(mode)
    light = linear_light(system, branch, mode=mode)
    rates = _rates(light, 2 * at)
    values = rates | _occupations(rates, light.covariance, at)
    labelled = {
        name: variable.labelled(values[name], light.points)
        for name, variable in SIDEBAND_COOLING.items()
    }
    coordinates = {**light.coordinates, "branch": light.branch, "mode": mode}
    return xr.Dataset(labelled, coordinates, {"provenance": light.provenance})


def _rates(light: LinearLight, first: int) -> dict[str, Array]:
    """Frequencies and rates (...) of the mode whose quadratures are `first` and the next."""
    own = [first, first + 1]
    rest = [k for k in range(light.A.shape[-1]) if k not in own]
    into, out = light.A[..., rest, :][..., own], light.A[..., own, :][..., rest]
    bare = _of_amplitude(light.A[..., own, :][..., own])
    passed = _passed_on(light.A[..., rest, :][..., rest], out, -bare.imag)
    added = _of_amplitude(passed @ into)
    own_noise = _strength(light.B[..., own, :])
    noise = _strength(light.B[..., own, :] + passed @ light.B[..., rest, :])
    return {
        "frequency": -bare.imag,
        "damping": -2 * bare.real,
        "spring_shift": -added.imag,
        "optical_damping": -2 * added.real,
        "cooling_rate": noise - own_noise - added.real,
        "heating_rate": noise - own_noise + added.real,
        "own_noise": own_noise,
        "noise": noise,
    }


def _passed_on(inner: Array, out: Array, omega: Array) -> Array:
    """A_mr(−iω − A_rr)⁻¹ (..., 2, others): what of the others' drive reaches the mode at ω."""
    missing = np.isnan(inner).any(axis=(-2, -1)) | np.isnan(omega)
    frequency = np.where(missing, 0.0, omega)[..., None, None]
    unit = np.eye(inner.shape[-1])
    left = -1j * frequency * unit - np.where(missing[..., None, None], -unit, inner)
    return np.asarray(out @ np.linalg.inv(left))


def _of_amplitude(M: Array) -> Array:
    """The element (...) of M (..., 2, 2) with which b = (q + ip)/√2 acts on itself."""
    return np.asarray(np.einsum("i,...ij,j->...", AMPLITUDE, M, AMPLITUDE.conj()))


def _strength(noise: Array) -> Array:
    """Σ|b|² (...) of the noise amplitudes (..., 2, channels) of the two quadratures."""
    return np.asarray(np.sum(np.abs(AMPLITUDE @ noise) ** 2, axis=-1))


def _occupations(rates: dict[str, Array], V: Array, at: int) -> dict[str, Array]:
    """The occupations (...), from the rates and from the covariance (..., n, n)."""
    own, other = rates["damping"], rates["optical_damping"]
    return {
        "bath_occupation": _ratio(rates["own_noise"], own) - 0.5,
        "limit": _ratio(rates["heating_rate"], other),
        "occupation": _ratio(rates["noise"], own + other) - 0.5,
        "occupation_lyapunov": quanta(V, at),
    }


def quanta(V: Array, at: int) -> Array:
    """Quanta (V_qq + V_pp − 1)/2 (...) of a mode by its number."""
    return (V[..., 2 * at, 2 * at] + V[..., 2 * at + 1, 2 * at + 1] - 1) / 2


def _ratio(strength: Array, rate: Array) -> Array:
    """strength/rate (...), NaN where the rate is not positive."""
    positive = rate > 0
    return np.where(positive, strength / np.where(positive, rate, 1.0), np.nan)
