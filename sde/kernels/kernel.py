"""Compiled kernels: emitted from a model's pattern, compiled once per pattern and form, dressed
with a model's numbers.

A kernel advances cells of 64 trajectories. Arrays: X (cells, variables·64), G (cells, 4·64)
generators, T table of the coefficients that move with the mean field, C coefficients times h, B
amplitudes times √h.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from ..jit import vector_width
from ..jit.background import register, wait_for
from ..jit.cache import Shared, digest, joined, load
from ..model.model import Model
from ..support.checks import Array
from ..support.errors import NoResultError
from . import codegen, drift_code, expansion, factoring, noise, step_law_kernel
from . import moment_sums as sums
from .codegen import LANES, Form, emit
from .drift_code import CoupledSlopes
from .expansion import Expansion, expand
from .sum_layout import statistics

SHARED_MODULES = (vector_width, noise, sums, step_law_kernel)
SHARED = ("reseed", "fill_normals", "accumulate", "step_law")
"""Functions of the module that all models share: generators, sums and the law of the steps."""


@dataclass(frozen=True, eq=False)
class Kernel:
    """A compiled kernel with one model's numbers at one step.

    coefficients (constants,) are dimensionless, rate times step; amplitudes (n, channels) are B√h.
    """

    pattern: Expansion
    form: Form
    module: ModuleType
    shared: ModuleType
    coefficients: Array
    amplitudes: Array

    def __reduce__(self) -> tuple[Callable[..., Kernel], tuple[Any, ...]]:
        """Another process gets the pattern and the numbers, and loads the code itself."""
        return _revive, (self.pattern, self.form, self.coefficients, self.amplitudes, self.code)

    @property
    def code(self) -> str:
        """What the compiled code is, to the letter, in 20 hexadecimal digits."""
        return _code(self.pattern, self.form)

    @property
    def variables(self) -> int:
        """Numbers that a trajectory holds."""
        return self.pattern.size * len(self.form.paths)

    @property
    def statistics(self) -> int:
        """Sums kept per sample time."""
        return statistics(self.pattern.size, self.form.twin, self.form.companion)

    @property
    def width(self) -> int:
        """Coefficients in a row of the table."""
        return len(CoupledSlopes(self.pattern).columns)

    def warm(self) -> None:
        """Compile the functions of every run, or load them from the cache, by calling them on no
        cells.
        """
        module, table = self.module, self.table(0)
        X, G = np.zeros((0, self.variables * LANES)), np.zeros((0, 4 * LANES), np.uint64)
        module.advance_pairs(X, G, self.coefficients, self.amplitudes, table, table, 0, 0)
        module.table_rows(np.zeros(self.pattern.size), self.coefficients, table, 0)
        wait_for(SHARED_NAME)
        _warm_shared()

    def accumulate(self, X: Array, live: Array, centre: Array, sums: Array, lost: Array) -> None:
        """Sums of one sample time; see `sums.accumulate`."""
        self.shared.accumulate(
            X, live, centre, self.form.companion, self.form.antithetic, sums, lost
        )

    def table(self, steps: int) -> Array:
        """Room for the moving coefficients of so many steps."""
        return np.zeros(max(1, steps * self.form.stages * self.width))

    def constant_rates(self) -> Array:
        """The part of A dt that does not move with the mean, shape (n, n)."""
        E = np.zeros((self.pattern.size, self.pattern.size))
        for c in self.pattern.twin:
            if c.column is None:
                E[c.place] += sum(self.coefficients[s.constant] for s in c.shares)
        return E

    def moving_places(self) -> tuple[Array, Array]:
        """Rows and columns of the entries of A dt that the table moves."""
        places = [c.place for c in self.pattern.twin if c.column is not None]
        return np.array([p[0] for p in places], np.int64), np.array(
            [p[1] for p in places], np.int64
        )


def build_kernel(model: Model, step: float, form: Form) -> Kernel:
    """Emit, compile (or load) and dress the kernel of one model at a step in seconds."""
    pattern, values = expand(model)
    return _dress(pattern, form, values * step, np.ascontiguousarray(model.B * np.sqrt(step)))


def _dress(pattern: Expansion, form: Form, coefficients: Array, amplitudes: Array) -> Kernel:
    return Kernel(
        pattern, form, load(emit(pattern, form)), SHARED_KERNELS.load(), coefficients, amplitudes
    )


def _warm_shared() -> None:
    """Compile the functions that all models share, or load them, by calling them on nothing."""
    shared, one, none = SHARED_KERNELS.load(), np.ones((1, 1)), np.zeros(0, np.int64)
    X, G, lost = np.zeros((0, LANES)), np.zeros((0, 4 * LANES), np.uint64), np.zeros(0, np.uint64)
    shared.reseed(G, np.uint64(0), 0, 0, noise.STEPS)
    shared.fill_normals(G, X)
    shared.accumulate(X, none, np.zeros(1), False, False, np.zeros((0, 1)), lost)
    shared.step_law(one.copy(), one.copy(), one, none, none, one[0], 0, 1, 0, one)


SHARED_NAME = __name__
SHARED_KERNELS = Shared(SHARED_MODULES, SHARED)
register(SHARED_NAME, SHARED_KERNELS, _warm_shared)


def _code(pattern: Expansion, form: Form) -> str:
    return digest(emit(pattern, form) + joined(SHARED_MODULES, SHARED))


def engine() -> str:
    """What writes the code of all models, in 20 hexadecimal digits."""
    modules = (codegen, expansion, factoring, drift_code, *SHARED_MODULES)
    return digest("\n".join(inspect.getsource(module) for module in modules))


class CodeError(NoResultError, RuntimeError):
    """Another machine's kernels are not the same."""


def _revive(
    pattern: Expansion, form: Form, coefficients: Array, amplitudes: Array, code: str
) -> Kernel:
    if _code(pattern, form) != code:
        raise CodeError(
            "a worker has another version of qlangevin or of numba; install the same on every "
            "machine"
        )
    return _dress(pattern, form, coefficients, amplitudes)
