"""A system defined in a cell of a notebook: a class of __main__, which has no file."""

import __future__

import json
import pickle
import sys
from concurrent.futures import ProcessPoolExecutor
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

import qlangevin as ql
from qlangevin.runs.execution.backends import WorkerContext
from qlangevin.sde.ensemble.settings import Settings
from qlangevin.sde.ensemble.simulation import prepare_ensemble
from tests.models import optomechanical_cell

CELL = '''
from dataclasses import dataclass
from typing import Any, ClassVar

import qlangevin as ql
from qlangevin.sde.terms import detune, drive, lose, press


@dataclass(frozen=True, eq=False)
class Ring(ql.System):
    """Light that presses on a membrane, as in `tests.models.optomechanical_cell`."""

    coupling: float = ql.parameter("g", "rad/s", "single-photon coupling", default=0.35)
    noise: str = ql.choice("cold", "warm", meaning="occupation of the bath")
    amplitude: float = ql.parameter("ε", "rad/s", "drive")
    PUBLISHED: ClassVar[dict[str, Any]] = {"amplitude": 0.4}

    def model(self):
        terms = [
            detune("a", 0.9),
            detune("b", 1.0),
            press("a", "b", self.coupling),
            drive("a", self.amplitude + 0.1j),
            lose("a", "light", amplitude_rate=0.5),
            lose("b", "bath", amplitude_rate=0.3, occupation=0.02 if self.noise == "cold" else 0.5),
        ]
        return ql.Model.build(["a", "b"], terms)
'''
ENSEMBLE = {"trajectories": 256, "duration": 3.0, "step": 0.003, "samples": 8}


@pytest.fixture
def define_ring(monkeypatch):
    """Execute the cell in a notebook, and again; returns the class each time."""
    main = ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)

    def execute(flags=0):
        exec(compile(CELL, "<ipython-input>", "exec", flags, dont_inherit=True), main.__dict__)
        return main.Ring

    return execute


def test_every_function_takes_a_system_of_a_cell_and_its_results_are_kept(define_ring, tmp_path):
    ring = define_ring()(amplitude=0.4)
    results = {
        "simulate": ql.simulate(ring, **ENSEMBLE),
        "paths": ql.sample_paths(ring, **ENSEMBLE | {"trajectories": 3}),
        "moments": ql.propagate_moments(ring, duration=3.0, samples=8),
        "fixed": ql.fixed_points(ring),
        "steady": ql.steady_state(ring),
        "attractor": ql.attractor(ring),
        "grid": ql.grid(ring, {"amplitude": [0.2, 0.4], "coupling": [0.1, 0.3]}, ["purity"]),
        "critical": ql.critical_values(ring, "amplitude", 0.1, 0.5),
        "leading": ql.leading_correction(ring),
    }
    mean = results["steady"]["mean"].values[0]
    given = ql.conditional_covariance(ring, [{"light.X": 1.0}], mean)
    results["conditional"] = given.to_dataset().assign_attrs(given.attrs)
    for name, result in results.items():
        result.to_netcdf(tmp_path / f"{name}.nc")
        back = xr.load_dataset(tmp_path / f"{name}.nc")
        xr.testing.assert_identical(back, result)
        about = json.loads(back.attrs["provenance"])
        assert about["system"] == "Ring"
        assert about["parameters"] == {"coupling": 0.35, "noise": "cold", "amplitude": 0.4}
        assert "__main__" not in back.attrs["provenance"]
    ql.estimate(results["simulate"], "log_negativity(a, b)").to_netcdf(tmp_path / "estimate.nc")
    same = ql.simulate(optomechanical_cell(), **ENSEMBLE)
    np.testing.assert_array_equal(results["simulate"]["covariance"], same["covariance"])


@pytest.mark.parametrize("flags", [0, __future__.annotations.compiler_flag])
def test_a_class_defined_again_leaves_older_systems_usable(define_ring, flags):
    """Also where the notebook has the line `from __future__ import annotations`."""
    old = define_ring(flags).published()
    new = define_ring(flags).published(noise="warm")
    assert type(old) is not type(new)
    for ring, quanta in ((old, 0.02), (new, 0.5)):
        V = ql.steady_state(ring.replace(amplitude=0.0, coupling=0.0))["covariance"].values[0]
        assert V[2, 2] == pytest.approx(quanta + 0.5)


def test_workers_get_no_class_of_the_notebook(define_ring):
    ensemble = prepare_ensemble(define_ring()(amplitude=0.4), Settings(**ENSEMBLE))
    sent = pickle.dumps(ensemble.job.plan)
    assert b"__main__" not in sent
    assert b"Ring" not in sent


def test_worker_processes_do_not_import_the_callers_script(monkeypatch):
    """A program that Python reads from the standard input has a file that does not exist."""
    script = ModuleType("__main__")
    script.__file__ = "<stdin>"
    monkeypatch.setitem(sys.modules, "__main__", script)
    with ProcessPoolExecutor(1, WorkerContext()) as executor:
        assert executor.submit(int).result() == 0
        assert sys.modules["__main__"] is script
