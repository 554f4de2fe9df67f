"""Continuation finds all fixed points of any polynomial drift.

They are those of elimination, closed forms and a wide search.
"""

from __future__ import annotations

import numpy as np
import pytest

from qlangevin.sde import Model
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import detune, drive, kerr, lose, press, rub, squeeze
from qlangevin.steady import fixed_points
from qlangevin.steady.roots import solver

from .kerr_cavities import X, drive_of, kerr_cavity, kerr_chain, shifts

OMEGA = 63e6
FOLDS = (2 * X + np.array([-1, 1]) * np.sqrt(X**2 - 3)) / 3


def optomechanical_chain(kerr_rate=0.0):
    """Two bistable cavities, each on its spring, the second driven by the light of the first."""
    terms = [drive("a", np.sqrt(8.0) / 0.01)]
    for light, spring in (("a", "m"), ("b", "n")):
        terms += [
            detune(light, X),
            detune(spring, 2.0),
            press(light, spring, 0.01),
            kerr(light, kerr_rate),
            rub(spring, 0.1, occupation=0),
            lose(light, "fibre", amplitude_rate=1.0),
        ]
    return Model.build(("a", "m", "b", "n"), terms)


def index(found):
    """Σ sign det(−J) over the fixed points of each parameter point.

    It is 1 for every drift that points inwards far out.
    """
    J = found["drift_matrix"].fillna(0).values
    return np.sign(np.linalg.det(-J)).sum(axis=-1)


def by_newton_from_everywhere(model, starts, size):
    """Distinct roots to which Newton's method converges from random starts."""
    mean = model.mean_level
    rng = np.random.default_rng(8)
    u = size * rng.normal(size=(starts, model.size)) * 10 ** rng.uniform(-2, 1, (starts, 1))
    for _ in range(200):
        u = u - np.linalg.solve(mean.jacobian(u), mean.drift(u)[..., None])[..., 0]
    u = u[np.abs(mean.drift(u)).max(axis=1) < 1e-9 * size]
    return np.unique(np.round(u, 6), axis=0)


@pytest.fixture
def by_continuation(monkeypatch):
    """Fixed points with the elimination switched off."""

    def solve(system):
        with monkeypatch.context() as patch:
            patch.setattr(solver, "linearising_quadrature", lambda part: None)
            return fixed_points(system)

    return solve


def assert_same(found, wanted):
    np.testing.assert_array_equal(found["exists"], wanted["exists"])
    np.testing.assert_array_equal(found["kind"], wanted["kind"])
    size = np.nanmax(np.abs(wanted["mean"].values))
    np.testing.assert_allclose(found["mean"], wanted["mean"], rtol=1e-10, atol=1e-12 * size)


@pytest.mark.parametrize("direction", ["forward", "reversed"])
@pytest.mark.parametrize("power", [1.0, 4.055, 100.0])
def test_spinning_resonator_has_the_roots_of_the_elimination(by_continuation, direction, power):
    published = SpinningResonator.published()
    system = published.replace(
        backscattering=published.decay / 4,
        power=power * published.power,
        detuning=np.array([-1.0, 0.0, 0.27, 1.0, 1.02, 2.0]) * OMEGA,
    )
    system = system if direction == "forward" else system.reversed()
    wanted = fixed_points(system)
    assert wanted.sizes["branch"] == (
        3 if (direction, power) == ("forward", 4.055) else wanted.sizes["branch"]
    )
    assert_same(by_continuation(system), wanted)


def test_points_with_and_without_backscattering_share_one_sweep(by_continuation):
    published = SpinningResonator.published()
    system = published.replace(
        backscattering=published.decay * np.array([0.0, 0.25, 20.0]), detuning=0.3 * OMEGA
    )
    assert_same(by_continuation(system), fixed_points(system))


def test_cascade_has_the_roots_of_the_elimination(by_continuation):
    wanted = fixed_points(optomechanical_chain())
    assert wanted.sizes["branch"] >= 3
    assert_same(by_continuation(optomechanical_chain()), wanted)


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e12])
@pytest.mark.parametrize("rate", [1e-10, 1e-4, 1.0])
def test_bistable_kerr_cavity_in_closed_form_at_any_scale(unit, rate):
    y = shifts(kerr_cavity(4.0, rate=rate, unit=unit), rate)
    np.testing.assert_allclose(y, [2 - np.sqrt(2), 2, 2 + np.sqrt(2)], rtol=1e-13)


def test_kerr_sweep_has_the_real_roots_of_its_cubic():
    F = np.linspace(1.0, 9.0, 301)
    swept = shifts(kerr_cavity(F))
    for y, strength in zip(swept, F, strict=True):
        cubic = np.roots([1, -2 * X, 1 + X**2, -strength])
        real = np.sort(cubic.real[np.abs(cubic.imag) < 1e-9])
        np.testing.assert_allclose(y[np.isfinite(y)], real, rtol=1e-9)
    assert set(np.isfinite(swept).sum(axis=1)) == {1, 3}


@pytest.mark.parametrize("fold", FOLDS)
@pytest.mark.parametrize("off", [0.0, 1e-15, -1e-15])
def test_turning_point_within_rounding_is_one_marginal_branch(fold, off):
    model = kerr_cavity(drive_of(fold) * (1 + off))
    np.testing.assert_allclose(shifts(model), np.sort([fold, 2 * (X - fold)]), rtol=1e-6)
    assert np.count_nonzero(fixed_points(model)["kind"] == "marginal") == 1


@pytest.mark.parametrize(
    ("fold", "off", "count"), [(0, -1e-10, 3), (0, 1e-10, 1), (1, -1e-10, 1), (1, 1e-10, 3)]
)
def test_roots_near_a_turning_point_are_neither_lost_nor_invented(fold, off, count):
    assert len(shifts(kerr_cavity(drive_of(FOLDS[fold]) * (1 + off)))) == count


def test_cusp_is_one_marginal_branch():
    x = np.sqrt(3.0)
    found = fixed_points(kerr_cavity(drive_of(2 * x / 3, x), x))
    assert found["kind"].values.tolist() == ["marginal"]


def test_five_roots_that_meet_at_a_threshold_are_one_marginal_branch():
    found = fixed_points(
        Model.build(["a"], [kerr("a", 0.01), squeeze("a", 0.5), lose("a", "p", amplitude_rate=1.0)])
    )
    assert found["kind"].values.tolist() == ["marginal"]
    np.testing.assert_allclose(found["mean"], 0, atol=1e-2)


def test_parametric_oscillator_keeps_its_empty_branch_and_gains_a_pair_at_threshold():
    pump = np.array([0.3, 0.8])
    detuning = 0.3
    rate = 0.01
    found = fixed_points(
        Model.build(
            ["a"],
            [
                detune("a", detuning),
                kerr("a", rate),
                squeeze("a", pump),
                lose("a", "p", amplitude_rate=1.0),
            ],
        )
    )
    photons = np.sum(found["mean"].values ** 2, axis=-1) / 2
    np.testing.assert_allclose(photons[0], [0, np.nan, np.nan])
    above = (np.sqrt(4 * pump[1] ** 2 - 1) - detuning) / rate
    np.testing.assert_allclose(photons[1], [0, above, above], rtol=1e-12)


@pytest.mark.parametrize("F", [2.0, 4.0, 6.0])
def test_two_coupled_kerr_cavities_have_the_roots_that_newton_finds_from_everywhere(F):
    model = kerr_chain(2, F)
    found = fixed_points(model)
    wanted = by_newton_from_everywhere(model, 4000, 20.0)
    mean = found["mean"].values
    np.testing.assert_allclose(
        mean[np.lexsort(mean.T[::-1])], wanted[np.lexsort(wanted.T[::-1])], atol=2e-6
    )
    assert found["residual"].max() < 1e-13


def test_unit_of_time_changes_no_root():
    fast, slow = (fixed_points(kerr_chain(2, unit=unit)) for unit in (1e12, 1.0))
    np.testing.assert_allclose(fast["mean"], slow["mean"], rtol=1e-9)


def test_three_coupled_kerr_cavities_keep_the_index_of_a_drift_that_pulls_inwards():
    found = fixed_points(kerr_chain(3, 5.0))
    assert found.sizes["branch"] == 17
    assert index(found) == 1


def test_index_holds_over_random_cavities_with_kerr_terms_and_two_springs():
    rng = np.random.default_rng(3)
    points = 150

    def between(low, high):
        return 10 ** rng.uniform(low, high, points)

    found = fixed_points(
        Model.build(
            ("a", "m", "n"),
            [
                detune("a", 2 * rng.normal(size=points)),
                kerr("a", between(-10, -3) * rng.choice([-1, 1], points)),
                drive("a", between(0, 4)),
                lose("a", "fibre", amplitude_rate=between(-2, 1)),
                *(press("a", spring, between(-6, 0)) for spring in "mn"),
                *(detune(spring, between(-2, 2)) for spring in "mn"),
                *(rub(spring, 0.1, occupation=0) for spring in "mn"),
            ],
        )
    )
    assert found.sizes["branch"] == 3
    np.testing.assert_array_equal(index(found), 1)


def test_kerr_term_of_an_optomechanical_cavity_adds_to_its_pull():
    pull = 0.01
    stiffness = 2.0
    rate = -2e-5
    compliance = pull**2 / stiffness - rate
    model = Model.build(
        ("a", "m"),
        [
            detune("a", X),
            detune("m", stiffness),
            press("a", "m", pull),
            kerr("a", rate),
            drive("a", 2 / np.sqrt(compliance)),
            lose("a", "fibre", amplitude_rate=1.0),
            rub("m", 0.1, occupation=0),
        ],
    )
    light = fixed_points(model)["mean"].values[:, :2]
    np.testing.assert_allclose(
        compliance * np.sum(light**2, axis=1) / 2, [2 - np.sqrt(2), 2, 2 + np.sqrt(2)], rtol=1e-13
    )


def test_cascade_of_kerr_optomechanical_cavities_approaches_the_one_without():
    with_kerr, without = (fixed_points(optomechanical_chain(rate)) for rate in (-1e-13, 0.0))
    np.testing.assert_allclose(with_kerr["mean"], without["mean"], rtol=1e-6, atol=1e-6)


def test_double_well_built_from_arrays_has_its_three_roots():
    """Of q − 4q³, the mean level of 7q − 4q³."""
    duffing = Model(
        ("m",),
        ("m.q", "m.p"),
        ("w",),
        np.zeros(2),
        np.array([[0.0, 1.0], [7.0, -0.1]]),
        Monomials(np.zeros((0, 3), int), np.zeros(0)),
        Monomials(np.array([[1, 0, 0, 0]]), np.array([-4.0])),
        np.zeros((2, 1)),
        {},
    )
    mean = fixed_points(duffing)["mean"].values
    np.testing.assert_allclose(np.sort(mean[:, 0]), [-0.5, 0, 0.5], atol=1e-15)
