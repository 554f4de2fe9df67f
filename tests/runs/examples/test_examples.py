"""Every shipped example has the equations of its paper, and shows what its comment says."""

import re

import numpy as np
import pytest
import qutip
from scipy.integrate import solve_ivp
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import eigs

from qlangevin import analysis, open_result
from qlangevin.runs.run_files.sources import find_source, read_source
from qlangevin.runs.run_files.systems import load_system
from qlangevin.steady import steady_state

from ...sde.papers import log_negativity, lyapunov
from . import (
    kerr_parametric,
    magnomechanics,
    optomechanics,
    reservoir,
    second_harmonic,
    transducer,
)
from .polynomials import MHZ, coefficients, model_coefficients

EXAMPLES = {
    "optomechanics": optomechanics,
    "magnomechanics": magnomechanics,
    "transducer": transducer,
    "reservoir": reservoir,
    "second-harmonic": second_harmonic,
    "kerr-parametric": kerr_parametric,
}


def varied(published, rng):
    """Every parameter changed by up to 30 %; a rate that is 0 by up to 2π × 0.3 MHz."""
    changes = {name: rng.uniform(-0.3, 0.3) for name in published}
    return {name: value + changes[name] * (value or MHZ) for name, value in published.items()}


def parameters_of(example, point):
    """The published parameters, or others."""
    published = EXAMPLES[example].PUBLISHED
    return varied(published, np.random.default_rng(point)) if point else published


def system_of(example, **changes):
    return load_system(example, changes)[0]


def numbers_in_the_comment(example, name):
    """Every number that the comment gives of a quantity, as printed."""
    return re.findall(rf"{re.escape(name)} = ([\d.]*\d)", read_source(find_source(example)))


@pytest.mark.parametrize("example", EXAMPLES)
def test_parameters_are_the_papers(example):
    assert system_of(example).parameters() == pytest.approx(EXAMPLES[example].PUBLISHED, rel=1e-12)


@pytest.mark.parametrize("point", range(3))
@pytest.mark.parametrize("example", EXAMPLES)
def test_drift_and_diffusion_are_the_papers_at_any_parameters(example, point):
    """c, A, Q, K and D, coefficient by coefficient, at the published parameters and two others."""
    derived = EXAMPLES[example]
    p = parameters_of(example, point)
    model = system_of(example, **p).model()
    expected = coefficients(derived.drift(p))
    found = model_coefficients(model)
    largest = max(map(abs, expected.values()))
    for key in found.keys() | expected.keys():
        wanted = pytest.approx(expected.get(key, 0.0), rel=1e-10, abs=1e-15 * largest)
        assert found.get(key, 0.0) == wanted, key
    np.testing.assert_allclose(model.diffusion, derived.noise(p).real, rtol=1e-10, atol=1e-6)


@pytest.mark.parametrize(
    ("example", "pairs"),
    [("optomechanics", [(0, 1)]), ("magnomechanics", [(0, 2), (0, 1), (1, 2)])],
)
def test_linearised_states_are_those_of_the_papers_drift_matrix(example, pairs):
    """E_N of the printed drift matrix and noise, and as the comment gives it."""
    derived = EXAMPLES[example]
    p = derived.PUBLISHED
    V = lyapunov(derived.drift_matrix(p), derived.noise(p).real)
    state = steady_state(system_of(example)).isel(branch=0)
    assert bool(state["stable"])
    printed = numbers_in_the_comment(example, "E_N")
    for (i, j), text in zip(pairs, printed, strict=True):
        found = analysis.log_negativity(state["covariance"].values, i, j, physical="ignore")
        assert float(found) == pytest.approx(log_negativity(V, i, j), abs=1e-8)
        assert f"{float(found):.{len(text) - 2}f}" == text


def test_optomechanical_entanglement_outlasts_20_kelvin():
    """As the paper's abstract has it; at the best of these detunings."""
    best = []
    for T in (20, 25):
        states = [
            steady_state(system_of("optomechanics", T=T, Δ=d * 2e7 * np.pi)) for d in (0.6, 0.8, 1)
        ]
        V = [state.isel(branch=0)["covariance"].values for state in states]
        best.append(max(float(analysis.log_negativity(v, 0, 1, physical="ignore")) for v in V))
    assert best[0] > 0.01
    assert best[1] == 0


def test_entanglement_of_the_reservoir_is_the_closed_form():
    """At the comment's coupling, which is the best one, and at others."""
    p = reservoir.PUBLISHED
    found = {}
    for ratio in (0.5, 0.8, 0.88, 0.95):
        pairs = ratio * p["conversion"]
        state = steady_state(system_of("reservoir", pair_creation=pairs)).isel(branch=0)
        E = float(analysis.log_negativity(state["covariance"].values, 0, 1, physical="ignore"))
        assert pytest.approx(E, rel=1e-9) == reservoir.log_negativity({**p, "pair_creation": pairs})
        found[ratio] = E
    assert max(found, key=found.get) == 0.88
    assert found[0.88] > np.log(2)
    (text,) = numbers_in_the_comment("reservoir", "E_N")
    assert f"{found[0.88]:.{len(text) - 2}f}" == text


@pytest.mark.parametrize("point", range(3))
def test_conversion_is_that_of_the_cooperativities(point):
    """η_e η_o 4C_eC_o/(1 + C_e + C_o)² of the signal's photons leave into the fibre."""
    p = parameters_of("transducer", point)
    shares = [p["κ_e"] / (p["κ_e"] + p["κ_e0"]), p["κ_o"] / (p["κ_o"] + p["κ_o0"])]
    C_e, C_o = p["C_e"], p["C_o"]
    expected = np.prod(shares) * 4 * C_e * C_o / (1 + C_e + C_o) ** 2
    system = system_of("transducer", **p)
    state = steady_state(system).isel(branch=0)
    assert float(state["light_share"].sel(port="fibre")) == pytest.approx(expected, rel=1e-9)
    phonons = (np.trace(state["covariance"].values[2:4, 2:4]) - 1) / 2
    n = (np.trace(system.model().diffusion[2:4, 2:4]) / p["γ_m"] - 1) / 2
    assert phonons == pytest.approx(n / (1 + C_e + C_o), rel=0.01)


def test_the_transducers_comment_gives_its_conversion_and_phonons():
    state = steady_state(system_of("transducer")).isel(branch=0)
    phonons = (np.trace(state["covariance"].values[2:4, 2:4]) - 1) / 2
    comment = read_source(find_source("transducer"))
    assert f"{100 * float(state['light_share'].sel(port='fibre')):.1f} % leave" in comment
    assert f"thermal quanta to {phonons:.2f}," in comment


def test_second_harmonic_pulses_beyond_the_critical_drive():
    """At ε_c the phases have eigenvalues ±i√(γ₂(2γ₁ + γ₂)); below it the state is stable."""
    p = varied(second_harmonic.PUBLISHED, np.random.default_rng(3)) | {"seed": 0.0}
    states = {
        pump: steady_state(system_of("second-harmonic", **p | {"pump": pump})).isel(branch=0)
        for pump in (0.99, 1.0, 1.01)
    }
    assert [bool(state["stable"]) for state in states.values()][::2] == [True, False]
    critical = np.linalg.eigvals(states[1.0]["drift_matrix"].values)
    pair = critical[np.argsort(np.abs(critical.real))[:2]]
    frequency = np.sqrt(p["γ_2"] * (2 * p["γ_1"] + p["γ_2"]))
    np.testing.assert_allclose(pair.real / frequency, 0, atol=1e-9)
    np.testing.assert_allclose(np.abs(pair.imag), frequency, rtol=1e-9)
    harmonic = states[1.0]["photon_number"].sel(mode="harmonic")
    assert float(harmonic) == pytest.approx(((p["γ_1"] + p["γ_2"]) / p["χ"]) ** 2, rel=1e-9)


@pytest.mark.parametrize(
    ("detuning", "pump", "stable"),
    [
        (0.0, 0.4, {0.0: True}),
        (0.0, 1.0, {0.0: False, "outer": True}),
        (-0.8, 0.6, {0.0: True, "outer": True, "inner": False}),
        (-0.8, 1.2, {0.0: False, "outer": True}),
        (0.8, 0.9, {0.0: True}),
    ],
)
def test_oscillations_of_the_kerr_oscillator_are_the_closed_form(detuning, pump, stable):
    """Photon numbers and stability of every fixed point, in units of κ; ±α come in pairs."""
    p = kerr_parametric.PUBLISHED
    kappa = p["decay"]
    changes = {"detuning": detuning * kappa, "pump": pump * kappa}
    states = steady_state(system_of("kerr-parametric", **changes))
    levels = {0.0: 0.0}
    if pump > 0.5:
        levels |= dict(zip(("outer", "inner"), kerr_parametric.photons(p | changes), strict=True))
    expected = sorted((levels[key], flag) for key, flag in stable.items())
    expected = [pair for pair in expected for _ in range(2 if pair[0] else 1)]
    numbers = states["photon_number"].values.ravel()
    order = np.argsort(numbers)
    np.testing.assert_allclose(numbers[order], [number for number, _ in expected], atol=1e-9)
    assert states["stable"].values[order].tolist() == [flag for _, flag in expected]


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_run_ends_where_its_comment_says(command, empty_figures, tmp_path, example):
    """In the linearised steady state if stable; else as cycle or master equation have it."""
    code, _, _ = command("run", example)
    assert code == 0
    end = open_result(tmp_path / "results" / example / f"{example}.nc").isel(time=-1)
    V = end["covariance"].values
    if example == "kerr-parametric":
        photons = (np.trace(V) + np.sum(end["mean"].values ** 2) - 1) / 2
        assert photons == pytest.approx(photons_of_the_master_equation(), rel=0.015)
    elif example == "second-harmonic":
        assert V[1, 1] == pytest.approx(variance_over_the_cycle(), rel=0.05)
    else:
        steady = steady_state(system_of(example)).isel(branch=0)["covariance"].values
        error = 5 * end["covariance_stderr"].values + 0.01 * np.abs(steady).max()
        assert np.all(np.abs(V - steady) < error)


def variance_over_the_cycle():
    """Of the fundamental's Y in the mean field, over its last periods: phases spread evenly."""
    p = second_harmonic.PUBLISHED
    terms = coefficients(second_harmonic.drift(p)).items()

    def slopes(_, u):
        rates = np.zeros(4)
        for (row, *factors), value in terms:
            rates[row] += value * np.prod(u[factors])
        return rates

    late = np.linspace(80, 120, 4001) / p["γ_1"]
    path = solve_ivp(slopes, (0, late[-1]), np.zeros(4), t_eval=late, rtol=1e-8, atol=1e-8)
    return np.var(path.y[1])


def hamiltonian(p, levels):
    """The Kerr parametric oscillator in QuTiP, in units of its decay rate, and its lowering."""
    a = qutip.destroy(levels)
    kerr = p["kerr"] / 2 * a.dag() ** 2 * a**2
    return (kerr - p["pump"] / 2 * (a.dag() ** 2 + a**2)) / p["decay"], a


def photons_of_the_master_equation():
    H, a = hamiltonian(kerr_parametric.PUBLISHED, 50)
    return qutip.expect(a.dag() * a, qutip.steadystate(H, [a]))


def liouvillian(p, levels):
    H, a = hamiltonian(p, levels)
    return csc_matrix(qutip.liouvillian(H, [a]).full())


@pytest.mark.slow
def test_switching_of_the_kerr_oscillator_is_as_fast_as_its_comment_says(command, empty_figures):
    """The gap of the master equation is QuTiP's; truncated Wigner switches 2.8 times as fast."""
    code, said, _ = command("switching", "kerr-parametric-switching", "--liouvillian")
    assert code == 0
    gap, ratio = re.search(r"gap +(\S+)/s exactly .* is (\S+) ± \S+ times that", said).groups()
    p = kerr_parametric.PUBLISHED | {"kerr": 0.2 * kerr_parametric.PUBLISHED["decay"]}
    rates = eigs(liouvillian(p, 40), k=2, sigma=1e-3, return_eigenvectors=False)
    assert float(gap) == pytest.approx(np.abs(rates.real).max() * p["decay"], rel=1e-3)
    assert float(ratio) == pytest.approx(2.8, abs=0.1)
    residence = [float(text) for text in re.findall(r"residence time +(\S+) ± \S+ µs", said)]
    assert residence == pytest.approx([23, 23], abs=1)
