"""Vectors of eight doubles as a type of compiled code (explicit SIMD).

Loops over lanes then do not depend on auto-vectorisation. An array of lanes is a flat array of
doubles, eight for each number. Sums and products are rounded one by one in the order in which they
are written, so the bits of a lane depend neither on the other lanes nor on the vector width.

Pasted at the head of generated modules, so it imports nothing of the package.
"""

import operator

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

LANES = 8
"""Doubles in a vector: parameter points, or equations, computed at the same time."""

_VECTOR = ir.VectorType(ir.DoubleType(), LANES)
_PAIR = ir.VectorType(ir.DoubleType(), 2)
_WORD = ir.IntType(64)
_NUMBER = ir.IntType(32)

INNER = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Options of functions that are called from compiled code only: no entry points from Python."""
inlined = njit(forceinline=True, **INNER)  # type: ignore[call-overload]
separate = njit(**INNER)  # type: ignore[call-overload]
"""Decorator of functions that LLVM may inline or not."""


class Lanes(types.Type):
    """Type of a vector of `LANES` doubles."""

    def __init__(self):
        super().__init__("Lanes")


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """LLVM representation: one vector register, or several."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, _VECTOR)


_lanes = Lanes()


def _data(context, builder, kind, array):
    if isinstance(kind, types.CPointer):
        return array
    # one instruction: the helper `make_array` copies the array's descriptor to the stack first
    return builder.extract_value(array, context.data_model_manager[kind].get_field_position("data"))


def _pointer(context, builder, kind, array, index, pointed=_VECTOR):
    data = _data(context, builder, kind, array)
    return builder.bitcast(builder.gep(data, [index]), pointed.as_pointer())


def _broadcast(builder, x):
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
    """Load: the vector array[index : index + LANES]."""

    def generate(context, builder, signature, arguments):
        return builder.load(_pointer(context, builder, signature.args[0], *arguments), align=8)

    return _lanes(array, types.int64), generate


@intrinsic
def put(_context, array, index, x):
    """Store: array[index : index + LANES] = x."""

    def generate(context, builder, signature, arguments):
        builder.store(
            arguments[2], _pointer(context, builder, signature.args[0], *arguments[:2]), align=8
        )
        return context.get_dummy_value()

    return types.void(array, types.int64, _lanes), generate


@intrinsic
def gather(_context, array, rows, stride, offset):
    """Load in lane l the element array[rows[l] · stride + offset + l]; rows are whole numbers."""

    def generate(context, builder, signature, arguments):
        array, rows, stride, offset = arguments
        data = _data(context, builder, signature.args[0], array)
        rows = builder.fptosi(rows, ir.VectorType(_WORD, LANES))
        taken = ir.Constant(_VECTOR, ir.Undefined)
        for number in range(LANES):
            lane = ir.Constant(_NUMBER, number)
            start = builder.mul(builder.extract_element(rows, lane), stride)
            index = builder.add(builder.add(start, offset), ir.Constant(_WORD, number))
            taken = builder.insert_element(taken, builder.load(builder.gep(data, [index])), lane)
        return taken

    return _lanes(array, _lanes, types.int64, types.int64), generate


@intrinsic
def fill(_context, x):
    """The vector with the number x in every lane."""
    return _lanes(types.float64), lambda _c, builder, _s, arguments: _broadcast(
        builder, arguments[0]
    )


@intrinsic
def broadcast(_context, array, index):
    """The vector with array[index] in every lane."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments, ir.DoubleType())
        return _broadcast(builder, builder.load(pointer))

    return _lanes(array, types.int64), generate


@intrinsic
def pointer(_context, array):
    """The address of array[0]. Passing it on counts no references; the array must stay in use."""

    def generate(context, builder, signature, arguments):
        return _data(context, builder, signature.args[0], arguments[0])

    return types.CPointer(array.dtype)(array), generate


@intrinsic
def element(_context, array, index):
    """The whole number array[index], without the check for a negative index."""

    def generate(context, builder, signature, arguments):
        return builder.load(_pointer(context, builder, signature.args[0], *arguments, _WORD))

    return types.int64(array, types.int64), generate


@intrinsic
def scatter_pairs(_context, first, second, array, index, stride):
    """Store the pair (first, second) of each lane l at array[index + l · stride]."""

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
    """x·y + z, rounded once, of vectors per lane or of numbers."""
    kind = _lanes if isinstance(x, Lanes) else types.float64

    def generate(_context, builder, _signature, arguments):
        if kind is _lanes:
            return _call(builder, "fma", arguments)
        called = ir.FunctionType(ir.DoubleType(), [ir.DoubleType()] * 3)
        return builder.call(builder.module.declare_intrinsic("llvm.fma.f64", (), called), arguments)

    return kind(kind, kind, kind), generate


@intrinsic
def less_product(_context, z, x, y):
    """z − x·y per lane, rounded once."""

    def generate(_context, builder, _signature, arguments):
        z, x, y = arguments
        return _call(builder, "fma", [builder.fneg(x), y, z])

    return _lanes(_lanes, _lanes, _lanes), generate


@intrinsic
def magnitude(_context, x):
    """|x| per lane."""
    return _lanes(_lanes), lambda _c, builder, _s, arguments: _call(builder, "fabs", arguments)


@intrinsic
def total(_context, x):
    """Sum of all lanes, pairwise."""

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
"""Arguments (x, y, yes, no): `yes` in lanes where the relation between x and y holds, else `no`.

Lanes with NaN get `no`.
"""


def _operation(symbol, name):
    @type_callable(symbol)
    def _typer(_context):
        return lambda x, y: _lanes if isinstance(x, Lanes) and isinstance(y, Lanes) else None

    @lower_builtin(symbol, Lanes, Lanes)
    def _operate(_context, builder, _signature, arguments):
        return getattr(builder, name)(*arguments)


_operation(operator.add, "fadd")
_operation(operator.sub, "fsub")
_operation(operator.mul, "fmul")
_operation(operator.truediv, "fdiv")


@intrinsic
def prefetch_for_write(_context, array, index):
    """Fetch the cache line of array[index], which is written soon."""

    def generate(context, builder, signature, arguments):
        pointer = _pointer(context, builder, signature.args[0], *arguments, ir.IntType(8))
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, _NUMBER, _NUMBER, _NUMBER])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], kind)
        builder.call(prefetch, [pointer, _NUMBER(1), _NUMBER(3), _NUMBER(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@intrinsic
def never_inline(context):
    """Keep LLVM from inlining the calling function, which would multiply the compile time."""

    def generate(context, builder, _signature, _arguments):
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate


@separate
def aligned_zeros(count):
    """Zeros (count·LANES,) that begin at a cache line, a multiple of 64 bytes."""
    longer = np.zeros((count + 1) * LANES)
    first = (-(longer.ctypes.data // 8)) % LANES
    return longer[first : first + count * LANES]


@intrinsic
def two_sum(_context, a, b):
    """a + b per lane rounded, and its rounding error (exact)."""

    def generate(context, builder, signature, arguments):
        a, b = arguments
        whole = builder.fadd(a, b)
        part = builder.fsub(whole, a)
        lost = builder.fadd(builder.fsub(a, builder.fsub(whole, part)), builder.fsub(b, part))
        return context.make_tuple(builder, signature.return_type, (whole, lost))

    return types.UniTuple(_lanes, 2)(_lanes, _lanes), generate


@separate
def load(matrices, first, size, X):
    """Load matrices first, first + 1, … of `size` numbers into the lanes of X (size·LANES,).

    Lanes beyond the last matrix repeat it.
    """
    last = len(matrices) // size - 1
    for lane in range(LANES):
        start = min(first + lane, last) * size
        for e in range(size):
            X[e * LANES + lane] = matrices[start + e]
