"""The grammar of expressions: text to a tree. Nothing in a run file is executed as code."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import TYPE_CHECKING, Any

from ..errors import RunFileError, shown
from ..names import NAME, SUPERSCRIPTS
from .expressions import Expression, Node, refusal
from .tree_builder import FUNCTIONS, OF_OPERATORS, TreeBuilder

if TYPE_CHECKING:
    from lark import Lark, Token

LONGEST = 2000
"""Largest number of characters of an expression."""
DEEPEST = 30
"""Largest depth of parentheses."""
CONJUGATE = re.compile(r"\b[hH]\.\s*[cC]\b")
"""The abbreviation of Hermitian conjugate."""
GRAMMAR = rf"""
?start: sum
sum: SIGN? product (SIGN product)*
product: factor (OPERATION SIGN? factor | factor)*
factor: marked (SUPERSCRIPT | POWER exponent)?
marked: atom (DAGGER | ATTRIBUTE)*
exponent: SIGN? NUMBER | name | "(" sum ")"
?atom: number | name | FUNCTION "(" sum ("," sum)* ")" -> call | "(" sum ")" -> group
number: NUMBER | IMAGINARY | PI_MULTIPLE
name: NAME

SIGN: /[-+−–]/
POWER.4: "**" | "^"
DAGGER.5: /\^?\s*†/
OPERATION: /[*×·⋅\/]/
SUPERSCRIPT: /⁻?[{SUPERSCRIPTS}]+/
ATTRIBUTE: /\.\s*[A-Za-z_](?:(?![{SUPERSCRIPTS}])\w)*(\s*\(\s*\))?/
PI_MULTIPLE.3: /(\d+\.?\d*|\.\d+)\s*(π|pi)(?!\w(?<![{SUPERSCRIPTS}]))/
IMAGINARY.3: /(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ij](?!\w(?<![{SUPERSCRIPTS}]))/
NUMBER.2: /(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/
FUNCTION.2: /({"|".join((*FUNCTIONS, *OF_OPERATORS))}|√)(?=\s*\()/
NAME.1: /{NAME.pattern}/
%ignore /\s+/
"""
IN_WORDS = {"DAGGER": "the dagger", "RPAR": "the parenthesis", "COMMA": "the comma"}


def read_expression(key: str, value: Any) -> Expression:
    """The expression that a run file gives for a key, a text or a number. Raises RunFileError."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise RunFileError(
            f'{key} = {shown(value)} must be an expression in quotes, such as "sqrt(2 κ) a"'
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise RunFileError(f"{key} = {value} must be finite")
    text = value if isinstance(value, str) else repr(value)
    if len(text) > LONGEST:
        raise RunFileError(f"{key} is {len(text)} characters long; at most {LONGEST} are read")
    _check_parentheses(key, text)
    if abbreviated := CONJUGATE.search(text):
        message = "write the Hermitian conjugate out, or as dag(…)"
        raise refusal(key, text, abbreviated.start(), message)
    return Expression(key, text, _parsed(key, text))


def _parsed(key: str, text: str) -> Node:
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    try:
        return TreeBuilder(key, text).node(_parser().parse(text))
    except UnexpectedCharacters as error:
        place = error.pos_in_stream or 0
        message = f"{shown(text[place])} has no meaning here; {_instead_of(text[place])}"
        raise refusal(key, text, place, message) from None
    except UnexpectedToken as error:
        raise _unexpected(key, text, error.token) from None


def _unexpected(key: str, text: str, token: Token) -> RunFileError:
    """The error for a token that cannot stand where it does."""
    if token.type == "$END":
        message = "the expression ends where a factor is missing; complete it"
        return refusal(key, text, len(text.rstrip()), message)
    place = token.start_pos or 0
    before = text[:place].rstrip()
    what = IN_WORDS.get(token.type, "")
    if token.type == "DAGGER":
        message = "the dagger has no operator in front of it; write it behind one, as in a†"
    elif token.type in ("SUPERSCRIPT", "POWER"):
        message = f"the power {shown(str(token))} has no base of its own; use parentheses"
    elif not before or before[-1] in "(,+-−–*×·⋅/^":
        message = f"{what or shown(str(token))} stands where a factor is missing; complete it"
    else:
        message = f"{what or shown(str(token))} cannot stand here; check what is in front of it"
    return refusal(key, text, place, message)


def _instead_of(character: str) -> str:
    if character in "[]{}":
        return "use parentheses ( )"
    if character == "√":
        return "write its argument in parentheses, √(…)"
    if character == "'":
        return "write the adjoint as a† or dag(a)"
    return "use names, numbers, + − × / ^ †, parentheses and functions"


def _check_parentheses(key: str, text: str) -> None:
    """Refuse parentheses that do not match, or are nested too deep."""
    opened: list[int] = []
    for position, character in enumerate(text):
        if character == "(":
            opened.append(position)
        elif character == ")" and not opened:
            raise refusal(key, text, position, "this parenthesis closes none; remove it")
        elif character == ")":
            opened.pop()
        if len(opened) > DEEPEST:
            raise refusal(key, text, position, f"parentheses are nested over {DEEPEST} deep")
    if opened:
        raise refusal(key, text, opened[-1], "this parenthesis is never closed; close it")


@cache
def _parser() -> Lark:
    from lark import Lark

    return Lark(GRAMMAR, parser="lalr", propagate_positions=True, maybe_placeholders=False)
