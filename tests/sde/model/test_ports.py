"""Light between ports: what enters, what leaves, and what one system's light does to the next."""

import numpy as np
import pytest

from qlangevin.analysis import audit_model
from qlangevin.sde import Model
from qlangevin.sde.terms import amplify, detune, feed, lose, shine, squeeze
from qlangevin.steady import solve_lyapunov

KAPPA, GAMMA = 1.3, 0.7


def cascade(*, phase=0.0, transmission=1.0, shared_vacuum=True, order=1, **first):
    """Two detuned cavities in series, energy rates κ and γ; the terms in either order."""
    terms = [
        detune("a", 0.4),
        detune("b", -0.2),
        lose("a", "left", energy_rate=KAPPA, **first),
        lose("b", "right", energy_rate=GAMMA),
        shine("left", 2.0 - 1.0j),
        feed("left", "right", transmission=transmission, phase=phase, shared_vacuum=shared_vacuum),
    ]
    return Model.build(["a", "b"], terms[::order])


def amplitudes(model, alpha, beta):
    """α̇, β̇ at given amplitudes."""
    u = np.sqrt(2) * np.array([alpha.real, alpha.imag, beta.real, beta.imag])
    f = model.drift(u) / np.sqrt(2)
    return f[0] + 1j * f[1], f[2] + 1j * f[3]


@pytest.mark.parametrize("transmission", [1.0, 0.6, 0.0])
@pytest.mark.parametrize("phase", [0.0, 0.8])
def test_the_first_cavity_drives_the_second_and_never_the_reverse(phase, transmission):
    """β̇ = −(iΔ + γ/2)β + √(ηγ) e^{iφ}(ε − √κ α), written out."""
    alpha, beta, epsilon = 0.3 - 0.8j, 1.1 + 0.2j, 2.0 - 1.0j
    first, second = amplitudes(cascade(phase=phase, transmission=transmission), alpha, beta)
    arriving = np.sqrt(transmission) * np.exp(1j * phase) * (epsilon - np.sqrt(KAPPA) * alpha)
    assert first == pytest.approx(-(0.4j + KAPPA / 2) * alpha + np.sqrt(KAPPA) * epsilon, rel=1e-14)
    assert second == pytest.approx(
        -(-0.2j + GAMMA / 2) * beta + np.sqrt(GAMMA) * arriving, rel=1e-14
    )


@pytest.mark.parametrize("transmission", [1.0, 0.6, 0.0])
def test_vacuum_stays_vacuum_through_a_fibre_that_carries_it(transmission):
    model = cascade(phase=0.8, transmission=transmission)
    V = solve_lyapunov(model.A, model.diffusion)
    np.testing.assert_allclose(V, 0.5 * np.eye(4), atol=1e-14)


def test_independent_vacua_at_both_ports_give_an_unphysical_state_of_known_size():
    """Resonant cavities: V₂₂ = ½ + 2κ/(κ + γ) from two vacua.

    A commutator between the modes grows at √(κγ)/2.
    """
    model = Model.build(
        ["a", "b"],
        [
            lose("a", "left", energy_rate=KAPPA),
            lose("b", "right", energy_rate=GAMMA),
            feed("left", "right", shared_vacuum=False),
        ],
    )
    V = solve_lyapunov(model.A, model.diffusion)
    assert V[2, 2] == pytest.approx(0.5 + 2 * KAPPA / (KAPPA + GAMMA), rel=1e-13)
    assert audit_model(model.A, model.diffusion) == pytest.approx(
        -np.sqrt(KAPPA * GAMMA) / 2, rel=1e-12
    )


def test_commutators_are_kept_by_feeds_of_amplified_and_squeezed_light():
    model = Model.build(
        ["a", "b", "c"],
        [
            squeeze("a", 0.1),
            lose("a", "one", energy_rate=1.0, phase=0.3),
            amplify("a", "one", energy_rate=0.2, phase=1.0),
            lose("b", "two", energy_rate=2.0),
            amplify("c", "three", energy_rate=0.3),
            feed("one", "two", transmission=0.7, phase=0.4),
            feed("two", "three", phase=-1.0),
        ],
    )
    assert audit_model(model.A, model.diffusion) >= -1e-14


@pytest.mark.parametrize(("phase", "factor"), [(0.0, 2.0), (np.pi, 0.0), (1.0, 1 + np.cos(1.0))])
def test_light_that_meets_a_mode_twice_interferes_in_drift_and_noise_alike(phase, factor):
    """The output of a mode is fed to its own second port.

    Damping and diffusion are both Γ(1 + cos φ), Γ = ½ + ½.
    """
    terms = [
        lose("a", "p1", energy_rate=1.0),
        lose("a", "p2", energy_rate=1.0),
        feed("p1", "p2", phase=phase),
    ]
    model = Model.build(["a"], terms)
    np.testing.assert_allclose(-np.diag(model.A), factor, atol=1e-15)
    np.testing.assert_allclose(model.diffusion, factor * np.eye(2), atol=1e-15)
    assert audit_model(model.A, model.diffusion) >= -1e-15


def test_light_that_comes_back_by_way_of_another_mode_keeps_the_commutators():
    losses = [
        lose(mode, port, energy_rate=1.0) for mode, port in (("a", "p1"), ("b", "p2"), ("a", "p3"))
    ]
    model = Model.build(
        ["a", "b"], [*losses, feed("p1", "p2", phase=0.3), feed("p2", "p3", transmission=0.8)]
    )
    assert audit_model(model.A, model.diffusion) >= -1e-15


def test_the_order_of_terms_does_not_matter():
    forward, backward = cascade(transmission=0.6), cascade(transmission=0.6, order=-1)
    np.testing.assert_array_equal(forward.A, backward.A)
    np.testing.assert_array_equal(forward.c, backward.c)
    np.testing.assert_allclose(forward.diffusion, backward.diffusion, rtol=0, atol=1e-16)


def test_all_coherent_light_leaves_by_the_open_ports():
    """Energy: what is shone in leaves by the last port, or is lost on the way."""
    model = cascade(phase=0.8)
    steady = np.linalg.solve(model.A, -model.c)
    shares = dict(zip(model.ports, model.light_shares(steady), strict=True))
    assert shares["right"] == pytest.approx(1.0, rel=1e-13)
    lossy = cascade(phase=0.8, transmission=0.6)
    shares = dict(
        zip(lossy.ports, lossy.light_shares(np.linalg.solve(lossy.A, -lossy.c)), strict=True)
    )
    assert shares["left"] == pytest.approx(1.0, rel=1e-13)
    assert shares["right"] == pytest.approx(0.6, rel=1e-13)


def test_nothing_is_transmitted_where_nothing_is_shone_in():
    model = Model.build(["a"], [lose("a", "p", energy_rate=1.0)])
    assert np.isnan(model.light_shares(np.ones(2))).all()


def test_a_hot_first_port_warms_the_second_cavity_through_the_fibre():
    """Both cavities have the bath's occupation when the fibre is their only bath."""
    model = cascade(occupation=2.0)
    np.testing.assert_allclose(
        solve_lyapunov(model.A, model.diffusion), 2.5 * np.eye(4), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ([feed("p", "q"), feed("q", "p")], "loop of feeds p → q, q → p has no solution"),
        ([feed("p", "p")], "light returns to a port with its full amplitude"),
        ([feed("p", "r"), feed("q", "r")], "'r' is fed twice"),
        ([feed("p", "q"), feed("p", "r")], "light of port 'p' is fed twice"),
        ([feed("p", "x")], "there is no port 'x'"),
        ([shine("x", 1.0)], "there is no port 'x'"),
    ],
)
def test_impossible_connections_are_refused_by_name(terms, message):
    losses = [lose("a", port, energy_rate=1.0) for port in "pqr"]
    with pytest.raises(ValueError, match=message):
        Model.build(["a"], [*losses, *terms])


@pytest.mark.parametrize("transmission", [-0.1, 1.1, np.nan])
def test_transmissions_outside_0_to_1_are_refused(transmission):
    with pytest.raises(ValueError, match="transmission of feed"):
        feed("p", "q", transmission=transmission)
