"""Points that cannot be solved are left blank with their reason; the others are not affected."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
import xarray as xr

from qlangevin.runs.execution import map
from qlangevin.runs.reports.map import map_report
from qlangevin.runs.run_files.grid import MapFile
from qlangevin.runs.run_files.system_sources import SystemSource
from qlangevin.sde import Model
from qlangevin.sde.system import System, parameter
from qlangevin.sde.systems import Microrings
from qlangevin.sde.terms import detune, drive, kerr, lose
from qlangevin.steady import (
    UnsolvedWarning,
    critical_values,
    fixed_points,
    grid,
    steady_state,
    steady_states,
)
from qlangevin.steady.roots import homotopy

WEAK = 100.0
STRONG = 200.0
DRIVEN = np.sqrt(2) / 3.0
"""Largest constant over the largest rate of the drift for each unit of drive."""


@dataclass(frozen=True, eq=False)
class Cavity(System):
    """A Kerr cavity with one branch at a weak drive and three at a strong one."""

    REFERENCE: ClassVar[str] = "textbook"
    PUBLISHED: ClassVar[dict[str, Any]] = {"strength": WEAK}

    strength: Any = parameter("F", "rad/s", "drive")

    def model(self):
        light = [detune("a", 3.0), kerr("a", -1e-4), lose("a", "fibre", amplitude_rate=1.0)]
        return Model.build(["a"], [*light, drive("a", self.strength)])


@pytest.fixture
def lost_at_150(monkeypatch):
    """Paths to the roots at a drive of 150 are lost."""
    approximate = homotopy.approximate_roots

    def roots(part):
        which, u, lost = approximate(part)
        there = np.flatnonzero(np.isclose(np.abs(part.c).max(axis=-1), 150.0 * DRIVEN))
        return which[~np.isin(which, there)], u[~np.isin(which, there)], np.union1d(lost, there)

    monkeypatch.setattr("qlangevin.steady.roots.solver.approximate_roots", roots)


def test_a_grid_keeps_the_other_points_and_names_the_one_that_is_lost(lost_at_150):
    with pytest.warns(
        UnsolvedWarning,
        match=r"1 of 3 parameter points are left blank \(strength = 150\): the fixed",
    ):
        found = grid(Cavity(strength=WEAK), {"strength": [WEAK, 150.0, STRONG]}, ["purity"])
    assert found["exists"].sum("branch").values.tolist() == [1, 0, 3]
    assert "paths of the search for them were lost" in found["reason"].item(1, 0)
    assert found["reason"].values[[0, 2]].tolist() == [[""] * 3] * 2
    assert np.isfinite(found["purity"].values[[0, 2], 0]).all()
    assert found["purity"][1].isnull().all()


def test_a_batch_keeps_the_other_points_too(lost_at_150):
    batch = Cavity(strength=np.array([WEAK, 150.0, STRONG]))
    for solve in (fixed_points, steady_state):
        with pytest.warns(UnsolvedWarning, match=r"strength = 150") as caught:
            found = solve(batch)
        assert found["exists"].sum("branch").values.tolist() == [1, 0, 3]
        assert found.attrs["complete"] == 0
        assert caught[0].filename == __file__


def test_critical_values_name_the_value_that_is_lost(lost_at_150):
    with pytest.raises(
        ArithmeticError, match="strength = 150: the fixed points could not all be found"
    ):
        critical_values(Cavity(strength=WEAK), "strength", 140.0, 160.0, points=3)


def test_a_map_reports_how_many_points_could_not_be_solved(lost_at_150):
    axes = {"strength": np.array([WEAK, 150.0, STRONG])}
    description = MapFile(
        title="",
        stem="",
        source=SystemSource("", "shipped", ""),
        system=Cavity(strength=WEAK),
        axes=axes,
        measures=("purity",),
        text="",
    )
    with pytest.warns(UnsolvedWarning):
        found = map.compute_map(description, threads=1)
    report = map_report(description, found)
    assert "could not be solved         1 point: the fixed points could not all be found" in report


def test_an_equation_that_cannot_be_solved_leaves_only_its_own_covariance_blank(monkeypatch):
    solve = steady_states.solve_lyapunov

    def ill_conditioned(A, D):
        if np.any(np.abs(A) > 2e8):
            raise ValueError("A is too ill-conditioned for a steady covariance in double precision")
        return solve(A, D)

    couplings = np.array([1e8, 3e8])
    monkeypatch.setattr(steady_states, "solve_lyapunov", ill_conditioned)
    quiet = Microrings.published(detuning_a=1e8, detuning_b=1e8, two_photon_drive=0.0)
    with pytest.warns(UnsolvedWarning, match=r"1 of 2 .*coupling = 3e\+08.*too ill-conditioned"):
        found = grid(quiet, {"coupling": couplings})
    assert np.isfinite(found["covariance"].values[0]).all()
    assert np.isnan(found["covariance"].values[1]).all()
    steady = steady_state(quiet.replace(coupling=couplings))
    assert steady["reason"].values[:, 0].tolist()[0] == ""
    assert "too ill-conditioned" in steady["reason"].item(1)
    assert np.isnan(steady["physicality"].values[1, 0])


def test_a_measure_that_raises_at_one_point_is_blank_there_alone():
    def picky(steady):
        if (steady["covariance"].isel(quadrature=0, quadrature_=0) > 0.5000001).any():
            raise ArithmeticError("too hot")
        return xr.ones_like(steady["covariance"].isel(quadrature=0, quadrature_=0, drop=True))

    drives = {"two_photon_drive": [0.0, 1e8]}
    with pytest.warns(
        UnsolvedWarning, match=r"two_photon_drive = 1e\+08\): picky is not defined: too hot"
    ):
        found = grid(Microrings.published(), drives, [picky])
    np.testing.assert_array_equal(found["picky"].values[:, 0], [1.0, np.nan])
    with pytest.raises(ArithmeticError, match="too hot"):
        grid(Microrings.published(), {"two_photon_drive": [0.9e8, 1e8]}, [picky])
