"""Where a system comes from: a user's file or an installed package, and what is refused of it."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from qlangevin.runs.run_files import system_sources
from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.recorded_systems import (
    made_from,
    require_same_system,
    system_of_result,
)
from qlangevin.runs.run_files.run import load_runfile
from qlangevin.runs.run_files.system_sources import SystemSource, find_system
from qlangevin.runs.run_files.systems import load_system
from qlangevin.sde.systems import SpinningResonator, SystemFileWarning

from ..systems_in_files import CAVITY, GRID, RUN, write_system

CLASS = CAVITY.index("@dataclass")
TWO = CAVITY + "\n\n" + CAVITY[CLASS:].replace("class Cavity", "class Second")
MODEL = CAVITY.index("        return ql.Model.build")


def with_model(body):
    """The file with another body of model()."""
    return CAVITY[:MODEL] + f"        {body}\n"


@pytest.fixture(autouse=True)
def no_bytecode(monkeypatch):
    """Write no __pycache__ for modules beside the file."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


@pytest.fixture
def refused_system(refused, tmp_path):
    """Write a file and check that `qlangevin steady` refuses it."""

    def call(text, fragments, reference="cavity.py", options=()):
        content = text if isinstance(text, bytes) else text.encode()
        write_system(tmp_path)
        (tmp_path / "cavity.py").write_bytes(content)
        refused(["steady", reference, *options], fragments)

    return call


FILES = {
    "empty": ("", "defines no system", "derived from ql.System"),
    "no class": ("x = 1\n", "defines no system"),
    "only an imported class": (CAVITY[:CLASS], "defines no system"),
    "two classes": (TWO, "defines 2 systems, Cavity, Second", "cavity.py:Cavity"),
    "no UTF-8": (CAVITY.encode("latin-1", "replace") + b"\xe9", "is not UTF-8 text; save it"),
    "a syntax error": (
        "import math\nclass Torn(:\n",
        "cavity.py, line 2 raises SyntaxError: invalid syntax",
        "class Torn(:",
    ),
    "an import error": (
        "\nimport no_such_module\n",
        "cavity.py, line 2 raises ModuleNotFoundError: No module named 'no_such_module'",
    ),
    "an error of its own": (
        CAVITY + "\n1 / 0\n",
        "raises ZeroDivisionError: division by zero; correct it",
    ),
    "a recursion without end": (
        "def f():\n    f()\n\nf()\n",
        "cavity.py, line 2 raises RecursionError: maximum",
    ),
    "an exit": (
        "import sys\nsys.exit()\n",
        "calls sys.exit() while it is loaded (cavity.py, line 2)",
        "__main__",
    ),
    "no model()": (
        CAVITY[:MODEL].rpartition("    def model")[0],
        "names Cavity, which has no model()",
    ),
    "no decorator": (
        CAVITY.replace("@dataclass(frozen=True, eq=False)\n", ""),
        "Cavity must be decorated with @dataclass(frozen=True, eq=False)",
    ),
    "a reference that is no text": (
        CAVITY.replace('"doi:10.1088/0305-4470/13/2/034"', "3"),
        "REFERENCE = 3 must be text",
    ),
    "published values that are no dictionary": (
        CAVITY.replace('{"detuning": -3.0, "shift": 0.4, "drive": 2.4}', "[1.0]"),
        "PUBLISHED = [1.0] must be a dictionary",
    ),
    "published values that lack one": (
        CAVITY.replace('"shift": 0.4, ', ""),
        "[parameters] shift must be given: PUBLISHED of Cavity has no value",
    ),
    "a published value that is not finite": (
        CAVITY.replace('"shift": 0.4', '"shift": float("nan")'),
        "PUBLISHED of Cavity is refused: shift must be finite, in rad/s",
    ),
    "a published value of no parameter": (
        CAVITY.replace('"shift": 0.4', '"shift": 0.4, "shfit": 1.0'),
        "PUBLISHED of Cavity is refused: Cavity has no parameter 'shfit'",
    ),
    "several values of a parameter": (
        CAVITY.replace('"shift": 0.4', '"shift": __import__("numpy").ones(3)'),
        "Cavity has parameters of shape (3,)",
    ),
    "a model that is none": (
        with_model("return None"),
        "Cavity.model() must return a Model",
        "(got None)",
    ),
    "a model of a wrong name": (
        with_model("return ql.Model.build(['cavity'], [ql.terms.kerr('cavty', 1.0)])"),
        "give no model (cavity.py, line 29: ",
        "cavty",
    ),
    "a mistyped name in model()": (
        with_model("return ql.Model.biuld([])"),
        "cavity.py, line 29 raises AttributeError: ",
        "biuld",
    ),
    "an exit in model()": (
        with_model("raise SystemExit(0)"),
        "cavity.py, line 29 calls sys.exit(); remove the call",
    ),
    "an unknown mode in its pair": (
        CAVITY + '\n    pair = ("cavity", "mirror")\n',
        "pair of Cavity = ",
        "names mode 'mirror', which is unknown",
    ),
    "a pair that is none": (
        CAVITY + "\n    pair = 3\n",
        "must be the names of two modes of cavity",
    ),
    "methods that return no system": (
        CAVITY + "\n    def dark(self):\n        return None\n",
        "Cavity.dark() must return a System",
    ),
    "an effective detuning of a wrong shape": (
        CAVITY
        + "\n    def at_effective_detuning(self, detuning):\n        return self\n"
        + "\n    def effective_detuning(self, mean):\n        return 3.0\n",
        "must return one detuning for each cavity, in rad/s (got 3.0)",
    ),
    "a homodyne record that fails": (
        CAVITY + "\n    def homodyne(self, phase):\n        return self.lamp\n",
        "cavity.py, line 40 raises AttributeError",
    ),
    "a unit that is no text": (
        CAVITY.replace('"K", "rad/s"', '"K", None'),
        "the unit of shift must be text (got None)",
    ),
    "a model that is no method": (
        CAVITY.replace("    def model(", "    @property\n    def model("),
        "whose model must be a method: def model(self)",
    ),
    "one of two methods": (
        CAVITY + "\n    def effective_detuning(self, mean):\n        return mean\n",
        "Cavity defines effective_detuning alone",
    ),
    "a method that fails later": (
        CAVITY + "\n    def reversed(self):\n        return self.lamp\n",
        "cavity.py, line 40 raises AttributeError: 'Cavity' object has no attribute 'lamp'",
    ),
}
REFERENCES = {
    "no file": ("cavty.py:Cavity", "there is no file", "did you mean 'cavity.py'?"),
    "no class": ("cavity.py:Cavty", "has no class", "did you mean 'Cavity'?"),
    "a function": ("cavity.py:dataclass", "names dataclass, which is no system"),
    "a module": ("cavity.py:ql", "names ql, which is no system"),
    "nothing after the colon": ("cavity.py:", "must name a class after the colon"),
    "no name after the colon": ("cavity.py:My Cavity", "must name a class after the colon"),
    "a name too long": ("a" * 300 + ".py", "cannot be read (File name too long)"),
    "a folder": ("own.py:Cavity", "is a folder; name a file in it"),
    "two classes of a file": ("cavity.py:Cavity:Second", "must name a class after the colon"),
}


@pytest.mark.parametrize("case", FILES)
def test_mistakes_in_a_file_are_named_without_a_traceback(refused_system, case):
    text, *fragments = FILES[case]
    options = ["--reversed"] if case == "a method that fails later" else []
    refused_system(text, fragments, options=options)


@pytest.mark.parametrize("case", REFERENCES)
def test_mistakes_in_the_name_of_a_file_are_named(refused_system, tmp_path, case):
    reference, *fragments = REFERENCES[case]
    (tmp_path / "own.py").mkdir()
    refused_system(CAVITY, fragments, reference)


def test_a_run_file_without_the_suffix_or_with_a_folder_is_told_what_is_meant(
    refused_file, tmp_path
):
    write_system(tmp_path / "own")
    run = RUN.format(trajectories=64, duration=1, samples=4, more="")
    for name, meant in (
        ("own/cavity:Cavity", 'did you mean "own/cavity.py:Cavity"?'),
        ("own", "it is a folder; name a file in it"),
        ("own/nothing.py", "there is no file"),
    ):
        refused_file(run.replace("own/cavity.py:Cavity", name), [meant])


def test_a_file_is_found_from_the_folder_of_the_run_file(tmp_path, monkeypatch):
    write_system(tmp_path / "own")
    text = RUN.format(trajectories=64, duration=1, samples=4, more="")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir("/")
    run = load_runfile(tmp_path / "mine.toml")
    assert run.system.parameters() == {"detuning": -3.0, "shift": 0.4, "drive": 2.4}
    assert run.integration.duration == 1.0
    assert run.source.kind == "file"
    assert (run.source.reference, run.source.name) == ("own/cavity.py:Cavity", "cavity.py:Cavity")
    assert run.identity["system_sha256"] == run.source.sha256


@pytest.mark.parametrize("line", ["if self.drive > 1: pass", "__import__('math').sqrt(self.drive)"])
def test_a_map_says_that_its_parameters_are_arrays(refused, tmp_path, line):
    text = f"{CAVITY[:MODEL]}        {line}\n{CAVITY[MODEL:]}"
    write_system(tmp_path / "own", text)
    (tmp_path / "mine.toml").write_text(GRID, encoding="utf-8")
    refused(
        ["map", "mine.toml"],
        ["[map] cavity.py, line 29: ", "in a map the parameters are arrays, so model() must use"],
    )


def test_a_derived_quantity_that_is_no_number_is_named(refused_system):
    text = CAVITY.replace("return DECAY", "return 'one'")
    refused_system(text, ["decay of Cavity gives no number: "], options=["--set", "drive=2 decay"])


def test_each_file_imports_the_modules_beside_it(tmp_path):
    """Two files whose neighbours have one name, in one process."""
    before = [*sys.path, os.getcwd()]
    for number, rate in enumerate(("1.0", "7.0")):
        folder = tmp_path / str(number)
        write_system(folder)
        moved = "import os\nos.chdir('/')\n"
        (folder / "rates.py").write_text(f"{moved}DECAY = {rate}\n")
        found = find_system("cavity.py", folder)
        assert found.system.published().decay == float(rate)
        assert "rates" not in sys.modules
    assert [*sys.path, os.getcwd()] == before


def test_parameters_without_published_values_are_given_in_the_run_file(tmp_path):
    text = CAVITY.replace('{"detuning": -3.0, "shift": 0.4, "drive": 2.4}', "{}")
    path = write_system(tmp_path, text)
    changes = {"detuning": "-3 decay", "shift": "0.4 /s", "drive": "-0.8 detuning"}
    system, pair = load_system(path, changes)
    assert system.parameters() == pytest.approx({"detuning": -3.0, "shift": 0.4, "drive": 2.4})
    assert pair == ("cavity", "cavity")


def test_one_class_with_a_model_is_the_system_of_its_file(tmp_path):
    """A class without model() is a base of others, and does not count."""
    base = "class Base(ql.System):\n    pass\n\n\n@dataclass"
    text = CAVITY.replace("@dataclass", base).replace("Cavity(ql.System)", "Cavity(Base)")
    assert find_system("cavity.py", write_system(tmp_path, text).parent).system.__name__ == "Cavity"


def test_the_text_that_a_result_keeps_runs_no_file(tmp_path, monkeypatch):
    write_system(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunFileError, match="is a user's file, which is run only when it is named"):
        find_system("cavity.py:Cavity", None)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install a package that offers systems by entry points."""

    def install(name="rings", **points):
        write_system(tmp_path)
        (tmp_path / f"{name}.py").write_text(CAVITY, encoding="utf-8")
        about = tmp_path / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        listed = "\n".join(f"{key} = {value}" for key, value in points.items())
        (about / "entry_points.txt").write_text(f"[{system_sources.GROUP}]\n{listed}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        for module in ("rates", name):
            monkeypatch.delitem(sys.modules, module, raising=False)
        system_sources._entry_points.cache_clear()

    yield install
    system_sources._entry_points.cache_clear()


def test_an_installed_system_is_imported_when_it_is_asked_for(package):
    package(ring="rings:Cavity")
    assert find_system("spinning", None).system is SpinningResonator
    assert list(system_sources.installed_systems()) == ["ring"]
    assert "rings" not in sys.modules
    found = find_system("ring", None)
    assert (found.system.__module__, found.source.kind) == ("rings", "installed")
    assert found.source.text == CAVITY
    assert load_system("ring", {"drive": 2.0})[0].parameters()["drive"] == 2.0
    with pytest.raises(RunFileError, match="did you mean 'ring'"):
        find_system("rnig", None)


def test_installed_systems_are_listed_and_broken_ones_with_the_reason(package, command):
    package(ring="rings:Cavity", torn="rings:Missing", plain="rings:DECAY")
    code, printed, _ = command("systems")
    assert code == 0
    assert "ring: Cavity (doi:10.1088/0305-4470/13/2/034), modes cavity" in printed
    assert 'torn: left out, system = "torn" cannot be imported: the installed package' in printed
    assert "names rings:DECAY, which is no system" in printed


def test_a_name_that_is_taken_is_refused_or_warned_of(package):
    package(ring="rings:Cavity", spinning="rings:Cavity")
    package("others", ring="others:Cavity")
    with pytest.raises(RunFileError, match=r"is offered by the installed package .* and the inst"):
        find_system("ring", None)
    with pytest.warns(SystemFileWarning, match="offers a system 'spinning', which is the name of"):
        assert find_system("spinning", None).system is SpinningResonator


def test_a_result_of_an_installed_system_is_repeated_by_its_name(package):
    package(ring="rings:Cavity")
    found = find_system("ring", None)
    run = SimpleNamespace(title="", text="", source=found.source)
    kept = made_from(run, "run")
    assert system_of_result("mine", kept, None, changed=False).system is found.system
    other = kept | {"system_sha256": "0" * 64}
    with pytest.raises(RunFileError, match="the installed system ring is not the one with which"):
        system_of_result("mine", other, None, changed=False)
    assert system_of_result("mine", other, None, changed=True).system is found.system
    with pytest.raises(RunFileError, match=r"--system ring.py is for results of a system in a use"):
        system_of_result("mine", kept, "ring.py", changed=False)
    missing = kept | {"system_reference": "gone", "system_name": "gone"}
    with pytest.raises(RunFileError, match="'gone', which no package offers here; install the pac"):
        system_of_result("mine", missing, None, changed=False)


def test_another_class_of_the_file_does_not_repeat_a_result(tmp_path):
    path = write_system(tmp_path, TWO)
    found = find_system("cavity.py:Cavity", tmp_path)
    kept = made_from(SimpleNamespace(title="", text="", source=found.source), "run")
    again = system_of_result("mine", kept, str(path), changed=False)
    assert again.system.__name__ == "Cavity"
    second = find_system("cavity.py:Second", tmp_path).source
    with pytest.raises(RunFileError, match=r"it was .*:Cavity, and is .*:Second"):
        require_same_system(kept, second, "it")
    for wrong, why in ((f"{path}:Second", "is not the class with which"), ("ring", "must be a fi")):
        with pytest.raises(RunFileError, match=why):
            system_of_result("mine", kept, wrong, changed=False)


def test_a_shipped_system_is_repeated_as_before_and_a_kept_path_stays_inside_the_package():
    about = {"system_kind": "shipped", "system_reference": "spinning", "system_name": "spinning"}
    assert system_of_result("mine", about, None, changed=False) is None
    assert system_of_result("mine", {}, None, changed=False) is None
    outside = about | {"system_reference": "../tests/conftest.py:Cavity"}
    with pytest.raises(RunFileError, match="does not ship with qlangevin"):
        system_of_result("mine", outside, None, changed=False)


def test_a_system_in_place_of_a_run_file_is_told_apart(refused, tmp_path):
    write_system(tmp_path)
    refused(["run", "cavity.py:Cavity"], ["is a system, and a run file is needed (TOML)"])


def test_a_file_beside_the_shipped_runs_counts_as_shipped(tmp_path, monkeypatch):
    monkeypatch.setattr(system_sources, "SHIPPED", tmp_path.resolve())
    write_system(tmp_path / "own")
    source = find_system("own/cavity.py", tmp_path).source
    assert (source.kind, source.reference) == ("shipped", "own/cavity.py:Cavity")
    assert isinstance(source, SystemSource)
    assert Path(source.reference).name == source.name


def test_the_symbol_of_a_parameter_is_told_from_its_name(tmp_path):
    (tmp_path / "cavity.py").write_text(CAVITY, encoding="utf-8")
    with pytest.raises(RunFileError, match="K is unknown: it is the symbol of shift"):
        load_system(str(tmp_path / "cavity.py"), {"K": 1.0})
