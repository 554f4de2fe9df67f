"""Hamiltonian terms, each with its H/ħ and drift; and `backscatter`, which has no Hamiltonian."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..model.term_kinds import Energy, LinearDrift
from ..support.checks import common_shape
from .arguments import rate_of

SQRT2 = np.sqrt(2.0)


def detune(mode: str, rate: Any) -> Energy:
    """H = Δ a†a, so ȧ = −iΔa; for a mechanical mode ω(q² + p²)/2. No noise.

    Parameters
    ----------
    mode : str
        The mode a.
    rate : float or array
        Δ in rad/s: cavity minus laser frequency; the frequency ω of a mechanical mode.

    Returns
    -------
    Energy

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.Model.build(["a"], ql.terms.detune("a", 1e6)).A
    array([[       0.,  1000000.],
           [-1000000.,        0.]])
    """
    half = rate_of("detune", rate, float, mode) / 2
    return Energy(((half, ((mode, 0), (mode, 0))), (half, ((mode, 1), (mode, 1)))))


def exchange(a: str, b: str, rate: Any) -> Energy:
    """H = J a†b + J* b†a, so ȧ = −iJb and ḃ = −iJ*a. No noise.

    Parameters
    ----------
    a, b : str
        The two modes.
    rate : complex or array
        J in rad/s.

    Returns
    -------
    Energy

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.Model.build(["a", "b"], ql.terms.exchange("a", "b", 2.0)).A[:2, 2:]
    array([[ 0.,  2.],
           [-2.,  0.]])
    """
    rate = rate_of("exchange", rate, complex, a, b)
    return Energy(
        (
            (rate.real, ((a, 0), (b, 0))),
            (rate.real, ((a, 1), (b, 1))),
            (-rate.imag, ((a, 0), (b, 1))),
            (rate.imag, ((a, 1), (b, 0))),
        )
    )


def backscatter(a: str, b: str, forward: Any, backward: Any) -> LinearDrift:
    """ȧ = −iJ₁b and ḃ = −iJ₂a, as of H = J₁ a†b + J₂ b†a; Hermitian only for J₂ = J₁*. No noise.

    With J₂ = 0 a lossless mode b drives a without reaction on b: a tone (see Tones in the docstring
    of `qlangevin.sde.terms`).

    Parameters
    ----------
    a, b : str
        The two modes.
    forward, backward : complex or array
        J₁, from b into a, and J₂, from a into b, in rad/s.

    Returns
    -------
    LinearDrift

    Examples
    --------
    >>> import qlangevin as ql
    >>> one_way = ql.terms.backscatter("a", "b", forward=2.0, backward=0.0)
    >>> A = ql.Model.build(["a", "b"], one_way).A
    >>> A[:2, 2:]
    array([[ 0.,  2.],
           [-2.,  0.]])
    >>> A[2:, :2]
    array([[0., 0.],
           [0., 0.]])
    """
    J1 = rate_of("backscatter", forward, complex, a, b, what="forward rate")
    J2 = rate_of("backscatter", backward, complex, a, b, what="backward rate")
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
    """H = Ω a†² + Ω* a², so ȧ = −2iΩa†. No noise.

    Parameters
    ----------
    mode : str
        The mode a.
    rate : complex or array
        Ω in rad/s.

    Returns
    -------
    Energy

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.Model.build(["a"], ql.terms.squeeze("a", 0.5j)).A
    array([[ 1.,  0.],
           [ 0., -1.]])
    """
    rate = rate_of("squeeze", rate, complex, mode)
    return Energy(
        (
            (rate.real, ((mode, 0), (mode, 0))),
            (-rate.real, ((mode, 1), (mode, 1))),
            (2 * rate.imag, ((mode, 0), (mode, 1))),
        )
    )


def kerr(mode: str, rate: Any) -> Energy:
    """H = (K/2) a†²a², Weyl symbol (K/2)(|α|⁴ − 2|α|²): α̇ = −iK(|α|² − 1)α. No noise.

    On vacuum average α̇ = −iK|α|²α, the mean field.

    Parameters
    ----------
    mode : str
        The mode a.
    rate : float or array
        K in rad/s: the shift of its frequency per quantum.

    Returns
    -------
    Energy

    Examples
    --------
    With one quantum, α = 1 or X = √2, the mode rotates at the rate K:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> model = ql.Model.build(["a"], ql.terms.kerr("a", 3.0))
    >>> (model.drift(np.array([np.sqrt(2), 0.0]), level="mean") / np.sqrt(2)).round(12)
    array([ 0., -3.])
    """
    rate = rate_of("kerr", rate, float, mode)
    x = (mode, 0)
    y = (mode, 1)
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
    """Radiation pressure H = −G a†a q: α̇ = iGαq and ṗ = G(|α|² − ½). No noise.

    On vacuum average ṗ = G|α|², the mean field.

    Parameters
    ----------
    optical, mechanical : str
        The optical mode a, and the mode with the position q on which its light exerts the force.
    rate : float or array
        G in rad/s: the shift of the optical frequency per unit of q.

    Returns
    -------
    Energy

    Examples
    --------
    >>> import qlangevin as ql
    >>> model = ql.Model.build(["light", "motion"], ql.terms.press("light", "motion", 50.0))
    >>> model.quadratures
    ('light.X', 'light.Y', 'motion.q', 'motion.p')
    """
    half = rate_of("press", rate, float, optical, mechanical) / 2
    x = (optical, 0)
    y = (optical, 1)
    q = (mechanical, 0)
    return Energy(((-half, (x, x, q)), (-half, (y, y, q)), (half, (q,))), mechanical=(mechanical,))


def drive(mode: str, rate: Any) -> Energy:
    """H = i(ε a† − ε* a), so ȧ = ε: a coherent drive of the mode itself. No noise.

    Its light passes no port, unlike that of `shine`. For a second tone, or a modulation, see Tones
    in the docstring of `qlangevin.sde.terms`.

    Parameters
    ----------
    mode : str
        The mode a.
    rate : complex or array
        ε in rad/s, in the frame of the detunings: a number, or an array over parameter points.

    Returns
    -------
    Energy

    Examples
    --------
    >>> import qlangevin as ql
    >>> ql.Model.build(["a"], ql.terms.drive("a", 2e6 - 1e6j)).c.round()
    array([ 2828427., -1414214.])
    """
    rate = rate_of("drive", rate, complex, mode)
    return Energy(((SQRT2 * rate.real, ((mode, 1),)), (-SQRT2 * rate.imag, ((mode, 0),))))
