"""Spectra and filtered modes from run files: closed forms, files, reports, repetition."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from qlangevin.runs.execution.light import compute_light
from qlangevin.runs.execution.light.windows import features
from qlangevin.runs.reports.light import light_report
from qlangevin.runs.reports.run import light_note
from qlangevin.runs.run_files.light import Changes, load_light
from qlangevin.runs.run_files.run import load_runfile
from qlangevin.steady import steady_state

from ..systems_in_files import CAVITY, RATES

OSCILLATOR = """
title = "Parametric oscillator at half its threshold"
[system]
modes = ["a"]
hamiltonian = "i χ (a†a† − a a) / 2"
[system.parameters]
χ = { value = "1e6 rad/s", meaning = "gain of the amplitude" }
κ = { value = "2e6 /s", meaning = "amplitude decay rate" }
[system.jumps]
out = "sqrt(2 κ) a"
[spectra]
frequencies = { start = "-2 κ", stop = "2 κ", points = 82 }
efficiency = { out = 0.9 }
angles = ["0.5 π", 0]
[output_modes]
efficiency = {}
[output_modes.filters]
slow = { port = "out", width = "1e-5 κ" }
"""
PAIR = """
[system]
modes = ["a", "b"]
hamiltonian = "i χ (a†b† − a b)"
[system.parameters]
χ = { value = "1e6 rad/s", meaning = "gain of the amplitudes" }
κ = { value = "2e6 /s", meaning = "amplitude decay rate" }
[system.jumps]
left = "sqrt(2 κ) a"
right = "sqrt(2 κ) b"
[output_modes]
pairs = [["signal", "idler"], ["signal", "a"]]
[output_modes.filters]
signal = { port = "left", width = "1e-6 κ" }
idler = { port = "right", width = "1e-6 κ" }
"""
TRANSPARENCY = """
[system]
modes = ["light", "mirror"]
hamiltonian = "Δ light†light + ω_m mirror†mirror + g (light†mirror + mirror†light)"
[system.parameters]
Δ = { value = "2π × 10 MHz", meaning = "detuning" }
ω_m = { value = "2π × 10 MHz", meaning = "frequency of the mirror" }
g = { value = "2π × 10 kHz", meaning = "coupling" }
κ = { value = "2π × 2 MHz", meaning = "energy decay rate of the light" }
γ = { value = "2π × 100 Hz", meaning = "energy decay rate of the mirror" }
[system.jumps]
fibre = "sqrt(κ / 2) light"
loss = "sqrt(κ / 2) light"
bath = { operator = "sqrt(γ) mirror", occupation = 10 }
[spectra]
frequencies = { start = "0.5 Δ", stop = "1.5 Δ", points = 42 }
ports = ["fibre"]
probe = { input = "fibre" }
"""


@pytest.fixture
def load(tmp_path):
    def write_and_load(text, parameters=(), **changes):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return load_light(path, Changes(dict(parameters), **changes))

    return write_and_load


@pytest.fixture
def oscillator(load):
    return load(OSCILLATOR)


def test_the_squeezing_of_a_parametric_oscillator_is_the_closed_form(oscillator):
    """2S = 1 ∓ η 4χκ/((κ ± χ)² + ω²), after Collett and Gardiner, doi:10.1103/PhysRevA.30.1386."""
    found = compute_light(oscillator)
    w = found["frequency"].values
    chi, kappa = 1e6, 2e6
    squeezed = 1 - 0.9 * 4 * chi * kappa / ((kappa + chi) ** 2 + w**2)
    noisy = 1 + 0.9 * 4 * chi * kappa / ((kappa - chi) ** 2 + w**2)
    np.testing.assert_allclose(found["squeezing"][0], -10 * np.log10(squeezed), rtol=1e-10)
    np.testing.assert_allclose(found["antisqueezing"][0], 10 * np.log10(noisy), rtol=1e-10)
    np.testing.assert_allclose(2 * found["homodyne"][0], [squeezed, noisy], rtol=1e-10)
    assert float(np.abs(w).min()) > 1e4, "no frequency of the range is that of the best squeezing"
    best = -10 * np.log10(1 - 0.9 * 8 / 9)
    assert float(found["best_squeezing"][0]) == pytest.approx(best, rel=1e-9)
    assert abs(float(found["best_frequency"][0])) < 1e-4 * kappa
    assert abs(float(found["best_angle"][0])) == pytest.approx(np.pi / 2)
    without_loss = -10 * np.log10(1 / 9)
    assert float(found["filter_squeezing"][0]) == pytest.approx(without_loss, rel=1e-3)
    report = light_report(oscillator, found)
    assert f"out                         {best:.3f} dB at ω = " in report
    assert "S + iΩ/2 ⪰ 0                yes, at every frequency" in report


def test_narrow_filtered_beams_are_entangled_by_the_closed_form(load):
    """E_N = −ln 2ν, where 2ν is the spectrum ((κ − χ)/(κ + χ))² of the squeezed combinations."""
    file = load(PAIR)
    found = compute_light(file)
    E, alone = found["log_negativity"].values
    assert pytest.approx(2 * np.log(3), abs=1e-4) == E
    assert alone == pytest.approx(0, abs=1e-2)
    np.testing.assert_allclose(found["filter_quanta"], 16 / 9, rtol=1e-4)
    assert "frequency" not in found.dims
    assert f"E_N(signal, idler)          {E:.6f}" in light_report(file, found)


def test_a_transparency_window_has_the_width_and_height_of_the_closed_form(load):
    """|T|² = (C/(1 + C))² at a width γ(1 + C), Weis et al., doi:10.1126/science.1195596."""
    file = load(TRANSPARENCY)
    found = compute_light(file)
    gamma, C = 2 * np.pi * 100, 4 * 10e3**2 / (2e6 * 100)
    w = found["frequency"].values
    assert np.diff(w).min() < gamma / 10 < 1e3 * gamma < file.detected.frequencies[1] - w[0]
    power = (found["transmission_real"] ** 2 + found["transmission_imag"] ** 2)[:, 0, 0]
    [window] = features(w, power.values)
    assert window.kind == "transparency window"
    assert window.frequency == pytest.approx(2e7 * np.pi, rel=1e-9)
    assert window.value == pytest.approx((C / (1 + C)) ** 2, rel=1e-4)
    assert window.width == pytest.approx(gamma * (1 + C), rel=3e-3)
    report = light_report(file, found)
    assert "42 evenly spaced, 201 more about narrow resonances" in report
    assert "transparency window         |T|² = 0.4444 at ω = 6.2832e+07 rad/s" in report


def test_features_of_a_transmission_are_told_apart():
    w = np.linspace(-10, 10, 2001)
    dip = 1 - 0.9 / (1 + (w / 3) ** 2)
    peak = 1 / (1 + (w / 0.2) ** 2)
    kinds = {
        "transparency window": [dip + 0.5 * peak, dip + 1.5 * peak],
        "gain": [1 + peak, 1.4 - 0.2 * np.cos(w)],
        "resonance": [0.5 * peak],
        "absorption": [dip],
    }
    for kind, curves in kinds.items():
        for curve in curves:
            assert {each.kind for each in features(w, curve)} == {kind}
    assert features(w, 1 + 1e-5 * peak) == []
    [found] = features(w, 0.5 * peak)
    assert found.width == pytest.approx(0.4, rel=0.01)


def test_spectra_without_commutators_are_reported_as_no_quantum_field(load):
    text = """
    system = "cascaded"
    effective_detuning = "0.74 mechanical_frequency"
    [spectra]
    ports = ["right_fibre"]
    frequencies = ["0.9 mechanical_frequency", "mechanical_frequency"]
    probe = { input = "left_fibre", output = "right_fibre" }
    [output_modes]
    pairs = [["stokes", "mechanical_left"]]
    [output_modes.filters]
    stokes = { port = "right_fibre", centre = "-mechanical_frequency", width = 1e7 }
    """
    transmissions = []
    for noise in ("published", "consistent"):
        file = load(text, {"noise": noise})
        found = compute_light(file)
        report = light_report(file, found)
        broken = noise == "published"
        assert ("NO, BROKEN at " in report) == broken
        assert ("noise = 'consistent' does" in report) == broken
        assert ("dB at best   (no quantum state)" in report or "π   (no q" in report) == broken
        assert bool(found["physical"].all()) != broken
        assert len(found["frequency"]) == 2, "no frequency is added to a list"
        way = {"port": "right_fibre", "port_": "left_fibre"}
        transmissions.append(found["transmission_real"].sel(way).values)
    np.testing.assert_allclose(*transmissions, rtol=1e-9)


def test_the_branch_is_that_of_the_command_line_of_the_table_or_of_the_run(load):
    text = 'system = "spinning"\n[spectra]\nfrequencies = [0]\n{}'
    run = '[run]\nstart = "steady"\nbranch = 2\ntrajectories = 2\nduration = 1\nstep = 1\n'
    assert load(text.format("")).branch is None
    assert load(text.format(run)).branch == 2
    assert load(text.format("branch = 1\n" + run)).branch == 1
    assert load(text.format("branch = 1\n" + run), branch=3).branch == 3


def test_a_result_is_written_drawn_again_and_repeated_with_its_changes(command, tmp_path):
    (tmp_path / "mine.toml").write_text(OSCILLATOR, encoding="utf-8")
    code, said, error = command("spectra", "mine.toml", "--set", "χ=0.5 κ", "--output", "out")
    assert code == 0, error
    names = {path.name for path in (tmp_path / "out").iterdir()}
    figures = {
        f"{name}.{form}"
        for name in ("squeezing", "homodyne", "sidebands")
        for form in ("png", "pdf")
    }
    assert names == {"mine.nc", "report.txt"} | figures
    found = xr.load_dataset(tmp_path / "out" / "mine.nc", engine="h5netcdf")
    assert found.attrs["report"] == (tmp_path / "out" / "report.txt").read_text(encoding="utf-8")
    assert found["spectrum_real"].attrs["units"] == "1"
    assert found["frequency"].attrs["units"] == "rad/s"
    assert found.attrs["report"] in said
    code, said, _ = command("rerun", "out")
    assert (code, said.startswith("identical: ")) == (0, True)


@pytest.mark.usefixtures("empty_figures")
def test_a_system_in_a_users_file_has_its_light_and_is_run_again_only_when_named(command, tmp_path):
    for name, text in (("cavity", CAVITY), ("rates", RATES)):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    text = 'system = "cavity.py:Cavity"\n[spectra]\nfrequencies = { start = 0, stop = "2 decay", '
    (tmp_path / "mine.toml").write_text(
        text + 'points = 5 }\nprobe = { input = "out" }\n', encoding="utf-8"
    )
    code, said, error = command("spectra", "mine.toml", "--branch", 2)
    assert code == 0, error
    assert "about branch 2" in said
    assert "Probe out → out" in said
    assert (tmp_path / "results" / "mine" / "probe.pdf").exists()
    assert command("rerun", "results/mine")[0] == 2
    code, said, _ = command("rerun", "results/mine", "--system", "cavity.py")
    assert (code, said.startswith("identical: ")) == (0, True)
    assert "Redrawn" in command("show", "results/mine")[1]
    code, said, _ = command("steady", "mine.toml")
    assert "qlangevin spectra computes [spectra] of this file" in said
    code, _, error = command("spectra", "mine.toml", "--branch", 1)
    assert code == 2
    assert "[spectra] branch must be stable (got branch 1" in error


def test_with_an_effective_detuning_the_branch_is_the_one_that_has_it(load):
    text = """
    system = "scatterers"
    effective_detuning = "0.2 decay - scatterer_shift"
    parameters = { power = "0.1 W", noise = "consistent" }
    [spectra]
    ports = ["cw_fibre"]
    frequencies = [0]
    """
    file = load(text)
    found = compute_light(file)
    assert found.attrs["branch"] == 2
    system = file.system
    mean = steady_state(system)["mean"][2].values
    wanted = 0.2 * system.decay - system.scatterer_shift
    np.testing.assert_allclose(system.effective_detuning(mean), wanted)
    assert compute_light(load(text, branch=0)).attrs["branch"] == 0


SHIPPED = {
    "spinning": {"1.2 dB": 1.234, "0.37": 0.369, "0.29": 0.285},
    "spinning --reversed": {"10.2 dB": 10.197, "2.03": 2.026},
    "scatterers": {"2.3 dB": 2.343, "0.53": 0.531, "0.39": 0.387},
    "scatterers --reversed": {"2.3 dB": 2.343, "0.53": 0.531, "0.39": 0.387},
    "cascaded": {"2.7 dB": 2.693, "0.56": 0.558, "0.10": 0.095, "0.34": 0.338},
    "cascaded-reversed": {"3.7 dB": 3.687, "0.69": 0.688, "0.42": 0.418, "0.09": 0.086},
    "microrings": {"3.45 dB": 3.451, "1.43": 1.434},
    "microrings --reversed": {"3.45 dB": 0.0, "1.43": 0.0},
    "hybrid": {"5.4 dB": 5.420, "1.20": 1.203},
}
"""Words of the shipped run files, and the numbers that they round."""


@pytest.mark.parametrize("run", SHIPPED)
def test_shipped_runs_show_the_light_that_their_comments_describe(run):
    name, _, reverse = run.partition(" ")
    file = load_light(f"{name}-spectra", Changes({}, bool(reverse)))
    fewer = replace(file.detected, frequencies=file.detected.frequencies[::20])
    found = compute_light(replace(file, detected=fewer))
    squeezing, *E = SHIPPED[run].values()
    assert float(found["best_squeezing"][-1]) == pytest.approx(squeezing, abs=6e-4)
    np.testing.assert_allclose(found["log_negativity"].values[: len(E)], E, atol=6e-4)
    assert all(words in file.text for words in SHIPPED[run])
    assert found["physical"].all()
    assert found["quantum_state"].all()


def test_run_names_the_command_that_reads_the_tables_on_light(tmp_path):
    path = tmp_path / "mine.toml"
    run = '[run]\ntrajectories = 2\nduration = "1 µs"\nstep = "1 ns"\n'
    path.write_text(f'system = "spinning"\n[spectra]\nfrequencies = [0]\n{run}', encoding="utf-8")
    tables = load_runfile(path).light
    note = "Light that leaves: qlangevin spectra computes [spectra] of this file."
    assert light_note(tables) == [note]
    assert light_note(()) == []
