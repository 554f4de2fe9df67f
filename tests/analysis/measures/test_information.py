"""Entropies and shared information: closed forms, direct sums and minimisations, identities."""

from decimal import Decimal, getcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from qlangevin.analysis import gaussian as g
from qlangevin.analysis import information as info

from ..states import (
    FLIP,
    direct_sum,
    exact,
    local_symplectic,
    loss,
    random_separable,
    random_state,
    random_symplectic,
    rotation,
    seeds,
    thermal,
    two_mode_squeezed,
)

EPS = np.finfo(float).eps
SHARED = [info.mutual_information, info.renyi_mutual_information, info.discord]


def mode_entropy(v):
    """f of the symplectic eigenvalue v/2 to 50 digits."""
    getcontext().prec = 50
    up = (Decimal(v) + 1) / 2
    down = (Decimal(v) - 1) / 2
    return up * up.ln() - (down * down.ln() if down > 0 else 0)


@pytest.mark.parametrize("n", [0.0, 2.0**-40, 2.0**-10, 0.5, 7.0, 1e6, 1e12])
def test_thermal_entropy_is_accurate_from_vacuum_to_heat(n):
    """Near vacuum ν = ½ + n keeps n to ε/2, which f turns into ε ln(1/n)."""
    expected = float(mode_entropy(2 * Decimal(n) + 1))
    assert info.von_neumann_entropy(thermal(n)) == pytest.approx(
        expected, rel=4 * EPS, abs=100 * EPS
    )
    assert info.renyi_entropy(thermal(n)) == pytest.approx(
        np.log(2 * n + 1), rel=4 * EPS, abs=4 * EPS
    )


def test_thermal_entropy_is_that_of_the_distribution_of_quanta():
    n = 1.5
    k = np.arange(400)
    p = (n / (n + 1)) ** k / (n + 1)
    assert info.von_neumann_entropy(thermal(n)) == pytest.approx(-np.sum(p * np.log(p)), rel=1e-12)
    assert info.renyi_entropy(thermal(n)) == pytest.approx(-np.log(np.sum(p**2)), rel=1e-12)


def test_eigenvalues_below_vacuum_count_as_vacuum():
    assert info.von_neumann_entropy(0.4 * np.eye(2)) == 0
    assert info.von_neumann_entropy(direct_sum(0.4 * np.eye(2), thermal(1))) == pytest.approx(
        2 * np.log(2)
    )


@exact
@given(seeds)
def test_entropies_do_not_change_under_any_symplectic(seed):
    rng = np.random.default_rng(seed)
    V = random_state(rng, 3)
    S = random_symplectic(rng, 3)
    moved = S @ V @ S.T
    np.testing.assert_allclose(
        info.von_neumann_entropy(moved), info.von_neumann_entropy(V), rtol=1e-9
    )
    np.testing.assert_allclose(
        info.renyi_entropy(moved), np.linalg.slogdet(2 * V)[1] / 2, rtol=1e-9
    )
    np.testing.assert_allclose(info.renyi_entropy(V), -np.log(g.purity(V)), rtol=1e-12)


@pytest.mark.parametrize("r", [0.0, 0.1, 1.0, 2.5])
def test_two_mode_squeezed_vacuum_shares_twice_its_entropy_of_entanglement(r):
    """Half of 2S is discord. ν = ½ is blurred by e^{4r} ε, and f has a slope of ln(1/ε) there."""
    V = two_mode_squeezed(r)
    S = float(mode_entropy(np.cosh(2 * r)))
    rounding = 40 * EPS * np.exp(4 * r)
    assert info.mutual_information(V, 0, 1) == pytest.approx(2 * S, abs=2 * rounding)
    assert info.discord(V, 0, 1) == pytest.approx(S, abs=2 * rounding)
    assert info.renyi_mutual_information(V, 0, 1) == pytest.approx(
        2 * np.log(np.cosh(2 * r)), abs=rounding
    )


@exact
@given(seeds)
def test_discord_of_any_pure_state_is_its_entropy_of_entanglement(seed):
    V = random_state(np.random.default_rng(seed), 2, [0.0, 0.0])
    S = info.von_neumann_entropy(V[:2, :2])
    np.testing.assert_allclose([info.discord(V, 0, 1), info.discord(V, 1, 0)], S, atol=1e-10)
    np.testing.assert_allclose(info.mutual_information(V, 0, 1), 2 * S, atol=1e-10)


@exact
@given(seeds)
def test_renyi_information_is_the_ratio_of_determinants(seed):
    V = random_state(np.random.default_rng(seed), 4)
    det = np.linalg.det
    expected = np.log(det(V[:4, :4]) * det(V[4:, 4:]) / det(V)) / 2
    np.testing.assert_allclose(
        info.renyi_mutual_information(V, [0, 1], [3, 2]), expected, rtol=1e-8
    )


@exact
@given(seeds)
def test_shared_information_does_not_change_under_local_symplectics(seed):
    rng = np.random.default_rng(seed)
    V = random_state(rng, 3)
    S = local_symplectic(rng, 3)
    moved = S @ V @ S.T
    for measure in SHARED:
        np.testing.assert_allclose(
            measure((moved + moved.T) / 2, 2, 0), measure(V, 2, 0), atol=1e-9
        )


@exact
@given(seeds)
def test_more_parties_share_more(seed):
    """Strong subadditivity, for both entropies of Gaussian states."""
    V = random_state(np.random.default_rng(seed), 3)
    for measure in (info.mutual_information, info.renyi_mutual_information):
        assert measure(V, 0, [1, 2]) >= measure(V, 0, 2) - 1e-10
        assert measure(V, 0, [1, 2]) == pytest.approx(measure(V, [2, 1], 0), abs=1e-10)
        assert measure(V, 0, 2) >= -1e-12


@pytest.mark.parametrize("measure", SHARED)
def test_product_states_share_nothing(measure):
    V = direct_sum(0.5 * np.diag([4.0, 0.25]), thermal(3), thermal(1e6))
    for i, j in ((0, 1), (1, 0), (1, 2), (2, 0)):
        assert measure(V, i, j) == pytest.approx(0.0, abs=64 * EPS)


@pytest.mark.parametrize("measure", SHARED)
def test_local_squeezing_of_any_strength_costs_no_digits(measure):
    """V reaches 10¹²; scaling by powers of two keeps the entries exact."""
    V = two_mode_squeezed(1.0, 0.1)
    scale = 2.0 ** np.array([20, -20, -20, 20])
    assert measure(V * np.outer(scale, scale), 0, 1) == pytest.approx(measure(V, 0, 1), rel=1e-14)


def discord_by_search(V):
    """S(j) − S(ij) + min S(i|measurement) over projections of mode j on squeezed states."""

    def remaining(parameters):
        squeezing, angle = parameters
        probe = (
            rotation(angle)
            @ np.diag([np.exp(squeezing), np.exp(-squeezing)])
            @ rotation(angle).T
            / 2
        )
        after = V[:2, :2] - V[:2, 2:] @ np.linalg.solve(V[2:, 2:] + probe, V[2:, :2])
        return np.log(np.linalg.det(after))

    starts = [(squeezing, angle) for squeezing in (0.1, 4.0) for angle in (0.0, 0.8, 1.6, 2.4)]
    bounds = [(0, 17), (None, None)]
    least = np.exp(
        min(minimize(remaining, start, method="Nelder-Mead", bounds=bounds).fun for start in starts)
        / 2
    )
    return (
        info.von_neumann_entropy(V[2:, 2:])
        - info.von_neumann_entropy(V)
        + float(mode_entropy(2 * least))
    )


@pytest.mark.parametrize("seed", range(8))
def test_discord_is_the_least_over_all_gaussian_measurements_of_the_second_mode(seed):
    """A probe squeezed to e^{−17} ≈ 4·10⁻⁸ is homodyne detection; the search stops at 10⁻⁸."""
    V = random_state(np.random.default_rng(seed), 2, [0.3, 2.0])
    assert info.discord(V, 0, 1) == pytest.approx(discord_by_search(V), abs=1e-6)


def adesso_datta(V):
    """The discord as printed, and whether homodyne detection is best; vacuum variance 1."""
    A, B, C, D = (np.linalg.det(2 * block) for block in (V[:2, :2], V[2:, 2:], V[:2, 2:], V))
    homodyne = (D - A * B) ** 2 > (1 + B) * C**2 * (A + D)
    if homodyne:
        least = (A * B - C**2 + D - np.sqrt(C**4 + (D - A * B) ** 2 - 2 * C**2 * (A * B + D))) / (
            2 * B
        )
    else:
        root = np.sqrt(C**2 + (B - 1) * (D - A))
        least = (2 * C**2 + (B - 1) * (D - A) + 2 * abs(C) * root) / (B - 1) ** 2
    entropies = float(mode_entropy(np.sqrt(B))) + float(mode_entropy(np.sqrt(least)))
    return entropies - info.von_neumann_entropy(V), homodyne


def test_discord_agrees_with_the_printed_formula_in_both_branches():
    rng = np.random.default_rng(3)
    V = np.array([random_state(rng, 2, rng.exponential(size=2) + 0.1) for _ in range(300)])
    expected, homodyne = zip(*map(adesso_datta, V), strict=True)
    assert 30 < sum(homodyne) < 270
    np.testing.assert_allclose(info.discord(V, 0, 1), expected, atol=1e-9)


def correlated(a, b, c):
    """Local thermal states with 2V = a, b, correlated by c and −c."""
    return np.block([[a * np.eye(2), c * FLIP], [c * FLIP, b * np.eye(2)]]) / 2


@pytest.mark.parametrize(
    ("a", "b", "c"),
    [
        (1.5, 3.0, 2.0**-20),
        (3.0, 2.0, 1.5),
        (2.0**21, 2.0**20, 1.0),
        (2.0**21, 3.0, 2.0),
        (2.0**20, 2.0**20, 2.0**19),
    ],
)
def test_discord_of_squeezed_thermal_states_holds_for_weak_correlations_and_heat(a, b, c):
    """Heterodyne detection is best: 2ν = a − c²/(1 + b) remains.

    Entropies of order ln a cancel, to a few ε each. Giorda and Paris,
    doi:10.1103/PhysRevLett.105.020503.
    """
    A = Decimal(a)
    B = Decimal(b)
    C = Decimal(c)
    root = ((A + B) ** 2 - 4 * C**2).sqrt()
    rest = sum(mode_entropy((root + sign * (A - B)) / 2) for sign in (-1, 1))
    expected = mode_entropy(B) + mode_entropy(A - C**2 / (1 + B)) - rest
    assert info.discord(correlated(a, b, c), 0, 1) == pytest.approx(float(expected), abs=256 * EPS)


def test_discord_has_a_direction():
    V = loss(two_mode_squeezed(1.0), [1.0, 0.3])
    assert info.discord(V, 0, 1) == pytest.approx(adesso_datta(V)[0])
    assert abs(info.discord(V, 1, 0) - info.discord(V, 0, 1)) > 0.1


@exact
@given(seeds)
def test_discord_lies_between_zero_and_the_entropy_of_the_measured_mode(seed):
    V = random_state(np.random.default_rng(seed), 2)
    assert -1e-10 <= info.discord(V, 0, 1) <= info.von_neumann_entropy(V[2:, 2:]) + 1e-10
    assert info.discord(V, 0, 1) <= info.mutual_information(V, 0, 1) + 1e-10


@exact
@given(seeds, st.floats(1e-6, 1.0))
def test_separable_states_have_positive_discord_of_at_most_one(seed, mixing):
    V = random_separable(np.random.default_rng(seed), 2)
    product = direct_sum(V[:2, :2], V[2:, 2:])
    assert info.discord(mixing * V + (1 - mixing) * product, 0, 1) <= 1
    assert info.discord(V, 0, 1) > 0


def test_leading_axes_and_missing_states_pass_through():
    V = np.array(
        [[two_mode_squeezed(0.5, 0.2), np.full((4, 4), np.nan), np.diag([1.0, -1.0, 1.0, 1.0])]]
    )
    V = np.concatenate([V, V[:, ::-1]])
    for measure in (info.von_neumann_entropy, info.renyi_entropy):
        np.testing.assert_array_equal(
            np.isnan(measure(V)), [[False, True, True], [True, True, False]]
        )
        assert measure(V)[1, 2] == measure(V[0, 0])
    for measure in SHARED:
        np.testing.assert_array_equal(
            np.isnan(measure(V, 0, 1)), [[False, True, True], [True, True, False]]
        )
        assert measure(V, 0, 1)[1, 2] == pytest.approx(measure(V[0, 0], 0, 1), rel=1e-14)


def test_modes_that_make_no_pair_are_refused():
    with pytest.raises(ValueError, match=r"i must be a single mode \(got \[0, 1\]\)"):
        info.discord(np.eye(6), [0, 1], 2)
    with pytest.raises(ValueError, match=r"i, j must be different modes \(got i=0, j=0\)"):
        info.discord(np.eye(4), 0, 0)
    for measure in (info.mutual_information, info.renyi_mutual_information):
        with pytest.raises(ValueError, match=r"i and j must not share a mode"):
            measure(np.eye(4), [0, 1], 1)


@pytest.mark.parametrize("entropy", [info.von_neumann_entropy, info.renyi_entropy])
def test_covariance_of_another_shape_is_refused(entropy):
    with pytest.raises(ValueError, match=r"V must have shape \(\.\.\., 2n, 2n\)"):
        entropy(np.eye(3))
