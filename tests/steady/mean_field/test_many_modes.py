"""Fixed points, attractors and grids of many modes: against closed forms and dense tensors."""

import sys
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import qlangevin as ql
from qlangevin.sde.support.memory import RoomError
from qlangevin.sde.system import System, parameter
from qlangevin.sde.terms import detune, drive, exchange, kerr, lose
from qlangevin.steady.grid_axes import points_at_a_time
from qlangevin.steady.mean_field import integration
from qlangevin.steady.mean_field.drift_terms import DenseTerms, SparseTerms, drift_terms

KERR = 0.05
DETUNING = -1.5


def cavity(name, strength, decay=1.0, detuning=DETUNING):
    """Terms of a driven Kerr cavity."""
    return [
        detune(name, detuning),
        kerr(name, KERR),
        drive(name, strength),
        lose(name, f"port_{name}", amplitude_rate=decay),
    ]


def chain(strengths, J=0.0):
    """Kerr cavities in a row, coupled at a rate J to the next."""
    names = [f"a{number}" for number in range(len(strengths))]
    terms = [cavity(name, F) for name, F in zip(names, strengths, strict=True)]
    bonds = [exchange(a, b, J) for a, b in pairwise(names)] if J else []
    return ql.Model.build(names, [*terms, *bonds])


@dataclass(frozen=True, eq=False)
class Chain(System):
    """Six coupled Kerr cavities."""

    REFERENCE = "textbook"

    strength: Any = parameter("F", "rad/s", "drive", sign="nonnegative")

    def model(self):
        return chain([self.strength] * 6, J=0.3)


def quanta(strength):
    """Real roots y = |α|² of y |1 − i(...)|² = F² for one cavity of the chain, from its amplitude.

    dα/dt = (iδ(y) − 1) α + F, δ linear in y; the slope is read off the drift of the model itself at
    one amplitude, which is a number and no root.
    """
    one = chain([0.0]).mean_level

    def shift(y):
        return -one.drift(np.array([np.sqrt(2 * y), 0.0]))[1] / np.sqrt(2 * y)

    slope = shift(2.0) - shift(1.0)
    offset = shift(1.0) - slope
    roots = np.roots([slope**2, 2 * offset * slope, 1 + offset**2, -(strength**2)])
    return np.sort(roots[np.abs(roots.imag) < 1e-9].real)


def many_terms(modes):
    """Kerr shifts, cross Kerr shifts, pressure and exchange of pairs between neighbours."""
    names = [f"a{number}" for number in range(modes)]
    a = ql.operators(*names)
    H = sum((0.3 * x.dag() * x + 0.1 * x.dag() * x.dag() * x * x for x in a[1:]), a[0].dag() * a[0])
    for x, y in pairwise(a):
        H = H + 0.05 * x.dag() * x * (y + y.dag()) + 0.02 * x.dag() * x * y.dag() * y
        H = H + 0.01 * (x.dag() * x.dag() * y * y + y.dag() * y.dag() * x * x)
    return ql.Model.build(names, ql.terms.hamiltonian(H))


def test_sparse_terms_are_those_of_dense_tensors():
    mean = many_terms(5).mean_level
    sparse = SparseTerms(mean.c, mean.A, mean.Q, mean.K)
    dense = DenseTerms(mean.c, mean.A, *mean.tensors)
    u = np.random.default_rng(1).normal(size=mean.size)
    np.testing.assert_allclose(sparse.drift(u), dense.drift(u), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(sparse.jacobian(u), dense.jacobian(u), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(sparse.curvature(u, 2.0), dense.curvature(u, 2.0), rtol=1e-12)
    drift, jacobian = sparse.drift_and_jacobian(u)
    np.testing.assert_array_equal(drift, sparse.drift(u))
    np.testing.assert_array_equal(jacobian.toarray(), sparse.jacobian(u))


def test_many_modes_have_sparse_terms_and_few_have_tensors():
    assert isinstance(drift_terms(chain([1.0] * 7).mean_level, 1.0), SparseTerms)
    assert isinstance(drift_terms(chain([1.0] * 6).mean_level, 1.0), DenseTerms)


def test_sixteen_uncoupled_cavities_settle_at_the_roots_of_their_cubics():
    strengths = np.linspace(0.5, 3.0, 16)
    end = ql.attractor(chain(strengths))
    assert (end["kind"].item(), end["reason"].item()) == ("fixed point", "")
    expected = [quanta(F) for F in strengths]
    assert all(len(roots) == 1 for roots in expected)
    found = ql.fixed_points(chain(strengths), starts="dark").isel(branch=0)
    for each in (end, found):
        np.testing.assert_allclose(each["photon_number"], np.concatenate(expected), rtol=1e-9)


def test_a_coupled_chain_settles_where_scipy_integrates_it_to():
    model = chain(np.linspace(2.0, 3.0, 10), J=0.4)
    found = ql.fixed_points(model, starts="dark")
    mean = model.mean_level
    end = solve_ivp(
        lambda _time, u: mean.drift(u), (0, 40), np.zeros(20), rtol=1e-10, atol=1e-12
    ).y[:, -1]
    np.testing.assert_allclose(found["mean"].values[0], end, rtol=1e-8, atol=1e-8)


def test_a_slow_cavity_beside_a_fast_one_is_followed_to_its_end():
    model = ql.Model.build(
        ["fast", "slow"],
        [cavity("fast", 1e5, decay=1e5, detuning=0.0), cavity("slow", 1e-3, detuning=0.0)],
    )
    end = ql.attractor(model)
    assert end["kind"].item() == "fixed point"
    displaced = ql.attractor(model, start=[0.0, 0.0, 3.0, 0.0])
    np.testing.assert_allclose(displaced["mean"], end["mean"], atol=1e-9)
    np.testing.assert_allclose(displaced["settling_time"], np.log(100), rtol=0.01)


def test_an_undecided_mean_field_says_why_and_what_to_check(monkeypatch):
    monkeypatch.setattr(integration, "EVALUATIONS", 300)
    end = ql.attractor(ql.Model.build(["a"], cavity("a", 1e6)))
    assert end["kind"].item() == "undecided"
    assert "evaluations of the drift show no fixed point or limit cycle" in end["reason"].item()
    assert "check the units" in end["reason"].item()
    assert "within 0 s" not in end["reason"].item()


def test_too_short_a_duration_asks_for_a_longer_one():
    end = ql.attractor(ql.Model.build(["a"], cavity("a", 1.0)), duration=0.1)
    assert end["reason"].item().endswith("give a longer duration=")


def test_random_starts_lie_within_their_bounds_and_come_from_the_seed():
    model = chain([1.0, 1.0, 1.0])
    starts = ql.random_starts(model, {"a0": 8.0, "a2": 2.0}, 400, seed=3)
    y = (starts.reshape(400, 3, 2) ** 2).sum(axis=-1) / 2
    assert np.all(y[:, 1] == 0)
    assert np.all(y <= [8.0, 0.0, 2.0])
    np.testing.assert_allclose(y.mean(axis=0), [4.0, 0.0, 1.0], atol=0.4)  # uniform in |α|²
    np.testing.assert_array_equal(
        starts, ql.random_starts(model, {"a0": 8.0, "a2": 2.0}, 400, seed=3)
    )
    assert np.any(starts != ql.random_starts(model, {"a0": 8.0, "a2": 2.0}, 400, seed=4))


@pytest.mark.parametrize(
    ("quanta", "message"),
    [({"b": 1.0}, "quanta names 'b'"), (-1.0, "zero or positive"), (np.inf, "quanta must be")],
)
def test_bad_bounds_of_random_starts_are_refused(quanta, message):
    with pytest.raises(ValueError, match=message):
        ql.random_starts(chain([1.0]), quanta)


def bistable(strength, modes=1):
    """Kerr cavities with three fixed points each."""
    names = [f"a{number}" for number in range(modes)]
    terms = [
        [
            detune(name, 3.0),
            kerr(name, -0.1),
            drive(name, strength),
            lose(name, f"port_{name}", amplitude_rate=1.0),
        ]
        for name in names
    ]
    return ql.Model.build(names, terms)


def test_combinations_of_many_uncoupled_bistable_cavities_are_refused_with_their_number():
    assert ql.fixed_points(bistable(6.0, 3)).sizes["branch"] == 27
    with pytest.raises(ql.steady.WorkError, match=r"more than .* fixed points, .*; starts="):
        ql.fixed_points(bistable(6.0, 64))


def test_branches_are_continued_from_a_neighbouring_parameter():
    before = ql.fixed_points(bistable(6.0))
    assert before.sizes["branch"] == 3
    continued = ql.fixed_points(bistable(np.array([6.05, 6.1])), near=before)
    expected = ql.fixed_points(bistable(np.array([6.05, 6.1])))
    np.testing.assert_allclose(continued["mean"], expected["mean"], rtol=1e-9)
    assert continued.attrs["complete"] == 0
    followed = ql.fixed_points(bistable(6.1), starts=expected.isel(point_0=0))
    assert followed["kind"].values.tolist() == ["stable", "stable"]
    with pytest.raises(ValueError, match="near must have 4 quadratures"):
        ql.fixed_points(chain([1.0, 1.0]), near=before)
    with pytest.raises(ValueError, match="near must be a dataset of fixed_points"):
        ql.fixed_points(chain([1.0]), near=before[["stable"]])


def test_starts_report_their_progress():
    seen = []
    starts = ql.random_starts(chain([1.0]), 5.0, 3)
    ql.fixed_points(chain([1.0]), starts=starts, progress=lambda *at: seen.append(at))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_a_grid_from_starts_has_the_steady_state_reached_at_every_point():
    strengths = [1.0, 1.5]
    found = ql.grid(Chain(strength=1.0), {"strength": strengths}, starts="dark", threads=1)
    assert found.attrs["complete"] == 0
    for at, F in enumerate(strengths):
        alone = ql.steady_state(Chain(strength=F), near="dark")
        np.testing.assert_allclose(found["mean"][at], alone["mean"], rtol=1e-10)
        np.testing.assert_allclose(found["covariance"][at], alone["covariance"], rtol=1e-9)
    near = ql.grid(Chain(strength=1.0), {"strength": strengths}, near=alone, threads=1)
    np.testing.assert_allclose(near["mean"], found["mean"], rtol=1e-10)
    with pytest.raises(ValueError, match="starts must be 'dark'"):
        ql.grid(Chain(strength=1.0), {"strength": strengths}, starts="bright")


def test_fewer_points_of_many_modes_are_solved_at_a_time():
    assert (points_at_a_time(6), points_at_a_time(128)) == (2048, 64)
    assert points_at_a_time(6, integrated=True) == 16


def test_matrices_of_all_points_beyond_the_memory_are_refused(monkeypatch):
    memory = sys.modules["qlangevin.sde.support.memory"]
    monkeypatch.setattr(memory, "available_memory", lambda: 2**20)
    model = bistable(np.linspace(1.0, 2.0, 3000))
    with pytest.raises(RoomError, match=r"2 quadratures at 3000 parameter points .* or grid"):
        ql.steady_state(model)
