"""The verbs that build a model: Hamiltonian terms, noisy channels, light between ports, friction;
and `Energy`.

Each verb returns a term for `Model.build`. Energies are Weyl-ordered functions of the quadratures
and add du = Ω∇H dt; losses and amplifiers couple a mode to a port by an operator L, and several on
one port add up. One convention for light, stated once: with input a_in the port's output is a_out =
a_in − L, and ȧ gains [a, L†]a_in − [a, L]a_in†, so that a loss has the papers' ȧ = −κa + √(2κ) a_in
without a phase. Rates are angular (rad/s) and may be arrays over parameter points; one that is not
finite raises ValueError.

What the verbs make together ---------------------------- Energies without a verb. `Energy` takes
any polynomial H of degree four or less: two-mode squeezing, a χ⁽²⁾ crystal, q⁴, a†a q². Its
docstring writes them out.

A squeezed bath. A loss and a gain on one port add up to L = √γ (cosh r a + e^{iφ} sinh r a†), a
loss of energy rate γ into light whose noise along and across an angle has the variances (n +
½)e^{∓2r}, those of the mode at rest. X is squeezed for φ = 0, X cos φ/2 + Y sin φ/2 in general:

>>> r, gamma = 0.5, 1e6
>>> squeezed = [
...     lose("a", "bath", energy_rate=gamma * np.cosh(r) ** 2),
...     amplify("a", "bath", energy_rate=gamma * np.sinh(r) ** 2, phase=0.0),
... ]

Heating without friction. A loss and a gain of equal energy rates γ damp nothing. On one port they
are the recoil of scattered light, L = √(2γ) q: kicks on p alone, of diffusion D_pp = 2γ(2n + 1),
and the light that leaves tells q. On two ports they heat q and p alike, D_qq = D_pp = γ(2n + 1). Of
vacuum baths a mode gains γ quanta a second either way:

>>> recoil = [lose("m", "light", energy_rate=gamma), amplify("m", "light", energy_rate=gamma)]

Tones. Coefficients do not depend on time, but a lossless mode does: it turns as c e^{−iωt}, and
coupled one way it is a drive. With ȧ = −iJc the drive is ε e^{−iωt} for c = iε/J at t = 0; several
such clocks, beside `drive`, make a two-tone or a modulated drive. The clock's vacuum noise comes
along, some J²/κ² of a quantum, and commutators are kept to J/2: choose a small J and a clock of
many quanta. It has no dark state, so that the run starts from a `Gaussian`, and no steady one, as
nothing is steady under two tones:

>>> J, tone, at = 1e-3, 3e5, 2e6
>>> clock = [detune("c", at), backscatter("a", "c", forward=J, backward=0.0)]
>>> mean = np.sqrt(2) * np.array([0.0, 0.0, 0.0, tone / J])        # a at rest; c = iε/J
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .model.ports import phase_factor
from .model.term_kinds import Energy, Feed, Friction, Jump, LinearDrift, Shine
from .support.checks import Array, common_shape, numbers, require_name, shown

__all__ = [
    "Energy",
    "amplify",
    "backscatter",
    "detune",
    "drive",
    "exchange",
    "feed",
    "kerr",
    "lose",
    "press",
    "rub",
    "shine",
    "squeeze",
]

SQRT2 = np.sqrt(2.0)


def detune(mode: str, rate: Any) -> Energy:
    """H = Δ a†a, so ȧ = −iΔa; for a mechanical mode ω(q² + p²)/2. No noise."""
    half = _rate("detune", rate, float, mode) / 2
    return Energy(((half, ((mode, 0), (mode, 0))), (half, ((mode, 1), (mode, 1)))))


def exchange(a: str, b: str, rate: Any) -> Energy:
    """H = J a†b + J* b†a, so ȧ = −iJb and ḃ = −iJ*a. No noise."""
    rate = _rate("exchange", rate, complex, a, b)
    return Energy(
        (
            (rate.real, ((a, 0), (b, 0))),
            (rate.real, ((a, 1), (b, 1))),
            (-rate.imag, ((a, 0), (b, 1))),
            (rate.imag, ((a, 1), (b, 0))),
        )
    )


def backscatter(a: str, b: str, forward: Any, backward: Any) -> LinearDrift:
    """H = J₁ a†b + J₂ b†a, so ȧ = −iJ₁b and ḃ = −iJ₂a; not Hermitian unless J₂ = J₁*. No noise.

    With J₂ = 0 a lossless mode b drives a and does not feel it: a tone (see Tones in the docstring
    of this module).
    """
    J1 = _rate("backscatter", forward, complex, a, b, what="forward rate")
    J2 = _rate("backscatter", backward, complex, a, b, what="backward rate")
    common_shape(
        {f"{way} rate of backscatter": J.shape for way, J in (("forward", J1), ("backward", J2))}
    )
    return LinearDrift(
        tuple(
            (coefficient, (into, row), (out_of, column))
            for into, out_of, J in ((a, b, J1), (b, a, J2))
            for coefficient, row, column in (
                (J.imag, 0, 0),
                (J.real, 0, 1),
                (-J.real, 1, 0),
                (J.imag, 1, 1),
            )
        )
    )


def squeeze(mode: str, rate: Any) -> Energy:
    """H = Ω a†² + Ω* a², so ȧ = −2iΩa†. No noise."""
    rate = _rate("squeeze", rate, complex, mode)
    return Energy(
        (
            (rate.real, ((mode, 0), (mode, 0))),
            (-rate.real, ((mode, 1), (mode, 1))),
            (2 * rate.imag, ((mode, 0), (mode, 1))),
        )
    )


def kerr(mode: str, rate: Any) -> Energy:
    """H = (K/2) a†²a², Weyl symbol (K/2)(|α|⁴ − 2|α|²): α̇ = −iK(|α|² − 1)α, on vacuum average
    −iK|α|²α. No noise.
    """
    rate = _rate("kerr", rate, float, mode)
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
    """H = −G a†a q: radiation pressure, α̇ = iGαq and ṗ = G(|α|² − ½), whose vacuum average is
    G|α|². No noise.
    """
    half = _rate("press", rate, float, optical, mechanical) / 2
    x, y, q = (optical, 0), (optical, 1), (mechanical, 0)
    return Energy(((-half, (x, x, q)), (-half, (y, y, q)), (half, (q,))), mechanical=(mechanical,))


def drive(mode: str, rate: Any) -> Energy:
    """H = i(ε a† − ε* a), so ȧ = ε: a coherent drive that stays in the mode. No noise.

    ε is a number, or an array over parameter points, in the frame of the detunings: for a second
    tone, or a modulation, see Tones in the docstring of this module.
    """
    rate = _rate("drive", rate, complex, mode)
    return Energy(((SQRT2 * rate.real, ((mode, 1),)), (-SQRT2 * rate.imag, ((mode, 0),))))


def lose(
    mode: str,
    port: str,
    *,
    amplitude_rate: Any = None,
    energy_rate: Any = None,
    phase: Any = 0.0,
    occupation: Any = 0,
) -> Jump:
    """L = √γ e^{iφ} a into a port, γ the energy rate (twice the amplitude rate), the port's input
    at `occupation` n.

    Drift ȧ = −(γ/2)a, input √γ e^{−iφ} a_in; each quadrature gets the diffusion (γ/2)(2n + 1). With
    `amplify` on the same port: a squeezed bath, or recoil (see the docstring of this module).
    Raises ValueError unless exactly one of the two rates is given, or for a negative rate or
    occupation.
    """
    amplitude, n = _coupling("lose", mode, port, amplitude_rate, energy_rate, phase, occupation)
    return Jump(port, ((amplitude, (mode, 0)), (1j * amplitude, (mode, 1))), n)


def amplify(
    mode: str,
    port: str,
    *,
    amplitude_rate: Any = None,
    energy_rate: Any = None,
    phase: Any = 0.0,
    occupation: Any = 0,
) -> Jump:
    """L = √γ e^{iφ} a† into a port, γ the energy rate (twice the amplitude rate), the port's input
    at `occupation` n.

    Drift ȧ = +(γ/2)a, input −√γ e^{iφ} a_in†; each quadrature gets the diffusion (γ/2)(2n + 1).
    With `lose` on the same port: a squeezed bath, or recoil (see the docstring of this module).
    Raises ValueError unless exactly one of the two rates is given, or for a negative rate or
    occupation.
    """
    amplitude, n = _coupling("amplify", mode, port, amplitude_rate, energy_rate, phase, occupation)
    return Jump(port, ((amplitude, (mode, 0)), (-1j * amplitude, (mode, 1))), n)


def shine(port: str, amplitude: Any) -> Shine:
    """Coherent light entering a port, amplitude in √(photons/s): a_in gains it, and feeds pass it
    on. No noise.
    """
    require_name("port of shine", port)
    return Shine(port, _finite(f"amplitude of shine({port!r})", amplitude, complex, "√(photons/s)"))


def feed(
    source: str,
    target: str,
    *,
    transmission: Any = 1.0,
    phase: Any = 0.0,
    shared_vacuum: bool = True,
) -> Feed:
    """One way from port to port: the target's input is √η e^{iφ} a_out(source) + √(1 − η) vacuum, η
    the transmission.

    With shared_vacuum=False only what the source's modes and lamps emit travels, and the target's
    input noise is its own, of full strength: the source's vacuum is then counted twice, and
    commutators are not kept. Raises ValueError for a transmission outside 0 … 1.
    """
    require_name("port source of feed", source)
    require_name("port target of feed", target)
    if not isinstance(shared_vacuum, bool | np.bool_):
        raise ValueError(
            f"shared_vacuum of feed must be True or False (got {shown(shared_vacuum)})"
        )
    call = f"feed({source!r}, {target!r})"
    eta = _finite(f"transmission of {call}", transmission, float)
    if np.any((eta < 0) | (eta > 1)):
        raise ValueError(
            f"transmission of {call} must lie between 0 and 1 (got {shown(transmission)})"
        )
    angle = _finite(f"phase of {call}", phase, float, "rad")
    common_shape({f"transmission of {call}": eta.shape, f"phase of {call}": angle.shape})
    return Feed(source, target, eta, angle, bool(shared_vacuum))


def rub(mode: str, rate: Any, *, occupation: Any) -> Friction:
    """Friction on p alone, ṗ = −γp + ξ with ⟨ξξ⟩ = γ(2n + 1)δ (valid for γ ≪ ω).

    Raises ValueError for a negative rate or occupation.
    """
    require_name("mode of rub", mode)
    gamma = _nonnegative(f"rate of rub({mode!r})", rate, "rad/s")
    n = _nonnegative(f"occupation of rub({mode!r})", occupation)
    common_shape({f"rate of rub({mode!r})": gamma.shape, f"occupation of rub({mode!r})": n.shape})
    return Friction(mode, gamma, n)


def _rate(verb: str, value: Any, kind: type, *modes: str, what: str = "rate") -> Array:
    """The rate of a verb on modes, whose names are checked too."""
    for mode in modes:
        require_name(f"mode of {verb}", mode)
    return _finite(f"{what} of {verb}({', '.join(map(repr, modes))})", value, kind, "rad/s")


def _coupling(
    verb: str,
    mode: str,
    port: str,
    amplitude_rate: Any,
    energy_rate: Any,
    phase: Any,
    occupation: Any,
) -> tuple[Array, Array]:
    """√(γ/2) e^{iφ}, the coefficient of X in L = √γ e^{iφ} a, and the occupation n."""
    require_name(f"mode of {verb}", mode)
    require_name(f"port of {verb}", port)
    call = f"{verb}({mode!r}, {port!r})"
    if (amplitude_rate is None) == (energy_rate is None):
        raise ValueError(f"{call} takes either amplitude_rate= or energy_rate=, one of the two")
    given, factor = (amplitude_rate, 2.0) if energy_rate is None else (energy_rate, 1.0)
    gamma = factor * _nonnegative(f"rate of {call}", given, "rad/s")
    n = _nonnegative(f"occupation of {call}", occupation)
    angle = _finite(f"phase of {call}", phase, float, "rad")
    parts = {"rate": gamma, "phase": angle, "occupation": n}
    common_shape({f"{name} of {call}": part.shape for name, part in parts.items()})
    return np.asarray(np.sqrt(gamma / 2) * phase_factor(angle)), n


def _finite(name: str, value: Any, kind: type, unit: str = "") -> Array:
    if callable(value):
        raise ValueError(
            f"{name} must be a number, or an array over parameter points (got {shown(value)}); nothing here depends on "
            "time, but a lossless mode can make a tone: see Tones in the docstring of qlangevin.sde.terms"
        )
    number = numbers(name, value, kind, unit)
    if not np.all(np.isfinite(number)):
        raise ValueError(f"{name} must be finite (got {shown(value)})")
    return number


def _nonnegative(name: str, value: Any, unit: str = "") -> Array:
    number = _finite(name, value, float, unit)
    if not np.all(number >= 0):
        raise ValueError(f"{name} must be zero or positive (got {shown(value)})")
    return number
