"""Squeezed light into a port: closed forms at rest and in time, through feeds, and refusals."""

import numpy as np
import pytest

import qlangevin as ql
from qlangevin.sde.terms import amplify, detune, feed, jump, lose, shine

KAPPA, N, R, PHI = 2e6, 0.7, 0.6, 0.4


def input_covariance(n=N, r=R, angle=PHI):
    """(n + ½)e^{∓2r} along and across an angle."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (n + 0.5) * turn @ np.diag([np.exp(-2 * r), np.exp(2 * r)]) @ turn.T


def squeezed_cavity(**changes):
    chosen = {"occupation": N, "squeezing": R, "squeezing_angle": PHI} | changes
    return lose("a", "fibre", amplitude_rate=KAPPA, **chosen)


def test_a_mode_at_rest_has_the_covariance_of_its_squeezed_input():
    V = ql.steady_state(ql.Model.build(["a"], squeezed_cavity()))["covariance"].values[0]
    np.testing.assert_allclose(V, input_covariance(), rtol=1e-12)


def test_the_transient_approaches_the_input_at_twice_the_amplitude_rate():
    moments = ql.propagate_moments(
        ql.Model.build(["a"], squeezed_cavity()), duration=3 / KAPPA, samples=7
    )
    kept = np.exp(-2 * KAPPA * moments["time"].values)[:, None, None]
    wanted = kept * (N + 0.5) * np.eye(2) + (1 - kept) * input_covariance()
    np.testing.assert_allclose(moments["covariance"].values, wanted, rtol=1e-9)


def test_the_squeezed_quadrature_of_a_detuned_mode_turns_and_averages():
    delta = 3e6
    model = ql.Model.build(["a"], [squeezed_cavity(), detune("a", delta)])
    V = ql.steady_state(model)["covariance"].values[0]
    squeezed = (N + 0.5) * np.sinh(2 * R) * np.exp(2j * PHI) / (1 + 1j * delta / KAPPA)
    mean = (N + 0.5) * np.cosh(2 * R)
    wanted = [[mean - squeezed.real, -squeezed.imag], [-squeezed.imag, mean + squeezed.real]]
    np.testing.assert_allclose(V, wanted, rtol=1e-12)


@pytest.mark.parametrize("transmission", [1.0, 0.6])
def test_a_feed_carries_the_squeezing_on(transmission):
    """A cavity of one port passes resonant squeezed light; the second sees it with loss."""
    terms = [
        squeezed_cavity(occupation=0),
        lose("b", "second", amplitude_rate=1e-3 * KAPPA),
        feed("fibre", "second", transmission=transmission, phase=0.3),
    ]
    V = ql.steady_state(ql.Model.build(["a", "b"], terms))["covariance"].values[0][2:, 2:]
    arriving = input_covariance(n=0, angle=PHI + 0.3)
    wanted = transmission * arriving + (1 - transmission) * 0.5 * np.eye(2)
    np.testing.assert_allclose(V, wanted, rtol=5e-3)


def test_gain_from_squeezed_light_has_the_noise_of_the_conjugate_input():
    gain = amplify(
        "b", "fibre", energy_rate=3.0, occupation=N, squeezing=R, squeezing_angle=PHI, phase=0.0
    )
    model = ql.Model.build(["b"], gain)
    np.testing.assert_allclose(model.diffusion, 3.0 * input_covariance(angle=-PHI), rtol=1e-12)
    np.testing.assert_allclose(model.A, 1.5 * np.eye(2))
    both = ql.Model.build(["a", "b"], [gain, squeezed_cavity()])
    np.testing.assert_allclose(both.diffusion[2:, 2:], model.diffusion, rtol=1e-12)


def test_the_dark_state_has_no_squeezed_light():
    from qlangevin.sde.initial_states import dark_state

    state = dark_state(ql.Model.build(["a"], squeezed_cavity()))
    np.testing.assert_allclose(state.covariance, (N + 0.5) * np.eye(2), rtol=1e-14)


def test_the_dark_state_is_vacuum_at_points_where_a_feed_replaces_squeezed_light():
    from qlangevin.sde.initial_states import dark_state

    losses = [lose("a", "p", energy_rate=1.0), lose("b", "q", energy_rate=1.0, squeezing=0.3)]
    link = feed("p", "q", transmission=np.array([0.5, 1.0]))
    state = dark_state(ql.Model.build(["a", "b"], [*losses, link]))
    vacuum = np.broadcast_to(0.5 * np.eye(4), (2, 4, 4))
    np.testing.assert_allclose(state.covariance, vacuum, atol=1e-14)


def test_squeezed_inputs_keep_commutators_at_all_points():
    r = np.linspace(-2, 2, 5)
    model = ql.Model.build(["a"], squeezed_cavity(squeezing=r, occupation=0))
    V = ql.solve_lyapunov(model.A, model.diffusion)
    assert model.batch == (5,)
    np.testing.assert_allclose(np.sqrt(np.linalg.det(V)), 0.5, rtol=1e-12)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (
            [squeezed_cavity(), lose("b", "fibre", amplitude_rate=1.0, occupation=N)],
            "one bath: squ",
        ),
        (
            [squeezed_cavity(), jump("fibre", ql.operators("b")[0], occupation=N, squeezing=R)],
            "squeezing_angle 0.0 differs from 0.4",
        ),
        (
            [
                lose("a", "first", amplitude_rate=1.0),
                lose("b", "second", amplitude_rate=1.0, squeezing=0.2),
                feed("first", "second"),
            ],
            "'second' has no input of its own, since all its light comes from port 'first'",
        ),
    ],
)
def test_a_port_has_one_input(terms, message):
    with pytest.raises(ValueError, match=message):
        ql.Model.build(["a", "b"], terms)


@pytest.mark.parametrize("r", [np.inf, np.nan, 1j, "x"])
def test_squeezing_must_be_a_finite_number(r):
    with pytest.raises(ValueError, match="squeezing of lose"):
        squeezed_cavity(squeezing=r)


def test_coherent_light_passes_a_squeezed_port_unchanged():
    plain = ql.Model.build(["a"], [lose("a", "fibre", amplitude_rate=KAPPA), shine("fibre", 3.0)])
    squeezed = ql.Model.build(["a"], [squeezed_cavity(), shine("fibre", 3.0)])
    np.testing.assert_array_equal(plain.c, squeezed.c)
    np.testing.assert_array_equal(plain.A, squeezed.A)
