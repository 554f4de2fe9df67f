"""From the parser's tree to nodes of expressions."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from ....sde.support.checks import nearest
from ..errors import RunFileError, shown
from ..names import SUPERSCRIPTS, normal_name
from .expressions import (
    Adjoint,
    Call,
    Name,
    Node,
    Number,
    Power,
    Product,
    Quadrature,
    Sum,
    refusal,
)

if TYPE_CHECKING:
    from lark import Token, Tree

FUNCTIONS = {
    **dict.fromkeys(("sqrt", "exp", "ln", "cos", "sin", "tan", "atan", "cosh", "sinh", "tanh"), 1),
    **dict.fromkeys(("abs", "conj"), 1),
    "bose": 2,
}
"""Functions of numbers, and how many they take; `bose` takes a frequency and a temperature."""
OF_OPERATORS = ("dag", "X", "Y")
"""Functions of operators: the adjoint and the quadratures."""
ATTRIBUTES = {"dag": "dag", "x": "X", "X": "X", "q": "X", "p": "Y", "Y": "Y"}
"""What may stand after a dot, and the function of operators that it means."""
DIGITS = str.maketrans(f"⁻{SUPERSCRIPTS}", "-0123456789")


class TreeBuilder:
    """Makes the nodes of one expression; a method for each rule of the grammar."""

    def __init__(self, key: str, text: str) -> None:
        self.key = key
        self.text = text

    def node(self, tree: Tree[Any]) -> Node:
        """The node of a rule."""
        made: Node = getattr(self, f"_{tree.data}")(
            tree.children, tree.meta.start_pos, tree.meta.end_pos
        )
        return made

    def _refused(self, position: int, message: str) -> RunFileError:
        return refusal(self.key, self.text, position, message)

    def _sum(self, children: Sequence[Any], start: int, end: int) -> Node:
        terms: list[tuple[Literal[1, -1], Node]] = []
        sign: Literal[1, -1] = 1
        for child in children:
            if _is(child, "SIGN"):
                sign = 1 if child == "+" else -1
            else:
                terms.append((sign, self.node(child)))
        if len(terms) == 1 and terms[0][0] == 1:
            return terms[0][1]
        return Sum(start, end, tuple(terms))

    def _product(self, children: Sequence[Any], start: int, end: int) -> Node:
        factors: list[tuple[Literal["*", "/"], Node]] = []
        operation: Literal["*", "/"] = "*"
        juxtaposed, sign = True, None
        for child in children:
            if _is(child, "OPERATION"):
                operation = "/" if child == "/" else "*"
                juxtaposed = False
                continue
            if _is(child, "SIGN"):
                sign = child
                continue
            factor = self.node(child)
            if juxtaposed and factors:
                self._check_neighbours(factors[-1][1], factor)
            if sign == "+" or sign is None:
                factors.append((operation, factor))
            else:
                place = sign.start_pos or 0
                factors.append((operation, Sum(place, factor.end, ((-1, factor),))))
            operation, juxtaposed, sign = "*", True, None
        return factors[0][1] if len(factors) == 1 else Product(start, end, tuple(factors))

    def _check_neighbours(self, left: Node, right: Node) -> None:
        """Refuse a number right behind a number or a name: it may be a power or a typing error."""
        if isinstance(right, Number):
            raise self._refused(
                right.start,
                f"the number {self.text[right.start : right.end]} stands behind "
                f"{self.text[left.start : left.end]} without an operation; write × or ^ between",
            )

    def _factor(self, children: Sequence[Any], start: int, end: int) -> Node:
        base = self.node(children[0])
        if len(children) == 1:
            return base
        mark = children[1]
        if isinstance(base, Number) and base.joined:
            raise self._refused(
                mark.start_pos,
                f"the power of {self.text[base.start : base.end]} is ambiguous; put the base into "
                "parentheses, or write × in it",
            )
        if _is(mark, "SUPERSCRIPT"):
            value = float(str(mark).translate(DIGITS))
            return Power(start, end, base, Number(mark.start_pos, mark.end_pos, value))
        return Power(start, end, base, self.node(children[2]))

    def _exponent(self, children: Sequence[Any], start: int, end: int) -> Node:
        last = children[-1]
        if _is(last, "NUMBER"):
            return Number(start, end, float(last) * (-1 if str(children[0]) in "-−–" else 1))
        return self.node(last)

    def _marked(self, children: Sequence[Any], start: int, end: int) -> Node:
        made = self.node(children[0])
        for mark in children[1:]:
            if _is(mark, "DAGGER"):
                function = "dag"
            else:
                word = str(mark).strip(".() \t\n")
                if word not in ATTRIBUTES:
                    remedy = nearest(word, sorted({*ATTRIBUTES}), "it is one of")
                    raise self._refused(
                        mark.start_pos, f".{word} is unknown: {remedy}; functions take no prefix"
                    )
                function = ATTRIBUTES[word]
            made = self._of_operator(function, made, start, mark.end_pos, mark.start_pos)
        return made

    def _call(self, children: Sequence[Any], start: int, end: int) -> Node:
        function = str(children[0]).replace("√", "sqrt")
        arguments = tuple(self.node(child) for child in children[1:])
        wanted = FUNCTIONS.get(function, 1)
        if len(arguments) != wanted:
            example = "bose(ω, T)" if function == "bose" else f"{function}(…)"
            count = "one argument" if wanted == 1 else f"{wanted} arguments"
            raise self._refused(start, f"{function} takes {count}, as in {example}")
        if function in OF_OPERATORS:
            return self._of_operator(function, arguments[0], start, end, start)
        return Call(start, end, function, arguments)

    def _of_operator(self, function: str, operand: Node, start: int, end: int, mark: int) -> Node:
        if function != "dag":
            return Quadrature(start, end, operand, "x" if function == "X" else "p")
        if isinstance(operand, Adjoint):
            raise self._refused(mark, "a dagger follows a dagger; write it once")
        return Adjoint(start, end, operand)

    def _group(self, children: Sequence[Any], start: int, end: int) -> Node:
        inner = self.node(children[0])
        return Product(start, end, (("*", inner),))

    def _number(self, children: Sequence[Any], start: int, end: int) -> Node:
        token = children[0]
        text = str(token)
        if token.type == "NUMBER":
            return Number(start, end, float(text))
        if token.type == "IMAGINARY":
            return Number(start, end, complex(0.0, float(text[:-1])), joined=True)
        factor = text.removesuffix("π").removesuffix("pi")
        return Number(start, end, float(factor) * math.pi, joined=True)

    def _name(self, children: Sequence[Any], start: int, end: int) -> Node:
        name = normal_name(str(children[0]))
        if not name.isidentifier():
            written = self.text[start:end]
            fraction = any(unicodedata.decomposition(c).startswith("<fraction>") for c in written)
            remedy = "write a fraction as (1/2)" if fraction else "use letters, digits and _"
            raise self._refused(start, f"{shown(written)} is no name; {remedy}")
        return Name(start, end, name)


def _is(child: Token | Tree[Any], kind: str) -> bool:
    return getattr(child, "type", None) == kind
