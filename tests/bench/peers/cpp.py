"""Trajectories in hand-written C++ (w1.cpp), compiled for this machine when needed."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

from .. import workloads
from ..machine import cpu_flags
from ..race import Engine, MissingError, Run
from ..worker import start

VARIANTS = {"gaussian": "53-bit Box–Muller", "two-point": "two-point"}
WIDTHS = {512: "C++ AVX-512", 256: "C++ AVX2"}
"""Bits of the vectors."""
NEEDED_FLAGS = {512: {"avx512f", "avx512dq"}, 256: {"avx2", "fma"}}
OPTIONS = {
    512: ("-march=native", "-mprefer-vector-width=512"),
    256: ("-march=haswell", "-mtune=native"),
}


def name(bits: int, variant: str) -> str:
    """The engine's name."""
    return f"{WIDTHS[bits]}, {VARIANTS[variant]}"


WIDEST = max((bits for bits in WIDTHS if cpu_flags() >= NEEDED_FLAGS[bits]), default=256)
"""Bits of the widest vectors that this processor has, and the source is written for."""
GAUSSIAN, TWO_POINT = (name(WIDEST, variant) for variant in VARIANTS)
NUMBERS = (
    *(
        "OMEGA",
        "KAPPA",
        "DELTA_1",
        "DELTA_2",
        "EXCHANGE",
        "COUPLING",
        "FRICTION",
        "PUSH",
        "LIGHT_NOISE",
        "FORCE_NOISE",
    ),
    *("TRAJECTORIES", "STEPS", "STEP", "TIMES"),
)
"""Names of the workload that the source takes as macros."""


def engines() -> list[Engine]:
    """Gaussian and two-point noise, with vectors of either width."""
    return [
        Engine(name(bits, variant), partial(_open, bits, variant))
        for bits in WIDTHS
        for variant in VARIANTS
    ]


def _open(bits: int, variant: str, stack: ExitStack) -> Run:
    return start([str(program(bits)), variant, str(workloads.THREADS)], stack)


@cache
def program(bits: int) -> Path:
    """The compiled source, in a folder that is removed when this process ends.

    Raises MissingError without the vector instructions or the compiler.
    """
    if not cpu_flags() >= NEEDED_FLAGS[bits]:
        raise MissingError(
            f"it needs a processor with {' and '.join(sorted(NEEDED_FLAGS[bits])).upper()}"
        )
    if not shutil.which("g++"):
        raise MissingError("apt-get install g++")
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    numbers = {each: getattr(workloads, each) for each in NUMBERS} | {"BITS": bits}
    macros = [f"-D{each}={value!r}" for each, value in numbers.items()]
    source = str(Path(__file__).with_name("w1.cpp"))
    options = ("-O3", "-std=c++17", "-fopenmp", *OPTIONS[bits])
    subprocess.run(["g++", *options, *macros, source, "-o", str(folder / "w1")], check=True)
    return folder / "w1"
