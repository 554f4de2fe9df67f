"""Every system at random points against its paper's Langevin equations.

`papers` derives these independently of the package.
"""

from dataclasses import fields

import numpy as np
import pytest

from qlangevin import analysis

from .papers import jacobian, log_negativity
from .papers.points import FEW, PAPERS, POINTS, build, close, point, settled

CHOSEN_BY_FIGURE = {
    "scatterers": {"detuning", "angle"},
    "cascaded": {"detuning_left", "detuning_right"},
}

everywhere = pytest.mark.parametrize("index", POINTS)
every_system = pytest.mark.parametrize("name", PAPERS)


@every_system
def test_fields_and_their_published_values_are_the_papers(name):
    paper, cls = PAPERS[name]
    published = cls.published()
    assert {field.name for field in fields(cls)} == set(paper.PUBLISHED)
    for field in set(paper.PUBLISHED) - CHOSEN_BY_FIGURE.get(name, set()):
        value, expected = getattr(published, field), paper.PUBLISHED[field]
        assert value == (
            expected if isinstance(expected, str) else pytest.approx(expected, rel=1e-12)
        ), field


@everywhere
@every_system
def test_drift_anywhere_is_the_papers(name, index):
    """At random quadratures of the size of the means."""
    found = point(name, index)
    rng = np.random.default_rng(index)
    for _ in range(3):
        u = rng.normal(size=found.u.shape) * max(1.0, np.abs(found.u).max())
        expected = PAPERS[name][0].drift(found.p, u)
        np.testing.assert_allclose(
            build(name, found.p).model().drift(u, "mean"), expected, rtol=1e-9
        )


@everywhere
@every_system
def test_drift_matrix_and_diffusion_are_the_papers(name, index):
    found = point(name, index)
    model = build(name, found.p).model()
    close(model.jacobian(found.u, "mean"), found.A)
    close(model.diffusion, found.S.real)


@everywhere
@every_system
def test_steady_state_is_the_papers(name, index):
    """Mean, A, D, V and E_N of every pair of modes.

    On the branch that the derivation reaches by raising the power.
    """
    found, state = point(name, index), settled(name, index)
    close(state["mean"], found.u)
    close(state["drift_matrix"], found.A)
    close(state["diffusion"], found.S.real)
    assert bool(state["stable"])
    close(state["covariance"], found.V, floor=1e-10)
    for i in range(PAPERS[name][0].MODES):
        for j in range(i):
            expected = log_negativity(found.V, i, j)
            found_E = analysis.log_negativity(state["covariance"].values, i, j, physical="ignore")
            assert float(found_E) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("index", FEW)
@pytest.mark.parametrize(
    ("name", "turn", "change"),
    [
        ("microrings", "backward", lambda p: {"two_photon_drive": 0.0}),
        ("spinning", "reversed", lambda p: {"spin": -p["spin"]}),
        (
            "cascaded",
            "reversed",
            lambda p: {"input_side": {"left": "right", "right": "left"}[p["input_side"]]},
        ),
    ],
)
def test_light_from_the_other_side_has_the_papers_other_equations(name, turn, change, index):
    found = point(name, index)
    other = {**found.p, **change(found.p)}
    model = getattr(build(name, found.p), turn)().model()
    paper = PAPERS[name][0]
    close(model.jacobian(found.u, "mean"), jacobian(lambda v: paper.drift(other, v), found.u))
    np.testing.assert_allclose(
        model.drift(found.u, "mean"), paper.drift(other, found.u), rtol=1e-8, atol=1e-3
    )
    close(model.diffusion, paper.noise(other).real)


@every_system
def test_the_random_points_include_entangled_and_separable_states(name):
    """So that agreement on E_N is not agreement on 0."""
    V = [point(name, index).V for index in POINTS]
    modes = PAPERS[name][0].MODES
    values = [max(log_negativity(v, i, j) for i in range(modes) for j in range(i)) for v in V]
    assert sum(value > 0.01 for value in values) >= 5
    assert min(values) == 0
