"""Orders of the schemes for additive noise, from exact moments; two tests use sampled paths.

The laws are written here and in `orders` without the package. An order is the slope log₂ of errors
at h and h/2, once more extrapolated (2s′ − s) where the next term of the error would show.
"""

import numpy as np
import pytest

from qlangevin.sde.schemes.table import SCHEMES, linear_step

from . import orders

ORDERS = {
    "euler-maruyama": (1.0, 1.0),
    "exponential": (1.0, 1.0),
    "implicit-midpoint": (1.0, 1.0),
    "runge-kutta": (1.5, 2.0),
}
"""Strong and weak, for any drift."""
LINEAR_ORDERS = {
    "euler-maruyama": (1.0, 1.0),
    "implicit-midpoint": (1.0, 2.0),
    "runge-kutta": (2.0, 2.0),
}
"""Strong and weak, for linear drift; exponential steps are exact."""

A = np.array(
    [[-0.3, 2.0, 0.0, 0.5], [-2.0, -0.3, 0.7, 0.0], [0.0, 0.4, -1.0, 1.2], [0.6, 0.0, -1.0, -0.8]]
)
B = np.array([[1.0, 0.0, 0.2], [0.3, 0.7, 0.0], [0.0, -0.5, 1.1], [0.4, 0.0, 0.9]])
START = np.diag([1.0, 0.5, 2.0, 0.1])
STEPS = 2 ** np.arange(6, 11)
"""Two damped modes, not normal, coupled both ways; numbers of steps over the duration 1."""
START_POINT, DURATION = 0.4, 1.0
FEW_STEPS = (16, 32, 64, 128)


def extrapolated(errors):
    slope = orders.slopes(errors)
    return 2 * slope[1:] - slope[:-1]


# --------------------------------------------------------------------------------------------------
# linear systems


def covariance_errors(name):
    exact = orders.iterated(*orders.exact_law(A, B @ B.T, 1.0), START, 1)
    return [
        np.linalg.norm(orders.iterated(*orders.step_law(name, A, B, 1 / n), START, n) - exact)
        for n in STEPS
    ]


@pytest.mark.parametrize("name", LINEAR_ORDERS)
def test_covariances_of_linear_systems_converge_with_the_weak_order(name):
    slopes = extrapolated(covariance_errors(name))
    assert slopes == pytest.approx(LINEAR_ORDERS[name][1], abs=3e-3)
    assert slopes[-1] == pytest.approx(LINEAR_ORDERS[name][1], abs=2e-4)


def test_exponential_steps_of_a_linear_system_are_exact():
    assert max(covariance_errors("exponential")) < 1e-11


@pytest.mark.parametrize("name", LINEAR_ORDERS)
def test_paths_of_linear_systems_converge_with_the_strong_order(name):
    errors = [orders.strong_error(name, A, B, 1 / n, n, START) for n in STEPS]
    assert extrapolated(errors) == pytest.approx(LINEAR_ORDERS[name][0], abs=2e-4)


@pytest.mark.parametrize("h", [1e-3, 0.1, 1.0, 30.0])
def test_implicit_midpoint_leaves_the_stationary_covariance_exact_at_any_step(h):
    n = len(A)
    V = np.linalg.solve(np.kron(A, np.eye(n)) + np.kron(np.eye(n), A), -(B @ B.T).ravel()).reshape(
        n, n
    )
    M, N = orders.step_law("implicit-midpoint", A, B, h)
    np.testing.assert_allclose(M @ V @ M.T + N, V, rtol=0, atol=1e-13 * np.abs(V).max())
    euler, diffusion = orders.step_law("euler-maruyama", A, B, h)
    np.testing.assert_allclose(
        euler @ V @ euler.T + diffusion - V, h**2 * A @ V @ A.T, rtol=1e-6, atol=1e-13
    )


def test_the_laws_by_quadrature_equal_their_closed_forms():
    h, D = 0.05, B @ B.T
    phi = np.linalg.inv(np.eye(4) - 0.5 * h * A)
    closed = {
        "euler-maruyama": (np.eye(4) + h * A, h * D),
        "implicit-midpoint": (phi @ (np.eye(4) + 0.5 * h * A), h * phi @ D @ phi.T),
        "runge-kutta": (
            np.eye(4) + h * A + h**2 * A @ A / 2,
            h * D + h**2 * (A @ D + D @ A.T) / 2 + h**3 * A @ D @ A.T / 3,
        ),
    }
    for name, (M, N) in closed.items():
        ours = orders.step_law(name, A, B, h)
        np.testing.assert_allclose(ours[0], M, atol=1e-15)
        np.testing.assert_allclose(ours[1], N, atol=1e-15)


# --------------------------------------------------------------------------------------------------
# expectations of a double well


@pytest.fixture(scope="module")
def exact():
    return orders.kolmogorov(START_POINT, DURATION)


def weak_errors(name, kind, exact):
    return [orders.recursed(name, kind, START_POINT, DURATION / n, n) - exact for n in FEW_STEPS]


def test_the_exact_expectation_has_ten_digits(exact):
    assert exact == pytest.approx(orders.kolmogorov(START_POINT, DURATION, degree=65), abs=1e-10)


SEQUENCES = [("two-point", 16), ("three-point", 12), ("three-point and coin", 8)]


@pytest.mark.parametrize(
    "name", ["euler-maruyama", "exponential", "implicit-midpoint", "runge-kutta", "heun"]
)
@pytest.mark.parametrize(("kind", "steps"), SEQUENCES)
def test_the_recursion_equals_the_sum_over_every_sequence_of_increments(name, kind, steps):
    """65,536, 531,441 and 1,679,616 sequences."""
    h = DURATION / steps
    every = orders.enumerated(name, kind, START_POINT, h, steps)
    assert orders.recursed(name, kind, START_POINT, h, steps) == pytest.approx(every, abs=1e-9)


@pytest.mark.parametrize("name", ["euler-maruyama", "exponential", "implicit-midpoint"])
@pytest.mark.parametrize("kind", ["two-point", "three-point", "gaussian"])
def test_schemes_of_one_stage_have_weak_order_one_whatever_the_increments(name, kind, exact):
    errors = weak_errors(name, kind, exact)
    assert orders.slopes(errors) == pytest.approx(1, abs=0.1)
    assert extrapolated(errors) == pytest.approx(1, abs=0.02)
    assert ORDERS[name][1] == 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [("runge-kutta", "gaussian"), ("runge-kutta", "three-point and coin"), ("heun", "three-point")],
)
def test_schemes_of_two_stages_have_weak_order_two_if_the_stage_has_its_full_variance(
    name, kind, exact
):
    """I₁₀ of variance h³/3; or, for Heun's stage at the end of the step, all of I₁."""
    errors = weak_errors(name, kind, exact)
    assert orders.slopes(errors) == pytest.approx(2, abs=0.1)
    assert extrapolated(errors) == pytest.approx(2, abs=0.01)


def test_half_the_increment_for_the_second_integral_costs_an_order(exact):
    """I₁₀ = ½hI₁ has variance h³/4 instead of h³/3: an error h²σ²f″/16 per step where f″ ≠ 0."""
    errors = weak_errors("runge-kutta", "three-point", exact)
    assert extrapolated(errors) == pytest.approx(1, abs=0.02)
    whole = weak_errors("runge-kutta", "three-point and coin", exact)
    assert abs(errors[-1]) > 20 * abs(whole[-1])


@pytest.mark.parametrize("name", ["runge-kutta", "heun"])
def test_two_point_increments_hold_two_stages_to_weak_order_one(name, exact):
    """Their fourth moment is 1 and not 3."""
    errors = weak_errors(name, "two-point", exact)
    assert extrapolated(errors)[-1] == pytest.approx(1, abs=0.05)


# --------------------------------------------------------------------------------------------------
# sampled paths

LEVELS = (5, 6, 7, 8)


def duffing(u):
    return np.array([u[1], u[0] - 4 * u[0] ** 3 - 0.2 * u[1]])


def sampled_order(errors):
    """Slope of the rms over all levels, and its standard error from 16 groups of paths."""

    def slope(part):
        return orders.slopes(orders.rms(part)).mean()

    groups = np.split(errors, 16, axis=1)
    left_out = [slope(np.hstack(groups[:k] + groups[k + 1 :])) for k in range(16)]
    return slope(errors), np.sqrt(15 * np.var(left_out))


@pytest.mark.parametrize(
    ("name", "amplitudes", "order"),
    [
        ("euler-maruyama", np.diag([1.5, 0.5]), 1.0),
        ("runge-kutta", np.diag([1.5, 0.5]), 1.5),
        ("runge-kutta", np.array([[0.0], [1.5]]), 2.0),
    ],
)
def test_paths_of_a_duffing_oscillator_converge_with_the_strong_order(name, amplitudes, order):
    """On 512 nested paths: ±0.04.

    Noise acts on the momentum alone and meets no f″ ≠ 0, so SRA1 gains half an order.
    """
    found, error = sampled_order(
        orders.sampled_error(name, duffing, amplitudes, np.array([1.0, 0.0]), LEVELS)
    )
    assert found == pytest.approx(order, abs=0.1)
    assert error < 0.04


def test_exponential_steps_of_the_double_well_have_strong_order_one():
    found, error = sampled_order(orders.sampled_exponential_error(LEVELS))
    assert found == pytest.approx(ORDERS["exponential"][0], abs=0.1)
    assert error < 0.04


# --------------------------------------------------------------------------------------------------
# the package


def test_the_package_states_the_orders_measured_here():
    assert {
        name: (scheme.strong_order, scheme.weak_order) for name, scheme in SCHEMES.items()
    } == ORDERS


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("h", [0.002, 0.05, 0.5])
def test_the_package_steps_linear_systems_by_these_laws(name, h):
    E, N = linear_step(name, A, B @ B.T, h)
    M, covariance = orders.step_law(name, A, B, h)
    np.testing.assert_allclose(np.eye(4) + E, M, rtol=0, atol=2e-15)
    np.testing.assert_allclose(N, covariance, rtol=0, atol=1e-14 * h)
