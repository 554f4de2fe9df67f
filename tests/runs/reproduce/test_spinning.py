"""The spinning resonator's paper: verdicts that must not change unnoticed, and the gallery's table."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from qlangevin.runs.execution import reproduce
from qlangevin.runs.reproduce import spinning_figures
from qlangevin.runs.reproduce.paper import Verdict
from qlangevin.steady import attractor, fixed_points

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spinning")]
GALLERY = Path(__file__).parents[3] / "runs" / "reproduce" / "README.md"
DIFFERENT, NOT = {"S2", "S4", "S6", "S8", "S11"}, {"S5", "S9"}


@pytest.fixture(scope="module")
def result():
    (paper,) = reproduce.load_papers("spinning")
    return reproduce.reproduce(paper, threads=2)


def test_every_claim_keeps_its_verdict(result):
    numbers = [f"S{k}" for k in range(1, 13)]
    expected = dict.fromkeys(numbers, Verdict.REPRODUCED)
    expected |= dict.fromkeys(DIFFERENT, Verdict.DIFFERENT) | dict.fromkeys(NOT, Verdict.NOT)
    assert {number: found.verdict for number, found in result.findings.items()} == expected


def test_what_is_not_simply_reproduced_says_why(result):
    for found in result.findings.values():
        assert bool(found.why) == (found.verdict is not Verdict.REPRODUCED)


def test_the_gallery_shows_the_table_as_it_is_computed(result):
    assert reproduce.table(result) in GALLERY.read_text(encoding="utf-8")


def test_trajectories_lie_on_the_curves_of_the_paper(result):
    """The coupled estimate's error bar is 10⁻¹¹; what is left of the transient at 120/ω_m is 10⁻⁵,
    static 10⁻³.
    """
    pairs = [("2", way, way, 1e-4) for way in ("static", "forward", "reversed")]
    pairs += [
        ("2", "side", "forward", 1e-4),
        ("3", "forward", "forward", 1e-3),
        ("3", "reversed", "reversed", 1e-3),
    ]
    for number, name, curve, tolerance in [*pairs, ("3", "lossy", "lossy", 2e-3)]:
        run = result.data[number][f"{name} run"]
        at = result.data[number][curve]["log_negativity_driven_mechanical"]
        steady = float(at.sel(detuning=run["detuning"], method="nearest"))
        assert float(run["log_negativity(driven, mechanical)"][-1]) == pytest.approx(
            steady, abs=tolerance
        )


def test_no_maximum_over_the_detuning_lies_at_the_edge_of_its_range(result):
    place = result.data["3"]["f"]["place"]
    edges = spinning_figures.COARSE[1], spinning_figures.COARSE[-2]
    assert bool(np.isfinite(place).all())
    assert edges[0] < float(place.min()) < float(place.max()) < edges[1]
    for name in ("ideal", "lossy", "forward", "reversed"):
        found = spinning_figures.vertex(result.data["3"]["heat"][name])["place"]
        assert bool(((found > edges[0]) & (found < edges[1]) | np.isnan(found)).all())


def test_the_largest_value_lies_on_the_curve_between_the_points():
    grid = np.linspace(-3.0, 4.0, 141)
    curves = np.array(
        [1 - (grid - 0.123) ** 4 - 0.5 * (grid - 0.123) ** 2, -1 - grid**2, np.exp(grid)]
    )
    curves[2, 100:] = np.nan
    found = spinning_figures.vertex(xr.DataArray(curves, {"detuning": grid}, ("case", "detuning")))
    np.testing.assert_allclose(found["largest"], [1.0, 0.0, np.exp(grid[99])], atol=1e-6)
    np.testing.assert_allclose(found["place"], [0.123, np.nan, grid[99]], atol=1e-3)


def test_reversed_light_at_027_is_that_of_the_limit_cycle_and_not_of_the_fixed_point(result):
    system = spinning_figures.IDEAL.replace(spin=-8e3, detuning=0.27 * 63e6)
    run = result.data["2"]["reversed light"]
    late = run["photons"].values[run["time"].values > 1.5e-6].mean()
    cycle = float(attractor(system)["photon_number"][0])
    assert late == pytest.approx(cycle, rel=0.05)
    assert late < 0.5 * float(fixed_points(system)["photon_number"][0, 0])
