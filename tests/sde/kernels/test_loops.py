"""Kernels of many modes, which loop over tables, against their NumPy twin."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from qlangevin.sde import Model
from qlangevin.sde.ensemble.step_law import exact_step_law
from qlangevin.sde.kernels import kernel as kernels
from qlangevin.sde.kernels.codegen import CELL, Form
from qlangevin.sde.kernels.loops import drift_tables
from qlangevin.sde.lattices import lattice
from qlangevin.sde.schemes.semilinear import SEMILINEAR, semilinear_model, semilinear_step
from qlangevin.sde.terms import (
    cross_kerr,
    detune,
    drive,
    exchange,
    feed,
    kerr,
    lose,
    press,
    squeeze,
)

from .test_kernels import ACCOMPANIED, FORMS, SINGLE, cell, final_states, naive_paths, plan_of


@pytest.fixture
def loops(monkeypatch):
    """All kernels loop over tables."""
    monkeypatch.setattr(kernels, "MOST_QUADRATURES", 0)


@pytest.fixture(params=[0, drift_tables.MOST_POLYNOMIALS], ids=["products", "polynomials"])
def polynomials(request, monkeypatch):
    """Nonlinear rows sum products of states, or have code of their own."""
    monkeypatch.setattr(drift_tables, "MOST_POLYNOMIALS", request.param)


def network():
    """Six cavities in a ring, which differ: Kerr, pressed on, parametric, one feeds another."""
    names = [f"a{k}" for k in range(6)]
    ring = zip(names, names[1:] + names[:1], strict=True)
    terms = [exchange(a, b, 0.2 + 0.1j) for a, b in ring]
    terms += [detune(name, 0.3 + 0.1 * k) for k, name in enumerate(names)]
    terms += [
        lose(name, f"port{k}", amplitude_rate=0.5, occupation=0.1 * k)
        for k, name in enumerate(names)
    ]
    terms += [kerr("a0", 0.05), kerr("a3", 0.02), cross_kerr("a1", "a4", 0.03)]
    terms += [press("a1", "a2", 0.04), squeeze("a5", 0.1), drive("a0", 1.0), drive("a4", 0.5j)]
    return Model.build(names, [*terms, feed("port0", "port2", transmission=0.8, phase=0.3)])


def assert_equals_naive_twin(model, steps, form):
    plan = plan_of(model, steps, CELL, form)
    assert not kernels.is_straight_line(plan.kernel.pattern)
    n = model.size
    X, u, w = final_states(plan)
    options = {"stages": form.stages, "increments": form.increments}
    expected = naive_paths(plan, model, steps, np.arange(CELL), **options)
    np.testing.assert_allclose(u, expected["mean"], rtol=1e-11)
    if not form.twin:
        np.testing.assert_allclose(X[0], expected["x"], atol=1e-9)
        return
    np.testing.assert_allclose(u[:, None] + X[0, :n], expected["x"], atol=1e-9)
    np.testing.assert_allclose(X[0, n : 2 * n], expected["y"], atol=1e-9)
    if form.companion:
        z = X[0, 2 * n : 3 * n]
        if not form.antithetic:
            np.testing.assert_allclose(w[:, None] + z, expected["z"], atol=1e-9)
    if form.antithetic:
        np.testing.assert_allclose(u[:, None] - X[0, -n:], expected["opposite"], atol=1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_equals_its_naive_twin_to_rounding(form, loops, polynomials):
    """An odd number of steps, over a reseeding."""
    assert_equals_naive_twin(cell(), 1027, form)


@pytest.mark.parametrize("form", [ACCOMPANIED, SINGLE, Form(antithetic=True, stages=2)])
def test_networks_of_different_cells_equal_their_naive_twin(form, polynomials):
    """Channels that drive several rows, rows of many shapes."""
    assert_equals_naive_twin(network(), 51, form)


def test_more_than_30_channels_take_a_second_word_of_bits(loops):
    """32 channels on one cavity, with two-point increments."""
    model = Model.build(
        ["a"], [lose("a", f"port{k}", amplitude_rate=0.01 * (k + 1)) for k in range(16)]
    )
    assert_equals_naive_twin(model, 4, Form(twin=False, increments="two-point"))


@pytest.mark.parametrize("cuts", [(1,), (3, 4), (1, 2, 3, 5, 1024, 1025, 1027)])
@pytest.mark.parametrize("form", [ACCOMPANIED, SINGLE, Form(stages=2)])
def test_splitting_a_run_at_odd_steps_keeps_every_bit(cuts, form, loops):
    plan = plan_of(cell(), 1030, CELL, form)
    np.testing.assert_array_equal(final_states(plan)[0], final_states(plan, cuts=cuts)[0])


def test_all_models_share_the_compiled_loops_and_the_polynomial_of_equal_cells():
    """A Kerr cell in a chain and in a ring, of 5 and 7 modes: one polynomial."""
    mode = Model.build(["a"], [kerr("a", 0.1), lose("a", "p", energy_rate=1.0)])

    def coupled(i, j):
        return exchange(f"{i}.a", f"{j}.a", 0.2)

    kernels_of_chains = [
        kernels.build_kernel(lattice(mode, size, coupled), 0.01, ACCOMPANIED) for size in (5, 7)
    ]
    assert not any(kernels.is_straight_line(kernel.pattern) for kernel in kernels_of_chains)
    tables = [kernel.module._tables for kernel in kernels_of_chains]
    addresses = set()
    for _, _, table, (full, *_), *_ in tables:
        groups = full[-2], full[-1]
        addresses.add(int(table[groups[0]]))
        assert groups[1] - groups[0] == 3
    assert len(addresses) == 1


@pytest.mark.parametrize("scheme", SEMILINEAR)
@pytest.mark.parametrize("form", [Form(companion=True, antithetic=True), SINGLE])
def test_semilinear_steps_of_the_drift_equal_those_of_the_multiplied_model(scheme, form, loops):
    """φ f, with f computed first, against the polynomial model φ f; and the exact law of both."""
    model, about, step = network(), np.linspace(-0.5, 0.5, 12), 0.1
    taken = semilinear_step(scheme, model, step, about)
    structured = plan_of(taken.model, 9, CELL, form, step=step, response=taken.response)
    multiplied = plan_of(semilinear_model(scheme, model, step, about), 9, CELL, form, step=step)
    multiplied = replace(multiplied, state=structured.state, root=structured.root)
    X, u, w = final_states(structured)
    expected_X, expected_u, expected_w = final_states(multiplied)
    np.testing.assert_allclose(X, expected_X, atol=1e-12)
    np.testing.assert_allclose(u, expected_u, atol=1e-12)
    np.testing.assert_allclose(w, expected_w, atol=1e-12)
    for law, expected in zip(
        *(exact_step_law(plan).__dict__.values() for plan in (structured, multiplied)), strict=True
    ):
        if expected is not None:
            np.testing.assert_allclose(law, expected, atol=1e-12)
    assert structured.fingerprint(u) != multiplied.fingerprint(u)


def test_kernels_with_loops_are_pickled_as_patterns_and_numbers(loops):
    taken = semilinear_step("exponential", cell(), 0.1, np.zeros(4))
    plan = plan_of(taken.model, 4, CELL, ACCOMPANIED, step=0.1, response=taken.response)
    copy = replace(plan, kernel=pickle.loads(pickle.dumps(plan.kernel)))
    np.testing.assert_array_equal(final_states(plan)[0], final_states(copy)[0])
