"""The light of ports as a detector or filter receives it: with losses on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...sde.model.model import Model
from ...sde.support.checks import Array, common_shape, nearest, numbers, shown
from ...sde.support.errors import RefusedError


@dataclass(frozen=True, eq=False)
class ReceivedLight:
    """Light C u + D dW/dt of all ports, in their order, behind losses that let in vacuum.

    C (..., 2 ports, n) in √(rad/s), D (..., 2 ports, channels); the noise B (..., n, channels) of
    the quadratures in √(rad/s), whose last channels are the vacuum of the losses.
    """

    C: Array
    D: Array
    B: Array


def received_light(model: Model, efficiency: Mapping[str, Any] | None = None) -> ReceivedLight:
    """The light of all ports of a model, of which the share `efficiency` of each port arrives."""
    shares = efficiencies(model, efficiency)
    C = np.concatenate([port.C for port in model.ports.values()], axis=-2)
    D = np.concatenate([port.D for port in model.ports.values()], axis=-2)
    if np.all(shares == 1):
        return ReceivedLight(C, D, model.B)
    kept = np.repeat(np.sqrt(shares), 2, axis=-1)[..., None]
    vacuum = np.sqrt((1 - kept**2) / 2) * np.eye(C.shape[-2])
    D = beside(kept * D, vacuum)
    return ReceivedLight(kept * C, D, beside(model.B, np.zeros((model.size, C.shape[-2]))))


def beside(left: Array, right: Array) -> Array:
    """Two matrices (..., rows, columns) side by side."""
    lead = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    wide = [np.broadcast_to(M, (*lead, *M.shape[-2:])) for M in (left, right)]
    return np.concatenate(wide, axis=-1)


def efficiencies(model: Model, efficiency: Any) -> Array:
    """The share (..., ports) of each port's light that arrives; RefusedError outside 0 … 1."""
    if efficiency is not None and not isinstance(efficiency, Mapping):
        example = "{'fibre': 0.9}"
        raise RefusedError(
            f"efficiency must name ports, such as {example} (got {shown(efficiency)})"
        )
    given = dict(efficiency or {})
    require_ports_that_leave(model, given, "efficiency")
    shares = {
        port: numbers(f"efficiency of {port!r}", given.get(port, 1.0)) for port in model.ports
    }
    for port, share in shares.items():
        if not np.all((share >= 0) & (share <= 1)):
            raise RefusedError(
                f"efficiency of {port!r} must lie between 0 and 1 (got {shown(given[port])})"
            )
    shapes = {f"efficiency of {port!r}": share.shape for port, share in shares.items()}
    common_shape({"parameter points": model.batch, **shapes})
    return np.stack(np.broadcast_arrays(*shares.values()), axis=-1)


def require_ports_that_leave(model: Model, ports: Iterable[Any], what: str) -> None:
    """RefusedError unless the model emits light at each of the ports and does not feed it on."""
    for port in ports:
        if port not in model.ports:
            hint = nearest(str(port), model.ports, "it emits from")
            known = hint if model.ports else "it has no ports"
            raise RefusedError(
                f"{what} at port {shown(port)}, which the model does not have: {known}"
            )
        onward = model.ports[port].onward
        if onward:
            raise RefusedError(
                f"{what} at port {port!r}, whose light is fed on to port {onward!r}: take the "
                "light that leaves there"
            )
