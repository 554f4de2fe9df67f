"""Polynomials in the creation and annihilation operators of named modes, in normal order.

A monomial is Π a†ᵐaⁿ over modes. Its coefficient is c₀ + √2 c₁: quadratures bring a factor 1/√2,
and with c₀ and c₁ kept apart, halves and doubles are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from ...support.checks import Array, carries_unit, numbers, require_name, shown
from .ordering import adjoint_of, normal_ordered, weyl_terms
from .weyl import (
    Coefficient,
    Powers,
    WeylSymbol,
    added,
    by_degree,
    degree_of,
    monomial_text,
    polynomial_text,
)

Scalar = complex | Array
"""A number, or an array over parameter points."""


@dataclass(frozen=True, eq=False)
class Operator:
    """A polynomial in the operators of modes, as `operators` makes them.

    Sums, products, whole powers and `dag()` give operators; the order of factors is respected, with
    [a, a†] = 1. Numbers, and arrays over parameter points, are coefficients; a labelled array of
    xarray is one where it stands to the right of an operator, as in ``a * rates``.

    Parameters
    ----------
    terms : mapping of powers to Coefficient
        By the powers ((mode, m, n), …) of a†ᵐaⁿ of each mode, in the order of the modes' names.

    Examples
    --------
    >>> import qlangevin as ql
    >>> a, m = ql.operators("a", "m")
    >>> a * a.dag()
    1 + a†a
    >>> 2e6 * a.dag() * a - 50 * a.dag() * a * (m + m.dag())
    2e+06 a†a − 50 a†a m − 50 a†a m†
    >>> a * m.dag() - m.dag() * a == 0
    True
    """

    terms: Mapping[Powers, Coefficient]

    __array_ufunc__ = None  # so that NumPy leaves array * operator to __rmul__

    def dag(self) -> Operator:
        """The Hermitian adjoint.

        Returns
        -------
        Operator

        Examples
        --------
        >>> import qlangevin as ql
        >>> a, m = ql.operators("a", "m")
        >>> (2j * a.dag() * m).dag()
        −2i a m†
        """
        return Operator({adjoint_of(powers): c.conjugate() for powers, c in self.terms.items()})

    @property
    def x(self) -> Operator:
        """The Hermitian quadrature (A + A†)/√2: X, or q, of an annihilation operator."""
        return (self + self.dag()).over_root_two()

    @property
    def p(self) -> Operator:
        """The Hermitian quadrature (A − A†)/(i√2): Y, or p, of an annihilation operator."""
        return (-1j * (self - self.dag())).over_root_two()

    def over_root_two(self) -> Operator:
        """The operator divided by √2, exactly.

        Returns
        -------
        Operator

        Examples
        --------
        >>> import qlangevin as ql
        >>> (a,) = ql.operators("a")
        >>> 2 * a.over_root_two() * a.over_root_two()
        a²
        """
        return self.mapped(Coefficient.over_root_two)

    def weyl(self) -> WeylSymbol:
        """The Weyl symbol: the function of c-numbers that this operator is the Weyl ordering of.

        Returns
        -------
        WeylSymbol
            In the amplitudes a and a* of the modes; printed as a polynomial.

        Examples
        --------
        >>> import qlangevin as ql
        >>> (a,) = ql.operators("a")
        >>> (a.dag() * a).weyl()
        −0.5 + |a|²
        >>> (1.5 * a.dag() ** 2 * a**2).weyl()
        0.75 − 3 |a|² + 1.5 |a|⁴
        """
        total: dict[Powers, Coefficient] = {}
        for powers, coefficient in self.terms.items():
            for weight, symbol in weyl_terms(powers):
                added(total, symbol, coefficient.times(weight))
        return WeylSymbol(_significant(total))

    def degree(self) -> int:
        """Largest number of factors of a term.

        Returns
        -------
        int
            0 for a number.

        Examples
        --------
        >>> import qlangevin as ql
        >>> a, m = ql.operators("a", "m")
        >>> (a.dag() * a * m.x).degree()
        3
        """
        return max(map(degree_of, self.terms), default=0)

    def mapped(self, change: Any) -> Operator:
        """The operator with `change(coefficient)` for each coefficient.

        Parameters
        ----------
        change : callable
            Takes and returns a Coefficient.

        Returns
        -------
        Operator
        """
        return Operator({powers: change(c) for powers, c in self.terms.items()})

    def __add__(self, other: Any) -> Operator:
        other = _as_operator(other)
        if other is None:
            return NotImplemented
        total = dict(self.terms)
        for powers, coefficient in other.terms.items():
            added(total, powers, coefficient)
            if total[powers].cancelled:
                del total[powers]
        return Operator(total)

    def __mul__(self, other: Any) -> Operator:
        other = _as_operator(other)
        if other is None:
            return NotImplemented
        total: dict[Powers, Coefficient] = {}
        for (left, c), (right, d) in product(self.terms.items(), other.terms.items()):
            both = c.product(d)
            for weight, powers in normal_ordered(left, right):
                added(total, powers, both.times(weight))
        return Operator(_significant(total))

    def __rmul__(self, other: Any) -> Operator:
        number = _as_operator(other)
        return NotImplemented if number is None else number * self

    def __radd__(self, other: Any) -> Operator:
        return self + other

    def __neg__(self) -> Operator:
        return self.mapped(lambda c: c.times(-1))

    def __pos__(self) -> Operator:
        return self

    def __sub__(self, other: Any) -> Operator:
        other = _as_operator(other)
        return NotImplemented if other is None else self + (-other)

    def __rsub__(self, other: Any) -> Operator:
        return -self + other

    def __truediv__(self, other: Any) -> Operator:
        if isinstance(other, Operator):
            raise ValueError(f"an operator cannot be divided by the operator {shown(other)}")
        return self * (1 / numbers("divisor of an operator", other, complex))

    def __pow__(self, exponent: Any) -> Operator:
        if isinstance(exponent, bool) or not isinstance(exponent, int | np.integer) or exponent < 0:
            raise ValueError(
                f"exponent of an operator must be a whole number ≥ 0 (got {shown(exponent)})"
            )
        power = _number(1.0)
        for _ in range(int(exponent)):
            power = power * self
        return power

    def __eq__(self, other: object) -> bool:
        """Whether the difference is rounding, at every parameter point."""
        number = _as_operator(other)
        return NotImplemented if number is None else not (self - number).nonzero_terms()

    __hash__ = None  # type: ignore[assignment]

    def nonzero_terms(self) -> dict[Powers, Coefficient]:
        """The terms whose coefficient is not zero at some parameter point.

        Returns
        -------
        dict
        """
        return {powers: c for powers, c in self.terms.items() if np.any(c.value)}

    def __repr__(self) -> str:
        shown_terms = self.nonzero_terms() or self.terms
        return polynomial_text((c.value, _text(powers)) for powers, c in by_degree(shown_terms))


def operators(*modes: str) -> tuple[Operator, ...]:
    """Annihilation operators of modes, from which Hamiltonians and jumps are written.

    Parameters
    ----------
    *modes : str
        Names of the modes, as in `Model.build`.

    Returns
    -------
    tuple of Operator
        One for each name: ``(a,) = operators("a")`` for a single mode.

    Raises
    ------
    ValueError
        Without names, and for names that are repeated or cannot name a mode.

    Examples
    --------
    A cavity whose light pushes a membrane, driven, with loss and a thermal bath:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> a, m = ql.operators("a", "m")
    >>> H = 1e6 * a.dag() * a + 1e6 * m.dag() * m - 50 * a.dag() * a * (m + m.dag())
    >>> H = H + 1j * 2e6 * (a.dag() - a)
    >>> jumps = [
    ...     ql.terms.jump("fibre", np.sqrt(2 * 5e5) * a),
    ...     ql.terms.jump("bath", np.sqrt(100) * m, occupation=10),
    ... ]
    >>> ql.Model.build(["a", "m"], [ql.terms.hamiltonian(H, mechanical=["m"]), *jumps])
    <Model of a, m: 4 quadratures, 4 noise channels, 4 quadratic and 0 cubic terms>
    """
    if not modes:
        raise ValueError("operators needs the name of at least one mode, such as operators('a')")
    for mode in modes:
        require_name("mode of operators", mode)
    if len(set(modes)) != len(modes):
        raise ValueError(f"modes of operators must be distinct (got {', '.join(modes)})")
    return tuple(Operator({((mode, 0, 1),): Coefficient.of(1.0)}) for mode in modes)


def _number(value: Scalar) -> Operator:
    """A number times the identity."""
    return Operator({(): Coefficient.of(value)})


def _as_operator(value: Any) -> Operator | None:
    """An operator, or a number as one; None for anything else."""
    if isinstance(value, Operator):
        return value
    try:
        return _number(numbers("coefficient of an operator", value, complex))
    except ValueError:
        if carries_unit(value):
            raise
        return None


def _significant(terms: Mapping[Powers, Coefficient]) -> dict[Powers, Coefficient]:
    """The terms that are more than rounding of what was added up to them."""
    return {powers: c for powers, c in terms.items() if not c.cancelled}


def _text(powers: Powers) -> str:
    """Such as "a†²a m"."""
    return " ".join(
        monomial_text(f"{mode}†", daggers) + monomial_text(mode, lowers)
        for mode, daggers, lowers in powers
    )
