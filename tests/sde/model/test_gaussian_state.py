"""Gaussian states: which mean and covariance make one, and the uncertainty relation."""

import numpy as np
import pytest

from qlangevin.sde import Gaussian
from qlangevin.sde.model.uncertainty import uncertainty_margin


def test_the_square_root_of_a_singular_covariance_squares_back():
    V = np.array([[2.0, 2.0], [2.0, 2.0]])
    root = Gaussian(np.zeros(2), V, physical="ignore").square_root()
    np.testing.assert_allclose(root @ root, V, atol=1e-14)


@pytest.mark.parametrize(
    ("mean", "V", "message"),
    [
        (np.zeros(3), np.eye(2), "must have shape"),
        (np.zeros(2), np.array([[1.0, 0.5], [0.0, 1.0]]), "symmetric"),
        (np.zeros(2), np.diag([1.0, -1.0]), "positive semidefinite"),
        (np.zeros(3), np.eye(3), "two quadratures per mode .got 3 numbers."),
        (
            np.zeros(6),
            0.01 * np.eye(6),
            r"no quantum state \(min eig\(V \+ iΩ/2\) = -0.49\); physical = 'ignore'",
        ),
        (np.zeros(2), np.diag([np.exp(20), 0.2 * np.exp(-20)]), "no quantum state"),
        (
            np.zeros((2, 2)),
            np.stack([np.eye(2), 0.4 * np.eye(2)]),
            "1 of 2 covariances V are .* -0.1 at worst",
        ),
    ],
)
def test_means_and_covariances_of_no_gaussian_state_are_refused(mean, V, message):
    with pytest.raises(ValueError, match=message):
        Gaussian(mean, V)


def test_a_covariance_of_no_quantum_state_is_accepted_with_physical_ignore():
    classical = Gaussian(np.zeros(2), np.zeros((2, 2)), physical="ignore")
    np.testing.assert_array_equal(classical.covariance, 0)
    with pytest.raises(ValueError, match="physical must be one of raise, ignore"):
        Gaussian(np.zeros(2), np.eye(2), physical="warn")


def test_a_state_may_break_the_uncertainty_relation_by_rounding_and_a_little_more():
    """A pure state with its rounding, and a violation of 10⁻⁹, as friction on p alone makes."""
    rng = np.random.default_rng(1)
    for r in (0.0, 3.0, 8.0):
        c, s, F = np.cosh(2 * r), np.sinh(2 * r), np.diag([1.0, -1.0])
        V = np.block([[c * np.eye(2), s * F], [s * F, c * np.eye(2)]]) / 2
        noise = rng.uniform(-1, 1, size=V.shape)
        Gaussian(np.zeros(4), V * (1 + np.finfo(float).eps * (noise + noise.T) / 2))
    Gaussian(np.zeros(2), (0.5 - 1e-9) * np.eye(2))


def test_the_uncertainty_margin_is_zero_for_vacuum_and_negative_below_it():
    np.testing.assert_allclose(
        uncertainty_margin(np.stack([0.5 * np.eye(4), 0.4 * np.eye(4)])), [0.0, -0.1], atol=1e-15
    )
