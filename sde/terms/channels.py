"""Couplings to baths, with their noise: loss and gain through a port, friction on a momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..model.ports import phase_factor
from ..model.term_kinds import Friction, Jump
from ..support.checks import Array, common_shape, require_name
from .arguments import finite, input_noise, nonnegative


def lose(
    mode: str,
    port: str,
    *,
    amplitude_rate: Any = None,
    energy_rate: Any = None,
    phase: Any = 0.0,
    occupation: Any = 0,
    squeezing: Any = 0,
    squeezing_angle: Any = 0,
) -> Jump:
    """Loss into a port: L = √γ e^{iφ} a, γ the energy rate, twice the amplitude rate.

    Drift ȧ = −(γ/2)a, input √γ e^{−iφ} a_in; each quadrature gets the diffusion (γ/2)(2n + 1) of an
    input that is not squeezed. With `amplify` on the same port: recoil (see `qlangevin.sde.terms`).

    Parameters
    ----------
    mode, port : str
        The mode a, and the port that L couples it to; several terms on one port add up.
    amplitude_rate, energy_rate : float or array
        γ/2 or γ in rad/s; exactly one of the two is given.
    phase : float or array
        φ in rad.
    occupation : float or array
        Thermal occupation n of the port's input, the same in all terms on the port.
    squeezing, squeezing_angle : float or array
        r and θ in rad of the port's input, the same in all terms on the port: the noise of a_in has
        the variance (n + ½)e^{−2r} along X cos θ + Y sin θ, and (n + ½)e^{2r} across it. At φ = 0
        so has a mode at rest, up to its detuning.

    Returns
    -------
    Jump

    Raises
    ------
    ValueError
        Unless exactly one of the two rates is given, and for a negative rate or occupation.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> squeezed = ql.terms.lose("a", "fibre", energy_rate=1e6, squeezing=np.log(2))
    >>> ql.steady_state(ql.Model.build(["a"], squeezed))["covariance"].values[0].round(9)
    array([[0.125, 0.   ],
           [0.   , 2.   ]])
    >>> model = ql.Model.build(["a"], ql.terms.lose("a", "fibre", amplitude_rate=2e6))
    >>> model.A
    array([[-2000000.,        0.],
           [       0., -2000000.]])
    >>> model.diffusion.diagonal().round()
    array([2000000., 2000000.])
    """
    call = _call("lose", mode, port)
    amplitude = _amplitude(call, amplitude_rate, energy_rate, phase)
    bath = input_noise(call, occupation, squeezing, squeezing_angle, rate=amplitude.shape)
    return Jump(port, ((amplitude, (mode, 0)), (1j * amplitude, (mode, 1))), *bath)


def amplify(
    mode: str,
    port: str,
    *,
    amplitude_rate: Any = None,
    energy_rate: Any = None,
    phase: Any = 0.0,
    occupation: Any = 0,
    squeezing: Any = 0,
    squeezing_angle: Any = 0,
) -> Jump:
    """Gain from a port: L = √γ e^{iφ} a†, γ the energy rate, twice the amplitude rate.

    Drift ȧ = +(γ/2)a, input −√γ e^{iφ} a_in†; each quadrature gets the diffusion (γ/2)(2n + 1)
    of an input that is not squeezed. With `lose` on the same port: a squeezed bath, or recoil (see
    `qlangevin.sde.terms`).

    Parameters
    ----------
    mode, port : str
        The mode a, and the port that L couples it to; several terms on one port add up.
    amplitude_rate, energy_rate : float or array
        γ/2 or γ in rad/s; exactly one of the two is given.
    phase : float or array
        φ in rad.
    occupation : float or array
        Thermal occupation n of the port's input, the same in all terms on the port.
    squeezing, squeezing_angle : float or array
        r and θ in rad of the port's input, as in `lose`. At φ = 0 the noise of the mode is squeezed
        along X cos θ − Y sin θ, since it is that of −a_in†.

    Returns
    -------
    Jump

    Raises
    ------
    ValueError
        Unless exactly one of the two rates is given, and for a negative rate or occupation.

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.Model.build(["a"], ql.terms.amplify("a", "pump", energy_rate=1e6)).A
    array([[500000.,      0.],
           [     0., 500000.]])
    """
    call = _call("amplify", mode, port)
    amplitude = _amplitude(call, amplitude_rate, energy_rate, phase)
    bath = input_noise(call, occupation, squeezing, squeezing_angle, rate=amplitude.shape)
    return Jump(port, ((amplitude, (mode, 0)), (-1j * amplitude, (mode, 1))), *bath)


def rub(mode: str, rate: Any, *, occupation: Any) -> Friction:
    """Friction on a momentum alone, ṗ = −γp + ξ with ⟨ξξ⟩ = γ(2n + 1)δ; valid for γ ≪ ω.

    Parameters
    ----------
    mode : str
        The mechanical mode.
    rate : float or array
        γ in rad/s.
    occupation : float or array
        Thermal occupation n of the bath.

    Returns
    -------
    Friction

    Raises
    ------
    ValueError
        For a negative rate or occupation.

    Examples
    --------
    >>> import qlangevin as ql
    >>> model = ql.Model.build(["m"], ql.terms.rub("m", 100.0, occupation=10.0))
    >>> model.diffusion.round(9)
    array([[   0.,    0.],
           [   0., 2100.]])
    """
    require_name("mode of rub", mode)
    gamma = nonnegative(f"rate of rub({mode!r})", rate, "rad/s")
    n = nonnegative(f"occupation of rub({mode!r})", occupation)
    common_shape({f"rate of rub({mode!r})": gamma.shape, f"occupation of rub({mode!r})": n.shape})
    return Friction(mode, gamma, n)


def _call(function: str, mode: str, port: str) -> str:
    """The call as messages name it; checks the names of mode and port."""
    require_name(f"mode of {function}", mode)
    require_name(f"port of {function}", port)
    return f"{function}({mode!r}, {port!r})"


def _amplitude(call: str, amplitude_rate: Any, energy_rate: Any, phase: Any) -> Array:
    """√(γ/2) e^{iφ} (...), the coefficient of X in L = √γ e^{iφ} a."""
    if (amplitude_rate is None) == (energy_rate is None):
        raise ValueError(f"{call} takes either amplitude_rate= or energy_rate=, one of the two")
    given, factor = (amplitude_rate, 2.0) if energy_rate is None else (energy_rate, 1.0)
    gamma = factor * nonnegative(f"rate of {call}", given, "rad/s")
    angle = finite(f"phase of {call}", phase, float, "rad")
    common_shape({f"rate of {call}": gamma.shape, f"phase of {call}": angle.shape})
    return np.asarray(np.sqrt(gamma / 2) * phase_factor(angle))
