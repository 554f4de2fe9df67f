"""Maps and steady states from the command line: files, reports, refusals in one sentence."""

import re
import sys
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr

from qlangevin.runs import cli
from qlangevin.runs.execution.map import compute_map, write_map
from qlangevin.runs.reports.forecast import describe
from qlangevin.runs.reports.map import map_report
from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.grid import load_map
from qlangevin.runs.run_files.schema import read_changes
from qlangevin.runs.run_files.systems import load_system
from qlangevin.steady import steady_state

MAP = """
system = "spinning"
[map]
measures = ["log_negativity", "photon_number(driven)"]
[map.axes]
detuning = {{ start = "0.2 mechanical_frequency", stop = "0.9 mechanical_frequency", points = 5 }}
spin = {spin}
"""


@pytest.fixture
def load(tmp_path):
    def write_and_load(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return load_map(path)

    return write_and_load


def test_axes_are_ranges_or_lists_in_si(load):
    description = load(MAP.format(spin='[0, "8e3 rad/s"]'))
    np.testing.assert_allclose(
        description.axes["detuning"], 63e6 * np.linspace(0.2, 0.9, 5), rtol=1e-14
    )
    np.testing.assert_array_equal(description.axes["spin"], [0, 8e3])
    assert description.measures == ("log_negativity", "photon_number(driven)")


def test_a_map_is_computed_described_and_written_whole(load, tmp_path):
    description = load(MAP.format(spin="[-8e3, 0, 8e3]"))
    result = compute_map(description, threads=1)
    report = map_report(description, result)
    names = {path.name for path in write_map(description, result, report, tmp_path)}
    figures = {
        f"{name}.{form}"
        for name in ("log_negativity", "photon_number_driven", "stability")
        for form in ("png", "pdf")
    }
    assert names == {"mine.nc", "report.txt"} | figures
    again = xr.load_dataset(tmp_path / "mine.nc", engine="h5netcdf")
    np.testing.assert_array_equal(again["log_negativity"], result["log_negativity"])
    assert again.attrs["run_file"] == description.text
    assert again.attrs["report"] == report
    best = float(result["log_negativity"].max())
    assert f"… {best:.6g} nats, largest at" in report
    unstable = int((result["kind"] == "hopf").sum())
    assert f"hopf {unstable}" in report


def test_a_map_of_unphysical_states_says_so(load):
    text = 'system = "cascaded"\n[map.axes]\neffective_detuning = ["0.74 mechanical_frequency"]\n'
    description = load(text)
    assert "NOT EVERYWHERE A QUANTUM STATE" in map_report(
        description, compute_map(description, threads=1)
    )
    description = load(text.replace("[map.axes]", '[parameters]\nnoise = "consistent"\n[map.axes]'))
    assert "NOT EVERYWHERE A QUANTUM STATE" not in map_report(
        description, compute_map(description, threads=1)
    )


def test_changes_on_the_command_line_read_like_a_run_files():
    changes = read_changes(
        [
            "power=5 mW",
            'spin = "23e3 rad/s"',
            "temperature=0.2",
            "detuning=0.3 mechanical_frequency",
        ]
    )
    system, pair = load_system("spinning", changes)
    assert (system.power, system.spin, system.temperature) == (pytest.approx(5e-3), 23e3, 0.2)
    assert system.detuning == pytest.approx(0.3 * 63e6)
    assert pair == ("driven", "mechanical")


def test_words_and_pairs_may_be_set_too():
    changes = read_changes(
        ["noise=consistent", 'defect=[["2e7 rad/s", "0.1 rad"], [1e7, "π / 8"]]']
    )
    system, _ = load_system("scatterers", changes)
    assert system.noise == "consistent"
    assert system.defect == ((2e7, 0.1), (1e7, pytest.approx(np.pi / 8)))


def test_an_effective_detuning_may_be_set_where_there_is_one():
    system, _ = load_system(
        "cascaded", read_changes(["effective_detuning=0.74 mechanical_frequency"])
    )
    assert system.detuning_left > 0.74 * system.mechanical_frequency
    with pytest.raises(RunFileError, match="effective_detuning is not defined for 'spinning'"):
        load_system("spinning", {"effective_detuning": 1.0})


def test_steady_states_of_the_hybrid_report_the_gain_by_measuring_the_light(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["qlangevin", "steady", "hybrid", "--set", "angle_plus=0.3 π"])
    monkeypatch.setattr(cli.warnings, "showwarning", cli.warnings.showwarning)
    with pytest.raises(SystemExit) as done:
        cli.main()
    assert done.value.code == 0
    said = capsys.readouterr().out
    assert "Reid product                of plus 0.4591, of minus 0.4105" in said
    assert "given the light, of plus    0.3385 (better by d = 26 %)" in said
    assert "given the light, of minus   0.3423 (better by d = 17 %)" in said


def test_an_effective_detuning_of_the_file_holds_all_over_the_map(load):
    top = 'system = "cascaded"\neffective_detuning = "0.68 mechanical_frequency"\n'
    text = f"{top}[map.axes]\nfrequency_ratio = [0.9, 1]\n"
    result = compute_map(load(text), threads=1)
    system = load(text).system
    for k, ratio in enumerate((0.9, 1.0)):
        here = system.replace(frequency_ratio=ratio).at_effective_detuning(
            0.68 * system.mechanical_frequency
        )
        mean = result["mean"].values[k, 0, int(result["implied_branch"][k, 0])]
        np.testing.assert_allclose(
            here.effective_detuning(mean), 0.68 * system.mechanical_frequency, rtol=1e-9
        )


def test_bare_and_effective_detunings_together_are_refused():
    with pytest.raises(RunFileError, match="detuning follows from effective_detuning; give one"):
        load_system("scatterers", {"effective_detuning": 1.0, "detuning": 0.0})


def test_a_parameter_that_the_axis_of_effective_detunings_overwrites_is_refused(load):
    """Given beside the map, or as an axis of it; the other cavity's loss is no such parameter."""
    axes = "[map.axes]\neffective_detuning = [1e8, 2e8]\n"
    with pytest.raises(
        RunFileError,
        match=r"\[parameters\] detuning_left follows from effective_detuning; give one",
    ):
        load(f'system = "cascaded"\n[parameters]\ndetuning_left = 3\n{axes}')
    with pytest.raises(
        RunFileError,
        match=r"\[map.axes\] detuning_right follows from effective_detuning and cannot",
    ):
        load(f'system = "cascaded"\n{axes}detuning_right = [1e8, 2e8, 3e8]\n')
    assert list(load(f'system = "cascaded"\n{axes}external_decay_left = [1e8]\n').axes) == [
        "effective_detuning",
        "external_decay_left",
    ]


def test_a_map_without_a_stable_point_says_just_that(load):
    text = 'system = "microrings"\n[map.axes]\ntwo_photon_drive = ["2π × 70 MHz", "2π × 80 MHz"]\n'
    report = map_report(load(text), compute_map(load(text), threads=1))
    assert "no steady state anywhere" in report
    assert "NOT EVERYWHERE" not in report


def test_ranges_of_a_map_are_those_of_stable_branches_and_modes_are_told_apart(load):
    text = (
        MAP.format(spin="[8e3]")
        .replace('"log_negativity"', '"populations"')
        .replace("0.2 mech", "-0.2 mech")
    )
    result = compute_map(load(text), threads=1)
    report = map_report(load(text), result)
    stable = result["photon_number_driven"].where(result["stable"])
    assert not result["stable"].values.all()
    assert f"{float(stable.max()):.6g}, largest at" in report
    for mode in ("driven", "reflected", "mechanical"):
        assert f"populations_{mode}" in report


def test_a_system_is_turned_by_an_option_where_it_has_another_side():
    system, _ = load_system("cascaded", {}, reverse=True)
    assert system.input_side == "right"
    with pytest.raises(RunFileError, match="--reversed"):
        load_system("hybrid", {}, reverse=True)


MODES = [f"a{number}" for number in range(6)]
CHAIN = f"""
[system]
modes = {MODES}
hamiltonian = "{
    " + ".join(
        [f"Δ {a}†{a} - χ/2 {a}†{a}†{a} {a} + i F ({a}† - {a})" for a in MODES]
        + [f"J ({a}†{b} + {b}†{a})" for a, b in pairwise(MODES)]
    )
}"
[system.parameters]
Δ = "3 rad/s"
χ = "0.01 rad/s"
F = "10 rad/s"
J = "0.3 rad/s"
γ = "2 rad/s"
[system.jumps]
{"".join(f'port{a} = "sqrt(γ) {a}"' + chr(10) for a in MODES)}
[map]
measures = ["purity"]
starts = "dark"
[map.axes]
F = ["10 rad/s", "12 rad/s"]
"""


def test_a_map_of_many_modes_says_how_to_start_from_the_dark_and_what_it_takes(load):
    with pytest.raises(RunFileError, match=r'starts = "dark" in \[map\] computes only'):
        compute_map(load(CHAIN.replace('starts = "dark"', "")), threads=1)
    seen = []
    found = compute_map(load(CHAIN), threads=1, announce=seen.append)
    assert found["exists"].values.tolist() == [[True], [True]]
    assert found.attrs["complete"] == 0
    alone = steady_state(load(CHAIN).system, starts="dark")
    np.testing.assert_allclose(found["mean"][0], alone["mean"], rtol=1e-9)
    assert re.fullmatch(
        r"Memory: .* KiB at most, of .*iB; 2 points, 2 at a time", describe(seen[0])
    )
