"""Stepping kernels: made from a model's sparsity pattern, called with its coefficients.

The kernel of a few modes is straight-line code, generated and compiled once per pattern and form.
The kernels of more modes are loops over tables, which are compiled once for all models. Both
advance cells of 64 trajectories, and take the arrays

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
from .codegen import CELL, GENERATORS, Form, kernel_source
from .drift_code import FluctuationDrift
from .expansion import Expansion, expand
from .loops import drift_tables, polynomial_rows
from .loops import module as loop_module
from .loops.module import LoopModule

MOST_QUADRATURES, MOST_TERMS = 8, 200
"""Largest models of straight-line kernels.

Measured for Kerr modes in a chain: of four modes straight-line code takes 1.1 to 1.7 times less
time than loops for a step, and 7 s to compile; of six modes as much as loops, and 11 s; of eight
modes 1.2 times more, and 16 s.
"""


@dataclass(frozen=True, eq=False)
class Kernel:
    """A compiled kernel with the coefficients of one model at one step.

    pattern, form : sparsity pattern and form from which the code was generated.
    module, shared : compiled functions of this pattern, and the generators that all models share.
    coefficients (constants,) : rates times the step, dimensionless.
    amplitudes (n, channels) : B√h.
    response (n, n) : φ of semilinear steps, whose drift is φ f; None if the drift is f.
    """

    pattern: Expansion
    form: Form
    module: ModuleType | LoopModule
    shared: ModuleType
    coefficients: Array
    amplitudes: Array
    response: Array | None = None

    def __reduce__(self) -> tuple[Callable[..., Kernel], tuple[Any, ...]]:
        """Pickle the pattern and the coefficients; the other process loads the code itself."""
        parts = self.pattern, self.form, self.coefficients, self.amplitudes, self.response
        return _unpickled, (self.code_hash, *parts)

    @property
    def code_hash(self) -> str:
        """Hash of the code that is compiled, without comments and docstrings."""
        module = self.module
        loops = isinstance(module, LoopModule)
        code = module.code if loops else kernel_source(self.pattern, self.form)
        return digest(code + GENERATORS.code + TRAJECTORY_KERNELS.code)

    @property
    def variables(self) -> int:
        """Numbers in the state of a trajectory."""
        return self.pattern.size * len(self.form.paths)

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
        GENERATORS.compiled()
        ready(TRAJECTORY_KERNELS)

    def accumulate(
        self, X: Array, live: Array, centre: Array, kept: Array, sums: Array, lost: Array
    ) -> None:
        """Write the sums of one sample time; arguments as in `moment_sums.accumulate`."""
        form = self.form
        ready(TRAJECTORY_KERNELS).accumulate(
            X, live, centre, kept, form.companion, form.antithetic, sums, lost
        )

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


def build_kernel(model: Model, step: float, form: Form, response: Array | None = None) -> Kernel:
    """Kernel of one model at a step in s; the code is generated, or loaded from the cache.

    With `response` (n, n), φ of `Kernel`, the kernel loops over tables.
    """
    pattern, values = expand(model)
    amplitudes = np.ascontiguousarray(model.B * np.sqrt(step))
    return _kernel(pattern, form, values * step, amplitudes, response)


def generator_hash() -> str:
    """Hash of everything that kernels of all models are generated from."""
    generators = (codegen, expansion, factoring, drift_code)
    loops = (loop_module, drift_tables, polynomial_rows, *loop_module.SHARED.modules)
    modules = (*generators, *loops, noise, *TRAJECTORY_KERNELS.modules)
    return digest("\n".join(map(module_code, modules)))


class CodeError(NoResultError, RuntimeError):
    """The code of a kernel differs between this process and a worker."""


def _kernel(
    pattern: Expansion, form: Form, coefficients: Array, amplitudes: Array, response: Array | None
) -> Kernel:
    """The kernel with its compiled modules; arguments are fields of `Kernel`."""
    shared = GENERATORS.load()  # from which the source below imports
    module = (
        load_source(kernel_source(pattern, form))
        if response is None and is_straight_line(pattern)
        else LoopModule(pattern, form, response)
    )
    return Kernel(pattern, form, module, shared, coefficients, amplitudes, response)


def _unpickled(code_hash: str, pattern: Expansion, form: Form, *numbers: Any) -> Kernel:
    """The kernel from its pickle. Raises CodeError if the code here is not the same."""
    kernel = _kernel(pattern, form, *numbers)
    if kernel.code_hash != code_hash:
        raise CodeError(
            "a worker has another version of qlangevin, numba or Python; install the same on every "
            "machine"
        )
    return kernel


def is_straight_line(pattern: Expansion) -> bool:
    """Whether the kernel is straight-line code, which is faster but takes long to compile."""
    terms = len(pattern.twin) + len(pattern.full)
    return pattern.size <= MOST_QUADRATURES and terms <= MOST_TERMS


def step_law(stages: int) -> Callable[..., None]:
    """The compiled law of steps of one stage or two; arguments as in `step_law_kernel`."""
    if stages == 2:
        return TWO_STAGES.compiled().two_stage_step_law
    return ready(TRAJECTORY_KERNELS).step_law


def _example_of_law() -> Arguments:
    """Arguments for no steps."""
    one, none = np.ones((1, 1)), np.zeros(0, np.int64)
    return one, one, one, none, none, one[0], 0, 0, one


def _example_of_sums() -> Arguments:
    """Arguments for no cells."""
    none, lost = np.zeros(0, np.int64), np.zeros(0, np.uint64)
    kept = np.zeros(0, np.uint64)
    return np.zeros((0, CELL)), none, np.zeros(1), kept, False, False, np.zeros((0, 1)), lost


TRAJECTORY_KERNELS = SharedKernels(
    (vector_width, moment_sums, step_law_kernel),
    ("accumulate", "step_law"),
    lambda: [_example_of_sums(), _example_of_law()],
)
"""Sums of moments, and the exact law of steps of one stage: what takes longest to compile."""
TWO_STAGES = SharedKernels((step_law_kernel,), ("two_stage_step_law",), lambda: [_example_of_law()])
"""The exact law of steps of two stages."""
