"""The kinds of terms that a model is built from, as `qlangevin.sde.terms` makes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..support.checks import Array, Shape, common_shape, numbers, require_name, shown
from .operators.weyl import ROUNDING, coefficient_text, monomial_text, polynomial_text

Quadrature = tuple[str, int]
"""A quadrature by mode name and axis: 0 for X (or q), 1 for Y (or p)."""
MOST_FACTORS = 4
"""Degree of a Hamiltonian whose drift is a cubic at most."""


@dataclass(frozen=True)
class Energy:
    """Any polynomial Hamiltonian of degree four or less, by the Weyl symbol of H/ħ: du = Ω∇H dt.

    Parameters
    ----------
    monomials : sequence of (coefficient, factors)
        Each coefficient is real, in rad/s, a number or an array over parameter points. Its factors
        are one to four quadratures, each a mode's name and 0 for X (or q), 1 for Y (or p); a
        repeated factor is a power.
    mechanical : sequence of str
        Modes whose quadratures are called q and p instead of X and Y.

    Raises
    ------
    ValueError
        For a coefficient that is not real and finite, more than four factors, and a factor that is
        no quadrature.

    Notes
    -----
    The Weyl symbol is the operator's average over symmetric orders, with numbers for operators: of
    a†a it is (X² + Y²)/2 − ½, of a†a q² it is ((X² + Y²)/2 − ½)q², of q⁴ it is q⁴. Products of
    different modes have one order only. As in every model here, the third derivatives of a cubic or
    quartic H in Moyal's bracket are dropped.

    Examples
    --------
    Two-mode squeezing, H = g(ab + a†b†) = g(X_a X_b − Y_a Y_b):

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> from qlangevin.sde.terms import Energy
    >>> Xa, Ya, Xb, Yb = ("a", 0), ("a", 1), ("b", 0), ("b", 1)
    >>> g = 1e6
    >>> squeezing = Energy([(g, [Xa, Xb]), (-g, [Ya, Yb])])
    >>> ql.Model.build(["a", "b"], squeezing).A[:2, 2:]
    array([[       0., -1000000.],
           [-1000000.,        0.]])

    A χ⁽²⁾ crystal, which makes two photons a of one photon b, H = (χ/2)(a†²b + a²b†):

    >>> x = 1e3 / np.sqrt(8)
    >>> crystal = Energy([(x, [Xa, Xa, Xb]), (-x, [Ya, Ya, Xb]), (2 * x, [Xa, Ya, Yb])])

    A Duffing oscillator, H = (λ/4)q⁴, and dispersive coupling to its q², H = g a†a q²:

    >>> q = ("m", 0)
    >>> duffing = Energy([(50.0, [q, q, q, q])], mechanical=["m"])
    >>> light_energy = [(g / 2, [Xa, Xa, q, q]), (g / 2, [Ya, Ya, q, q]), (-g / 2, [q, q])]
    >>> dispersive = Energy(light_energy, mechanical=["m"])
    >>> ql.Model.build(["a", "m"], [duffing, dispersive])
    <Model of a, m: 4 quadratures, 0 noise channels, 0 quadratic and 5 cubic terms>
    """

    monomials: Sequence[tuple[Any, Sequence[Quadrature]]]
    mechanical: Sequence[str] = ()

    def __post_init__(self) -> None:
        monomials = tuple(
            _monomial(monomial) for monomial in _listed("monomials of Energy", self.monomials)
        )
        common_shape({f"coefficient {k} of Energy": c.shape for k, (c, _) in enumerate(monomials)})
        mechanical = tuple(_listed("mechanical modes of Energy", self.mechanical))
        for mode in mechanical:
            require_name("mode of Energy", mode)
        object.__setattr__(self, "monomials", monomials)
        object.__setattr__(self, "mechanical", mechanical)

    def __repr__(self) -> str:
        symbol = polynomial_text((c, self._text(factors)) for c, factors in self.monomials)
        return f"<Energy: {symbol}>"

    def _text(self, factors: Sequence[Quadrature]) -> str:
        """Such as "cavity.X² membrane.q"."""
        names = (f"{m}.{('qp' if m in self.mechanical else 'XY')[axis]}" for m, axis in factors)
        return " ".join(monomial_text(name, power) for name, power in Counter(names).items())


@dataclass(frozen=True)
class Jump:
    """A coupling of the system to the light or bath at a port.

    L = Σ coefficient · quadrature, coefficients in √(rad/s). The input noise of the port has the
    variances (n + ½)e^{∓2r} along and across the squeezing angle; `amplitude` is coherent light
    into the port, in √(photons/s).
    """

    port: str
    operator: tuple[tuple[Any, Quadrature], ...]
    occupation: Any
    squeezing: Any = 0.0
    squeezing_angle: Any = 0.0
    amplitude: Any = 0.0

    def __repr__(self) -> str:
        ladder: dict[str, Any] = {}
        for c, (mode, axis) in self.operator:  # X = (a + a†)/√2, iY = (a − a†)/√2
            for name, sign in ((mode, 1), (f"{mode}†", -1)):
                part = c / np.sqrt(2) if axis == 0 else -1j * sign * c / np.sqrt(2)
                ladder[name] = ladder.get(name, 0) + part
        size = max((np.abs(c).max(initial=0) for c, _ in self.operator), default=0)
        kept = {name: c for name, c in ladder.items() if np.any(np.abs(c) > ROUNDING * size)}
        L = polynomial_text((c, name) for name, c in kept.items())
        others = ("occupation", "squeezing", "squeezing_angle", "amplitude")
        given = [f"{w} {coefficient_text(v)}" for w in others if np.any(v := getattr(self, w))]
        return f"<Jump on {', '.join([f'{self.port}: L = {L}', *given])}>"


@dataclass(frozen=True)
class Friction:
    """Friction −γp on a momentum alone, γ in rad/s, with its Brownian noise D_pp = γ(2n + 1)."""

    mode: str
    rate: Any
    occupation: Any


@dataclass(frozen=True)
class LinearDrift:
    """Linear drift that need not follow from a Hamiltonian: (coefficient in rad/s, row, column)."""

    entries: tuple[tuple[Any, Quadrature, Quadrature], ...]


@dataclass(frozen=True)
class Shine:
    """Coherent light entering a port, in √(photons/s)."""

    port: str
    amplitude: Any


@dataclass(frozen=True)
class Feed:
    """Light passed one way from port to port, with its power transmission and phase."""

    source: str
    target: str
    transmission: Any
    phase: Any
    shared_vacuum: bool


@dataclass(frozen=True)
class Mix:
    """A beam splitter on the light that leaves two ports: transmissivity, and phase of the rest."""

    first: str
    second: str
    transmissivity: Any
    phase: Any


Term = Energy | Jump | Friction | LinearDrift | Shine | Feed | Mix
Terms = Term | Iterable["Terms"]
"""A term, or lists of terms, nested to any depth."""


def listed_terms(terms: Any, place: str) -> Iterator[tuple[str, Term]]:
    """Every term of nested lists, with its place in them, such as "terms[2][0]"."""
    if isinstance(terms, Term):
        yield place, terms
        return
    if isinstance(terms, str | bytes | Mapping | Set | np.ndarray) or not isinstance(
        terms, Iterable
    ):
        example = "what a function of qlangevin.sde.terms returns, such as detune('a', 1e6)"
        raise ValueError(
            f"{place} must be a term, or a list of terms (got {shown(terms)}); a term is {example}"
        )
    for k, term in enumerate(terms):
        yield from listed_terms(term, f"{place}[{k}]")


def shape_of(term: Term) -> Shape:
    """The shape to which a term's coefficients broadcast."""
    match term:
        case Energy():
            values = [coefficient for coefficient, _ in term.monomials]
        case Jump():
            bath = [term.occupation, term.squeezing, term.squeezing_angle, term.amplitude]
            values = [*bath, *(coefficient for coefficient, _ in term.operator)]
        case Friction():
            values = [term.rate, term.occupation]
        case LinearDrift():
            values = [coefficient for coefficient, _, _ in term.entries]
        case Shine():
            values = [term.amplitude]
        case Feed():
            values = [term.transmission, term.phase]
        case Mix():
            values = [term.transmissivity, term.phase]
    return np.broadcast_shapes(*map(np.shape, values))


def _monomial(given: Any) -> tuple[Array, tuple[Quadrature, ...]]:
    """A coefficient and its quadratures, checked."""
    try:
        coefficient, factors = given
        factors = tuple(factors)
    except (TypeError, ValueError):
        example = "(1e6, [('a', 0), ('b', 0)])"
        raise ValueError(
            f"monomials of Energy are pairs such as {example} (got {shown(given)})"
        ) from None
    for factor in factors:
        if not (isinstance(factor, tuple | list) and len(factor) == 2 and factor[1] in (0, 1)):
            raise ValueError(
                "factors of Energy are quadratures, such as ('a', 0) or ('a', 1) (got "
                f"{shown(factor)})"
            )
        require_name("mode of Energy", factor[0])
    if not 1 <= len(factors) <= MOST_FACTORS:
        raise ValueError(
            f"monomials of Energy have one to {MOST_FACTORS} factors (got {len(factors)})"
        )
    number = numbers("coefficient of Energy", coefficient, unit="rad/s")
    if not np.all(np.isfinite(number)):
        raise ValueError(f"coefficient of Energy must be finite (got {shown(coefficient)})")
    return number, tuple((mode, int(axis)) for mode, axis in factors)


def _listed(what: str, given: Any) -> Sequence[Any]:
    if not isinstance(given, tuple | list):
        raise ValueError(f"{what} must be a list (got {shown(given)})")
    return given
