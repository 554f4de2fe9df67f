"""Trajectories in XMDS2: C++ that it writes and compiles from an XML script, one MPI rank per core.

Two layouts: blocks of trajectories along a dimension, over which its loops vectorise (the fastest
there is), and a path per trajectory (the textbook form). Semi-implicit algorithm with one
iteration, which is the Euler step, and SOLIRTE normals. Its own time of the simulation counts,
without compilation, start and output.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from .. import workloads
from ..race import Engine, MissingError, Run, Shot
from ..workloads import STEP, STEPS, THREADS, TIMES, TRAJECTORIES, Moments

BLOCK = 250
BEST, TEXTBOOK = f"XMDS2, blocks of {BLOCK}", "XMDS2, textbook"
STATE = ("xa", "ya", "xb", "yb", "q", "p")
PAIRS = [(i, j) for i in range(6) for j in range(i, 6)]
NAMES = [f"m{i}" for i in range(6)] + [f"c{i}{j}" for i, j in PAIRS]
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

SCRIPT = """<?xml version="1.0" encoding="UTF-8"?>
<simulation xmds-version="2">
  <name>w1</name>
  <geometry><propagation_dimension>t</propagation_dimension>{dimension}</geometry>
  <driver name="mpi-multi-path" paths="{paths}"/>
  <features><auto_vectorise/><benchmark/><validation kind="none"/>
    <globals><![CDATA[ const real {constants}; ]]></globals></features>
  <noise_vector name="noise" kind="wiener" type="real" {along} method="solirte" seed="314 159 276">
    <components>n1 n2 n3 n4 n5</components></noise_vector>
  <vector name="main" type="real" {along}><components>{state}</components>
    <initialisation><![CDATA[ xa=0; ya=0; xb=0; yb=0; q=0; p=0; ]]></initialisation></vector>
  <sequence><integrate algorithm="SI" iterations="1" interval="{interval}" steps="{steps}">
    <samples>{times}</samples>
    <operators><integration_vectors>main</integration_vectors><dependencies>noise</dependencies><![CDATA[
      const real d1 = DELTA_1 - COUPLING*q, d2 = DELTA_2 - COUPLING*q;
      dxa_dt = -KAPPA*xa + d1*ya + EXCHANGE*yb + PUSH + LIGHT_NOISE*n1;
      dya_dt = -KAPPA*ya - d1*xa - EXCHANGE*xb + LIGHT_NOISE*n2;
      dxb_dt = -KAPPA*xb + d2*yb + EXCHANGE*ya + LIGHT_NOISE*n3;
      dyb_dt = -KAPPA*yb - d2*xb - EXCHANGE*xa + LIGHT_NOISE*n4;
      dq_dt = OMEGA*p;
      dp_dt = -OMEGA*q - FRICTION*p + COUPLING*(0.5*(xa*xa + ya*ya + xb*xb + yb*yb) - 1.0)
        + FORCE_NOISE*n5;
    ]]></operators></integrate></sequence>
  <output format="hdf5"><sampling_group {basis} initial_sample="no"><moments>{names}</moments>
    <dependencies>main</dependencies><![CDATA[ {samples} ]]></sampling_group></output>
</simulation>
"""
CONSTANTS = (
    *("OMEGA", "KAPPA", "DELTA_1", "DELTA_2", "EXCHANGE", "COUPLING"),
    *("FRICTION", "PUSH", "LIGHT_NOISE", "FORCE_NOISE"),
)


def engines() -> list[Engine]:
    """Both layouts."""
    return [Engine(BEST, partial(_open, BLOCK)), Engine(TEXTBOOK, partial(_open, 1))]


def script(block: int) -> str:
    """The XML script for blocks of `block` trajectories."""
    blocks = block > 1
    lattice = f'<dimension name="j" type="integer" lattice="{block}" domain="(1,{block})"/>'
    mean = "/_lattice_j" if blocks else ""
    samples = [f"m{i} = {name}{mean};" for i, name in enumerate(STATE)]
    samples += [f"c{i}{j} = {STATE[i]}*{STATE[j]}{mean};" for i, j in PAIRS]
    return SCRIPT.format(
        dimension=f"<transverse_dimensions>{lattice}</transverse_dimensions>" if blocks else "",
        along='dimensions="j"' if blocks else 'dimensions=""',
        basis='basis="j(0)"' if blocks else "",
        paths=TRAJECTORIES // block,
        constants=", ".join(f"{name}={getattr(workloads, name)!r}" for name in CONSTANTS),
        state=" ".join(STATE),
        interval=STEPS * STEP,
        steps=STEPS,
        times=TIMES,
        names=" ".join(NAMES),
        samples="\n".join(samples),
    )


def _open(block: int, stack: ExitStack) -> Run:
    if not (shutil.which("xmds2") and shutil.which("mpirun")):
        raise MissingError("apt-get install xmds2")
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    (folder / "w1.xmds").write_text(script(block), encoding="utf-8")
    _call(["xmds2", "w1.xmds"], folder)

    def run() -> Shot:
        said = _call(["mpirun", "--oversubscribe", "-n", str(THREADS), "./w1"], folder)
        seconds = float(re.findall(r"Time elapsed for simulation is: ([\d.]+)", said)[-1])
        return Shot(seconds, TRAJECTORIES * STEPS, _moments(folder / "w1.h5"))

    return run


def _call(command: list[str], folder: Path) -> str:
    finished = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **AS_ROOT},
        capture_output=True,
        text=True,
        check=False,
    )
    said = finished.stdout + finished.stderr
    if finished.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {said[-2000:]}")
    return said


def _moments(path: Path) -> Moments:
    with h5py.File(path) as file:
        group = file["1"]
        columns = [
            group[f"mean_{name}" if f"mean_{name}" in group else name][...].ravel()[-TIMES:]
            for name in NAMES
        ]
    products = np.empty((TIMES, 6, 6))
    for column, (i, j) in zip(columns[6:], PAIRS, strict=True):
        products[:, i, j] = products[:, j, i] = column
    return Moments.of_sums(
        TRAJECTORIES * np.array(columns[:6]).T, TRAJECTORIES * products, TRAJECTORIES
    )
