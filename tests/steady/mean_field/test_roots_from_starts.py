"""Fixed points reached from starts, where a search for all takes too long."""

from dataclasses import dataclass
from itertools import pairwise
from threading import Event
from time import process_time
from typing import Any

import numpy as np
import pytest

from qlangevin.sde import Gaussian, Model, propagate_moments
from qlangevin.sde.system import System, parameter
from qlangevin.sde.terms import amplify, detune, drive, exchange, kerr, lose
from qlangevin.steady import (
    UnsolvedWarning,
    WorkError,
    attractor,
    branch_state,
    critical_values,
    fixed_points,
    grid,
    known_states,
    steady_state,
)
from qlangevin.steady.roots.search_limits import SearchLimits, StoppedError, limited_search

X = 3.0
SHIFTS = [2 - np.sqrt(2), 2, 2 + np.sqrt(2)]


def kerr_chain(modes, F=4.0, rate=1e-2, J=0.3):
    """Kerr cavities in a row, each driven and coupled to the next."""
    names = [f"a{number}" for number in range(modes)]
    single = [
        term
        for number, name in enumerate(names)
        for term in (
            detune(name, X + 0.1 * number),
            kerr(name, -rate),
            drive(name, np.sqrt(np.asarray(F) / rate)),
            lose(name, f"port{number}", amplitude_rate=1.0),
        )
    ]
    return Model.build(names, single + [exchange(a, b, J) for a, b in pairwise(names)])


@dataclass(frozen=True, eq=False)
class Chain(System):
    """Six Kerr cavities in a row."""

    REFERENCE = "textbook"

    strength: Any = parameter("F", "", "drive squared, scaled", sign="nonnegative")

    def model(self):
        return kerr_chain(6, self.strength)


def kerr_cavity():
    """Of shift y = |α|²/10⁴ with y[1 + (y − 3)²] = 4."""
    return Model.build(
        ["a"],
        [
            detune("a", X),
            kerr("a", -1e-4),
            drive("a", 200.0),
            lose("a", "fibre", amplitude_rate=1.0),
        ],
    )


@pytest.fixture(scope="module")
def chain():
    return kerr_chain(6)


@pytest.fixture(scope="module")
def reached(chain):
    return steady_state(chain, starts="dark")


def test_all_roots_of_six_kerr_modes_are_refused_within_seconds_with_the_remedy(chain):
    begun = process_time()
    with pytest.raises(
        WorkError, match=r"at least .* s of CPU time .*, more than limit = 30 s; starts= gives"
    ):
        fixed_points(chain)
    with pytest.raises(ValueError, match="starts= gives"):
        critical_values(Chain(strength=4.0), "strength", 3.0, 4.0, points=3)
    with pytest.raises(ValueError, match="starts= gives"):
        grid(Chain(strength=4.0), {"strength": [3.0, 4.0]})
    assert process_time() - begun < 10


def test_a_larger_limit_allows_what_a_small_one_refuses():
    three = kerr_chain(3)
    assert fixed_points(three, limit=np.inf).sizes["branch"] == 15
    with pytest.raises(WorkError, match=r"given up after .* limit = 0\.001 s"):
        fixed_points(kerr_chain(3, 3.9), limit=1e-3)
    with pytest.raises(ValueError, match="limit must be positive"):
        fixed_points(three, limit=-1)


def test_six_kerr_modes_from_the_dark_end_where_the_moments_do(chain, reached):
    moments = propagate_moments(chain, duration=60.0, samples=4).isel(time=-1)
    assert reached.attrs["complete"] == 0
    assert reached["kind"].values.tolist() == ["stable"]
    assert reached["residual"].item() < 1e-13
    np.testing.assert_allclose(reached["mean"].values[0], moments["mean_field"], rtol=1e-12)
    np.testing.assert_allclose(
        reached["covariance"].values[0], moments["covariance"], rtol=1e-9, atol=1e-11
    )


def test_attractor_of_six_kerr_modes_is_the_state_reached(chain, reached):
    end = attractor(chain)
    assert (end["kind"].item(), end["branch"].item(), end.attrs["complete"]) == (
        "fixed point",
        0,
        0,
    )
    np.testing.assert_allclose(end["mean"], reached["mean"][0], rtol=1e-13)


def test_steady_start_of_six_kerr_modes_is_the_state_reached_with_a_warning(chain, reached):
    with pytest.warns(
        UnsolvedWarning, match="not all fixed points are known, only what the mean field reaches"
    ):
        state = branch_state(chain)
    np.testing.assert_array_equal(state.mean, reached["mean"].values[0])
    with pytest.warns(UnsolvedWarning, match="not all fixed points are known"):
        still = propagate_moments(chain, duration=1.0, start="steady", samples=1)
    np.testing.assert_allclose(still["mean_field"][-1], state.mean, rtol=1e-12)


def test_known_states_are_all_if_all_can_be_found(chain):
    assert known_states(kerr_cavity()).attrs["complete"] == 1
    with pytest.warns(UnsolvedWarning):
        found = known_states(chain)
    assert found.attrs["complete"] == 0
    assert found["stable"].values.tolist() == [True]


def test_newton_from_near_reaches_each_branch_of_the_bistable_cubic_once():
    every = fixed_points(kerr_cavity())
    near = every["mean"].values[[0, 1, 2, 1]] + 0.5
    found = fixed_points(kerr_cavity(), near=near)
    np.testing.assert_allclose(1e-4 * found["photon_number"].values[:, 0], SHIFTS, rtol=1e-12)
    assert (
        found["kind"].values.tolist()
        == every["kind"].values.tolist()
        == ["stable", "saddle", "stable"]
    )
    assert (found.attrs["complete"], every.attrs["complete"]) == (0, 1)


def test_a_double_root_is_reached_as_marginal_as_nothing_proves_it_isolated():
    fold = (2 * X - np.sqrt(X**2 - 3)) / 3
    strength = np.sqrt(fold * (1 + (fold - X) ** 2) / 1e-4)
    model = Model.build(
        ["a"],
        [
            detune("a", X),
            kerr("a", -1e-4),
            drive("a", strength),
            lose("a", "fibre", amplitude_rate=1.0),
        ],
    )
    double = fixed_points(model)["mean"].values[0]
    found = fixed_points(model, near=double)
    np.testing.assert_allclose(found["mean"].values[0], double, rtol=1e-6)
    assert found["kind"].values.tolist() == ["marginal"]
    assert found["reason"].item() == "marginal: Newton's method does not prove that it is isolated"


def test_the_mean_field_goes_from_each_start_to_its_own_branch():
    every = fixed_points(kerr_cavity())["mean"].values
    far = Gaussian(every[2] + 5.0, np.eye(2) / 2)
    found = fixed_points(kerr_cavity(), starts=["dark", far, every[1] * 1.01])
    np.testing.assert_allclose(
        1e-4 * found["photon_number"].values[:, 0], [SHIFTS[0], SHIFTS[2]], rtol=1e-12
    )
    assert found["kind"].values.tolist() == ["stable", "stable"]


def test_points_of_a_batch_are_reached_one_by_one():
    strengths = np.array([2.0, 4.0])
    found = fixed_points(kerr_chain(2, strengths), starts="dark")
    for at, strength in enumerate(strengths):
        alone = fixed_points(kerr_chain(2, strength), starts="dark")
        np.testing.assert_allclose(found["mean"][at], alone["mean"], rtol=1e-12)


def test_a_start_that_reaches_no_fixed_point_leaves_a_reason():
    grows = Model.build(["a"], [amplify("a", "gain", amplitude_rate=1.0), drive("a", 1.0)])
    found = fixed_points(grows, starts="dark")
    assert not found["exists"].any()
    assert (
        found["reason"].item()
        == "no fixed point is reached: from start 0 the mean field is out of bounds"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"starts": "steady"},
            "starts must be 'dark', a Gaussian, or a finite mean of 2 quadratures",
        ),
        (
            {"near": [1.0, 2.0, 3.0]},
            "near must be 'dark', a Gaussian, or a finite mean of 2 quadratures",
        ),
        ({"near": [np.nan, 1.0]}, "near must be"),
        ({"starts": []}, "starts must"),
        ({"starts": "dark", "near": "dark"}, "starts and near cannot be given together"),
    ],
)
def test_bad_starts_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        fixed_points(kerr_cavity(), **arguments)


def test_the_search_reports_its_progress_and_stops_on_request():
    seen = []
    fixed_points(kerr_chain(2), progress=lambda *at: seen.append(at))
    assert all(done <= total for done, total in seen)
    stop = Event()
    stop.set()
    with limited_search(SearchLimits(stop=stop)), pytest.raises(StoppedError):
        fixed_points_of_a_thread()


def fixed_points_of_a_thread():
    from qlangevin.steady.fixed_points import branches

    branches(kerr_chain(2, 4.2))
