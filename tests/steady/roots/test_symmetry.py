"""Continuous symmetries: isolated fixed points beside curves of others, and named families."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from qlangevin.analysis import log_negativity
from qlangevin.sde import Gaussian, Model
from qlangevin.sde.system import System, parameter
from qlangevin.sde.terms import Energy, amplify, detune, drive, exchange, kerr, lose, rub
from qlangevin.steady import (
    attractor,
    branch_state,
    critical_values,
    fixed_points,
    grid,
    steady_state,
)
from qlangevin.steady.roots.symmetric_families import provably_damped
from qlangevin.steady.roots.symmetry import phase_symmetries

COUPLING = 0.1
THRESHOLD = 1 / COUPLING
"""Drive at which p = 1/g, where pair creation balances the loss of signal and idler."""


def parametric_terms(pump, signal=0.0, idler=0.0):
    """ȧ = −(1 + iΔ_a)a + g p b†, ḃ = −(1 + iΔ_b)b + g p a†, ṗ = −p + pump − g ab."""
    g = -COUPLING / np.sqrt(2)
    products = (
        (g, (("p", 1), ("a", 0), ("b", 0))),
        (-g, (("p", 1), ("a", 1), ("b", 1))),
        (-g, (("p", 0), ("a", 0), ("b", 1))),
        (-g, (("p", 0), ("a", 1), ("b", 0))),
    )
    losses = [lose(mode, f"{mode}_out", amplitude_rate=1.0) for mode in "abp"]
    return [Energy(products), drive("p", pump), detune("a", signal), detune("b", idler), *losses]


def parametric_oscillator(pump, signal=0.0, idler=0.0):
    return Model.build(["a", "b", "p"], parametric_terms(pump, signal, idler))


def lossy_terms(loss=0.3, J=0.5, K=0.01):
    return [
        kerr("a", K),
        kerr("b", K),
        exchange("a", "b", J),
        lose("a", "loss", amplitude_rate=loss),
    ]


def balanced_dimer(gain):
    return Model.build(["a", "b"], [*lossy_terms(), amplify("b", "gain", amplitude_rate=gain)])


@dataclass(frozen=True, eq=False)
class Dimer(System):
    """A loss and a gain cavity with Kerr shifts, coupled."""

    REFERENCE = "textbook"

    gain: Any = parameter("g", "rad/s", "gain", sign="nonnegative")

    def model(self):
        return balanced_dimer(self.gain)


@dataclass(frozen=True, eq=False)
class Oscillator(System):
    """The non-degenerate parametric oscillator with a depleted pump."""

    REFERENCE = "textbook"

    pump: Any = parameter("ε", "rad/s", "drive of the pump")

    def model(self):
        return parametric_oscillator(self.pump)


def test_depleted_pump_below_threshold_has_one_stable_root_and_the_closed_entanglement():
    steady = steady_state(parametric_oscillator(THRESHOLD / 2))
    np.testing.assert_allclose(
        steady["mean"].values, [[0, 0, 0, 0, np.sqrt(2) * THRESHOLD / 2, 0]], rtol=1e-14
    )
    assert steady["kind"].values.tolist() == ["stable"]
    assert steady["reason"].values.tolist() == [""]
    assert steady.attrs["complete"] == 1
    np.testing.assert_allclose(
        log_negativity(steady["covariance"].values[0], 0, 1), np.log(1.5), rtol=1e-13
    )


def test_depleted_pump_above_threshold_has_a_circle_named_by_its_symmetry():
    pump = 1.5 * THRESHOLD
    steady = steady_state(parametric_oscillator(pump))
    assert steady["kind"].values.tolist() == ["saddle", "family"]
    quanta = steady["photon_number"].values[1]
    np.testing.assert_allclose(
        quanta, [(pump - THRESHOLD) / COUPLING] * 2 + [THRESHOLD**2], rtol=1e-12
    )
    assert "circle" in steady["reason"].item(1)
    assert "phase rotations of a by φ and b by −φ" in steady["reason"].item(1)
    assert steady["covariance"].isnull().all()
    along = np.array([0, 1, 0, -1, 0, 0])
    np.testing.assert_allclose(steady["drift_matrix"].values[1] @ along, 0, atol=1e-13)


def test_depleted_pump_at_threshold_has_one_marginal_root():
    assert fixed_points(parametric_oscillator(THRESHOLD))["kind"].values.tolist() == ["marginal"]


@pytest.mark.parametrize("near", [1.0, 1.5])
def test_a_root_reached_on_a_circle_is_named_as_its_family(near):
    model = parametric_oscillator(1.5 * THRESHOLD)
    found = fixed_points(model, near=near * fixed_points(model)["mean"].values[1])
    assert found["kind"].values.tolist() == ["family"]
    np.testing.assert_allclose(found["photon_number"].values[0], [50, 50, 100], rtol=1e-10)


def test_signal_and_idler_detuned_alike_keep_the_circle_and_unlike_lose_it():
    alike, unlike = (
        fixed_points(parametric_oscillator(1.5 * THRESHOLD, 0.3, idler)) for idler in (0.3, 0.0)
    )
    assert alike["kind"].values.tolist() == ["saddle", "family"]
    np.testing.assert_allclose(
        alike["photon_number"].values[1, 2], THRESHOLD**2 * (1 + 0.3**2), rtol=1e-12
    )
    assert unlike["kind"].values.tolist() == ["hopf"]


def test_depleted_pump_settles_below_threshold_and_starts_steady():
    model = parametric_oscillator(THRESHOLD / 2)
    end = attractor(model)
    assert (end["kind"].item(), end["branch"].item()) == ("fixed point", 0)
    np.testing.assert_allclose(branch_state(model).mean[4], np.sqrt(2) * THRESHOLD / 2)


def test_mean_field_above_threshold_settles_on_the_circle_at_the_phase_it_was_started_with():
    start = Gaussian(np.array([0.1, 0.3, 0, 0, 5, 1.0]), np.eye(6) / 2)
    model = parametric_oscillator(1.5 * THRESHOLD)
    end = attractor(model, start)
    assert (end["kind"].item(), end["branch"].item()) == ("fixed point", 1)
    np.testing.assert_allclose(
        end["photon_number"], fixed_points(model)["photon_number"][1], rtol=1e-7
    )
    a, b = (complex(*end["mean"].values[at : at + 2]) for at in (0, 2))
    np.testing.assert_allclose(a, np.conj(b), rtol=1e-7)
    assert abs(a.imag) > 1


def test_depleted_pump_threshold_is_a_critical_value():
    found = critical_values(
        Oscillator(pump=1.0), "pump", 0.5 * THRESHOLD, 1.8 * THRESHOLD, points=7
    )
    np.testing.assert_allclose(found["value"], [THRESHOLD], rtol=1e-11)
    assert (found["stable_below"].item(), found["stable_above"].item()) == (1, 0)


def test_balanced_gain_and_loss_leave_the_other_points_of_a_grid_alone():
    """On the circle |α|² = |β|² = √(J² − κ²)/K of the balanced dimer."""
    gains = [0.1, 0.2, 0.29, 0.3, 0.31]
    found = grid(Dimer(gain=0.1), {"gain": gains}, ["log_negativity(a, b)"])
    assert found["kind"].values[:, 0].tolist() == ["stable", "stable", "stable", "marginal", "hopf"]
    assert found["kind"].values[:, 1].tolist() == ["", "", "", "family", ""]
    assert "circle" in found["reason"].item(3, 1)
    np.testing.assert_allclose(
        (found["mean"].values[3, 1] ** 2).sum() / 2, 2 * np.sqrt(0.5**2 - 0.3**2) / 0.01
    )
    assert np.isfinite(found["log_negativity_a_b"].values[:3, 0]).all()
    assert np.isnan(found["log_negativity_a_b"].values[3:]).all()
    batch = steady_state(balanced_dimer(np.array(gains)))
    np.testing.assert_array_equal(batch["kind"], found["kind"])
    np.testing.assert_allclose(batch["covariance"], found["covariance"], rtol=1e-12)


@pytest.mark.parametrize("driven", [[drive("a", 1.0)], [drive("a", 1.0), kerr("a", 0.01)]])
def test_a_mode_without_any_rate_is_no_isolated_fixed_point(driven):
    model = Model.build(["a", "idle"], [lose("a", "p", amplitude_rate=1.0), *driven])
    steady = steady_state(model)
    assert steady["kind"].values.tolist() == ["family"]
    assert "shifts of idle.X and idle.Y make a plane of fixed points" in steady["reason"].item()
    assert steady["covariance"].isnull().all()
    with pytest.raises(ValueError, match="no steady state to choose"):
        branch_state(model)


def test_a_free_mass_has_a_line_of_fixed_points():
    found = fixed_points(Model.build(["m"], [rub("m", 1.0, occupation=1)]))
    assert found["kind"].values.tolist() == ["family"]
    assert "shifts of m.q make a line of fixed points" in found["reason"].item()


def test_symmetries_of_each_point_are_its_own():
    driven = Model.build(["a"], [kerr("a", 0.1), drive("a", np.array([0.0, 1.0, 0.0]))])
    model = driven.mean_level.at()
    symmetries = {
        tuple(points.tolist()): theta.tolist() for points, theta in phase_symmetries(model)
    }
    assert symmetries == {(0, 2): [[1.0]], (1,): []}


def test_quanta_that_only_decay_exclude_families():
    lossy = Model.build(["a", "b"], [*lossy_terms(), lose("b", "loss_b", amplitude_rate=0.1)])
    pumped = balanced_dimer(0.1)
    rows = np.arange(4)
    assert provably_damped(lossy.mean_level.at(), rows).all()
    assert not provably_damped(pumped.mean_level.at(), rows).any()
    assert not provably_damped(parametric_oscillator(1.0).mean_level.at(), rows).any()
