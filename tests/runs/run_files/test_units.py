"""Quantities with units: the number that is meant, or a message with the remedy."""

import importlib
import math
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qlangevin.runs.run_files import units
from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.units import to_si

NAMES = {"mechanical_frequency": (63e6, "rad/s"), "decay": (4e7, "rad/s"), "mass": (1e-11, "kg")}
MHZ = 2 * math.pi * 1e6


@pytest.mark.parametrize(
    ("value", "unit", "number"),
    [
        (5, "s", 5.0),
        (-1.5, "rad/s", -1.5),
        ("20 mW", "W", 20e-3),
        ("130 mK", "K", 0.13),
        ("10 ng", "kg", 10e-12),
        ("1.55 µm", "m", 1.55e-6),
        ("1.55 μm", "m", 1.55e-6),
        ("1.55um", "m", 1.55e-6),
        ("1e3 / m", "1/m", 1e3),
        ("1.48", "", 1.48),
        ("8e3 rad/s", "rad/s", 8e3),
        ("−8e3 1/s", "rad/s", -8e3),
        ("2π × 5 MHz", "rad/s", 5 * MHZ),
        ("2pi * 5 MHz", "rad/s", 5 * MHZ),
        ("2 * π · 5 MHz", "rad/s", 5 * MHZ),
        ("5 MHz × 2π", "rad/s", 5 * MHZ),
        ("2π 5e6 hertz", "rad/s", 5 * MHZ),
        ("-2π × 5 MHz", "rad/s", -5 * MHZ),
        ("2π × −5 MHz", "rad/s", -5 * MHZ),
        ("2π MHz + 2π × 1e-3 MHz", "rad/s", 1.001 * MHZ),
        ("0.3 mechanical_frequency", "rad/s", 0.3 * 63e6),
        ("decay / 4", "rad/s", 1e7),
        ("decay - mechanical_frequency", "rad/s", -23e6),
        ("120 / mechanical_frequency", "s", 120 / 63e6),
        ("0.0005/mechanical_frequency", "s", 0.0005 / 63e6),
        ("2π / decay", "s", 2 * math.pi / 4e7),
        ("1 / 2π", "", 1 / (2 * math.pi)),
        ("decay / mechanical_frequency", "", 4e7 / 63e6),
        ("0", "W", 0.0),
        ("0", "rad/s", 0.0),
        (" -0.0 ", "K", 0.0),
        ("0", "", 0.0),
    ],
)
def test_a_quantity_means_its_number_in_si(value, unit, number):
    assert to_si("key", value, unit, NAMES) == pytest.approx(number, rel=1e-14)


@pytest.mark.parametrize(
    "text",
    [
        "5 MHz",
        "5 megahertz",
        "5 MHzs",
        "12π × 5 MHz",
        "5 MHz / 2π",
        "5 MHz / (2π)",
        "2π MHz + 5 MHz",
        "1 rad/s + 1 kHz",
    ],
)
def test_hertz_without_two_pi_are_no_angular_rate(text):
    with pytest.raises(RunFileError) as refusal:
        to_si("detuning", text, "rad/s", NAMES)
    assert str(refusal.value) == (
        f'detuning = "{text}" is a frequency; an angular rate is expected: write "2π × 5 MHz" or '
        '"3.14e7 rad/s"'
    )


@pytest.mark.parametrize("unit", ["rad/s", "s", "W", "K", "kg", "m", "1/m", ""])
@pytest.mark.parametrize(
    "value",
    [
        True,
        None,
        [1.0],
        {"a": 1},
        math.nan,
        math.inf,
        10**400,
        "1 ampere",
        "1 ampere + 1 metre",
        "",
        " ",
        "hello",
        "(((",
        "1 / 0",
        "1e400",
        "nan",
        "1j",
        "[1, 2] s",
        "1 # 2",
        "9**9**9**9**9",
        "9 squared squared squared squared squared squared squared",
        "2 metre ± 1 metre",
        "__import__('os').getcwd()",
        "1 +" * 200,
        "(" * 199,
    ],
)
def test_everything_else_is_refused_with_the_key_and_an_example(value, unit):
    with pytest.raises(RunFileError, match=r"^\[run\] key .*(such as|write) ") as refusal:
        to_si("[run] key", value, unit, NAMES)
    assert "\n" not in str(refusal.value)


def test_a_wrong_unit_is_answered_with_value_wanted_unit_and_example():
    with pytest.raises(RunFileError) as refusal:
        to_si("step", "20 mW", "s", NAMES)
    assert str(refusal.value) == 'step = "20 mW" has the wrong unit: in s, such as "1.5 µs"'


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.text("0123456789.eE+-*/() ²×·−πµ_#^[]'msHzpi\n", max_size=40),
    st.sampled_from(["rad/s", "s", ""]),
)
def test_no_text_does_anything_but_pass_or_be_refused(text, unit):
    with suppress(RunFileError):
        assert math.isfinite(to_si("key", text, unit, NAMES))


def test_events_per_second_are_no_rate_on_a_machine_that_never_read_units_before(
    monkeypatch, tmp_path
):
    """Pint keeps what it has read on disk; with and without that the units are the same."""
    monkeypatch.setenv("QLANGEVIN_CACHE", str(tmp_path))
    for _ in range(2):
        units._registry.cache_clear()
        for text in ("1 MBq", "1e6 baud", "1 Ci", "1e6 counts / s"):
            with pytest.raises(RunFileError, match="wrong unit"):
                units.to_si("spin", text, "rad/s", {})
    units._registry.cache_clear()


def test_units_cached_by_a_removed_installation_do_no_harm(tmp_path):
    """A copy of pint fills the cache folder and goes, as with an environment that was removed."""
    elsewhere, cache = tmp_path / "gone", tmp_path / "cache"
    for name in ("pint", "flexcache", "flexparser"):
        shutil.copytree(Path(importlib.import_module(name).__file__).parent, elsewhere / name)
    code = (
        "from qlangevin.runs.run_files.units import to_si; print(to_si('power', '20 mW', 'W', {}))"
    )
    for path in (str(elsewhere), ""):
        environment = {**os.environ, "QLANGEVIN_CACHE": str(cache), "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert done.stdout == "0.02\n", done.stderr
        shutil.rmtree(elsewhere, ignore_errors=True)


def test_a_unit_that_a_class_declares_and_nobody_can_read_is_named():
    with pytest.raises(RunFileError, match='κ is declared in "furlong per", which cannot be read'):
        to_si("κ", "4 MHz", "furlong per", {})


@pytest.mark.parametrize("text", ["10^6 rad/s", "1e6 s⁻¹", "2π × 10**6 / s"])
def test_a_quantity_with_a_power_is_told_how_to_do_without(text):
    with pytest.raises(RunFileError, match="write powers of ten as 1e6, and 1/s as /s"):
        to_si("κ", text, "rad/s", {})


def test_a_name_run_together_with_a_divisor_is_refused():
    names = {"κ": (3.0, "rad/s"), "n": (2.0, "")}
    with pytest.raises(RunFileError, match="n may be meant above or below the division"):
        to_si("Δ", "κ/2n", "rad/s", names)
    assert to_si("Δ", "κ/(2 n)", "rad/s", names) == 0.75
    assert to_si("Δ", "κ/2 × n", "rad/s", names) == 3.0
