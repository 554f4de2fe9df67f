"""Eight doubles side by side as a type of compiled code, so that loops over lanes need no luck with the vectoriser.

Every operation is rounded lane by lane, as its scalar twin: the same bits for any vector width of the processor.
This file is compiled inside kernel modules, so it imports nothing of the package.
"""

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

LANES = 8

inlined = njit(forceinline=True, error_model="numpy")
_DOUBLES, _PAIR = ir.VectorType(ir.DoubleType(), LANES), ir.VectorType(ir.DoubleType(), 2)


class Lanes(types.Type):
    """The type of eight doubles."""

    def __init__(self):
        super().__init__(name="Lanes")


lanes = Lanes()


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """Held as one vector."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, _DOUBLES)


def _pointer(context, builder, kind, array, place, vector):
    """Where `vector` begins in a flat array of doubles."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [place]), vector.as_pointer())


def _everywhere(builder, value):
    first = builder.insert_element(ir.Constant(_DOUBLES, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, first, _mask([0] * LANES))


def _mask(places):
    return ir.Constant(ir.VectorType(ir.IntType(32), len(places)), list(places))


@intrinsic
def load(context, array, place):
    """The eight doubles of a flat array from a place on."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments, _DOUBLES)
        return builder.load(pointer, align=8)

    return lanes(array, types.int64), generate


@intrinsic
def store(context, array, place, values):
    """Write eight doubles into a flat array from a place on."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments[:2], _DOUBLES)
        builder.store(arguments[2], pointer, align=8)
        return context.get_dummy_value()

    return types.void(array, types.int64, lanes), generate


@intrinsic
def splat(context, value):
    """The same double in every lane."""
    return lanes(types.float64), lambda _c, builder, _s, arguments: _everywhere(builder, arguments[0])


@intrinsic
def spread(context, array, place):
    """The double at a place of a flat array, in every lane."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments, ir.DoubleType())
        return _everywhere(builder, builder.load(pointer))

    return lanes(array, types.int64), generate


@intrinsic
def fused(context, x, y, z):
    """x·y + z, rounded once."""

    def generate(_context, builder, _signature, arguments):
        kind = ir.FunctionType(_DOUBLES, [_DOUBLES] * 3)
        name = f"llvm.fma.v{LANES}f64"
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), arguments)

    return lanes(lanes, lanes, lanes), generate


@intrinsic
def plus(context, x, y):
    """x + y."""
    return lanes(lanes, lanes), lambda _c, builder, _s, arguments: builder.fadd(*arguments)


@intrinsic
def times(context, x, y):
    """x·y."""
    return lanes(lanes, lanes), lambda _c, builder, _s, arguments: builder.fmul(*arguments)


@intrinsic
def where_positive(context, x, y, z):
    """y in lanes where x > 0, else z."""

    def generate(_context, builder, _signature, arguments):
        x, y, z = arguments
        return builder.select(builder.fcmp_ordered(">", x, ir.Constant(_DOUBLES, [0.0] * LANES)), y, z)

    return lanes(lanes, lanes, lanes), generate


@intrinsic
def deal(context, first, second, array, place, stride):
    """Write the pair (first, second) of lane l into a flat array from place + l · stride on."""

    def generate(context, builder, signature, arguments):
        first, second, array, place, stride = arguments
        for lane in range(LANES):
            pair = builder.shuffle_vector(first, second, _mask([lane, LANES + lane]))
            at = builder.add(place, builder.mul(stride, ir.Constant(ir.IntType(64), lane)))
            builder.store(pair, _pointer(context, builder, signature.args[2], array, at, _PAIR), align=8)
        return context.get_dummy_value()

    return types.void(lanes, lanes, array, types.int64, types.int64), generate


@intrinsic
def foresee(context, array, place):
    """Fetch the cache line of a place of a flat array, to be written soon."""

    def generate(context, builder, signature, arguments):
        word = ir.IntType(32)
        pointer = _pointer(context, builder, signature.args[0], *arguments, ir.IntType(8))
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, word, word, word])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], kind)
        builder.call(prefetch, [pointer, word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@intrinsic
def prefer_wide_vectors(context):
    """Ask LLVM for 512-bit vectors in the calling function, where the processor has them."""

    def generate(context, builder, _signature, _arguments):
        if llvm.get_host_cpu_features().get("avx512f"):
            set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def stand_alone(context):
    """Keep LLVM from copying the calling function into its callers: that would multiply the time to compile."""

    def generate(context, builder, _signature, _arguments):
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate


@inlined
def aligned(count):
    """Zeros that begin at a multiple of 64 bytes, so that no vector straddles two cache lines."""
    room = np.zeros(count + LANES)
    first = (room.ctypes.data // 8) % LANES
    return room[(LANES - first) % LANES :]
