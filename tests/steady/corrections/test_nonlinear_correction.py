"""Leading corrections against closed forms and stationary densities; their scaling and labels."""

from dataclasses import replace

import numpy as np
import pytest

from qlangevin.sde import Model
from qlangevin.sde.model.polynomial import Monomials
from qlangevin.sde.systems import (
    CascadedResonators,
    HybridOscillators,
    Microrings,
    ScattererResonator,
)
from qlangevin.sde.terms import lose
from qlangevin.steady import leading_correction, steady_state
from tests.models import spinning

from .models import (
    KINDS,
    coupled_cells,
    cumulants,
    distance,
    extrapolated,
    kerr_cell,
    only_branch,
    prediction,
)

ALL = (*KINDS, "covariance_correction_quantum", "relative_correction", "relative_truncation")


def from_mean_level(A, row, quadratic, cubic, B):
    """A model of one mode with mean-level drift A u, and quadratic · X² + cubic · X³ in a row."""
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


@pytest.mark.parametrize("quality_factor", [2.0, 1e6])
@pytest.mark.parametrize("N", [0.5, 1.7, 1e5])
def test_anharmonic_oscillator_has_the_closed_form_of_its_boltzmann_distribution(N, quality_factor):
    omega = 2e7
    a = 3e-3
    b = 5e-6
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


def test_gradient_flow_has_the_moments_of_its_stationary_density():
    (kappa, D, g, b), model = FLOW, gradient_flow()
    variance = D / (2 * kappa)
    along = np.array([1.0, 0.0])
    whole = np.diag([1.0, 0.0])

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


def test_the_omitted_terms_do_not_depend_on_the_noise():
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
