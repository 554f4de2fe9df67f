"""Transfer matrices C(−iω − A)⁻¹B + D of du = A u dt + B dW, y = C u + D dW/dt.

Fourier transforms are y(ω) = ∫ y(t) e^{iωt} dt, so that light at +ω oscillates as e^{−iωt}: it lies
above the laser. With the arrays of a model, whose noise channels are white with unit strength, the
symmetrised spectral matrix of the outputs is S(ω) = M M†, whose integral ∫ S dω/2π is a covariance.

A is brought to real Schur form once; for each ω, the quasi-triangular system is then solved by back
substitution, for a block of frequencies at a time. No eigenvectors are needed: A may be defective.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...sde.linear_algebra.schur import SchurForm
from ...sde.support.checks import Array

BLOCK = 20_000
"""Complex numbers in the solutions of one block of frequencies, so that they stay in the cache."""


def transfer_matrix(A: Array, B: Array, C: Array, D: Array, frequencies: Array) -> Array:
    """M(ω) = C(−iω − A)⁻¹B + D, complex (..., frequencies, outputs, inputs).

    A (..., n, n) in rad/s, B (..., n, inputs), C (..., outputs, n), D (..., outputs, inputs) are
    real and their leading axes broadcast; frequencies (frequencies,) in rad/s. NaN at points whose
    arrays are not finite. No −iω may be an eigenvalue of A; none is where A is stable.
    """
    return _at_points((A, B, C, D), frequencies, 1)[0]


def transfer_and_slope(
    A: Array, B: Array, C: Array, D: Array, frequencies: Array
) -> tuple[Array, Array]:
    """`transfer_matrix` and its derivative dM/dω = i C(−iω − A)⁻²B, in s, of the same shape."""
    value, slope = _at_points((A, B, C, D), frequencies, 2)
    return value, slope


def _at_points(arrays: Sequence[Array], frequencies: Array, kinds: int) -> Array:
    """M and its derivative, or M alone, (kinds, ..., frequencies, outputs, inputs)."""
    A, B, C, D = (np.asarray(array, float) for array in arrays)
    frequencies = np.asarray(frequencies, float)
    lead = np.broadcast_shapes(*(array.shape[:-2] for array in (A, B, C, D)))
    A, B, C, D = (np.broadcast_to(x, (*lead, *x.shape[-2:])) for x in (A, B, C, D))
    found = np.empty((kinds, *lead, len(frequencies), *D.shape[-2:]), complex)
    for at in np.ndindex(lead):
        point = A[at], B[at], C[at], D[at]
        if all(np.isfinite(array).all() for array in point):
            _at_point(*point, frequencies, found[:, *at])
        else:
            found[:, *at] = np.nan
    return found


def _at_point(A: Array, B: Array, C: Array, D: Array, frequencies: Array, out: Array) -> None:
    """Write M, and dM/dω if there is room, into out (1 or 2, frequencies, outputs, inputs)."""
    reduced = _Reduced(A, B, C)
    inverses = reduced.inverses(frequencies)
    size = max(8, BLOCK // max(1, B.size))
    for start in range(0, len(frequencies), size):
        part = slice(start, start + size)
        inverse = {row: values[..., part] for row, values in inverses.items()}
        solution = reduced.solve(inverse, reduced.B[:, :, None])
        np.add(reduced.outputs(solution), D, out=out[0, part])
        if len(out) == 2:
            twice = reduced.solve(inverse, solution)
            np.multiply(1j, reduced.outputs(twice), out=out[1, part])


Inverses = dict[int, Array]
"""Inverses (k, k, frequencies) of the k × k diagonal blocks of −iω − T, by first row; k = 1, 2."""


class _Reduced:
    """A (n, n), B (n, inputs) and C (outputs, n) in coordinates in which A is quasi-triangular."""

    def __init__(self, A: Array, B: Array, C: Array) -> None:
        form = SchurForm(A)
        self.T = form.T
        self.B = form.U.T @ (B / form.units[:, None])[form.order]
        self.C = (C * form.units)[:, form.order] @ form.U
        self.rows = [i for i in range(len(A)) if i == 0 or self.T[i, i - 1] == 0]

    def inverses(self, frequencies: Array) -> Inverses:
        """The inverses of the diagonal blocks."""
        ends = [*self.rows[1:], len(self.T)]
        shift = -1j * frequencies
        return {i: _inverse(self.T[i:j, i:j], shift) for i, j in zip(self.rows, ends, strict=True)}

    def solve(self, inverse: Inverses, right: Array) -> Array:
        """(−iω − T)⁻¹ right (n, inputs, block), of right (n, inputs, block or 1)."""
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
