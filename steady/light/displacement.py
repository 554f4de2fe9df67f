"""Displacement measurements: imprecision, backaction, and the standard quantum limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ...sde.model.model import Model
from ...sde.support.checks import Array, nearest, numbers, shown
from ...sde.support.errors import RefusedError
from ...sde.system import System, as_model
from .linear_light import LinearLight, checked_frequencies, linear_light, outgoing_ports
from .transfer import transfer_matrix
from .variables import DISPLACEMENT_NOISE


def displacement_noise(
    system: System | Model,
    frequencies: ArrayLike,
    port: str,
    mode: str,
    angle: float,
    branch: int = 0,
    efficiency: float = 1.0,
) -> xr.Dataset:
    """Compute what a homodyne measurement of a displacement adds to it: imprecision and backaction.

    The measured quadrature y = X cos θ + Y sin θ of the light that leaves is proportional to
    q + z, with q the mode's displacement and z the imprecision. q follows, with a susceptibility χ,
    the force F of the light's fluctuations and other forces. The measurement adds z + χF to q.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    frequencies : array (frequencies,)
        ω in rad/s, of either sign.
    port : str
        The port whose light is measured; it is not fed on to another one.
    mode : str
        The mode whose q is measured. Light must couple to its q alone, and act on its p alone.
    angle : float
        θ in rad of the measured quadrature.
    branch : int, default 0
        The branch about which the system is linearised, as `steady_state` numbers it.
    efficiency : float, default 1
        Detection efficiency η, 0 … 1, with the losses on the way to the detector.

    Returns
    -------
    xarray.Dataset
        Two-sided symmetrised spectra over `frequency`; displacements are q = x/(√2 x_zp), so that
        2x_zp² times a spectrum of q, in s, is one of x in m²/Hz:

        * imprecision: of z, s
        * backaction: of F, 1/s
        * correlation_real, correlation_imag: cross-spectrum of z and F
        * product: √(imprecision × backaction)/½, at least 1; 1 is Heisenberg's limit
        * susceptibility_real, susceptibility_imag: χ in s, with the light's spring and damping
        * added_noise: of z + χF, s
        * standard_quantum_limit: |χ|, the least added noise where z and F are not correlated
        * reason (...): for parameter points only, "" or why the branch is not stable there

        The noise of other mechanical modes counts as the light's.

    Raises
    ------
    RefusedError
        For an unknown port or mode, a port that is fed on, light that couples to p or acts on q, a
        bath that the mode and the light share, an efficiency that is not in (0, 1], a branch that
        does not exist or is not stable, and light without information on q at this angle.
    UnstableError, IncompleteError
        As `steady_state` does.

    References
    ----------
    Clerk et al., doi:10.1103/RevModPhys.82.1155; Caves, doi:10.1103/PhysRevD.26.1817.

    Examples
    --------
    A cavity driven on resonance, much faster than the oscillator, read out in its phase quadrature:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> from qlangevin import steady
    >>> t = ql.terms
    >>> light = [t.drive("a", 50.0), t.lose("a", "out", amplitude_rate=100.0)]
    >>> motion = [t.detune("b", 1.0), t.press("a", "b", 1e-3), t.rub("b", 0.01, occupation=9.0)]
    >>> found = steady.displacement_noise(
    ...     ql.Model.build(["a", "b"], [*light, *motion]), [1.0], "out", "b", angle=np.pi / 2
    ... )
    >>> round(found["product"].item(), 3)
    1.0
    """
    frequency = checked_frequencies(frequencies)
    theta, share = _checked_numbers(angle, efficiency)
    _require_known(as_model(system), port, mode)
    settings = {"port": port, "mode": mode, "angle": theta, "efficiency": share}
    light = linear_light(system, branch, **settings)
    parts = _Parts.of(light, port, mode, theta)
    M = parts.transfer(frequency.values)
    with np.errstate(invalid="ignore"):  # parameter points without the branch are NaN
        values = _spectra(M, parts.mode_response(M[..., 1, 0], frequency.values), share)
    return light.dataset(DISPLACEMENT_NOISE, values, frequency, {})


def _spectra(M: Array, chi: Array, share: float) -> dict[str, Array]:
    """The variables from M (..., 2, 1 + channels), of record and force by q and noise, and χ."""
    gain = M[..., 0, 0]
    if np.any(gain == 0):
        raise RefusedError(
            "angle must be one at which the light depends on q; the record has no information on "
            "it at this angle"
        )
    z = M[..., 0, 1:] / gain[..., None]
    F = M[..., 1, 1:]
    lost = 0.5 * (1 - share) / (share * np.abs(gain) ** 2)
    imprecision = np.sum(np.abs(z) ** 2, axis=-1) + lost
    backaction = np.sum(np.abs(F) ** 2, axis=-1)
    correlation = np.sum(z * F.conj(), axis=-1)
    added = np.sum(np.abs(z + chi[..., None] * F) ** 2, axis=-1) + lost
    return {
        "imprecision": imprecision,
        "backaction": backaction,
        "correlation_real": correlation.real.copy(),
        "correlation_imag": correlation.imag.copy(),
        "product": 2 * np.sqrt(imprecision * backaction),
        "susceptibility_real": chi.real.copy(),
        "susceptibility_imag": chi.imag.copy(),
        "added_noise": added,
        "standard_quantum_limit": np.abs(chi),
    }


@dataclass(frozen=True, eq=False)
class _Parts:
    """The measured mode apart from all others: how they drive and what they show.

    own (..., 2, 2) is the mode's drift; rest, noise, read and direct are A, B, C and D of the other
    modes, driven by q and the noise channels, with the record and the force as outputs.
    """

    own: Array
    rest: Array
    noise: Array
    read: Array
    direct: Array

    @staticmethod
    def of(light: LinearLight, port: str, mode: str, theta: float) -> _Parts:
        """The parts; RefusedError where light and mode do not couple through q alone."""
        at = 2 * light.model.mode_index(mode)
        others = [k for k in range(light.model.size) if k not in (at, at + 1)]
        A, B = light.A, light.B
        _require_displacement(A[..., others, at + 1], mode, "the light depends on its p")
        _require_displacement(A[..., at, others], mode, "light acts on its q")
        first = 2 * light.ports.index(port)
        weights = np.array([np.cos(theta), np.sin(theta)])
        C, D = (weights @ array[..., first : first + 2, :] for array in (light.C, light.D))
        _require_displacement(C[..., at + 1], mode, "the light depends on its p")
        _require_own_bath(B[..., at : at + 2, :], B[..., others, :], D, mode)
        read = np.stack([C[..., others], A[..., at + 1, others]], axis=-2)
        direct = np.stack([_first(C[..., at], D), _first(0 * C[..., at], 0 * D)], axis=-2)
        noise = np.concatenate([A[..., others, at, None], B[..., others, :]], axis=-1)
        own = A[..., at : at + 2, at : at + 2]
        return _Parts(own, A[..., others, :][..., others], noise, read, direct)

    def transfer(self, frequencies: Array) -> Array:
        """Record and force (..., frequencies, 2, 1 + channels) by q and the noise channels."""
        return transfer_matrix(self.rest, self.noise, self.read, self.direct, frequencies)

    def mode_response(self, spring: Array, frequencies: Array) -> Array:
        """χ (..., frequencies) of q to a force on p, the light's force being spring · q."""
        (a, b), (c, d) = np.moveaxis(self.own[..., None], (-3, -2), (0, 1))
        shift = -1j * frequencies
        return np.asarray(b / ((shift - a) * (shift - d) - b * (c + spring)))


def _first(value: Array, row: Array) -> Array:
    """A value (...) before a row (..., channels)."""
    return np.concatenate([value[..., None], row], axis=-1)


def _require_displacement(couplings: Array, mode: str, why: str) -> None:
    """RefusedError where couplings that must be zero are not."""
    if np.any(np.nan_to_num(couplings)):
        raise RefusedError(
            f"mode {mode!r} is not measured by its displacement alone: {why}; choose a mode that "
            "radiation pressure (press) couples to the light"
        )


def _require_own_bath(own: Array, others: Array, record: Array, mode: str) -> None:
    """RefusedError where a noise channel drives the mode directly, and the light too."""

    def used(array: Array) -> Array:
        return np.any(array != 0, axis=tuple(range(array.ndim - 1)))

    if np.any(used(own) & (used(others) | used(record))):
        raise RefusedError(
            f"mode {mode!r} shares a noise channel with the light, so imprecision and backaction "
            "cannot be told from its bath; choose another port or mode"
        )


def _require_known(model: Model, port: str, mode: str) -> None:
    """RefusedError for an unknown mode, and for a port that no light leaves."""
    ports = outgoing_ports(model)
    for name, value, known, where in (
        ("port", port, ports, "light leaves by"),
        ("mode", mode, model.modes, "choose from"),
    ):
        if value not in known:
            hint = nearest(str(value), known, where)
            raise RefusedError(f"{name} must be one of the model's (got {shown(value)}): {hint}")


def _checked_numbers(angle: float, efficiency: float) -> tuple[float, float]:
    """Both as floats. RefusedError unless they are numbers, and the efficiency is in (0, 1]."""
    theta, share = numbers("angle", angle, unit="rad"), numbers("efficiency", efficiency)
    if theta.ndim or not np.isfinite(theta):
        raise RefusedError(f"angle must be one finite number in rad (got {shown(angle)})")
    if share.ndim or not 0 < share <= 1:
        raise RefusedError(
            f"efficiency must be a number above 0, and at most 1 (got {shown(efficiency)})"
        )
    return float(theta), float(share)
