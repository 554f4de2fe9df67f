"""Expressions of a [system] table as trees, and errors that point at a character of the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import RunFileError

WINDOW = 60
"""Characters of a long line that a message quotes on each side of the mistake."""


@dataclass(frozen=True)
class Node:
    """A part of an expression, from character `start` up to `end` of its text."""

    start: int
    end: int


@dataclass(frozen=True)
class Number(Node):
    """A number, real or imaginary; `joined` where several symbols make it, as in 2π or 3i."""

    value: float | complex
    joined: bool = False


@dataclass(frozen=True)
class Name(Node):
    """A parameter, derived quantity, constant or operator."""

    name: str


@dataclass(frozen=True)
class Sum(Node):
    """Terms, each with its sign."""

    terms: tuple[tuple[Literal[1, -1], Node], ...]


@dataclass(frozen=True)
class Product(Node):
    """Factors from left to right, each multiplied, or a divisor."""

    factors: tuple[tuple[Literal["*", "/"], Node], ...]


@dataclass(frozen=True)
class Power(Node):
    """A base and its exponent."""

    base: Node
    exponent: Node


@dataclass(frozen=True)
class Call(Node):
    """A function of expressions."""

    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Adjoint(Node):
    """The Hermitian adjoint of an operator."""

    operand: Node


@dataclass(frozen=True)
class Quadrature(Node):
    """The quadrature x or p of an operator."""

    operand: Node
    axis: Literal["x", "p"]


@dataclass(frozen=True)
class Expression:
    """An expression of a run file: its key there, its text, and its tree."""

    key: str
    text: str
    root: Node

    def refusal(self, place: Node, message: str) -> RunFileError:
        """The error for a part of the expression."""
        return refusal(self.key, self.text, place.start, message)


def refusal(key: str, text: str, position: int, message: str) -> RunFileError:
    """The error for what stands at a position of the text of an expression."""
    before = text[:position]
    line = before.count("\n")
    column = position - before.rfind("\n")
    here = text.split("\n")[line]
    where = f"character {column}" + (f" of line {line + 1}" if "\n" in text.strip() else "")
    return RunFileError(f'{key} = "{_window(here, column - 1)}": at {where}, {message}')


def _window(line: str, column: int) -> str:
    """The line as a message quotes it: the part around a column of a long one."""
    first = max(0, column - WINDOW) if len(line) > 2 * WINDOW else 0
    last = first + 2 * WINDOW
    part = " ".join(line[first:last].split())
    return ("…" if first else "") + part + ("…" if last < len(line) else "")


def names_in(node: Node) -> set[str]:
    """All names in a part of an expression."""
    match node:
        case Name(name=name):
            return {name}
        case Sum(terms=parts) | Product(factors=parts):
            inner = [part for _, part in parts]
        case Power(base=base, exponent=exponent):
            inner = [base, exponent]
        case Call(arguments=arguments):
            inner = list(arguments)
        case Adjoint(operand=operand) | Quadrature(operand=operand):
            inner = [operand]
        case _:
            inner = []
    return set().union(*map(names_in, inner))
