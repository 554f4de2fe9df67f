"""Deviation ratios of a model's levels of theory: deviation over the most allowed; above 1 rejects.

Statistical comparisons allow Student's t of the 64 batches behind every error bar, at a false-alarm
rate of 10⁻⁴ / 16 per comparison, spread over its numbers: 10⁻⁴ for all the comparisons of this
folder with right models.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import stats

from qlangevin.sde import Gaussian, Model, propagate_moments, simulate
from qlangevin.steady import steady_state

FALSE_ALARM = 1e-4 / 16
BATCHES = 64


@dataclass(frozen=True)
class Truth:
    """Mean (times, n) and covariance (times, n, n) of a model from a start.

    Times are at equal intervals from 0 to `duration`.
    """

    model: Model
    start: Gaussian
    duration: float
    mean: Any
    covariance: Any

    @property
    def samples(self):
        return len(self.mean) - 1

    @property
    def run(self):
        """The arguments that runs and moments share."""
        return {"duration": self.duration, "samples": self.samples, "start": self.start}


def truth_of(model, start, duration, moments):
    """A truth from pairs of mean and covariance at each time."""
    mean, covariance = (np.array(part) for part in zip(*moments, strict=True))
    return Truth(model, start, duration, mean, covariance)


def upper(V):
    """The upper triangles of matrices along the last two axes."""
    return V[..., *np.triu_indices(V.shape[-1])]


def limit(numbers):
    """Two-sided limit for a number of z scores together."""
    return stats.t.isf(FALSE_ALARM / 2 / numbers, BATCHES - 1)


def moments_deviation(model, truth, closure="linear"):
    """Largest deviation of the moment equations over all times: of the mean, of the covariance."""
    result = propagate_moments(model, closure=closure, **truth.run)
    gaps = result["mean_field"].values - truth.mean, result["covariance"].values - truth.covariance
    return [np.abs(gap).max() for gap in gaps]


def moments_deviation_ratio(model, truth, allowed):
    return max(moments_deviation(model, truth)) / allowed


def lyapunov_deviation_ratio(model, V, allowed):
    """Of the only branch's steady covariance."""
    return np.abs(steady_state(model)["covariance"].values[0] - V).max() / allowed


def ensemble(model, truth, *, step, trajectories=2**16, seed=1, **options):
    """Trajectories that are sampled at the truth's times."""
    result = simulate(
        model, trajectories=trajectories, step=step, seed=seed, **truth.run, **options
    )
    np.testing.assert_allclose(
        result["time"], np.linspace(0, truth.duration, truth.samples + 1), rtol=1e-9
    )
    return result


def mean_scores(result, mean):
    """z of the means after the start."""
    return (result["mean"].values - mean)[1:] / result["mean_stderr"].values[1:]


def covariance_scores(result, covariance):
    """z of the covariances' upper triangles after the start."""
    return upper((result["covariance"].values - covariance)[1:]) / upper(
        result["covariance_stderr"].values[1:]
    )


def worst(scores):
    """Largest |z|, infinite where trajectories were lost."""
    return np.nan_to_num(np.abs(scores), nan=np.inf).max()


def mean_deviation_ratio(result, truth):
    z = mean_scores(result, truth.mean)
    return worst(z) / limit(z.size)


def deviation_ratio(result, truth):
    """Of means and covariances together."""
    scores = mean_scores(result, truth.mean), covariance_scores(result, truth.covariance)
    return worst(np.concatenate([z.ravel() for z in scores])) / limit(sum(z.size for z in scores))


def stationary_deviation_ratio(result, truth, kurtosis):
    """Of covariance and excess kurtosis (n,) at the end."""
    z = (result["excess_kurtosis"].values[-1] - kurtosis) / result["excess_kurtosis_stderr"].values[
        -1
    ]
    z = np.concatenate([covariance_scores(result, truth.covariance)[-1], z])
    return worst(z) / limit(z.size)


# ------------------------------------------------------------------------------
# planted faults


def twice_the_noise(model):
    """D of double size."""
    return replace(model, B=np.sqrt(2) * model.B)


def opposite_coupling(model):
    """Couplings between modes, and nonlinear ones with their vacuum shifts, of the other sign."""
    own = np.kron(np.eye(len(model.modes)), np.ones((2, 2)))
    mean = model.mean_level
    flipped = replace(
        mean,
        A=np.where(own, mean.A, -mean.A),
        Q=replace(model.Q, value=-model.Q.value),
        K=replace(model.K, value=-model.K.value),
    )
    return flipped.averaged(-0.5 * np.eye(model.size))


def no_symmetric_ordering(model):
    """Trajectories that follow the normal-ordered drift."""
    return model.mean_level


def steps_counted_half(model):
    """Steps of 2h that are counted as h."""
    return replace(
        model,
        c=2 * model.c,
        A=2 * model.A,
        Q=replace(model.Q, value=2 * model.Q.value),
        K=replace(model.K, value=2 * model.K.value),
        B=np.sqrt(2) * model.B,
    )


FAULTS = (twice_the_noise, opposite_coupling, no_symmetric_ordering, steps_counted_half)
