"""The text of quantities: spelling of operators, terms of a sum, hertz, and powers."""

from __future__ import annotations

import re

from .names import NAME

SPELLINGS = str.maketrans({"×": "*", "·": "*", "−": "-", "π": "pi ", "μ": "µ"})
READABLE = re.compile(r"[A-Za-z0-9_µ\s.+*/()-]+")
"""Characters of an expression: numbers, names, + − × / and parentheses."""
POWER = re.compile(r"\^|\*\*|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]")
"""Powers, which quantities may not contain."""
HERTZ = re.compile(r"h(ert)?z", re.IGNORECASE)
"""Hertz, with any prefix."""
TWO_PI = re.compile(r"(?<![\w./])(?<!/\()(?<!/\(\()2(\.0*)?\*pi\b")
"""The factor 2π, not the end of 12π and not below a fraction bar."""

BEHIND_DIVISOR = re.compile(rf"/\s*(\d+\.?\d*|\.\d+)({NAME.pattern})")
"""A number below a fraction bar, and a name without a space behind it, as in 1/2κ."""


def plain(text: str) -> str:
    """The expression in ASCII operators; "2π" is one number, so that 1 / 2π means 1 / (2π)."""
    tight = re.sub(r"\s*([*/+-])\s*", r"\1", text.translate(SPELLINGS))
    return re.sub(r"(?<![\w.])(\d+\.?\d*)\s*pi(?![A-Za-z_])", r"(\1*pi)", tight)


def terms(spelled: str) -> list[str]:
    """The terms of a sum; signs of numbers and of exponents do not separate terms."""
    return re.split(r"(?<![*/(+-])(?<!\de)(?<!\dE)[+-]", spelled)


def refuse_powers(spelled: str) -> None:
    """ValueError for powers: nested ones could take forever, and no unit here needs them.

    Pint's own preprocessor shows them in every notation that it accepts.
    """
    from pint.util import string_preprocessor

    if "**" in string_preprocessor(spelled):
        raise ValueError("powers are not evaluated")
