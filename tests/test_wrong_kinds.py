"""Arguments of the wrong kind to public functions: a result, or a message of one sentence."""

import inspect
import warnings

import numpy as np
import pytest
import xarray as xr

from qlangevin import analysis, steady
from qlangevin.sde import Gaussian, Model, propagate_moments, sample_paths, simulate, terms
from qlangevin.sde.systems import Microrings, ScattererResonator

from .models import pair_of_cavities

PAIR = pair_of_cavities(kappa=1.0)
KINDS = {
    "a class": Microrings,
    "a mapping": {},
    "a word": "cavity",
    "nothing": None,
    "a dataset": xr.Dataset({"x": ("time", np.arange(3.0))}, coords={"time": np.arange(3)}),
    "a number": 1.5,
    "true": True,
    "a complex number": 1j,
    "a matrix": np.ones((3, 2)),
    "ragged lists": [[1], [1, 2]],
    "objects": np.array([None, 1], object),
    "a function": len,
    "bytes": b"x",
    "a set": {1},
    "a model": PAIR,
}
RINGS = Microrings.published()
RUN = {"trajectories": 64, "duration": 2.0, "step": 0.02, "samples": 2}
LYAPUNOV = {"A": -np.eye(2), "D": np.eye(2)}
COVARIANCE = 0.5 * np.eye(4)
FILTER = steady.Filter("fibre_a", width=1e6)
LOOP = {
    "system": RINGS,
    "record": steady.Homodyne("fibre_a"),
    "mode": "a",
    "gain": 1.0,
    "control": "low-pass",
    "bandwidth": 1e6,
    "efficiency": 1.0,
    "branch": 0,
}
MEASURES = {
    "V": COVARIANCE,
    "i": 0,
    "j": 1,
    "k": 0,
    "mode": 0,
    "modes": 0,
    "l": 2,
    "x": [0.0],
    "y": [0.0],
    "quadrature": 0,
    "points": np.zeros((1, 4)),
    "mean": np.zeros(4),
    "physical": "warn",
}
CALLS = {
    "simulate": (
        simulate,
        {"system": PAIR} | RUN | dict.fromkeys(["start", "scheme", "until", "workers", "earlier"]),
    ),
    "sample_paths": (
        sample_paths,
        {"system": PAIR} | RUN | dict.fromkeys(["start", "increments", "threads"]),
    ),
    "propagate_moments": (
        propagate_moments,
        {
            "system": RINGS,
            "duration": 1e-6,
            "samples": 2,
            "start": "dark",
            "branch": None,
            "closure": "linear",
        },
    ),
    "fixed_points": (steady.fixed_points, {"system": RINGS}),
    "steady_state": (steady.steady_state, {"system": RINGS}),
    "branch_state": (steady.branch_state, {"system": RINGS, "branch": 0}),
    "attractor": (steady.attractor, {"system": RINGS, "start": "dark", "duration": None}),
    "leading_correction": (steady.leading_correction, {"system": RINGS}),
    "critical_values": (
        steady.critical_values,
        {"system": RINGS, "parameter": "coupling", "start": 1e6, "stop": 2e6, "points": 3},
    ),
    "grid": (
        steady.grid,
        {"system": RINGS, "axes": {"coupling": [1e7]}, "measures": ["purity"], "threads": 1},
    ),
    "an axis": (lambda values: steady.grid(RINGS, {"coupling": values}), {"values": [1e7]}),
    "conditional_covariance": (
        steady.conditional_covariance,
        {
            "system": RINGS,
            "records": [{"fibre_a.X": 1.0}],
            "mean": None,
            "branch": None,
            "efficiency": None,
        },
    ),
    "Homodyne": (steady.Homodyne, {"port": "fibre_a", "angle": 0.0}),
    "Heterodyne": (steady.Heterodyne, {"port": "fibre_a"}),
    "Filter": (
        steady.Filter,
        {"port": "fibre_a", "centre": 0.0, "width": 1e6, "shape": "window"},
    ),
    "output_modes": (
        steady.output_modes,
        {
            "system": RINGS,
            "filters": {"f": steady.Filter("fibre_a", width=1e6)},
            "branch": 0,
            "efficiency": None,
            "overlapping": "refuse",
        },
    ),
    "a filter": (lambda given: steady.output_modes(RINGS, {"f": given}), {"given": FILTER}),
    "sideband_cooling": (steady.sideband_cooling, {"system": RINGS, "mode": "a", "branch": 0}),
    "optimal_feedback": (
        steady.optimal_feedback,
        {
            "system": RINGS,
            "records": [steady.Homodyne("fibre_a")],
            "mode": "a",
            "cost": 1e-12,
            "branch": 0,
            "efficiency": None,
        },
    ),
    "feedback_loop": (steady.feedback_loop, LOOP),
    "feedback_cooling": (steady.feedback_cooling, LOOP),
    "a record": (
        lambda record: steady.conditional_covariance(RINGS, [record]),
        {"record": {"fibre_a.X": 1.0}},
    ),
    "a weight": (
        lambda weight: steady.conditional_covariance(RINGS, [{"fibre_a.X": weight}]),
        {"weight": 1.0},
    ),
    "solve_lyapunov": (steady.solve_lyapunov, LYAPUNOV),
    "solve_riccati": (
        steady.solve_riccati,
        {"A": -np.eye(2), "B": np.eye(2), "C": np.eye(2), "D": np.eye(2)},
    ),
    "Gaussian": (Gaussian, {"mean": np.zeros(2), "covariance": 0.5 * np.eye(2)}),
    "Model.build": (Model.build, {"modes": ["a"], "terms": []}),
    "a mode": (lambda mode: Model.build([mode], []), {"mode": "a"}),
    "a term": (lambda term: Model.build(["a"], [term]), {"term": terms.detune("a", 1.0)}),
    "Energy": (terms.Energy, {"monomials": [(1.0, [("a", 0)])], "mechanical": ["a"]}),
    "a parameter": (lambda coupling: RINGS.replace(coupling=coupling).model(), {"coupling": 1e7}),
    "defects": (
        lambda defect: ScattererResonator.published(defect=defect).model(),
        {"defect": 1e7},
    ),
    "effective detuning": (ScattererResonator.published().at_effective_detuning, {"detuning": 1e7}),
    "powers": (RINGS.with_powers, {"power_a": 1e-3, "power_b": 1e-3}),
    "parameter points": (RINGS.model().at, {"points": 0}),
    "drift": (RINGS.model().drift, {"u": np.zeros(4), "level": "mean"}),
    "averaged": (RINGS.model().averaged, {"V": COVARIANCE}),
    "scaled": (RINGS.model().scaled, {"nonlinearity": 1.0}),
    "mode_index": (RINGS.model().mode_index, {"mode": "a"}),
    "estimate": (analysis.estimate, {"result": xr.Dataset(), "words": "purity"}),
    "audit_model": (analysis.audit_model, LYAPUNOV),
    "lose": (
        terms.lose,
        {"mode": "a", "port": "p", "energy_rate": 1.0, "phase": 0.0, "occupation": 0.0},
    ),
    "amplify": (
        terms.amplify,
        {"mode": "a", "port": "p", "energy_rate": 1.0, "phase": 0.0, "occupation": 0.0},
    ),
    "rub": (terms.rub, {"mode": "a", "rate": 1.0, "occupation": 0.0}),
    "feed": (
        terms.feed,
        {"source": "p", "target": "q", "transmission": 1.0, "phase": 0.0, "shared_vacuum": True},
    ),
    "shine": (terms.shine, {"port": "p", "amplitude": 1.0}),
}
ONE_MODE, TWO_MODES = {"mode": "a", "rate": 1.0}, {"a": "a", "b": "b", "rate": 1.0}
CALLS |= {name: (getattr(terms, name), ONE_MODE) for name in ("detune", "squeeze", "kerr", "drive")}
CALLS |= {
    "exchange": (terms.exchange, TWO_MODES),
    "backscatter": (terms.backscatter, {"a": "a", "b": "b", "forward": 1.0, "backward": 1.0}),
    "press": (terms.press, {"optical": "a", "mechanical": "b", "rate": 1.0}),
}
for name, function in inspect.getmembers(analysis, inspect.isfunction):
    arguments = list(inspect.signature(function).parameters)
    if arguments[0] == "V":
        known = {argument: MEASURES[argument] for argument in arguments if argument in MEASURES}
        CALLS[name] = function, known | ({"k": 0, "l": 2} if name == "wigner_marginal" else {})


@pytest.mark.parametrize("name", CALLS)
def test_an_argument_of_another_kind_is_taken_or_refused_in_one_sentence(name):
    function, good = CALLS[name]
    for argument in good:
        for kind, value in KINDS.items():
            said = refusal(
                function, {key: v for key, v in good.items() if v is not None} | {argument: value}
            )
            assert "\n" not in said, f"{argument} = {kind}: {said}"
            assert len(said) < 400, f"{argument} = {kind}: {said}"


def refusal(function, arguments):
    """What a call refuses, "" if it does not; errors that are no refusal come through."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            function(**arguments)
        except ValueError as error:
            return str(error)
    return ""
