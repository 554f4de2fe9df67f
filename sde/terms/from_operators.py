"""Terms written as operators: any Hamiltonian of degree four or less, and any linear jump."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..model.operators import Coefficient, Operator, Powers, degree_of
from ..model.term_kinds import MOST_FACTORS, Energy, Jump
from ..support.checks import Array, common_shape, first_few, require_name, shown
from .arguments import input_noise

HERMITIAN = 1e-12
"""Relative difference of H and H† that counts as rounding."""
CLOSE = 1e-3
"""Relative difference of H and H† that printed coefficients may not show."""
LISTED = 3
"""Number of terms that an error names."""


def hamiltonian(H: Operator, *, mechanical: str | Sequence[str] = ()) -> Energy:
    """H/ħ as a polynomial in operators: du = Ω∇H dt, with the Weyl symbol of H. No noise.

    The constant part of H has no effect and is dropped.

    Parameters
    ----------
    H : Operator
        H/ħ in rad/s, Hermitian, with a Weyl symbol of degree four or less; made from
        `qlangevin.operators`. The order of operators is respected: of a†a²a† the symbol is that of
        this order.
    mechanical : str or sequence of str
        Modes whose quadratures are called q and p instead of X and Y.

    Returns
    -------
    Energy

    Raises
    ------
    ValueError
        For an H that is not Hermitian or of higher degree, naming the terms at fault, and for a
        coefficient that is not finite.

    Notes
    -----
    As in every model here, the third derivatives of a cubic or quartic H in Moyal's bracket are
    dropped.

    Examples
    --------
    A Kerr mode, H = (K/2) a†²a² with K = 3, is what `kerr` gives:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> (a,) = ql.operators("a")
    >>> written = ql.Model.build(["a"], ql.terms.hamiltonian(1.5 * a.dag() ** 2 * a**2))
    >>> verb = ql.Model.build(["a"], ql.terms.kerr("a", 3.0))
    >>> bool(np.all(written.K.value == verb.K.value) and np.all(written.A == verb.A))
    True
    """
    _require_operator("H of hamiltonian", H)
    _require_finite("hamiltonian", H)
    _shape("hamiltonian", H)
    _require_hermitian(H)
    symbol = H.weyl()
    if symbol.degree > MOST_FACTORS:
        high = [
            text for powers, text in _monomials(symbol.terms) if degree_of(powers) == symbol.degree
        ]
        raise ValueError(
            f"H of hamiltonian has the term {high[0]} of degree {symbol.degree}; the drift of a "
            f"model is a cubic at most, so the degree must be {MOST_FACTORS} or less"
        )
    monomials = [
        (_real(coefficient), factors)
        for factors, coefficient in symbol.quadratures().items()
        if factors
    ]
    return Energy(monomials, [mechanical] if isinstance(mechanical, str) else mechanical)


def jump(
    port: str,
    L: Operator,
    *,
    occupation: Any = 0,
    squeezing: Any = 0,
    squeezing_angle: Any = 0,
) -> Jump:
    """Coupling to a port by a linear operator L, as in the master equation's dissipator of L.

    The output is a_out = a_in − L, and ȧ gains [a, L†]a_in − [a, L]a_in†. A constant α in L is
    coherent light of this amplitude that enters the port, as from `shine`: √γ a + α stands for the
    jump √γ a with a_in → a_in + α, so that ȧ gains √γ α. (The dissipator of √γ a + α would add
    −√γ α/2 instead.)

    Parameters
    ----------
    port : str
        The port; several terms on one port add up to one L.
    L : Operator
        In √(rad/s), of degree one, made from `qlangevin.operators`: √γ a for a loss of energy rate
        γ, √γ a† for gain.
    occupation : float or array
        Thermal occupation n of the port's input, the same in all terms on the port.
    squeezing, squeezing_angle : float or array
        r and φ in rad of the port's input, the same in all terms on the port: the input noise has
        the variance (n + ½)e^{−2r} along X cos φ + Y sin φ, and (n + ½)e^{2r} across it.

    Returns
    -------
    Jump

    Raises
    ------
    ValueError
        For an L of another degree, naming the terms at fault, a coefficient or angle that is not
        finite, and a negative occupation.

    Examples
    --------
    >>> import numpy as np
    >>> import qlangevin as ql
    >>> (a,) = ql.operators("a")
    >>> loss = ql.terms.jump("fibre", np.sqrt(2 * 2e6) * a)
    >>> ql.Model.build(["a"], loss).A.round()
    array([[-2000000.,        0.],
           [       0., -2000000.]])
    """
    require_name("port of jump", port)
    call = f"jump({port!r})"
    _require_operator(f"L of {call}", L)
    _require_finite(call, L)
    _require_linear(call, L)
    bath = input_noise(call, occupation, squeezing, squeezing_angle, L=_shape(call, L))
    linear = Operator({powers: c for powers, c in L.terms.items() if powers})
    return Jump(
        port,
        tuple((c.value, factors[0]) for factors, c in linear.weyl().quadratures().items()),
        *bath,
        L.terms[()].value if () in L.terms else np.zeros(()),
    )


def _require_operator(what: str, given: Any) -> None:
    if not isinstance(given, Operator):
        raise ValueError(
            f"{what} must be an operator, such as 1e6 * a.dag() * a with (a,) = "
            f"qlangevin.operators('a') (got {shown(given)})"
        )


def _require_finite(call: str, operator: Operator) -> None:
    for powers, c in operator.terms.items():
        if not np.all(np.isfinite(c.value)):
            term = repr(Operator({powers: c}))
            raise ValueError(f"coefficients of {call} must be finite (got the term {term})")


def _require_hermitian(H: Operator) -> None:
    difference = H - H.dag()
    wrong = {
        powers: H.terms.get(powers, Coefficient.of(0.0))
        for powers, c in difference.terms.items()
        if np.any(np.abs(c.value) > HERMITIAN * c.size)
    }
    if wrong:
        named = [
            text for _, text in _monomials({p: c for p, c in wrong.items() if np.any(c.value)})
        ]
        largest = max(_relative(difference.terms[powers]) for powers in wrong)
        what = (
            f"differ from their Hermitian conjugates in it by {largest:.1g} of their size"
            if largest < CLOSE
            else "have no Hermitian conjugate in it"
        )
        raise ValueError(
            f"H of hamiltonian must be Hermitian; the terms {first_few(named, LISTED)} {what}: "
            "add H.dag(), or write losses as jumps"
        )


def _relative(coefficient: Coefficient) -> float:
    """Largest ratio of a coefficient to the magnitudes that were added up to it."""
    size = np.where(coefficient.size == 0, 1.0, coefficient.size)
    return float(np.max(np.abs(coefficient.value) / size))


def _require_linear(call: str, L: Operator) -> None:
    high = [text for powers, text in _monomials(L.terms) if degree_of(powers) > 1]
    if high:
        raise ValueError(
            f"L of {call} must be of degree one (got {first_few(high, LISTED)}): its noise would "
            "depend on the state"
        )
    if L.degree() == 0:
        raise ValueError(
            f"L of {call} must act on a mode (got {L!r}); shine sends coherent light alone"
        )


def _monomials(terms: Any) -> Iterable[tuple[Powers, str]]:
    """Powers and text of each term."""
    return [(powers, repr(Operator({powers: c}))) for powers, c in terms.items()]


def _real(coefficient: Coefficient) -> Array:
    return np.asarray(coefficient.value.real)


def _shape(call: str, operator: Operator) -> tuple[int, ...]:
    """Shape of its coefficients; ValueError names two terms that do not fit together."""
    shapes = [np.shape(c.value) for c in operator.terms.values()]
    texts = [f"the term {text} of {call}" for _, text in _monomials(operator.terms)]
    return common_shape(dict(zip(texts, shapes, strict=True)))
