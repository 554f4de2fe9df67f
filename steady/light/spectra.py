"""Spectra of the light that leaves, and of the modes themselves, in the steady state."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ...sde.labels import Q_, Q
from ...sde.model.model import Model
from ...sde.model.uncertainty import symplectic_form_of
from ...sde.support.checks import Array, nearest, numbers, shown
from ...sde.support.errors import RefusedError
from ...sde.system import System, as_model
from ..variables import MODE
from .linear_light import checked_frequencies, linear_light, outgoing_ports
from .transfer import spectral_matrix, transfer_matrix
from .uncertainty import is_physical, keeps_commutators, warn_unphysical
from .variables import INTRACAVITY_SPECTRUM, OUTPUT_SPECTRUM

Efficiency = Mapping[str, ArrayLike]
"""Detection efficiency 0 … 1 by port."""


def output_spectrum(
    system: System | Model,
    frequencies: ArrayLike,
    branch: int = 0,
    efficiency: Efficiency | None = None,
) -> xr.Dataset:
    """Compute the spectral matrix of all quadratures of the light that leaves.

    S_kl(ω) = ½∫⟨y_k(t+τ)y_l(t) + y_l(t)y_k(t+τ)⟩e^{iωτ}dτ of the fluctuations y about the mean:
    symmetrised, two-sided, and ½ per quadrature for vacuum. S(−ω) = S(ω)*.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    frequencies : array (frequencies,)
        ω in rad/s from the laser, of either sign; positive above it.
    branch : int, default 0
        The branch about which the system is linearised, as `steady_state` numbers it.
    efficiency : mapping of str to float or array, default None
        Efficiency η, 0 … 1, with which the light of a port is detected; losses on its way to the
        detector are included in η. The rest 1 − η is vacuum. Default: 1 for every port.

    Returns
    -------
    xarray.Dataset
        Over the ports whose light is not fed on to another one:

        * spectrum_real, spectrum_imag (frequency, quadrature, quadrature_): S, with quadratures
          such as "fibre.X"
        * physical (frequency): S + iΩ/2 ≥ 0 at ω and at −ω, up to a fraction 10⁻⁶ of S; a
          violation gives an UnphysicalWarning
        * reason (...): for parameter points only, "" or why the branch is not stable there; the
          spectrum is NaN then

    Raises
    ------
    RefusedError
        For frequencies that are no finite numbers, a branch that does not exist or is not stable, a
        model without ports, and the efficiency of a port that is unknown or fed on to another one.
    UnstableError, IncompleteError
        As `steady_state` does.

    References
    ----------
    Gardiner and Collett, doi:10.1103/PhysRevA.31.3761; Collett and Gardiner,
    doi:10.1103/PhysRevA.30.1386.

    Examples
    --------
    A degenerate parametric oscillator at half its threshold squeezes Y to 1/9 of the vacuum's ½:

    >>> import qlangevin as ql
    >>> from qlangevin import steady
    >>> pump = ql.terms.squeeze("a", 0.25j)
    >>> loss = ql.terms.lose("a", "out", amplitude_rate=1.0)
    >>> found = steady.output_spectrum(ql.Model.build(["a"], [pump, loss]), [0.0])
    >>> (2 * found["spectrum_real"][0].values).round(4)
    array([[9.    , 0.    ],
           [0.    , 0.1111]])
    """
    frequency = checked_frequencies(frequencies)
    share = _efficiencies(as_model(system), {} if efficiency is None else efficiency)
    light = linear_light(system, branch, efficiency=efficiency)
    amplitude = np.sqrt(share)[..., :, None]
    C, D = amplitude * light.C, amplitude * light.D
    S = spectral_matrix(light.A, light.B, C, D, frequency.values)
    vacuum = 0.5 * (1 - share)
    diagonal = np.arange(len(light.outputs))
    S[..., diagonal, diagonal] += vacuum[..., None, :]
    physical = np.isfinite(S[..., 0, 0])
    doubtful = ~keeps_commutators(light.A, light.B, light.C, light.D)
    physical[doubtful] = is_physical(S[doubtful])
    warn_unphysical(S, physical, frequency.values)
    values = {"spectrum_real": S.real.copy(), "spectrum_imag": S.imag.copy(), "physical": physical}
    axes: dict[Hashable, Any] = {Q: list(light.outputs), Q_: list(light.outputs)}
    return light.dataset(OUTPUT_SPECTRUM, values, frequency, axes)


def intracavity_spectrum(
    system: System | Model, frequencies: ArrayLike, branch: int = 0
) -> xr.Dataset:
    """Compute the spectral matrix of the quadratures of all modes.

    S_kl(ω) = ½∫⟨δu_k(t+τ)δu_l(t) + δu_l(t)δu_k(t+τ)⟩e^{iωτ}dτ, two-sided: its integral over
    dω/2π is the covariance. `analysis.displacement_spectrum` converts it to displacements.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    frequencies : array (frequencies,)
        ω in rad/s from the laser for light, and from zero for a mechanical mode; of either sign.
    branch : int, default 0
        The branch about which the system is linearised, as `steady_state` numbers it.

    Returns
    -------
    xarray.Dataset
        * spectrum_real, spectrum_imag (frequency, quadrature, quadrature_): S in s, with
          quadratures such as "mechanical.q"
        * normal_ordered, antinormal_ordered (frequency, mode): spectra in s of ⟨δa†δa⟩ and
          ⟨δaδa†⟩, whose integrals over dω/2π are n and n + 1: the two sidebands of a mechanical
          mode
        * reason (...): for parameter points only, "" or why the branch is not stable there; the
          spectra are NaN then

    Raises
    ------
    RefusedError
        For frequencies that are no finite numbers, and a branch that does not exist or is not
        stable.
    UnstableError, IncompleteError
        As `steady_state` does.

    References
    ----------
    Clerk et al., doi:10.1103/RevModPhys.82.1155.

    Examples
    --------
    An oscillator with two quanta, damped at the amplitude rate 1, at its resonance:

    >>> import qlangevin as ql
    >>> from qlangevin import steady
    >>> bath = ql.terms.lose("b", "bath", amplitude_rate=1.0, occupation=2.0)
    >>> found = steady.intracavity_spectrum(
    ...     ql.Model.build(["b"], [ql.terms.detune("b", 50.0), bath]), [50.0]
    ... )
    >>> found["normal_ordered"].values.round(6), found["antinormal_ordered"].values.round(6)
    (array([[4.]]), array([[6.]]))
    """
    frequency = checked_frequencies(frequencies)
    light = linear_light(system, branch)
    model = light.model
    identity = np.broadcast_to(np.eye(model.size), light.A.shape)
    S = spectral_matrix(light.A, light.B, identity, np.zeros_like(light.B), frequency.values)
    R = transfer_matrix(light.A, identity, identity, np.zeros_like(identity), frequency.values)
    symmetrised, commutator = (_of_amplitudes(matrix) for matrix in (S, _commutators(R)))
    values = {
        "spectrum_real": S.real.copy(),
        "spectrum_imag": S.imag.copy(),
        "normal_ordered": symmetrised - 0.5 * commutator,
        "antinormal_ordered": symmetrised + 0.5 * commutator,
    }
    axes: dict[Hashable, Any] = {
        Q: list(model.quadratures),
        Q_: list(model.quadratures),
        MODE: list(model.modes),
    }
    return light.dataset(INTRACAVITY_SPECTRUM, values, frequency, axes)


def _commutators(R: Array) -> Array:
    """Spectra i(RΩ + ΩR†) of [u_k(t+τ), u_l(t)], for R = (−iω − A)⁻¹ (..., n, n)."""
    half = R @ symplectic_form_of(R)
    return np.asarray(1j * (half - half.conj().swapaxes(-1, -2)))


def _of_amplitudes(S: Array) -> Array:
    """Spectra (..., modes) of a and a† for each mode, from those of quadratures (..., n, n)."""
    X, Y = S[..., 0::2, 0::2], S[..., 1::2, 1::2]
    YX = S[..., 1::2, 0::2]
    both = (np.diagonal(each, axis1=-2, axis2=-1) for each in (X, Y, YX))
    x, y, yx = both
    return np.asarray(0.5 * (x.real + y.real) - yx.imag)


def _efficiencies(model: Model, efficiency: Any) -> Array:
    """η (..., outputs) of each output quadrature. RefusedError for what is no efficiency."""
    ports = outgoing_ports(model)
    if not ports:
        raise RefusedError("the model has no port that light leaves; lose and guide make one")
    if not isinstance(efficiency, Mapping):
        example = "{'fibre': 0.8}"
        raise RefusedError(
            f"efficiency must give η by port, such as {example} (got {shown(efficiency)})"
        )
    for name in efficiency:
        if name not in ports:
            hint = nearest(str(name), ports, "light leaves by")
            raise RefusedError(f"efficiency of {shown(name)}, which no light leaves: {hint}")
    shares = [_share(name, efficiency.get(name, 1.0), model.batch) for name in ports]
    return np.repeat(np.stack(shares, axis=-1), 2, axis=-1)


def _share(port: str, value: ArrayLike, batch: tuple[int, ...]) -> Array:
    """The efficiency (...) of a port. RefusedError unless it lies between 0 and 1."""
    share = numbers(f"efficiency of {port!r}", value)
    if not np.all((share >= 0) & (share <= 1)):
        raise RefusedError(f"efficiency of {port!r} must lie between 0 and 1 (got {shown(value)})")
    try:
        return np.broadcast_to(share, batch)
    except ValueError:
        raise RefusedError(
            f"efficiency of {port!r} must be a number or an array over the parameter points "
            f"{batch} (got one of shape {share.shape})"
        ) from None
