"""The times at which results are sampled: bit-identical at every level of theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .support.checks import Array, warn

WHOLE = 1e-9
"""Relative difference up to which a duration counts as a whole number of steps."""


class SamplingWarning(UserWarning):
    """Samples are not at the requested times; the message gives a remedy."""


@dataclass(frozen=True, eq=False)
class Sampling:
    """Step numbers (times,) to sample at, from 0 to the last one, and their times in s."""

    schedule: Array
    times: Array


def sample_times(duration: float, samples: int) -> Array:
    """Times (samples + 1,) from 0 to the duration, in s, at `samples` equal intervals."""
    return np.linspace(0, duration, samples + 1)


def plan_samples(duration: float, step: float, samples: int) -> Sampling:
    """Sample round(duration/step) steps, at equal intervals if `samples` divides the steps.

    Otherwise the intervals are nearly equal; with fewer steps than samples, every step is sampled.
    Warns, at the caller's line, where the intervals cannot be equal and where the duration is no
    whole number of steps.
    """
    steps = round(duration / step)
    schedule = sample_steps(steps, samples)
    whole = abs(steps * step - duration) <= WHOLE * duration
    if not whole:
        warn(_duration_message(duration, step, steps), SamplingWarning)
    if not is_even(steps, samples):
        warn(_intervals_message(steps, samples), SamplingWarning)
    elif whole:
        return Sampling(schedule, sample_times(duration, len(schedule) - 1))
    return Sampling(schedule, schedule * (duration / steps if whole else step))


def is_even(steps: int, samples: int) -> bool:
    """Whether a number of samples of a number of steps lie at equal intervals."""
    return samples >= steps or steps % samples == 0


def sample_steps(steps: int, samples: int) -> Array:
    """Step numbers to sample at, from 0 to `steps`; equally spaced if the samples divide the steps.

    Otherwise nearly so. Even numbers are taken where there are enough of them, because two steps
    share a pair of random numbers.
    """
    if is_even(steps, samples):
        return np.arange(0, steps + 1, max(1, steps // samples))
    stride = 2 if steps >= 2 * samples else 1
    chosen = stride * np.round(np.linspace(0, steps / stride, samples + 1)).astype(np.int64)
    chosen[-1] = steps
    return np.unique(np.minimum(chosen, steps))


def _divisors(steps: int) -> list[int]:
    """All divisors of a number of steps, in ascending order."""
    low = [k for k in range(1, int(steps**0.5) + 1) if steps % k == 0]
    return sorted({*low, *(steps // k for k in low)})


def _intervals_message(steps: int, samples: int) -> str:
    """The warning of unequal intervals."""
    divisors = _divisors(steps)
    near = [max(k for k in divisors if k < samples), min(k for k in divisors if k > samples)]
    intervals = np.unique(np.diff(sample_steps(steps, samples)))
    return (
        f"samples = {samples} does not divide the {steps} steps, so samples lie "
        f"{intervals[0]} to {intervals[-1]} steps apart: "
        f"samples = {near[0]} or {near[1]} makes the intervals equal, which spectra need"
    )


def _duration_message(duration: float, step: float, steps: int) -> str:
    """The warning of a duration that is no whole number of steps."""
    return (
        f"duration = {duration:.6g} s is {duration / step:.6g} steps of {step:.6g} s, "
        f"so the run ends at {steps * step:.6g} s: "
        f"step = {duration / steps:.12g} s makes the duration a whole number of steps"
    )
