"""Bad [run] and [report] tables: each refused before any work, in one line, with exit code 2."""

from qlangevin.sde.support import memory

from ..rows import PLAIN, WHOLE, run_table, table

UNTIL = '"log_negativity(driven, {})"'
RUN = {
    "no trajectories": ("trajectories = 0", "trajectories = 0 ", "greater than or equal to 1"),
    "negative trajectories": (
        "trajectories = -5",
        "trajectories = -5 ",
        "greater than or equal to 1",
    ),
    "half a trajectory": ("trajectories = 1.5", "trajectories = 1.5 ", "integer"),
    "true trajectories": ("trajectories = true", "trajectories = true ", "integer"),
    "trajectories in words": ('trajectories = "64"', 'trajectories = "64" ', "integer"),
    "trajectories without end": (
        "trajectories = 10000000000",
        "trajectories = 10000000000 ",
        "less than or equal to",
    ),
    "no samples": ("samples = 0", "samples = 0 ", "greater than or equal to 1"),
    "samples without end": (
        "samples = 100000000",
        "samples = 100000000 ",
        "less than or equal to 1000000",
    ),
    "negative seed": ("seed = -1", "seed = -1 ", "greater than or equal to 0"),
    "seed too large": (
        "seed = 18446744073709551616",
        "seed = 18446744073709551616 ",
        "less than 18446744073709551616",
    ),
    "seed of thousands of digits": (
        f"seed = 0x{'f' * 5000}",
        "seed = a number of thousands",
        "less than",
    ),
    "true seed": ("seed = true", "seed = true ", "integer"),
    "no step": ("step = 0", "step = 0 must be positive", "1.5 µs"),
    "negative step": ('step = "-1 ps"', 'step = "-1 ps" must be positive', "1.5 µs"),
    "step in watts": ('step = "1 mW"', 'step = "1 mW" has the wrong unit', "1.5 µs"),
    "step in hertz": ('step = "10 Hz"', 'step = "10 Hz" has the wrong unit', "1.5 µs"),
    "step in a list": ("step = [1]", "step = [1] must be a number or a quantity", "1.5 µs"),
    "step in a table": (
        "step = { a = 1 }",
        'step = {"a": 1} must be a number or a quantity',
        "1.5 µs",
    ),
    "step not a number": ("step = nan", "step = nan must be finite", "1.5 µs"),
    "empty step": ('step = ""', 'step = "" cannot be read', "1.5 µs"),
    "step longer than the run": (
        'step = "2 µs"',
        'step = "2 µs" exceeds the duration "1 µs"; shorten it',
    ),
    "steps without end": (
        "step = 1e-320",
        "step = 1e-320 makes more than 2e+12 steps; lengthen it",
    ),
    "endless duration": ("duration = inf", "duration = inf must be finite", "1.5 µs"),
    "true duration": ("duration = true", "duration = true must be a number", "1.5 µs"),
    "duration by a rate mistyped": (
        'duration = "9 / decai"',
        'duration = "9 / decai" cannot be read',
        "1.5 µs",
    ),
    "scheme unknown": (
        'scheme = "milstein"',
        'scheme = "milstein" is unknown',
        "known are euler-maruyama",
    ),
    "scheme mistyped": (
        'scheme = "exponental"',
        'scheme = "exponental" is unknown',
        "did you mean 'exponential'",
    ),
    "scheme a number": ("scheme = 3", "scheme = 3 ", "string"),
    "increments unknown": (
        'increments = "gauss"',
        'increments = "gauss" ',
        "'gaussian', 'two-point' or",
    ),
    "step check a number": ("step_check = 1", "step_check = 1 ", "boolean"),
    "step check of another scheme": (
        'step_check = true\nscheme = "auto"',
        "step_check",
        "leave it out",
        '"auto"',
    ),
    "start unknown": ('start = "light"', 'start = "light" ', "'dark' or 'steady'"),
    "branch from the dark": ("branch = 0", "branch = 0 needs", 'start = "steady"'),
    "negative branch": (
        'start = "steady"\nbranch = -1',
        "branch = -1 ",
        "greater than or equal to 0",
    ),
    "branch that is not there": (
        'start = "steady"\nbranch = 7',
        "branch must be one of the stable",
        "[0]",
        "got 7",
    ),
    "key mistyped": (
        "trajectory = 1",
        "trajectory is an unknown key",
        "did you mean 'trajectories'",
    ),
    "key a digit": ("3 = 1", "3 is an unknown key", "known are trajectories"),
    "no nonlinearity": ("nonlinearity = 0", "nonlinearity = 0 ", "greater than 0"),
    "negative nonlinearity": ("nonlinearity = -1", "nonlinearity = -1 ", "greater than 0"),
    "nonlinearity not a number": ("nonlinearity = nan", "nonlinearity = nan ", "finite"),
    "nonlinearity without bound": (
        "nonlinearity = 1e308",
        "nonlinearity must be nearer to 1",
        "got 1e+308",
    ),
    "pairs of an odd number": (
        "antithetic = true\ntrajectories = 65",
        "trajectories must be even",
        "got 65",
    ),
    "pairs a number": ("antithetic = 1", "antithetic = 1 ", "boolean"),
    "until in words": ('until = "purity"', 'until = "purity" ', "a table"),
    "until a quantity unknown": (
        "until = { entropy = 1e-3 }",
        "until: 'entropy' is no quantity",
        "did you mean",
    ),
    "until a mode unknown": (
        f"until = {{ {UNTIL.format('mechanic')} = 1e-3 }}",
        "until: 'log_negativity(driven, mechanic)'",
        "did you mean 'mechanical'",
    ),
    "until a mode twice": (
        f"until = {{ {UNTIL.format('driven')} = 1e-3 }}",
        "until: 'log_neg",
        "must name 2 of driven",
    ),
    "until no error": ("until = { purity = 0 }", "until 'purity' must be positive", "got 0"),
    "until a negative error": (
        "until = { purity = -1 }",
        "until 'purity' must be positive",
        "got -1",
    ),
    "until an error in words": ('until = { int = "x" }', '[run.until] int = "x" ', "number"),
    "step beyond Euler's limit": (
        'step = "0.5 µs"',
        "step must be below 2.45e-09 s for euler",
        "got 5e-07 s",
        "2.2e-11 s",
    ),
    "step of a large bias": (
        'step = "8 ns"\nscheme = "runge-kutta"',
        "a step of 8e-09 s makes the covariance",
        "below 3.3e-09 s",
    ),
    "step errors ignored": (
        'step_errors = "ignore"',
        'step_errors = "ignore" ',
        "'refuse' or 'warn'",
    ),
    "step off the course": (
        'step = "0.5 µs"\nscheme = "exponential"',
        "step = 5e-07 s",
        "take a smaller one",
    ),
}


@table(RUN)
def test_a_wrong_value_in_run_is_refused_with_the_remedy(refused_file, written, fragments):
    refused_file(f"{PLAIN}{run_table(written)}", fragments)


REPORT = {
    "one mode": ('entanglement = ["driven"]', 'entanglement = ["driven"] ', "at least 2"),
    "three modes": (
        'entanglement = ["a", "b", "c"]',
        'entanglement = ["a", "b", "c"] ',
        "at most 2",
    ),
    "mode mistyped": (
        'entanglement = ["driven", "mechanic"]',
        'mode "mechanic"',
        "did you mean 'mechanical'",
    ),
    "the same mode twice": (
        'entanglement = ["driven", "driven"]',
        '["driven", "driven"] must name two modes of driven',
    ),
    "modes in one word": ('entanglement = "driven"', 'entanglement = "driven" ', "list"),
    "a number for a mode": ('entanglement = ["driven", 3]', "entanglement = 3 ", "string"),
    "key mistyped": (
        'entangelment = ["driven", "reflected"]',
        "entangelment is",
        "did you mean 'entanglement'",
    ),
}


@table(REPORT)
def test_a_wrong_report_is_refused_with_the_remedy(refused_file, written, fragments):
    refused_file(f"{PLAIN}{WHOLE}[report]\n{written}", ["[report] ", *fragments])


def test_samples_that_the_memory_does_not_hold_are_refused(refused_file, monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 2**20)
    refused_file(
        f"{PLAIN}{WHOLE}", ["[run] sums and moments at", "samples must be fewer (got 200)"]
    )
