"""Frequency response: from coherent light that enters the ports to the light that leaves."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from ...sde.labels import Q_, Q
from ...sde.model.model import Model
from ...sde.model.ports import channels_of
from ...sde.support.checks import Array
from ...sde.support.errors import RefusedError
from ...sde.system import System
from ..variables import PORT
from .linear_light import LinearLight, checked_frequencies, linear_light, spread
from .transfer import UNKNOWN, transfer_and_slope
from .variables import PORT_, RESPONSE


def response(system: System | Model, frequencies: ArrayLike, branch: int = 0) -> xr.Dataset:
    """Compute the response of the light that leaves to coherent light that enters, per frequency.

    A weak probe a_in e^{−iωt}, on top of the light that the system is driven by, leaves as

        a_out(t) = T(ω) a_in e^{−iωt} + [I(ω) a_in]* e^{iωt},

    with the transmission T and the idler I, whose light is mirrored about the laser.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    frequencies : array (frequencies,)
        ω in rad/s from the laser, of either sign; positive above it.
    branch : int, default 0
        The branch about which the system is linearised, as `steady_state` numbers it.

    Returns
    -------
    xarray.Dataset
        By output `port` and input `port_`:

        * response_real, response_imag (frequency, port, quadrature, port_, quadrature_): of each
          output quadrature to each input quadrature, for amplitudes y(ω) = ∫ y(t) e^{iωt} dt
        * transmission_real, transmission_imag (frequency, port, port_): T
        * idler_real, idler_imag (frequency, port, port_): I
        * group_delay (frequency, port, port_): dφ/dω in s of T = |T| e^{iφ}, by its derivative;
          NaN where T = 0
        * reason (...): for parameter points only, "" or why the branch is not stable there; other
          variables are NaN then

        Feeds carry the probe also where they carry no vacuum (shared_vacuum=False). Outputs are the
        ports whose light is not fed on to another one. Inputs are the ports with an
        input of their own; light enters a port that is also fed by another beside that light.

    Raises
    ------
    RefusedError
        For frequencies that are no finite numbers, and a branch that does not exist or is not
        stable.
    UnstableError, IncompleteError
        As `steady_state` does.

    References
    ----------
    Gardiner and Collett, doi:10.1103/PhysRevA.31.3761; optomechanically induced transparency: Weis
    et al., doi:10.1126/science.1195596.

    Examples
    --------
    A cavity delays light on resonance by 2/κ, κ its amplitude decay rate:

    >>> import qlangevin as ql
    >>> from qlangevin import steady
    >>> cavity = ql.Model.build(["a"], ql.terms.lose("a", "fibre", amplitude_rate=2.0))
    >>> found = steady.response(cavity, [0.0])
    >>> found["transmission_real"].values.round(6), found["group_delay"].values.round(6)
    (array([[[-1.]]]), array([[[1.]]]))
    """
    frequency = checked_frequencies(frequencies)
    light = linear_light(system, branch)
    inputs, usable, B, D = _coherent_inputs(light)
    M, slope = transfer_and_slope(light.A, B, light.C, D, frequency.values)
    if not usable.all():
        M[~np.broadcast_to(usable, M.shape)] = UNKNOWN
    T, idler, delay = _amplitudes(M, slope)
    shape = (*M.shape[:-2], len(light.ports), 2, len(inputs), 2)
    values = {
        "response": M.reshape(shape),
        "transmission": T,
        "idler": idler,
    }
    parts = {
        f"{name}_{part}": np.array(getattr(value, part))
        for name, value in values.items()
        for part in ("real", "imag")
    }
    axes: dict[Hashable, Any] = {
        PORT: list(light.ports),
        Q: ["X", "Y"],
        PORT_: inputs,
        Q_: ["X", "Y"],
    }
    return light.dataset(RESPONSE, parts | {"group_delay": delay}, frequency, axes)


def _amplitudes(M: Array, slope: Array) -> tuple[Array, Array, Array]:
    """Transmission, idler and group delay (..., outputs, inputs) from quadratures' M and dM/dω."""
    T, idler, dT = _of_probe(M, 1j), _of_probe(M, -1j), _of_probe(slope, 1j)
    with np.errstate(divide="ignore", invalid="ignore"):
        delay = np.where(T != 0, (dT / T).imag, np.nan)
    return T, idler, delay


def _of_probe(M: Array, i: complex) -> Array:
    """Elements (..., outputs, inputs) of X + iY by a in M (..., 2 outputs, 2 inputs).

    These are a ← a for i = 1j, and a† ← a for −1j.
    """
    rows = M[..., 0::2, :] + i * M[..., 1::2, :]
    return np.asarray(0.5 * (rows[..., 0::2] - 1j * rows[..., 1::2]))


def _coherent_inputs(light: LinearLight) -> tuple[list[str], Array, Array, Array]:
    """Ports with an input of their own; how light in them acts on the modes, and passes.

    Then where the port has such an input, (..., 1, 1, 2 inputs), as some parameter points may lack
    it; the arrays (..., n, 2 inputs) and (..., 2 outputs, 2 inputs).
    """
    model = light.model
    inputs = [name for name in model.ports if channels_of(name)[0] in model.channels]
    if not inputs:
        raise RefusedError("the model has no port that light can enter; lose and guide make one")
    usable, kicks = [], []
    for name in inputs:
        noise = spread(model.ports[name].noise, model)
        own = (np.linalg.det(noise) != 0)[..., None, None]
        usable.append(own[..., None, :].repeat(2, axis=-1))
        kick = np.zeros((*model.batch, len(model.channels), 2))
        columns = [model.channels.index(channel) for channel in channels_of(name)]
        kick[..., columns, :] = np.linalg.inv(np.where(own, noise, np.eye(2)))
        kicks.append(kick)
    kick = _with_unshared_feeds(model, inputs, np.concatenate(kicks, axis=-1))
    return inputs, np.concatenate(usable, axis=-1), light.B @ kick, light.D @ kick


def _with_unshared_feeds(model: Model, inputs: list[str], kick: Array) -> Array:
    """Coherent light as noise, K (..., channels, 2 inputs), with feeds that share no vacuum.

    Such a feed F passes on coherent light that its source reflects, which its noise does not show:
    the light e = F D_source (K + K_target e) enters the target beside that of K.
    """
    fed = [name for name in inputs if model.ports[name].unshared_feed is not None]
    if not fed:
        return kick
    columns = [2 * inputs.index(name) + axis for name in fed for axis in (0, 1)]
    entering = kick[..., columns]
    passed = []
    for name in fed:
        port = model.ports[name]
        passed.append(spread(port.unshared_feed @ model.ports[port.source].D, model))
    P = np.concatenate(passed, axis=-2)
    loop = np.eye(len(columns)) - P @ entering
    return np.asarray(kick + entering @ np.linalg.solve(loop, P @ kick))
