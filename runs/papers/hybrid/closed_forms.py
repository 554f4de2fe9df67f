"""Closed forms of the paper: variances, Eq. (4), and steering products, Eqs. (6) and (7).

The least products over θ_± and C_+/C_− often lie where γ_− → 0 and (ΔX_−)² → ∞ while E stays near
0.1. The products are therefore arranged to lose no digits there.
"""

from __future__ import annotations

import numpy as np

from ....sde.support.checks import Array
from ....sde.systems.hybrid import HybridOscillators


def printed_variances(system: HybridOscillators) -> tuple[Array, Array, Array]:
    """Eq. (4) as printed: (ΔX_−)², (ΔX_+)² and ⟨X_+, X_−⟩, each (...)."""
    gain = np.sqrt(1 - np.asarray(system.transmission_loss))
    size = np.sqrt(system.coupling_plus * system.coupling_minus)
    (damping_minus, noise_minus), (damping_plus, noise_plus) = _rates(system)
    R = -size * np.sin(system.angle_plus - system.angle_minus)
    minus = noise_minus / damping_minus
    common = size * np.sin(system.angle_plus + system.angle_minus)
    cross = -gain * (common - 2 * R * minus) / (damping_plus + damping_minus)
    return minus, (noise_plus + 2 * gain * R * cross) / damping_plus, cross


def steering_products(system: HybridOscillators) -> tuple[Array, Array]:
    """E_{+|−} and E_{−|+}, each (...), to full precision for any γ_±."""
    (damping_minus, noise_minus), (damping_plus, noise_plus) = _rates(system)
    size = np.sqrt(system.coupling_minus * system.coupling_plus)
    both = damping_minus + damping_plus
    R = size * np.sin(system.angle_minus - system.angle_plus)
    common = size * np.sin(system.angle_minus + system.angle_plus)
    kept = 1 - np.asarray(system.transmission_loss)
    shared = kept * (2 * R * noise_minus - common * damping_minus) / both
    plus = noise_plus / damping_plus + shared * (2 * R / damping_plus + common / noise_minus) / both
    minus = plus * damping_plus * noise_minus / (noise_plus * damping_minus + 2 * R * shared)
    return np.asarray(plus), np.asarray(minus)


def _rates(system: HybridOscillators) -> list[tuple[Array, Array]]:
    """Damping γ_j (...) and noise Γ_j/2 + γ_j0(n_j + ½) (...) of minus and of plus."""
    rates = []
    for mode in ("minus", "plus"):
        linewidth, coupling, angle, quanta = (
            getattr(system, f"{name}_{mode}")
            for name in ("linewidth", "coupling", "angle", "occupation")
        )
        damping = linewidth - coupling * np.cos(2 * np.asarray(angle))
        rates.append((damping, coupling / 2 + linewidth * (np.asarray(quanta) + 0.5)))
    return rates
