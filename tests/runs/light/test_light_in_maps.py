"""Maps of the light that leaves: units in measures, filters that follow the parameters."""

import numpy as np
import pytest

from qlangevin import analysis
from qlangevin.analysis.estimation import quantity
from qlangevin.analysis.plots import grid_figures
from qlangevin.runs.execution.map import compute_map
from qlangevin.runs.reports.map import map_report
from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.grid import read_map
from qlangevin.sde.systems import SpinningResonator
from qlangevin.steady import Filter, output_modes, output_spectrum
from tests.refusals import refuses

MAP = """
system = "spinning"
[map]
measures = [{measures}]
[map.axes]
detuning = ["0.5 mechanical_frequency", "mechanical_frequency"]
mechanical_frequency = ["2π × 8 MHz", "2π × 10 MHz"]
"""
FILTER = """
[output_modes.filters.stokes]
port = "driven_fibre"
centre = "-mechanical_frequency"
width = "0.1 mechanical_frequency"
"""
EFFICIENCY = "[{table}.efficiency]\ndriven_fibre = {share}\n"


def described(*measures, more=""):
    return read_map(
        "light", MAP.format(measures=", ".join(f'"{each}"' for each in measures)) + more
    )


@pytest.fixture(scope="module", name="mapped")
def light_map():
    words = ["squeezing_db(driven_fibre, mechanical_frequency + 2π × 10 kHz)"]
    words += ["homodyne(driven_fibre, 2π × 9 MHz, 0.25 π)", "log_negativity(stokes, mechanical)"]
    more = FILTER + EFFICIENCY.format(table="output_modes", share=0.8)
    description = described(*words, more=more)
    return description, compute_map(description, threads=1)


def test_a_map_holds_the_light_at_each_of_its_points(mapped):
    _, found = mapped
    shares = {"driven_fibre": 0.8}
    for at in np.ndindex(2, 2):
        here = found.isel(detuning=at[0], mechanical_frequency=at[1], branch=0)
        values = {name: here[name].item() for name in ("detuning", "mechanical_frequency")}
        system = SpinningResonator.published(**values)
        w = system.mechanical_frequency
        S = output_spectrum(system, [w + 2e4 * np.pi, 18e6 * np.pi], efficiency=shares)
        best = analysis.squeezing_spectrum(S, "driven_fibre")["squeezing"][0]
        name = "squeezing_db_driven_fibre_mechanical_frequency_plus_2π_10_kHz"
        np.testing.assert_allclose(here[name], best, rtol=1e-8)
        current = analysis.homodyne(S, "driven_fibre", np.pi / 4)[1]
        np.testing.assert_allclose(
            here["homodyne_driven_fibre_2π_9_MHz_0.25_π"], current, rtol=1e-8
        )
        stokes = Filter("driven_fibre", centre=-w, width=0.1 * w)
        V = output_modes(system, {"stokes": stokes}, efficiency=shares)
        entangled = analysis.log_negativity(V, "stokes", "mechanical")
        np.testing.assert_allclose(
            here["log_negativity_stokes_mechanical"], entangled, rtol=1e-7, atol=1e-10
        )


def test_figures_and_report_of_light_give_its_unit_and_its_frequency(mapped):
    description, found = mapped
    name = "squeezing_db_driven_fibre_mechanical_frequency_plus_2π_10_kHz"
    (_, figure), _ = grid_figures(found, ["detuning", "mechanical_frequency"], [name])
    label = figure.axes[1].get_ylabel().replace("\n", " ")
    frequency = r"ω = $ω_{\mathrm{m}}$ + 2π × 10 kHz"
    assert label == f"output squeezing, driven_fibre, {frequency} (dB)"
    line = next(text for text in map_report(description, found).splitlines() if name in text)
    assert " dB, largest at " in line


REFUSALS = {
    "hertz": ("squeezing_db(driven_fibre, 9 MHz)", "frequency of", "write", "2π × 5 MHz"),
    "unit": ("squeezing_db(driven_fibre, 9 mW)", "wrong unit", "rad/s"),
    "name": ("squeezing_db(driven_fibre, omega_n)", "cannot be read"),
    "no filter": ("log_negativity(anti, mechanical)", "'anti', which is none of", "stokes"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_measures_of_light_in_maps_are_refused_in_one_sentence(case):
    words, *fragments = REFUSALS[case]
    refuses(fragments, lambda: compute_map(described(words, more=FILTER), threads=1))


def test_two_efficiencies_of_one_port_are_refused_in_a_map():
    spectra = '[spectra]\nfrequencies = ["2π × 1 MHz"]\n'
    more = spectra + EFFICIENCY.format(table="spectra", share=0.7) + FILTER
    more += EFFICIENCY.format(table="output_modes", share=0.8)
    with pytest.raises(RunFileError, match="give one of the two in a map"):
        described("purity", more=more)


@pytest.mark.parametrize("words", ["squeezing_db(out, 1e6)", "transmission(out, out, 0)"])
def test_trajectories_have_no_light_to_estimate(words):
    refuses(
        [words, "light that leaves", "measure of grid"], lambda: quantity(words, ["a.X", "a.Y"])
    )
