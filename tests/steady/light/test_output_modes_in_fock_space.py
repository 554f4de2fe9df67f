"""A filtered mode in Fock space: the master equation of a cavity whose light enters another."""

import numpy as np

from qlangevin.sde import Model
from qlangevin.sde.terms import detune, lose, squeeze
from qlangevin.steady import Filter, output_modes

LEVELS = 6


def steady_density_matrix(H, jumps, parity):
    """The density matrix with −i[H, ρ] + Σ (LρL† − ½{L†L, ρ}) = 0, ρ stacked row by row.

    H conserves the parity (states,) of the number of quanta, and jumps change it: elements between
    states of different parity are zero.
    """
    unit = np.eye(len(H))
    drift = -1j * H - sum(L.conj().T @ L for L in jumps) / 2
    generator = np.kron(drift, unit) + np.kron(unit, drift.conj())
    generator += sum(np.kron(L, L.conj()) for L in jumps)
    generator[0] = unit.ravel()
    right = np.zeros(len(generator))
    right[0] = 1.0
    kept = np.flatnonzero(np.equal.outer(parity, parity))
    rho = np.zeros(H.size, complex)
    rho[kept] = np.linalg.solve(generator[np.ix_(kept, kept)], right[kept])
    return rho.reshape(H.shape)


def test_a_lorentzian_mode_of_squeezed_light_agrees_with_the_cascaded_master_equation():
    """Light a_in − √γ a enters the filter: L₁ = −√γ a, L₂ = −√w f in the series product."""
    detuning, chi, width, centre = 0.3, 0.04 + 0.03j, 0.8, 0.5
    lower = np.diag(np.sqrt(np.arange(1, LEVELS)), 1)
    a, f = np.kron(lower, np.eye(LEVELS)), np.kron(np.eye(LEVELS), lower)
    model = Model.build(
        ["a"], [detune("a", detuning), squeeze("a", chi), lose("a", "out", amplitude_rate=1.0)]
    )
    H = detuning * a.T @ a + centre * f.T @ f + chi * a.T @ a.T + np.conj(chi) * a @ a
    first, second = -np.sqrt(2.0) * a, -np.sqrt(width) * f
    H = H + (second.T @ first - first.T @ second) / 2j
    numbers = np.arange(LEVELS)
    rho = steady_density_matrix(H, [first + second], np.add.outer(numbers, numbers).ravel() % 2)
    quadratures = [(b + s * b.T) / (np.sqrt(2) * p) for b in (a, f) for s, p in ((1, 1), (-1, 1j))]
    expected = np.array(
        [[np.trace((x @ y + y @ x) @ rho).real / 2 for y in quadratures] for x in quadratures]
    )
    V = output_modes(model, {"f": Filter("out", centre=centre, width=width)})
    np.testing.assert_allclose(V, expected, rtol=0, atol=2e-5)
    assert np.abs(V - 0.5 * np.eye(4)).max() > 0.05
