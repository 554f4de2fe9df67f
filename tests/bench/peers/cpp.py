"""Trajectories in hand-written C++ (w1.cpp), compiled for this machine when asked for."""

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

VARIANTS = {"gaussian": "C++, 53-bit Box–Muller", "two-point": "C++, two-point"}
GAUSSIAN, TWO_POINT = VARIANTS.values()
NUMBERS = (
    *("OMEGA", "KAPPA", "DELTA_1", "DELTA_2", "EXCHANGE", "COUPLING", "FRICTION", "PUSH", "LIGHT_NOISE", "FORCE_NOISE"),
    *("TRAJECTORIES", "STEPS", "STEP", "TIMES"),
)
"""Names of the workload that the source takes as macros."""
NEEDED_FLAGS = {"avx512f", "avx512dq"}
OPTIONS = ("-O3", "-march=native", "-mprefer-vector-width=512", "-std=c++17", "-fopenmp")


def engines() -> list[Engine]:
    """Gaussian and two-point noise."""
    return [Engine(name, partial(_open, variant)) for variant, name in VARIANTS.items()]


def _open(variant: str, stack: ExitStack) -> Run:
    return start([str(program()), variant, str(workloads.THREADS)], stack)


@cache
def program() -> Path:
    """The compiled source, in a folder that goes when this process ends. MissingError without AVX-512 or compiler."""
    if not cpu_flags() >= NEEDED_FLAGS:
        raise MissingError("its intrinsics need a processor with AVX-512")
    if not shutil.which("g++"):
        raise MissingError("apt-get install g++")
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    macros = [f"-D{name}={getattr(workloads, name)!r}" for name in NUMBERS]
    command = ["g++", *OPTIONS, *macros, str(Path(__file__).with_name("w1.cpp")), "-o", str(folder / "w1")]
    subprocess.run(command, check=True)
    return folder / "w1"
