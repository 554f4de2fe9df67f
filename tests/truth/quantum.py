"""Master equations by QuTiP: means and symmetrised covariances, X = (a + a†)/√2."""

import numpy as np
import qutip

PRECISE = {"atol": 1e-10, "rtol": 1e-8, "nsteps": 100_000, "progress_bar": ""}


def lowering(*levels):
    """Annihilation operators of modes with these numbers of Fock levels."""
    return [
        qutip.tensor(
            [qutip.destroy(d) if k == which else qutip.qeye(d) for k, d in enumerate(levels)]
        )
        for which in range(len(levels))
    ]


def quadratures(modes):
    """X₁, Y₁, X₂, Y₂, … of annihilation operators."""
    return [
        part
        for a in modes
        for part in ((a + a.dag()) / np.sqrt(2), (a - a.dag()) / (1j * np.sqrt(2)))
    ]


def moments(state, modes):
    """Mean (2m,) and symmetrised covariance (2m, 2m) of a density matrix."""
    u = quadratures(modes)
    mean = np.array([qutip.expect(x, state).real for x in u])
    second = [[qutip.expect(x * y + y * x, state).real / 2 for y in u] for x in u]
    return mean, np.array(second) - np.outer(mean, mean)


def bath(a, energy_rate, occupation=0.0):
    """Jump operators of a loss into a bath: what `lose` adds."""
    return [
        np.sqrt(energy_rate * (occupation + 1)) * a,
        np.sqrt(energy_rate * occupation) * a.dag(),
    ]


def evolve(hamiltonian, jumps, state, times):
    """Density matrices at times, the first being the start."""
    return qutip.mesolve(
        hamiltonian, state, times, [c for c in jumps if c.norm() > 0], options=PRECISE
    ).states


def coherent(*displacements, levels):
    """A product of coherent states."""
    kets = [qutip.coherent(d, alpha) for d, alpha in zip(levels, displacements, strict=True)]
    return qutip.ket2dm(qutip.tensor(kets))


def log_negativity(state, mode):
    """ln ‖ρ^T‖₁, the partial transpose over one mode: of the density matrix, Gaussian or not."""
    mask = [int(k == mode) for k in range(len(state.dims[0]))]
    return np.log(np.abs(np.linalg.eigvalsh(qutip.partial_transpose(state, mask).full())).sum())


def leak(state):
    """Largest population of a mode's two highest Fock levels, the order of the truncation error."""
    return max(np.abs(state.ptrace(k).diag()[-2:]).max() for k in range(len(state.dims[0])))
