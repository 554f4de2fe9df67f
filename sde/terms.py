"""The verbs that build a model: Hamiltonian terms, noisy channels, friction.

Each verb returns a term for `Model.build`. Energies are Weyl-ordered functions of the quadratures and add du = Ω∇H dt;
losses couple a mode to a port by an operator L. One convention for light, stated once: the port's input a_in adds
√γ a_in to ȧ, the port's output is a_out = a_in − L, so the papers' ȧ = −κa + √(2κ) a_in needs no phase.
Rates are angular (rad/s) and may be arrays over parameter points; one that is not finite raises ValueError.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .assembly import Energy, Friction, Jump
from .polynomial import Array

SQRT2 = np.sqrt(2.0)


def detune(mode: str, rate: Any) -> Energy:
    """H = Δ a†a, so ȧ = −iΔa; for a mechanical mode ω(q² + p²)/2. No noise."""
    half = _finite(f"rate of detune({mode!r})", rate, float) / 2
    return Energy(((half, ((mode, 0), (mode, 0))), (half, ((mode, 1), (mode, 1)))))


def exchange(a: str, b: str, rate: Any) -> Energy:
    """H = J a†b + J* b†a, so ȧ = −iJb and ḃ = −iJ*a. No noise."""
    rate = _finite(f"rate of exchange({a!r}, {b!r})", rate, complex)
    return Energy(
        (
            (rate.real, ((a, 0), (b, 0))),
            (rate.real, ((a, 1), (b, 1))),
            (-rate.imag, ((a, 0), (b, 1))),
            (rate.imag, ((a, 1), (b, 0))),
        )
    )


def squeeze(mode: str, rate: Any) -> Energy:
    """H = Ω a†² + Ω* a², so ȧ = −2iΩa†. No noise."""
    rate = _finite(f"rate of squeeze({mode!r})", rate, complex)
    return Energy(
        (
            (rate.real, ((mode, 0), (mode, 0))),
            (-rate.real, ((mode, 1), (mode, 1))),
            (2 * rate.imag, ((mode, 0), (mode, 1))),
        )
    )


def kerr(mode: str, rate: Any) -> Energy:
    """H = (K/2) a†²a², Weyl symbol (K/2)(|α|⁴ − 2|α|²): α̇ = −iK(|α|² − 1)α, on vacuum average −iK|α|²α. No noise."""
    rate = _finite(f"rate of kerr({mode!r})", rate, float)
    x, y = (mode, 0), (mode, 1)
    return Energy(
        (
            (rate / 8, (x, x, x, x)),
            (rate / 4, (x, x, y, y)),
            (rate / 8, (y, y, y, y)),
            (-rate / 2, (x, x)),
            (-rate / 2, (y, y)),
        )
    )


def press(optical: str, mechanical: str, rate: Any) -> Energy:
    """H = −G a†a q: radiation pressure, α̇ = iGαq and ṗ = G(|α|² − ½), whose vacuum average is G|α|². No noise."""
    half = _finite(f"rate of press({optical!r}, {mechanical!r})", rate, float) / 2
    x, y, q = (optical, 0), (optical, 1), (mechanical, 0)
    return Energy(((-half, (x, x, q)), (-half, (y, y, q)), (half, (q,))), mechanical=(mechanical,))


def drive(mode: str, rate: Any) -> Energy:
    """H = i(ε a† − ε* a), so ȧ = ε: a coherent drive that stays in the mode. No noise."""
    rate = _finite(f"rate of drive({mode!r})", rate, complex)
    return Energy(((SQRT2 * rate.real, ((mode, 1),)), (-SQRT2 * rate.imag, ((mode, 0),))))


def lose(
    mode: str, port: str, *, amplitude_rate: Any = None, energy_rate: Any = None, phase: Any = 0.0, occupation: Any = 0
) -> Jump:
    """L = √γ e^{iφ} a into a port, γ the energy rate (twice the amplitude rate), the port's input at `occupation` n.

    Drift ȧ = −(γ/2)a; each quadrature gets the diffusion (γ/2)(2n + 1).
    Raises ValueError unless exactly one of the two rates is given, or for a negative rate or occupation.
    """
    if (amplitude_rate is None) == (energy_rate is None):
        raise ValueError(f"lose({mode!r}, {port!r}) takes either amplitude_rate= or energy_rate=, one of the two")
    gamma = 2 * np.asarray(amplitude_rate, float) if energy_rate is None else np.asarray(energy_rate, float)
    _require_nonnegative(f"rate of lose({mode!r}, {port!r})", gamma)
    _require_nonnegative(f"occupation of lose({mode!r}, {port!r})", occupation)
    amplitude = np.sqrt(gamma / 2) * np.exp(1j * _finite(f"phase of lose({mode!r}, {port!r})", phase, float))
    return Jump(port, ((amplitude, (mode, 0)), (1j * amplitude, (mode, 1))), occupation)


def rub(mode: str, rate: Any, *, occupation: Any) -> Friction:
    """Friction on p alone, ṗ = −γp + ξ with ⟨ξξ⟩ = γ(2n + 1)δ (valid for γ ≪ ω).

    Raises ValueError for a negative rate or occupation.
    """
    _require_nonnegative(f"rate of rub({mode!r})", rate)
    _require_nonnegative(f"occupation of rub({mode!r})", occupation)
    return Friction(mode, rate, occupation)


def _finite(name: str, value: Any, kind: type) -> Array:
    number: Array = np.asarray(value, kind)
    if not np.all(np.isfinite(number)):
        raise ValueError(f"{name} must be finite (got {value})")
    return number


def _require_nonnegative(name: str, value: Any) -> None:
    if not (np.all(np.asarray(value) >= 0) and np.all(np.isfinite(value))):
        raise ValueError(f"{name} must be zero or positive (got {value})")
