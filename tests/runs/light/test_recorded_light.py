"""[run.record]: light recorded along trajectories, in run files and reports."""

import re

import numpy as np
import pytest

import qlangevin as ql
from qlangevin.analysis import plots
from qlangevin.runs.reports.light.recorded import describe_recorded_light
from qlangevin.runs.run_files.errors import RunFileError
from qlangevin.runs.run_files.run import read_runfile
from qlangevin.sde.kernels import kernel as kernels
from qlangevin.sde.records.record import described_record
from qlangevin.sde.terms import detune, lose, squeeze

RUN = """
system = "spinning"
[parameters]
spin = "8e3 rad/s"
[run]
trajectories = 128
duration = "10 / mechanical_frequency"
step = "1e-3 / mechanical_frequency"
[run.record]
ports = ["driven_fibre"]
"""


def test_ports_and_frequencies_of_a_record_are_read_with_their_units():
    run = read_runfile("recorded", RUN + 'highest = "10 mechanical_frequency"\nsince = "1 ns"\n')
    record = run.integration.light
    assert record.ports == ("driven_fibre",)
    np.testing.assert_allclose(record.highest, 10 * run.system.mechanical_frequency)
    assert (record.resolution, record.since) == (None, 1e-9)
    assert run.identity["record"] == described_record(record)
    assert read_runfile("plain", RUN.split("[run.record]")[0]).identity["record"] is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("driven_fibre", "driven_fiber"), "there is no port 'driven_fiber'"),
        (('["driven_fibre"]', "[]"), "ports"),
        (("ports =", 'highest = "5 MHz"\nports ='), "2π"),
        (("ports =", 'since = "5 Hz"\nports ='), "since"),
        (("ports =", "width = 1\nports ="), "width"),
    ],
)
def test_mistakes_in_a_record_are_refused(change, message):
    with pytest.raises(RunFileError, match=message):
        read_runfile("recorded", RUN.replace(*change))


def test_the_report_gives_the_squeezing_beside_that_of_linear_theory(monkeypatch):
    monkeypatch.setattr(kernels, "MOST_QUADRATURES", 0)
    terms = [detune("a", 0.4), squeeze("a", 0.3j), lose("a", "out", amplitude_rate=1.0)]
    record = ql.Record(["out"], resolution=0.1, since=0.0)
    run = ql.simulate(
        ql.Model.build(["a"], terms),
        trajectories=128,
        duration=64.0,
        step=0.01,
        samples=4,
        start="steady",
        record=record,
    )
    (section,) = describe_recorded_light(run, record)
    number, error, linear = re.search(r"(\S+) ± (\S+) dB.*theory (\S+) dB", section).groups()
    assert number == linear
    assert float(error) < 1e-9
    exact = ql.steady.output_spectrum(ql.Model.build(["a"], terms), run["frequency"].values[1:])
    best = ql.analysis.squeezing_spectrum(exact, "out")["squeezing"].values.max()
    np.testing.assert_allclose(float(number), best, atol=0.15)
    assert describe_recorded_light(run, None) == []
    curves = {line.get_label(): line for line in plots.draw_recorded_light(run).lines}
    drawn = curves["trajectories, ± standard error"].get_ydata()
    np.testing.assert_allclose(drawn, curves["linear theory, same steps"].get_ydata(), atol=1e-9)
    np.testing.assert_allclose(-np.min(drawn[1:]), float(number), atol=1e-3)
