"""A model's arrays and what derives from them."""

import dataclasses

import numpy as np
import pytest

from qlangevin.sde import Model
from qlangevin.sde.terms import detune, drive, exchange, kerr, lose, press, rub, squeeze

OMEGA = np.kron(np.eye(3), [[0, 1], [-1, 0]])
TERMS = [
    detune("a", 1.0),
    detune("b", -0.4),
    detune("m", 2.0),
    exchange("a", "b", 0.3 + 0.2j),
    squeeze("b", 0.1 - 0.3j),
    kerr("a", 0.7),
    press("b", "m", 0.5),
    drive("a", 1.0 - 2.0j),
    lose("a", "left", amplitude_rate=0.5, phase=0.3),
    lose("b", "left", energy_rate=0.8),
    rub("m", 0.1, occupation=2.0),
]


@pytest.fixture
def model():
    return Model.build(["a", "b", "m"], TERMS)


@pytest.fixture
def u():
    return np.random.default_rng(0).normal(size=6)


def complex_step(function, u):
    return np.array([function(u + 1e-30j * e).imag / 1e-30 for e in np.eye(len(u))]).T


@pytest.mark.parametrize("level", ["weyl", "mean"])
def test_jacobian_equals_complex_step_differences_of_the_drift(model, u, level):
    np.testing.assert_allclose(
        model.jacobian(u, level),
        complex_step(lambda v: model.drift(v, level), u),
        rtol=1e-12,
        atol=1e-12,
    )


def test_expansion_about_a_mean_is_exact(model, u):
    delta = np.random.default_rng(1).normal(size=6)
    np.testing.assert_allclose(model.about(u).drift(delta), model.drift(u + delta), rtol=1e-13)


def test_averaged_drift_is_the_gaussian_average(model, u):
    """By Gauss–Hermite cubature, three nodes in each of six directions: exact for cubic drifts."""
    root = 0.5 * np.random.default_rng(2).normal(size=(6, 6))
    nodes, weights = np.polynomial.hermite_e.hermegauss(3)
    grid = np.stack(np.meshgrid(*[nodes] * 6, indexing="ij"), axis=-1).reshape(-1, 6)
    weight = np.prod(
        np.stack(np.meshgrid(*[weights / weights.sum()] * 6, indexing="ij"), -1).reshape(-1, 6),
        axis=1,
    )
    exact = weight @ model.drift(u + grid @ root.T)
    np.testing.assert_allclose(model.averaged(root @ root.T).drift(u), exact, rtol=1e-11)


@pytest.mark.parametrize("s", [0.5, 1.0, 40.0])
def test_scaling_the_nonlinearity_scales_couplings_up_and_drives_down(s):
    changed = [kerr("a", 0.7 * s**2), press("b", "m", 0.5 * s), drive("a", (1.0 - 2.0j) / s)]
    built = Model.build(["a", "b", "m"], [*TERMS[:5], *changed, *TERMS[8:]])
    scaled = Model.build(["a", "b", "m"], TERMS).scaled(s)
    u = np.linspace(-1.3, 2.1, 6)
    for level in ("weyl", "mean"):
        np.testing.assert_allclose(scaled.drift(u, level), built.drift(u, level), rtol=1e-13)
    np.testing.assert_array_equal(scaled.B, built.B)


def test_scaling_the_nonlinearity_keeps_the_linear_fluctuations_about_the_shrunken_mean(model, u):
    np.testing.assert_allclose(
        model.scaled(7.0).jacobian(u / 7.0, "mean"), model.jacobian(u, "mean"), rtol=1e-12
    )


@pytest.mark.parametrize("s", [0.0, -1.0, np.nan, np.inf, "1"])
def test_a_nonlinearity_that_is_not_positive_is_refused(model, s):
    with pytest.raises(ValueError, match="nonlinearity must be positive"):
        model.scaled(s)


def test_dense_tensors_give_the_same_drift(model, u):
    Q, K = model.tensors
    dense = model.c + model.A @ u + Q @ u @ u + K @ u @ u @ u
    np.testing.assert_allclose(dense, model.drift(u), rtol=1e-13)


def test_the_order_of_terms_does_not_matter(model, u):
    np.testing.assert_allclose(
        Model.build(["a", "b", "m"], TERMS[::-1]).drift(u), model.drift(u), rtol=1e-13
    )


def test_leading_axes_equal_a_loop_over_parameter_points(u):
    rates = np.array([0.5, 1.0, 2.0])

    def build(rate):
        return Model.build(
            ["a", "m"],
            [detune("a", rate), press("a", "m", rate), lose("a", "p", amplitude_rate=rate)],
        )

    many = build(rates)
    assert many.batch == (3,)
    for k, rate in enumerate(rates):
        np.testing.assert_allclose(many.drift(u[:4])[k], build(rate).drift(u[:4]))
        np.testing.assert_allclose(many.jacobian(u[:4])[k], build(rate).jacobian(u[:4]))
        np.testing.assert_allclose(many.diffusion[k], build(rate).diffusion)


def lossy_cavity(rates):
    return Model.build(
        ["a", "m"],
        [
            detune("a", rates),
            press("a", "m", rates),
            drive("a", rates),
            lose("a", "p", energy_rate=rates),
        ],
    )


def assert_equal_models(model, other):
    for name in ("c", "A", "B"):
        np.testing.assert_array_equal(getattr(model, name), getattr(other, name))
    np.testing.assert_array_equal(model.Q.value, other.Q.value)
    for port, same in zip(model.ports.values(), other.ports.values(), strict=True):
        for name in ("C", "D", "d", "shone"):
            np.testing.assert_array_equal(getattr(port, name), getattr(same, name))


RATES = np.arange(1.0, 7.0).reshape(3, 2)


@pytest.mark.parametrize(
    ("points", "rates"),
    [
        (3, 4.0),
        ([0, 5, 0], [1.0, 6.0, 1.0]),
        (np.array([[4], [1]]), [[5.0], [2.0]]),
        (RATES > 4, [5.0, 6.0]),
        (None, RATES.ravel()),
        ([], []),
    ],
)
def test_a_model_at_some_points_is_that_of_their_parameters(points, rates):
    assert_equal_models(lossy_cavity(RATES).at(points), lossy_cavity(np.array(rates)))


def test_the_only_point_of_a_model_has_number_0(u):
    one = lossy_cavity(2.0)
    assert one.at().batch == (1,)
    assert_equal_models(one.at(0), one)
    with pytest.raises(ValueError, match="from 0 to 0"):
        one.at(1)


def test_an_expansion_at_some_points_broadcasts_what_they_share(u):
    """B and the ports have no leading axes here, c and A have those of the means."""
    about = lossy_cavity(2.0).about(np.stack([u[:4], 2 * u[:4]]))
    assert_equal_models(about.at(1), lossy_cavity(2.0).about(2 * u[:4]))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (6, "from 0 to 5"),
        (-1, "from 0 to 5"),
        (1.0, "whole numbers"),
        ("a", "whole numbers"),
        ([True, False], "mask of shape"),
    ],
)
def test_points_that_are_not_there_are_refused(points, message):
    with pytest.raises(ValueError, match=message):
        lossy_cavity(RATES).at(points)


def test_the_deterministic_model_has_the_drift_without_noise(model, u):
    quiet = model.deterministic
    np.testing.assert_array_equal(quiet.drift(u), model.drift(u))
    assert not quiet.diffusion.any()
    assert not quiet.ports


def test_light_has_x_and_y_motion_has_q_and_p(model):
    assert model.quadratures == ("a.X", "a.Y", "b.X", "b.Y", "m.q", "m.p")


def test_drift_and_noise_of_ports_together_keep_the_commutators():
    model = Model.build(
        ["a", "b"], [lose("a", "p", energy_rate=1.0, phase=0.7), lose("b", "p", energy_rate=2.0)]
    )
    omega = OMEGA[:4, :4]
    kept = model.diffusion - 0.5j * (model.A @ omega + omega @ model.A.T)
    assert np.linalg.eigvalsh(kept).min() > -1e-15
    vacuum = model.A / 2 + model.A.T / 2 + model.diffusion
    np.testing.assert_allclose(vacuum, 0, atol=1e-15)


def test_light_leaving_a_port_keeps_its_commutator_and_its_noise_power():
    """a_out = a_in − L: one vacuum quantum in, the same out, for V = ½ and any rate."""
    model = Model.build(["a"], [lose("a", "p", energy_rate=1.3, phase=0.4)])
    port = model.ports["p"]
    cross = port.C @ np.eye(2) * 0.5 + port.D @ model.B.T
    np.testing.assert_allclose(cross + cross.T, np.diag(np.diag(cross + cross.T)), atol=1e-15)
    np.testing.assert_allclose(port.D @ port.D.T, 0.5 * np.eye(2), atol=1e-15)
    np.testing.assert_allclose(port.C @ np.eye(2) * 0.5 + port.D @ model.B.T, 0, atol=1e-15)


@pytest.mark.parametrize(
    ("modes", "terms", "message"),
    [
        (["a"], [detune("b", 1.0)], "mode 'b'"),
        (["a", "a"], [], "distinct"),
        (
            ["a"],
            [lose("a", "p", energy_rate=1.0), lose("a", "p", energy_rate=1.0, occupation=1.0)],
            "one bath",
        ),
    ],
)
def test_models_that_make_no_sense_are_refused(modes, terms, message):
    with pytest.raises(ValueError, match=message):
        Model.build(modes, terms)


def test_states_and_levels_that_do_not_fit_are_refused(model, u):
    with pytest.raises(ValueError, match="one entry per quadrature"):
        model.drift(u[:4])
    with pytest.raises(ValueError, match="level must be"):
        model.drift(u, level="classical")


def test_arrays_that_are_not_finite_make_no_model(model):
    with pytest.raises(ValueError, match="A must be finite"):
        dataclasses.replace(model, A=np.nan * model.A)
