"""The leading correction of steps of finite size: a Markov chain with polynomial drift, solved."""

from dataclasses import replace

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from qlangevin.sde.schemes.semilinear import SEMILINEAR, semilinear_model


def stepped_correction(model, mean, step, scheme="exponential"):
    """Stationary V (n, n) of the linearised steps about a fixed point, and its leading δV (n, n).

    x ← M x + q(x, x) + k(x, x, x) + hf(ū) + noise, with M = 1 + hA and f(ū) = −Q:V₀ the Weyl shift,
    has the mean m and the third cumulants C of (1 − M)m = q:(V − V₀) and C = M⊗M⊗M C + S, S_ijk = 2
    q_i^ab (VMᵀ)_aj (VMᵀ)_bk and so on; δV = M δV Mᵀ + T + Tᵀ + 2 q_i^ab q_j^cd V_ac V_bd, T = δM V
    Mᵀ + q:C Mᵀ, δM = 2q(m,·) + 3k:(V − V₀).
    """
    n = model.size
    taken = semilinear_model(scheme, model, step, mean) if scheme in SEMILINEAR else model
    here = replace(taken.mean_level.about(mean), c=np.zeros(n))
    q, k = (step * tensor for tensor in here.tensors)
    M = np.eye(n) + step * here.A
    one = np.eye(n)
    V = solve_discrete_lyapunov(M, step * taken.diffusion)
    V0 = 0.5 * one
    m = np.linalg.solve(one - M, np.einsum("iab,ab->i", q, V - V0))
    carried = V @ M.T
    part = 2 * np.einsum("iab,aj,bk->ijk", q, carried, carried)
    S = part + part.transpose(1, 0, 2) + part.transpose(1, 2, 0)
    C = np.linalg.solve(np.eye(n**3) - np.kron(np.kron(M, M), M), S.ravel()).reshape(n, n, n)
    slope = 2 * q @ m + 3 * np.einsum("iabc,bc->ia", k, V - V0)
    T = slope @ carried + np.einsum("iab,abk,jk->ij", q, C, M)
    return V, solve_discrete_lyapunov(M, T + T.T + 2 * np.einsum("iab,jcd,ac,bd->ij", q, q, V, V))
