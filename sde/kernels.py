"""Euler–Maruyama kernels, emitted straight-line from a model's data and compiled once per sparsity pattern.

A kernel advances cells of 64 trajectories. Per trajectory it holds the fluctuation x of the full nonlinear path about
the Euler-stepped mean field ū, its linear twin y driven by the same increments, and on request a companion z of the
full path at twice the step, on the same noise (its increment is the sum of the two fine ones):

    ū ← ū + h f_mean(ū)
    x ← x + h [f(ū + x) − f_mean(ū)] + B ΔW        (re-expanded about ū: no cancellation of |α|² against its mean)
    y ← y + h A(ū) y + B ΔW

Numbers that move with ū stand in a table, a row per step; all others are arguments: one kernel serves all parameters.
Arrays: X (cells, variables·64), G (cells, 4·64) generators, T table, C coefficients times h, B amplitudes times √h.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from . import loops, noise
from .cache import load
from .expansion import Coefficient, Expansion, expand
from .model import Array, Model

LANES = noise.LANES
WRITTEN = ("reseed", "fill_normals", "accumulate", "step_law", "step_transition")
"""Functions of `noise` and `loops` that every kernel module offers, compiled."""


def emit(pattern: Expansion, companion: bool) -> str:
    """Source of the kernel module of a pattern; `companion` adds the path at twice the step."""
    parts = [
        inspect.getsource(noise),
        inspect.getsource(loops),
        'compiled = njit(cache=CACHE, nogil=True, error_model="numpy")',
        *(f"{name} = compiled({name})" for name in WRITTEN),
        _emit_table_rows(pattern),
        _emit_advance("advance_pairs", pattern, first=True, second=True, companion=companion),
        _emit_advance("advance_first", pattern, first=True, second=False, companion=False),
        _emit_advance("advance_second", pattern, first=False, second=True, companion=companion),
    ]
    return "\n\n".join(parts) + "\n"


def _emit_table_rows(pattern: Expansion) -> str:
    """`table_rows(u, C, T, count)`: write one row of the table per step, and step the mean field u in place."""
    size, width = pattern.size, pattern.width
    lines = ["@compiled", "def table_rows(u, C, T, count):"]
    lines += [f"    k{i} = C[{i}]" for i in range(pattern.constants)]
    lines += [f"    u{i} = u[{i}]" for i in range(size)]
    lines += ["    for step in range(count):"]
    lines += [f"        T[step * {width} + {c.column}] = {c.expression}" for c in pattern.moving]
    for i in range(size):
        terms = [f"u{i}", *(c.expression for c in pattern.mean if c.place[0] == i)]
        lines.append(f"        v{i} = {' + '.join(terms)}")
    lines += [f"        u{i} = v{i}" for i in range(size)]
    lines += [f"    u[{i}] = u{i}" for i in range(size)]
    return "\n".join(lines)


def _emit_advance(name: str, pattern: Expansion, *, first: bool, second: bool, companion: bool) -> str:
    """`name(X, G, C, B, T, Z, row, count)`: from table row `row` (even), `count` pairs of steps of every cell.

    Each draw gives a cosine for the first step of the pair and a sine for the second. Without `second` the generators
    are not stored, so that the same draw can be made again for it. Z is the table of the companion, a row per pair.
    """
    lines = ["@compiled", f"def {name}(X, G, C, B, T, Z, row, count):", "    prefer_wide_vectors()"]
    lines += [f"    {c.name} = {' + '.join(f'C[{s.constant}]' for s in c.shares)}" for c in pattern.fixed]
    lines += [f"    coarse_{c.name} = 2.0 * {c.name}" for c in pattern.fixed if companion]
    lines += [f"    b_{i}_{k} = B[{i}, {k}]" for i, k in pattern.noise]
    lines += ["    for cell in range(X.shape[0]):", "        X_cell, G_cell = X[cell], G[cell]"]
    lines += ["        for pair in range(count):"]
    lines += _indent(3, _emit_table_loads(pattern, first, second, companion))
    lines += [f"            for lane in range({LANES}):"]
    lines += _indent(4, _emit_draws(pattern, store=second))
    lines += _indent(4, _emit_lane(pattern, first, second, companion))
    return "\n".join(lines)


def _emit_table_loads(pattern: Expansion, first: bool, second: bool, companion: bool) -> list[str]:
    width = pattern.width
    lines = [f"at = (row + 2 * pair) * {width}", f"coarse_at = (row // 2 + pair) * {width}"]
    for c in pattern.moving:
        lines += [f"first_{c.name} = T[at + {c.column}]"] * first
        lines += [f"second_{c.name} = T[at + {width} + {c.column}]"] * second
        lines += [f"coarse_{c.name} = Z[coarse_at + {c.column}]"] * companion
    return lines


def _emit_draws(pattern: Expansion, store: bool) -> list[str]:
    """One normal pair per channel, and the increments v (first step) and w (second step) of each driven row."""
    states = [f"G_cell[{row * LANES} + lane]" for row in range(4)]
    lines = [f"s0, s1, s2, s3 = {', '.join(states)}"]
    for k in range(pattern.channels):
        lines += [f"{bits}, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)" for bits in ("bits_a", "bits_b")]
        lines += [f"cos{k}, sin{k} = normal_pair(bits_a, bits_b)"]
    if store:
        lines += [f"{', '.join(states)} = s0, s1, s2, s3"]
    for i in _driven_rows(pattern):
        columns = [k for row, k in pattern.noise if row == i]
        lines += [f"v{i} = {_chain(None, [(f'b_{i}_{k}', (f'cos{k}',)) for k in columns])}"]
        lines += [f"w{i} = {_chain(None, [(f'b_{i}_{k}', (f'sin{k}',)) for k in columns])}"]
    return lines


def _driven_rows(pattern: Expansion) -> list[int]:
    return sorted({i for i, _ in pattern.noise})


def _emit_lane(pattern: Expansion, first: bool, second: bool, companion: bool) -> list[str]:
    """Load a trajectory, advance it by one or two steps, store it."""
    n = pattern.size
    lines = [
        f"{v}{i} = X_cell[{(g * n + i) * LANES} + lane]" for g, v in enumerate("xyz"[: 2 + companion]) for i in range(n)
    ]
    if companion:
        noise_sum = {i: f"(v{i} + w{i})" for i in _driven_rows(pattern)}
        lines += _emit_path(pattern, "z", "coarse_", noise_sum, pattern.full)
    for active, prefix, letter in ((first, "first_", "v"), (second, "second_", "w")):
        if active:
            increments = {i: f"{letter}{i}" for i in _driven_rows(pattern)}
            lines += _emit_path(pattern, "x", prefix, increments, pattern.full)
            lines += _emit_path(pattern, "y", prefix, increments, ())
    lines += [
        f"X_cell[{(g * n + i) * LANES} + lane] = {v}{i}" for g, v in enumerate("xyz"[: 2 + companion]) for i in range(n)
    ]
    return lines


def _emit_path(
    pattern: Expansion, state: str, prefix: str, increments: dict[int, str], nonlinear: tuple[Coefficient, ...]
) -> list[str]:
    """One Euler–Maruyama step of a path: state ← state + increment + Σ coefficient · factors, all rows at once."""
    n, new = pattern.size, []
    for i in range(n):
        products = []
        for c in pattern.twin + nonlinear:
            if c.place[0] == i:
                moves = c.column is not None or prefix == "coarse_"
                products.append((prefix * moves + c.name, tuple(f"{state}{j}" for j in c.place[1:])))
        step = _chain(increments.get(i), products)
        new.append(f"new{i} = {state}{i} + {step}" if step else f"new{i} = {state}{i}")
    return [*new, *(f"{state}{i} = new{i}" for i in range(n))]


def _chain(start: str | None, products: list[tuple[str, tuple[str, ...]]]) -> str:
    """A chain of fused multiply-adds: start + Σ coefficient · factors."""
    total = start or ""
    for coefficient, factors in products:
        if not factors:
            total = f"({coefficient} + {total})" if total else coefficient
            continue
        left = " * ".join([coefficient, *factors[:-1]])
        total = f"fma({left}, {factors[-1]}, {total})" if total else f"{left} * {factors[-1]}"
    return total


def _indent(depth: int, lines: list[str]) -> list[str]:
    return ["    " * depth + line for line in lines]


@dataclass(frozen=True, eq=False)
class Kernel:
    """A compiled kernel with one model's numbers at one step.

    coefficients (constants,) are dimensionless, rate times step; amplitudes (n, channels) are B√h.
    """

    pattern: Expansion
    module: ModuleType
    coefficients: Array
    amplitudes: Array
    companion: bool

    @property
    def variables(self) -> int:
        """Numbers a trajectory holds: fluctuation, twin, and companion if any."""
        return self.pattern.size * (3 if self.companion else 2)

    @property
    def statistics(self) -> int:
        """Sums kept per sample time: means and products of the twin, of x − y, and of z − x if any."""
        n = self.pattern.size
        return (n + n * (n + 1) // 2) * (3 if self.companion else 2)

    def warm(self) -> None:
        """Compile the functions of every run, or load them from the cache, by calling them on no cells."""
        n, module, table = self.pattern.size, self.module, self.table(0)
        X, G = np.zeros((0, self.variables * LANES)), np.zeros((0, 4 * LANES), np.uint64)
        module.advance_pairs(X, G, self.coefficients, self.amplitudes, table, table, 0, 0)
        module.reseed(G, np.uint64(0), 0, 0, noise.STEPS)
        module.fill_normals(G, X)
        module.accumulate(X, n, np.zeros(0, np.int64), np.zeros((0, self.statistics)), np.zeros(0, np.uint64))
        module.table_rows(np.zeros(n), self.coefficients, table, 0)

    def table(self, rows: int) -> Array:
        """Room for the moving coefficients of so many steps."""
        return np.zeros(max(1, rows * self.pattern.width))

    def constant_step_matrix(self) -> Array:
        """The part of I + A dt that does not move with the mean, shape (n, n)."""
        M = np.eye(self.pattern.size)
        for c in self.pattern.twin:
            if c.column is None:
                M[c.place] += sum(self.coefficients[s.constant] for s in c.shares)
        return M

    def moving_places(self) -> tuple[Array, Array]:
        """Rows and columns of the entries of I + A dt that the table moves."""
        places = [c.place for c in self.pattern.twin if c.column is not None]
        return np.array([p[0] for p in places], np.int64), np.array([p[1] for p in places], np.int64)


def build_kernel(model: Model, step: float, companion: bool = False) -> Kernel:
    """Emit, compile (or load) and dress the kernel of one model at a step in seconds."""
    pattern, values = expand(model)
    return Kernel(
        pattern, load(emit(pattern, companion)), values * step, np.ascontiguousarray(model.B * np.sqrt(step)), companion
    )
