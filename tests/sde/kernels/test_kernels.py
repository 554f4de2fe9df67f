"""Generated kernels against their NumPy twin, and the shared loops against NumPy."""

from itertools import pairwise
from threading import Event

import numpy as np
import pytest

from qlangevin.sde import Gaussian, Model
from qlangevin.sde.ensemble import batches, trajectories
from qlangevin.sde.ensemble.step_law import exact_step_law
from qlangevin.sde.initial_states import dark_state
from qlangevin.sde.kept_elements import KeptElements
from qlangevin.sde.kernels.codegen import CELL, INCREMENTS, Form
from qlangevin.sde.kernels.kernel import build_kernel
from qlangevin.sde.kernels.sum_layout import layout, statistics, summed_products
from qlangevin.sde.terms import detune, drive, exchange, kerr, lose, press, rub, squeeze

from .. import naive

STEP = 0.01


def optomechanics():
    """Model like the spinning resonator, at amplitudes so small that the NumPy twin is accurate."""
    return Model.build(
        ["driven", "reflected", "motion"],
        [
            detune("driven", 1.0),
            detune("reflected", 0.7),
            detune("motion", 1.0),
            exchange("driven", "reflected", 0.3),
            press("driven", "motion", 0.05),
            press("reflected", "motion", 0.05),
            drive("driven", 2.0),
            lose("driven", "in", amplitude_rate=0.6),
            lose("reflected", "out", amplitude_rate=0.6, phase=0.4),
            rub("motion", 0.05, occupation=3.0),
        ],
    )


def cell():
    """A part of it, with shorter code, for the tests of every form."""
    return Model.build(
        ["driven", "motion"],
        [
            detune("driven", 1.0),
            detune("motion", 1.0),
            press("driven", "motion", 0.05),
            drive("driven", 2.0),
            lose("driven", "in", amplitude_rate=0.6, phase=0.4),
            rub("motion", 0.05, occupation=3.0),
        ],
    )


def kerr_mode():
    return Model.build(
        ["a"],
        [detune("a", 0.5), kerr("a", 0.1), drive("a", 1.0 + 0.5j), lose("a", "p", energy_rate=1.0)],
    )


def amplifier():
    return Model.build(
        ["a"],
        [detune("a", 0.5), squeeze("a", 0.2j), lose("a", "p", amplitude_rate=1.0, occupation=1.0)],
    )


def lossless():
    return Model.build(["a"], [detune("a", 0.5), kerr("a", 0.1), drive("a", 0.3)])


MODELS = [optomechanics, kerr_mode, amplifier, lossless]


COUPLED, ACCOMPANIED, SINGLE = Form(), Form(companion=True), Form(twin=False)
FORMS = [
    ACCOMPANIED,
    *(
        Form(twin, stages=stages, increments=law)
        for twin in (False, True)
        for stages in (1, 2)
        for law in INCREMENTS
    ),
    *(Form(antithetic=True, companion=companion) for companion in (False, True)),
    Form(antithetic=True, stages=2, increments="three-point"),
]


def takes_long(form):
    """Coupled paths of two stages and weak increments take longest to compile."""
    return form.twin and form.stages == 2 and form.increments != "gaussian"


EACH_FORM = [pytest.param(form, marks=[pytest.mark.slow] * takes_long(form)) for form in FORMS]
"""Forms that take longest run with the slow tests."""


def plan_of(
    model, steps, count, form=ACCOMPANIED, samples=1, seed=2**40 + 7, step=STEP, response=None
):
    state = (
        dark_state(model)
        if model.channels
        else Gaussian(np.ones(model.size), 0.5 * np.eye(model.size))
    )
    schedule = np.unique(np.linspace(0, steps, samples + 1).astype(int))
    kernel = build_kernel(model, step, form, response)
    return trajectories.TrajectoryPlan(
        kernel, state, state.square_root(), schedule, np.uint64(seed), count
    )


def final_states(plan, first_cell=0, cells=1, cuts=()):
    """States (cells, variables, CELL) after all steps, advanced in pieces that end at `cuts`."""
    kernel, first = plan.kernel, first_cell * CELL
    G = trajectories._aligned((cells, 4 * CELL), np.uint64)
    X = trajectories._start_states(plan, G, np.arange(first_cell, first_cell + cells))
    tables = kernel.table(trajectories.CHUNK), kernel.table(trajectories.CHUNK // 2)
    u, w = plan.state.mean.copy(), plan.state.mean.copy()
    for begin, steps, _ in plan.segments():
        kernel.shared.reseed(G, plan.seed, first, begin // trajectories.CHUNK, trajectories.STEPS)
        kernel.module.table_rows(u, kernel.coefficients, tables[0], steps)
        kernel.module.table_rows(w, 2 * kernel.coefficients, tables[1], steps // 2)
        stops = [0, *(c - begin for c in cuts if begin < c < begin + steps), steps]
        for a, b in pairwise(stops):
            trajectories._advance(kernel, X, G, tables, a, b)
    return X.reshape(cells, kernel.variables, CELL), u, w


def naive_paths(plan, model, steps, numbers, **options):
    """The same trajectories, of these numbers, by the NumPy twin."""
    start = plan.state.mean, plan.state.square_root()
    options |= {"step": STEP, "steps": steps, "trajectories": numbers}
    return naive.paths(model, *start, seed=int(plan.seed), chunk=trajectories.CHUNK, **options)


@pytest.mark.parametrize("build", MODELS)
@pytest.mark.parametrize("steps", [6, 1031])
def test_kernel_equals_its_naive_twin_to_rounding(build, steps):
    """Full states of size ~5 carry 1e-15 of rounding, amplified over 1031 steps by at most ~10³."""
    model = build()
    plan = plan_of(model, steps, 2 * CELL)
    X, u, w = final_states(plan, cells=2)
    n = model.size
    expected = naive_paths(plan, model, steps, np.arange(2 * CELL))
    x, y, z = (np.concatenate(X[:, g * n : (g + 1) * n], axis=-1) for g in range(3))
    np.testing.assert_allclose(u, expected["mean"], rtol=1e-11)
    np.testing.assert_allclose(y, expected["y"], atol=1e-9)
    np.testing.assert_allclose(u[:, None] + x, expected["x"], atol=1e-9)
    np.testing.assert_allclose(w[:, None] + z, expected["z"], atol=1e-9)


@pytest.mark.parametrize("form", EACH_FORM)
def test_every_form_equals_its_naive_twin_to_rounding(form):
    """An odd number of steps, over a reseeding."""
    model, steps = cell(), 1031
    plan = plan_of(model, steps, CELL, form)
    X, u, _ = final_states(plan)
    options = {"stages": form.stages, "increments": form.increments}
    expected = naive_paths(plan, model, steps, np.arange(CELL), **options)
    np.testing.assert_allclose(u, expected["mean"], rtol=1e-11)
    np.testing.assert_allclose(exact_step_law(plan).mean[-1], u, rtol=1e-15)
    if form.twin:
        np.testing.assert_allclose(u[:, None] + X[0, :4], expected["x"], atol=1e-9)
        np.testing.assert_allclose(X[0, 4:8], expected["y"], atol=1e-9)
        if form.antithetic:
            np.testing.assert_allclose(u[:, None] - X[0, -4:], expected["opposite"], atol=1e-9)
    else:
        np.testing.assert_allclose(X[0], expected["x"], atol=1e-9)


def test_more_than_30_channels_take_a_second_word_of_bits():
    """32 channels on one cavity: the two-point kernel against its naive twin."""
    model = Model.build(
        ["a"], [lose("a", f"port{k}", amplitude_rate=0.01 * (k + 1)) for k in range(16)]
    )
    plan = plan_of(model, 4, CELL, Form(twin=False, increments="two-point"))
    X, _, _ = final_states(plan)
    expected = naive_paths(plan, model, 4, np.arange(CELL), increments="two-point")
    assert len(model.channels) == 32
    np.testing.assert_allclose(X[0], expected["x"], atol=1e-12)


@pytest.mark.parametrize("cuts", [(1,), (3, 4), (1, 2, 3, 5, 1024, 1025, 1027)])
@pytest.mark.parametrize(
    "form", [ACCOMPANIED, SINGLE, Form(stages=2), Form(increments="two-point")]
)
def test_splitting_a_run_at_odd_steps_keeps_every_bit(cuts, form):
    plan = plan_of(cell(), 1030, CELL, form)
    np.testing.assert_array_equal(final_states(plan)[0], final_states(plan, cuts=cuts)[0])


def test_without_companion_and_opposites_paths_and_twins_keep_every_bit():
    model = cell()
    n = model.size
    forms = (COUPLED, ACCOMPANIED, Form(antithetic=True))
    alone, *others = (final_states(plan_of(model, 50, CELL, form))[0][:, : 2 * n] for form in forms)
    for other in others:
        np.testing.assert_array_equal(alone, other)


def test_a_cell_does_not_depend_on_its_block():
    plan = plan_of(optomechanics(), 20, 4 * CELL)
    np.testing.assert_array_equal(
        final_states(plan, first_cell=2, cells=1)[0][0], final_states(plan, cells=4)[0][2]
    )


@pytest.mark.parametrize("form", EACH_FORM)
@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_a_lane_that_is_not_finite_is_reported_and_leaves_its_neighbours_alone(form, poison):
    plan = plan_of(cell(), 4, CELL, form)
    kernel, n = plan.kernel, 4
    X, _, _ = final_states(plan)
    clean = X.copy()
    X[0, 1, 17] = poison
    G = trajectories._aligned((1, 4 * CELL), np.uint64)
    tables = kernel.table(4), kernel.table(2)
    for state in (X, clean):
        kernel.shared.reseed(G, plan.seed, 0, 9, trajectories.STEPS)
        for begin, end in ((0, 1), (1, 4)):
            trajectories._advance(kernel, state.reshape(1, -1), G, tables, begin, end)
    sums, lost = np.zeros((1, plan.statistics)), np.zeros(1, np.uint64)
    kernel.accumulate(X.reshape(1, -1), np.array([CELL]), np.zeros(n), plan.summed, sums, lost)
    assert lost[0] == np.uint64(1) << np.uint64(17)
    assert np.isnan(sums).any()
    others = np.arange(CELL) != 17
    np.testing.assert_array_equal(X[0][:, others], clean[0][:, others])


@pytest.mark.parametrize(("path", "loses"), [("x", True), ("y", False), ("z", False), ("m", True)])
def test_a_lane_is_lost_with_its_full_paths_alone(path, loses):
    form = Form(companion=True, antithetic=True)
    plan = plan_of(cell(), 4, CELL, form)
    kernel = plan.kernel
    X = np.ones((1, kernel.variables, CELL))
    X[0, 4 * form.paths.index(path) + 2, 5] = np.nan
    sums, lost = np.zeros((1, plan.statistics)), np.zeros(1, np.uint64)
    kernel.accumulate(X.reshape(1, -1), np.array([CELL]), np.zeros(4), plan.summed, sums, lost)
    assert lost[0] == np.uint64(loses) << np.uint64(5)
    full = layout(4, True, True)["full2"]
    assert np.isfinite(sums[0, full]).all() != loses


@pytest.mark.parametrize("live", [CELL, 13, 0])
@pytest.mark.parametrize("antithetic", [False, True])
@pytest.mark.parametrize("companion", [False, True])
def test_sums_over_live_lanes_equal_numpy(live, antithetic, companion):
    form = Form(companion=companion, antithetic=antithetic)
    plan = plan_of(cell(), 2, 2 * CELL, form)
    kernel = plan.kernel
    X = np.random.default_rng(0).normal(size=(1, kernel.variables, CELL))
    sums, lost = np.zeros((1, plan.statistics)), np.zeros(1, np.uint64)
    kernel.accumulate(X.reshape(1, -1), np.array([live]), np.zeros(4), plan.summed, sums, lost)
    states = {path: X[0, 4 * g : 4 * g + 4, :live] for g, path in enumerate(form.paths)}
    x, y = moments(states["x"]), moments(states["y"])
    if antithetic:
        x = {order: (values + moments(-states["m"])[order]) / 2 for order, values in x.items()}
        y |= {"1": np.zeros(4), "3": np.zeros(4)}
    expected = {f"full{order}": values for order, values in x.items()}
    expected |= {f"twin{order}": y[order] for order in "12"}
    expected |= {f"error{order}": x[order] - y[order] for order in "1234"}
    if companion:
        z, fine = moments(states["z"]), moments(states["x"])
        expected |= {f"step{order}": z[order] - fine[order] for order in "12"}
        expected["step²"] = np.sum((states["z"] - states["x"]) ** 2, axis=1)
    places = layout(4, True, companion)
    assert places.keys() == expected.keys()
    for name, place in places.items():
        np.testing.assert_allclose(sums[0, place], expected[name], atol=1e-11, err_msg=name)
    assert lost[0] == 0


@pytest.mark.parametrize("antithetic", [False, True])
@pytest.mark.parametrize("pairs", [[], [(2, 0)], [(0, 1), (1, 3)]])
def test_kept_products_are_summed_to_the_same_bits_as_all(pairs, antithetic):
    """Of eight quadratures, more than a row of tiles; the sums of single quadratures stay."""
    form = Form(companion=True, antithetic=antithetic)
    kernel = plan_of(cell(), 2, CELL, form).kernel
    X = np.random.default_rng(1).normal(size=(2, 8 * len(form.paths) * CELL))
    labels = [f"{mode}.{x}" for mode in "abcd" for x in "XY"]
    found = {}
    for kept in (KeptElements.all(labels), KeptElements.of_modes(labels, pairs)):
        places = layout(8, True, True, kept.count)
        sums, lost = np.zeros((2, statistics(8, True, True, kept.count))), np.zeros(2, np.uint64)
        live, products = np.array([CELL, 40]), summed_products(kept.rows, kept.columns)
        kernel.accumulate(X, live, np.zeros(8), products, sums, lost)
        found[kept.matrices] = {name: sums[:, place] for name, place in places.items()}
    assert kept.count == 3 * 4 + 4 * len(pairs)
    for name, values in found[True].items():
        expected = kept.packed(kept_in_full(values)) if name.endswith("2") else values
        np.testing.assert_array_equal(found[False][name], expected, err_msg=name)


def kept_in_full(triangles):
    """Symmetric matrices (..., 8, 8) of upper triangles."""
    return KeptElements.all([""] * 8).shaped(triangles)


def test_sums_of_single_states_are_taken_about_the_centre():
    plan = plan_of(cell(), 2, CELL, SINGLE)
    kernel = plan.kernel
    X, centre = np.random.default_rng(0).normal(size=(1, 4, CELL)), np.arange(4.0)
    sums, lost = np.zeros((1, plan.statistics)), np.zeros(1, np.uint64)
    kernel.accumulate(X.reshape(1, -1), np.array([CELL]), centre, plan.summed, sums, lost)
    expected = moments(X[0] - centre[:, None])
    for order in "1234":
        place = layout(4, False, False)[f"full{order}"]
        np.testing.assert_allclose(sums[0, place], expected[order], rtol=1e-11, atol=1e-11)


def moments(x):
    """Sums over states (n, lanes): of powers, and of products on the upper triangle."""
    powers = {"1": x, "3": x**3, "4": x**4}
    return {order: power.sum(axis=1) for order, power in powers.items()} | {
        "2": (x @ x.T)[np.triu_indices(len(x))]
    }


def test_step_law_and_transition_equal_numpy_along_a_moving_mean():
    model = optomechanics()
    plan = plan_of(model, 40, CELL, samples=4)
    paths = exact_step_law(plan)
    u, V, P = plan.state.mean.copy(), plan.state.covariance.copy(), np.eye(6)
    for step in range(1, 41):
        M = np.eye(6) + STEP * model.jacobian(u, "mean")
        V, P, u = M @ V @ M.T + STEP * model.diffusion, M @ P, u + STEP * model.drift(u, "mean")
        if step % 10 == 0:
            np.testing.assert_allclose(paths.mean[step // 10], u, rtol=1e-12)
            np.testing.assert_allclose(paths.covariance[step // 10], V, rtol=1e-11, atol=1e-13)
            np.testing.assert_allclose(paths.transition[step // 10], P, rtol=1e-11, atol=1e-13)
            P = np.eye(6)


@pytest.mark.parametrize("increments", ["gaussian", "three-point"])
def test_step_law_of_two_stages_equals_numpy_along_a_moving_mean(increments):
    """Step matrix and noise of y ← y + (E₁ y + 2E₂ v)/3 + B I, v = y + ¾E₁ y + ¾(I + J)."""
    model = cell()
    plan = plan_of(model, 12, CELL, Form(stages=2, increments=increments))
    paths = exact_step_law(plan)
    u, V, P = plan.state.mean.copy(), plan.state.covariance.copy(), np.eye(4)
    for _ in range(12):
        v = u + 0.75 * STEP * model.drift(u, "mean")
        first, second = (STEP * model.jacobian(at, "mean") for at in (u, v))
        M = np.eye(4) + first / 3 + 2 / 3 * second @ (np.eye(4) + 0.75 * first)
        on_increment = np.eye(4) + 0.5 * second
        D = STEP * model.diffusion
        V = M @ V @ M.T + on_increment @ D @ on_increment.T + second @ D @ second.T / 12
        P, u = M @ P, u + STEP * (model.drift(u, "mean") + 2 * model.drift(v, "mean")) / 3
    np.testing.assert_allclose(paths.mean[-1], u, rtol=1e-12)
    np.testing.assert_allclose(paths.covariance[-1], V, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(paths.transition[-1], P, rtol=1e-11, atol=1e-13)


def test_unused_lanes_of_the_last_cell_do_not_count():
    """70 trajectories: the last cell holds 6."""
    plan = plan_of(optomechanics(), 4, 70)
    sums, _, _ = batches.sum_cells(plan, exact_step_law(plan).mean, np.array([1]), Event())
    X, _, _ = final_states(plan, first_cell=1)
    np.testing.assert_allclose(sums[0, -1, :6], X[0, :6, :6].sum(axis=1), atol=1e-12)
