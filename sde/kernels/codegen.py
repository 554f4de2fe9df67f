"""Generates the source of kernel modules: every step of every path as straight-line code.

Coupled paths hold the fluctuation x of the full nonlinear path about the stepped mean field ū, its
linear twin y driven by the same increments, and on request a companion z: the full path at twice
the step on the same noise (each increment is the sum of two fine ones).

    ū ← ū + h f_mean(ū)
    x ← x + h [f(ū + x) − f_mean(ū)] + B ΔW    expanded about ū, so large mean fields do not cancel
    y ← y + h A(ū) y + B ΔW

Antithetic pairs hold one more path, m = −x₋, where x₋ has all noise reversed: m has the same
increments as x, and the opposite sign of terms of even degree. Its twin is y, too.

Single paths hold the full state alone. Steps of two stages are those of the scheme "runge-kutta".
Coefficients that move with ū are read from a table, a row per stage; all others are arguments. So
one kernel is used for all parameters of a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..jit import vector_width
from ..jit.shared_kernels import Arguments, SharedKernels
from ..jit.source import COMPILED
from . import noise
from .drift_code import COARSE, Drift, FluctuationDrift, FullStateDrift
from .expansion import Coefficient, Expansion
from .factoring import Term, factored

CELL = noise.CELL
CHANNELS_PER_WORD = 30
"""Channels that share a 64-bit random word, two bits each; the lowest four bits stay unused."""
GAUSSIAN, TWO_POINT, THREE_POINT = INCREMENTS = ("gaussian", "two-point", "three-point")


def _no_cells() -> list[Arguments]:
    """Arguments of the generators' functions."""
    G = np.zeros((0, 4 * CELL), np.uint64)
    return [(G, np.uint64(0), 0, 0, noise.STEPS), (G, np.zeros((0, CELL)))]


GENERATORS = SharedKernels((vector_width, noise), ("reseed", "fill_normals"), _no_cells)
"""Random numbers: functions of their own, and those that kernels import."""
IMPORTED = (
    "fma",
    "normal_pair",
    "prefer_512_bit_vectors",
    "three_point",
    "two_point",
    "xoshiro",
)
"""What kernels import from the module of `GENERATORS`, whose name is the hash of its code."""


@dataclass(frozen=True)
class Form:
    """Form of a kernel: its paths, the stages of a step, the distribution of increments."""

    twin: bool = True
    companion: bool = False
    antithetic: bool = False
    stages: int = 1
    increments: str = GAUSSIAN

    @property
    def paths(self) -> str:
        """One letter per path of a trajectory: x, and y, z, m as described above."""
        return "x" + "y" * self.twin + "z" * self.companion + "m" * self.antithetic


@lru_cache(maxsize=256)
def kernel_source(pattern: Expansion, form: Form) -> str:
    """Source of the kernel module for a sparsity pattern and a form."""
    parts = [
        f"from numba import njit\nfrom {GENERATORS.name} import {', '.join(IMPORTED)}",
        "ONE_THIRD, TWO_THIRDS, ONE_OVER_SQRT3 = 1.0 / 3.0, 2.0 / 3.0, 3.0**-0.5",
        COMPILED,
        _table_rows_function(pattern, form),
        _advance_function("advance_pairs", pattern, form, ("first", "second")),
        _advance_function("advance_first", pattern, form, ("first",)),
        _advance_function("advance_second", pattern, form, ("second",)),
    ]
    return "\n\n".join(parts) + "\n"


def _table_rows_function(pattern: Expansion, form: Form) -> str:
    """table_rows(u, C, T, count): steps the mean field u in place and fills the table T.

    T gets a row per stage of each step, with a column per moving coefficient.
    """
    size = pattern.size
    columns = FluctuationDrift(pattern).columns
    lines = ["@compiled", "def table_rows(u, C, T, count):"]
    lines += [f"    k{i} = C[{i}]" for i in range(pattern.constants)]
    lines += [f"    u{i} = u[{i}]" for i in range(size)]
    width = len(columns)
    lines += ["    for step in range(count):", f"        at = {form.stages * width} * step"]
    for stage, mean in enumerate("uw"[: form.stages]):
        places = [f"T[at + {stage * width + (c.column or 0)}]" for c in columns]
        lines += [
            f"        {place} = {c.expression(mean)}"
            for place, c in zip(places, columns, strict=True)
        ]
        for i in range(size):
            terms = [c.expression(mean) for c in pattern.mean if c.index[0] == i]
            lines.append(f"        f{stage}_{i} = {' + '.join(terms) or '0.0'}")
        if stage == 0 and form.stages == 2:
            lines += [f"        w{i} = u{i} + 0.75 * f0_{i}" for i in range(size)]
    step = "f0_{i}" if form.stages == 1 else "(f0_{i} + 2.0 * f1_{i}) / 3.0"
    lines += [f"        u{i} += {step.format(i=i)}" for i in range(size)]
    lines += [f"    u[{i}] = u{i}" for i in range(size)]
    return "\n".join(lines)


def _advance_function(name: str, pattern: Expansion, form: Form, steps: tuple[str, ...]) -> str:
    """name(X, G, C, B, T, Z, row, count): takes `count` pairs of steps in every cell.

    `row` is the even row of the table at which they begin. Both steps of a pair use one draw of the
    generators; where the second step is not taken, the generators are not stored, so the same draw
    can be repeated for it. Z is the table of the companion, a row per pair.
    """
    drift: Drift = FluctuationDrift(pattern) if form.twin else FullStateDrift(pattern)
    companion = form.companion and "second" in steps
    lines = [
        "@compiled",
        f"def {name}(X, G, C, B, T, Z, row, count):",
        "    prefer_512_bit_vectors()",
    ]
    lines += _indented(1, drift.constants(companion))
    lines += [f"    b_{i}_{k} = B[{i}, {k}]" for i, k in pattern.noise]
    lines += ["    for cell in range(X.shape[0]):", "        X_cell, G_cell = X[cell], G[cell]"]
    lines += ["        for pair in range(count):"]
    lines += _indented(3, _table_loads(drift.columns, form, steps, companion))
    lines += [f"            for lane in range({CELL}):"]
    lines += _indented(4, _draws(pattern, form, store="second" in steps))
    lines += _indented(4, _steps_of_lane(pattern, form, drift, steps))
    return "\n".join(lines)


def _table_loads(
    columns: tuple[Coefficient, ...], form: Form, steps: tuple[str, ...], companion: bool
) -> list[str]:
    """Lines that read the moving coefficients of each step and stage from the tables."""
    width = len(columns)
    lines = [
        f"at = (row + 2 * pair) * {form.stages * width}",
        f"coarse_at = (row // 2 + pair) * {width}",
    ]
    for c in columns:
        for step in steps:
            for stage in range(form.stages):
                offset = ((step == "second") * form.stages + stage) * width + (c.column or 0)
                lines += [f"{step}{stage}_{c.name} = T[at + {offset}]"]
        lines += [f"{COARSE}{c.name} = Z[coarse_at + {c.column}]"] * companion
    return lines


# --------------------------------------------------------------------------------------------------
# noise


def _draws(pattern: Expansion, form: Form, store: bool) -> list[str]:
    """Increments v (first step) and w (second) of each driven row; stage noise sv, sw."""
    states = [f"G_cell[{row * CELL} + lane]" for row in range(4)]
    lines = [f"s0, s1, s2, s3 = {', '.join(states)}"]
    lines += _random_numbers("n", pattern.channels, form.increments)
    if form.stages == 2:
        law = GAUSSIAN if form.increments == GAUSSIAN else TWO_POINT
        lines += _random_numbers("m", pattern.channels, law)
    if store:
        lines += [f"{', '.join(states)} = s0, s1, s2, s3"]
    for i in _driven_rows(pattern):
        channels = [k for row, k in pattern.noise if row == i]
        for step in "vw":
            lines += [f"{step}{i} = {_noise(i, channels, f'{step}_n')}"]
            if form.stages == 2:
                lines += [
                    f"s{step}{i} = 0.75 * fma({_noise(i, channels, f'{step}_m')}, "
                    f"ONE_OVER_SQRT3, {step}{i})"
                ]
    return lines


def _noise(row: int, channels: list[int], number: str) -> str:
    """Expression for Σ_k B_ik · number_k."""
    return factored([Term(1, f"b_{row}_{k}", (f"{number}{k}",)) for k in channels], None)


def _random_numbers(name: str, channels: int, increments: str) -> list[str]:
    """Lines that draw v_name and w_name of each channel, for the two steps; variance one."""
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
            bit = 2 * (k % CHANNELS_PER_WORD)
            lines += [f"{pair} = two_point(bits, {bit}), two_point(bits, {bit + 1})"]
        else:
            lines += [f"{pair} = three_point(bits, 0), three_point(bits, 32)"]
    return lines


def _driven_rows(pattern: Expansion) -> list[int]:
    return sorted({i for i, _ in pattern.noise})


# --------------------------------------------------------------------------------------------------
# steps


def _steps_of_lane(
    pattern: Expansion, form: Form, drift: Drift, steps: tuple[str, ...]
) -> list[str]:
    """Lines that load a trajectory, advance its paths by one or two steps, and store it."""
    n = pattern.size
    driven = _driven_rows(pattern)
    variables = [
        (f"{path}{i}", f"X_cell[{(number * n + i) * CELL} + lane]")
        for number, path in enumerate(form.paths)
        for i in range(n)
    ]
    lines = [f"{name} = {element}" for name, element in variables]
    if form.companion and "second" in steps:
        lines += _euler_step(n, drift, "z", COARSE, {i: f"(v{i} + w{i})" for i in driven})
    for step in steps:
        increments = {i: f"{'v' if step == 'first' else 'w'}{i}" for i in driven}
        step_lines = _euler_step if form.stages == 1 else _two_stage_step
        for path in form.paths.replace("z", ""):
            lines += step_lines(n, drift, path, step, increments)
    return lines + [f"{element} = {name}" for name, element in variables]


def _euler_step(
    n: int, drift: Drift, path: str, step: str, increments: dict[int, str]
) -> list[str]:
    """u ← u + increment + drift, all rows at once; (1 + A_ii) u_i is added last, rounded once."""
    new = []
    prefix = step if step == COARSE else f"{step}0_"
    for i in range(n):
        factor = drift.one_plus_diagonal(i, prefix)
        rest = drift.drift(path, i, path, prefix, increments.get(i), diagonal=factor is None)
        if factor and rest:
            new.append(f"new{i} = fma({factor}, {path}{i}, {rest})")
        elif factor:
            new.append(f"new{i} = {factor} * {path}{i}")
        else:
            new.append(f"new{i} = {path}{i} + {rest}" if rest else f"new{i} = {path}{i}")
    return [*new, *(f"{path}{i} = new{i}" for i in range(n))]


def _two_stage_step(
    n: int, drift: Drift, path: str, step: str, increments: dict[int, str]
) -> list[str]:
    """v = u + ¾ drift(u) + stage noise;  u ← u + increment + ⅓ drift(u) + ⅔ drift(v)."""
    lines = []
    for i in range(n):
        first = drift.drift(path, i, path, f"{step}0_", None, diagonal=True) or "0.0"
        noise = f" + s{increments[i]}" if i in increments else ""
        lines += [f"drift{i} = {first}", f"stage{i} = fma(0.75, drift{i}, {path}{i}){noise}"]
    for i in range(n):
        second = drift.drift(path, i, "stage", f"{step}1_", None, diagonal=True) or "0.0"
        first = f"fma(ONE_THIRD, drift{i}, {increments.get(i, '0.0')})"
        lines += [f"new{i} = {path}{i} + fma(TWO_THIRDS, {second}, {first})"]
    return [*lines, *(f"{path}{i} = new{i}" for i in range(n))]


def _indented(depth: int, lines: list[str]) -> list[str]:
    return ["    " * depth + line for line in lines]
