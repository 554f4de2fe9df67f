"""Sideband cooling: damping and heating of a mode by the modes that it is coupled to."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ...sde.model.model import Model
from ...sde.support.checks import Array
from ...sde.system import System
from ..light.linear_light import LinearLight, linear_light
from .variables import SIDEBAND_COOLING

AMPLITUDE = np.array([1.0, 1.0j]) / np.sqrt(2)
"""b = (q + ip)/√2 from the quadratures; its conjugate is the part of u that oscillates as b."""


def sideband_cooling(system: System | Model, mode: str, branch: int = 0) -> xr.Dataset:
    """Compute the rates at which all other modes cool and heat a mode, and its final occupation.

    The other modes respond to the mode at its frequency ω. Their response adds the damping A₋ − A₊
    and the spring shift; the noise that they pass on has the strength A₋ + A₊. With the mode's own
    damping Γ and bath n,

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
    >>> baths = [ql.terms.lose("a", "light", amplitude_rate=1.0), ql.terms.rub("m", 1e-6, occupation=9)]
    >>> cooled = ql.sideband_cooling(ql.Model.build(["a", "m"], [ql.terms.hamiltonian(H), *baths]), "m")
    >>> cooled["limit"].item(), (np.sqrt(2.0) - 1) / 2
    """
    light = linear_light(system, branch)
    at = light.model.mode_index(mode)
    values = _rates(light, 2 * at)
    return light_dataset(light, values)


def _rates(light: LinearLight, first: int) -> dict[str, Array]:
    """The variables (...) of the mode whose quadratures are `first` and the next."""
    own = [first, first + 1]
    rest = [k for k in range(light.A.shape[-1]) if k not in own]
    missing = np.isnan(light.A).any(axis=(-2, -1))
    A = np.where(missing[..., None, None], -np.eye(light.A.shape[-1]), light.A)
    bare = _matrix_element(A[..., own, :][..., own])
    omega = -bare.imag
    inner = A[..., rest, :][..., rest]
    resolvent = -1j * omega[..., None, None] * np.eye(len(rest)) - inner
    passing = A[..., own, :][..., rest] @ np.linalg.inv(resolvent)
    change = _matrix_element(passing @ A[..., rest, :][..., own])
    own_noise = _strength(light.B[..., own, :])
    noise = _strength(light.B[..., own, :] + passing @ light.B[..., rest, :])
    ...
