"""Claims K14-K18, K20 and K24, of quadratures, correlations and Wigner functions: Fig. 4."""

from __future__ import annotations

import numpy as np

from ....analysis.phase_space import wigner
from ....sde.support.checks import Array
from ..curves import upper_bound
from ..paper import Data, Finding, claim, finding_by_deviation, finding_if
from ..shared_data import NOISES
from .systems import SIDES


@claim("K14", "Photon numbers are independent of φ")
def photons_independent_of_phase(data: Data) -> Finding:
    photons = data["4"]["phase"]["photons"]
    spread = float((photons.max("phase") / photons.min("phase") - 1).max())
    numbers = " and ".join(f"{value:.3g}" for value in photons.isel(phase=0).values)
    return finding_if(spread < 1e-9, f"{numbers} at every φ, to within {upper_bound(spread)}")


@claim("K15", "Fig. 4a, from the left: cross quadratures {q_l, p_r}, {p_l, q_r} are squeezed")
def squeezed_from_the_left(data: Data) -> Finding:
    values, kept = (_squeezed(data, noise, "left") for noise in NOISES)
    got = f"least variances {values[0]:.3f} and {values[1]:.3f}, vacuum ½"
    why = (
        f"{_audit(data, 'left')}; with the vacuum carried by the fibre {kept[0]:.3f} and "
        f"{kept[1]:.3f}: not squeezed"
    )
    return finding_if(max(values) < 0.5, got, why, exactly=False)


@claim("K16", "Fig. 4b, from the right: none is squeezed")
def not_squeezed_from_the_right(data: Data) -> Finding:
    values, kept = (_squeezed(data, noise, "right") for noise in NOISES)
    got = (
        f"least variances {values[0]:.3f}, {values[1]:.3f}; consistent {kept[0]:.3f}, "
        f"{kept[1]:.3f}; vacuum ½"
    )
    return finding_if(min(values + kept) >= 0.5, got, "they are")


@claim("K17", "Fig. 4c: V₁₃ ≈ V₂₄ and V₁₄ ≈ −V₂₃, both directions")
def symmetry_of_correlations(data: Data) -> Finding:
    V = data["4"]["c"]["covariance"]
    left, right = (_asymmetry(V.sel(noise="published", input_side=side).values) for side in SIDES)
    kept = max(_asymmetry(V.sel(noise="consistent", input_side=side).values) for side in SIDES)
    small = V.sel(noise="published", input_side="right").values[[0, 1], [2, 3]]
    got = (
        f"to {left:.0%} (left) and {right:.0%} (right) of the largest cross element; consistent to "
        f"{kept:.0%}"
    )
    why = (
        f"from the right V₁₃ = {small[0]:.3f} and V₂₄ = {small[1]:.3f} differ, both small; "
        f"{_audit(data, 'right')}"
    )
    return finding_by_deviation(max(left, right), (0.05, 0.2), got, why)


@claim("K18", "Fig. 4c: from the right, the correlations of cross quadratures are smaller")
def smaller_correlations_from_the_right(data: Data) -> Finding:
    V = data["4"]["c"]["covariance"]
    (left, right), kept = (
        [np.linalg.norm(V.sel(noise=noise, input_side=side).values[:2, 2:]) for side in SIDES]
        for noise in NOISES
    )
    got = f"size of the cross block: {left:.3f} from the left, {right:.3f} from the right"
    order = "smaller too" if kept[1] < kept[0] else "the other way round"
    why = (
        f"{_audit(data, 'left')}; with the vacuum carried by the fibre {kept[0]:.3f} and "
        f"{kept[1]:.3f}: {order}"
    )
    return finding_if(bool(right < left), got, why, exactly=False)


@claim("K20", "Fig. 4a: the local quadratures of each oscillator vary more than in vacuum")
def local_variances_above_vacuum(data: Data) -> Finding:
    V = data["4"]["c"]["covariance"].sel(input_side="left")
    least = {}
    for noise in NOISES:
        blocks = [V.sel(noise=noise).values[k : k + 2, k : k + 2] for k in (0, 2)]
        least[noise] = float(np.linalg.eigvalsh(blocks).min())
    got = f"least variance {least['published']:.3f}, consistent {least['consistent']:.3f}, vacuum ½"
    return finding_if(min(least.values()) > 0.5, got, "one varies less")


@claim("K24", "Eq. (23): the Wigner function is exp(−½ψᵀV⁻¹ψ)/(π²√det V)")
def wigner_function(data: Data) -> Finding:
    V = data["4"]["c"]["covariance"].sel(noise="consistent", input_side="left").values
    integral = float(1 / (np.pi**2 * np.sqrt(np.linalg.det(V))) / wigner(V, np.zeros(4)))
    got = f"it integrates to {integral:.3f}; the figure takes 1/(4π²√det V), for which it is 1"
    why = "the prefactor belongs to covariances with vacuum variance 1; those of Eq. (17) have ½"
    return finding_if(True, got, why, exactly=abs(integral - 1) < 1e-9)


def _squeezed(data: Data, noise: str, side: str) -> list[float]:
    """Least variances of the pairs (q_l, p_r) and (p_l, q_r); the vacuum has ½."""
    V = data["4"]["c"]["covariance"].sel(noise=noise, input_side=side).values
    return [float(np.linalg.eigvalsh(V[np.ix_(pair, pair)])[0]) for pair in ((0, 3), (1, 2))]


def _audit(data: Data, side: str) -> str:
    """How far the printed covariance of Fig. 4 violates V + iΩ/2 ≥ 0, as text."""
    least = float(data["4"]["c"]["physicality"].sel(noise="published", input_side=side))
    return f"the printed V is no quantum state (V + iΩ/2 down to {least:.2f})"


def _asymmetry(V: Array) -> float:
    """max(|V₁₃ − V₂₄|, |V₁₄ + V₂₃|) over the largest cross element."""
    return float(max(abs(V[0, 2] - V[1, 3]), abs(V[0, 3] + V[1, 2])) / np.abs(V[:2, 2:]).max())


CLAIMS = (
    photons_independent_of_phase,
    squeezed_from_the_left,
    not_squeezed_from_the_right,
    symmetry_of_correlations,
    smaller_correlations_from_the_right,
    local_variances_above_vacuum,
    wigner_function,
)
