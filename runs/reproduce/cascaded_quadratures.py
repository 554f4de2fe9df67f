"""Claims on photon numbers, covariances and Wigner functions of the cascaded resonators; listed in
`cascaded`.
"""

from __future__ import annotations

import numpy as np

from ...analysis.phase_space import wigner
from ...sde.support.checks import Array
from .cascaded_states import NOISES, WAYS
from .paper import Data, Finding, bound, graded, judged


def k14(data: Data) -> Finding:
    """Photon numbers are independent of φ."""
    photons = data["4"]["phase"]["photons"]
    spread = float((photons.max("phase") / photons.min("phase") - 1).max())
    numbers = " and ".join(f"{value:.3g}" for value in photons.isel(phase=0).values)
    return judged(spread < 1e-9, f"{numbers} at every φ, to within {bound(spread)}")


def _squeezed(data: Data, noise: str, way: str) -> list[float]:
    """Least variances of the pairs (q_l, p_r) and (p_l, q_r) of Fig. 4; the vacuum's is ½."""
    V = data["4"]["c"]["covariance"].sel(noise=noise, input_side=way).values
    return [float(np.linalg.eigvalsh(V[np.ix_(pair, pair)])[0]) for pair in ((0, 3), (1, 2))]


def _audit(data: Data, way: str) -> str:
    least = float(data["4"]["c"]["physicality"].sel(noise="published", input_side=way))
    return f"the printed V is no quantum state (V + iΩ/2 down to {least:.2f})"


def k15(data: Data) -> Finding:
    """Fig. 4a, from the left: cross quadratures {q_l, p_r}, {p_l, q_r} are squeezed."""
    values, kept = (_squeezed(data, noise, "left") for noise in NOISES)
    got = f"least variances {values[0]:.3f} and {values[1]:.3f}, vacuum ½"
    why = (
        f"{_audit(data, 'left')}; with the vacuum carried on {kept[0]:.3f} and {kept[1]:.3f}: not "
        "squeezed"
    )
    return graded(0.5 if max(values) < 0.5 else 1.0, (0.0, 0.6), got, why)


def k16(data: Data) -> Finding:
    """Fig. 4b, from the right: none is squeezed."""
    values, kept = (_squeezed(data, noise, "right") for noise in NOISES)
    got = (
        f"least variances {values[0]:.3f}, {values[1]:.3f}; consistent {kept[0]:.3f}, "
        f"{kept[1]:.3f}; vacuum ½"
    )
    return judged(min(values + kept) >= 0.5, got, "they are")


def _asymmetry(V: Array) -> float:
    """max(|V₁₃ − V₂₄|, |V₁₄ + V₂₃|) over the largest cross element."""
    return float(max(abs(V[0, 2] - V[1, 3]), abs(V[0, 3] + V[1, 2])) / np.abs(V[:2, 2:]).max())


def k17(data: Data) -> Finding:
    """Fig. 4c: V₁₃ ≈ V₂₄ and V₁₄ ≈ −V₂₃, both directions."""
    V = data["4"]["c"]["covariance"]
    left, right = (_asymmetry(V.sel(noise="published", input_side=way).values) for way in WAYS)
    kept = max(_asymmetry(V.sel(noise="consistent", input_side=way).values) for way in WAYS)
    small = V.sel(noise="published", input_side="right").values[[0, 1], [2, 3]]
    got = (
        f"to {left:.0%} (left) and {right:.0%} (right) of the largest cross element; consistent to "
        f"{kept:.0%}"
    )
    why = (
        f"from the right V₁₃ = {small[0]:.3f} and V₂₄ = {small[1]:.3f} differ, both small; "
        f"{_audit(data, 'right')}"
    )
    return graded(max(left, right), (0.05, 0.2), got, why)


def k18(data: Data) -> Finding:
    """Fig. 4c: from the right, the correlations of cross quadratures are smaller."""
    V = data["4"]["c"]["covariance"]
    sizes = {
        noise: [np.linalg.norm(V.sel(noise=noise, input_side=way).values[:2, 2:]) for way in WAYS]
        for noise in NOISES
    }
    (left, right), kept = sizes["published"], sizes["consistent"]
    got = f"size of the cross block: {left:.3f} from the left, {right:.3f} from the right"
    order = "smaller too" if kept[1] < kept[0] else "the other way round"
    why = (
        f"{_audit(data, 'left')}; with the vacuum carried on {kept[0]:.3f} and {kept[1]:.3f}: "
        f"{order}"
    )
    return graded(0.5 if right < left else 1.0, (0.0, 0.6), got, why)


def k20(data: Data) -> Finding:
    """Fig. 4a: the local quadratures of each oscillator vary more than in vacuum."""
    V = data["4"]["c"]["covariance"].sel(input_side="left")
    blocks = {
        noise: [V.sel(noise=noise).values[k : k + 2, k : k + 2] for k in (0, 2)] for noise in NOISES
    }
    least = {noise: float(np.linalg.eigvalsh(pair).min()) for noise, pair in blocks.items()}
    got = f"least variance {least['published']:.3f}, consistent {least['consistent']:.3f}, vacuum ½"
    return judged(min(least.values()) > 0.5, got, "one varies less")


def k24(data: Data) -> Finding:
    """Eq. (23): the Wigner function is exp(−½ψᵀV⁻¹ψ)/(π²√det V)."""
    V = data["4"]["c"]["covariance"].sel(noise="consistent", input_side="left").values
    integral = float(1 / (np.pi**2 * np.sqrt(np.linalg.det(V))) / wigner(V, np.zeros(4)))
    got = f"it integrates to {integral:.3f}; the figure takes 1/(4π²√det V), for which it is 1"
    why = "the prefactor belongs to covariances with vacuum variance 1; those of Eq. (17) have ½"
    return graded(0.0 if abs(integral - 1) < 1e-9 else 1.0, (0.5, 1.5), got, why)
