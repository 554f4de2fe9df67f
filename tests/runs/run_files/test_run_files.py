"""Run files: good ones give exact numbers, and shipped ones say what one will see."""

import numpy as np
import pytest

from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.grid import load_map
from qlangevin.runs.run_files.light import Changes, load_light
from qlangevin.runs.run_files.run import load_runfile
from qlangevin.runs.run_files.sources import shipped_runs
from qlangevin.sde.systems import SYSTEMS

PARTS = {
    "top": 'system = "spinning"',
    "parameters": "",
    "run": 'trajectories = 64\nduration = "1 µs"\nstep = "10 ps"',
    "report": "",
}


def text_of(**changes):
    parts = PARTS | changes
    tables = "\n".join(f"[{name}]\n{parts[name]}" for name in ("parameters", "run", "report"))
    return f"{parts['top']}\n{tables}\n"


@pytest.fixture
def load(tmp_path):
    def write_and_load(**changes):
        path = tmp_path / "mine.toml"
        path.write_text(text_of(**changes), encoding="utf-8")
        return load_runfile(path)

    return write_and_load


def run_with(line):
    """The [run] table with one key added or replaced."""
    key = line.split(" ")[0]
    kept = [old for old in PARTS["run"].splitlines() if not old.startswith(f"{key} ")]
    return "\n".join([*kept, line])


def test_defaults_and_values_reach_the_description(load):
    run = load()
    settings = run.integration
    assert (run.stem, run.title, run.source.name, run.direction) == (
        "mine",
        "mine",
        "spinning",
        "forward",
    )
    assert (settings.trajectories, settings.samples, settings.seed) == (64, 200, 0)
    assert (settings.scheme, settings.step_check) == ("euler-maruyama", True)
    assert (settings.start, settings.branch) == ("dark", None)
    assert (settings.duration, settings.step) == (
        pytest.approx(1e-6, rel=1e-15),
        pytest.approx(1e-11, rel=1e-15),
    )
    assert run.entanglement == ("driven", "mechanical")
    assert run.text == text_of()
    assert run.system.parameters() == SYSTEMS["spinning"].published().parameters()


def test_parameters_may_refer_to_parameters_and_rates(load):
    run = load(parameters='backscattering = "decay / 4"\ndetuning = "0.3 mechanical_frequency"')
    assert run.system.backscattering == run.system.decay / 4
    assert run.system.detuning == 0.3 * run.system.mechanical_frequency


@pytest.mark.parametrize("backwards", [False, True])
def test_references_see_the_changed_values_in_any_order(load, backwards):
    lines = [
        'quality_factor = "mechanical_frequency / (1 rad/s)"',
        'backscattering = "decay / 4"',
        'detuning = "2 backscattering"',
        'mechanical_frequency = "2π × 5 MHz"',
    ]
    system = load(parameters="\n".join(lines[::-1] if backwards else lines)).system
    assert (
        system.quality_factor
        == system.mechanical_frequency
        == pytest.approx(2 * np.pi * 5e6, rel=1e-15)
    )
    assert system.backscattering == system.decay / 4
    assert system.detuning == 2 * system.backscattering


def test_times_may_refer_to_the_changed_parameters(load):
    run = load(
        top='system = "spinning"\ndirection = "reversed"',
        parameters="mechanical_frequency = 1e8",
        run=(
            'trajectories = 1\nduration = "120 / mechanical_frequency"\n'
            'step = "−1e-3 / sagnac_shift"'
        ),
    )
    assert run.integration.duration == 120 / 1e8
    assert run.integration.step == pytest.approx(-1e-3 / float(run.system.sagnac_shift), rel=1e-15)


def test_reversed_turns_the_system(load):
    forward, reverse = load().system, load(top='system = "spinning"\ndirection = "reversed"').system
    assert reverse.sagnac_shift == -forward.sagnac_shift


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_text(text_of(), encoding="utf-8-sig")
    assert load_runfile(path).text == text_of()


COMMANDS = ("-map", "-sweep", "-switching", "-spectra")


def load_spectra(name):
    return load_light(name, Changes({}))


@pytest.mark.parametrize("name", sorted(shipped_runs()))
def test_shipped_runs_load_by_name_and_by_file_name_and_begin_with_a_description(
    name, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    command = name.split("-")[-1] if name.endswith(COMMANDS) else "run"
    load = {"map": load_map, "spectra": load_spectra}.get(command, load_runfile)
    run = load(name)
    assert (command == "sweep") == ("[sweep]" in run.text)
    assert load(f"{name}.toml").text == run.text
    assert run.stem == name
    assert run.text.startswith("# ")
    folder = "runs/examples" if shipped_runs()[name].parent.name == "examples" else "runs"
    assert f"qlangevin {command} {folder}/{name}.toml" in run.text
    assert run.system.REFERENCE in run.text


def test_the_spinning_run_is_the_published_resonator_with_backscattering():
    run = load_runfile("spinning")
    changed = {"backscattering": run.system.decay / 4}
    assert run.system.parameters() == pytest.approx(
        SYSTEMS["spinning"].published(**changed).parameters(), rel=1e-15
    )
    settings = run.integration
    assert (settings.trajectories, settings.duration, settings.step) == (
        16384,
        120 / 63e6,
        pytest.approx(5e-4 / 63e6, rel=1e-15),
    )
    assert load_runfile("spinning-reversed").system.spin == -run.system.spin


def test_the_companion_goes_with_euler_steps_and_is_refused_with_others(load):
    assert load().integration.step_check is True
    assert load(run=run_with('scheme = "exponential"')).integration.step_check is False
    with pytest.raises(RunFileError, match=r"\[run\] step_check compares Euler steps"):
        load(run=run_with('scheme = "exponential"\nstep_check = true'))
