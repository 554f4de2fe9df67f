"""What the numbers mean: Gaussian measures, physicality, measures with error bars, validation,
figures.

The measures here take plain arrays (modes by index) or labelled covariances (modes by index or
name); the optical side takes datasets of steady states.
"""

from .estimation import estimate
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
from .optics import cooperativity, effective_coupling, photon_number, transmission
from .physicality import audit_model, audit_state
from .soundness import PrecisionWarning, UnphysicalError, UnphysicalWarning

__all__ = [
    "PrecisionWarning",
    "UnphysicalError",
    "UnphysicalWarning",
    "audit_model",
    "audit_state",
    "conditional",
    "cooperativity",
    "discord",
    "duan",
    "effective_coupling",
    "estimate",
    "log_negativity",
    "mutual_information",
    "photon_number",
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
    "transmission",
    "transposed_eigenvalues",
    "von_neumann_entropy",
    "wigner",
    "wigner_marginal",
]
