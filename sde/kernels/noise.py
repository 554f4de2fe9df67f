"""Counter-based random numbers: (seed, trajectory, chunk of steps) → increments.

They do not depend on the number of threads, nor on which trajectories are stepped together.

Philox4x32-10 keyed by the seed of the run turns (trajectory, chunk, purpose) into the state of one
xoshiro256+ generator. Two of its outputs give two independent standard normals by Box–Muller: the
cosine is used for one step, the sine for the next. Logarithm, sine and cosine are Chebyshev
interpolants (absolute error below 1e-10), so that loops over trajectories vectorise. Normals do not
use the lowest bits of a word, which are the weak ones of xoshiro256+. Weak increments take their
bits from the same generator: ±1, or ±√3 and 0 with the first five moments of a normal.

This file is pasted into a module from which kernels import its functions, and into those of large
models, so it imports nothing of the package.

References
----------
Philox: Salmon et al., doi:10.1145/2063384.2063405.
xoshiro: Blackman and Vigna, doi:10.1145/3460772.
"""

import numpy as np
from llvmlite import ir
from numba import njit, uint64
from numba.core import types
from numba.extending import intrinsic

CELL = 64
"""Trajectories in a cell: the unit of work, stepped in lockstep."""
STEPS, START = np.uint64(0), np.uint64(1)
"""Purposes of a random stream: increments of the steps, or the draw of the initial state."""

_MANTISSA_SHIFT = np.uint64(12)
_ONE = np.uint64(0x3FF0000000000000)
_SIGN = np.uint64(0x8000000000000000)
_MANTISSA = np.uint64(0x000FFFFFFFFFFFFF)
_EXPONENT_BIAS = np.uint64(0x4330000000000000)
_SWAP_AXES = np.uint64(1 << 10)
"""Bit that turns the angle of a normal pair by a quarter."""
_WORD = np.uint64(0xFFFFFFFF)
_MINUS_TWO_LN2 = -2.0 * float(np.log(2.0))
_HALF_WORD = np.uint64(0x7FFFFFFF)
_A_THIRD = np.uint64(715827883)
"""2³¹/3, rounded: the chance of ±√3, in units of 2⁻³¹."""
_ROOT3 = np.uint64(np.float64((2.0**31 / 715827883) ** 0.5).view(np.uint64))
"""Bits of √3 within 2e-10, such that with this chance the variance is exactly one."""

INNER = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Options of functions that are called from compiled code only: no entry points from Python."""
CACHED = globals().get("CACHE", False)
"""Whether compiled code may be written to disk, in a generated module."""
inlined = njit(forceinline=True, cache=CACHED, **INNER)  # type: ignore[call-overload]


@intrinsic
def as_float(context, bits):
    """The double with these 64 bits."""
    return types.float64(types.uint64), lambda _c, b, _s, a: b.bitcast(a[0], ir.DoubleType())


@intrinsic
def as_bits(context, number):
    """The 64 bits of a double."""
    return types.uint64(types.float64), lambda _c, b, _s, a: b.bitcast(a[0], ir.IntType(64))


@intrinsic
def fma(context, x, y, z):
    """x·y + z, rounded once."""

    def generate(_context, builder, _signature, arguments):
        double = ir.DoubleType()
        kind = ir.FunctionType(double, [double] * 3)
        return builder.call(builder.module.declare_intrinsic("llvm.fma", [double], kind), arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@intrinsic
def square_root(context, x):
    """√x by the processor's instruction."""

    def generate(_context, builder, _signature, arguments):
        return builder.call(
            builder.module.declare_intrinsic("llvm.sqrt", [ir.DoubleType()]), arguments
        )

    return types.float64(types.float64), generate


@inlined
def philox(counter_low, counter_high, key):
    """Philox4x32-10: 128 random bits, as two words, of a 128-bit counter and a 64-bit key."""
    x0, x1 = counter_low & _WORD, counter_low >> uint64(32)
    x2, x3 = counter_high & _WORD, counter_high >> uint64(32)
    k0, k1 = key & _WORD, key >> uint64(32)
    for _ in range(10):
        p0, p1 = uint64(0xD2511F53) * x0, uint64(0xCD9E8D57) * x2
        x0, x1 = (p1 >> uint64(32)) ^ x1 ^ k0, p1 & _WORD
        x2, x3 = (p0 >> uint64(32)) ^ x3 ^ k1, p0 & _WORD
        k0, k1 = (k0 + uint64(0x9E3779B9)) & _WORD, (k1 + uint64(0xBB67AE85)) & _WORD
    return x0 | (x1 << uint64(32)), x2 | (x3 << uint64(32))


@inlined
def xoshiro(s0, s1, s2, s3):
    """xoshiro256+: one output, then the next state of four words."""
    out = s0 + s3
    t = s1 << uint64(17)
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    return out, s0, s1, s2, (s3 << uint64(45)) | (s3 >> uint64(19))


@inlined
def minus_two_log(u):
    """−2 ln u for u in (0, 1], never negative."""
    bits = as_bits(u)
    z = as_float((bits & _MANTISSA) | _ONE) - 1.5
    exponent = as_float((bits >> uint64(52)) | _EXPONENT_BIAS) - (4503599627370496.0 + 1023.0)
    p = fma(0.0017735861548041434, z, -0.002890387592389041)
    p = fma(p, z, 0.003305445886320193)
    p = fma(p, z, -0.005518103942499098)
    p = fma(p, z, 0.009779785454892064)
    p = fma(p, z, -0.016762742078184664)
    p = fma(p, z, 0.029261965936669788)
    p = fma(p, z, -0.052671891980604596)
    p = fma(p, z, 0.09876549091424458)
    p = fma(p, z, -0.19753095892625525)
    p = fma(p, z, 0.4444444439175382)
    p = fma(p, z, -1.3333333324846042)
    p = fma(p, z, -0.8109302162163291)
    return max(fma(exponent, _MINUS_TWO_LN2, p), 0.0)


@inlined
def sine_over_angle(z):
    """sin(πt/2)/t as a function of z = t², |t| ≤ ½."""
    p = fma(0.00015820628792786513, z, -0.004681266248964948)
    p = fma(p, z, 0.07969258272440714)
    p = fma(p, z, -0.6459640961467292)
    return fma(p, z, 1.5707963267880989)


@inlined
def cosine(z):
    """cos(πt/2) as a function of z = t², |t| ≤ ½."""
    p = fma(0.0009036280586426939, z, -0.02086006949632079)
    p = fma(p, z, 0.2536692036544627)
    p = fma(p, z, -1.2337005406331254)
    return fma(p, z, 0.9999999999524891)


@inlined
def normal_pair(a, b):
    """Two independent standard normals from 128 random bits (53-bit Box–Muller; |n| < 8.5).

    The angle is drawn within an eighth of a turn of the first axis; two more bits reflect it into
    the other three quarters.
    """
    radius = square_root(minus_two_log(2.0 - as_float((a >> _MANTISSA_SHIFT) | _ONE)))
    t = as_float((b >> _MANTISSA_SHIFT) | _ONE) - 1.5
    z = t * t
    along = radius * as_float(as_bits(cosine(z)) ^ ((b << uint64(52)) & _SIGN))
    across = radius * (sine_over_angle(z) * t)
    swapped = (b & _SWAP_AXES) != uint64(0)
    return (across, along) if swapped else (along, across)


@inlined
def two_point(bits, first):
    """±1 by one bit of a word, counted from the highest."""
    return as_float(((bits << uint64(first)) & _SIGN) | _ONE)


@inlined
def three_point(bits, first):
    """±√3 with a chance of 1/6 each, else 0, by 32 bits of a word from bit `first` on."""
    half = bits << uint64(first)
    nonzero = ((half >> uint64(32)) & _HALF_WORD) < _A_THIRD
    return as_float((half & _SIGN) | _ROOT3) if nonzero else 0.0


def reseed(G, seed, first_trajectory, chunk, purpose):
    """Set the generators G (cells, 4·CELL) of consecutive trajectories for a chunk of steps."""
    for cell in range(G.shape[0]):
        g = G[cell]
        for lane in range(CELL):
            trajectory = uint64(first_trajectory) + uint64(cell * CELL + lane)
            counter = (uint64(chunk) << uint64(32)) | (uint64(purpose) << uint64(1))
            g[lane], g[CELL + lane] = philox(counter, trajectory, uint64(seed))
            g[2 * CELL + lane], g[3 * CELL + lane] = philox(
                counter | uint64(1), trajectory, uint64(seed)
            )


def fill_normals(G, Z):
    """Fill Z (cells, rows·CELL) with standard normals and advance the generators G.

    A pair of rows shares one draw.
    """
    spare = np.empty(CELL)
    for cell in range(G.shape[0]):
        g, z = G[cell], Z[cell]
        rows = z.shape[0] // CELL
        for row in range(0, rows, 2):
            first = z[row * CELL : (row + 1) * CELL]
            second = z[(row + 1) * CELL : (row + 2) * CELL] if row + 1 < rows else spare
            for lane in range(CELL):
                s0, s1, s2, s3 = g[lane], g[CELL + lane], g[2 * CELL + lane], g[3 * CELL + lane]
                a, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
                b, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
                g[lane], g[CELL + lane], g[2 * CELL + lane], g[3 * CELL + lane] = s0, s1, s2, s3
                first[lane], second[lane] = normal_pair(a, b)
