"""Source text of kernel modules: every step of every path written out straight-line from a model's
pattern.

A form says what a kernel advances. Coupled paths hold the fluctuation x of the full nonlinear path
about the stepped mean field ū, its linear twin y driven by the same increments, and on request a
companion z of the full path at twice the step, on the same noise (its increment is the sum of the
two fine ones):

    ū ← ū + h f_mean(ū)
    x ← x + h [f(ū + x) − f_mean(ū)] + B ΔW        (re-expanded about ū: no cancellation of |α|² against its mean)
    y ← y + h A(ū) y + B ΔW

Antithetic pairs hold one more path, m = −x₋, where x₋ has all noise reversed: it takes the same
increments as x, and terms of even degree with the opposite sign; its twin is y again.

Single paths hold the full state alone. Steps of two stages are those of `schemes` "runge-kutta".
Numbers that move with ū stand in a table, a row per stage; all others are arguments: one kernel
serves all parameters.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import lru_cache

from ..jit import vector_width
from ..jit.cache import COMPILED
from . import noise
from .drift_code import CoupledSlopes, SingleSlopes, Slopes
from .expansion import Coefficient, Expansion
from .factoring import Term, factored

LANES = noise.LANES
CHANNELS_PER_WORD = 30
"""Channels that share a word of random bits, two each, where a number takes a bit; the lowest four
stay unused.
"""
GAUSSIAN, TWO_POINT, THREE_POINT = INCREMENTS = ("gaussian", "two-point", "three-point")


@dataclass(frozen=True)
class Form:
    """What a kernel advances: coupled paths or single ones, the stages of a step, and the law of
    its increments.
    """

    twin: bool = True
    companion: bool = False
    antithetic: bool = False
    stages: int = 1
    increments: str = GAUSSIAN

    @property
    def paths(self) -> str:
        """A letter per path that a trajectory holds."""
        return "x" + "y" * self.twin + "z" * self.companion + "m" * self.antithetic


@lru_cache(maxsize=256)
def emit(pattern: Expansion, form: Form) -> str:
    """Source of the kernel module of a pattern and form."""
    parts = [
        inspect.getsource(vector_width),
        inspect.getsource(noise),
        "ONE_THIRD, TWO_THIRDS, ONE_OVER_SQRT3 = 1.0 / 3.0, 2.0 / 3.0, 3.0**-0.5",
        COMPILED,
        _emit_table_rows(pattern, form),
        _emit_advance("advance_pairs", pattern, form, ("first", "second")),
        _emit_advance("advance_first", pattern, form, ("first",)),
        _emit_advance("advance_second", pattern, form, ("second",)),
    ]
    return "\n\n".join(parts) + "\n"


def slopes_of(pattern: Expansion, form: Form) -> Slopes:
    """How the slopes of a form's paths read."""
    return CoupledSlopes(pattern) if form.twin else SingleSlopes(pattern)


def _emit_table_rows(pattern: Expansion, form: Form) -> str:
    """`table_rows(u, C, T, count)`: a row of the table per stage of each step; the mean field u is
    stepped in place.
    """
    size, columns = pattern.size, CoupledSlopes(pattern).columns
    lines = ["@compiled", "def table_rows(u, C, T, count):"]
    lines += [f"    k{i} = C[{i}]" for i in range(pattern.constants)]
    lines += [f"    u{i} = u[{i}]" for i in range(size)]
    lines += ["    for step in range(count):"]
    for stage, mean in enumerate("uw"[: form.stages]):
        row = f"({form.stages} * step + {stage}) * {len(columns)}"
        lines += [f"        T[{row} + {c.column}] = {c.expression(mean)}" for c in columns]
        for i in range(size):
            terms = [c.expression(mean) for c in pattern.mean if c.place[0] == i]
            lines.append(f"        f{stage}_{i} = {' + '.join(terms) or '0.0'}")
        if stage == 0 and form.stages == 2:
            lines += [f"        w{i} = u{i} + 0.75 * f0_{i}" for i in range(size)]
    step = "f0_{i}" if form.stages == 1 else "(f0_{i} + 2.0 * f1_{i}) / 3.0"
    lines += [f"        u{i} += {step.format(i=i)}" for i in range(size)]
    lines += [f"    u[{i}] = u{i}" for i in range(size)]
    return "\n".join(lines)


def _emit_advance(name: str, pattern: Expansion, form: Form, steps: tuple[str, ...]) -> str:
    """`name(X, G, C, B, T, Z, row, count)`: from step `row` of the table (even), `count` pairs of
    steps of every cell.

    A draw serves both steps of a pair. Where the second is not taken the generators are not stored,
    so that the same draw can be made again for it. Z is the table of the companion, a row per pair.
    """
    slopes, companion = slopes_of(pattern, form), form.companion and "second" in steps
    lines = ["@compiled", f"def {name}(X, G, C, B, T, Z, row, count):", "    prefer_wide_vectors()"]
    lines += _indent(1, slopes.arguments(companion))
    lines += [f"    b_{i}_{k} = B[{i}, {k}]" for i, k in pattern.noise]
    lines += ["    for cell in range(X.shape[0]):", "        X_cell, G_cell = X[cell], G[cell]"]
    lines += ["        for pair in range(count):"]
    lines += _indent(3, _emit_table_loads(slopes.columns, form, steps, companion))
    lines += [f"            for lane in range({LANES}):"]
    lines += _indent(4, _emit_draws(pattern, form, store="second" in steps))
    lines += _indent(4, _emit_lane(pattern, form, slopes, steps))
    return "\n".join(lines)


def _emit_table_loads(
    columns: tuple[Coefficient, ...], form: Form, steps: tuple[str, ...], companion: bool
) -> list[str]:
    width = len(columns)
    lines = [
        f"at = (row + 2 * pair) * {form.stages * width}",
        f"coarse_at = (row // 2 + pair) * {width}",
    ]
    for c in columns:
        for step in steps:
            for stage in range(form.stages):
                place = ((step == "second") * form.stages + stage) * width + (c.column or 0)
                lines += [f"{step}{stage}_{c.name} = T[at + {place}]"]
        lines += [f"coarse_{c.name} = Z[coarse_at + {c.column}]"] * companion
    return lines


# -------------------------------------------------------------------------------------------------------------
# noise


def _emit_draws(pattern: Expansion, form: Form, store: bool) -> list[str]:
    """The increments v (first step) and w (second step) of each driven row, and their stage noise
    sv, sw.
    """
    states = [f"G_cell[{row * LANES} + lane]" for row in range(4)]
    lines = [f"s0, s1, s2, s3 = {', '.join(states)}"]
    lines += _emit_numbers("n", pattern.channels, form.increments)
    if form.stages == 2:
        lines += _emit_numbers(
            "m", pattern.channels, GAUSSIAN if form.increments == GAUSSIAN else TWO_POINT
        )
    if store:
        lines += [f"{', '.join(states)} = s0, s1, s2, s3"]
    for i in _driven_rows(pattern):
        columns = [k for row, k in pattern.noise if row == i]
        for step in "vw":
            lines += [f"{step}{i} = {_noise(None, i, columns, f'{step}_n')}"]
            if form.stages == 2:
                lines += [
                    f"s{step}{i} = 0.75 * fma({_noise(None, i, columns, f'{step}_m')}, "
                    f"ONE_OVER_SQRT3, {step}{i})"
                ]
    return lines


def _noise(start: str | None, row: int, columns: list[int], number: str) -> str:
    """start + Σ amplitude · number of each channel."""
    return factored([Term(1, f"b_{row}_{k}", (f"{number}{k}",)) for k in columns], start)


def _emit_numbers(name: str, channels: int, increments: str) -> list[str]:
    """Random numbers v_name and w_name of each channel, for the two steps of a pair: variance one."""
    lines = []
    for k in range(channels):
        pair = f"v_{name}{k}, w_{name}{k}"
        if increments != TWO_POINT or k % CHANNELS_PER_WORD == 0:
            lines += ["bits, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)"]
        if increments == GAUSSIAN:
            lines += [
                "more, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)",
                f"{pair} = normal_pair(bits, more)",
            ]
        elif increments == TWO_POINT:
            place = 2 * (k % CHANNELS_PER_WORD)
            lines += [f"{pair} = two_point(bits, {place}), two_point(bits, {place + 1})"]
        else:
            lines += [f"{pair} = three_point(bits, 0), three_point(bits, 32)"]
    return lines


def _driven_rows(pattern: Expansion) -> list[int]:
    return sorted({i for i, _ in pattern.noise})


# -------------------------------------------------------------------------------------------------------------
# steps


def _emit_lane(pattern: Expansion, form: Form, slopes: Slopes, steps: tuple[str, ...]) -> list[str]:
    """Load a trajectory, advance it by one or two steps, store it."""
    n, driven = pattern.size, _driven_rows(pattern)
    places = [
        (f"{v}{i}", f"X_cell[{(g * n + i) * LANES} + lane]")
        for g, v in enumerate(form.paths)
        for i in range(n)
    ]
    lines = [f"{name} = {place}" for name, place in places]
    if form.companion and "second" in steps:
        lines += _emit_euler(n, slopes, "z", "coarse_", {i: f"(v{i} + w{i})" for i in driven})
    for step in steps:
        increments = {i: f"{'v' if step == 'first' else 'w'}{i}" for i in driven}
        emit_step = _emit_euler if form.stages == 1 else _emit_two_stages
        for path in form.paths.replace("z", ""):
            lines += emit_step(n, slopes, path, step, increments)
    return lines + [f"{place} = {name}" for name, place in places]


def _emit_euler(
    n: int, slopes: Slopes, path: str, step: str, increments: dict[int, str]
) -> list[str]:
    """state ← state + increment + slope, all rows at once; what a row keeps of itself is added
    last, rounded once.
    """
    new, prefix = [], step if step == "coarse_" else f"{step}0_"
    for i in range(n):
        keep = slopes.keep(i, prefix)
        rest = slopes.slope(path, i, path, prefix, increments.get(i), own=keep is None)
        if keep:
            new.append(
                f"new{i} = fma({keep}, {path}{i}, {rest})"
                if rest
                else f"new{i} = {keep} * {path}{i}"
            )
        else:
            new.append(f"new{i} = {path}{i} + {rest}" if rest else f"new{i} = {path}{i}")
    return [*new, *(f"{path}{i} = new{i}" for i in range(n))]


def _emit_two_stages(
    n: int, slopes: Slopes, path: str, step: str, increments: dict[int, str]
) -> list[str]:
    """stage = state + ¾ slope + stage noise;  state ← state + increment + ⅓ slope + ⅔ slope at the
    stage.
    """
    lines = []
    for i in range(n):
        slope = slopes.slope(path, i, path, f"{step}0_", None, own=True) or "0.0"
        kick = f" + s{increments[i]}" if i in increments else ""
        lines += [f"slope{i} = {slope}", f"stage{i} = fma(0.75, slope{i}, {path}{i}){kick}"]
    for i in range(n):
        second = slopes.slope(path, i, "stage", f"{step}1_", None, own=True) or "0.0"
        first = f"fma(ONE_THIRD, slope{i}, {increments.get(i, '0.0')})"
        lines += [f"new{i} = {path}{i} + fma(TWO_THIRDS, {second}, {first})"]
    return [*lines, *(f"{path}{i} = new{i}" for i in range(n))]


def _indent(depth: int, lines: list[str]) -> list[str]:
    return ["    " * depth + line for line in lines]
