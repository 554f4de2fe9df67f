"""Values of expressions: numbers, arrays over parameter points, and operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ....sde.formulas import thermal_occupation
from ....sde.model.operators import Operator
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
from .kinds import fixed_number
from .symbols import CONSTANTS

Value = Any
"""A number, an array over parameter points, or an Operator."""
FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "exp": np.exp,
    "ln": np.log,
    "cos": np.cos,
    "sin": np.sin,
    "tan": np.tan,
    "atan": np.arctan,
    "cosh": np.cosh,
    "sinh": np.sinh,
    "tanh": np.tanh,
    "abs": np.abs,
    "conj": np.conj,
    "bose": thermal_occupation,
}


def value_of(expression: Expression, names: Callable[[str], Value], *, real: bool = False) -> Value:
    """The value of an expression; `names` gives those of parameters and operators.

    Raises RunFileError where there is none, as for the root of a negative number, and for a complex
    number that must be `real`.
    """
    with np.errstate(all="ignore"):
        value = _Evaluation(expression, names).value(expression.root)
    if real and np.iscomplexobj(value):
        if np.any(np.imag(value) != 0):
            raise expression.refusal(
                expression.root, f"this must be real, and is {np.ravel(value)[0]:.6g}"
            )
        return np.real(value)
    return value


class _Evaluation:
    def __init__(self, expression: Expression, names: Callable[[str], Value]) -> None:
        self.expression = expression
        self.names = names

    def value(self, node: Node) -> Value:
        match node:
            case Number(value=value):
                return value
            case Name(name=name):
                return CONSTANTS[name][0] if name in CONSTANTS else self.names(name)
            case Sum():
                return self._sum(node)
            case Product():
                return self._product(node)
            case Power():
                return self._power(node)
            case Call():
                return self._call(node)
            case Adjoint():
                return self.value(node.operand).dag()
            case Quadrature():
                operand = self.value(node.operand)
                return operand.x if node.axis == "x" else operand.p
        raise AssertionError(node)

    def _sum(self, node: Sum) -> Value:
        (sign, first), *others = node.terms
        total = self.value(first) if sign > 0 else -self.value(first)
        for sign, term in others:
            total = total + self.value(term) if sign > 0 else total - self.value(term)
        return total

    def _product(self, node: Product) -> Value:
        (_, first), *others = node.factors
        total = self.value(first)
        for operation, factor in others:
            value = self.value(factor)
            total = total / self._divisor(factor, value) if operation == "/" else total * value
        return total

    def _divisor(self, node: Node, value: Value) -> Value:
        if np.any(np.asarray(value) == 0):
            raise self.expression.refusal(node, "this divisor is zero; change its parameters")
        return value

    def _power(self, node: Power) -> Value:
        base = self.value(node.base)
        if isinstance(base, Operator):
            return base ** int(fixed_number(node.exponent) or 0)
        exponent = self.value(node.exponent)
        if np.all(np.mod(np.real(exponent), 1) == 0):
            if np.any(np.real(exponent) < 0):
                self._divisor(node.base, base)
        else:
            self._require_real_root(node.base, base)
        return np.power(np.asarray(base) * 1.0, exponent)

    def _call(self, node: Call) -> Value:
        values = [self.value(argument) for argument in node.arguments]
        if node.function == "sqrt":
            self._require_real_root(node.arguments[0], values[0])
            return np.sqrt(values[0])
        if node.function == "ln":
            self._require_logarithm(node.arguments[0], values[0])
        if node.function == "bose":
            for argument, each in zip(node.arguments, values, strict=True):
                self._require_not_negative(argument, each)
        return FUNCTIONS[node.function](*values)

    def _require_not_negative(self, node: Node, value: Value) -> None:
        if np.iscomplexobj(value) or np.any(np.asarray(value) < 0):
            raise self.expression.refusal(
                node,
                "bose takes a frequency and a temperature that are zero or positive (got "
                f"{np.min(value):.6g}); change its parameters",
            )

    def _require_logarithm(self, node: Node, value: Value) -> None:
        if np.any(np.asarray(value) == 0) or (not np.iscomplexobj(value) and np.any(value < 0)):
            raise self.expression.refusal(
                node,
                f"the logarithm of {np.min(value):.6g} is asked for; change its parameters",
            )

    def _require_real_root(self, node: Node, value: Value) -> None:
        if not np.iscomplexobj(value) and np.any(np.asarray(value) < 0):
            raise self.expression.refusal(
                node,
                f"the root of a negative number ({np.min(value):.6g}) is asked for; change its "
                "parameters",
            )
