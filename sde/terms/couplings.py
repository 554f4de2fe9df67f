"""Couplings of two modes, written as operators; `from_operators` takes any other Hamiltonian."""

from __future__ import annotations

from typing import Any

from ..model.operators import operators
from ..model.term_kinds import Energy
from .arguments import rate_of
from .from_operators import hamiltonian


def squeeze_modes(a: str, b: str, rate: Any) -> Energy:
    """Two-mode squeezing H = Ω a†b† + Ω* ab, so ȧ = −iΩb† and ḃ = −iΩa†. No noise.

    Parameters
    ----------
    a, b : str
        The two modes.
    rate : complex or array
        Ω in rad/s.

    Returns
    -------
    Energy

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.Model.build(["a", "b"], ql.terms.squeeze_modes("a", "b", 2.0)).A[:2, 2:]
    array([[ 0., -2.],
           [-2.,  0.]])
    """
    rate = rate_of("squeeze_modes", rate, complex, a, b)
    A, B = operators(a, b)
    pair = rate * A.dag() * B.dag()
    return hamiltonian(pair + pair.dag())


def cross_kerr(a: str, b: str, rate: Any) -> Energy:
    """H = χ a†a b†b, Weyl symbol χ(|α|² − ½)(|β|² − ½): α̇ = −iχ(|β|² − ½)α. No noise.

    On vacuum average α̇ = −iχ|β|²α, the mean field.

    Parameters
    ----------
    a, b : str
        The two modes.
    rate : float or array
        χ in rad/s: the shift of the frequency of one mode per quantum of the other.

    Returns
    -------
    Energy

    Examples
    --------
    With two quanta in b, the mode a rotates at the rate 2χ:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> model = ql.Model.build(["a", "b"], ql.terms.cross_kerr("a", "b", 3.0))
    >>> model.drift(np.array([1.0, 0.0, 2.0, 0.0]), level="mean")[:2].round(12)
    array([ 0., -6.])
    """
    rate = rate_of("cross_kerr", rate, float, a, b)
    A, B = operators(a, b)
    return hamiltonian(rate * A.dag() * A * B.dag() * B)


def couple_positions(a: str, b: str, rate: Any) -> Energy:
    """H = λ q_a q_b, a spring between two mechanical modes: ṗ_a = −λq_b, ṗ_b = −λq_a. No noise.

    Parameters
    ----------
    a, b : str
        The two mechanical modes.
    rate : float or array
        λ in rad/s.

    Returns
    -------
    Energy

    Examples
    --------
    >>> import qlangevin as ql
    >>> model = ql.Model.build(["m1", "m2"], ql.terms.couple_positions("m1", "m2", 5.0))
    >>> model.quadratures
    ('m1.q', 'm1.p', 'm2.q', 'm2.p')
    >>> model.A[:2, 2:]
    array([[ 0.,  0.],
           [-5.,  0.]])
    """
    rate = rate_of("couple_positions", rate, float, a, b)
    A, B = operators(a, b)
    return hamiltonian(rate * A.x * B.x, mechanical=(a, b))


def press_quadratically(optical: str, mechanical: str, rate: Any) -> Energy:
    """Quadratic optomechanical coupling H = g a†a q²: α̇ = −igq²α, ṗ = −2g(|α|² − ½)q. No noise.

    Parameters
    ----------
    optical, mechanical : str
        The optical mode a, and the mode whose position q shifts its frequency by g q².
    rate : float or array
        g in rad/s.

    Returns
    -------
    Energy

    Examples
    --------
    With four photons on average the spring constant grows by 8g:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> model = ql.Model.build(["a", "m"], ql.terms.press_quadratically("a", "m", 3.0))
    >>> u = np.array([np.sqrt(8), 0.0, 1.0, 0.0])
    >>> float(model.drift(u, level="mean")[3].round(12))
    -24.0
    """
    rate = rate_of("press_quadratically", rate, float, optical, mechanical)
    a, m = operators(optical, mechanical)
    return hamiltonian(rate * a.dag() * a * m.x**2, mechanical=(mechanical,))
