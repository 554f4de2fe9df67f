"""Transfer matrices C(−iω − A)⁻¹B + D of du = A u dt + B dW, y = C u + D dW/dt.

Fourier transforms are y(ω) = ∫ y(t) e^{iωt} dt, so that light at +ω oscillates as e^{−iωt}: it lies
above the laser. With the arrays of a model, whose noise channels are white with unit strength, the
symmetrised spectral matrix of the outputs is S(ω) = M M†, whose integral ∫ S dω/2π is a covariance.

A is brought to real Schur form once; for each ω, the quasi-triangular system is then solved by back
substitution, for a block of frequencies at a time. No eigenvectors are needed: A may be defective.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...sde.linear_algebra.schur import SchurForm
from ...sde.support.checks import Array

BLOCK = 20_000
"""Complex numbers in the solutions of one block of frequencies, so that they stay in the cache."""
Place = tuple[int | slice, ...]
"""Indices of a parameter point and of a block of frequencies."""


def transfer_matrix(A: Array, B: Array, C: Array, D: Array, frequencies: Array) -> Array:
    """M(ω) = C(−iω − A)⁻¹B + D, complex (..., frequencies, outputs, inputs).

    A (..., n, n) in rad/s, B (..., n, inputs), C (..., outputs, n), D (..., outputs, inputs) are
    real and their leading axes broadcast; frequencies (frequencies,) in rad/s. NaN at points whose
    arrays are not finite. No −iω may be an eigenvalue of A; none is where A is stable.
    """
    arrays = _alike(A, B, C, D)
    frequencies = np.asarray(frequencies, float)
    found = _blank(*arrays, frequencies)
    for place, reduced, inverse in _blocks(arrays, frequencies):
        np.add(reduced.outputs(reduced.solve(inverse)), reduced.D, out=found[place])
    return found


def transfer_and_slope(
    A: Array, B: Array, C: Array, D: Array, frequencies: Array
) -> tuple[Array, Array]:
    """`transfer_matrix` and its derivative dM/dω = i C(−iω − A)⁻²B, in s, of the same shape."""
    arrays = _alike(A, B, C, D)
    frequencies = np.asarray(frequencies, float)
    found, slope = (_blank(*arrays, frequencies) for _ in range(2))
    for place, reduced, inverse in _blocks(arrays, frequencies):
        once = reduced.solve(inverse)
        np.add(reduced.outputs(once), reduced.D, out=found[place])
        np.multiply(1j, reduced.outputs(reduced.solve(inverse, once)), out=slope[place])
    return found, slope


def spectral_matrix(A: Array, B: Array, C: Array, D: Array, frequencies: Array) -> Array:
    """S(ω) = M M† of `transfer_matrix`, complex (..., frequencies, outputs, outputs), Hermitian.

    The symmetrised spectra of y, for white noise of unit strength in each input.
    """
    arrays = _alike(A, B, C, D)
    frequencies = np.asarray(frequencies, float)
    found = _blank(*arrays, frequencies, square=True)
    for place, reduced, inverse in _blocks(arrays, frequencies):
        M = reduced.outputs(reduced.solve(inverse)) + reduced.D
        S = M @ M.conj().swapaxes(-1, -2)
        np.multiply(0.5, S + S.conj().swapaxes(-1, -2), out=found[place])
    return found


Arrays = tuple[Array, Array, Array, Array]
"""A, B, C and D with the same leading axes."""


def _alike(*arrays: Array) -> Arrays:
    """A, B, C and D with the same leading axes."""
    lead = np.broadcast_shapes(*(array.shape[:-2] for array in arrays))
    A, B, C, D = (np.broadcast_to(array, (*lead, *array.shape[-2:])) for array in arrays)
    return A, B, C, D


def _blank(
    A: Array, B: Array, C: Array, D: Array, frequencies: Array, square: bool = False
) -> Array:
    """Room for (..., frequencies, outputs, inputs or outputs); NaN where arrays are not finite."""
    outputs, inputs = D.shape[-2:]
    shape = (*A.shape[:-2], len(frequencies), outputs, outputs if square else inputs)
    found = np.empty(shape, complex)
    found[~_finite(A, B, C, D)] = np.nan
    return found


def _finite(*arrays: Array) -> Array:
    """Where (...) all elements of all arrays (..., rows, columns) are finite."""
    finite = [np.isfinite(array).all(axis=(-2, -1)) for array in arrays]
    return np.asarray(np.logical_and.reduce(finite))


def _blocks(arrays: Arrays, frequencies: Array) -> Iterator[tuple[Place, _Reduced, Inverses]]:
    """The reduced arrays of each parameter point with the inverses at each block of frequencies."""
    size = max(8, BLOCK // max(1, (arrays[1].shape[-2] * arrays[1].shape[-1])))
    for at in np.argwhere(_finite(*arrays)):
        reduced = _Reduced(*(array[tuple(at)] for array in arrays))
        inverses = reduced.inverses(frequencies)
        for start in range(0, len(frequencies), size):
            part = slice(start, start + size)
            yield (
                (*at, part),
                reduced,
                {row: values[..., part] for row, values in inverses.items()},
            )


Inverses = dict[int, Array]
"""Inverses (k, k, frequencies) of the k × k diagonal blocks of −iω − T, by first row; k = 1, 2."""


class _Reduced:
    """One point's A (n, n), B and C in coordinates in which A is quasi-triangular, T; and D."""

    def __init__(self, A: Array, B: Array, C: Array, D: Array) -> None:
        form = SchurForm(A)
        self.T = form.T
        self.B = form.U.T @ (B / form.units[:, None])[form.order]
        self.C = (C * form.units)[:, form.order] @ form.U
        self.D = D
        self.rows = [i for i in range(len(A)) if i == 0 or self.T[i, i - 1] == 0]

    def inverses(self, frequencies: Array) -> Inverses:
        """The inverses of the diagonal blocks."""
        ends = [*self.rows[1:], len(self.T)]
        shift = -1j * frequencies
        return {i: _inverse(self.T[i:j, i:j], shift) for i, j in zip(self.rows, ends, strict=True)}

    def solve(self, inverse: Inverses, right: Array | None = None) -> Array:
        """(−iω − T)⁻¹ right (n, inputs, block), of right (n, inputs, block); B by default."""
        right = self.B[:, :, None] if right is None else right
        n, inputs = self.B.shape
        block = inverse[0].shape[-1]
        found = np.empty((n, inputs, block), complex)
        flat = found.view(float).reshape(n, -1)
        product = np.empty((inputs, block), complex)
        for i in reversed(self.rows):
            own = inverse[i]
            end = i + len(own)
            load = (self.T[i:end, end:] @ flat[end:]).view(complex).reshape(-1, inputs, block)
            load += right[i:end]
            for row, factors in enumerate(own, i):
                np.multiply(load[0], factors[0], out=found[row])
                for other, factor in zip(load[1:], factors[1:], strict=True):
                    found[row] += np.multiply(other, factor, out=product)
        return found

    def outputs(self, solution: Array) -> Array:
        """C u (block, outputs, inputs) of u (n, inputs, block)."""
        n, inputs, block = solution.shape
        flat = self.C @ solution.view(float).reshape(n, -1)
        return np.moveaxis(flat.view(complex).reshape(-1, inputs, block), -1, 0)


def _inverse(T: Array, shift: Array) -> Array:
    """(shift − T)⁻¹ (k, k, shifts) of a block T (k, k) of one or two rows."""
    if len(T) == 1:
        return (1 / (shift - T[0, 0]))[None, None]
    first, second = shift - T[0, 0], shift - T[1, 1]
    factor = 1 / (first * second - T[0, 1] * T[1, 0])
    rows = [[second * factor, T[0, 1] * factor], [T[1, 0] * factor, first * factor]]
    return np.array(rows)
