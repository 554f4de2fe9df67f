"""Terms from operators give the arrays of the verbs, of the five systems, and of closed forms."""

import numpy as np
import pytest

import qlangevin as ql
from qlangevin.sde import terms as t
from qlangevin.sde.formulas import thermal_occupation
from qlangevin.sde.systems import (
    CascadedResonators,
    HybridOscillators,
    Microrings,
    ScattererResonator,
    SpinningResonator,
)

R, Z = 0.1234567, 0.77 + 0.33j
POINTS = np.array([0.3, 0.7, 1.9])
a, b = ql.operators("a", "b")
RABI = Z * a.dag() * b


def with_conjugate(operator):
    return operator + operator.dag()


VERBS = {
    "detune": (t.detune("a", R), R * a.dag() * a),
    "detune, points": (t.detune("a", POINTS), POINTS * a.dag() * a),
    "exchange": (t.exchange("a", "b", Z), with_conjugate(Z * a.dag() * b)),
    "squeeze": (t.squeeze("a", Z), with_conjugate(Z * a.dag() ** 2)),
    "kerr": (t.kerr("a", R), R / 2 * a.dag() ** 2 * a**2),
    "press": (t.press("a", "b", R), -R * a.dag() * a * b.x),
    "drive": (t.drive("a", Z), with_conjugate(1j * Z * a.dag())),
    "squeeze_modes": (t.squeeze_modes("a", "b", Z), with_conjugate(Z * b.dag() * a.dag())),
    "cross_kerr": (t.cross_kerr("a", "b", R), R * b.dag() * b * a.dag() * a),
    "couple_positions": (t.couple_positions("a", "b", R), R * b.x * a.x),
    "press_quadratically": (t.press_quadratically("a", "b", R), R * b.x**2 * a.dag() * a),
    "backscatter": (t.backscatter("a", "b", Z, Z.conjugate()), with_conjugate(RABI)),
}


def build(terms):
    return ql.Model.build(["a", "b"], terms)


def assert_equal_arrays(one, other, tolerance=0.0):
    """All arrays equal, to a fraction of the largest entry of each."""
    assert one.channels == other.channels
    assert one.ports.keys() == other.ports.keys()
    pairs = {name: (getattr(one, name), getattr(other, name)) for name in ("c", "A", "B")}
    for name in ("Q", "K"):
        np.testing.assert_array_equal(getattr(one, name).index, getattr(other, name).index)
        pairs[name] = getattr(one, name).value, getattr(other, name).value
    for port, first in one.ports.items():
        second = other.ports[port]
        pairs |= {f"{port}.{x}": (getattr(first, x), getattr(second, x)) for x in ("C", "D", "d")}
    for name, (mine, theirs) in pairs.items():
        atol = tolerance * np.max(np.abs(theirs), initial=0.0)
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize("verb", VERBS)
def test_hamiltonians_of_operators_equal_the_verbs_to_the_last_bit(verb):
    term, H = VERBS[verb]
    assert_equal_arrays(build(t.hamiltonian(H)), build(term))


BATH = {"occupation": 0.4, "squeezing": 0.3, "squeezing_angle": 1.1}


@pytest.mark.parametrize(
    ("verbs", "jumps"),
    [
        (t.lose("a", "f", energy_rate=R, **BATH), t.jump("f", np.sqrt(R) * a, **BATH)),
        (t.lose("a", "f", energy_rate=R, phase=0.7), t.jump("f", np.sqrt(R) * np.exp(0.7j) * a)),
        (
            t.amplify("a", "f", energy_rate=POINTS, occupation=2),
            t.jump("f", np.sqrt(POINTS) * a.dag(), occupation=2),
        ),
        (
            [t.lose("a", "f", energy_rate=2.0), t.amplify("b", "f", energy_rate=0.5, phase=0.2)],
            t.jump("f", np.sqrt(2) * a + np.sqrt(0.5) * np.exp(0.2j) * b.dag()),
        ),
        (
            [t.lose("a", "f", energy_rate=2.0), t.shine("f", Z)],
            t.jump("f", np.sqrt(2) * a + Z),
        ),
    ],
)
def test_jumps_equal_losses_amplifiers_and_coherent_light(verbs, jumps):
    assert_equal_arrays(build(jumps), build(verbs), tolerance=1e-15)


def test_verbs_and_operators_mix():
    mixed = build([t.detune("a", R), t.hamiltonian(VERBS["press"][1]), t.kerr("a", 0.2)])
    whole = R * a.dag() * a - R * a.dag() * a * b.x + 0.1 * a.dag() ** 2 * a**2
    assert_equal_arrays(mixed, build(t.hamiltonian(whole + 17.0)), tolerance=1e-15)


def microrings(s):
    H = s.detuning_a * a.dag() * a + s.detuning_b * b.dag() * b
    H = (
        H
        + with_conjugate(s.coupling * a.dag() * b)
        + with_conjugate(s.two_photon_drive * b.dag() ** 2)
    )
    light = -1j * s.drive / np.sqrt(2 * s.decay_a)
    n_a, n_b = (thermal_occupation(w, s.temperature) for w in (s.frequency_a, s.frequency_b))
    return [
        t.hamiltonian(H),
        t.jump("fibre_a", np.sqrt(2 * s.decay_a) * a + light, occupation=n_a),
        t.jump("fibre_b", np.sqrt(2 * s.decay_b) * b, occupation=n_b),
    ]


def spinning(s):
    c1, c2, m = ql.operators("driven", "reflected", "mechanical")
    n1, n2 = c1.dag() * c1, c2.dag() * c2
    H = (s.detuning + s.sagnac_shift) * n1 + (s.detuning - s.sagnac_shift) * n2
    H = H + s.mechanical_frequency * m.dag() * m + with_conjugate(s.backscattering * c1.dag() * c2)
    H = H - s.single_photon_coupling * (n1 + n2) * m.x
    return [
        t.hamiltonian(H),
        t.jump("driven_fibre", np.sqrt(2 * s.decay) * c1 + s.input_amplitude),
        t.jump("reflected_fibre", np.sqrt(2 * s.decay) * c2),
        t.rub("mechanical", s.mechanical_damping, occupation=s.occupation),
    ]


def scatterers(s):
    c1, c2, m = ql.operators("cw", "ccw", "mechanical")
    quanta = c1.dag() * c1 + c2.dag() * c2
    H = (s.detuning + s.scatterer_shift) * quanta + s.mechanical_frequency * m.dag() * m
    H = H + with_conjugate(s.backscattering * c1.dag() * c2)
    H = H - s.single_photon_coupling * quanta * m.x
    return [
        t.hamiltonian(H),
        t.jump("cw_loss", np.sqrt(2 * s.intrinsic_decay) * c1),
        t.jump("cw_fibre", np.sqrt(2 * s.external_decay) * c1 + s.input_amplitude),
        t.jump("ccw_loss", np.sqrt(2 * s.intrinsic_decay) * c2),
        t.jump("ccw_fibre", np.sqrt(2 * s.external_decay) * c2),
        t.rub("mechanical", s.mechanical_damping, occupation=s.occupation),
    ]


def cascaded(s):
    terms = []
    for side, detuning in (("left", s.detuning_left), ("right", s.detuning_right)):
        c, m = ql.operators(f"optical_{side}", f"mechanical_{side}")
        omega, g = s.frequency(side), s.single_photon_coupling(side)
        light = s.input_amplitude if side == s.input_side else 0
        H = (detuning + s.sagnac_shift(side)) * c.dag() * c + omega * m.dag() * m
        H = H - g * c.dag() * c * (m + m.dag())
        n = thermal_occupation(omega, s.temperature)
        terms += [
            t.hamiltonian(H),
            t.jump(f"{side}_loss", np.sqrt(s.intrinsic_decay) * c),
            t.jump(f"{side}_fibre", np.sqrt(s.external_decay(side)) * c + light),
            t.jump(f"{side}_bath", np.sqrt(s.mechanical_damping) * m, occupation=n),
        ]
    passed = {"transmission": s.transmission, "phase": s.phase}
    return [*terms, t.feed("left_fibre", "right_fibre", **passed)]


def hybrid(s):
    minus, plus = ql.operators("minus", "plus")

    def light(mode, coupling, angle, split, pair):
        return [
            t.jump(split, -1j * np.sqrt(coupling) * np.sin(angle) * mode),
            t.jump(pair, -1j * np.sqrt(coupling) * np.cos(angle) * mode.dag()),
        ]

    kept = 1 - s.transmission_loss
    return [
        t.jump("bath_minus", np.sqrt(s.linewidth_minus) * minus, occupation=s.occupation_minus),
        t.jump("bath_plus", np.sqrt(s.linewidth_plus) * plus, occupation=s.occupation_plus),
        *light(minus, s.coupling_minus, s.angle_minus, "between_lower", "between_upper"),
        *light(plus, s.coupling_plus, s.angle_plus, "upper", "lower"),
        t.feed("between_lower", "lower", transmission=kept),
        t.feed("between_upper", "upper", transmission=kept),
    ]


@pytest.mark.parametrize(
    ("kind", "written", "changes"),
    [
        (Microrings, microrings, {}),
        (SpinningResonator, spinning, {"backscattering": 2e6}),
        (ScattererResonator, scatterers, {"noise": "consistent"}),
        (CascadedResonators, cascaded, {"noise": "consistent", "input_side": "left"}),
        (HybridOscillators, hybrid, {}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_five_systems_written_as_operators_have_the_same_arrays(kind, written, changes):
    system = kind.published(**changes)
    model = system.model()
    rebuilt = ql.Model.build(model.modes, written(system))
    assert set(rebuilt.channels) == set(model.channels)
    order = [rebuilt.channels.index(channel) for channel in model.channels]
    assert order == list(range(len(order)))
    assert_equal_arrays(rebuilt, model, tolerance=1e-14)


def test_a_quartic_hamiltonian_moves_as_hamiltons_equations_of_its_symbol():
    """H = λ(a†a)²: its symbol is λ(|α|⁴ − |α|²), not |α|⁴, so α̇ = −iλ(2|α|² − 1)α."""
    model = ql.Model.build(["a"], t.hamiltonian(R * (a.dag() * a) ** 2))
    alpha = 0.8 - 0.5j
    u = np.sqrt(2) * np.array([alpha.real, alpha.imag])
    rate = -1j * R * (2 * abs(alpha) ** 2 - 1) * alpha
    np.testing.assert_allclose(model.drift(u), np.sqrt(2) * np.array([rate.real, rate.imag]))


def test_modes_are_labelled_mechanical_by_a_term_or_by_the_model():
    H = t.hamiltonian(b.dag() * b)
    assert build(H).quadratures[2:] == ("b.X", "b.Y")
    assert build(t.hamiltonian(b.dag() * b, mechanical=["b"])).quadratures[2:] == ("b.q", "b.p")
    model = ql.Model.build(["a", "b"], H, mechanical=["b"])
    assert model.quadratures == ("a.X", "a.Y", "b.q", "b.p")
    alone = t.hamiltonian(a.dag() * a + b.dag() * b, mechanical="b")
    assert ql.Model.build(["a", "b"], alone).quadratures == model.quadratures


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: t.hamiltonian(2.0), r"must be an operator, .* \(got 2.0\)"),
        (lambda: t.hamiltonian(1j * a.dag() * a + b.dag() * b), "Hermitian; the terms i a†a have"),
        (
            lambda: t.hamiltonian(a * b + a.dag() * b.dag() * (1 + 1e-9)),
            "the terms a b, a† b† differ from their Hermitian conjugates in it by 5e-10 of their",
        ),
        (lambda: t.hamiltonian(with_conjugate(a**3 * b**2)), "term a³ b² of degree 5"),
        (lambda: t.hamiltonian(np.nan * a.dag() * a), r"finite .*nani\) a†a"),
        (lambda: t.jump("f", a * b), r"L of jump\('f'\) must be of degree one \(got a b\)"),
        (lambda: t.jump("f", 2 + 0 * a**0), "must act on a mode .* shine"),
        (lambda: t.jump("f", np.sqrt(2)), "must be an operator"),
        (lambda: t.jump("f", a, occupation=-1), r"occupation of jump\('f'\) must be zero or pos"),
        (lambda: t.jump("f", POINTS * a, squeezing=np.ones(2)), "do not fit together"),
        (lambda: ql.Model.build(["a"], t.hamiltonian(b.dag() * b)), "mode 'b', which is not among"),
        (lambda: ql.Model.build(["a"], [], mechanical=["c"]), "mechanical names 'c', which is not"),
    ],
)
def test_wrong_operators_are_refused_with_the_term_at_fault(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_terms_are_printed_as_their_symbol_and_their_operator():
    H = t.hamiltonian((a.dag() * a) ** 2 - 0.5 * a.dag() * a * b.x, mechanical=["b"])
    assert repr(H) == (
        "<Energy: 0.25 a.X⁴ + 0.5 a.X² a.Y² + 0.25 a.Y⁴ − 0.5 a.X² − 0.5 a.Y² − 0.25 a.X² b.q "
        "− 0.25 a.Y² b.q + 0.25 b.q>"
    )
    assert repr(t.jump("f", 2 * a + 0.5, squeezing=0.3)) == (
        "<Jump on f: L = 2 a, squeezing 0.3, amplitude 0.5>"
    )
    assert repr(t.jump("f", [1, 2] * a.dag() - 3j * b)) == "<Jump on f: L = (1 … 2) a† − 3i b>"
    assert repr(t.amplify("a", "f", energy_rate=4.0, phase=0.0)) == "<Jump on f: L = 2 a†>"


def test_rounding_does_not_make_a_hamiltonian_non_hermitian():
    phase = np.exp(0.3j)
    H = phase * a * b.dag() + (1 / phase) * a.dag() * b
    assert_equal_arrays(build(t.hamiltonian(H)), build(t.exchange("b", "a", phase)), 1e-15)
