"""Transfer matrices C(−iω − A)⁻¹B + D of du = A u dt + B dW, y = C u + D dW/dt.

Fourier transforms are y(ω) = ∫ y(t) e^{iωt} dt, so that light at +ω oscillates as e^{−iωt}: it lies
above the laser. With the arrays of a model, whose noise channels are white with unit strength, the
symmetrised spectral matrix of the outputs is S(ω) = M M†, whose integral ∫ S dω/2π is a covariance.

A is brought to real Schur form once; for each ω, the quasi-triangular system is then solved by back
substitution, for a block of frequencies at a time. No eigenvectors are needed: A may be defective.
At a few frequencies the equations of all parameter points are solved directly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from ...sde.linear_algebra.schur import SchurForm
from ...sde.support.checks import Array
from ...sde.support.memory import require_memory

BLOCK = 20_000
"""Complex numbers in the solutions of one block of frequencies, so that they stay in the cache."""
FEW = 32
"""Up to this number of frequencies, the equations of many points are solved together by LU."""
COPIES = 2
"""The matrices, and their real and imaginary parts as results hold them."""
UNKNOWN = complex(math.nan, math.nan)
"""Elements at parameter points whose arrays are not finite."""
Place = tuple[slice, slice]
"""A part of the parameter points, and a part of the frequencies."""


def transfer_matrix(A: Array, B: Array, C: Array, D: Array, frequencies: Array) -> Array:
    """M(ω) = C(−iω − A)⁻¹B + D, complex (..., frequencies, outputs, inputs).

    A (..., n, n) in rad/s, B (..., n, inputs), C (..., outputs, n), D (..., outputs, inputs) are
    real and their leading axes broadcast; frequencies (frequencies,) in rad/s. NaN at points whose
    arrays are not finite. No −iω may be an eigenvalue of A; none is where A is stable.
    """

    def write(out: Array, solver: _Solver) -> None:
        np.add(solver.outputs(solver.solve()), solver.D, out=out[0])

    return _computed(write, (A, B, C, D), frequencies)[0]


def transfer_and_slope(
    A: Array, B: Array, C: Array, D: Array, frequencies: Array
) -> tuple[Array, Array]:
    """`transfer_matrix` and its derivative dM/dω = i C(−iω − A)⁻²B, in s, of the same shape."""

    def write(out: Array, solver: _Solver) -> None:
        once = solver.solve()
        np.add(solver.outputs(once), solver.D, out=out[0])
        np.multiply(1j, solver.outputs(solver.solve(once)), out=out[1])

    value, slope = _computed(write, (A, B, C, D), frequencies, results=2)
    return value, slope


def spectral_matrix(A: Array, B: Array, C: Array, D: Array, frequencies: Array) -> Array:
    """S(ω) = M M† of `transfer_matrix`, complex (..., frequencies, outputs, outputs), Hermitian.

    The symmetrised spectra of y, for white noise of unit strength in each input.
    """

    def write(out: Array, solver: _Solver) -> None:
        M = solver.outputs(solver.solve()) + solver.D
        S = M @ M.conj().swapaxes(-1, -2)
        np.multiply(0.5, S + S.conj().swapaxes(-1, -2), out=out[0])

    return _computed(write, (A, B, C, D), frequencies, columns=-2)[0]


Arrays = tuple[Array, Array, Array, Array]
"""A, B, C and D."""


def _computed(
    write: Callable[[Array, _Solver], None],
    arrays: Arrays,
    frequencies: Array,
    results: int = 1,
    columns: int = -1,
) -> Array:
    """What `write` computes, (results, ..., frequencies, outputs, inputs); NaN where not finite.

    With columns = -2 matrices are (outputs, outputs).
    """
    frequencies = np.asarray(frequencies, float)
    lead = np.broadcast_shapes(*(array.shape[:-2] for array in arrays))
    A, B, C, D = (
        np.broadcast_to(array, (*lead, *array.shape[-2:])).reshape(-1, *array.shape[-2:])
        for array in arrays
    )
    finite = np.logical_and.reduce([np.isfinite(x).all(axis=(-2, -1)) for x in (A, B, C, D)])
    whole = bool(finite.all())
    points = (A, B, C, D) if whole else (A[finite], B[finite], C[finite], D[finite])
    shape = len(frequencies), D.shape[-2], D.shape[columns]
    require_memory(
        COPIES * 16.0 * results * len(A) * math.prod(shape),
        f"matrices at {shape[0]} frequencies and {len(A)} parameter points",
        "take fewer frequencies at a time",
    )
    found = np.empty((results, len(points[0]), *shape), complex)
    for place, solver in _solvers(points, frequencies):
        write(found[:, *place], solver)
    if not whole:
        everywhere = np.full((results, len(A), *shape), UNKNOWN)
        everywhere[:, finite] = found
        return everywhere.reshape(results, *lead, *shape)
    return found.reshape(results, *lead, *shape)


def _solvers(arrays: Arrays, frequencies: Array) -> Iterator[tuple[Place, _Solver]]:
    """Solvers of the equations of all points at all frequencies, part by part."""
    columns = max(1, arrays[1].shape[-2] * arrays[1].shape[-1])
    if len(frequencies) <= FEW:
        size = max(1, BLOCK // (columns * len(frequencies)))
        for first in range(0, len(arrays[0]), size):
            part = slice(first, first + size)
            A, B, C, D = (array[part, None] for array in arrays)
            yield (part, slice(None)), _Direct(A, B, C, D, frequencies)
        return
    size = max(8, BLOCK // columns)
    for point, point_arrays in enumerate(zip(*arrays, strict=True)):
        reduced = _Reduced(*point_arrays)
        inverses = reduced.inverses(frequencies)
        for first in range(0, len(frequencies), size):
            part = slice(first, first + size)
            inverse = {row: values[..., part] for row, values in inverses.items()}
            yield (slice(point, point + 1), part), _Triangular(reduced, inverse)


class _Direct:
    """(−iω − A) x = right for points (points, 1, …) at all frequencies, by LU factors."""

    def __init__(self, A: Array, B: Array, C: Array, D: Array, frequencies: Array) -> None:
        self.matrices = -1j * frequencies[:, None, None] * np.eye(A.shape[-1]) - A
        self.B, self.C, self.D = B, C, D

    def solve(self, right: Array | None = None) -> Array:
        """x (points, frequencies, n, inputs); right is B by default."""
        right = self.B if right is None else right
        shape = (*self.matrices.shape[:-1], right.shape[-1])
        return np.linalg.solve(self.matrices, np.broadcast_to(right, shape))

    def outputs(self, solution: Array) -> Array:
        """C x (points, frequencies, outputs, inputs)."""
        return np.asarray(self.C @ solution)


Inverses = dict[int, Array]
"""Inverses (k, k, frequencies) of the k × k diagonal blocks of −iω − T, by first row; k = 1, 2."""


class _Reduced:
    """One point's A (n, n), B and C in coordinates in which A is quasi-triangular, T; and D."""

    def __init__(self, A: Array, B: Array, C: Array, D: Array) -> None:
        form = SchurForm(A)
        self.T = form.T
        self.B = form.U.T @ (B[form.order] / form.units[:, None])
        self.C = (C[:, form.order] * form.units) @ form.U
        self.D = D
        self.rows = [i for i in range(len(A)) if i == 0 or self.T[i, i - 1] == 0]

    def inverses(self, frequencies: Array) -> Inverses:
        """The inverses of the diagonal blocks."""
        ends = [*self.rows[1:], len(self.T)]
        shift = -1j * frequencies
        return {i: _inverse(self.T[i:j, i:j], shift) for i, j in zip(self.rows, ends, strict=True)}


class _Triangular:
    """(−iω − T) x = right for one point at a block of frequencies, by back substitution."""

    def __init__(self, reduced: _Reduced, inverse: Inverses) -> None:
        self.reduced = reduced
        self.inverse = inverse
        self.D = reduced.D

    def solve(self, right: Array | None = None) -> Array:
        """x (n, inputs, block) of right (n, inputs, block); B by default."""
        T, B = self.reduced.T, self.reduced.B
        right = B[:, :, None] if right is None else right
        n, inputs = B.shape
        block = self.inverse[0].shape[-1]
        found = np.empty((n, inputs, block), complex)
        flat = found.view(float).reshape(n, -1)
        product = np.empty((inputs, block), complex)
        for i in reversed(self.reduced.rows):
            own = self.inverse[i]
            end = i + len(own)
            load = (T[i:end, end:] @ flat[end:]).view(complex).reshape(-1, inputs, block)
            load += right[i:end]
            for row, factors in enumerate(own, i):
                np.multiply(load[0], factors[0], out=found[row])
                for other, factor in zip(load[1:], factors[1:], strict=True):
                    found[row] += np.multiply(other, factor, out=product)
        return found

    def outputs(self, solution: Array) -> Array:
        """C x (1, block, outputs, inputs)."""
        n, inputs, block = solution.shape
        flat = self.reduced.C @ solution.view(float).reshape(n, -1)
        return np.moveaxis(flat.view(complex).reshape(1, -1, inputs, block), -1, 1)


_Solver = _Direct | _Triangular


def _inverse(T: Array, shift: Array) -> Array:
    """(shift − T)⁻¹ (k, k, shifts) of a block T (k, k) of one or two rows."""
    if len(T) == 1:
        return (1 / (shift - T[0, 0]))[None, None]
    first, second = shift - T[0, 0], shift - T[1, 1]
    factor = 1 / (first * second - T[0, 1] * T[1, 0])
    rows = [[second * factor, T[0, 1] * factor], [T[1, 0] * factor, first * factor]]
    return np.array(rows)
