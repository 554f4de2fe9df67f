"""Drift and noise keep the commutators [u_i, u_j] = iΩ where D − i(AΩ + ΩAᵀ)/2 ⪰ 0."""

import dataclasses

import numpy as np
import pytest

from qlangevin.sde import Gaussian, Model
from qlangevin.sde.model.uncertainty import friction_violation
from qlangevin.sde.systems import SYSTEMS
from qlangevin.sde.terms import detune, drive, exchange, kerr, lose, press, rub, squeeze


def omega(n):
    return np.kron(np.eye(n // 2), [[0.0, 1.0], [-1.0, 0.0]])


def kept(A, D):
    """Eigenvalues, ascending, of D − i(AΩ + ΩAᵀ)/2."""
    W = omega(len(A))
    return np.linalg.eigvalsh(D - 0.5j * (A @ W + W @ A.T))


def random_model(seed):
    """Every verb with random rates on three modes."""
    r = np.random.default_rng(seed)

    def z():
        return complex(*r.normal(size=2))

    return Model.build(
        ["a", "b", "m"],
        [
            *(detune(mode, r.normal()) for mode in "abm"),
            exchange("a", "b", z()),
            squeeze("a", z()),
            kerr("a", r.normal()),
            kerr("b", r.normal()),
            press("a", "m", r.normal()),
            press("b", "m", r.normal()),
            drive("b", z()),
            lose("a", "left", amplitude_rate=r.uniform(0.1, 2), phase=r.normal(), occupation=0.3),
            lose("b", "left", energy_rate=r.uniform(0.1, 2), phase=r.normal(), occupation=0.3),
            lose("b", "right", energy_rate=r.uniform(0.1, 2)),
            rub("m", r.uniform(0.1, 2), occupation=r.uniform(0, 3)),
        ],
    )


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("level", ["weyl", "mean"])
def test_jacobians_of_random_models_equal_complex_step_differences(seed, level):
    """A complex step of 10⁻³⁰ has no truncation error; 10⁻¹² of the largest entry is rounding."""
    model = random_model(seed)
    u = 2 * np.random.default_rng(seed + 100).normal(size=6)
    steps = np.array([model.drift(u + 1e-30j * e, level).imag / 1e-30 for e in np.eye(6)]).T
    np.testing.assert_allclose(
        model.jacobian(u, level), steps, rtol=0, atol=1e-12 * np.abs(steps).max()
    )


@pytest.mark.parametrize("seed", range(8))
def test_expansion_and_gaussian_average_of_random_models_are_exact(seed):
    """⟨f(u + δ)⟩ of a cubic by a rule that is exact for it: points u ± √n · columns of √V."""
    model, r = random_model(seed), np.random.default_rng(seed + 200)
    u, shift, root = r.normal(size=6), r.normal(size=6), r.normal(size=(6, 6))
    np.testing.assert_allclose(
        model.about(u).drift(shift), model.drift(u + shift), rtol=1e-11, atol=1e-11
    )
    points = np.sqrt(6) * np.concatenate([root.T, -root.T])
    average = model.drift(u + points).mean(axis=0)
    np.testing.assert_allclose(
        model.averaged(root @ root.T).drift(u), average, rtol=1e-11, atol=1e-11
    )


@pytest.mark.parametrize("n", [0.0, 0.5, 10.0])
def test_a_loss_keeps_commutators_with_vacuum_noise_and_adds_only_heat(n):
    """Per mode the eigenvalues are κ(2n + 1) ∓ κ: 0 and 2κ for vacuum."""
    model = Model.build(["a"], [lose("a", "p", amplitude_rate=0.7, phase=1.1, occupation=n)])
    np.testing.assert_allclose(
        kept(model.A, model.diffusion), [0.7 * 2 * n, 0.7 * (2 * n + 2)], atol=1e-15
    )


@pytest.mark.parametrize("seed", range(4))
def test_hamiltonians_leave_commutators_alone_at_any_state(seed):
    """Jacobians of Hamiltonian drifts are AΩ + ΩAᵀ = 0 at every u, nonlinear terms included."""
    r = np.random.default_rng(seed)
    energies = [
        detune("a", 1.0),
        detune("m", 2.0),
        exchange("a", "m", 0.3 + 0.1j),
        squeeze("m", 0.2j),
        kerr("a", 0.5),
        press("a", "m", 0.4),
        drive("a", 1j),
    ]
    model = Model.build(["a", "m"], energies)
    for level in ("weyl", "mean"):
        A, W = model.jacobian(3 * r.normal(size=4), level), omega(4)
        np.testing.assert_allclose(A @ W + W @ A.T, 0, atol=1e-14 * np.abs(A).max())


@pytest.mark.parametrize("n", [0.0, 1.0, 270.0])
def test_friction_on_the_momentum_alone_breaks_commutators_by_its_known_size(n):
    """The block is [[0, iγ/2], [−iγ/2, γ(2n + 1)]].

    Its least eigenvalue is ≥ −γ/(4(2n + 1)), nearly equal.
    """
    gamma = 0.01
    model = Model.build(["m"], [detune("m", 1.0), rub("m", gamma, occupation=n)])
    D = gamma * (2 * n + 1)
    exact = (D - np.sqrt(D**2 + gamma**2)) / 2
    least = kept(model.A, model.diffusion)[0]
    assert least == pytest.approx(exact, rel=1e-9)
    assert least >= -gamma / (4 * (2 * n + 1))
    if n > 0:
        assert least == pytest.approx(-gamma / (4 * (2 * n + 1)), rel=0.03)


@pytest.mark.parametrize("kind", SYSTEMS.values(), ids=SYSTEMS)
def test_every_system_violates_commutators_by_brownian_friction_alone_at_any_state(kind):
    """The momentum block's exact eigenvalue bounds that of the whole matrix; the rest is ≥ 0."""
    names = [field.name for field in dataclasses.fields(kind)]
    model = kind.published(**({"noise": "consistent"} if "noise" in names else {})).model()
    u = 1e3 * np.random.default_rng(0).normal(size=model.size)
    A, D = model.jacobian(u), model.diffusion
    bound = 0.0
    for i, name in enumerate(model.quadratures):
        if name.endswith(".p") and D[i - 1, i - 1] == 0:
            bound = min(bound, (D[i, i] - np.hypot(D[i, i], A[i, i])) / 2)
    assert kept(A, D)[0] >= bound - 1e-13 * np.abs(A).max()


def test_vacuum_stays_vacuum_under_passive_couplings_and_vacuum_ports():
    """A V + V Aᵀ + D = 0 at V = ½, for exchange and shared ports of any phase."""
    model = Model.build(
        ["a", "b"],
        [
            detune("a", 1.0),
            exchange("a", "b", 0.3 - 0.8j),
            lose("a", "p", energy_rate=0.7, phase=0.4),
            lose("b", "p", energy_rate=1.9, phase=-1.0),
            lose("b", "q", amplitude_rate=0.2),
        ],
    )
    np.testing.assert_allclose((model.A + model.A.T) / 2 + model.diffusion, 0, atol=1e-14)


def test_leading_axes_equal_loops_for_every_verb():
    """Two axes of parameter points, (3, 1) and (2,), broadcast over all arrays of a model."""
    rates, phases = np.array([0.5, 1.0, 2.0])[:, None], np.array([0.1, 0.9])
    u = np.random.default_rng(1).normal(size=4)

    def build(rate, phase):
        return Model.build(
            ["a", "m"],
            [
                detune("a", rate),
                kerr("a", rate),
                squeeze("m", rate * 1j),
                exchange("a", "m", rate * np.exp(1j * phase)),
                press("a", "m", rate),
                drive("a", rate),
                lose("a", "p", amplitude_rate=rate, phase=phase, occupation=rate),
                rub("m", rate, occupation=phase),
            ],
        )

    many = build(rates, phases)
    assert many.batch == (3, 2)
    for i, j in np.ndindex(3, 2):
        one = build(rates[i, 0], phases[j])
        for level in ("weyl", "mean"):
            np.testing.assert_allclose(
                many.drift(u, level)[i, j], one.drift(u, level), rtol=1e-13, atol=1e-14
            )
            np.testing.assert_allclose(
                many.jacobian(u, level)[i, j], one.jacobian(u, level), rtol=1e-13, atol=1e-14
            )
        np.testing.assert_allclose(many.diffusion[i, j], one.diffusion, rtol=1e-13, atol=1e-14)
        np.testing.assert_allclose(
            many.ports["p"].C[i, j], one.ports["p"].C, rtol=1e-13, atol=1e-14
        )
        np.testing.assert_allclose(
            many.ports["p"].D[i, j], one.ports["p"].D, rtol=1e-13, atol=1e-14
        )


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    "verb", ["detune", "exchange", "squeeze", "kerr", "press", "drive", "lose", "rub"]
)
def test_rates_that_are_not_finite_are_refused_before_any_work(verb, bad):
    """At the latest when the model is built: the moment equations of a NaN would never end."""
    made = {
        "detune": lambda: detune("a", bad),
        "exchange": lambda: exchange("a", "m", bad),
        "squeeze": lambda: squeeze("a", bad),
        "kerr": lambda: kerr("a", bad),
        "press": lambda: press("a", "m", bad),
        "drive": lambda: drive("a", bad),
        "lose": lambda: lose("a", "p", amplitude_rate=bad),
        "rub": lambda: rub("m", bad, occupation=0),
    }[verb]
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match=r"finite|zero or positive"):
        Model.build(["a", "m"], [made()])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_phase_that_is_not_finite_is_refused(bad):
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="phase"):
        Model.build(["a"], [lose("a", "p", energy_rate=1.0, phase=bad)])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_start_whose_mean_is_not_finite_is_refused(bad):
    with pytest.raises(ValueError, match="mean"):
        Gaussian(np.array([bad, 0.0]), 0.5 * np.eye(2))


def test_friction_of_several_modes_violates_commutators_as_much_as_the_strongest():
    rubbed = [rub("m", 0.2, occupation=40.0), rub("o", 0.1, occupation=10.0), detune("m", 3.0)]
    model = Model.build(["m", "o"], [*rubbed, exchange("m", "o", 0.5)])
    violation = friction_violation(model.A, model.diffusion)
    assert violation == pytest.approx(0.1 / (4 * 21))
    assert kept(model.A, model.diffusion)[0] == pytest.approx(-violation, rel=1e-3)
