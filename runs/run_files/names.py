"""Names of parameters in run files: identifiers, Greek letters included, in one spelling."""

from __future__ import annotations

import re
import unicodedata

SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
"""Digits of a power, which Python's \\w counts as letters of a name."""
LETTER = rf"(?:∆|(?![{SUPERSCRIPTS}])[^\W\d])"
NAME = re.compile(rf"{LETTER}(?:(?![{SUPERSCRIPTS}])\w)*")
"""A name in an expression: a letter of any alphabet, then letters, digits and underscores."""


def normal_name(text: str) -> str:
    """A name in Unicode's compatibility form, so that µ is μ, ϵ is ε, ∆ is Δ and κ₁ is κ1."""
    return unicodedata.normalize("NFKC", text.replace("∆", "Δ"))
