"""Stepping kernels: generated from a model's sparsity pattern, called with its coefficients.

A kernel module is compiled once per pattern and form, and advances cells of 64 trajectories. Its
functions take the arrays

    X (cells, variables·64)    states
    G (cells, 4·64)            random generators
    C (constants,)             rates times the step h
    B (n, channels)            noise amplitudes times √h
    T (steps·stages·width,)    table of the coefficients that move with the mean field
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from ..jit import vector_width
from ..jit.background import ready
from ..jit.cache import collection_paused, digest, load_source
from ..jit.shared_kernels import Arguments, SharedKernels
from ..jit.source import module_code
from ..model.model import Model
from ..support.checks import Array
from ..support.errors import NoResultError
from . import codegen, drift_code, expansion, factoring, moment_sums, noise, step_law_kernel
from .codegen import CELL, Form, kernel_source
from .drift_code import FluctuationDrift
from .expansion import Expansion, expand
from .sum_layout import statistics


@dataclass(frozen=True, eq=False)
class Kernel:
    """A compiled kernel with the coefficients of one model at one step.

    pattern, form : sparsity pattern and form from which the code was generated.
    module, shared : compiled functions of this pattern, and those that all models share.
    coefficients (constants,) : rates times the step, dimensionless.
    amplitudes (n, channels) : B√h.
    """

    pattern: Expansion
    form: Form
    module: ModuleType
    shared: ModuleType
    coefficients: Array
    amplitudes: Array

    def __reduce__(self) -> tuple[Callable[..., Kernel], tuple[Any, ...]]:
        """Pickle the pattern and the coefficients; the other process loads the code itself."""
        arguments = (self.pattern, self.form, self.coefficients, self.amplitudes, self.code_hash)
        return _unpickled, arguments

    @property
    def code_hash(self) -> str:
        """Hash of the code that is compiled, without comments and docstrings."""
        return _code_hash(self.pattern, self.form)

    @property
    def variables(self) -> int:
        """Numbers in the state of a trajectory."""
        return self.pattern.size * len(self.form.paths)

    @property
    def statistics(self) -> int:
        """Sums per sample time."""
        return statistics(self.pattern.size, self.form.twin, self.form.companion)

    @property
    def width(self) -> int:
        """Coefficients in a row of the table."""
        return len(FluctuationDrift(self.pattern).columns)

    def warm(self) -> None:
        """Compile all functions, or load them from the cache, by calling them with no cells."""
        module = self.module
        table = self.table(0)
        X = np.zeros((0, self.variables * CELL))
        G = np.zeros((0, 4 * CELL), np.uint64)
        with collection_paused():
            module.advance_pairs(X, G, self.coefficients, self.amplitudes, table, table, 0, 0)
            module.table_rows(np.zeros(self.pattern.size), self.coefficients, table, 0)
        ready(TRAJECTORY_KERNELS)

    def accumulate(self, X: Array, live: Array, centre: Array, sums: Array, lost: Array) -> None:
        """Write the sums of one sample time; arguments as in `moment_sums.accumulate`."""
        form = self.form
        self.shared.accumulate(X, live, centre, form.companion, form.antithetic, sums, lost)

    def table(self, steps: int) -> Array:
        """Zeros (steps·stages·width,): a table for the moving coefficients of a number of steps."""
        return np.zeros(max(1, steps * self.form.stages * self.width))

    def constant_rates(self) -> Array:
        """A h (n, n) without the entries that move with the mean field."""
        E = np.zeros((self.pattern.size, self.pattern.size))
        for c in self.pattern.twin:
            if c.column is None:
                E[c.index] += sum(self.coefficients[part.constant] for part in c.contributions)
        return E

    def moving_entries(self) -> tuple[Array, Array]:
        """Rows and columns, (entries,) each, of the entries of A that move with the mean field."""
        entries = [c.index for c in self.pattern.twin if c.column is not None]
        rows = np.array([row for row, _ in entries], np.int64)
        return rows, np.array([column for _, column in entries], np.int64)


def build_kernel(model: Model, step: float, form: Form) -> Kernel:
    """Kernel of one model at a step in s; the code is generated, or loaded from the cache."""
    pattern, values = expand(model)
    return _kernel(pattern, form, values * step, np.ascontiguousarray(model.B * np.sqrt(step)))


def generator_hash() -> str:
    """Hash of everything that kernels of all models are generated from."""
    modules = (codegen, expansion, factoring, drift_code, *TRAJECTORY_KERNELS.modules)
    return digest("\n".join(map(module_code, modules)))


class CodeError(NoResultError, RuntimeError):
    """The code of a kernel differs between this process and a worker."""


def _kernel(pattern: Expansion, form: Form, coefficients: Array, amplitudes: Array) -> Kernel:
    """The kernel with its compiled modules; arguments are fields of `Kernel`."""
    module = load_source(kernel_source(pattern, form))
    return Kernel(pattern, form, module, TRAJECTORY_KERNELS.load(), coefficients, amplitudes)


def _unpickled(
    pattern: Expansion, form: Form, coefficients: Array, amplitudes: Array, code_hash: str
) -> Kernel:
    """The kernel from its pickle. Raises CodeError if the code here is not the same."""
    if _code_hash(pattern, form) != code_hash:
        raise CodeError(
            "a worker has another version of qlangevin, numba or Python; install the same on every "
            "machine"
        )
    return _kernel(pattern, form, coefficients, amplitudes)


def _code_hash(pattern: Expansion, form: Form) -> str:
    return digest(kernel_source(pattern, form) + TRAJECTORY_KERNELS.code)


def _examples() -> list[Arguments]:
    """Arguments of the functions that all models share, for no cells and no steps."""
    none = np.zeros(0, np.int64)
    one = np.ones((1, 1))
    X = np.zeros((0, CELL))
    G = np.zeros((0, 4 * CELL), np.uint64)
    lost = np.zeros(0, np.uint64)
    return [
        (X, none, np.zeros(1), False, False, np.zeros((0, 1)), lost),
        (G, np.uint64(0), 0, 0, noise.STEPS),
        (G, X),
        (one.copy(), one.copy(), one, none, none, one[0], 0, 1, 0, one),
    ]


TRAJECTORY_KERNELS = SharedKernels(
    (vector_width, noise, moment_sums, step_law_kernel),
    ("accumulate", "reseed", "fill_normals", "step_law"),
    _examples,
)
"""Functions that all models share: sums of moments, generators, exact covariance of the steps."""
