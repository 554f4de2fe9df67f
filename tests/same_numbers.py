"""Compare the numbers of two versions of the program to the last bit.

    python -m tests.same_numbers record FOLDER       with the old version, then with the new one
    python -m tests.same_numbers compare OLD NEW     names every variable that differs

`record` takes about ten minutes: it runs shipped run files with every command, recomputes the
papers, and calls the public functions on every shipped system. `compare` exits with 1 if any
variable of a result differs in its name, dimensions, unit or values; it does not compare text.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from qlangevin import System

COMMANDS = {
    "run": [
        "spinning",
        "hybrid",
        "microrings",
        "scatterers",
        "cascaded",
        "bistable-bright",
        "spinning-reversed",
    ],
    "map": ["spinning-map"],
    "sweep": ["spinning-sweep"],
    "validate": ["spinning", "bistable"],
    "switching": ["bistable-switching"],
    "reproduce": ["all"],
}


def record(folder: Path) -> None:
    """Run all commands and all function calls, with results in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    record_calls(folder)
    for command, names in COMMANDS.items():
        for name in names:
            print(command, name, flush=True)
            output = folder / f"{command}-{name}"
            options = ["--output", str(output), "--threads", "2"]
            call = [sys.executable, "-m", "qlangevin.runs.cli", command, name, *options]
            done = subprocess.run(call, capture_output=True, text=True)
            output.mkdir(exist_ok=True)
            (output / "printed.txt").write_text(f"exit {done.returncode}\n{done.stdout}")
            if done.returncode not in (0, 1):
                raise SystemExit(
                    f"{command} {name} ended with {done.returncode}: {done.stderr[-2000:]}"
                )


def record_calls(folder: Path) -> None:
    """Save what the public functions return for every system."""
    from qlangevin.sde.systems import SYSTEMS

    for name, kind in SYSTEMS.items():
        system = kind.published()
        for key, result in {**arrays(system), **calls(system)}.items():
            result.to_netcdf(folder / f"{name}-{key}.nc", engine="h5netcdf")


def arrays(system: System) -> dict[str, xr.Dataset]:
    """The arrays of a system's model."""
    model = system.model()
    variables = {}
    for key in ("c", "A", "B", "diffusion"):
        values = xr.DataArray(np.asarray(getattr(model, key)))
        variables[key] = values.rename({axis: f"{key}_{axis}" for axis in values.dims})
    return {"model": xr.Dataset(variables)}


def calls(system: System) -> dict[str, xr.Dataset]:
    """Results of the public functions: steady states, moments, ensembles of every scheme, paths."""
    from qlangevin import analysis, sde, steady

    model = system.model()
    fastest = float(np.abs(np.linalg.eigvals(model.jacobian(np.zeros(model.size)))).max())
    span = {"duration": 20 / fastest, "samples": 20}
    steps = {"duration": 20 / fastest, "samples": 10, "step": 0.02 / fastest, "seed": 3}
    results = {
        "fixed_points": steady.fixed_points(system),
        "attractor": steady.attractor(system),
        "moments": sde.propagate_moments(system, **span),
        "closure": sde.propagate_moments(system, **span, closure="gaussian"),
        "paths": sde.sample_paths(system, trajectories=3, scheme="exponential", **steps),
    }
    for scheme in ("euler-maruyama", "exponential", "implicit-midpoint", "runge-kutta"):
        try:
            ensemble = sde.simulate(system, trajectories=512, scheme=scheme, **steps)
        except ValueError as refusal:
            print(type(system).__name__, scheme, "is refused:", refusal)
            continue
        results[f"ensemble-{scheme}"] = ensemble
    first, second = model.modes[:2]
    quantity = f"log_negativity({first}, {second})"
    results["estimate"] = analysis.estimate(results["ensemble-exponential"], quantity)
    return results


def compare(old: Path, new: Path) -> int:
    """Print every variable of NetCDF files that differs; the number of differences."""
    differences = 0
    names = sorted(str(path.relative_to(old)) for path in old.rglob("*.nc"))
    for extra in sorted({str(path.relative_to(new)) for path in new.rglob("*.nc")} ^ set(names)):
        print(f"{extra}: only one of the two folders has it")
        differences += 1
    compared = 0
    for name in names:
        if (new / name).exists():
            before, after = trees(old / name), trees(new / name)
            for variable in sorted(before.keys() | after.keys()):
                compared += 1
                if (
                    variable not in before
                    or variable not in after
                    or not same(before[variable], after[variable])
                ):
                    print(f"{name}: {variable} differs")
                    differences += 1
    print(f"{compared} variables of {len(names)} files compared, {differences} differences")
    return differences


def trees(path: Path) -> dict[str, xr.DataArray]:
    """All variables of a file, by group and name."""
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        return {
            f"{node.path}:{name}": node.to_dataset(inherit=False).variables[name].load()
            for node in tree.subtree
            for name in node.to_dataset(inherit=False).variables
        }


def same(before: xr.Variable, after: xr.Variable) -> bool:
    """Whether two variables have the same dimensions, unit and values, to the last bit."""
    if before.dims != after.dims or before.attrs.get("units") != after.attrs.get("units"):
        return False
    if before.values.dtype == object:
        return np.array_equal(before.values, after.values)
    return (
        before.values.dtype == after.values.dtype
        and before.values.tobytes() == after.values.tobytes()
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=["record", "compare"])
    parser.add_argument("folders", nargs="+", type=Path)
    given = parser.parse_args()
    if given.task == "record":
        record(given.folders[0])
    else:
        raise SystemExit(bool(compare(*given.folders)))


if __name__ == "__main__":
    main()
