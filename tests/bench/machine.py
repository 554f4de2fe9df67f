"""The machine that the numbers are of: processor, compiler, versions."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .race import MissingError
from .worker import interpreter_with

LIBRARIES = ("numpy", "scipy", "numba")
PEERS = ("jax", "diffrax")
CORES = os.cpu_count() or 1
MOMENT = 0.5
"""Seconds."""


def cpu_flags() -> frozenset[str]:
    """The feature flags of the processor on Linux; empty elsewhere."""
    return frozenset(_cpu_field("flags").split())


def describe() -> list[str]:
    """Lines that name processor, compiler and versions."""
    model = _cpu_field("model name") or platform.processor() or platform.machine()
    versions = [f"{name} {_version(name)}" for name in LIBRARIES]
    versions += [f"{name} {_peer_version(name)}" for name in PEERS]
    return [
        f"{model}, {CORES} cores ({busy_cores():.1f} busy with other work at the start), "
        f"vectors of {vector_bits()} bits; {platform.system()} {platform.machine()}",
        f"Python {platform.python_version()}, {', '.join(versions)}",
        f"{_first_line('g++', '--version')}; {_first_line('xmds2', '--version')}",
    ]


def vector_bits() -> int:
    """Width of the widest vector registers, as far as the flags tell."""
    flags = cpu_flags()
    return 512 if "avx512f" in flags else 256 if "avx2" in flags else 128


def busy_cores() -> float:
    """Number of cores that other processes use, measured while this one sleeps; 0 if unknown."""
    before = _idle_seconds()
    time.sleep(MOMENT)
    return max(0.0, CORES - (_idle_seconds() - before) / MOMENT) if before else 0.0


def _idle_seconds() -> float:
    """Seconds that the cores of this machine have idled since it started, all together."""
    path = Path("/proc/uptime")
    return float(path.read_text(encoding="utf-8").split()[1]) if path.exists() else 0.0


def _cpu_field(name: str) -> str:
    """The first value of a field of /proc/cpuinfo, empty where there is none."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "absent"


def _peer_version(library: str) -> str:
    try:
        python = interpreter_with(library)
    except MissingError:
        return "absent"
    if python == sys.executable:
        return _version(library)
    query = f"from importlib.metadata import version; print(version({library!r}))"
    return subprocess.run(
        [python, "-c", query], capture_output=True, text=True, check=True
    ).stdout.strip()


def _first_line(program: str, option: str) -> str:
    if not shutil.which(program):
        return f"no {program}"
    return subprocess.run(
        [program, option], capture_output=True, text=True, check=False
    ).stdout.splitlines()[0]
