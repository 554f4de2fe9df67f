"""Leading corrections of the full quantum state against master equations."""

import numpy as np
import pytest
import qutip

from qlangevin.steady import leading_correction, steady_state
from tests.models import optomechanical_cell

from .models import distance, extrapolated, kerr_cell, only_branch


def optomechanical_master_equation(s, a, b):
    motion = b.dag() * b - s * 0.35 / np.sqrt(2) * a.dag() * a * (b + b.dag())
    light = 1j * (0.4 + 0.1j) / s * a.dag()
    return 0.9 * a.dag() * a + motion + light + light.dag(), [
        a,
        np.sqrt(0.612) * b,
        np.sqrt(0.012) * b.dag(),
    ]


def kerr_master_equation(s, a):
    light = 0.45j / s * a.dag()
    nonlinear = s**2 * 0.2 * a.dag() ** 2 * a**2
    return 0.3 * a.dag() * a + nonlinear + light + light.dag(), [
        np.sqrt(1.1) * a,
        np.sqrt(0.1) * a.dag(),
    ]


MASTER_EQUATIONS = {
    "optomechanics": (optomechanical_cell, optomechanical_master_equation, (7, 8)),
    "kerr": (kerr_cell, kerr_master_equation, (24,)),
}
"""Models, Hamiltonian and jumps at nonlinearity s, and levels sufficient for the fluctuations."""


def master_equation(model, mean, s, equation, levels):
    """Mean and covariance about ū/s of the steady state of a master equation.

    The frame is displaced by ū/s.
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
def test_master_equation_has_the_quantum_correction_and_not_that_of_truncated_wigner(
    make, equation, levels
):
    model = make()
    mean, dV = extrapolated(master_equation, model, 0.05, equation=equation, levels=levels)
    found, linear = (only_branch(of(model)) for of in (leading_correction, steady_state))
    classical = found.covariance_correction.values
    quantum = found.covariance_correction_quantum.values
    assert distance([mean], [found.mean_shift.values]) <= 1e-3
    assert distance([dV], [quantum]) <= 1e-3
    assert distance([dV], [classical]) >= 0.1
    assert distance([dV], [2 * classical - quantum]) >= 0.1
    measured = np.abs(dV - classical) / np.sqrt(np.outer(*2 * [np.diag(linear.covariance)]))
    assert found.relative_truncation == pytest.approx(measured.max(), rel=1e-3)
