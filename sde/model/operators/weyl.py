"""Weyl symbols: polynomials in the complex amplitudes of modes, and how polynomials are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from math import comb, sqrt
from typing import Any

import numpy as np

from ...support.checks import Array, common_shape

Powers = tuple[tuple[str, int, int], ...]
"""For each mode of a monomial: its name, the power of a† (or a*), and the power of a."""
ROOT_TWO = sqrt(2.0)
ROUNDING = 16 * float(np.finfo(float).eps)
"""A coefficient below this fraction of what was added up to it is rounding."""
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class Coefficient:
    """The coefficient whole + √2 root of a monomial, each a number or an array (...) over points.

    `size` (...) is the sum of the magnitudes that were added up to it, for the rounding error.
    """

    whole: Any
    root: Any
    size: Any

    @staticmethod
    def of(value: Any) -> Coefficient:
        """A number, or an array (...), as a coefficient."""
        return Coefficient(np.asarray(value, complex), 0.0, np.abs(value))

    @property
    def value(self) -> Array:
        """Its value (...), complex."""
        return np.asarray(self.whole + ROOT_TWO * self.root, complex)

    @property
    def cancelled(self) -> bool:
        """Whether it is rounding at every point, left over from terms that cancel."""
        rounding = np.abs(self.value) <= ROUNDING * self.size
        return bool(np.all(rounding) and np.any(self.size) and np.all(np.isfinite(self.size)))

    def plus(self, other: Coefficient) -> Coefficient:
        """The sum of two coefficients."""
        _require_fit(self, other)
        return Coefficient(self.whole + other.whole, self.root + other.root, self.size + other.size)

    def product(self, other: Coefficient) -> Coefficient:
        """The product of two coefficients."""
        _require_fit(self, other)
        whole = self.whole * other.whole + 2 * (self.root * other.root)
        root = self.whole * other.root + self.root * other.whole
        return Coefficient(whole, root, self.size * other.size)

    def times(self, factor: complex) -> Coefficient:
        """The coefficient times a number."""
        return Coefficient(factor * self.whole, factor * self.root, abs(factor) * self.size)

    def over_root_two(self) -> Coefficient:
        """The coefficient divided by √2."""
        return Coefficient(self.root, self.whole / 2, self.size / ROOT_TWO)

    def conjugate(self) -> Coefficient:
        """The complex conjugate."""
        return Coefficient(np.conj(self.whole), np.conj(self.root), self.size)


def _require_fit(one: Coefficient, other: Coefficient) -> None:
    if np.ndim(one.size) and np.ndim(other.size):
        shapes = {"a coefficient": np.shape(one.size), "another one": np.shape(other.size)}
        common_shape(shapes)


def added(total: dict[Any, Coefficient], key: Any, coefficient: Coefficient) -> None:
    """Add a coefficient to that of a monomial in `total`."""
    total[key] = total[key].plus(coefficient) if key in total else coefficient


@dataclass(frozen=True, eq=False)
class WeylSymbol:
    """The Weyl symbol of an operator, a polynomial in amplitudes a and a* of modes.

    Parameters
    ----------
    terms : mapping of powers to Coefficient
        By the powers ((mode, m, n), …) of a*ᵐaⁿ of each mode.

    Examples
    --------
    >>> import qlangevin as ql
    >>> a, m = ql.operators("a", "m")
    >>> symbol = (-50 * a.dag() * a * (m + m.dag())).weyl()
    >>> symbol
    25 m + 25 m* − 50 |a|² m − 50 |a|² m*
    >>> symbol.degree
    3
    """

    terms: Mapping[Powers, Coefficient]

    @property
    def degree(self) -> int:
        """Largest number of factors of a term; 0 for a number."""
        return max(map(degree_of, self.terms), default=0)

    def quadratures(self) -> dict[tuple[tuple[str, int], ...], Coefficient]:
        """The symbol in quadratures, a = (X + iY)/√2.

        Returns
        -------
        dict of factors to Coefficient
            Factors are quadratures (mode, 0) for X and (mode, 1) for Y.
        """
        total: dict[tuple[tuple[str, int], ...], Coefficient] = {}
        for powers, coefficient in self.terms.items():
            for _ in range(degree_of(powers)):
                coefficient = coefficient.over_root_two()
            for weight, factors in _expanded(powers):
                added(total, factors, coefficient.times(weight))
        return {factors: c for factors, c in total.items() if not c.cancelled}

    def __repr__(self) -> str:
        return polynomial_text((c.value, _text(powers)) for powers, c in by_degree(self.terms))


def degree_of(powers: Powers) -> int:
    """Number of factors of a monomial."""
    return sum(m + n for _, m, n in powers)


def by_degree(terms: Mapping[Powers, Coefficient]) -> list[tuple[Powers, Coefficient]]:
    """Monomials and their coefficients in the order in which they are printed."""
    return sorted(terms.items(), key=lambda item: (degree_of(item[0]), item[0]))


def _expanded(powers: Powers) -> Iterable[tuple[complex, tuple[tuple[str, int], ...]]]:
    """Π (X − iY)ᵐ(X + iY)ⁿ over modes, as weights and factors."""
    each = [
        [(weight, ((mode, 0),) * (m + n - ys) + ((mode, 1),) * ys) for ys, weight in _weights(m, n)]
        for mode, m, n in powers
    ]
    for parts in product(*each):
        weight: complex = 1
        factors: tuple[tuple[str, int], ...] = ()
        for part, these in parts:
            weight = weight * part
            factors = factors + these
        yield weight, factors


def _weights(m: int, n: int) -> list[tuple[int, complex]]:
    """Powers y of Y, and the weights of X^(m+n−y)Y^y in (X − iY)ᵐ(X + iY)ⁿ."""
    found = []
    for y in range(m + n + 1):
        signed = sum(
            (-1) ** j * comb(m, j) * comb(n, y - j) for j in range(max(0, y - n), min(m, y) + 1)
        )
        if signed:
            found.append((y, signed * (1, 1j, -1, -1j)[y % 4]))
    return found


def polynomial_text(terms: Iterable[tuple[Array, str]]) -> str:
    """A polynomial from coefficients (...) and the texts of their monomials: "2 a†a − 50 a"."""
    parts: list[str] = []
    for value, text in terms:
        number = coefficient_text(value)
        negative = number.startswith("−")
        size = number.removeprefix("−")
        body = text if size == "1" and text else f"{size} {text}".rstrip()
        sign = ("−" if negative else "") if not parts else (" − " if negative else " + ")
        parts.append(sign + body)
    return "".join(parts) or "0"


def coefficient_text(value: Array) -> str:
    """A coefficient to six digits, such as "2e+06", "−0.5i", "(1 + 2i)" or "(1 … 3)" for points."""
    if np.ndim(value) and np.size(value) > 1:
        flat = np.ravel(value)
        return f"({coefficient_text(flat[0])} … {coefficient_text(flat[-1])})"
    number = complex(np.ravel(value)[0]) if np.size(value) else complex("nan")
    real, imaginary = f"{number.real:.6g}".replace("-", "−"), f"{number.imag:.6g}"
    if number.imag == 0:
        return real
    unit = f"{imaginary}i".replace("-", "−")
    unit = {"1i": "i", "−1i": "−i"}.get(unit, unit)
    if number.real == 0:
        return unit
    sign = "−" if unit.startswith("−") else "+"
    return f"({real} {sign} {unit.removeprefix('−')})"


def monomial_text(symbol: str, power: int) -> str:
    """A power as text: "", "a", "a²"."""
    return "" if power == 0 else symbol + (str(power).translate(SUPERSCRIPTS) if power > 1 else "")


def _text(powers: Powers) -> str:
    """Such as "|a|² m*": equal powers of a* and a as a power of |a|."""
    words = []
    for mode, stars, plain in powers:
        common = min(stars, plain)
        words += [
            monomial_text(f"|{mode}|", 2 * common),
            monomial_text(f"{mode}*", stars - common),
            monomial_text(mode, plain - common),
        ]
    return " ".join(filter(None, words))
