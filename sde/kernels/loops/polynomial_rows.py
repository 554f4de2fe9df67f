"""Source code for rows of a drift that are one polynomial, but for variables and coefficients.

All cells of an array have the same polynomial. Its code is compiled once, and is shared by all
models in which it occurs. Linear terms in other variables, of which rows can have any number, are
summed in a loop before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType

from ...jit import simd, vector_width
from ...jit.cache import load_source
from ...jit.source import module_code
from ..factoring import Term, factored
from .steps import HALF, PLACE

VECTORS = 4
"""Vectors of lanes in a block."""
HEAD = 3
"""Whole numbers of a row before its entries: its place, and where its linear entries begin, end."""
MOST_TERMS = 40
"""Terms of the longest polynomial that is compiled."""
SIGNATURE = """
from numba import cfunc
from numba.core import types

NUMBERS, PLACES = types.CPointer(types.float64), types.CPointer(types.int64)
KIND = types.void(NUMBERS, NUMBERS, PLACES, *[types.int64] * 6, types.float64, types.float64)


@cfunc(KIND, cache=CACHE, error_model="numpy")
def polynomial(S, c, tables, base, first, count, state, start, result, sign, whole):
    compute(S, c, tables, base, first, count, state, start, result, sign, whole)
"""


@dataclass(frozen=True)
class Polynomial:
    """Polynomial of a row: terms (variables, number of the coefficient), numbered as they occur.

    Variable 0 is that of the row. Terms with one coefficient share its number.
    """

    terms: tuple[tuple[tuple[int, ...], int], ...]

    @property
    def variables(self) -> int:
        """Number of variables, that of the row among them."""
        return 1 + max(v for variables, _ in self.terms for v in (0, *variables))

    @property
    def coefficients(self) -> int:
        """Number of coefficients."""
        return 1 + max(number for _, number in self.terms)

    @property
    def short(self) -> bool:
        """Whether compiling it takes less than a second."""
        return len(self.terms) <= MOST_TERMS

    @property
    def length(self) -> int:
        """Whole numbers of a row in the table."""
        return HEAD + max(self.variables - 1, self.coefficients)

    @property
    def degrees(self) -> dict[int, int]:
        """Degree of the first term of every coefficient."""
        return {number: len(variables) for variables, number in reversed(self.terms)}

    @property
    def address(self) -> int:
        """Address of the compiled function."""
        return int(_module(self).polynomial.address)


@lru_cache(maxsize=256)
def _module(polynomial: Polynomial) -> ModuleType:
    return load_source(source(polynomial))


def source(polynomial: Polynomial) -> str:
    """Source of the module whose `polynomial` computes rows of a drift.

    result = whole · state + start + sign · even terms + odd terms. The table holds for every row
    its place, where its linear entries begin and end, and then entries with the places of its
    other variables in their lower bits and the indices of its coefficients above.
    """
    parts = [module_code(vector_width), module_code(simd), _compute_function(polynomial)]
    return "\n\n".join([*parts, SIGNATURE.strip()]) + "\n"


def _compute_function(polynomial: Polynomial) -> str:
    variables, vectors = range(polynomial.variables), range(VECTORS)
    lines = [
        "@separate",
        "def compute(S, c, tables, base, first, count, state, start, result, sign, whole):",
        "    never_inline()",
        "    prefer_512_bit_vectors()",
        "    w, s = fill(whole), fill(sign)",
        f"    for r in range(first, first + count * {polynomial.length}, {polynomial.length}):",
        "        row = element(tables, r)",
    ]
    for k, degree in sorted(polynomial.degrees.items()):
        place = f"broadcast(c, base + (element(tables, r + {HEAD + k}) >> {HALF}))"
        lines.append(f"        k{k} = {'' if degree % 2 else 's * '}{place}")
    lines += ["        place0 = state + row"]
    lines += [
        f"        place{v} = state + (element(tables, r + {HEAD + v - 1}) & {PLACE})"
        for v in variables[1:]
    ]
    lines += [f"        a{e} = at(S, start + row + {_lane(e)})" for e in vectors]
    lines += [
        "        for k in range(element(tables, r + 1), element(tables, r + 2)):",
        "            entry = element(tables, k)",
        f"            p = state + (entry & {PLACE})",
        f"            factor = broadcast(c, base + (entry >> {HALF}))",
    ]
    lines += [f"            a{e} = fma(factor, at(S, p + {_lane(e)}), a{e})" for e in vectors]
    for e in vectors:
        lines += [f"        p{v} = at(S, place{v} + {_lane(e)})" for v in variables]
        terms = [
            Term(1, f"k{number}", tuple(f"p{v}" for v in factors))
            for factors, number in polynomial.terms
        ]
        total = factored(terms, f"a{e}")
        lines.append(f"        put(S, result + row + {_lane(e)}, fma(w, p0, {total}))")
    return "\n".join(lines)


def _lane(vector: int) -> int:
    """First lane of a vector of a block."""
    return vector * simd.LANES
