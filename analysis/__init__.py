"""What the numbers mean: Gaussian measures, physicality, validation, figures.

The measures here take plain arrays (modes by index) or labelled covariances (modes by index or name).
"""

from .labelled import (
    conditional,
    log_negativity,
    populations,
    purity,
    reduced,
    reid,
    steering,
    symplectic_eigenvalues,
    transposed_eigenvalues,
)
from .physicality import audit_model, audit_state

__all__ = [
    "audit_model",
    "audit_state",
    "conditional",
    "log_negativity",
    "populations",
    "purity",
    "reduced",
    "reid",
    "steering",
    "symplectic_eigenvalues",
    "transposed_eigenvalues",
]
