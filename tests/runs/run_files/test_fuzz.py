"""Every run file loads or is refused in one line: random documents, and changed shipped runs."""

import json

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.grid import load_map, load_sweep
from qlangevin.runs.run_files.light import Changes, load_light
from qlangevin.runs.run_files.run import load_runfile
from qlangevin.runs.run_files.schema import (
    Axis,
    File,
    Map,
    OutputFilter,
    OutputModes,
    Report,
    Run,
    Spectra,
    parse,
)
from qlangevin.runs.run_files.sources import shipped_runs
from qlangevin.sde.systems import SYSTEMS

FUZZ = settings(
    derandomize=True,
    deadline=None,
    max_examples=400,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PARAMETERS = sorted({name for kind in SYSTEMS.values() for name in kind.PUBLISHED})
TABLES = (File, Run, Report, Map, Axis, Spectra, OutputModes, OutputFilter)
FIELDS = [name for kind in TABLES for name in kind.model_fields]
SHIPPED = [source.read_text(encoding="utf-8") for _, source in sorted(shipped_runs().items())]

KEYS = st.sampled_from(
    [*FIELDS, *PARAMETERS, "int", "float", "str", "Axis", "[key]", "3", "a\nb", ""]
)
NUMBERS = (
    st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([0, 1, 2, 64, 1e-9, 1e-11, 1e300])
)
TIMES = ["1 ns", "10 ps", "3 / mechanical_frequency", "1e400 s", 1e-9, 1e-6, "1 µs"]
WORDS = st.sampled_from(
    [
        *(
            *SYSTEMS,
            "reversed",
            "forward",
            "steady",
            "dark",
            "auto",
            "exponential",
            "two-point",
            "consistent",
        ),
        *(
            "driven",
            "mechanical",
            "a",
            "b",
            "5 MHz",
            "2π × 5 MHz",
            "5 MBq",
            "20 mW",
            "0.35 π",
            "decay / 4",
            "2 spin",
        ),
        *(
            "1 / detuning",
            "spin",
            "purity",
            "log_negativity",
            "log_negativity(driven, mechanical)",
            *TIMES[:4],
        ),
    ]
)
SCALARS = st.one_of(st.booleans(), NUMBERS, WORDS, st.text("ab é\\\"'[=\n\x1b\u2028", max_size=6))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)


def mostly(right):
    """Values of the right kind, but for one in ten."""
    return st.integers(0, 9).flatmap(lambda die: right if die else VALUES)


RANGES = st.fixed_dictionaries(
    {"start": SCALARS, "stop": SCALARS, "points": mostly(st.integers(2, 9))}
)
RUNS = st.fixed_dictionaries(
    {
        "trajectories": mostly(st.integers(1, 999)),
        "duration": mostly(st.sampled_from(TIMES)),
        "step": mostly(st.sampled_from(TIMES)),
    },
    optional={
        "samples": mostly(st.integers(1, 9)),
        "scheme": WORDS,
        "seed": NUMBERS,
        "start": WORDS,
        "until": VALUES,
    },
)
MAPS = st.fixed_dictionaries(
    {"axes": st.dictionaries(KEYS, mostly(RANGES | st.lists(SCALARS, max_size=3)), max_size=2)},
    optional={"measures": mostly(st.lists(WORDS, max_size=2))},
)
PORTS = st.sampled_from(["driven_fibre", "fibre_a", "upper", "right_fibre", "fibre"])
LIGHT = st.fixed_dictionaries(
    {"frequencies": mostly(RANGES | st.lists(SCALARS, max_size=3))},
    optional={
        "ports": mostly(st.lists(PORTS, max_size=2)),
        "angles": mostly(st.lists(SCALARS, max_size=2)),
        "efficiency": mostly(st.dictionaries(PORTS, SCALARS, max_size=1)),
        "probe": mostly(st.fixed_dictionaries({"input": PORTS})),
    },
)
FILTERS = st.fixed_dictionaries(
    {"port": PORTS, "width": SCALARS}, optional={"centre": SCALARS, "shape": WORDS}
)
FILTERED = st.fixed_dictionaries(
    {"filters": mostly(st.dictionaries(KEYS, FILTERS, max_size=2))},
    optional={"pairs": mostly(st.lists(st.lists(WORDS, max_size=3), max_size=2))},
)
NEARLY_RIGHT = st.fixed_dictionaries(
    {"system": mostly(st.sampled_from(sorted(SYSTEMS)))},
    optional={
        "parameters": mostly(st.dictionaries(KEYS, SCALARS, max_size=2)),
        "run": mostly(RUNS),
        "map": mostly(MAPS),
        "spectra": mostly(LIGHT),
        "output_modes": mostly(FILTERED),
        "report": mostly(st.fixed_dictionaries({"entanglement": VALUES})),
        "direction": WORDS,
        "effective_detuning": SCALARS,
    },
)
EDITS = st.tuples(
    st.sampled_from(["delete", "double", "swap", "move"]),
    st.integers(0, 99),
    st.integers(0, 99),
    st.binary(max_size=2),
)


def toml_of(value):
    """A value as inline TOML."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{json.dumps(key)} = {toml_of(inner)}" for key, inner in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    return str(value) if isinstance(value, float) else json.dumps(value)


def edited(lines, edit):
    """A run file's lines with one of them deleted, doubled, given a value of another, or moved."""
    what, first, second, _ = edit
    first, second = first % len(lines), second % len(lines)
    line = lines[first]
    if what == "double":
        return [*lines, line]
    if what == "swap":
        return [
            *lines[:first],
            line.split("=")[0] + "=" + lines[second].rpartition("=")[2],
            *lines[first + 1 :],
        ]
    rest = lines[:first] + lines[first + 1 :]
    return rest if what == "delete" else [*rest[:second], line, *rest[second:]]


def read(load, *arguments):
    """What is loaded, or None where it is refused in one line."""
    try:
        return load(*arguments)
    except RunFileError as error:
        refusal = str(error)
    assert refusal.strip()
    assert len(refusal.splitlines()) == 1
    return None


def loads_or_refuses(path, content):
    path.write_bytes(content)
    run, grid, sweep = read(load_runfile, path), read(load_map, path), read(load_sweep, path)
    light = read(load_light, path, Changes({}))
    assert light is None or light.detected or light.filtered
    if run is not None:
        assert 0 < run.integration.step <= run.integration.duration
    for found in (grid, sweep):
        assert found is None or all(np.isfinite(values).all() for values in found.axes.values())


@FUZZ
@given(content=st.dictionaries(KEYS, VALUES, max_size=5) | NEARLY_RIGHT)
def test_no_document_does_anything_but_load_or_be_refused_in_one_line(tmp_path, content):
    text = "\n".join(f"{json.dumps(key)} = {toml_of(value)}" for key, value in content.items())
    loads_or_refuses(tmp_path / "random.toml", text.encode())


@FUZZ
@given(shipped=st.sampled_from(SHIPPED), edits=st.lists(EDITS, min_size=1, max_size=3))
def test_no_shipped_run_of_other_lines_does_anything_but_load_or_be_refused_in_one_line(
    tmp_path, shipped, edits
):
    lines = [line for line in shipped.splitlines() if line and not line.startswith("#")]
    for edit in edits:
        lines = edited(lines, edit) or [""]
    loads_or_refuses(tmp_path / "garbled.toml", "\n".join(lines).encode())


@FUZZ
@given(shipped=st.sampled_from(SHIPPED), edits=st.lists(EDITS, min_size=1, max_size=3))
def test_no_shipped_run_of_other_bytes_does_anything_but_load_or_be_refused_in_one_line(
    tmp_path, shipped, edits
):
    content = shipped[shipped.index("title") :].encode()
    for _, first, second, new in edits:
        at = (100 * first + second) % len(content)
        content = content[:at] + new + content[at + second % 3 :]
    loads_or_refuses(tmp_path / "garbled.toml", content)


@FUZZ
@given(text=st.text(max_size=40) | st.text("[]{}=\"'.,\n #ab1\\", max_size=20))
@example("a = " + "[" * 500 + "]" * 500)
@example("[" + "a." * 3000 + "a]")
@example("title = 1" + "0" * 4290)
@example("title = 1\n\x0c")
@example("\u2028\n'")
def test_no_text_does_anything_but_parse_or_be_refused_in_one_line(text):
    read(parse, "mine.toml", text)
