"""What the numbers mean: Gaussian measures, physicality, validation, figures.

The measures here take plain arrays (modes by index) or labelled covariances (modes by index or name).
"""

from .labelled import (
    conditional,
    discord,
    duan,
    log_negativity,
    mutual_information,
    populations,
    purity,
    quadrature_density,
    reduced,
    reid,
    renyi_entropy,
    renyi_mutual_information,
    residual_contangle,
    squeezing,
    squeezing_angle,
    steering,
    symplectic_eigenvalues,
    transposed_eigenvalues,
    von_neumann_entropy,
    wigner,
    wigner_marginal,
)
from .physicality import audit_model, audit_state

__all__ = [
    "audit_model",
    "audit_state",
    "conditional",
    "discord",
    "duan",
    "log_negativity",
    "mutual_information",
    "populations",
    "purity",
    "quadrature_density",
    "reduced",
    "reid",
    "renyi_entropy",
    "renyi_mutual_information",
    "residual_contangle",
    "squeezing",
    "squeezing_angle",
    "steering",
    "symplectic_eigenvalues",
    "transposed_eigenvalues",
    "von_neumann_entropy",
    "wigner",
    "wigner_marginal",
]
