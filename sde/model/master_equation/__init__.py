"""A model as a master equation: its Hamiltonian and its collapse operators, from its arrays.

    ρ̇ = −i[H, ρ] + Σ_k (L_k ρ L_k† − ½L_k†L_k ρ − ½ρ L_k†L_k),   L_k = c_k·u,   Γ = Σ_k c_k* c_kᵀ

moves the Wigner function with the drift Ω∇H + Ω Im(Γ) u, up to third derivatives of H, and the
diffusion Ω Re(Γ) Ωᵀ, where H stands for its Weyl symbol. So D gives Re Γ, the antisymmetric part of
ΩᵀA gives Im Γ, and all else of the drift must be Ω∇H.

References
----------
K. Koga and N. Yamamoto, Phys. Rev. A 85, 022103 (2012), doi:10.1103/PhysRevA.85.022103.
"""

from .lindblad import LindbladForm

__all__ = ["LindbladForm"]
