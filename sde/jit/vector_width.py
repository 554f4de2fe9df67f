"""512-bit vectors in compiled code, on processors that have them (AVX-512).

Pasted at the head of generated modules, so it imports nothing of the package.
"""

from numba.core import types
from numba.extending import intrinsic


@intrinsic
def prefer_512_bit_vectors(context):
    """Let LLVM use 512-bit vectors in the calling function, if the target has AVX-512.

    LLVM's default is 256 bits. The target is this machine, unless NUMBA_CPU_NAME or
    NUMBA_CPU_FEATURES name another.
    """

    def generate(context, builder, _signature, _arguments):
        _, _, features = context.codegen().magic_tuple()
        if "+avx512f" in features.split(","):
            set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), generate
