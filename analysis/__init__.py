"""What the numbers mean: Gaussian measures, physicality, estimates with error bars, figures.

The measures take plain arrays (modes by index) or labelled covariances (modes by index or name);
the optical side takes datasets of steady states. `measures.MEASURES` is the table of all measures.

If V violates the uncertainty relation by more than a fraction 10⁻⁴, a measure gives one
UnphysicalWarning per call, with the size of the violation; its argument `physical` changes this.
Where double precision holds too few digits of V, it gives a PrecisionWarning. A result without any
correct digit is NaN.
"""

import lazy_loader as _lazy

from .conventions import convert
from .entanglement import (
    duan,
    log_negativity,
    reid,
    residual_contangle,
    steering,
    transposed_eigenvalues,
)
from .entropies import (
    discord,
    mutual_information,
    renyi_entropy,
    renyi_mutual_information,
    von_neumann_entropy,
)
from .estimation import estimate
from .optics import cooperativity, effective_coupling, photon_number, transmission
from .physicality import (
    PrecisionWarning,
    UnphysicalError,
    UnphysicalWarning,
    audit_model,
    audit_state,
)
from .spectra import (
    displacement_spectrum,
    heterodyne,
    homodyne,
    recorded_spectrum,
    squeezing_spectrum,
)
from .states import (
    conditional,
    populations,
    purity,
    reduced,
    squeezing,
    squeezing_angle,
    symplectic_eigenvalues,
)
from .validation.system_checks import SystemCheck, SystemChecks, check_system
from .wigner_functions import quadrature_density, wigner, wigner_marginal

__all__ = [
    "PrecisionWarning",
    "SystemCheck",
    "SystemChecks",
    "UnphysicalError",
    "UnphysicalWarning",
    "audit_model",
    "audit_state",
    "check_system",
    "conditional",
    "convert",
    "cooperativity",
    "discord",
    "displacement_spectrum",
    "duan",
    "effective_coupling",
    "estimate",
    "heterodyne",
    "homodyne",
    "log_negativity",
    "mutual_information",
    "photon_number",
    "populations",
    "purity",
    "quadrature_density",
    "recorded_spectrum",
    "reduced",
    "reid",
    "renyi_entropy",
    "renyi_mutual_information",
    "residual_contangle",
    "squeezing",
    "squeezing_angle",
    "squeezing_spectrum",
    "steering",
    "symplectic_eigenvalues",
    "transmission",
    "transposed_eigenvalues",
    "von_neumann_entropy",
    "wigner",
    "wigner_marginal",
]

_SUBMODULES = ["plots", "switching", "validation"]
"""Loaded when they are first used: plots loads Matplotlib, switching SciPy's statistics."""
__getattr__, _, _ = _lazy.attach(__name__, _SUBMODULES)


def __dir__() -> list[str]:
    return [*__all__, *_SUBMODULES]
