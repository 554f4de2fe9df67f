"""Hamiltonian and collapse operators of a model, against Fock space and closed forms."""

from dataclasses import replace

import numpy as np
import pytest
import qutip

from qlangevin.sde import Gaussian, Model, propagate_moments
from qlangevin.sde.model import Monomials
from qlangevin.sde.support.memory import RoomError
from qlangevin.sde.systems import SYSTEMS
from qlangevin.sde.terms import (
    Energy,
    amplify,
    backscatter,
    couple_positions,
    cross_kerr,
    detune,
    drive,
    exchange,
    feed,
    hamiltonian,
    jump,
    kerr,
    lose,
    press,
    press_quadratically,
    rub,
    shine,
    squeeze,
    squeeze_modes,
)
from qlangevin.steady import steady_state
from tests.truth import quantum
from tests.truth.cases import steady_kerr


def squeezed_bath(mode, port, rate, r, phase, occupation=0.0):
    return [
        lose(mode, port, energy_rate=rate * np.cosh(r) ** 2, occupation=occupation),
        amplify(mode, port, energy_rate=rate * np.sinh(r) ** 2, phase=phase, occupation=occupation),
    ]


def cascade(shone=0.2):
    return [
        detune("a", 0.3),
        exchange("a", "b", 0.2 - 0.1j),
        lose("a", "left", energy_rate=2.0, phase=0.4),
        lose("a", "other", energy_rate=0.3),
        lose("b", "right", energy_rate=1.5, phase=-0.7),
        feed("left", "right", transmission=0.8, phase=1.1),
        shine("left", shone * (1 + 1j)),
    ]


def random_energy(seed):
    """All monomials of two modes up to degree four, with random coefficients."""
    r = np.random.default_rng(seed)
    quadratures = [(mode, axis) for mode in "ab" for axis in (0, 1)]
    chosen = [
        [quadratures[j] for j in sorted(r.integers(0, 4, size=degree))]
        for degree in (1, 2, 2, 3, 3, 3, 4, 4, 4, 4)
    ]
    return [Energy([(r.normal(), factors) for factors in chosen])]


MODELS = {
    "detune": [detune("a", 1.5)],
    "exchange": [exchange("a", "b", 0.3 + 0.4j)],
    "squeeze": [squeeze("a", 0.2 - 0.5j)],
    "kerr": [kerr("a", 0.8), kerr("b", -0.3)],
    "press": [press("a", "b", 0.4), detune("b", 1.0)],
    "drive": [drive("b", 0.3 - 0.6j)],
    "lose": [lose("a", "p", energy_rate=0.8, phase=1.0)],
    "lose warm": [lose("b", "p", energy_rate=0.8, occupation=0.6)],
    "amplify": [amplify("a", "p", energy_rate=0.8, phase=1.0, occupation=0.2)],
    "shared port": [lose("a", "p", energy_rate=0.8), lose("b", "p", energy_rate=0.3, phase=0.5)],
    "squeezed bath": squeezed_bath("a", "p", 1.3, 0.6, 0.7),
    "warm squeezed bath": squeezed_bath("b", "p", 1.3, 0.6, -0.7, occupation=0.4),
    "recoil": [lose("b", "p", energy_rate=0.7), amplify("b", "p", energy_rate=0.7)],
    "cascade": cascade(),
    "squeezed cascade": [
        *cascade(),
        amplify("a", "left", energy_rate=0.4, phase=0.3),
        squeeze("b", 0.1j),
    ],
    "dissipative coupling": [
        lose("a", "p", energy_rate=1.0, occupation=0.5),
        lose("b", "q", energy_rate=1.0, occupation=0.5),
        backscatter("a", "b", 0.5, 0.2j),
    ],
    "optomechanics": [
        detune("a", 0.9),
        detune("b", 1.0),
        press("a", "b", 0.35),
        lose("a", "p", energy_rate=1.0),
        shine("p", 0.2),
        lose("b", "bath", energy_rate=0.1, occupation=0.5),
    ],
    "quartic 1": random_energy(1),
    "quartic 2": random_energy(2),
    "quartic 3": random_energy(3),
}
"""Terms of two modes a and b."""


def model_of(name):
    return Model.build(["a", "b"], MODELS[name])


@pytest.mark.parametrize("name", MODELS)
def test_moments_of_a_coherent_state_move_as_the_model_says(name):
    """d⟨u⟩/dt is the mean-level drift f(u); dV/dt = (A + Aᵀ)/2 + D with A = ∂f(u), as V = ½.

    Both are exact for a Hamiltonian of degree four: of third derivatives, in ⟨u⟩ and V none remain.
    """
    model = model_of(name)
    alpha = np.array([0.25 - 0.2j, -0.1 + 0.3j])
    u = np.sqrt(2) * np.stack([alpha.real, alpha.imag], -1).ravel()
    dims = [12, 12]
    H, jumps = model.to_qutip(dims)
    state = qutip.tensor([qutip.coherent(d, z) for d, z in zip(dims, alpha, strict=True)])

    def rate(observable):
        """⟨i[H, O] + Σ (L†OL − ½L†LO − ½OL†L)⟩, from products of matrices with the state alone."""
        turned = observable * state
        change = 2 * turned.overlap(H * state).imag
        for L in jumps:
            jumped = L * state
            change += jumped.overlap(observable * jumped).real
            change -= turned.overlap(L.dag() * jumped).real
        return change

    x = quantum.quadratures(quantum.lowering(*dims))
    slope = np.array([rate(each) for each in x])
    second = np.array([[rate((each * other + other * each) / 2) for other in x] for each in x])
    A = model.jacobian(u, "mean")
    np.testing.assert_allclose(slope, model.drift(u, "mean"), atol=1e-6)
    np.testing.assert_allclose(
        second - np.outer(u, slope) - np.outer(slope, u), (A + A.T) / 2 + model.diffusion, atol=1e-6
    )


def test_matrix_elements_do_not_depend_on_how_many_states_are_kept():
    model = model_of("quartic 1")
    few, many = (model.to_qutip({"b": k, "a": k + 1})[0].full() for k in (4, 8))
    kept = np.reshape(many, (9, 8, 9, 8))[:5, :4, :5, :4].reshape(20, 20)
    np.testing.assert_allclose(few, kept, atol=1e-13)


@pytest.mark.parametrize("name", ["squeezed bath", "parametric oscillator"])
def test_steady_and_transient_moments_of_a_linear_mode_are_those_of_its_master_equation(name):
    oscillator = [
        detune("a", 0.4),
        squeeze("a", 0.2 + 0.15j),
        drive("a", 0.2),
        lose("a", "p", amplitude_rate=1.0, occupation=0.2),
    ]
    terms = oscillator if name != "squeezed bath" else squeezed_bath("a", "p", 2.0, 0.4, 0.8, 0.1)
    model = Model.build(["a"], terms)
    levels = 30
    H, jumps = model.to_qutip(levels)
    modes = quantum.lowering(levels)
    mean, V = quantum.moments(qutip.steadystate(H, jumps), modes)
    settled = steady_state(model).isel(branch=0)
    np.testing.assert_allclose(mean, settled["mean"], atol=1e-8)
    np.testing.assert_allclose(V, settled["covariance"], atol=1e-8)
    state = quantum.evolve(H, jumps, quantum.coherent(0.5 - 0.3j, levels=[levels]), [0, 0.5])[-1]
    start = Gaussian(np.sqrt(2) * np.array([0.5, -0.3]), np.eye(2) / 2)
    moved = propagate_moments(model, start=start, duration=0.5, samples=2).isel(time=-1)
    mean, V = quantum.moments(state, modes)
    np.testing.assert_allclose(mean, moved["mean_field"], atol=1e-6)
    np.testing.assert_allclose(V, moved["covariance"], atol=1e-6)


def test_steady_moments_of_a_cascade_are_those_of_its_master_equation():
    model = Model.build(["a", "b"], [*cascade(shone=0.01), squeeze("a", 0.003)])
    dims = [4, 4]
    H, jumps = model.to_qutip(dims)
    mean, V = quantum.moments(qutip.steadystate(H, jumps), quantum.lowering(*dims))
    settled = steady_state(model).isel(branch=0)
    np.testing.assert_allclose(mean, settled["mean"], atol=1e-6)
    np.testing.assert_allclose(V, settled["covariance"], atol=1e-6)


def test_a_kerr_cavity_settles_to_the_closed_form():
    """Drummond and Walls, for K = 1, ε = 0.8, Δ = −0.5 and an amplitude decay rate of 1."""
    K, epsilon, delta = 1.0, 0.8, -0.5
    terms = [
        kerr("a", K),
        drive("a", epsilon),
        detune("a", delta),
        lose("a", "p", amplitude_rate=1),
    ]
    H, jumps = Model.build(["a"], terms).to_qutip(25)
    mean, V = quantum.moments(qutip.steadystate(H, jumps), quantum.lowering(25))
    exact_mean, exact_V = steady_kerr(K, epsilon, delta)
    np.testing.assert_allclose(mean, exact_mean, atol=1e-9)
    np.testing.assert_allclose(V, exact_V, atol=1e-9)


def test_about_the_mean_fewer_states_do():
    """A cavity with 10⁴ photons: about its mean it is a vacuum, in three Fock states as in 30."""
    terms = [drive("a", 100.0), detune("a", 0.3), lose("a", "p", amplitude_rate=1.0)]
    model = Model.build(["a"], terms)
    mean = steady_state(model)["mean"].values[0]
    H, jumps = model.about(mean).to_qutip(3)
    state = qutip.steadystate(H, jumps)
    assert abs(state[0, 0]) == pytest.approx(1.0, abs=1e-12)


def unequal_scales():
    """Fast light, a slow warm oscillator, and a strongly squeezed bath."""
    return [
        detune("a", 6e9),
        press("a", "b", 30.0),
        drive("a", 1e12 - 3e11j),
        lose("a", "p", energy_rate=3e7, squeezing=2.5, squeezing_angle=0.4),
        detune("b", 1e6),
        lose("b", "bath", energy_rate=0.1, occupation=1e6),
    ]


ROUND_TRIPS = MODELS | {
    "two-mode squeezing": [squeeze_modes("a", "b", 0.3 - 0.2j)],
    "cross-Kerr": [cross_kerr("a", "b", 0.7), kerr("b", 1e-3)],
    "positions": [couple_positions("a", "b", 0.7), press_quadratically("a", "b", 0.2)],
    "strong squeezing": [lose("a", "p", energy_rate=1.0, squeezing=3.0, squeezing_angle=1.0)],
    "unequal scales": unequal_scales(),
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_hamiltonian_and_jumps_build_the_same_model(name):
    assert_rebuilt(Model.build(["a", "b"], ROUND_TRIPS[name]))


@pytest.mark.parametrize("name", ["hybrid", "microrings"])
def test_hamiltonian_and_jumps_of_a_system_build_the_same_model(name):
    assert_rebuilt(SYSTEMS[name].published().model())


def assert_rebuilt(model):
    """The arrays again from H and the jumps, to 1e-13 of the rates of each pair of modes."""
    H, jumps = model.lindblad()
    ports = [jump(f"port{k}", L) for k, L in enumerate(jumps)]
    again = Model.build(model.modes, [hamiltonian(H), *ports])
    noise = np.linalg.norm(model.B, axis=-1).reshape(-1, 2).max(axis=-1).repeat(2)
    rates = np.outer(noise, noise)
    assert np.all(np.abs(again.diffusion - model.diffusion) <= 1e-13 * rates)
    assert np.all(np.abs(again.A - model.A) <= 1e-13 * (rates + np.abs(model.A)))
    np.testing.assert_allclose(again.c, model.c, rtol=1e-13, atol=1e-13 * np.abs(model.c).max())
    for ours, theirs in zip(again.tensors, model.tensors, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-13 * np.abs(theirs).max())


@pytest.mark.parametrize("occupation", [0.0, 2.0, 1e4, 1e9])
def test_a_thermal_bath_has_two_jumps(occupation):
    H, jumps = Model.build(
        ["a"], [lose("a", "p", energy_rate=4.0, occupation=occupation)]
    ).lindblad()
    assert H == 0
    rates = [{powers: abs(complex(c.value)) ** 2 for powers, c in L.terms.items()} for L in jumps]
    expected = [{(("a", 0, 1),): 4 * (occupation + 1)}, {(("a", 1, 0),): 4 * occupation}]
    assert len(rates) == (2 if occupation else 1)
    for found, wanted in zip(rates, expected, strict=False):
        assert found == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("occupation", [0.0, 300.0, 1e5, 1e9])
def test_friction_on_the_momentum_alone_is_refused(occupation):
    model = Model.build(["m"], [detune("m", 1.0), rub("m", 1e-3, occupation=occupation)])
    with pytest.raises(ValueError, match=r"rub\('m', …\) is friction .* lose\('m', port"):
        model.lindblad()


@pytest.mark.parametrize(
    "terms",
    [
        [*cascade()[:-2], feed("left", "right", shared_vacuum=False)],
        [lose("a", "p", energy_rate=1.0), backscatter("a", "b", 1.0, 0.5)],
        [backscatter("a", "b", 1e-6, 0.0), lose("a", "p", energy_rate=1e6)],
    ],
)
def test_noise_that_breaks_commutators_is_refused(terms):
    with pytest.raises(ValueError, match=r"no master equation.*shared_vacuum=True.*conj"):
        Model.build(["a", "b"], terms).lindblad()


def test_a_drift_of_no_hamiltonian_is_refused():
    terms = Monomials(np.array([[0, 0, 1]]), np.array([2.0]))
    with pytest.raises(ValueError, match=r"Q of the model follows from no Hamiltonian.*a\.X"):
        replace(model_of("press"), Q=terms).lindblad()


@pytest.mark.parametrize(("rate", "known"), [(1e7, True), (1e9, False), (1e20, False)])
def test_jumps_that_rounding_hides_are_refused(rate, known):
    """A shared warm port beside a coupling of so high a rate that A has lost the port's digits."""
    ports = [lose(mode, "p", energy_rate=1.0, occupation=0.3) for mode in "ab"]
    model = Model.build(["a", "b"], [exchange("a", "b", rate * np.exp(0.3j)), ports])
    if known:
        assert len(model.lindblad()[1]) == 2
    else:
        with pytest.raises(ValueError, match="lost in rounding"):
            model.lindblad()


def test_parameter_points_are_refused():
    model = Model.build(["a"], [detune("a", [1.0, 2.0])])
    with pytest.raises(ValueError, match=r"one parameter point .*model\.at\(0\)"):
        model.to_qutip(3)
    assert model.at(1).lindblad()[1] == ()


@pytest.mark.parametrize(
    "dims", [1, 2.5, True, None, "3", [3], [3, 3, 3], {"a": 3}, {"a": 3, "c": 3}]
)
def test_dims_that_do_not_fit_the_modes_are_refused(dims):
    with pytest.raises(ValueError, match="dims"):
        model_of("kerr").to_qutip(dims)


def test_matrices_that_exceed_the_memory_are_refused():
    with pytest.raises(RoomError, match=r"1e\+14 Fock states take .* TiB .*model\.about\(mean\)"):
        model_of("kerr").to_qutip(10**7)


def test_without_qutip_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "qutip", None)
    with pytest.raises(ValueError, match=r"pip install .qlangevin\[qutip\]."):
        model_of("kerr").to_qutip(3)
