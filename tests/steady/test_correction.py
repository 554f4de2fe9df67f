"""Leading corrections against closed forms, stationary densities, moment hierarchies and master equations."""

from collections import Counter
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np
import pytest
import qutip
from qlangevin.sde import Model
from qlangevin.sde.polynomial import Monomials
from qlangevin.sde.systems import CascadedResonators, HybridOscillators, Microrings, ScattererResonator
from qlangevin.sde.terms import detune, drive, kerr, lose, press, rub
from qlangevin.steady import leading_correction, steady_state
from scipy.linalg import solve_continuous_lyapunov

from tests.models import spinning

KINDS = ("mean_shift", "third_cumulant", "covariance_correction")


def optomechanical_cell():
    terms = [
        detune("a", 0.9),
        detune("b", 1.0),
        press("a", "b", 0.35),
        drive("a", 0.4 + 0.1j),
        lose("a", "light", amplitude_rate=0.5),
        lose("b", "bath", amplitude_rate=0.3, occupation=0.02),
    ]
    return Model.build(["a", "b"], terms)


def kerr_cell(drive_rate=0.45, detuning=0.3):
    terms = [
        detune("a", detuning),
        kerr("a", 0.4),
        drive("a", drive_rate),
        lose("a", "light", amplitude_rate=0.5, occupation=0.1),
    ]
    return Model.build(["a"], terms)


def coupled_cells():
    """Both nonlinearities, and friction on p alone."""
    terms = [
        detune("a", 0.4),
        kerr("a", 0.25),
        press("a", "m", 0.3),
        drive("a", 0.4),
        lose("a", "light", amplitude_rate=0.6),
        detune("m", 1.1),
        rub("m", 0.4, occupation=0.8),
    ]
    return Model.build(["a", "m"], terms)


CELLS = {
    "optomechanics": optomechanical_cell,
    "kerr": kerr_cell,
    "both": coupled_cells,
    "published": lambda: spinning().model(),
}


def from_mean_level(A, quadratic, cubic, B):
    """A model of one mode with these terms, {(row, factors…): rate}, in its mean-level drift."""
    Q, K = (
        Monomials(np.array(list(terms)).reshape(-1, order), np.array(list(terms.values()), float))
        for terms, order in ((quadratic, 3), (cubic, 4))
    )
    base = Model.build(["a"], [lose("a", "bath", amplitude_rate=1.0)])
    return replace(base, A=np.asarray(A, float), Q=Q, K=K, B=B).averaged(-0.5 * np.eye(2))


def anharmonic_oscillator(N, omega, a, b, damping):
    """q̇ = ωp, ṗ = −ω(q + aq² + bq³) − γp + noise in the mean field, at ⟨p²⟩ = N."""
    A = [[0, omega], [-omega, -damping]]
    B = np.diag([0, np.sqrt(2 * damping * N)])
    return from_mean_level(A, {(1, 0, 0): -a * omega}, {(1, 0, 0, 0): -b * omega}, B)


FLOW = 2.0, 2.4, 0.5, -0.3


def gradient_flow():
    """Ẋ = −κX + gX² + bX³ + √D ξ in the mean field, beside a linear Y: there is no Hamiltonian."""
    kappa, D, g, b = FLOW
    return from_mean_level(-kappa * np.eye(2), {(0, 0, 0): g}, {(0, 0, 0, 0): b}, np.sqrt(D) * np.eye(2))


def only_branch(found):
    assert found.sizes["branch"] == 1
    return found.isel(branch=0)


def prediction(model):
    found = only_branch(leading_correction(model))
    return [found[kind].values for kind in KINDS]


def linear_covariance(model):
    steady = only_branch(steady_state(model))
    return steady["mean"].values, solve_continuous_lyapunov(steady.drift_matrix.values, -model.diffusion)


def extrapolated(measured, model, s, **options):
    """Leading coefficients of what `measured(model, s)` finds beyond linear theory, next order removed."""
    ū, V = linear_covariance(model)
    near, far = (measured(model, ū, step, **options) for step in (s, 2 * s))
    fine, coarse = (
        [*(odd / step for odd in found[:-1]), (found[-1] - V) / step**2] for found, step in ((near, s), (far, 2 * s))
    )
    return [(4 * f - c) / 3 for f, c in zip(fine, coarse, strict=True)]


def distance(found, expected):
    """Largest deviation of any kind, relative to the largest element of its kind."""
    return max(np.abs(f - e).max() / np.abs(e).max() for f, e in zip(found, expected, strict=True))


def shifted(model, u):
    """The drift as polynomials in x = u′ − u, one {exponents: coefficient} for each quadrature."""
    rows = [Counter() for _ in u]
    terms = [((i,), c) for i, c in enumerate(model.c)]
    terms += [((i, j), a) for (i, j), a in np.ndenumerate(model.A)]
    terms += [(tuple(at), v) for form in (model.Q, model.K) for at, v in zip(form.index, form.value, strict=True)]
    for (row, *factors), value in terms:
        product = Counter({(): value})
        for factor in factors:
            grown = Counter()
            for x, c in product.items():
                grown[tuple(sorted((*x, factor)))] += c
                grown[x] += c * u[factor]
            product = grown
        rows[row].update(product)
    return rows


def hierarchy(model, ū, s, level="weyl", noise=1.0, sign=1.0, order=4):
    """Mean, third cumulants and covariance about ū/s from the moment equations of the Fokker-Planck equation.

    Moments above the order count as zero, which moves the covariance by the fourth power of s.
    """
    scaled = model.scaled(s) if level == "weyl" else model.scaled(s).mean_level
    drift, D, n = shifted(scaled, ū / s), noise * model.diffusion, len(ū)
    drift = [{x: c * (sign if len(x) > 1 else 1.0) for x, c in row.items()} for row in drift]
    unknown = [x for k in range(1, order + 1) for x in combinations_with_replacement(range(n), k)]
    place = {x: k for k, x in enumerate(unknown)}
    M, source = np.zeros((len(unknown), len(unknown))), np.zeros(len(unknown))

    def add(row, x, value):
        if x:
            if len(x) <= order:
                M[row, place[tuple(sorted(x))]] += value
        else:
            source[row] += value

    for row, x in enumerate(unknown):
        for k, i in enumerate(x):
            rest = x[:k] + x[k + 1 :]
            for factors, value in drift[i].items():
                add(row, rest + factors, value)
            for m in range(k):
                add(row, rest[:m] + rest[m + 1 :], D[i, x[m]])
    moment = np.linalg.solve(M, -source)

    def table(k):
        indices = np.indices((n,) * k).reshape(k, -1).T
        return np.array([moment[place[tuple(sorted(map(int, at)))]] for at in indices]).reshape((n,) * k)

    return cumulants(table(1), table(2), table(3))


def cumulants(one, two, three):
    V = two - np.multiply.outer(one, one)
    mixed = np.multiply.outer(V, one)
    third = three - mixed - mixed.transpose(0, 2, 1) - mixed.transpose(2, 0, 1)
    return one, third - np.multiply.outer(np.multiply.outer(one, one), one), V


HIERARCHIES = pytest.mark.parametrize(
    ("cell", "s"), [("optomechanics", 0.02), ("kerr", 0.01), ("both", 0.02), ("published", 500)]
)
FAULTS = {
    "no symmetric ordering in the drift": {"level": "mean"},
    "coupling of the other sign": {"sign": -1.0},
    "twice the noise": {"noise": 2.0},
}


@HIERARCHIES
def test_moment_hierarchies_meet_the_corrections_as_the_nonlinearity_vanishes(cell, s):
    model = CELLS[cell]()
    assert distance(extrapolated(hierarchy, model, s), prediction(model)) <= 1e-6


@HIERARCHIES
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_moment_hierarchies_with_a_fault_do_not(cell, s, fault):
    model = CELLS[cell]()
    assert distance(extrapolated(hierarchy, model, s, **fault), prediction(model)) >= 0.1


@pytest.mark.parametrize("quality_factor", [2.0, 1e6])
@pytest.mark.parametrize("N", [0.5, 1.7, 1e5])
def test_anharmonic_oscillator_meets_the_closed_form_of_its_boltzmann_distribution(N, quality_factor):
    omega, a, b = 2e7, 3e-3, 5e-6
    found = only_branch(leading_correction(anharmonic_oscillator(N, omega, a, b, omega / quality_factor)))
    q = 2 * a**2 * N**2 + 2 * a**2 * N * (N - 0.5) - 3 * b * N * (N - 0.5)
    third = np.zeros((2, 2, 2))
    third[0, 0, 0] = -2 * a * N**2
    rounding = 1e-15 * max(quality_factor, 100)
    np.testing.assert_allclose(found.covariance_correction, [[q, 0], [0, 0]], atol=rounding * (a * N) ** 2)
    np.testing.assert_allclose(found.third_cumulant, third, atol=rounding * a * N**2)
    np.testing.assert_allclose(found.mean_shift, [-a * (N - 0.5), 0], atol=1e-14 * a * N)


def test_gradient_flow_meets_the_moments_of_its_stationary_density():
    (kappa, D, g, b), model = FLOW, gradient_flow()
    along = np.array([1.0, 0.0])
    whole = np.outer(along, along)

    def density(_model, _mean, s):
        sigma = np.sqrt(D / (2 * kappa))
        x, weights = np.polynomial.legendre.leggauss(400)
        x, ordering = 10 * sigma * x, 1.5 * b * s**2
        slopes = s * g / 2 * x + (kappa + ordering) * x**2 / 2 - s * g * x**3 / 3 - s**2 * b * x**4 / 4
        weights = weights * np.exp(-2 / D * slopes)
        one, two, three = (weights @ x**k / weights.sum() for k in (1, 2, 3))
        m, third, V = cumulants(np.array([one]), np.array([[two]]), np.array([[[three]]]))
        return along * m, np.multiply.outer(whole, along) * third, whole * V + np.diag([0, sigma**2])

    assert distance(extrapolated(density, model, 0.01), prediction(model)) <= 1e-6


def master_equation(model, mean, s, hamiltonian, decays, levels):
    """Mean and covariance about ū/s of the steady state of a master equation, in a frame displaced by ū/s."""
    a = [
        qutip.tensor([qutip.destroy(N) if i == k else qutip.qeye(N) for i, N in enumerate(levels)])
        for k in range(len(levels))
    ]
    displaced = [b + (mean[2 * k] + 1j * mean[2 * k + 1]) / (np.sqrt(2) * s) for k, b in enumerate(a)]
    rho = qutip.steadystate(hamiltonian(s, *displaced), decays(*displaced))
    x = [q for b in a for q in ((b + b.dag()) / np.sqrt(2), (b - b.dag()) / (1j * np.sqrt(2)))]
    m = np.array([qutip.expect(q, rho) for q in x])
    V = np.array([[qutip.expect((q * p + p * q) / 2, rho) for p in x] for q in x])
    return m, V - np.outer(m, m)


def optomechanical_master_equation():
    def hamiltonian(s, a, b):
        light = 1j * (0.4 + 0.1j) / s * a.dag()
        return (
            0.9 * a.dag() * a + b.dag() * b - s * 0.35 * a.dag() * a * (b + b.dag()) / np.sqrt(2) + light + light.dag()
        )

    def decays(a, b):
        return [a, np.sqrt(0.6 * 1.02) * b, np.sqrt(0.6 * 0.02) * b.dag()]

    return {"hamiltonian": hamiltonian, "decays": decays, "levels": (7, 8)}


def kerr_master_equation():
    def hamiltonian(s, a):
        light = 1j * 0.45 / s * a.dag()
        return 0.3 * a.dag() * a + s**2 * 0.4 / 2 * a.dag() ** 2 * a**2 + light + light.dag()

    def decays(a):
        return [np.sqrt(1.1) * a, np.sqrt(0.1) * a.dag()]

    return {"hamiltonian": hamiltonian, "decays": decays, "levels": (24,)}


MASTER_EQUATIONS = {"optomechanics": optomechanical_master_equation, "kerr": kerr_master_equation}


@pytest.mark.parametrize("cell", MASTER_EQUATIONS)
def test_master_equation_meets_the_quantum_correction_and_not_that_of_truncated_wigner(cell):
    model = CELLS[cell]()
    mean, dV = extrapolated(master_equation, model, 0.05, **MASTER_EQUATIONS[cell]())
    found = only_branch(leading_correction(model))
    classical, quantum = found.covariance_correction.values, found.covariance_correction_quantum.values
    assert distance([mean], [found.mean_shift.values]) <= 1e-3
    assert distance([dV], [quantum]) <= 1e-3
    assert distance([dV], [classical]) >= 0.1
    assert distance([dV], [2 * classical - quantum]) >= 0.1
    sigma = np.sqrt(np.diagonal(steady_state(model).covariance.values[0]))
    measured = np.abs(dV - classical) / np.outer(sigma, sigma)
    assert found.relative_truncation == pytest.approx(measured.max(), rel=1e-3)


def at_published_point(kind):
    if kind is CascadedResonators:
        system = CascadedResonators.published(spin_left=0.6e6, noise="consistent")
        return system.at_effective_detuning(0.74 * system.mechanical_frequency)
    system = ScattererResonator.published(noise="consistent")
    return system.at_effective_detuning(0.85 * system.decay - system.scatterer_shift)


PUBLISHED = {
    "spinning": (spinning, 1.400752e-10, 6.995313e-11),
    "scatterers": (lambda: at_published_point(ScattererResonator), 1.621568e-10, 9.920395e-11),
    "cascaded": (lambda: at_published_point(CascadedResonators), 2.051322e-09, 1.905860e-09),
}
published = pytest.mark.parametrize(("make", "correction", "truncation"), PUBLISHED.values(), ids=PUBLISHED.keys())


@published
@pytest.mark.parametrize("s", [0.3, 3e4])
def test_corrections_grow_with_the_square_of_the_nonlinearity(make, correction, truncation, s):
    found = only_branch(leading_correction(make()))
    stronger = only_branch(leading_correction(make().model().scaled(s)))
    for name, order in (("mean_shift", 1), ("third_cumulant", 1), ("covariance_correction", 2)):
        size = np.abs(found[name]).max().item()
        np.testing.assert_allclose(stronger[name] / s**order, found[name], rtol=0, atol=1e-9 * size)
    for name, size in (("relative_correction", correction), ("relative_truncation", truncation)):
        assert found[name] == pytest.approx(size, rel=1e-6, abs=0)
        assert stronger[name] / s**2 == pytest.approx(size, rel=1e-6, abs=0)


@pytest.mark.parametrize("kind", [Microrings, HybridOscillators])
def test_linear_systems_need_no_correction(kind):
    found = leading_correction(kind.published())
    for name in (*KINDS, "covariance_correction_quantum", "relative_correction", "relative_truncation"):
        np.testing.assert_array_equal(found[name], 0.0)


def test_only_stable_branches_have_numbers():
    bistable = kerr_cell(drive_rate=1.3, detuning=-1.8)
    found = leading_correction(bistable)
    np.testing.assert_array_equal(steady_state(bistable).stable, [True, False, True])
    np.testing.assert_array_equal(found.reason == "", [True, False, True])
    for name in (*KINDS, "covariance_correction_quantum", "relative_correction", "relative_truncation"):
        assert np.isfinite(found[name].isel(branch=[0, 2])).all()
        assert np.isnan(found[name].isel(branch=1)).all()


def test_drift_without_a_hamiltonian_has_no_quantum_correction():
    found = only_branch(leading_correction(gradient_flow()))
    assert np.isnan(found.covariance_correction_quantum).all()
    assert np.isnan(found.relative_truncation)
    assert found.relative_correction > 0


def test_third_cumulants_and_covariances_are_symmetric_and_labelled():
    found = leading_correction(coupled_cells())
    C = found.third_cumulant.isel(branch=0).values
    for order in ((0, 2, 1), (2, 1, 0), (1, 0, 2)):
        np.testing.assert_allclose(C.transpose(order), C, atol=1e-12 * np.abs(C).max())
    assert found.third_cumulant.dims == ("branch", "quadrature", "quadrature_", "quadrature__")
    assert list(found.quadrature__.values) == list(coupled_cells().quadratures)
    assert {found[name].attrs["units"] for name in KINDS} == {"1"}


def test_arrays_of_parameters_are_refused():
    with pytest.raises(ValueError, match="leading_correction takes one parameter point"):
        leading_correction(spinning().replace(power=np.array([0.01, 0.02])))
