"""Physicality audits against matrices whose answer is known by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qlangevin.analysis.gaussian import symplectic_form
from qlangevin.analysis.physicality import audit_model, audit_state


def squeezed(r, noise=1.0):
    return 0.5 * noise * np.diag(np.exp([2 * r, -2 * r]))


@pytest.mark.parametrize("r", [0.0, 0.5, 3.0])
def test_pure_states_touch_the_uncertainty_bound(r):
    audit = audit_state(squeezed(r))
    assert audit.uncertainty == pytest.approx(0, abs=1e-12)
    assert audit.least_symplectic == pytest.approx(0.5, rel=1e-12)
    assert audit.physical


def test_thermal_state_exceeds_the_bound_by_its_occupation():
    audit = audit_state(squeezed(0.0, noise=2 * 3 + 1))
    assert audit.uncertainty == pytest.approx(3)
    assert audit.least_symplectic == pytest.approx(3.5)


def test_too_little_noise_is_not_physical():
    audit = audit_state(squeezed(0.7, noise=0.99))
    assert audit.uncertainty < 0
    assert audit.least_symplectic == pytest.approx(0.495)
    assert not audit.physical


def test_a_hot_state_with_rounding_is_physical():
    V = np.diag([1e9, 0.25e-9])
    assert audit_state(V).physical
    assert not audit_state(0.9 * np.eye(2) / 2).physical


def test_negative_variance_has_no_symplectic_eigenvalue():
    audit = audit_state(np.diag([-1.0, 1.0]))
    assert not audit.physical
    assert np.isnan(audit.least_symplectic)


def test_state_audit_is_batched_and_nan_is_not_physical():
    V = np.array([[squeezed(0.3), np.full((2, 2), np.nan), squeezed(0.0, noise=0.5)]])
    audit = audit_state(V)
    assert audit.physical.tolist() == [[True, False, False]]
    assert (
        np.isnan(audit.uncertainty).tolist()
        == np.isnan(audit.least_symplectic).tolist()
        == [[False, True, False]]
    )


def test_state_audit_refuses_another_shape():
    with pytest.raises(ValueError, match=r"V must have shape .* \(got \(3, 3\)\)"):
        audit_state(np.eye(3))


@pytest.mark.parametrize("kappa", [-2.0, 1.0, 3e7])
def test_cavity_and_amplifier_with_vacuum_noise_are_exactly_marginal(kappa):
    assert audit_model(-kappa * np.eye(2), abs(kappa) * np.eye(2)) == 0


def test_detuning_and_two_photon_drive_need_no_noise():
    hamiltonian = np.array([[2.0, 0.7], [0.7, -1.0]])
    assert audit_model(symplectic_form(1) @ hamiltonian, np.zeros((2, 2))) == pytest.approx(
        0, abs=1e-15
    )


def test_missing_noise_is_negative_by_the_missing_amount():
    kappa = 2.0
    assert audit_model(-kappa * np.eye(2), 0.9 * kappa * np.eye(2)) == pytest.approx(-0.1 * kappa)


@pytest.mark.parametrize("occupation", [10.0, 1e3])
def test_friction_on_p_alone_is_negative_by_a_small_known_amount(occupation):
    omega = 1.0
    gamma = 1e-3
    noise = 2 * occupation + 1
    A = np.array([[0, omega], [-omega, -gamma]])
    D = np.diag([0, gamma * noise])
    exact = gamma * (noise - np.hypot(noise, 1)) / 2
    assert audit_model(A, D) == pytest.approx(exact, abs=1e-15 * gamma * noise)
    assert audit_model(A, D) == pytest.approx(-gamma / (4 * noise), rel=0.01)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_audit_bracket_drives_the_uncertainty_matrix(seed):
    """Its least eigenvalue is that of d(V + iΩ/2)/dt, from dV/dt alone, less A(V + iΩ/2) + h.c."""
    rng = np.random.default_rng(seed)
    A, B, C = rng.normal(size=(3, 4, 4))
    D = B @ B.T
    V = C @ C.T
    W = V + 0.5j * symplectic_form(2)
    bracket = (A @ V + V @ A.T + D) - (A @ W + W @ A.T)
    assert audit_model(A, D) == pytest.approx(np.linalg.eigvalsh(bracket)[0], abs=1e-12)


def test_model_audit_broadcasts_drift_against_diffusion_and_passes_nan():
    A = -np.array([1.0, 2.0, np.nan])[:, None, None] * np.eye(2)
    found = audit_model(A, 2 * np.eye(2))
    np.testing.assert_allclose(found, [1.0, 0.0, np.nan])


def test_model_audit_refuses_unequal_sizes():
    with pytest.raises(
        ValueError, match=r"A and D must both have shape .* \(got \(2, 2\) and \(4, 4\)\)"
    ):
        audit_model(np.eye(2), np.eye(4))
