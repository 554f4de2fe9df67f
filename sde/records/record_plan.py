"""The bins over which recorded light is averaged, and the segments of a record."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..support.checks import Array
from ..support.errors import RefusedError
from .record import Record

MOST_BINS = 256
"""Bins of a segment where the user leaves the frequencies open."""
FEWEST_BINS = 8
"""Bins of a segment at least."""


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

    @property
    def window(self) -> Array:
        """Hann window (bins,), whose squares add up to one."""
        hann = np.sin(np.pi * np.arange(self.bins) / self.bins) ** 2
        return np.asarray(hann / np.sqrt(np.sum(hann**2)))

    @property
    def frequencies(self) -> Array:
        """ω (frequencies,) in rad/s, from 0 to the highest."""
        return np.asarray(2 * np.pi * np.fft.rfftfreq(self.bins, self.bin))


def plan_record(record: Record, steps: int, step: float) -> RecordPlan:
    """Bins and segments of a record in a number of steps, each in s. Raises RefusedError."""
    since = 0.5 * steps * step if record.since is None else record.since
    first = 2 * round(since / (2 * step))
    left = steps - first
    if left < 2 * FEWEST_BINS:
        raise RefusedError(
            f"since must leave at least {2 * FEWEST_BINS} steps of {step:.3g} s to record "
            f"(got {since:.3g} s of {steps * step:.3g} s)"
        )
    length = left / 4 if record.resolution is None else 2 * np.pi / (record.resolution * step)
    if record.highest is None:
        stride = 2 * max(1, int(np.ceil(length / (2 * MOST_BINS))))
    else:
        stride = 2 * int(np.pi / (record.highest * step) / 2 + 1e-9)
    if stride < 2:
        raise RefusedError(
            f"highest must be at most π/(2 steps) = {np.pi / (2 * step):.4g} rad/s "
            f"(got {record.highest:.4g} rad/s): take a shorter step"
        )
    bins = 2 * max(FEWEST_BINS // 2, round(length / (2 * stride)))
    segments = (left // stride - bins) // (bins // 2) + 1
    if segments < 1:
        raise RefusedError(
            f"the recorded {left * step:.3g} s hold no segment of {bins} bins of "
            f"{stride * step:.3g} s: take a longer duration, an earlier `since`, or a larger "
            f"resolution than {2 * np.pi / (bins * stride * step):.3g} rad/s"
        )
    return RecordPlan(record.outputs, first, stride, bins, int(segments), step)
