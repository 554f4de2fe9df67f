"""Networks: feedback loops, beam splitters, joined models; against closed forms."""

import numpy as np
import pytest

import qlangevin as ql
from qlangevin.analysis import audit_model
from qlangevin.sde.systems import CascadedResonators, HybridOscillators
from qlangevin.sde.terms import (
    amplify,
    detune,
    exchange,
    feed,
    guide,
    jump,
    kerr,
    lose,
    mix,
    press,
    rub,
    shine,
    squeeze,
)

GAMMA = 1.3
PHASES = np.linspace(0, 2 * np.pi, 9)[:-1]


def rate_of(model):
    """The complex rate z of α̇ = −zα in each mode's own block (points)."""
    return -(model.A[..., 0, 0] + 1j * model.A[..., 1, 0])


@pytest.mark.parametrize("eta", [0.0, 0.4, 0.9])
def test_a_mirror_before_a_cavity_changes_its_decay_and_frequency(eta):
    """Light back into its own port, F = √η e^{iφ}: α̇ = −(γ/2)(1 + F)/(1 − F)α."""
    loop = [lose("a", "p", energy_rate=GAMMA), feed("p", "p", transmission=eta, phase=PHASES)]
    model = ql.Model.build(["a"], loop)
    F = np.sqrt(eta) * np.exp(1j * PHASES)
    np.testing.assert_allclose(
        rate_of(model), GAMMA / 2 * (1 + F) / (1 - F), rtol=1e-12, atol=1e-15
    )
    decay = GAMMA * (1 - eta) / np.abs(1 - F) ** 2
    np.testing.assert_allclose(rate_of(model).real, decay / 2, rtol=1e-12)
    V = ql.solve_lyapunov(model.A, model.diffusion)
    np.testing.assert_allclose(V, np.broadcast_to(0.5 * np.eye(2), V.shape), atol=1e-13)


def test_a_ring_through_two_cavities_and_back_equals_its_elimination():
    """z₁ = F₂ y₂ and z₂ = F₁ y₁ solved by hand for two amplitudes."""
    eta, phi, theta = 0.7, 0.4, 1.9
    terms = [
        lose("a", "p", energy_rate=GAMMA, phase=0.2),
        lose("b", "q", energy_rate=0.6),
        feed("p", "q", transmission=eta, phase=phi),
        feed("q", "p", phase=theta),
    ]
    model = ql.Model.build(["a", "b"], terms)
    F1, F2 = np.sqrt(eta) * np.exp(1j * phi), np.exp(1j * theta)
    L = np.diag([np.sqrt(GAMMA) * np.exp(0.2j), np.sqrt(0.6)])
    F = np.array([[0, F2], [F1, 0]])
    arriving = -np.linalg.solve(np.eye(2) - F, F @ L)  # z = F(z − Lα)
    rates = -L.conj() @ L / 2 + L.conj() @ arriving
    complex_A = model.A[::2, ::2] + 1j * model.A[1::2, ::2]
    np.testing.assert_allclose(complex_A, rates, rtol=1e-13)
    assert audit_model(model.A, model.diffusion) >= -1e-14


def test_a_loop_of_stable_parts_can_be_unstable():
    """A parametric amplifier below threshold; its light fed back in phase lowers its damping."""
    cavity = [lose("a", "p", energy_rate=2.0), squeeze("a", 0.4j)]
    free = ql.Model.build(["a"], cavity)
    looped = ql.Model.build(["a"], [*cavity, feed("p", "p", transmission=0.5, phase=np.pi)])
    assert ql.steady_state(free)["stable"].all()
    F = -np.sqrt(0.5)
    margin = (1 + F) / (1 - F) - 0.8
    assert margin < 0
    assert not ql.fixed_points(looped)["stable"].any()
    assert np.max(np.linalg.eigvals(looped.A).real) == pytest.approx(-margin, rel=1e-12)


@pytest.mark.parametrize("phase", [0.0, 0.7, np.pi])
def test_a_mach_zehnder_sends_light_by_the_cosine_of_its_phase(phase):
    terms = [
        *(guide(port) for port in ("in1", "in2", "out1", "out2")),
        shine("in1", 2.0),
        mix("in1", "in2", transmissivity=0.5),
        feed("in1", "out1", phase=phase),
        feed("in2", "out2"),
        mix("out1", "out2", transmissivity=0.5),
    ]
    model = ql.Model.build(["a"], terms)
    shares = dict(zip(model.ports, model.light_shares(np.zeros(2)), strict=True))
    assert shares["out1"] == pytest.approx(np.sin(phase / 2) ** 2, abs=1e-14)
    assert shares["out2"] == pytest.approx(np.cos(phase / 2) ** 2, abs=1e-14)
    for port in ("out1", "out2"):
        D = model.ports[port].D
        np.testing.assert_allclose(D @ D.T, 0.5 * np.eye(2), atol=1e-14)


def test_two_squeezed_beams_on_a_splitter_become_entangled():
    """The light of both ports has the covariance of a two-mode squeezed vacuum."""
    r = 0.6
    beams = [guide("one", squeezing=r), guide("two", squeezing=-r)]
    model = ql.Model.build(["a"], [*beams, mix("one", "two", transmissivity=0.5)])
    D = np.concatenate([model.ports[port].D for port in ("one", "two")])
    assert float(ql.log_negativity(D @ D.T, 0, 1)) == pytest.approx(2 * r, rel=1e-12)


def one_resonator(system, side):
    """One resonator of the cascade, on its own, from the whole system's formulas."""
    terms = system._resonator(side, getattr(system, f"detuning_{side}"))
    return ql.Model.build([f"optical_{side}", f"mechanical_{side}"], terms)


def assert_same_equations(joined, whole, order):
    """Equal arrays after the modes of the joined model are put in `order`."""
    rows = np.array([[2 * k, 2 * k + 1] for k in order]).ravel()
    scale = np.abs(whole.A).max()
    np.testing.assert_allclose(joined.A[np.ix_(rows, rows)], whole.A, rtol=0, atol=1e-14 * scale)
    np.testing.assert_allclose(joined.c[rows], whole.c, rtol=1e-14)
    D = whole.diffusion
    mine = joined.diffusion[np.ix_(rows, rows)]
    np.testing.assert_allclose(mine, D, rtol=0, atol=1e-14 * np.abs(D).max())
    position = np.argsort(rows)
    for name in ("Q", "K"):
        mine, theirs = getattr(joined, name), getattr(whole, name)
        moved = {
            (position[i[0]], *sorted(position[list(i[1:])])): v
            for i, v in zip(mine.index.tolist(), mine.value, strict=True)
        }
        wanted = dict(zip(map(tuple, theirs.index.tolist()), theirs.value, strict=True))
        assert moved == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_cascade_is_two_cells_joined_by_a_fibre(side):
    system = CascadedResonators.published(noise="consistent", input_side=side)
    other = "right" if side == "left" else "left"
    fibre = [
        shine(f"{side}.{side}_fibre", system.input_amplitude),
        feed(
            f"{side}.{side}_fibre",
            f"{other}.{other}_fibre",
            transmission=system.transmission,
            phase=system.phase,
        ),
    ]
    cells = {name: one_resonator(system, name) for name in ("left", "right")}
    assert_same_equations(ql.Model.join(**cells, terms=fibre), system.model(), [0, 2, 1, 3])


def test_the_hybrid_pair_is_two_oscillators_joined_by_their_light():
    s = HybridOscillators.published()

    def oscillator(name, coupling, angle, linewidth, occupation):
        (b,) = ql.operators(name)
        return ql.Model.build(
            [name],
            [
                jump("bath", np.sqrt(linewidth) * b, occupation=occupation),
                jump("split", -1j * np.sqrt(coupling) * np.sin(angle) * b),
                jump("pair", -1j * np.sqrt(coupling) * np.cos(angle) * b.dag()),
            ],
        )

    first = oscillator(
        "minus", s.coupling_minus, s.angle_minus, s.linewidth_minus, s.occupation_minus
    )
    second = oscillator("plus", s.coupling_plus, s.angle_plus, s.linewidth_plus, s.occupation_plus)
    kept = 1 - s.transmission_loss
    light = [
        feed("minus.split", "plus.pair", transmission=kept),
        feed("minus.pair", "plus.split", transmission=kept),
    ]
    joined = ql.Model.join(minus=first, plus=second, terms=light)
    assert_same_equations(joined, s.model(), [0, 1])


def test_joined_models_keep_labels_points_and_connections():
    rates = np.array([1.0, 2.0])
    one = ql.Model.build(
        ["a", "m"], [lose("a", "f", energy_rate=rates), rub("m", 0.1, occupation=1)]
    )
    two = ql.Model.build(["a"], [lose("a", "f", energy_rate=1.0), kerr("a", 0.3)])
    terms = [press("two.a", "one.a", 0.2), feed("one.f", "two.f"), shine("one.f", 1j)]
    whole = ql.Model.join(one=one, two=two, terms=terms)
    assert whole.batch == (2,)
    assert whole.quadratures[:4] == ("one.a.q", "one.a.p", "one.m.q", "one.m.p")
    assert whole.ports["one.f"].onward == "two.f"
    assert whole.ports["two.f"].source == "one.f"
    np.testing.assert_allclose(whole.c[:, 1], np.sqrt(2 * rates) - 0.2 / 2, rtol=1e-14)
    assert set(whole.channels) == {"one.f.X", "one.f.Y", "one.m.force"}
    again = ql.Model.join(pair=whole)
    np.testing.assert_array_equal(again.A, whole.A)
    assert again.ports["pair.two.f"].source == "pair.one.f"


@pytest.mark.parametrize(
    "link",
    [
        lambda x: shine("one.f", 2j * x),
        lambda x: feed("one.f", "two.f", transmission=x, phase=0.3),
        lambda x: mix("one.f", "two.f", transmissivity=x),
    ],
)
def test_connections_may_vary_over_parameter_points(link):
    cell = ql.Model.build(["a"], [lose("a", "f", energy_rate=1.0), shine("f", 1), kerr("a", 0.3)])
    shares = np.array([0.2, 0.7])
    whole = ql.Model.join(one=cell, two=cell, terms=link(shares))
    assert whole.batch == (2,)
    for k, share in enumerate(shares):
        here, alone = whole.at(k), ql.Model.join(one=cell, two=cell, terms=link(share))
        for name in ("c", "A", "B"):
            np.testing.assert_allclose(getattr(here, name), getattr(alone, name), atol=1e-14)
        np.testing.assert_array_equal(here.K.value, alone.K.value)
        for port, expected in alone.ports.items():
            for name in ("C", "D", "d", "shone", "noise"):
                found = getattr(here.ports[port], name)
                np.testing.assert_allclose(found, getattr(expected, name), atol=1e-14)


def test_two_baths_of_friction_have_channels_of_different_names():
    rubbed = ql.Model.build(["m"], [rub("m", 0.1, occupation=1), rub("m", 0.2, occupation=3)])
    assert rubbed.channels == ("m.force", "m.force_2")
    np.testing.assert_allclose(rubbed.diffusion[1, 1], 0.1 * 3 + 0.2 * 7, rtol=1e-14)
    whole = ql.Model.join(one=rubbed, terms=rub("one.m", 0.3, occupation=0))
    assert whole.channels == ("one.m.force", "one.m.force_2", "one.m.force_3")


def test_thermal_and_squeezed_inputs_pass_through_joined_models():
    source = ql.Model.build(["a"], lose("a", "f", energy_rate=1.0, occupation=0.5, squeezing=0.4))
    target = ql.Model.build(["b"], lose("b", "f", energy_rate=1e-4))
    link = feed("s.f", "t.f", transmission=0.8)
    V = ql.steady_state(ql.Model.join(s=source, t=target, terms=link))["covariance"].values[0]
    wanted = 0.8 * np.exp([-0.8, 0.8]) + 0.2 * 0.5
    np.testing.assert_allclose(np.diag(V)[2:], wanted, rtol=1e-3)


@pytest.mark.parametrize("length", [2, 3, 6])
def test_a_chain_between_two_baths_carries_a_current_that_does_not_depend_on_its_length(length):
    """γ(n_left − ⟨a†a⟩) = 2g²γΔn/(γ² + 4g²) with baths at both ends alone."""
    g, gamma, hot, cold = 0.7, 1.1, 3.0, 0.5
    cell = ql.Model.build(["a"], detune("a", 0.2))

    def hop(here, there):
        return exchange(f"{here}.a", f"{there}.a", g)

    chain = ql.lattice(cell, length, hop)
    ends = ql.Model.join(
        chain=chain,
        terms=[
            lose("chain.s0.a", "hot", energy_rate=gamma, occupation=hot),
            lose(f"chain.s{length - 1}.a", "cold", energy_rate=gamma, occupation=cold),
        ],
    )
    V = ql.solve_lyapunov(ends.A, ends.diffusion)
    current = gamma * (hot - (V[0, 0] + V[1, 1] - 1) / 2)
    assert current == pytest.approx(
        2 * g**2 * gamma * (hot - cold) / (gamma**2 + 4 * g**2), rel=1e-11
    )


def test_a_ring_has_the_spectrum_of_plane_waves_and_a_torus_that_of_two():
    def hop(here, there):
        return exchange(f"{here}.a", f"{there}.a", 0.5)

    cell = ql.Model.build(["a"], lose("a", "out", amplitude_rate=0.1))
    ring = ql.lattice(cell, 5, hop, periodic=True)
    k = 2 * np.pi * np.arange(5) / 5
    found = np.sort(np.linalg.eigvals(ring.A).imag)
    np.testing.assert_allclose(found, np.sort(np.concatenate([np.cos(k), -np.cos(k)])), atol=1e-12)
    torus = ql.lattice(cell, (3, 4), hop, periodic=True)
    waves = np.add.outer(np.cos(2 * np.pi * np.arange(3) / 3), np.cos(np.pi * np.arange(4) / 2))
    found = np.sort(np.linalg.eigvals(torus.A).imag)
    both = np.concatenate([waves.ravel(), -waves.ravel()])
    np.testing.assert_allclose(found, np.sort(both), atol=1e-12)


def test_disorder_gives_each_site_its_own_parameter_by_seed():
    cell = ql.systems.Microrings.published()

    def hop(here, there):
        return exchange(f"{here}.b", f"{there}.a", 1e6)

    chain = ql.lattice(cell, 40, hop, disorder={"detuning_a": 1e5}, seed=3)
    detunings = chain.A[0::4, 1::4].diagonal()
    assert abs(detunings.mean() - cell.detuning_a) < 4 * 1e5 / np.sqrt(40)
    assert 0.6e5 < detunings.std() < 1.5e5
    again = ql.lattice(cell, 40, hop, disorder={"detuning_a": 1e5}, seed=3)
    np.testing.assert_array_equal(again.A, chain.A)
    b = chain.A[2::4, 3::4].diagonal() - chain.A[3::4, 2::4].diagonal()
    np.testing.assert_allclose(b / 2, float(cell.detuning_b), rtol=1e-14)


CELL = ql.Model.build(["a"], lose("a", "f", energy_rate=1.0))
HOT = ql.Model.build(["a"], lose("a", "f", energy_rate=1.0, occupation=2.0))
SERIES = ql.Model.join(x=CELL, y=CELL, terms=feed("x.f", "y.f"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: ql.Model.join(), "at least one model"),
        (lambda: ql.Model.join(left="ring"), r"left of join must be a Model \(got 'ring'\)"),
        (lambda: ql.Model.join(x=CELL, terms=feed("x.f", "y.f")), "there is no port 'y.f'"),
        (lambda: ql.Model.join(x=CELL, terms=lose("x.a", "x.f", energy_rate=1)), "own, and conn"),
        (
            lambda: ql.Model.join(s=SERIES, z=CELL, terms=feed("z.f", "s.y.f")),
            "port 's.y.f' is fed by 's.x.f' already",
        ),
        (
            lambda: ql.Model.join(s=SERIES, z=CELL, terms=feed("s.x.f", "z.f")),
            "light of port 's.x.f' is fed twice, to 's.y.f' and 'z.f'",
        ),
        (lambda: ql.Model.join(s=SERIES, terms=shine("s.y.f", 1.0)), "fed by 's.x.f' already"),
        (lambda: ql.Model.join(x=CELL, y=HOT, terms=feed("x.f", "y.f")), "no input of its own"),
        (lambda: feed("p", "q", delay=1e-9), "delay of feed.* must be 0 .* amplitude rate 2/delay"),
        (lambda: mix("p", "p", transmissivity=0.5), "two different ports"),
        (
            lambda: guide("p", occupation=np.ones(2), squeezing=np.ones(3)),
            r"occupation of guide\('p'\) of shape \(2,\) and squeezing .* do not fit together",
        ),
        (lambda: mix("p", "q", transmissivity=1.5), "between 0 and 1"),
        (
            lambda: ql.Model.build(
                ["a"],
                [
                    *(guide(port) for port in "pqr"),
                    mix("p", "q", transmissivity=0.5),
                    mix("q", "r", transmissivity=0.5),
                ],
            ),
            "light of port 'q' is mixed twice",
        ),
        (lambda: ql.lattice(CELL, 1, lambda *_: []), "two at least"),
        (lambda: ql.lattice(CELL, 2, lambda *_: [], periodic=True), "at least 3"),
        (lambda: ql.lattice(CELL, 3, lambda *_: [], disorder={"x": 1.0}), "a Model has none"),
        (
            lambda: ql.lattice(
                ql.systems.Microrings.published(), 3, lambda *_: [], disorder={"detuning": 1.0}
            ),
            "disorder names 'detuning'",
        ),
        (
            lambda: ql.lattice(
                ql.systems.Microrings.published(), 3, lambda *_: [], disorder={"decay_a": -1.0}
            ),
            "disorder of decay_a must be zero or positive",
        ),
        (
            lambda: ql.lattice(
                ql.systems.CascadedResonators.published(), 3, lambda *_: [], disorder={"noise": 1.0}
            ),
            "disorder names 'noise', which is no number",
        ),
    ],
)
def test_impossible_networks_are_refused_by_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_commutators_are_kept_by_loops_with_gain_loss_and_splitters():
    squeezed = {"squeezing": 0.2, "squeezing_angle": 0.5}
    terms = [
        squeeze("a", 0.1),
        lose("a", "one", energy_rate=1.0, phase=0.3, **squeezed),
        amplify("a", "one", energy_rate=0.2, phase=1.0, **squeezed),
        lose("b", "two", energy_rate=2.0),
        amplify("c", "three", energy_rate=0.3),
        guide("four"),
        mix("three", "four", transmissivity=0.3, phase=0.8),
        feed("one", "two", transmission=0.7, phase=0.4),
        feed("two", "three", transmission=0.9, phase=-1.0),
        feed("three", "one", transmission=0.5, phase=0.9),
    ]
    model = ql.Model.build(["a", "b", "c"], terms)
    assert model.A[:2, 2:].any()
    assert model.A[2:, :2].any()
    assert audit_model(model.A, model.diffusion) >= -1e-14
