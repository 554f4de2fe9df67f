"""Bad run files: each refused before any work, in one line with key, value and remedy, exit code 2.

A row is a mistake: what was written, and what the sentence must contain.
"""

import os

import pytest

from qlangevin.sde.systems import SYSTEMS

from ..rows import PLAIN, WHOLE, run_table, table

NOT_TOML = {
    "a word without quotes": (
        "system = spinning",
        "mine.toml is not TOML",
        "system = spinning",
        "words in quotes",
    ),
    "a table left open": (f"{PLAIN}\n[run\n", "is not TOML", "at line 3", '"[run"'),
    "a colon for an equals sign": ("system: spinning", "is not TOML", "system: spinning", "="),
    "a key twice": ('system = "a"\nsystem = "b"', "is not TOML", "system", "b", "each key once"),
    "a table twice": (
        f"{PLAIN}[run]\n[report]\n[run]\n",
        "is not TOML",
        "('run',) twice",
        "at line 4",
    ),
    "a quote left open": ('system = "spinning\n', "is not TOML", "at line 1", "system = "),
    "JSON": ('{"system": "spinning"}', "is not TOML", "at line 1"),
    "a control character": (b"\x00", "is not TOML", r"\u0000"),
    "Latin-1": (
        'title = "Größe"'.encode("latin-1"),
        "mine.toml is not UTF-8",
        "save it in that encoding",
    ),
    "UTF-16": (PLAIN.encode("utf-16"), "mine.toml is not UTF-8", "save it in that encoding"),
    "nesting without end": (b"x = " + b"[" * 3000, "nesting too long to read; shorten it"),
    "digits without end": (b"x = " + b"9" * 5000, "number", "too long to read; shorten it"),
    "an empty file": ("", "system is missing; the run file needs it"),
    "a comment alone": ("# to do", "system is missing; the run file needs it"),
}


@table(NOT_TOML)
def test_a_file_that_is_no_toml_is_refused_with_the_line(refused_file, written, fragments):
    refused_file(written, fragments)


TOP = {
    "system unknown": (
        'system = "spining"\n' + WHOLE,
        'system = "spining"',
        "did you mean 'spinning'",
    ),
    "system a number": ("system = 3", "system = 3 is refused", "string"),
    "system missing": ('title = "x"', "system is missing"),
    "title a number": (f"{PLAIN}title = 3", "title = 3 is refused", "string"),
    "key unknown": (f'{PLAIN}titel = "x"', "titel is an unknown key", "did you mean 'title'"),
    "key named like a type": (
        f"{PLAIN}float = 3",
        "float is an unknown key",
        "known are title, system",
    ),
    "key a digit": (f"{PLAIN}3 = 3", "3 is an unknown key", "known are title, system"),
    "key of two lines": (f'{PLAIN}"a\\nb" = 3', r'"a\nb" is an unknown key', "known are title"),
    "table unknown": (f"{PLAIN}[runs]\n", "runs is an unknown key", "did you mean 'run'"),
    "table a number": (f"{PLAIN}run = 3", "run = 3 is refused", "table of keys"),
    "table a list": (f"{PLAIN}[[run]]\ntrajectories = 1", "run = [{", "table of keys"),
    "parameters a number": (f"{PLAIN}parameters = 3", "parameters = 3 is refused", "table of keys"),
    "run missing": (PLAIN, "[run] is missing", "it gives the duration"),
    "a map run": (f"{PLAIN}[map.axes]\nspin = [1]", "[run] is missing", "qlangevin map"),
    "duration missing": (f"{PLAIN}[run]\ntrajectories = 1", "[run] duration is missing"),
    "direction unknown": (
        f'{PLAIN}direction = "backward"',
        'direction = "backward"',
        "'forward' or 'reversed'",
    ),
    "direction undefined": (
        f'system = "hybrid"\ndirection = "reversed"\n{WHOLE}',
        'direction = "reversed"',
        "'hybrid'; leave it out",
    ),
    "effective detuning undefined": (
        f"{PLAIN}effective_detuning = 1e6\n{WHOLE}",
        "effective_detuning is not defined for 'spinning'",
        "give the bare detuning",
    ),
    "effective detuning beside the bare one": (
        f'system = "cascaded"\neffective_detuning = 1e6\n[parameters]\ndetuning_left = 3\n{WHOLE}',
        "[parameters] detuning_left",
        "give one of the two",
    ),
    "effective detuning in hertz": (
        f'system = "cascaded"\neffective_detuning = "5 MHz"\n{WHOLE}',
        'effective_detuning = "5 MHz"',
        "2π × 5 MHz",
    ),
    "effective detuning true": (
        f'system = "cascaded"\neffective_detuning = true\n{WHOLE}',
        "effective_detuning = true",
        "2π × 5 MHz",
    ),
    "option of a system unknown": (
        f'system = "cascaded"\n[parameters]\nnoise = "consistant"\n{WHOLE}',
        "[parameters] noise = 'consistant'",
        "did you mean 'consistent'",
    ),
    "pairs of three": (
        f'system = "scatterers"\n[parameters]\ndefect = [[1, 2, 3]]\n{WHOLE}',
        "[parameters] defect = [[1, 2, 3]]",
        "or pairs such as",
    ),
    "linear system scaled": (
        f'system = "microrings"\n{run_table("nonlinearity = 2")}',
        "[run] nonlinearity = 2",
        "linear; leave it out",
    ),
    "nothing to start from": (
        PLAIN
        + 'direction = "reversed"\n[parameters]\nbackscattering = "decay / 4"\n'
        + run_table('start = "steady"'),
        "[run] start = 'steady'",
        "unstable (hopf)",
        "no steady state",
    ),
}


@table(TOP)
def test_mistakes_at_the_top_of_a_file_are_named(refused_file, written, fragments):
    refused_file(written, fragments)


def test_a_direction_that_its_system_lacks_is_refused(refused_file, monkeypatch):
    class Undirected(SYSTEMS["spinning"]):
        reversed = None

    monkeypatch.setitem(SYSTEMS, "undirected", Undirected)
    refused_file(
        f'system = "undirected"\ndirection = "reversed"\n{WHOLE}',
        ['direction = "reversed"', "leave it out"],
    )


PARAMETERS = {
    "name mistyped": ("mas = 1", "mas is unknown", "did you mean 'mass'"),
    "name unknown": ("frobnicate = 1", "frobnicate is unknown", "known are detuning"),
    "name of two lines": ('"a\\nb" = 1', r'"a\nb" is unknown', "known are detuning"),
    "megahertz for a rate": (
        'detuning = "5 MHz"',
        'detuning = "5 MHz" is a frequency',
        "2π × 5 MHz",
    ),
    "becquerel for a rate": (
        'detuning = "5 MBq"',
        'detuning = "5 MBq" has the wrong unit',
        "2π × 5 MHz",
    ),
    "baud for a rate": (
        'detuning = "9600 baud"',
        'detuning = "9600 baud" has the wrong unit',
        "2π × 5 MHz",
    ),
    "counts for a rate": ('spin = "100 cps"', 'spin = "100 cps" has the wrong unit', "2π × 5 MHz"),
    "curie for a rate": ('spin = "1 Ci"', 'spin = "1 Ci" has the wrong unit', "in rad/s"),
    "no unit in words": ('detuning = "0.3"', 'detuning = "0.3" has the wrong unit', "in rad/s"),
    "kelvin for watt": ('power = "20 mK"', 'power = "20 mK" has the wrong unit', "20 mW"),
    "degrees Celsius": ('temperature = "20 degC"', 'temperature = "20 degC"', "130 mK"),
    "negative power": ("power = -1.0", "power must be zero or positive", "got -1.0"),
    "negative temperature": (
        'temperature = "-1 K"',
        "temperature must be zero or positive, in K",
        "got -1.0",
    ),
    "negative rate": (
        'mechanical_damping = "-5 rad/s"',
        "mechanical_damping must be positive",
        "got -5.0",
    ),
    "no mass": ("mass = 0", "mass must be positive, in kg", "got 0"),
    "not a number": ("mass = nan", "mass = nan must be finite", "10 ng"),
    "infinity": ("detuning = inf", "detuning = inf must be finite", "2π × 5 MHz"),
    "infinity in words": ('power = "1e400 W"', 'power = "1e400 W" must be finite', "20 mW"),
    "true": ("mass = true", "mass = true must be a number", "10 ng"),
    "a date": ("mass = 1979-05-27", "mass = 1979-05-27 must be a number", "10 ng"),
    "a list": ("mass = [1, 2]", "mass = [1, 2] must be a number", "10 ng"),
    "a table": ("mass = { a = 1 }", 'mass = {"a": 1} must be a number', "10 ng"),
    "digits": (f"mass = {'9' * 400}", "mass = 9999", "10 ng"),
    "hexadecimal digits": (
        f"mass = 0x{'f' * 5000}",
        "mass = a number of thousands of digits",
        "10 ng",
    ),
    "words without end": (f'mass = "{"1 +" * 200}"', "mass is 600 characters long", "10 ng"),
    "itself": ('spin = "2 spin"', "spin refers back to itself", "as a number"),
    "a circle": ('spin = "detuning"\ndetuning = "spin"', "spin → detuning → spin", "as a number"),
    "a circle by a rate": (
        'quality_factor = "decay / (1 rad/s)"',
        "quality_factor refers back",
        "as a number",
    ),
    "a rate mistyped": (
        'backscattering = "decai / 4"',
        'backscattering = "decai / 4" cannot be read',
        "2π × 5 MHz",
    ),
    "a rate without bound": (
        'quality_factor = 1e-310\nspin = "decay"',
        'spin = "decay" must be finite',
    ),
    "no finite model": (
        'detuning = "1e20 rad/s"',
        "detuning must lie below",
        "got 1e+20",
        "check their units",
    ),
}


@table(PARAMETERS)
def test_a_wrong_parameter_is_refused_with_the_remedy(refused_file, written, fragments):
    refused_file(f"{PLAIN}[parameters]\n{written}\n{WHOLE}", ["[parameters] ", *fragments])


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="needs a file that its owner may not read"
)
def test_an_unreadable_file_is_refused(refused, tmp_path):
    (tmp_path / "mine.toml").touch(mode=0)
    refused(
        ["run", "mine.toml"],
        ["mine.toml cannot be read (Permission denied)", "check its permissions"],
    )
