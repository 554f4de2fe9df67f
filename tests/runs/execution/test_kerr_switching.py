"""Switching of a Kerr cavity, whose exact Liouvillian gap is known."""

from dataclasses import fields, replace

import numpy as np
import pytest

from qlangevin.runs.execution.switching import run_switching
from qlangevin.runs.reports.switching import switching_report
from qlangevin.runs.run_files.run import RunFile, load_runfile
from qlangevin.sde import Model, terms


class KerrRun(RunFile):
    """A run of a model, where run files name systems."""

    @property
    def subject(self):
        return self.model

    @property
    def pair(self):
        return 0, 0


@pytest.fixture(scope="module")
def kerr_run():
    """The Kerr cavity in units of its energy decay rate, behind the text of a run file."""
    model = Model.build(
        ["cavity"],
        [
            terms.detune("cavity", -3.0),
            terms.kerr("cavity", 0.4),
            terms.drive("cavity", -2.4j),
            terms.lose("cavity", "out", energy_rate=1.0),
        ],
    )

    template = load_runfile("bistable-switching")
    settings = replace(
        template.integration, duration=400.0, step=0.005, samples=2000, trajectories=256
    )
    return KerrRun(
        **{field.name: getattr(template, field.name) for field in fields(template)}
        | {"model": model, "integration": settings, "entanglement": ("cavity", "cavity")}
    )


@pytest.fixture(scope="module")
def kerr_found(kerr_run):
    return run_switching(kerr_run, 2, exact=True)


def test_rates_of_truncated_wigner_stand_beside_the_liouvillian_gap(kerr_found):
    """3.6 times too fast; the exact gap and its quanta are known."""
    total, error = (float(kerr_found.result[f"rate_total{end}"]) for end in ("", "_stderr"))
    assert abs(total - 0.013551) < 4 * error
    assert kerr_found.quantum.exact.gap == pytest.approx(0.0038088, rel=1e-4)
    assert kerr_found.quantum.dropped > 0.5
    report = switching_report(kerr_found)
    assert (
        "Liouvillian gap             0.0038088/s exactly (54 Fock levels); r₁ + r₂ of truncated "
        "Wigner is 3." in report
    )
    assert "NOT SMALL, and only the first order" in report
    assert "; exactly the system relaxes 0.2" in report


def test_without_the_gap_the_verdict_warns_of_truncated_wigner_where_it_drops_much(kerr_found):
    report = switching_report(replace(kerr_found, quantum=replace(kerr_found.quantum, exact=None)))
    assert "TRUNCATED WIGNER IS NOT RELIABLE HERE" in report
    assert "not computed; qlangevin switching FILE --liouvillian computes it" in report
    with_reason = switching_report(
        replace(kerr_found, quantum=replace(kerr_found.quantum, exact="too large"))
    )
    assert "none: too large" in with_reason


def test_where_there_is_no_rate_the_report_gives_none_and_says_why(kerr_found):
    nothing = {
        name: np.nan * kerr_found.result[name]
        for name in kerr_found.result
        if str(name).startswith("rate")
    }
    result = kerr_found.result.assign(nothing).assign_attrs(
        no_rate="residence times are not exponential"
    )
    report = switching_report(replace(kerr_found, result=result))
    assert "Verdict: NO RATE: residence times are not exponential." in report
    assert "residence time  " not in report
    assert "nan" not in report
