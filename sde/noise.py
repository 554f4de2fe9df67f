"""Counter-based random numbers: (seed, trajectory, chunk of steps) → increments, the same for any threads or blocks.

Philox4x32-10 keyed by the run's seed turns (trajectory, chunk, purpose) into the state of one xoshiro256++ generator;
two of its outputs give two independent standard normals by Box–Muller: the cosine serves one step, the sine the next.
Logarithm, sine and cosine are Chebyshev interpolants (absolute error below 1e-11), so that lanes vectorise.

This file is compiled inside every kernel module, so it imports nothing of the package.
Philox: Salmon et al., doi:10.1145/2063384.2063405. xoshiro: Blackman and Vigna, doi:10.1145/3460772.
"""

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit, uint64
from numba.core import types
from numba.extending import intrinsic

LANES = 64
"""Trajectories in a cell."""
STEPS, START = np.uint64(0), np.uint64(1)
"""Purposes of a stream: increments of steps, or the draw of the initial state."""

_MANTISSA_SHIFT, _ONE, _SIGN = np.uint64(12), np.uint64(0x3FF0000000000000), np.uint64(0x8000000000000000)
_MANTISSA, _EXPONENT_BIAS = np.uint64(0x000FFFFFFFFFFFFF), np.uint64(0x4330000000000000)
_WORD = np.uint64(0xFFFFFFFF)
_MINUS_TWO_LN2 = -2.0 * float(np.log(2.0))

inlined = njit(forceinline=True, error_model="numpy")


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
    """√x as one instruction."""

    def generate(_context, builder, _signature, arguments):
        return builder.call(builder.module.declare_intrinsic("llvm.sqrt", [ir.DoubleType()]), arguments)

    return types.float64(types.float64), generate


@intrinsic
def prefer_wide_vectors(context):
    """Ask LLVM for 512-bit vectors in the calling function, where the processor has them."""

    def generate(context, builder, _signature, _arguments):
        if llvm.get_host_cpu_features().get("avx512f"):
            set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate


@inlined
def philox(counter_low, counter_high, key):
    """Philox4x32-10: 128 bits, as two words, from a 128-bit counter and a 64-bit key."""
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
def rotate(x, count):
    """The bits of x turned left."""
    return (x << uint64(count)) | (x >> uint64(64 - count))


@inlined
def xoshiro(s0, s1, s2, s3):
    """xoshiro256++: one output and the next state."""
    out = rotate(s0 + s3, 23) + s0
    t = s1 << uint64(17)
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    return out, s0, s1, s2, rotate(s3, 45)


@inlined
def minus_two_log(u):
    """−2 ln u for u in (0, 1], never negative."""
    bits = as_bits(u)
    z = as_float((bits & _MANTISSA) | _ONE) - 1.5
    exponent = as_float((bits >> uint64(52)) | _EXPONENT_BIAS) - (4503599627370496.0 + 1023.0)
    p = fma(-0.001123273212994848, z, 0.0018183112676654542)
    p = fma(p, z, -0.001979519396887296)
    p = fma(p, z, 0.0032719737500883656)
    p = fma(p, z, -0.005802081530938656)
    p = fma(p, z, 0.009789174929859914)
    p = fma(p, z, -0.016720267360268184)
    p = fma(p, z, 0.0292607527441565)
    p = fma(p, z, -0.052674978061013934)
    p = fma(p, z, 0.09876556170328449)
    p = fma(p, z, -0.1975308629254938)
    p = fma(p, z, 0.44444444240901565)
    p = fma(p, z, -1.333333333336591)
    p = fma(p, z, -0.8109302162111313)
    return max(fma(exponent, _MINUS_TWO_LN2, p), 0.0)


@inlined
def sine_over_angle(z):
    """sin(πt)/t as a function of z = t², |t| ≤ ½."""
    p = fma(0.0004474973039967673, z, -0.007364009390585127)
    p = fma(p, z, 0.0821447957818496)
    p = fma(p, z, -0.5992644340828)
    p = fma(p, z, 2.5501640359157465)
    p = fma(p, z, -5.16771277998817)
    return fma(p, z, 3.141592653589636)


@inlined
def cosine(z):
    """cos(πt) as a function of z = t², |t| ≤ ½."""
    p = fma(0.0018399903949882304, z, -0.025776317139388986)
    p = fma(p, z, 0.2353254367875966)
    p = fma(p, z, -1.3352623152877476)
    p = fma(p, z, 4.058712107539018)
    p = fma(p, z, -4.9348022002498855)
    return fma(p, z, 0.9999999999992482)


@inlined
def normal_pair(a, b):
    """Two independent standard normals from 128 random bits (53-bit Box–Muller; |n| < 8.5)."""
    radius = square_root(minus_two_log(2.0 - as_float((a >> _MANTISSA_SHIFT) | _ONE)))
    t = as_float((b >> _MANTISSA_SHIFT) | _ONE) - 1.5
    z = t * t
    half_turn = (b << uint64(60)) & _SIGN
    return radius * as_float(as_bits(cosine(z)) ^ half_turn), radius * (sine_over_angle(z) * t)


def reseed(G, seed, first_trajectory, chunk, purpose):
    """Fill the generators G (cells, 4·LANES) of consecutive trajectories for one chunk of steps."""
    for cell in range(G.shape[0]):
        g = G[cell]
        for lane in range(LANES):
            trajectory = uint64(first_trajectory) + uint64(cell * LANES + lane)
            place = (uint64(chunk) << uint64(32)) | (uint64(purpose) << uint64(1))
            g[lane], g[LANES + lane] = philox(place, trajectory, uint64(seed))
            g[2 * LANES + lane], g[3 * LANES + lane] = philox(place | uint64(1), trajectory, uint64(seed))


def fill_normals(G, Z):
    """Fill Z (cells, rows·LANES) with standard normals, row pairs sharing one draw; advances the generators."""
    for cell in range(G.shape[0]):
        g, z = G[cell], Z[cell]
        rows = z.shape[0] // LANES
        for row in range(0, rows, 2):
            for lane in range(LANES):
                s0, s1, s2, s3 = g[lane], g[LANES + lane], g[2 * LANES + lane], g[3 * LANES + lane]
                a, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
                b, s0, s1, s2, s3 = xoshiro(s0, s1, s2, s3)
                g[lane], g[LANES + lane], g[2 * LANES + lane], g[3 * LANES + lane] = s0, s1, s2, s3
                first, second = normal_pair(a, b)
                z[row * LANES + lane] = first
                if row + 1 < rows:
                    z[(row + 1) * LANES + lane] = second
