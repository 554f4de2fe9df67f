"""Bad tables on light: each refused before any work, in one line with key, value and remedy."""

from ..rows import GOOD, table

HEAD = 'system = "spinning"\n'
SPECTRA = HEAD + "[spectra]\n"
FREQUENCIES = "frequencies = [0, 1e7]\n"
RANGE = "frequencies = {{ start = {}, stop = {}, points = {} }}\n"
FILTER = 'stokes = { port = "driven_fibre", width = 1e6 }\n'
MODES = HEAD + "[output_modes]\n{}\n[output_modes.filters]\n"

SPECTRA_ROWS = {
    "no table": ("", "[spectra] and [output_modes] are missing", "frequencies"),
    "no frequencies": ("[spectra]\n", "[spectra] frequencies is missing"),
    "frequencies a number": (
        "[spectra]\nfrequencies = 3",
        "[spectra] frequencies holds 3; give a list of quantities, or { start",
    ),
    "no frequency": ("[spectra]\nfrequencies = []", "frequencies = [] must hold one"),
    "hertz": (
        "[spectra]\n" + RANGE.format('"-5 MHz"', '"5 MHz"', 3),
        '[spectra.frequencies] start = "-5 MHz" is a frequency',
        "2π × 5 MHz",
    ),
    "a range that falls": (
        "[spectra]\n" + RANGE.format(1, -1, 3),
        "[spectra.frequencies] stop = -1 must be larger than start = 1",
    ),
    "one point": (
        "[spectra]\n" + RANGE.format(0, 1, 1),
        "[spectra.frequencies] points = 1 ",
        "greater than or equal to 2",
    ),
    "a key of a range mistyped": (
        "[spectra]\nfrequencies = { start = 0, stop = 1, points = 3, step = 1 }",
        "[spectra.frequencies] step is an unknown key",
        "did you mean 'stop'",
    ),
    "a key mistyped": (
        f"[spectra]\n{FREQUENCIES}port = 3",
        "[spectra] port is an unknown key",
        "did you mean 'ports'",
    ),
    "a port mistyped": (
        f'[spectra]\n{FREQUENCIES}ports = ["driven_fiber"]',
        '[spectra] ports names "driven_fiber", which is unknown',
        "did you mean 'driven_fibre'",
    ),
    "a port twice": (
        f'[spectra]\n{FREQUENCIES}ports = ["driven_fibre", "driven_fibre"]',
        "[spectra] ports holds a value twice",
    ),
    "an angle of mass": (
        f'[spectra]\n{FREQUENCIES}angles = ["3 kg"]',
        '[spectra] angles = "3 kg" has the wrong unit',
        "in rad",
    ),
    "an efficiency above one": (
        f"[spectra]\n{FREQUENCIES}efficiency = {{ driven_fibre = 1.5 }}",
        "[spectra.efficiency] driven_fibre = 1.5 must lie between 0 and 1",
    ),
    "an efficiency of no port": (
        f"[spectra]\n{FREQUENCIES}efficiency = {{ fibre = 1 }}",
        '[spectra.efficiency] names "fibre", which is unknown',
    ),
    "a probe by no port": (
        f'[spectra]\n{FREQUENCIES}probe = {{ input = "fibre" }}',
        '[spectra.probe] input names "fibre"',
        "light enters by driven_fibre, reflected_fibre",
    ),
    "a probe without input": (
        f'[spectra]\n{FREQUENCIES}probe = {{ output = "driven_fibre" }}',
        "[spectra.probe] input is missing",
    ),
    "a branch that is negative": (f"[spectra]\n{FREQUENCIES}branch = -1", "[spectra] branch = -1"),
    "a branch that is not there": (
        f"[spectra]\n{FREQUENCIES}branch = 7",
        "[spectra] branch must be stable (got branch 7",
        "stable branches [0]",
    ),
    "no steady state": (
        f'direction = "reversed"\n[spectra]\n{FREQUENCIES}',
        "[spectra] branch must be stable",
        "no branch is stable",
    ),
    "two branches": (
        f"[spectra]\n{FREQUENCIES}branch = 1\n"
        f"[output_modes]\nbranch = 0\n[output_modes.filters]\n{FILTER}",
        "[output_modes] branch = 0 is not that of [spectra], 1",
    ),
}


@table(SPECTRA_ROWS)
def test_a_wrong_table_of_spectra_is_refused_with_the_remedy(refused_file, written, fragments):
    refused_file(HEAD + written, fragments, "spectra")


MODES_ROWS = {
    "no filter": ("", "[output_modes] filters = {}", "at least 1"),
    "a filter without width": (
        's = { port = "driven_fibre" }',
        "[output_modes.filters.s] width is missing",
    ),
    "a key mistyped": (
        's = { port = "driven_fibre", width = 1, center = 0 }',
        "[output_modes.filters.s] center is an unknown key",
        "did you mean 'centre'",
    ),
    "a width in hertz": (
        's = { port = "driven_fibre", width = "1 kHz" }',
        '[output_modes.filters.s] width = "1 kHz" is a frequency',
    ),
    "no width": (
        's = { port = "driven_fibre", width = 0 }',
        "[output_modes.filters.s] width of Filter must be positive",
    ),
    "a shape mistyped": (
        's = { port = "driven_fibre", width = 1, shape = "lorentz" }',
        '[output_modes.filters.s] shape names "lorentz", which is unknown',
        "did you mean 'lorentzian'",
    ),
    "a port mistyped": (
        's = { port = "fibre", width = 1 }',
        '[output_modes.filters.s] port names "fibre"',
    ),
    "a name of the system's": (
        'mechanical = { port = "driven_fibre", width = 1 }',
        "[output_modes.filters.mechanical] has the name of a mode of the system",
    ),
    "a name of two words": (
        '"a b" = { port = "driven_fibre", width = 1 }',
        "[output_modes.filters] mode name must consist of letters, digits and _",
    ),
    "filters that overlap": (
        's = { port = "driven_fibre", width = 1e6 }\nt = { port = "driven_fibre", width = 2e6 }',
        "[output_modes] filters 't' and 's' of port 'driven_fibre' do not commute",
        "overlapping='orthogonalise'",
    ),
}


@table(MODES_ROWS)
def test_a_wrong_filter_is_refused_with_the_remedy(refused_file, written, fragments):
    refused_file(MODES.format("") + written, fragments, "spectra")


SETTINGS_ROWS = {
    "a pair of one": ('pairs = [["stokes"]]', "[output_modes] pairs = ", "2 items"),
    "no pair": ("pairs = []", "[output_modes] pairs = []", "at least 1"),
    "a mode mistyped": (
        'pairs = [["stokes", "mechanicl"]]',
        '[output_modes] pairs names "mechanicl"',
        "did you mean 'mechanical'",
    ),
    "a mode with itself": ('pairs = [["stokes", "stokes"]]', "[output_modes] pairs holds a value"),
    "a pair twice": (
        'pairs = [["stokes", "driven"], ["driven", "stokes"]]',
        "[output_modes] pairs holds a value twice",
    ),
    "no filtered mode": (
        'pairs = [["driven", "mechanical"]]',
        "has no filtered mode; qlangevin steady reports the modes of the system",
    ),
    "overlapping mistyped": (
        'overlapping = "refused"',
        '[output_modes] overlapping = "refused" is unknown',
        "did you mean 'refuse'",
    ),
}


@table(SETTINGS_ROWS)
def test_a_wrong_pair_is_refused_with_the_remedy(refused_file, written, fragments):
    refused_file(MODES.format(written) + FILTER, fragments, "spectra")


def test_light_that_is_fed_on_is_refused_with_where_it_leaves(refused_file):
    for table_, key in (
        ('[spectra]\nfrequencies = [0]\nports = ["left_fibre"]', "[spectra] ports"),
        (
            '[output_modes.filters]\ns = { port = "left_fibre", width = 1 }',
            "[output_modes.filters.s] port",
        ),
    ):
        text = f'system = "cascaded"\nparameters.noise = "consistent"\n{table_}'
        where = "whose light is fed on to port 'right_fibre'"
        refused_file(text, [f'{key} names "left_fibre", {where}'], "spectra")


def test_a_system_beyond_its_threshold_is_refused(refused_file):
    text = 'system = "microrings"\nparameters.two_photon_drive = "3 detuning_a"\n'
    refused_file(f"{text}[spectra]\nfrequencies = [0]\n", ["[spectra] ", "stable"], "spectra")


def test_run_refuses_mistakes_of_the_tables_on_light_and_names_the_command(refused_file):
    run = "[run]\n" + "".join(f"{key} = {value}\n" for key, value in GOOD.items())
    refused_file(SPECTRA + FREQUENCIES + 'ports = ["fibre"]\n' + run, ["[spectra] ports names"])
    refused_file(SPECTRA + FREQUENCIES, ["[run] is missing; qlangevin spectra reads its [spectra]"])
