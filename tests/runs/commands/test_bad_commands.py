"""Bad maps, command lines and output folders.

Each is refused before any work, in one line with key, value and remedy.
"""

import pytest
import xarray as xr

from ..rows import table

MAP = 'system = "spinning"\n[map]\nmeasures = ["{measure}"]\n[map.axes]\n{axes}\n'
RUN = 'system = "spinning"\n[run]\ntrajectories = 64\nduration = "1 µs"\nstep = "10 ps"\n'
RANGE = "spin = {{ start = {}, stop = {}, points = {} }}"

AXES = {
    "axis mistyped": ("spiin = [1]", "[map.axes] spiin is unknown", "did you mean 'spin'"),
    "axis of two lines": ('"a\\nb" = [1]', r'[map.axes] "a\nb" is unknown', "known are detuning"),
    "axis named like a type": ("int = [1]", "[map.axes] int is unknown", "known are detuning"),
    "axis undefined": (
        "effective_detuning = [1]",
        "effective_detuning is unknown",
        "did you mean 'detuning'",
    ),
    "no axis": ("", "[map] axes = {}", "at least 1"),
    "axis a number": ("spin = 3", "[map.axes] spin holds 3; give a list of quantities, or { start"),
    "axis a word": (
        'spin = "1 rad/s"',
        'spin holds "1 rad/s"; give a list of quantities, or { start',
    ),
    "axis empty": ("spin = []", "[map] spin must be a list of finite numbers, at least one"),
    "a value twice": ("spin = [1, 1]", "[map] spin must not repeat a value", "[1., 1.]"),
    "a true value": ("spin = [true]", "[map.axes] spin = true must be a number", "2π × 5 MHz"),
    "a value of values": ("spin = [[1]]", "[map.axes] spin = [1] must be a number", "2π × 5 MHz"),
    "a value not a number": ("spin = [nan]", "[map.axes] spin = nan must be finite"),
    "a value in hertz": (
        RANGE.format(0, '"1 Hz"', 3),
        '[map.axes] spin.stop = "1 Hz" is a frequency',
        "2π × 5 MHz",
    ),
    "a value of mass": (
        'spin = ["5 kg"]',
        '[map.axes] spin = "5 kg" has the wrong unit',
        "in rad/s",
    ),
    "a negative power at the end": (
        "power = [1, -1]",
        "[map] power must be zero or positive, in W",
        "-1.",
    ),
    "a rate without bound": (
        "spin = [1e300]",
        "[map] axes spin give no model",
        "check their units",
    ),
    "a point": (RANGE.format(0, 1, 1), "[map.axes.spin] points = 1 ", "greater than or equal to 2"),
    "half a point": (RANGE.format(0, 1, 2.5), "[map.axes.spin] points = 2.5 ", "integer"),
    "points without end": (
        RANGE.format(0, 1, 10**8),
        "points = 100000000 ",
        "less than or equal to 1000000",
    ),
    "no points": ("spin = { start = 1, stop = 2 }", "[map.axes.spin] points is missing"),
    "a key too many": (
        "spin = { start = 1, stop = 2, points = 3, steps = 1 }",
        "[map.axes.spin] steps is an unknown",
    ),
    "a grid beyond the memory": (
        "\n".join(
            f"{name} = {{ start = 0, stop = 1, points = 1000000 }}" for name in ("spin", "detuning")
        ),
        "[map] 1000000000000 points of a grid",
        "take fewer points",
    ),
}


@table(AXES)
def test_a_wrong_axis_of_a_map_is_refused_with_the_remedy(refused_file, written, fragments):
    refused_file(MAP.format(measure="purity", axes=written), fragments, "map")


MEASURES = {
    "unknown": ("photons", "'photons' is no measure", "did you mean 'populations'"),
    "of one mode": (
        "log_negativity(driven)",
        "'log_negativity(driven)' must name 2 different modes, such as",
    ),
    "of one mode twice": (
        "steering(driven, driven)",
        "'steering(driven, driven)' must name 2 different modes",
    ),
    "of a mode unknown": ("squeezing(mechanic)", "'mechanic', which is none of driven"),
    "of no mode": (
        "photon_number",
        "'photon_number' must name 1 mode, such as photon_number(driven)",
    ),
    "of a mode too many": ("purity(driven)", "'purity(driven)' must name no modes"),
    "of a port unknown": ("transmission(x)", "names 'x', which is none of driven_fibre"),
    "a tensor": ("reduced(driven)", "'reduced(driven)' is no measure", "choose from"),
    "without end": ("a" * 3000, '= "aaaa', "at most 200 characters"),
}


@table(MEASURES)
def test_a_wrong_measure_of_a_map_is_refused_with_the_remedy(refused_file, written, fragments):
    refused_file(
        MAP.format(measure=written, axes="spin = [1]"), ["[map] measures", *fragments], "map"
    )


OTHER_MAPS = {
    "key mistyped": (
        '[map]\nmeasure = ["purity"]\naxes.power = [1]',
        "[map] measure is an unknown",
        "'measures'",
    ),
    "measures in a word": (
        '[map]\nmeasures = "purity"\naxes.power = [1]',
        '[map] measures = "purity"',
        "list",
    ),
    "a measure twice": (
        '[map]\nmeasures = ["purity", "purity"]\naxes.power = [1]',
        "'purity' already names",
    ),
    "no axes": ("[map]", "[map] axes is missing"),
    "axes a number": ("[map]\naxes = 3", "[map] axes = 3 is refused", "table of keys"),
    "no map": ("", "[map] is missing; it names the axes"),
    "words for an axis": (
        '[map.axes]\nnoise = ["published"]',
        "[map.axes] noise takes words",
        "one grid for each of",
    ),
    "detunings of both kinds": (
        "[map.axes]\neffective_detuning = [1]\ndetuning = [1]",
        "detuning follows from",
        "one",
    ),
}


@table(OTHER_MAPS)
def test_a_wrong_map_is_refused_with_the_remedy(refused_file, written, fragments):
    refused_file(f'system = "scatterers"\n{written}', fragments, "map")


CALLS = {
    "no command": ([], "a command is missing", "qlangevin --help"),
    "command unknown": (["dance"], "No such command 'dance'", "qlangevin --help"),
    "no run file": (["run"], "Missing argument", "COMMAND --help"),
    "two run files": (
        ["run", "spinning", "hybrid"],
        "unexpected extra argument",
        "hybrid",
        "--help",
    ),
    "option unknown": (["run", "--fast", "spinning"], "No such option", "--fast", "--help"),
    "no thread": (
        ["run", "spinning", "--threads", "0"],
        "--threads",
        "'0' must be a whole number, at least 1",
    ),
    "threads in words": (
        ["map", "spinning-map", "--threads", "two"],
        "--threads",
        "'two' must be a whole number",
    ),
    "half a thread": (
        ["run", "spinning", "--threads", "1.5"],
        "--threads",
        "'1.5' must be a whole number",
    ),
    "option without value": (["run", "spinning", "--threads"], "'--threads' requires an argument"),
    "tolerance not a number": (
        ["validate", "spinning", "--tolerance", "nan"],
        "--tolerance",
        "'nan' must be",
        "0.01",
    ),
    "no tolerance": (
        ["validate", "spinning", "--tolerance", "0"],
        "--tolerance",
        "'0' must be a number",
        "0.01",
    ),
    "run mistyped": (["run", "spining"], 'no run file "spining"', "did you mean 'spinning'"),
    "run unknown": (
        ["run", "nothing-like-it"],
        'no run file "nothing-like-it"',
        "spinning-reversed",
    ),
    "run that no file can be": (["run", "x" * 5000], 'no run file "xxx', "known are bistable"),
    "run of two lines": (["run", "a\nb"], r'no run file "a\nb"', "known are bistable"),
    "a folder": (["run", "."], "'.' is a folder; name a run file in it"),
    "a map to run": (["run", "spinning-map"], "[run] is missing; qlangevin map"),
    "a run to map": (["map", "spinning"], "[map] is missing"),
    "one branch to switch": (
        ["switching", "microrings"],
        "needs two stable branches, and there is 1",
        "change the",
    ),
    "a change without value": (
        ["steady", "spinning", "--set", "power"],
        '--set "power" must be NAME=VALUE, such as',
    ),
    "a change without name": (
        ["steady", "spinning", "--set", "=3"],
        '--set "=3" must be NAME=VALUE, such as',
    ),
    "a change mistyped": (
        ["steady", "spinning", "--set", "powr=1"],
        "powr is unknown",
        "did you mean 'power'",
    ),
    "a change of two lines": (
        ["steady", "spinning", "--set", "a\nb=1"],
        r'"a\nb" is unknown',
        "known are detuning",
    ),
    "a change in hertz": (
        ["steady", "spinning", "--set", "spin=5 MHz"],
        'spin = "5 MHz" is a frequency',
        "2π × 5 MHz",
    ),
    "a change of wrong unit": (
        ["steady", "spinning", "--set", "power=5 s"],
        'power = "5 s" has the wrong unit',
        "20 mW",
    ),
    "a change below zero": (
        ["steady", "spinning", "--set", "power=-1"],
        "power must be zero or positive",
        "got -1",
    ),
    "a change twice": (
        ["steady", "spinning", "--set", "power=1", "--set", "power=2"],
        '--set "power=2"',
        "one of the",
    ),
    "a bracket left open": (
        ["steady", "scatterers", "--set", "defect=[[1.0"],
        'defect = "[[1.0" cannot be read',
    ),
    "pairs of one": (
        ["steady", "scatterers", "--set", "defect=[[1.0]]"],
        "defect = [[1.0]]",
        "or pairs such as",
    ),
    "no direction": (
        ["steady", "hybrid", "--reversed"],
        'direction = "reversed" (--reversed)',
        "leave it out",
    ),
    "paper mistyped": (["reproduce", "spining"], "no paper 'spining'", "did you mean 'spinning'"),
    "a study of a linear model": (
        ["validate", "microrings", "--scale", "1:10"],
        "--scale",
        "linear",
    ),
}


@table(CALLS)
def test_a_wrong_command_line_is_refused_with_the_remedy(refused, written, fragments):
    refused(written, fragments)


@pytest.mark.parametrize(
    "scale",
    [
        "",
        "1",
        "1:",
        "2:1",
        "a:b",
        "0:1",
        "1:nan",
        "1:1e400",
        "-1:3",
        "1:2:1",
        "1:2:2.5",
        "1:2:3:4",
        "1:2:1e9",
        "nan:1",
        "::",
    ],
)
def test_a_malformed_scale_is_refused_with_an_example(refused, scale):
    refused(
        ["validate", "spinning", f"--scale={scale}"],
        [f'--scale "{scale}" must be SMALLEST:LARGEST', "such as 1:1e5:9, at most 1000 points"],
    )


@pytest.mark.parametrize("folder", ["blocked", "blocked/inside", "/dev/null/inside", "a" * 300])
@pytest.mark.parametrize("command", ["run", "map", "validate"])
def test_an_output_folder_that_cannot_be_made_is_refused(refused, tmp_path, command, folder):
    (tmp_path / "blocked").touch()
    (tmp_path / "mine.toml").write_text(RUN + "[map.axes]\nspin = [1]\n", encoding="utf-8")
    refused(
        [command, "mine.toml", "--output", folder],
        [f'output folder "{folder[:50]}', "cannot be written", "name another with --output"],
    )


def test_an_output_folder_in_place_of_a_file_by_default_is_refused_too(refused, tmp_path):
    (tmp_path / "results").touch()
    (tmp_path / "mine.toml").write_text(RUN, encoding="utf-8")
    refused(["run", "mine.toml"], ['output folder "results/mine" cannot be written', "--output"])


def test_a_folder_that_was_there_before_a_refusal_stays(refused, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine.toml").write_text(RUN.replace("10 ps", "0.5 µs"), encoding="utf-8")
    refused(["run", "mine.toml", "--output", "mine/deeper/still"], ["step must be below"])


@pytest.mark.parametrize("command", ["map", "switching"])
def test_the_result_of_another_command_is_not_replaced(refused, tmp_path, command):
    folder = tmp_path / "there"
    folder.mkdir()
    name = "spinning-map" if command == "map" else "bistable-switching"
    xr.Dataset(attrs={"command": "run"}).to_netcdf(folder / f"{name}.nc", engine="h5netcdf")
    words = [f"{name}.nc", f"the result of qlangevin run, which qlangevin {command} would replace"]
    refused([command, name, "--output", "there"], [*words, "--output"])
