"""Check of expressions before any number is known: units, and where operators may stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from .dimensions import Dimension, dimension, has_unit, in_words, is_number
from .expressions import (
    Adjoint,
    Call,
    Expression,
    Name,
    Node,
    Number,
    Power,
    Product,
    Quadrature,
    Sum,
)
from .symbols import CONSTANTS, Symbols

MOST = 16
"""Largest power of an operator, and largest number of operators in a product, that is read."""
ANGLES = ("exp", "cos", "sin", "tan")


@dataclass(frozen=True)
class Kind:
    """What an expression gives: its dimension, whether it is an operator, and of which degree."""

    dimension: Dimension
    operator: bool = False
    degree: float = 0


def kind_of(expression: Expression, symbols: Symbols) -> Kind:
    """The kind of a whole expression; marks the names in it as used. Raises RunFileError."""
    return _Checker(expression, symbols).kind(expression.root)


def require_dimension(expression: Expression, kind: Kind, unit: str, *, root: bool = False) -> None:
    """Refuse an expression that has a unit, but another than `unit`, or than its square root."""
    wanted = dimension(unit) ** 0.5 if root else dimension(unit)
    if is_number(kind.dimension) or kind.dimension == wanted:
        return
    terms = expression.root.terms if isinstance(expression.root, Sum) else ()
    place = terms[0][1] if terms else expression.root
    raise expression.refusal(
        place, f"this {has_unit(kind.dimension)}; {_in_unit(wanted)} is expected"
    )


def require_number(expression: Expression, kind: Kind) -> None:
    """Refuse an operator where a number is expected."""
    if kind.operator:
        raise expression.refusal(expression.root, "this contains an operator; a number is expected")


def require_operator(expression: Expression, kind: Kind) -> None:
    """Refuse a number where an operator is expected."""
    if not kind.operator:
        raise expression.refusal(
            expression.root, "this contains no operator; name one of [system.operators]"
        )


class _Checker:
    def __init__(self, expression: Expression, symbols: Symbols) -> None:
        self.expression = expression
        self.symbols = symbols

    def kind(self, node: Node) -> Kind:
        match node:
            case Number():
                return self._number(node)
            case Name():
                return self._name(node)
            case Sum():
                return self._sum(node)
            case Product():
                return self._product(node)
            case Power():
                return self._power(node)
            case Call():
                return self._call(node)
            case Adjoint() | Quadrature():
                return self._of_operator(node)
        raise AssertionError(node)

    def _number(self, node: Number) -> Kind:
        """Refuse 2E1 where E1 is a name: it is read as 20, and may be meant as 2 × E1."""
        written = self.expression.text[node.start : node.end]
        tail = written.lstrip("0123456789.")
        if tail in self.symbols.numbers or tail in self.symbols.operators:
            raise self.expression.refusal(
                node, f"{written} is read as a number, and {tail} is a name; put a space before it"
            )
        return Kind(dimension(""))

    def _name(self, node: Name) -> Kind:
        name = node.name
        self.symbols.used.add(name)
        if name in self.symbols.operators:
            return Kind(dimension(""), operator=True, degree=1)
        if name in self.symbols.numbers:
            return Kind(self.symbols.numbers[name])
        if name in CONSTANTS:
            return Kind(dimension(CONSTANTS[name][1]))
        raise self.symbols.unknown(self.expression, node)

    def _sum(self, node: Sum) -> Kind:
        """Terms agree in their units; a zero agrees with all."""
        found: Kind | None = None
        operator, degree = False, 0.0
        for _, term in node.terms:
            kind = self.kind(term)
            operator = operator or kind.operator
            degree = max(degree, kind.degree)
            if isinstance(term, Number) and term.value == 0:
                continue
            if found and found.dimension != kind.dimension:
                raise self.expression.refusal(
                    term,
                    f"this term {has_unit(kind.dimension)}, the one before it "
                    f"{has_unit(found.dimension)}; give all terms the same unit",
                )
            found = found or kind
        return Kind(found.dimension if found else dimension(""), operator, degree)

    def _product(self, node: Product) -> Kind:
        total = dimension("")
        operator, degree = False, 0.0
        before: tuple[str, Node] | None = None
        for operation, factor in node.factors:
            kind = self.kind(factor)
            if before and before[0] == "/" and not kind.operator:
                self._check_divisor(before[1], factor)
            before = operation, factor
            if operation == "/" and kind.operator:
                raise self.expression.refusal(
                    factor, "an operator cannot be a divisor; divide by numbers only"
                )
            total = total / kind.dimension if operation == "/" else total * kind.dimension
            operator = operator or kind.operator
            degree = self._degree(factor, degree + kind.degree)
        return Kind(total, operator, degree)

    def _degree(self, place: Node, degree: float) -> float:
        """The degree, unless it would take too long to multiply the operators out."""
        if degree > MOST:
            raise self.expression.refusal(
                place, f"this makes a product of over {MOST} operators; H has four at most"
            )
        return degree

    def _check_divisor(self, divisor: Node, factor: Node) -> None:
        """Refuse a number behind a divisor, as in 1/2κ and P/ħ ω, that may belong to it or not.

        A space behind a plain number, and parentheses around a divisor, make the end of it clear.
        """
        text = self.expression.text
        space = text[divisor.end : factor.start]
        names = isinstance(divisor, (Name, Power)) and isinstance(factor, (Name, Power, Number))
        if space.strip() or text[divisor.end - 1] == ")" or (space and not names):
            return
        first, second = (text[each.start : each.end] for each in (divisor, factor))
        raise self.expression.refusal(
            factor,
            f"{second} may be meant above or below the division; write /({first} {second}) or "
            f"/{first} × {second}",
        )

    def _power(self, node: Power) -> Kind:
        base = self.kind(node.base)
        exponent = self.kind(node.exponent)
        if exponent.operator or not is_number(exponent.dimension):
            raise self.expression.refusal(
                node.exponent, "an exponent must be a number without unit"
            )
        value = fixed_number(node.exponent)
        if base.operator and value not in range(MOST + 1):
            raise self.expression.refusal(
                node.exponent,
                f"the exponent of an operator must be a whole number from 0 to {MOST}",
            )
        degree = self._degree(node, base.degree * (value or 0))
        if is_number(base.dimension):
            return Kind(base.dimension, base.operator, degree)
        if value is None:
            raise self.expression.refusal(
                node.exponent,
                f"the exponent of a quantity in {in_words(base.dimension)} must be a plain number",
            )
        return Kind(base.dimension**value, base.operator, degree)

    def _call(self, node: Call) -> Kind:
        kinds = [self.kind(argument) for argument in node.arguments]
        for kind, argument in zip(kinds, node.arguments, strict=True):
            if kind.operator:
                raise self.expression.refusal(
                    argument, f"{node.function} takes numbers, not an operator"
                )
        if node.function in ("abs", "conj"):
            return kinds[0]
        if node.function == "sqrt":
            return Kind(kinds[0].dimension ** 0.5)
        units = ("rad/s", "K") if node.function == "bose" else ("",)
        for kind, argument, unit in zip(kinds, node.arguments, units, strict=True):
            if not is_number(kind.dimension) and kind.dimension != dimension(unit):
                raise self.expression.refusal(
                    argument,
                    f"this {has_unit(kind.dimension)}; {node.function} expects "
                    f"{_in_unit(dimension(unit))}",
                )
        return Kind(dimension(""))

    def _of_operator(self, node: Adjoint | Quadrature) -> Kind:
        kind = self.kind(node.operand)
        if kind.operator:
            return kind
        if isinstance(node, Adjoint):
            message = "only an operator has an adjoint; conj(…) is the conjugate of a number"
        else:
            message = "only an operator has quadratures"
        raise self.expression.refusal(node.operand, message)


def fixed_number(node: Node) -> float | None:
    """The value of an exponent that contains no name; None for others."""
    match node:
        case Number(value=value) if not isinstance(value, complex):
            return float(value)
        case Sum(terms=terms):
            parts = [(sign, fixed_number(term)) for sign, term in terms]
            if all(part is not None for _, part in parts):
                return float(sum(sign * cast(float, part) for sign, part in parts))
        case Product(factors=factors):
            numbers = [(operation, fixed_number(factor)) for operation, factor in factors]
            if all(number is not None for _, number in numbers):
                with np.errstate(all="ignore"):
                    powers = [-1.0 if operation == "/" else 1.0 for operation, _ in numbers]
                    values = np.array([number for _, number in numbers], float)
                    result = float(np.prod(values ** np.array(powers)))
                return result if np.isfinite(result) else None
    return None


def _in_unit(wanted: Dimension) -> str:
    return "a number without unit" if is_number(wanted) else in_words(wanted)
