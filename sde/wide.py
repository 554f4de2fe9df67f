"""The widest vectors a processor has, for compiled code. Part of kernel modules: it imports nothing of the package."""

import llvmlite.binding as llvm
from numba.core import types
from numba.extending import intrinsic


@intrinsic
def prefer_wide_vectors(context):
    """Ask LLVM for 512-bit vectors in the calling function, where the processor has them."""

    def generate(context, builder, _signature, _arguments):
        if llvm.get_host_cpu_features().get("avx512f"):
            set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate
