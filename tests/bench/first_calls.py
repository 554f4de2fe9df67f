"""Seconds of the first call on a new small model in a fresh process, without imports.

Each call is made first in a process of its own: with an empty cache folder, where kernels are
compiled, and again with that folder, where they are loaded.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from .report import Table
from .worker import ROOT

CALLS = {
    "steady_state": "ql.steady_state(model)",
    "attractor": "ql.attractor(model)",
    "propagate_moments": "ql.propagate_moments(model, duration=1e-5, samples=100)",
    "simulate": (
        "ql.simulate(model, trajectories=256, duration=1e-6, step=1e-9, samples=10, seed=1)"
    ),
}
SCRIPT = """
import os
import time
import numba, numpy, xarray
import qlangevin as ql
from qlangevin import steady
from qlangevin.sde import ensemble, terms
from qlangevin import analysis

# xarray imports dask and pint, where they are installed, at its first use
xarray.Dataset({{"x": ("x", numpy.zeros(1))}})
model = ql.Model.build(
    ["a", "m"],
    [
        terms.detune("a", 1e6),
        terms.detune("m", 1e6),
        terms.press("a", "m", 50.0),
        terms.kerr("a", 0.1),
        terms.lose("a", "fibre", amplitude_rate=5e5),
        terms.lose("m", "bath", energy_rate=1e3, occupation=10),
        terms.drive("a", 1e7),
    ],
)
began = time.perf_counter(), sum(os.times()[:4])
{call}
print(time.perf_counter() - began[0], sum(os.times()[:4]) - began[1])
"""
"""A Kerr cavity that presses on an oscillator. Prints seconds, and CPU seconds of this process."""


def measure(rounds: int) -> Table:
    """The fastest of `rounds` processes, with nothing in the cache and with everything."""
    rows = []
    for name, call in CALLS.items():
        pairs = [_cold_and_warm(call) for _ in range(rounds)]
        best = [min(pair[kind] for pair in pairs) for kind in (0, 1)]
        cells = (f"{value:.2f}" for seconds in best for value in seconds)
        rows.append([name, *cells])
    columns = ["first call", "cold, s", "CPU s", "warm, s", "CPU s"]
    return Table("First call on a new small model, imports excluded", columns, rows)


def _cold_and_warm(call: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Seconds and CPU seconds of a call, without and with a cache on disk."""
    with tempfile.TemporaryDirectory() as cache:
        return _seconds(call, cache), _seconds(call, cache)


def _seconds(call: str, cache: str) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(call=call)],
        cwd=ROOT,
        env=os.environ | {"QLANGEVIN_CACHE": cache},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, processor = map(float, done.stdout.split())
    return seconds, processor
