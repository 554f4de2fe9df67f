"""Third and fourth cumulants against stationary densities, and the companion at twice the step.

Seeds are fixed; each statistical test has a false alarm of 10⁻⁴, by Student's t of 63 for error
bars of 64 batches.
"""

import numpy as np
import pytest
from scipy import integrate, stats

from qlangevin.sde import Gaussian, Model, simulate
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.schemes.step_forecast import StepWarning
from qlangevin.steady import leading_correction

from ...models import KAPPA, optomechanical_cell, pair_of_cavities

FALSE_ALARM = 1e-4
WAYS = {"plain": {"twin": False}, "coupled": {}, "pairs": {"antithetic": True}}


def bound(comparisons):
    """Limit, in standard errors, of the largest of a number of comparisons."""
    return stats.t.isf(FALSE_ALARM / 2 / comparisons, 63)


class Well:
    """dq = −U′(q) dt + σ dW with U = q²/2 + g q³/3 + ε q⁴/4, of density ∝ exp(−2U/σ²).

    p is Gaussian and independent.
    """

    def __init__(self, cubic, quartic, sigma=1.0):
        self.cubic, self.quartic, self.sigma = cubic, quartic, sigma

    def model(self):
        Q = Monomials(np.array([[0, 0, 0]]), np.array([-self.cubic]))
        K = Monomials(np.array([[0, 0, 0, 0]]), np.array([-self.quartic]))
        B = np.diag([self.sigma, 1.0])
        return Model(("m",), ("m.q", "m.p"), ("q", "p"), np.zeros(2), -np.eye(2), Q, K, B, {})

    def moment(self, power):
        def weight(q):
            return q**power * np.exp(
                -(q**2 + self.cubic * q**3 / 1.5 + self.quartic * q**4 / 2) / self.sigma**2
            )

        return integrate.quad(weight, -12, 12, epsabs=1e-14, limit=400)[0]

    def exact(self):
        """Mean, variance, skewness and excess kurtosis."""
        whole = self.moment(0)
        mean = self.moment(1) / whole
        second, third, fourth = (
            sum(
                c * self.moment(k)
                for k, c in enumerate(np.polynomial.polynomial.polyfromroots([mean] * power))
            )
            / whole
            for power in (2, 3, 4)
        )
        return {
            "mean": mean,
            "covariance": second,
            "skewness": third / second**1.5,
            "excess_kurtosis": fourth / second**2 - 3,
        }


def settled(model, step=0.02, duration=8.0, count=65_536, **options):
    """At the end of a run from about its variance."""
    start = Gaussian(np.zeros(model.size), 0.5 * np.eye(model.size))
    arguments = {"scheme": "runge-kutta", "start": start, "samples": 1, "seed": 4} | options
    return simulate(model, trajectories=count, duration=duration, step=step, **arguments).isel(
        time=-1
    )


def of_q(result, name):
    return result[name].values.ravel()[0], result[f"{name}_stderr"].values.ravel()[0]


# --------------------------------------------------------------------------------------------------
# cumulants


WELLS = {
    "weak": Well(0.05, 0.02),
    "moderate": Well(0.4, 0.3),
    "strong": Well(0.9, 0.5, 1.3),
    "even": Well(0.0, 1.0, 1.4),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", WELLS)
def test_cumulants_of_a_well_are_those_of_its_stationary_density(name, way):
    exact, result = WELLS[name].exact(), settled(WELLS[name].model(), **WAYS[way])
    for quantity, truth in exact.items():
        value, error = of_q(result, quantity)
        assert abs(value - truth) <= bound(4) * error + 1e-12, quantity
        assert error < 0.03


@pytest.mark.parametrize("way", WAYS)
def test_cumulants_of_a_strong_well_are_resolved(way):
    exact, result = WELLS["strong"].exact(), settled(WELLS["strong"].model(), **WAYS[way])
    for name in ("skewness", "excess_kurtosis"):
        assert abs(exact[name]) > 15 * of_q(result, name)[1]


def test_twins_resolve_the_shape_of_a_faint_well_better_and_pairs_its_kurtosis_better_still():
    """Skewness is even in the noise to leading order: a pair gives no more than one path."""
    results = {way: settled(Well(0.05, 0.003).model(), **options) for way, options in WAYS.items()}
    bars = {
        way: [of_q(result, name)[1] for name in ("skewness", "excess_kurtosis")]
        for way, result in results.items()
    }
    gain, again = (
        np.divide(bars["plain"], bars["coupled"]),
        np.divide(bars["coupled"], bars["pairs"]),
    )
    assert np.all(gain > 3)
    assert again[0] > 0.5
    assert again[1] > 1.5


@pytest.mark.parametrize("way", WAYS)
def test_a_gaussian_quadrature_has_neither_skewness_nor_kurtosis(way):
    """None exactly from twins; from the plain sample none within √(6/N) and √(24/N), to a third."""
    result = settled(WELLS["moderate"].model(), **WAYS[way]).isel(quadrature=1)
    for name, spread in (
        ("skewness", np.sqrt(6 / 65_536)),
        ("excess_kurtosis", np.sqrt(24 / 65_536)),
    ):
        value, error = float(result[name]), float(result[f"{name}_stderr"])
        if way == "plain":
            assert error == pytest.approx(spread, rel=1 / 3)
            assert abs(value) < bound(2) * error
        else:
            assert abs(value) < 1e-12
            assert error < 1e-12


def test_skewness_of_weak_optomechanics_is_that_of_the_leading_correction():
    """Four quadratures; the next order and the step are allowed a hundredth of the largest."""
    cell, s = optomechanical_cell(), 0.1
    result = settled(cell.scaled(s), 0.05, 12.0, 2**18, start="steady")
    V = np.diag(result["covariance_linear"].values)
    third = np.einsum("iii->i", leading_correction(cell)["third_cumulant"].values[0])
    expected = s * third / V**1.5
    error = result["skewness_stderr"].values
    assert np.all(
        np.abs(result["skewness"].values - expected)
        < bound(4) * error + 0.01 * np.abs(expected).max()
    )
    assert np.abs(expected / error).max() > 10


@pytest.mark.parametrize("way", WAYS)
def test_cumulants_do_not_depend_on_where_the_mean_is(way):
    """A well moved aside by what drives it: the same noise, the same shape."""
    well = WELLS["moderate"].model()
    aside = well.about(np.array([-0.7, 0.0]))
    start = Gaussian(np.array([0.7, 0.0]), 0.5 * np.eye(2))
    here, there = (
        settled(well, count=8192, **WAYS[way]),
        settled(aside, count=8192, start=start, **WAYS[way]),
    )
    for name in ("skewness", "excess_kurtosis"):
        np.testing.assert_allclose(there[name].values[0], here[name].values[0], rtol=0, atol=1e-9)


# --------------------------------------------------------------------------------------------------
# twice the step


def strong_distance(model, step, pairs, V):
    """Exact rms of z − x (n,) after a number of pairs of steps, on the same noise.

    x takes Euler steps h, z of 2h: x ← (1 + hA)² x + (1 + hA) w + w′, z ← (1 + 2hA) z + w + w′, so
    that z − x gains −h²A² x − hA w.
    """
    n, A = model.size, step * model.A
    one = np.eye(n)
    M = np.block([[(one + A) @ (one + A), np.zeros((n, n))], [-A @ A, one + 2 * A]])
    first, second = np.vstack([one + A, -A]), np.vstack([one, np.zeros((n, n))])
    N = step * (first @ model.diffusion @ first.T + second @ model.diffusion @ second.T)
    joint = np.zeros((2 * n, 2 * n))
    joint[:n, :n] = V
    for _ in range(pairs):
        joint = M @ joint @ M.T + N
    return np.sqrt(np.diag(joint)[n:])


@pytest.mark.parametrize("antithetic", [False, True])
@pytest.mark.parametrize("h", [0.004, 0.008])
def test_the_strong_step_error_of_linear_paths_is_that_of_their_joint_law(h, antithetic):
    """Four quadratures at three times."""
    model, start = pair_of_cavities(), Gaussian(np.zeros(4), np.diag([1.0, 2.0, 0.5, 1.0]))
    times, step = np.array([0, 100, 200, 300]), h / KAPPA
    result = simulate(
        model,
        trajectories=8192,
        duration=300 * step,
        step=step,
        samples=3,
        start=start,
        step_check=True,
        antithetic=antithetic,
        seed=6,
    )
    expected = np.array(
        [strong_distance(model, step, count // 2, start.covariance) for count in times]
    )
    found, error = result["strong_step_error"].values, result["strong_step_error_stderr"].values
    np.testing.assert_array_equal(found[0], 0)
    assert np.abs((found - expected)[1:] / error[1:]).max() < bound(12)
    assert np.all(error[1:] < 0.03 * expected[1:])


def coarse(h, count=2**18):
    """A well whose Euler steps show: the variance is 3 % too large at h = 0.05."""
    with pytest.warns(StepWarning):
        return settled(
            WELLS["even"].model(), h, 6.0, count, scheme="euler-maruyama", step_check=True
        )


def biases(result):
    """Error of the variance of q, with standard errors: at h, at 2h, and extrapolated.

    The law of the twins is known; the rest is sampled together with it.
    """
    truth = WELLS["even"].exact()["covariance"]
    at_h = result["covariance_step"].values[0, 0] + of_q(result, "linearization_error")[0] - truth
    error = of_q(result, "linearization_error")[1]
    step, step_error = of_q(result, "step_error")
    extrapolated, extrapolated_error = of_q(result, "covariance_extrapolated")
    return (
        (at_h, error),
        (at_h + step, np.hypot(error, step_error)),
        (extrapolated - truth, extrapolated_error),
    )


def test_variances_of_a_nonlinear_model_show_weak_order_one_and_extrapolate_to_order_two():
    """At h = 0.05 and 0.025, each with twice the step: significant, in the ratio 2, and removed."""
    for h in (0.05, 0.025):
        (fine, error), (twice, twice_error), (left, left_error) = biases(coarse(h))
        assert fine > 3 * bound(6) * error
        assert abs(twice / fine - 2) < 0.4 + bound(6) * np.hypot(twice_error, 2 * error) / fine
        assert abs(left) < 0.15 * fine + bound(6) * left_error
        assert abs(left) + bound(6) * left_error < fine - bound(6) * error


def test_the_extrapolated_covariance_is_closer_to_the_truth_than_the_sample():
    result = coarse(0.05)
    truth = WELLS["even"].exact()["covariance"]
    (sample, error), (extrapolated, left) = (
        of_q(result, n) for n in ("covariance_sample", "covariance_extrapolated")
    )
    assert abs(extrapolated - truth) + bound(2) * left < abs(sample - truth) - bound(2) * error


def test_the_extrapolated_covariance_of_a_linear_model_is_the_moment_equation():
    """Ten elements; the law of the steps alone is 25 standard errors away."""
    with pytest.warns(StepWarning):
        result = settled(
            pair_of_cavities(),
            0.05 / KAPPA,
            8 / KAPPA,
            8192,
            scheme="euler-maruyama",
            step_check=True,
        )
    gap = (result["covariance_extrapolated"] - result["covariance_linear"]).values
    error = result["covariance_extrapolated_stderr"].values
    assert np.abs(gap / error).max() < bound(10)
    assert (
        np.abs((result["covariance_step"] - result["covariance_linear"]).values / error).max() > 10
    )
