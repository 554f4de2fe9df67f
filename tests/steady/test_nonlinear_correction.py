"""Leading corrections against closed forms, stationary densities, moment hierarchies and master
equations.
"""

from collections import Counter
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np
import pytest
import qutip
from scipy.linalg import solve_continuous_lyapunov

from qlangevin.sde import Model
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.systems import (
    CascadedResonators,
    HybridOscillators,
    Microrings,
    ScattererResonator,
)
from qlangevin.sde.terms import detune, drive, kerr, lose, press, rub
from qlangevin.steady import leading_correction, steady_state
from tests.models import spinning

KINDS = ("mean_shift", "third_cumulant", "covariance_correction")
ALL = (*KINDS, "covariance_correction_quantum", "relative_correction", "relative_truncation")


def optomechanical_cell():
    light = [detune("a", 0.9), drive("a", 0.4 + 0.1j), lose("a", "light", amplitude_rate=0.5)]
    motion = [
        detune("b", 1.0),
        press("a", "b", 0.35),
        lose("b", "bath", amplitude_rate=0.3, occupation=0.02),
    ]
    return Model.build(["a", "b"], light + motion)


def kerr_cell(drive_rate=0.45, detuning=0.3):
    loss = lose("a", "light", amplitude_rate=0.5, occupation=0.1)
    return Model.build(["a"], [detune("a", detuning), kerr("a", 0.4), drive("a", drive_rate), loss])


def coupled_cells():
    """Both nonlinearities, and friction on p alone."""
    light = [
        detune("a", 0.4),
        kerr("a", 0.25),
        drive("a", 0.4),
        lose("a", "light", amplitude_rate=0.6),
    ]
    return Model.build(
        ["a", "m"], [*light, press("a", "m", 0.3), detune("m", 1.1), rub("m", 0.4, occupation=0.8)]
    )


CELLS = {
    "optomechanics": (optomechanical_cell, 0.02),
    "kerr": (kerr_cell, 0.01),
    "both": (coupled_cells, 0.02),
    "published": (lambda: spinning().model(), 500),
}
"""Models, and how far to scale their nonlinearity."""
cells = pytest.mark.parametrize(("make", "s"), CELLS.values(), ids=CELLS.keys())


def from_mean_level(A, row, quadratic, cubic, B):
    """A model of one mode whose mean-level drift is A u, and in this row also quadratic · X² +
    cubic · X³.
    """
    terms = ((2, quadratic), (3, cubic))
    Q, K = (Monomials(np.array([[row] + [0] * order]), np.array([rate])) for order, rate in terms)
    lossy = Model.build(["a"], [lose("a", "bath", amplitude_rate=1.0)])
    return replace(lossy, A=np.asarray(A, float), Q=Q, K=K, B=B).averaged(-0.5 * np.eye(2))


def anharmonic_oscillator(N, omega, a, b, damping):
    """q̇ = ωp, ṗ = −ω(q + aq² + bq³) − γp + noise in the mean field, at ⟨p²⟩ = N."""
    noise = np.diag([0, np.sqrt(2 * damping * N)])
    return from_mean_level([[0, omega], [-omega, -damping]], 1, -a * omega, -b * omega, noise)


FLOW = 2.0, 2.4, 0.5, -0.3


def gradient_flow():
    """Ẋ = −κX + gX² + bX³ + √D ξ in the mean field, beside a linear Y: there is no Hamiltonian."""
    kappa, D, g, b = FLOW
    return from_mean_level(-kappa * np.eye(2), 0, g, b, np.sqrt(D) * np.eye(2))


def only_branch(found):
    assert found.sizes["branch"] == 1
    return found.isel(branch=0)


def prediction(model):
    return [only_branch(leading_correction(model))[kind].values for kind in KINDS]


def extrapolated(measured, model, s, **options):
    """Leading coefficients of what `measured(model, s)` finds beyond linear theory, next order
    removed.
    """
    steady = only_branch(steady_state(model))
    ū, V = (
        steady["mean"].values,
        solve_continuous_lyapunov(steady.drift_matrix.values, -model.diffusion),
    )
    near, far = (measured(model, ū, step, **options) for step in (s, 2 * s))
    fine, coarse = (
        [*(x / t for x in odd), (W - V) / t**2] for (*odd, W), t in ((near, s), (far, 2 * s))
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
    terms += [
        (tuple(at), v)
        for form in (model.Q, model.K)
        for at, v in zip(form.index, form.value, strict=True)
    ]
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
    """Mean, third cumulants and covariance about ū/s from the moment equations; moments above the
    order count as 0.
    """
    scaled = model.scaled(s) if level == "weyl" else model.scaled(s).mean_level
    drift, D, n = shifted(scaled, ū / s), noise * model.diffusion, len(ū)
    drift = [{x: c * (sign if len(x) > 1 else 1.0) for x, c in row.items()} for row in drift]
    unknown = [x for k in range(1, order + 1) for x in combinations_with_replacement(range(n), k)]
    place = {x: k for k, x in enumerate(unknown)}
    M, source = np.zeros((len(unknown), len(unknown))), np.zeros(len(unknown))

    def add(row, x, value):
        if not x:
            source[row] += value
        elif len(x) <= order:
            M[row, place[tuple(sorted(x))]] += value

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
        return np.array([moment[place[tuple(sorted(map(int, at)))]] for at in indices]).reshape(
            (n,) * k
        )

    return cumulants(table(1), table(2), table(3))


def cumulants(one, two, three):
    V = two - np.multiply.outer(one, one)
    mixed = np.multiply.outer(V, one)
    third = three - mixed - mixed.transpose(0, 2, 1) - mixed.transpose(2, 0, 1)
    return one, third - np.multiply.outer(np.multiply.outer(one, one), one), V


FAULTS = {
    "no symmetric ordering in the drift": {"level": "mean"},
    "coupling of the other sign": {"sign": -1.0},
    "twice the noise": {"noise": 2.0},
}


@cells
def test_moment_hierarchies_meet_the_corrections_as_the_nonlinearity_vanishes(make, s):
    model = make()
    assert distance(extrapolated(hierarchy, model, s), prediction(model)) <= 1e-6


@cells
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_moment_hierarchies_with_a_fault_do_not(make, s, fault):
    model = make()
    assert distance(extrapolated(hierarchy, model, s, **fault), prediction(model)) >= 0.1


@pytest.mark.parametrize("quality_factor", [2.0, 1e6])
@pytest.mark.parametrize("N", [0.5, 1.7, 1e5])
def test_anharmonic_oscillator_meets_the_closed_form_of_its_boltzmann_distribution(
    N, quality_factor
):
    omega, a, b = 2e7, 3e-3, 5e-6
    found = only_branch(
        leading_correction(anharmonic_oscillator(N, omega, a, b, omega / quality_factor))
    )
    q = 2 * a**2 * N**2 + 2 * a**2 * N * (N - 0.5) - 3 * b * N * (N - 0.5)
    third = np.zeros((2, 2, 2))
    third[0, 0, 0] = -2 * a * N**2
    rounding = 1e-15 * max(quality_factor, 100)
    np.testing.assert_allclose(
        found.covariance_correction, [[q, 0], [0, 0]], atol=rounding * (a * N) ** 2
    )
    np.testing.assert_allclose(found.third_cumulant, third, atol=rounding * a * N**2)
    np.testing.assert_allclose(found.mean_shift, [-a * (N - 0.5), 0], atol=1e-14 * a * N)


def test_gradient_flow_meets_the_moments_of_its_stationary_density():
    (kappa, D, g, b), model = FLOW, gradient_flow()
    variance, along, whole = D / (2 * kappa), np.array([1.0, 0.0]), np.diag([1.0, 0.0])

    def density(_model, _mean, s):
        x, weights = np.polynomial.legendre.leggauss(400)
        x *= 10 * np.sqrt(variance)
        falling = (
            s * g * (x**3 / 3 - x / 2) + s**2 * b * (x**4 / 4 - 3 * x**2 / 4) - kappa * x**2 / 2
        )
        weights *= np.exp(2 / D * falling)
        one, two, three = (weights @ x**k / weights.sum() for k in (1, 2, 3))
        m, third, V = cumulants(np.array([one]), np.array([[two]]), np.array([[[three]]]))
        return (
            m * along,
            third * np.multiply.outer(whole, along),
            V * whole + np.diag([0, variance]),
        )

    assert distance(extrapolated(density, model, 0.01), prediction(model)) <= 1e-6


def optomechanical_master_equation(s, a, b):
    motion = b.dag() * b - s * 0.35 / np.sqrt(2) * a.dag() * a * (b + b.dag())
    light = 1j * (0.4 + 0.1j) / s * a.dag()
    return 0.9 * a.dag() * a + motion + light + light.dag(), [
        a,
        np.sqrt(0.612) * b,
        np.sqrt(0.012) * b.dag(),
    ]


def kerr_master_equation(s, a):
    light, nonlinear = 0.45j / s * a.dag(), s**2 * 0.2 * a.dag() ** 2 * a**2
    return 0.3 * a.dag() * a + nonlinear + light + light.dag(), [
        np.sqrt(1.1) * a,
        np.sqrt(0.1) * a.dag(),
    ]


MASTER_EQUATIONS = {
    "optomechanics": (optomechanical_cell, optomechanical_master_equation, (7, 8)),
    "kerr": (kerr_cell, kerr_master_equation, (24,)),
}
"""Models, their Hamiltonian and jumps at nonlinearity s, and levels that suffice for the
fluctuations.
"""


def master_equation(model, mean, s, equation, levels):
    """Mean and covariance about ū/s of the steady state of a master equation, in a frame displaced
    by ū/s.
    """
    single = [
        [qutip.destroy(N) if i == k else qutip.qeye(N) for i, N in enumerate(levels)]
        for k in range(len(levels))
    ]
    a = [qutip.tensor(factors) for factors in single]
    displaced = [
        b + (mean[2 * k] + 1j * mean[2 * k + 1]) / (np.sqrt(2) * s) for k, b in enumerate(a)
    ]
    rho = qutip.steadystate(*equation(s, *displaced))
    x = [q for b in a for q in ((b + b.dag()) / np.sqrt(2), (b - b.dag()) / (1j * np.sqrt(2)))]
    m = np.array([qutip.expect(q, rho) for q in x])
    V = np.array([[qutip.expect((q * p + p * q) / 2, rho) for p in x] for q in x])
    return m, V - np.outer(m, m)


@pytest.mark.parametrize(
    ("make", "equation", "levels"), MASTER_EQUATIONS.values(), ids=MASTER_EQUATIONS.keys()
)
def test_master_equation_meets_the_quantum_correction_and_not_that_of_truncated_wigner(
    make, equation, levels
):
    model = make()
    mean, dV = extrapolated(master_equation, model, 0.05, equation=equation, levels=levels)
    found, linear = (only_branch(of(model)) for of in (leading_correction, steady_state))
    classical, quantum = (
        found.covariance_correction.values,
        found.covariance_correction_quantum.values,
    )
    assert distance([mean], [found.mean_shift.values]) <= 1e-3
    assert distance([dV], [quantum]) <= 1e-3
    assert distance([dV], [classical]) >= 0.1
    assert distance([dV], [2 * classical - quantum]) >= 0.1
    measured = np.abs(dV - classical) / np.sqrt(np.outer(*2 * [np.diag(linear.covariance)]))
    assert found.relative_truncation == pytest.approx(measured.max(), rel=1e-3)


def scatterers():
    system = ScattererResonator.published(noise="consistent")
    return system.at_effective_detuning(0.85 * system.decay - system.scatterer_shift)


def cascaded():
    system = CascadedResonators.published(spin_left=0.6e6, noise="consistent")
    return system.at_effective_detuning(0.74 * system.mechanical_frequency)


PUBLISHED = {
    "spinning": (spinning, 1.400752e-10, 6.995313e-11),
    "scatterers": (scatterers, 1.621568e-10, 9.920395e-11),
    "cascaded": (cascaded, 2.051322e-09, 1.905860e-09),
}
published = pytest.mark.parametrize(
    ("make", "correction", "truncation"), PUBLISHED.values(), ids=PUBLISHED.keys()
)


@published
@pytest.mark.parametrize("s", [0.3, 3e4])
def test_corrections_grow_with_the_square_of_the_nonlinearity(make, correction, truncation, s):
    found = only_branch(leading_correction(make()))
    stronger = only_branch(leading_correction(make().model().scaled(s)))
    for name, order in zip(KINDS, (1, 1, 2), strict=True):
        size = np.abs(found[name]).max().item()
        np.testing.assert_allclose(stronger[name] / s**order, found[name], rtol=0, atol=1e-9 * size)
    for name, size in (("relative_correction", correction), ("relative_truncation", truncation)):
        assert found[name] == pytest.approx(size, rel=1e-6, abs=0)
        assert stronger[name] / s**2 == pytest.approx(size, rel=1e-6, abs=0)


@pytest.mark.parametrize("kind", [Microrings, HybridOscillators])
def test_linear_systems_need_no_correction(kind):
    found = leading_correction(kind.published())
    for name in ALL:
        np.testing.assert_array_equal(found[name], 0.0)


def test_only_stable_branches_have_numbers():
    bistable = kerr_cell(drive_rate=1.3, detuning=-1.8)
    found = leading_correction(bistable)
    np.testing.assert_array_equal(steady_state(bistable).stable, [True, False, True])
    np.testing.assert_array_equal(found.reason == "", [True, False, True])
    for name in ALL:
        assert np.isfinite(found[name].isel(branch=[0, 2])).all()
        assert np.isnan(found[name].isel(branch=1)).all()


def test_what_truncation_leaves_out_does_not_depend_on_the_noise():
    cold, hot = (
        only_branch(leading_correction(anharmonic_oscillator(N, 1.0, 0.1, 0.004, 0.5)))
        for N in (0.5, 1e5)
    )
    assert cold.relative_truncation > 1e-4
    np.testing.assert_allclose(
        hot.relative_truncation * 1e5, cold.relative_truncation * 0.5, rtol=1e-12
    )


def test_drift_without_a_hamiltonian_has_no_quantum_correction():
    found = only_branch(leading_correction(gradient_flow()))
    assert np.isnan(found.covariance_correction_quantum).all()
    assert np.isnan(found.relative_truncation)
    assert found.relative_correction > 0


def test_third_cumulants_and_covariances_are_symmetric_and_labelled():
    found = leading_correction(coupled_cells())
    C = found.third_cumulant.values
    for axes in ((1, 2), (2, 3)):
        np.testing.assert_allclose(C.swapaxes(*axes), C, atol=1e-12 * np.abs(C).max())
    assert found.third_cumulant.dims == ("branch", "quadrature", "quadrature_", "quadrature__")
    assert list(found.quadrature__.values) == list(coupled_cells().quadratures)
    assert {found[name].attrs["units"] for name in KINDS} == {"1"}


def test_arrays_of_parameters_are_refused():
    with pytest.raises(ValueError, match="leading_correction takes one parameter point"):
        leading_correction(spinning().replace(power=np.array([0.01, 0.02])))
