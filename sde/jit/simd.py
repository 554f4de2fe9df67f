"""Eight doubles side by side as a type of compiled code, so that loops over lanes need no luck with
the vectoriser.

An array of lanes is a flat array of doubles, eight for each place. Sums and products are rounded
one by one and in the order in which they are written, so that a lane holds the same bits whatever
its neighbours, on any vector width.

This file is compiled as the head of kernel modules, so it imports nothing of the package.
"""

import operator

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic, models, overload, register_model

LANES = 8
"""Parameter points, or equations, side by side."""

_VECTOR, _PAIR = ir.VectorType(ir.DoubleType(), LANES), ir.VectorType(ir.DoubleType(), 2)
_WORD, _NUMBER = ir.IntType(64), ir.IntType(32)

inlined = njit(forceinline=True, error_model="numpy")


class Lanes(types.Type):
    """A double in every lane."""

    def __init__(self):
        super().__init__("Lanes")


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """One vector register, or several."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, _VECTOR)


_lanes = Lanes()


def _pointer(context, builder, kind, array, index, pointed=_VECTOR):
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), pointed.as_pointer())


def _everywhere(builder, x):
    none, first = ir.Constant(_VECTOR, ir.Undefined), ir.Constant(_NUMBER, 0)
    return builder.shuffle_vector(builder.insert_element(none, x, first), none, _mask([0] * LANES))


def _mask(lanes):
    return ir.Constant(ir.VectorType(_NUMBER, len(lanes)), lanes)


def _call(builder, name, arguments):
    kind = ir.FunctionType(_VECTOR, [_VECTOR] * len(arguments))
    return builder.call(
        builder.module.declare_intrinsic(f"llvm.{name}.v{LANES}f64", (), kind), arguments
    )


@intrinsic
def at(_context, array, index):
    """The lanes that begin at an index of an array."""

    def generate(context, builder, signature, arguments):
        return builder.load(_pointer(context, builder, signature.args[0], *arguments), align=8)

    return _lanes(array, types.int64), generate


@intrinsic
def put(_context, array, index, x):
    """Write lanes to an index of an array."""

    def generate(context, builder, signature, arguments):
        builder.store(
            arguments[2], _pointer(context, builder, signature.args[0], *arguments[:2]), align=8
        )
        return context.get_dummy_value()

    return types.void(array, types.int64, _lanes), generate


@intrinsic
def gather(_context, array, rows, stride, offset):
    """In each lane the element of that lane at index row · stride + offset of an array; rows are
    whole numbers.
    """

    def generate(context, builder, signature, arguments):
        _, rows, stride, offset = arguments
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        rows, taken = (
            builder.fptosi(rows, ir.VectorType(_WORD, LANES)),
            ir.Constant(_VECTOR, ir.Undefined),
        )
        for number in range(LANES):
            lane = ir.Constant(_NUMBER, number)
            start = builder.mul(builder.extract_element(rows, lane), stride)
            index = builder.add(builder.add(start, offset), ir.Constant(_WORD, number))
            taken = builder.insert_element(taken, builder.load(builder.gep(data, [index])), lane)
        return taken

    return _lanes(array, _lanes, types.int64, types.int64), generate


@intrinsic
def fill(_context, x):
    """The same number in every lane."""
    return _lanes(types.float64), lambda _c, builder, _s, arguments: _everywhere(
        builder, arguments[0]
    )


@intrinsic
def spread(_context, array, index):
    """The number at an index of an array, in every lane."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments, ir.DoubleType())
        return _everywhere(builder, builder.load(pointer))

    return _lanes(array, types.int64), generate


@intrinsic
def deal(_context, first, second, array, index, stride):
    """Write the pair (first, second) of each lane to the index + lane · stride of an array."""

    def generate(context, builder, signature, arguments):
        first, second, array, index, stride = arguments
        for lane in range(LANES):
            pair = builder.shuffle_vector(first, second, _mask([lane, LANES + lane]))
            start = builder.add(index, builder.mul(stride, ir.Constant(_WORD, lane)))
            builder.store(
                pair, _pointer(context, builder, signature.args[2], array, start, _PAIR), align=8
            )
        return context.get_dummy_value()

    return types.void(_lanes, _lanes, array, types.int64, types.int64), generate


@intrinsic
def fma(_context, x, y, z):
    """z + x·y, rounded once."""
    return _lanes(_lanes, _lanes, _lanes), lambda _c, builder, _s, arguments: _call(
        builder, "fma", arguments
    )


@intrinsic
def less_product(_context, z, x, y):
    """z − x·y, rounded once."""

    def generate(_context, builder, _signature, arguments):
        z, x, y = arguments
        return _call(builder, "fma", [builder.fneg(x), y, z])

    return _lanes(_lanes, _lanes, _lanes), generate


@intrinsic
def magnitude(_context, x):
    """|x|."""
    return _lanes(_lanes), lambda _c, builder, _s, arguments: _call(builder, "fabs", arguments)


@intrinsic
def total(_context, x):
    """The sum of all lanes."""

    def generate(_context, builder, _signature, arguments):
        parts = [
            builder.extract_element(arguments[0], ir.Constant(_NUMBER, lane))
            for lane in range(LANES)
        ]
        while len(parts) > 1:
            parts = [builder.fadd(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0]

    return types.float64(_lanes), generate


def _choice(relation):
    @intrinsic
    def choose(_context, x, y, yes, no):
        def generate(_context, builder, _signature, arguments):
            x, y, yes, no = arguments
            return builder.select(builder.fcmp_ordered(relation, x, y), yes, no)

        return _lanes(_lanes, _lanes, _lanes, _lanes), generate

    return choose


where_equal, where_below, where_at_most = map(_choice, ("==", "<", "<="))
"""(x, y, yes, no): `yes` in the lanes where x stands in this relation to y, `no` in the others and
for NaN.
"""


def _operation(symbol, name):
    @intrinsic
    def apply(_context, x, y):
        return _lanes(_lanes, _lanes), lambda _c, builder, _s, arguments: getattr(builder, name)(
            *arguments
        )

    @overload(symbol)
    def operate(x, y):
        return (lambda x, y: apply(x, y)) if isinstance(x, Lanes) and isinstance(y, Lanes) else None


_operation(operator.add, "fadd")
_operation(operator.sub, "fsub")
_operation(operator.mul, "fmul")
_operation(operator.truediv, "fdiv")


@intrinsic
def foresee(_context, array, index):
    """Fetch the cache line of an index of an array, to be written soon."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments, ir.IntType(8))
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, _NUMBER, _NUMBER, _NUMBER])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], kind)
        builder.call(prefetch, [pointer, _NUMBER(1), _NUMBER(3), _NUMBER(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@intrinsic
def stand_alone(context):
    """Keep LLVM from copying the calling function into its callers: that would multiply the time to
    compile.
    """

    def generate(context, builder, _signature, _arguments):
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate


@njit
def room(places):
    """An array of lanes, all zero, that begins on a boundary of 64 bytes, so that no load crosses
    one.
    """
    longer = np.zeros((places + 1) * LANES)
    first = (-(longer.ctypes.data // 8)) % LANES
    return longer[first : first + places * LANES]


@inlined
def two_sum(a, b):
    """a + b rounded, and what rounding took away."""
    whole = a + b
    part = whole - a
    return whole, (a - (whole - part)) + (b - part)


@njit
def load(matrices, first, size, X):
    """The matrices from `first` on, one in each lane of X (size); the last one again where there
    are no more.
    """
    last = len(matrices) // size - 1
    for lane in range(LANES):
        start = min(first + lane, last) * size
        for e in range(size):
            X[e * LANES + lane] = matrices[start + e]
