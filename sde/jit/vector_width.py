"""The widest vectors a processor has, for compiled code. Part of kernel modules: it imports nothing
of the package.
"""

from numba.core import types
from numba.extending import intrinsic


@intrinsic
def prefer_wide_vectors(context):
    """Ask LLVM for 512-bit vectors in the calling function, where numba compiles for a processor
    that has them.

    That is this machine's, unless NUMBA_CPU_NAME or NUMBA_CPU_FEATURES name another.
    """

    def generate(context, builder, _signature, _arguments):
        _, _, features = context.codegen().magic_tuple()
        if "+avx512f" in features.split(","):
            set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate
