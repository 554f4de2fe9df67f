r"""The equations of a model in LaTeX, as notebooks show them: drift, noise, light that leaves.

One equation for each quadrature: its linear, quadratic and cubic terms, its constant, then its
noise as \sqrt{D} ξ. Numbers have four digits and powers of ten in steps of three.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from math import floor, prod
from typing import Any

import numpy as np

MOST_EQUATIONS = 12
"""Number of quadratures, and of quadratures of light, that are shown."""
MOST_TERMS = 20
"""Number of terms that are shown of each kind in one equation."""
ON_A_LINE = 4
"""Number of terms on one line."""
ROUNDING = 1e-15
"""A term below this fraction of the largest one of its kind in its row is not shown."""
SPECIAL = {"\\": r"\backslash ", "^": r"\hat{\ }", "~": r"\sim "} | {
    character: f"\\{character}" for character in "_{}$&#%"
}

Terms = list[tuple[float, str]]
"""Coefficients, and the LaTeX of each term without its sign."""


class TypesetModel:
    """What notebooks show of a model; `Model` holds the arrays."""

    def _repr_html_(self) -> str:
        return model_html(self)


def model_html(model: Any) -> str:
    """Drift, noise and ports of a model as HTML with LaTeX; the first of several points."""
    notes = [escape(repr(model).strip("<>")) + "."]
    if 0 in model.batch:
        return _paragraphs(notes)
    if model.batch:
        notes.append(
            f"Shown is the first of {prod(model.batch)} parameter points; model.at(k) gives point "
            "k."
        )
        model = model.at(0)
    shown = [*notes, _block(drift_equations(model))]
    if model.size > MOST_EQUATIONS:
        shown.append(
            f"{model.size - MOST_EQUATIONS} more quadratures are not shown; the arrays c, A, Q, K "
            "and B hold them."
        )
    shown.append(_explanation(model))
    if model.ports:
        shown += ["Light that leaves, in √(photons/s):", _block(port_equations(model))]
    if 2 * len(model.ports) > MOST_EQUATIONS:
        more = len(model.ports) - MOST_EQUATIONS // 2
        shown.append(f"{more} more ports are not shown; model.ports holds them.")
    return _paragraphs(shown)


def _explanation(model: Any) -> str:
    text = "Rates in rad/s; the drift is that of Weyl-ordered amplitudes (truncated Wigner)."
    if not model.channels:
        return f"{text} There is no noise."
    return f"{text} Each ξ is an independent white noise, ⟨ξ(t)ξ(t′)⟩ = δ(t − t′)."


def _block(equations: Iterable[tuple[str, list[Terms]]]) -> str:
    return f"$${escape(aligned(equations), quote=False)}$$"


def _paragraphs(texts: Iterable[str]) -> str:
    return "<div>" + "".join(f"<p>{text}</p>" for text in texts) + "</div>"


def drift_equations(model: Any) -> Iterator[tuple[str, list[Terms]]]:
    """Left side and kinds of terms of each equation of a model of one parameter point."""
    symbols = [quadrature_symbol(name) for name in model.quadratures]
    noises = [noise_symbol(name) for name in model.channels]
    for row in range(min(model.size, MOST_EQUATIONS)):
        kinds = [
            _terms(zip(model.A[row], symbols, strict=True)),
            *(_terms(_products(part, row, symbols)) for part in (model.Q, model.K)),
            _terms([(model.c[row], "")]),
            _terms(zip(model.B[row], noises, strict=True), root=True),
        ]
        yield rf"\frac{{d}}{{dt}}\,{symbols[row]}", kinds


def port_equations(model: Any) -> Iterator[tuple[str, list[Terms]]]:
    """The same for the quadratures of the light that leaves each port."""
    symbols = [quadrature_symbol(name) for name in model.quadratures]
    noises = [noise_symbol(name) for name in model.channels]
    for name, port in list(model.ports.items())[: MOST_EQUATIONS // 2]:
        for row, axis in enumerate("XY"):
            kinds = [
                _terms(zip(port.D[row], noises, strict=True), root=True),
                _terms(zip(port.C[row], symbols, strict=True), root=True),
                _terms([(port.d[row], "")]),
            ]
            yield rf"{axis}^{{\mathrm{{out}}}}_{{{_roman(name)}}}", kinds


def aligned(equations: Iterable[tuple[str, list[Terms]]]) -> str:
    """Equations below each other, each broken into lines of few terms."""
    lines = []
    for left, kinds in equations:
        first, *others = equation_lines(kinds)
        lines.append(f"{left} &= {first}")
        lines += [rf"&\quad {line}" for line in others]
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def equation_lines(kinds: Iterable[Terms]) -> list[str]:
    """The right side of an equation, in lines: a new one where a kind of terms would not fit."""
    lines: list[list[str]] = [[]]
    for terms in kinds:
        written = [("-" if value < 0 else "+") + text for value, text in terms[:MOST_TERMS]]
        if len(terms) > MOST_TERMS:
            written.append(rf"+\cdots\ (\mathrm{{{len(terms) - MOST_TERMS}\ more}})")
        if len(lines[-1]) + len(written) > ON_A_LINE:
            lines.append([])
        for term in written:
            if len(lines[-1]) == ON_A_LINE:
                lines.append([])
            lines[-1].append(term)
    filled = [" ".join(line) for line in lines if line]
    return [filled[0].removeprefix("+"), *filled[1:]] if filled else ["0"]


def _products(monomials: Any, row: int, symbols: list[str]) -> Iterator[tuple[float, str]]:
    """The monomials of one row: coefficient, and the product of quadratures."""
    found: dict[tuple[int, ...], float] = {}
    for m in np.flatnonzero(monomials.index[:, 0] == row):
        factors = tuple(sorted(monomials.index[m, 1:].tolist()))
        found[factors] = found.get(factors, 0.0) + float(monomials.value[m])
    for factors, value in found.items():
        yield value, r"\,".join(_power(symbols[j], k) for j, k in Counter(factors).items())


def _power(symbol: str, power: int) -> str:
    return symbol if power == 1 else f"{symbol}^{{{power}}}"


def _terms(coefficients: Iterable[tuple[float, str]], root: bool = False) -> Terms:
    """Terms without those that are zero or rounding; with `root`, as a root of the square."""
    listed = [(float(value), symbol) for value, symbol in coefficients]
    least = ROUNDING * max((abs(value) for value, _ in listed), default=0.0)
    kept = [(value, symbol) for value, symbol in listed if abs(value) > least]
    return [(value, _term(abs(value), symbol, root)) for value, symbol in kept]


def _term(size: float, symbol: str, root: bool) -> str:
    shown = number(size**2 if root else size)
    if shown == "1":
        return symbol or shown
    factor = rf"\sqrt{{{shown}}}" if root and symbol else number(size)
    return rf"{factor}\,{symbol}" if symbol else factor


# ------------------------------------------------------------------------------
# symbols and numbers


def quadrature_symbol(name: str) -> str:
    r"""LaTeX of a quadrature: X_{\mathrm{cavity}} for "cavity.X"."""
    mode, _, axis = name.rpartition(".")
    return rf"{_escaped(axis)}_{{{_roman(mode)}}}" if mode else _roman(axis)


def noise_symbol(channel: str) -> str:
    r"""LaTeX of a noise: \xi^{X}_{\mathrm{fibre}} for "fibre.X"."""
    place, _, axis = channel.rpartition(".")
    upper = _escaped(axis) if len(axis) == 1 else _roman(axis)
    return rf"\xi^{{{upper}}}_{{{_roman(place)}}}" if place else rf"\xi_{{{_roman(axis)}}}"


def _roman(name: str) -> str:
    return rf"\mathrm{{{_escaped(name)}}}"


def _escaped(name: str) -> str:
    return "".join(SPECIAL.get(character, character) for character in name)


def number(value: float, digits: int = 4) -> str:
    r"""LaTeX of a positive number: 63, 0.25, 37.98\times10^{6}."""
    mantissa, power = engineering(value, digits)
    if not power:
        return mantissa
    ten = f"10^{{{power}}}"
    return ten if mantissa == "1" else rf"{mantissa}\times {ten}"


def engineering(value: float, digits: int) -> tuple[str, int]:
    """A number as text and a power of ten in steps of three; 0 for 0.001 … 9999."""
    power = int(f"{value:.{digits - 1}e}".partition("e")[2]) if value else 0
    shift = 0 if -3 <= power < 4 else 3 * floor(power / 3)
    places = max(digits - 1 - (power - shift), 0)
    text = f"{value / 10.0**shift:.{places}f}"
    return (text.rstrip("0").rstrip(".") if places else text), shift
