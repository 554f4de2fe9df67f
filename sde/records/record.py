"""What is recorded of the light that leaves: ports, frequencies, and the times of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..model.model import Model
from ..model.ports.port import require_ports
from ..support.checks import require_positive, require_time, shown
from ..support.errors import RefusedError


@dataclass(frozen=True)
class Record:
    """Light that `simulate` records, to estimate its spectra.

    The light is averaged over bins of equal length, and the bins are divided into segments that
    overlap by half (Welch's method, with a Hann window).

    Parameters
    ----------
    ports : sequence of str
        Names of the ports, from which the light is not fed on to another port.
    highest : float, optional
        Highest frequency, in rad/s from the laser: bins last π/highest, or a little less. Default:
        256 bins in a segment.
    resolution : float, optional
        Distance of the frequencies, in rad/s: segments last 2π/resolution. Default: a quarter of
        the recorded time.
    since : float, optional
        Time from which on light is recorded, in s. Default: half the run.

    Raises
    ------
    ValueError
        For no ports, a port named twice, and numbers that are not positive.

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.Record(["fibre"], highest=1e9, resolution=1e7)
    Record(ports=('fibre',), highest=1000000000.0, resolution=10000000.0, since=None)
    """

    ports: Sequence[str]
    highest: float | None = None
    resolution: float | None = None
    since: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.ports, str) or not isinstance(self.ports, Iterable):
            raise ValueError(
                f'ports must be a list of names, as ["fibre"] (got {shown(self.ports)})'
            )
        object.__setattr__(self, "ports", tuple(self.ports))
        if not self.ports:
            raise ValueError("ports must name at least one port")
        if len(set(self.ports)) < len(self.ports):
            raise ValueError(f"ports must be named once each (got {shown(self.ports)})")
        for name in ("highest", "resolution"):
            if getattr(self, name) is not None:
                require_positive(name, getattr(self, name), unit="rad/s")
        if self.since is not None:
            require_time("since", self.since)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the recorded quadratures, such as "fibre.X"."""
        return tuple(f"{port}.{axis}" for port in self.ports for axis in "XY")


def record_of(value: Any) -> Record | None:
    """A record from what `simulate` takes: None, names of ports, or a Record."""
    return value if value is None or isinstance(value, Record) else Record(value)


def described_record(record: Record | None) -> dict[str, Any] | None:
    """A record as provenance keeps it."""
    return None if record is None else asdict(record) | {"ports": list(record.ports)}


def require_recordable(record: Record, model: Model) -> None:
    """Raise RefusedError unless light leaves the model for good at all ports of a record."""
    require_ports(record.ports, model.ports)
    for name in record.ports:
        if onward := model.ports[name].onward:
            raise RefusedError(
                f"the light of port {name!r} is fed on to {onward!r}, so it cannot be recorded: "
                f"record {onward!r} instead"
            )
