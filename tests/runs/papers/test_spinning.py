"""The spinning resonator: trajectories, maxima over the detuning, the limit cycle."""

import numpy as np
import pytest
import xarray as xr

from qlangevin.runs.papers.spinning import data
from qlangevin.steady import attractor, fixed_points

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spinning")]


@pytest.fixture(scope="module")
def result(reproduction):
    return reproduction("spinning")


def test_trajectories_lie_on_the_curves_of_the_paper(result):
    """The coupled estimate has an error bar of 10⁻¹¹; the transient at 120/ω_m is 10⁻⁵ to 10⁻³."""
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
    edges = data.COARSE_DETUNINGS[1], data.COARSE_DETUNINGS[-2]
    assert bool(np.isfinite(place).all())
    assert edges[0] < float(place.min()) < float(place.max()) < edges[1]
    for name in ("ideal", "lossy", "forward", "reversed"):
        found = data.interpolated_maximum(result.data["3"]["heat"][name])["place"]
        assert bool(((found > edges[0]) & (found < edges[1]) | np.isnan(found)).all())


def test_the_largest_value_lies_on_the_curve_between_the_points():
    grid = np.linspace(-3.0, 4.0, 141)
    curves = np.array(
        [1 - (grid - 0.123) ** 4 - 0.5 * (grid - 0.123) ** 2, -1 - grid**2, np.exp(grid)]
    )
    curves[2, 100:] = np.nan
    found = data.interpolated_maximum(
        xr.DataArray(curves, {"detuning": grid}, ("case", "detuning"))
    )
    np.testing.assert_allclose(found["largest"], [1.0, 0.0, np.exp(grid[99])], atol=1e-6)
    np.testing.assert_allclose(found["place"], [0.123, np.nan, grid[99]], atol=1e-3)


def test_reversed_light_at_027_is_that_of_the_limit_cycle_and_not_of_the_fixed_point(result):
    system = data.IDEAL.replace(spin=-8e3, detuning=0.27 * 63e6)
    run = result.data["2"]["reversed light"]
    late = run["photons"].values[run["time"].values > 1.5e-6].mean()
    cycle = float(attractor(system)["photon_number"][0])
    assert late == pytest.approx(cycle, rel=0.05)
    assert late < 0.5 * float(fixed_points(system)["photon_number"][0, 0])
