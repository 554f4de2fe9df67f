"""Normal order of products of monomials, and Weyl symbols of monomials, with [a, a†] = 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import comb, factorial
from typing import Any

from .weyl import Powers


def adjoint_of(powers: Powers) -> Powers:
    """The powers of the Hermitian adjoint of a monomial."""
    return tuple((mode, lowers, daggers) for mode, daggers, lowers in powers)


def normal_ordered(left: Powers, right: Powers) -> Iterator[tuple[int, Powers]]:
    """Weights and powers of the product of two monomials in normal order."""
    first = {mode: (daggers, lowers) for mode, daggers, lowers in left}
    second = {mode: (daggers, lowers) for mode, daggers, lowers in right}
    modes = sorted(first | second)
    each = [_one_mode(*first.get(m, (0, 0)), *second.get(m, (0, 0))) for m in modes]
    for parts in product(*each):
        yield _joined(modes, parts)


def _one_mode(m: int, n: int, p: int, q: int) -> list[tuple[int, int, int]]:
    """a†ᵐaⁿ a†ᵖa^q = Σ_k k! C(n,k) C(p,k) a†^(m+p−k) a^(n+q−k), as (weight, daggers, lowers)."""
    return [
        (factorial(k) * comb(n, k) * comb(p, k), m + p - k, n + q - k) for k in range(min(n, p) + 1)
    ]


def weyl_terms(powers: Powers) -> Iterator[tuple[float, Powers]]:
    """Weights and powers of the Weyl symbol of a monomial.

    That of a†ᵐaⁿ is Σ_k (−½)ᵏ k! C(m,k) C(n,k) a*^(m−k) a^(n−k), for each mode.
    """
    modes = [mode for mode, _, _ in powers]
    each = [
        [
            ((-0.5) ** k * factorial(k) * comb(m, k) * comb(n, k), m - k, n - k)
            for k in range(min(m, n) + 1)
        ]
        for _, m, n in powers
    ]
    for parts in product(*each):
        yield _joined(modes, parts)


def _joined(modes: Iterable[str], parts: Iterable[tuple[Any, int, int]]) -> tuple[Any, Powers]:
    """The product of the weights, and the powers of all modes, without those of power 0."""
    weight: Any = 1
    powers = []
    for mode, (factor, daggers, lowers) in zip(modes, parts, strict=True):
        weight = weight * factor
        if daggers or lowers:
            powers.append((mode, daggers, lowers))
    return weight, tuple(powers)
