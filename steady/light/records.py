"""Continuous records of the light that leaves: which quadratures detectors measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...sde.model.model import Model
from ...sde.model.uncertainty import symplectic_form_of
from ...sde.support.checks import Array, common_shape, nearest, numbers, require_name, shown
from ..lyapunov.riccati import INDEPENDENT
from .detection import beside, received_light


@dataclass(frozen=True, eq=False)
class Homodyne:
    """A homodyne detector: it records the quadrature X cos θ + Y sin θ of the light of a port.

    Parameters
    ----------
    port : str
        The port whose outgoing light is detected.
    angle : float or array, default 0
        θ in rad; may be an array over parameter points.

    Raises
    ------
    ValueError
        For a name that cannot be a port, and an angle that is no finite number.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> ql.Homodyne("fibre", angle=np.pi / 2)
    Homodyne(port='fibre', angle=1.5707963267948966)
    """

    port: str
    angle: Any = 0.0

    def __post_init__(self) -> None:
        require_name("port of Homodyne", self.port)
        if not np.all(np.isfinite(numbers("angle of Homodyne", self.angle, float, "rad"))):
            raise ValueError(f"angle of Homodyne must be finite (got {shown(self.angle)})")


@dataclass(frozen=True, eq=False)
class Heterodyne:
    """A heterodyne detector: it records X and Y of the light of a port, with vacuum added to both.

    It stands for a beam splitter with two homodyne detectors, of (X + X_v)/√2 and (Y − Y_v)/√2.

    Parameters
    ----------
    port : str
        The port whose outgoing light is detected.

    Raises
    ------
    ValueError
        For a name that cannot be a port.

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.Heterodyne("fibre")
    Heterodyne(port='fibre')
    """

    port: str

    def __post_init__(self) -> None:
        require_name("port of Heterodyne", self.port)


Record = Mapping[str, Any] | Homodyne | Heterodyne
"""A detector, or weights of output quadratures: {"fibre.X": 1.0, "fibre.Y": 0.5}."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Records dy = C u dt + D dW of fluctuations du = A u dt + B dW.

    B (..., n, channels), C (..., records, n), D (..., records, channels).
    """

    B: Array
    C: Array
    D: Array


def measured(
    model: Model, records: Sequence[Record], efficiency: Mapping[str, Any] | None = None
) -> Measured:
    """Records of a model's light; ValueError for those that cannot be taken together."""
    _require_records(model, records)
    names = [f"{port}.{axis}" for port in model.ports for axis in "XY"]
    for name in (name for record in records for name in _quadratures(record)):
        _check_name(model, name, names)
    halved = [k for k, record in enumerate(records) if isinstance(record, Heterodyne)]
    split = [f"{number}.{axis}" for number in halved for axis in "XY"]
    rows = [row for number, record in enumerate(records) for row in _rows(record, number)]
    parts = [[_weight(row, name) for name in [*names, *split]] for row in rows]
    of_rows = [k for k, record in enumerate(records) for _ in _rows(record, k)]
    shapes = {
        f"weights of record {k}": np.broadcast_shapes(*(weight.shape for weight in row))
        for k, row in zip(of_rows, parts, strict=True)
    }
    common_shape({"parameter points": model.batch, **shapes})
    weights = _stacked(parts)
    if not np.all(np.isfinite(weights)):
        raise ValueError("records must have finite weights")
    _require_commuting(weights, of_rows)
    light = received_light(model, efficiency)
    own, vacuum = weights[..., : len(names)], weights[..., len(names) :] / np.sqrt(2)
    B = beside(light.B, np.zeros((model.size, len(split))))
    return Measured(B, own @ light.C, beside(own @ light.D, vacuum))


def _require_records(model: Model, records: Sequence[Record]) -> None:
    """ValueError unless records are a list of detectors and combinations."""
    if not (
        isinstance(records, Sequence)
        and all(isinstance(record, Mapping | Homodyne | Heterodyne) for record in records)
    ):
        example = "[Homodyne('fibre', angle=0.3)] or [{'fibre.X': 1.0}]"
        raise ValueError(
            f"records must be a list of detectors or combinations, such as {example} "
            f"(got {shown(records)})"
        )
    if not records:
        names = ", ".join(f"{port}.{axis}" for port in model.ports for axis in "XY")
        raise ValueError(f"records must hold at least one combination of {names} (got none)")


def _quadratures(record: Record) -> list[str]:
    """Names of the output quadratures in a record."""
    if isinstance(record, Mapping):
        return list(record)
    return [f"{record.port}.{axis}" for axis in "XY"]


def _rows(record: Record, number: int) -> list[Mapping[str, Any]]:
    """The combinations that a record holds, by name of an output quadrature.

    `number`.X and `number`.Y are the vacuum that enters a heterodyne detector.
    """
    if isinstance(record, Homodyne):
        angle = np.asarray(record.angle, float)
        return [{f"{record.port}.X": np.cos(angle), f"{record.port}.Y": np.sin(angle)}]
    if isinstance(record, Heterodyne):
        return [
            {f"{record.port}.X": np.sqrt(0.5), f"{number}.X": np.sqrt(0.5)},
            {f"{record.port}.Y": np.sqrt(0.5), f"{number}.Y": -np.sqrt(0.5)},
        ]
    return [record]


def _weight(row: Mapping[str, Any], name: str) -> Array:
    return numbers(f"weight of {name!r}", row.get(name, 0.0))


def _stacked(rows: list[list[Array]]) -> Array:
    """Rows of arrays (...) as one array (..., rows, columns)."""
    lead = np.broadcast_shapes(*(weight.shape for row in rows for weight in row))
    wide = [np.stack([np.broadcast_to(w, lead) for w in row], axis=-1) for row in rows]
    return np.stack(wide, axis=-2)


def _check_name(model: Model, name: str, names: list[str]) -> None:
    """ValueError unless an output quadrature exists and its light is not fed on."""
    if name not in names:
        raise ValueError(
            f"record of {shown(name)}, which the model does not emit: "
            f"{nearest(str(name), names, 'it emits')}"
        )
    onward = model.ports[name.rpartition(".")[0]].onward
    if onward:
        raise ValueError(
            f"record of {name!r}, whose light is fed on to port {onward!r}: measure what leaves "
            "there"
        )


def _require_commuting(weights: Array, records: Sequence[int]) -> None:
    """ValueError unless combinations with weights (..., rows, 2 ports) commute.

    `records` are the numbers of the records that they belong to.
    """
    omega = symplectic_form_of(weights)
    sizes = np.linalg.norm(weights, axis=-1)
    commutators = np.abs(weights @ omega @ np.swapaxes(weights, -1, -2))
    clash = commutators > INDEPENDENT * sizes[..., :, None] * sizes[..., None, :]
    if np.any(clash):
        first, second = (records[row] for row in np.argwhere(clash)[0][-2:])
        raise ValueError(
            f"records {first} and {second} do not commute, so no detector measures both; "
            "take one quadrature of each beam, or let the beam leave by two ports"
        )
