"""Spectra of recorded light, summed while trajectories run (Welch's method).

With z_k the light that leaves within bin k of length T, and the window w of Σ w² = 1, a segment of
a trajectory has the periodogram

    P_ab(ω) = Z_a Z_b* / T,    Z(ω) = Σ_k w_k z_k e^{iωkT}

whose mean is the spectrum of the light averaged over bins: ½ for vacuum, at every frequency. The
periodograms of a trajectory's segments are averaged; trajectories are independent, so the scatter
of these averages gives the standard error.

References
----------
Welch, doi:10.1109/TAU.1967.1161901.
"""

from __future__ import annotations

import numpy as np

from ..support.checks import Array
from .record_plan import RecordPlan


class Periodograms:
    """Periodograms of paths of some trajectories: averaged over the segments that are complete.

    Takes the integrated light y (paths, outputs, trajectories) at every edge of a bin.
    """

    def __init__(self, plan: RecordPlan, paths: int, trajectories: int) -> None:
        outputs = len(plan.outputs)
        self.plan = plan
        self.window = plan.window / np.sqrt(plan.bin)
        self.bins = np.empty((plan.bins, paths, outputs, trajectories))
        self.last = np.empty((paths, outputs, trajectories))
        self.taken = -1
        self.segments = 0
        shape = (len(plan.frequencies), paths, outputs, outputs, trajectories)
        self.total = np.zeros(shape, complex)

    def take(self, y: Array) -> None:
        """Take the integrated light at the next edge."""
        if self.taken >= 0:
            np.subtract(y, self.last, out=self.bins[self.taken])
        self.last[:] = y
        self.taken += 1
        if self.taken == self.plan.bins:
            self._add_segment()

    def _add_segment(self) -> None:
        """Add the periodogram of a segment, and keep its second half."""
        Z = np.fft.rfft(self.window[:, None, None, None] * self.bins, axis=0).conj()
        for a in range(Z.shape[2]):
            self.total[:, :, a] += Z[:, :, a, None] * Z.conj()
        half = self.plan.bins // 2
        self.bins[:half] = self.bins[half:]
        self.taken = half
        self.segments += 1

    @property
    def mean(self) -> Array:
        """P (frequencies, paths, outputs, outputs, trajectories), the mean over the segments."""
        return self.total / self.segments


def packed(S: Array) -> Array:
    """Hermitian matrices S (..., m, m) as m² real numbers: real parts of the upper triangle, then
    imaginary parts above the diagonal."""
    m = S.shape[-1]
    upper, strict = np.triu_indices(m), np.triu_indices(m, 1)
    return np.concatenate([S.real[..., *upper], S.imag[..., *strict]], axis=-1)


def unpacked(numbers: Array) -> tuple[Array, Array]:
    """Real and imaginary parts (..., m, m) of Hermitian matrices from their `packed` numbers."""
    m = int(np.sqrt(numbers.shape[-1]))
    upper, strict = np.triu_indices(m), np.triu_indices(m, 1)
    real, imaginary = np.zeros((*numbers.shape[:-1], m, m)), np.zeros((*numbers.shape[:-1], m, m))
    count = len(upper[0])
    real[..., *upper] = real[..., *upper[::-1]] = numbers[..., :count]
    imaginary[..., *strict] = numbers[..., count:]
    imaginary[..., *strict[::-1]] = -numbers[..., count:]
    return real, imaginary
