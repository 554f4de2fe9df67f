"""The package on 256-bit vectors, on a processor with 512-bit vectors.

python -m tests.bench.peers.ours_narrow gaussian|two-point FILE
"""

from __future__ import annotations

import sys

from .. import ours
from ..machine import vector_bits
from ..race import Engine
from ..worker import python_engine, serve

VARIANTS = {
    "gaussian": f"{ours.RAW}, 256-bit vectors",
    "two-point": f"{ours.TWO_POINT}, 256-bit vectors",
}
GAUSSIAN, TWO_POINT = VARIANTS.values()
PROCESSOR = {
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+sse4.2,+avx,+avx2,+fma,+bmi,+bmi2,+f16c,+lzcnt,+popcnt,+movbe",
}
"""The first with AVX2 and FMA."""


def engines() -> list[Engine]:
    """Gaussian and two-point increments; none where 256 bits are what the package uses anyway."""
    if vector_bits() != 512:
        return []
    return [
        python_engine(name, "ours_narrow", increments, library="numba", environment=PROCESSOR)
        for increments, name in VARIANTS.items()
    ]


if __name__ == "__main__":
    model = ours.resonator()
    serve(lambda: ours.moments(ours.run(model, twin=False, increments=sys.argv[1])))
