"""Random numbers of a block of trajectories, channel by channel, for models with many modes.

Each channel takes the same numbers as in straight-line kernels. Pasted into a generated module
after `vector_width`, `noise` and `simd`.
"""

import numpy as np
from numba import njit, uint64

if __package__:  # in a generated module their code comes before this
    from ...jit.simd import INNER, element, never_inline
    from ...jit.vector_width import prefer_512_bit_vectors
    from ..noise import normal_pair, three_point, two_point, xoshiro

separate = njit(**INNER)  # type: ignore[call-overload]
"""Decorator of functions that LLVM may inline or not."""
BLOCK = 32
"""Trajectories in a block; a cell holds two."""
ROW, TWO_ROWS, THREE_ROWS = np.uint64(BLOCK), np.uint64(2 * BLOCK), np.uint64(3 * BLOCK)
"""Unsigned, which avoids numba's check for negative indices: else the loops do not vectorise."""
WORD = 30
"""Channels that share a 64-bit random word, two bits each; the lowest four bits stay unused."""
GAUSSIAN, TWO_POINT = 0, 1
"""Distributions of random numbers; any other is that of three points."""


@separate
def gaussian_numbers(g, S, first, second, tables, drawn, scale):
    """Normals of every channel for the two steps of a pair, of standard deviations `scale`."""
    never_inline()
    prefer_512_bit_vectors()
    for k in range(scale.shape[0]):
        place, b = element(tables, drawn + k), scale[k]
        v, w = uint64(first + place), uint64(second + place)
        for lane in range(ROW):
            s0, s1, s2, s3 = g[lane], g[ROW + lane], g[TWO_ROWS + lane], g[THREE_ROWS + lane]
            bits, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
            more, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
            g[lane], g[ROW + lane], g[TWO_ROWS + lane], g[THREE_ROWS + lane] = s0, s1, s2, s3
            x, y = normal_pair(bits, more)
            S[v + lane], S[w + lane] = b * x, b * y


@separate
def two_point_numbers(g, S, first, second, tables, drawn, scale):
    """±`scale` of every channel for both steps; up to 30 channels share a random word."""
    never_inline()
    prefer_512_bit_vectors()
    words = np.empty(BLOCK, np.uint64)
    for k in range(scale.shape[0]):
        if k % WORD == 0:
            for lane in range(ROW):
                s0, s1, s2, s3 = g[lane], g[ROW + lane], g[TWO_ROWS + lane], g[THREE_ROWS + lane]
                words[lane], s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
                g[lane], g[ROW + lane], g[TWO_ROWS + lane], g[THREE_ROWS + lane] = s0, s1, s2, s3
        place, b = element(tables, drawn + k), scale[k]
        v, w = uint64(first + place), uint64(second + place)
        bit = uint64(2 * (k % WORD))
        for lane in range(ROW):
            S[v + lane] = b * two_point(words[lane], bit)
            S[w + lane] = b * two_point(words[lane], bit + uint64(1))


@separate
def three_point_numbers(g, S, first, second, tables, drawn, scale):
    """±√3 `scale` or 0 of every channel for the two steps of a pair."""
    never_inline()
    prefer_512_bit_vectors()
    for k in range(scale.shape[0]):
        place, b = element(tables, drawn + k), scale[k]
        v, w = uint64(first + place), uint64(second + place)
        for lane in range(ROW):
            s0, s1, s2, s3 = g[lane], g[ROW + lane], g[TWO_ROWS + lane], g[THREE_ROWS + lane]
            bits, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
            g[lane], g[ROW + lane], g[TWO_ROWS + lane], g[THREE_ROWS + lane] = s0, s1, s2, s3
            S[v + lane], S[w + lane] = b * three_point(bits, 0), b * three_point(bits, 32)
