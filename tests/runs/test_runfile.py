"""Run files: good ones give exact numbers, bad ones a sentence with the key and the remedy."""

import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qlangevin.runs import runfile
from qlangevin.runs.runfile import RunFileError, load_map, load_runfile, shipped_runs
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
    assert (run.stem, run.title, run.system_name, run.direction) == ("mine", "mine", "spinning", "forward")
    assert (run.trajectories, run.samples, run.seed, run.scheme) == (64, 200, 0, "euler-maruyama")
    assert (run.start, run.branch, run.step_check) == ("dark", None, True)
    assert (run.duration, run.step) == (pytest.approx(1e-6, rel=1e-15), pytest.approx(1e-11, rel=1e-15))
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
    assert system.quality_factor == system.mechanical_frequency == pytest.approx(2 * np.pi * 5e6, rel=1e-15)
    assert system.backscattering == system.decay / 4
    assert system.detuning == 2 * system.backscattering


def test_times_may_refer_to_the_changed_parameters(load):
    run = load(
        top='system = "spinning"\ndirection = "reversed"',
        parameters="mechanical_frequency = 1e8",
        run='trajectories = 1\nduration = "120 / mechanical_frequency"\nstep = "−1e-3 / sagnac_shift"',
    )
    assert run.duration == 120 / 1e8
    assert run.step == pytest.approx(-1e-3 / float(run.system.sagnac_shift), rel=1e-15)


def test_reversed_turns_the_system(load):
    forward, reverse = load().system, load(top='system = "spinning"\ndirection = "reversed"').system
    assert reverse.sagnac_shift == -forward.sagnac_shift


def test_reversed_is_refused_for_a_system_without_direction(load, monkeypatch):
    class Undirected(SYSTEMS["spinning"]):
        reversed = None

    monkeypatch.setitem(runfile.SYSTEMS, "undirected", Undirected)
    with pytest.raises(RunFileError, match=r'direction = "reversed" .* leave it out'):
        load(top='system = "undirected"\ndirection = "reversed"')


TOP = [
    ('system = "spining"', "system", "did you mean 'spinning'"),
    ("system = 3", "system", "string"),
    ('title = "no system"', "system", "missing"),
    ('system = "spinning"\ntitel = "x"', "titel", "did you mean 'title'"),
    ('system = "spinning"\ntitle = 3', "title", "string"),
    ('system = "spinning"\ndirection = "backward"', "direction", "'forward' or 'reversed'"),
]
PARAMETERS = [
    ("mas = 1", "[parameters] mas ", "did you mean 'mass'"),
    ("frobnicate = 1", "[parameters] frobnicate ", "known are detuning"),
    ('detuning = "5 MHz"', "[parameters] detuning ", "2π × 5 MHz"),
    ('power = "20 mK"', "[parameters] power ", "20 mW"),
    ("power = -1.0", "[parameters] power ", "zero or positive"),
    ("mass = 0", "[parameters] mass ", "positive, in kg"),
    ("mass = nan", "[parameters] mass ", "10 ng"),
    ("mass = true", "[parameters] mass ", "10 ng"),
    ("mass = 1979-05-27", "[parameters] mass ", "10 ng"),
    ("mass = [1, 2]", "[parameters] mass ", "10 ng"),
    (f"mass = {'9' * 400}", "[parameters] mass ", "10 ng"),
    (f"mass = 0x{'f' * 5000}", "[parameters] mass ", "10 ng"),
    ('spin = "2 spin"', "[parameters] spin ", "as a number"),
    ('spin = "detuning"\ndetuning = "spin"', "spin → detuning → spin", "as a number"),
    ('quality_factor = "decay / (1 rad/s)"', "[parameters] quality_factor ", "as a number"),
    ('quality_factor = 1e-310\nspin = "decay"', "[parameters] spin ", "finite"),
    ('detuning = "1e20 rad/s"', "[parameters]", "check their units"),
    ('backscattering = "decai / 4"', "[parameters] backscattering ", "2π × 5 MHz"),
]
RUN = [
    ("trajectories = 0", "[run] trajectories ", "greater than or equal to 1"),
    ("trajectories = 1.5", "[run] trajectories ", "integer"),
    ('trajectories = "64"', "[run] trajectories ", "integer"),
    ("samples = 0", "[run] samples ", "greater than or equal to 1"),
    ("seed = -1", "[run] seed ", "greater than or equal to 0"),
    ("seed = 18446744073709551616", "[run] seed ", "less than 18446744073709551616"),
    (f"seed = 0x{'f' * 5000}", "[run] seed ", "less than"),
    ("seed = true", "[run] seed ", "integer"),
    ("step = 0", "[run] step ", "1.5 µs"),
    ('step = "-1 ps"', "[run] step ", "1.5 µs"),
    ('step = "1 mW"', "[run] step ", "1.5 µs"),
    ('step = "2 µs"', "[run] step ", "shorten it"),
    ("step = 1e-320", "[run] step ", "lengthen it"),
    ("step = [1]", "[run] step ", "string"),
    ("duration = inf", "[run] duration ", "1.5 µs"),
    ('duration = "120 / mechanical_frequenzy"', "[run] duration ", "1.5 µs"),
    ("step_check = 1", "[run] step_check ", "boolean"),
    ('scheme = "euler"', "[run] scheme ", "euler-maruyama"),
    ('start = "light"', "[run] start ", "'dark' or 'steady'"),
    ("branch = 0", "[run] branch ", 'start = "steady"'),
    ('start = "steady"\nbranch = -1', "[run] branch ", "greater than or equal to 0"),
    ("trajectory = 1", "[run] trajectory ", "did you mean 'trajectories'"),
]
REPORT = [
    ('entanglement = ["driven"]', "[report] entanglement ", "at least 2"),
    ('entanglement = ["driven", "mechanic"]', "[report] entanglement ", "did you mean 'mechanical'"),
    ('entanglement = ["driven", "driven"]', "[report] entanglement ", "must name two modes of driven, reflected"),
    ('entanglement = "driven"', "[report] entanglement ", "list"),
    ('entangelment = ["driven", "reflected"]', "[report] entangelment ", "did you mean 'entanglement'"),
]
BAD = [
    *(({"top": line}, key, remedy) for line, key, remedy in TOP),
    *(({"parameters": line}, key, remedy) for line, key, remedy in PARAMETERS),
    *(({"run": run_with(line)}, key, remedy) for line, key, remedy in RUN),
    *(({"report": line}, key, remedy) for line, key, remedy in REPORT),
]


@pytest.mark.parametrize(("changes", "key", "remedy"), BAD, ids=[f"{next(iter(b[0]))}-{b[2][:20]}" for b in BAD])
def test_a_bad_run_file_is_refused_in_one_sentence_with_key_and_remedy(load, changes, key, remedy):
    with pytest.raises(RunFileError) as refusal:
        load(**changes)
    message = str(refusal.value)
    assert key in message
    assert remedy in message
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"system = spinning", "is not TOML: Invalid value (at line 1"),
        (b'system = "spinning"\n\n[run\n', "at line 3"),
        (b'system = "a"\nsystem = "b"\n', "at line 2"),
        ('title = "Größe"'.encode("latin-1"), "is not UTF-8"),
        ('system = "spinning"'.encode("utf-16"), "is not UTF-8"),
        (b"x = " + b"[" * 3000, "shorten it"),
        (b"x = " + b"9" * 5000, "shorten it"),
        (b"", "missing"),
    ],
)
def test_a_file_that_is_no_toml_is_refused(tmp_path, content, remedy):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(RunFileError) as refusal:
        load_runfile(path)
    assert remedy in str(refusal.value)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "windows.toml"
    path.write_text(text_of(), encoding="utf-8-sig")
    assert load_runfile(path).text == text_of()


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("spining", "did you mean 'spinning'"), ("nothing-like-it", "spinning-reversed"), ("x" * 5000, "known are")],
)
def test_a_missing_file_is_answered_with_the_shipped_runs(name, remedy):
    with pytest.raises(RunFileError, match=remedy):
        load_runfile(name)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(RunFileError, match="is a folder; name a run file"):
        load_runfile(tmp_path)


@pytest.mark.parametrize("name", sorted(shipped_runs()))
def test_shipped_runs_load_by_name_and_by_file_name_and_open_with_what_one_will_see(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    maps = "[map]" in shipped_runs()[name].read_text(encoding="utf-8")
    load, command = (load_map, "map") if maps else (load_runfile, "switching" if name.endswith("-switching") else "run")
    run = load(name)
    assert load(f"{name}.toml").text == run.text
    assert run.stem == name
    assert run.text.startswith("# ")
    assert f"qlangevin {command} runs/{name}.toml" in run.text
    assert run.system.REFERENCE in run.text


def test_the_spinning_run_is_the_published_resonator_with_a_quarter_of_the_decay_as_backscattering():
    run = load_runfile("spinning")
    changed = {"backscattering": run.system.decay / 4}
    assert run.system.parameters() == pytest.approx(SYSTEMS["spinning"].published(**changed).parameters(), rel=1e-15)
    assert (run.trajectories, run.duration, run.step) == (16384, 120 / 63e6, pytest.approx(5e-4 / 63e6, rel=1e-15))
    assert load_runfile("spinning-reversed").system.spin == -run.system.spin


KEYS = st.sampled_from(
    [
        *("title", "system", "direction", "parameters", "run", "report", "trajectories", "duration", "step", "samples"),
        *("seed", "scheme", "start", "branch", "step_check", "entanglement", "detuning", "spin", "mass", "decay", "x"),
    ]
)
WORDS = st.sampled_from(
    [
        "spinning",
        "reversed",
        "steady",
        "dark",
        "driven",
        "mechanical",
        "1 ns",
        "5 MHz",
        "decay / 4",
        "2 spin",
        "1/detuning",
    ]
)
SCALARS = st.one_of(st.booleans(), st.integers(-(2**70), 2**70), st.floats(), WORDS, st.text("ab é\\\"'[=", max_size=6))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)
NEARLY_RIGHT = st.fixed_dictionaries(
    {"system": st.just("spinning"), "parameters": st.dictionaries(KEYS, SCALARS, max_size=3)},
    optional={
        "run": st.fixed_dictionaries(
            {"trajectories": SCALARS, "duration": SCALARS, "step": SCALARS}, optional={"seed": SCALARS, "start": WORDS}
        ),
        "report": VALUES,
        "direction": WORDS,
    },
)


def toml_of(value):
    """A value as inline TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml_of(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    return str(value) if isinstance(value, float) else json.dumps(value)


@settings(
    derandomize=True, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.dictionaries(KEYS, VALUES, max_size=5) | NEARLY_RIGHT)
def test_no_content_does_anything_but_load_or_be_refused(tmp_path, content):
    path = tmp_path / "random.toml"
    path.write_text("\n".join(f"{key} = {toml_of(value)}" for key, value in content.items()), encoding="utf-8")
    with suppress(RunFileError):
        run = load_runfile(path)
        assert 0 < run.step <= run.duration


def test_the_companion_goes_with_euler_steps_and_is_refused_with_others(load):
    assert load().step_check is True
    assert load(run=run_with('scheme = "exponential"')).step_check is False
    with pytest.raises(RunFileError, match=r"\[run\] step_check compares Euler steps"):
        load(run=run_with('scheme = "exponential"\nstep_check = true'))
