"""The table of all sizes: its rows and targets, its models, and the speed of large equations."""

import numpy as np
import pytest

from . import measure, plain_loop, tables
from .models import MODELS, optomechanical_chain


def test_every_model_has_a_row_and_what_is_not_reached_is_left_out(monkeypatch):
    def measured(kind, modes, task, cache, limit):
        costs = {
            "costs": {"twin, ns": 1.0 + modes, "plain, ns": 2.0, "MiB": 123.4},
            "share": {"percent": 12.3},
            "whole": {} if kind == "dense linear" else {"min": 1.25, "GiB": 2.0},
            "lyapunov": {"Lyapunov, ms": 3.0, "SciPy, ms": 2.0},
        }
        return costs[task]

    monkeypatch.setattr(tables, "measure", measured)
    said = []
    costs, targets = tables.sizes(1, said.append, largest=16, limit=60.0)
    assert [row[0] for row in costs.rows[:6]] == [
        *(f"Kerr chain, {modes}" for modes in (1, 2, 4, 8, 16)),
        "optomechanical chain, 2",
    ]
    assert costs.rows[0][1:5] == ["–", "–", "2", "2"]
    assert len(said) == len(costs.rows) + len(targets.rows)
    rows = {row[0]: list(row[1:]) for row in targets.rows}
    assert rows["Lyapunov with bound ÷ SciPy, random, 40 quadratures"] == ["2", "1.5"]
    assert rows["a step of 4 to 16 modes ÷ 2 modes, twin, Kerr chain"] == ["1.5", "5.67"]
    assert rows["not integration, 12 modes, dense linear"] == ["20 %", "12 %"]
    assert rows["all of 16 modes, Kerr chain"] == ["3 min, 4 GiB", "1.2 min, 2 GiB"]
    assert rows["all of 16 modes, dense linear"][1] == "over 1 min"


@pytest.mark.parametrize("kind", MODELS)
def test_models_of_all_kinds_have_as_many_modes_as_asked(kind):
    model = MODELS[kind](4)
    assert len(model.modes) == 4
    assert np.linalg.eigvals(model.jacobian(np.zeros(8), "mean")).real.max() < 0


def test_half_a_cell_is_refused():
    with pytest.raises(ValueError, match="modes must be even"):
        optomechanical_chain(3)


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.parametrize("kind", MODELS)
def test_the_plain_loop_steps_the_model_and_moments_agree_with_an_ode_solver(kind):
    model = MODELS[kind](2)
    assert 0 < plain_loop.seconds_per_step(model, measure.STEP, 0.1) < 1e-4
    moments = measure.ql.propagate_moments(model, duration=2.0, samples=4)
    measure.integrated(model, moments)
    with pytest.raises(AssertionError, match="differ"):
        measure.integrated(model, moments.assign(covariance=1.001 * moments["covariance"]))


@pytest.mark.bench
@pytest.mark.slow
@pytest.mark.parametrize(("modes", "most"), [(20, 4), (50, 2.5), (100, 2.5)])
def test_large_equations_with_bounds_cost_little_more_than_scipys(modes, most, tmp_path):
    ratios = []
    for _attempt in range(3):
        found = tables.measure("random", modes, "lyapunov", str(tmp_path), 60.0)
        ratios.append(found["Lyapunov, ms"] / found["SciPy, ms"])
    assert min(ratios) <= most
