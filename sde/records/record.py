"""What is recorded of the light that leaves: ports, frequencies, and the times of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..model.model import Model
from ..model.ports.port import require_ports
from ..support.checks import Array, require_positive, require_time, shown
from ..support.errors import RefusedError

MOST_BINS = 256
"""Bins of a segment where the user leaves the frequencies open."""
SEGMENTS = 7
"""Segments that overlap by half where the user leaves the resolution open."""
FEWEST_BINS = 8


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

    @classmethod
    def of(cls, value: Any) -> Record | None:
        """A record from what `simulate` takes: None, names of ports, or a Record."""
        return value if value is None or isinstance(value, cls) else cls(value)

    def described(self) -> dict[str, Any]:
        """The record by name, as provenance keeps it."""
        return {
            "ports": list(self.ports),
            "highest": self.highest,
            "resolution": self.resolution,
            "since": self.since,
        }

    def require_ports(self, model: Model) -> None:
        """Raise RefusedError unless light leaves the model for good at all ports."""
        require_ports(self.ports, model.ports)
        for name in self.ports:
            if onward := model.ports[name].onward:
                raise RefusedError(
                    f"the light of port {name!r} is fed on to {onward!r}, so it cannot be recorded:"
                    f" record {onward!r} instead"
                )

    def plan(self, steps: int, step: float) -> RecordPlan:
        """The bins and segments in a number of steps, each in s. Raises RefusedError."""
        since = 0.5 * steps * step if self.since is None else self.since
        first = 2 * round(since / (2 * step))
        left = steps - first
        if left < 2 * FEWEST_BINS:
            raise RefusedError(
                f"since must leave at least {2 * FEWEST_BINS} steps of {step:.3g} s to record "
                f"(got {since:.3g} s of {steps * step:.3g} s)"
            )
        length = left / 4 if self.resolution is None else 2 * np.pi / (self.resolution * step)
        if self.highest is None:
            stride = 2 * max(1, int(np.ceil(length / (2 * MOST_BINS))))
        else:
            stride = 2 * int(np.pi / (self.highest * step) / 2 + 1e-9)
        if stride < 2:
            raise RefusedError(
                f"highest must be at most π/(2 steps) = {np.pi / (2 * step):.4g} rad/s "
                f"(got {self.highest:.4g} rad/s): take a shorter step"
            )
        bins = 2 * max(FEWEST_BINS // 2, round(length / (2 * stride)))
        segments = (left // stride - bins) // (bins // 2) + 1
        if segments < 1:
            raise RefusedError(
                f"the recorded {left * step:.3g} s hold no segment of {bins} bins of "
                f"{stride * step:.3g} s: take a longer duration, an earlier `since`, or a larger "
                f"resolution than {2 * np.pi / (bins * stride * step):.3g} rad/s"
            )
        return RecordPlan(self.outputs, first, stride, bins, int(segments), step)


@dataclass(frozen=True)
class RecordPlan:
    """Bins of `stride` steps from step `first` on, in segments of `bins` that overlap by half."""

    outputs: tuple[str, ...]
    first: int
    stride: int
    bins: int
    segments: int
    step: float

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of the ports."""
        return tuple(name.removesuffix(".X") for name in self.outputs[::2])

    @property
    def bin(self) -> float:
        """Length of a bin, in s."""
        return self.stride * self.step

    @property
    def edges(self) -> Array:
        """Steps (edges,) at which bins begin, and the end of the last one."""
        bins = self.bins + (self.segments - 1) * (self.bins // 2)
        return self.first + self.stride * np.arange(bins + 1)

    @property
    def statistics(self) -> int:
        """Numbers that are summed over trajectories."""
        return 4 * len(self.frequencies) * len(self.outputs) ** 2

    def bytes_per_trajectory(self, paths: int) -> int:
        """Memory that the bins and periodograms of a trajectory with this many paths take."""
        outputs = len(self.outputs)
        return 8 * paths * outputs * self.bins * (4 + outputs)

    def fingerprint(self) -> str:
        """Text of everything that the sums depend on."""
        return repr(self)

    @property
    def window(self) -> Array:
        """Hann window (bins,), whose squares add up to one."""
        hann = np.sin(np.pi * np.arange(self.bins) / self.bins) ** 2
        return np.asarray(hann / np.sqrt(np.sum(hann**2)))

    @property
    def frequencies(self) -> Array:
        """ω (frequencies,) in rad/s, from 0 to the highest."""
        return np.asarray(2 * np.pi * np.fft.rfftfreq(self.bins, self.bin))
