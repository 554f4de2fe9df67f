"""Switching between branches, against a double well whose law is known. Seeds are fixed.

Each statistical test has a false alarm of 10⁻⁴ unless it says otherwise.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from qlangevin.analysis.plots import switching_figures
from qlangevin.analysis.switching import switching
from qlangevin.sde import Gaussian, sample_paths
from qlangevin.sde.ensemble.results import LossWarning

from .double_well import LENGTH, DoubleWell

WELLS = {"symmetric": DoubleWell(), "tilted": DoubleWell(tilt=0.05)}
FALSE_ALARM = 1e-4
STEP, EVERY, COUNT = 0.02, 10, 1000
MEMORY = 4.0
"""Four relaxation times at the top of the barrier, eight at the bottom of a well."""
DURATION = STEP * EVERY * COUNT

pytestmark = pytest.mark.filterwarnings(
    "ignore:a step of:qlangevin.sde.schemes.step_forecast.StepWarning"
)


def sampled(well, trajectories=2048, start=0, seed=1, count=COUNT):
    state = Gaussian(np.zeros(2), 100 * np.eye(2)) if well.cubic > 0 else well.branches()[start]
    options = {
        "duration": STEP * EVERY * count,
        "step": STEP,
        "samples": count,
        "seed": seed,
        "start": state,
    }
    return sample_paths(well.model(), trajectories=trajectories, **options)


def deviations(found, rate, occupation):
    """Distances from the exact values in error bars: both rates, and the second occupation."""
    return np.append(
        (found["rate"] - rate) / found["rate_stderr"],
        (found["occupation"][1] - occupation[1]) / found["occupation_stderr"][1],
    )


@pytest.fixture(scope="module", params=WELLS)
def well(request):
    return WELLS[request.param]


@pytest.fixture(scope="module")
def law(well):
    return exact_law(well)


def exact_law(well):
    """Rates, and occupations of the second half of a run that begins in the first branch."""
    rates = well.slow_law(STEP)
    return rates, well.occupied(rates, (DURATION / 2, DURATION), start=0)


@pytest.fixture(scope="module")
def paths(well):
    return sampled(well)


@pytest.fixture(scope="module")
def found(well, paths):
    return switching(paths, *well.branches(), memory=MEMORY)


def test_the_transition_matrix_gives_the_passage_times_of_the_two_integrals(well):
    """As the step goes to zero, linearly; the core of a stepped path is 0.5826 √(2Th) farther off.

    Chernoff, Siegmund; see Broadie, Glasserman and Kou, doi:10.1111/1467-9965.00035.
    """
    low, high = well.cores()
    gaps = []
    for step in (0.01, 0.005):
        farther = high + 0.5826 * np.sqrt(2 * well.temperature * step)
        gaps.append(
            well.stepped_passage_time(low, high, step, 600) / well.passage_time(low, farther) - 1
        )
    assert abs(gaps[0]) < 3e-3
    assert abs(2 * gaps[1] - gaps[0]) < 4e-4


def test_the_passage_time_is_kramers_at_low_temperature(well):
    """(2π/√(U″_a |U″_s|)) e^{ΔU/T}, to the order T/ΔU."""
    cold = DoubleWell(0.01, well.tilt)
    a, saddle, b = np.sort(np.roots([-1.0, 0.0, 1.0, well.tilt]).real)
    curvature = np.sqrt((3 * a**2 - 1) * (1 - 3 * saddle**2))
    kramers = (
        2 * np.pi / curvature * np.exp((cold.energy(saddle) - cold.energy(a)) / cold.temperature)
    )
    assert cold.passage_time(a, b) == pytest.approx(kramers, rel=0.1)


def test_rates_and_occupations_are_the_exact_ones_of_the_stepped_path(found, law):
    assert found.attrs["no_rate"] == ""
    assert np.abs(deviations(found, *law)).max() < stats.norm.isf(FALSE_ALARM / 6)
    assert found["exits"].min() > 1000


def test_the_slow_relaxation_is_the_exact_one_and_agrees_with_the_residence_times(found, law):
    z = (found["relaxation_rate"] - law[0].sum()) / found["relaxation_rate_stderr"]
    assert abs(z) < stats.norm.isf(FALSE_ALARM / 2)
    assert found["relaxation_rate_stderr"] < 0.03 * found["relaxation_rate"]
    for gap in ("relaxation_gap", "plateau_gap"):
        assert abs(found[gap]) < 4 * found[f"{gap}_stderr"]


@pytest.mark.parametrize("core", [0.5, 1.5])
@pytest.mark.parametrize("memory", [MEMORY, 2 * MEMORY])
def test_rates_depend_neither_on_the_cores_nor_on_the_memory(well, paths, found, core, memory):
    """The same paths, so that nearly all of the sampling error is common."""
    other = switching(paths, *well.branches(), core=core, memory=memory)
    assert other.attrs["no_rate"] == ""
    assert (np.abs(other["rate"] - found["rate"]) < found["rate_stderr"]).all()


def test_counts_give_short_exits_and_the_duration_of_a_crossing(well, found):
    """Counts add up; a crossing from core to core takes about 1/|U″|."""
    exits, late, share = (found[name].values for name in ("exits", "exits_late", "short_share"))
    assert_allclose(exits * (1 - share), late)
    assert (share > 0).all()
    assert_allclose(found["short_share_expected"], 1 - np.exp(-found["hazard"] * MEMORY))
    assert ((found["crossing_time"] > 1) & (found["crossing_time"] < 6)).all()


def test_occupations_are_boltzmanns(well):
    """From the end of a run of ten relaxation times."""
    late = switching(
        sampled(well, 1024, count=3000), *well.branches(), memory=MEMORY, settling=400.0
    )
    saddle = np.sort(np.roots([-1.0, 0.0, 1.0, well.tilt]).real)[1]
    exact = well.boltzmann(saddle, 2.5)
    assert late["occupation"][1] == pytest.approx(
        exact, abs=0.01 + 4 * late["occupation_stderr"][1].item()
    )
    steady = late["occupation_steady"][1]
    assert steady == pytest.approx(exact, abs=0.01 + 4 * late["occupation_steady_stderr"][1].item())


def test_occupations_and_residence_times_confirm_the_rates(found):
    z = found["occupation_gap"] / found["occupation_gap_stderr"]
    assert np.abs(z).max() < 4
    assert found["exponential_p"].min() > FALSE_ALARM
    assert_allclose(found["rate_stderr"], found["rate_stderr_poisson"], rtol=0.25)
    assert_allclose(found["occupation"].sum(), 1)


def test_a_memory_too_short_is_refused_as_no_rate_with_the_reason(well, paths):
    """The crossing itself, a dead time, is seen; the rates are NaN, the counts stay."""
    found = switching(paths, *well.branches(), memory=0.0)
    assert found["exponential_p"].min() < 1e-4
    assert "residence times are not exponential beyond the memory (p = " in found.attrs["no_rate"]
    assert found["rate"].isnull().all()
    assert found["occupation_expected"].isnull().all()
    assert (found["hazard"] > 0).all()
    soon = switching(paths, *well.branches(), memory=MEMORY / 4)
    assert soon.attrs["no_rate"] != ""


def test_branches_that_are_left_within_the_memory_have_no_rate():
    """Noise as strong as the barrier: exits depend on how the path entered the branch."""
    hot = DoubleWell(temperature=0.5)
    found = switching(sampled(hot, 256), *WELLS["symmetric"].branches(), memory=MEMORY)
    assert "while exits still depend on how the path entered" in found.attrs["no_rate"]
    assert found["rate"].isnull().all()


@pytest.mark.slow
def test_error_bars_cover_as_often_as_they_say(well):
    """400 groups of 32 trajectories: one and two standard errors of Student's t."""
    paths = sampled(well, 400 * 32, seed=2)
    rate, occupation = exact_law(well)
    groups = [paths.isel(trajectory=slice(32 * k, 32 * k + 32)) for k in range(400)]
    z = np.abs(
        [
            deviations(switching(group, *well.branches(), memory=MEMORY, bins=2), rate, occupation)
            for group in groups
        ]
    )
    for bound in (1.0, 2.0):
        expected = 1 - 2 * stats.t.sf(bound, 31)
        for inside in (z < bound).sum(axis=0):
            assert stats.binomtest(int(inside), 400, expected).pvalue > FALSE_ALARM / 6


@pytest.mark.parametrize("factor", [2.0, 1.1])
def test_too_much_noise_is_seen(well, law, factor):
    warm = DoubleWell(well.temperature * factor, well.tilt)
    z = deviations(switching(sampled(warm), *well.branches(), memory=MEMORY), *law)
    assert np.abs(z[:2]).min() > 4


def test_a_tilt_of_the_wrong_sign_is_seen():
    well = WELLS["tilted"]
    wrong = switching(sampled(DoubleWell(tilt=-well.tilt)), *well.branches(), memory=MEMORY)
    assert np.abs(deviations(wrong, *exact_law(well))).min() > 10


@pytest.mark.filterwarnings("ignore:the mean field has not settled")
def test_a_cubic_of_the_wrong_sign_loses_its_paths_and_no_time_is_counted_after():
    with pytest.warns(LossWarning, match="64 of 64 trajectories diverged"):
        paths = sampled(DoubleWell(cubic=1.0), 64, count=20)
    assert paths.attrs["lost_trajectories"] > 0
    found = switching(paths, *WELLS["symmetric"].branches(), memory=0.1)
    assert (found["label"].where(paths["state"].isnull().any("quadrature"), -1) == -1).all()
    assert float(found["time_spent"].sum()) < 64 * float(paths["time"][-1])


def test_without_an_exit_there_is_an_upper_bound_and_no_error_bar():
    cold = DoubleWell(0.01)
    found = switching(
        sampled(cold, 128, count=200), *cold.branches(), memory=MEMORY, branches=(0, 2)
    )
    assert list(found["branch"]) == [0, 2]
    first, second = found.isel(branch=0), found.isel(branch=1)
    assert (first["exits"], first["rate"], first["rate_low"]) == (0, 0, 0)
    assert first["time_spent"] == pytest.approx(128 * 40.0, rel=5e-3)
    assert np.isnan(first["rate_stderr"])
    assert np.isnan(first["rate_stderr_poisson"])
    assert np.isnan(first["exponential_p"])
    assert first["rate_high"] == pytest.approx(-np.log(0.025) / first["time_at_risk"].item())
    assert found.attrs["no_rate"] == ""
    assert np.isnan(second["rate"])
    assert np.isinf(second["rate_high"])
    assert list(found["occupation"]) == [1, 0]
    assert found["occupation_steady"].isnull().all()


def test_positions_are_two_peaked_and_moments_conditional(well, found):
    """The density adds up to one, with peaks at the minima; each branch is near its Gaussian."""
    density, bins = found["density"].values, found["position_bin"].values
    width = bins[1] - bins[0]
    assert density.sum() * width == pytest.approx(1)
    assert found["density_branch"].values.sum() * width == pytest.approx(1, abs=0.02)
    saddle = LENGTH * np.sort(np.roots([-1.0, 0.0, 1.0, well.tilt]).real)[1]
    for k, side in enumerate((bins < saddle, bins > saddle)):
        peak = bins[side][np.argmax(density[side])]
        assert peak == pytest.approx(LENGTH * well.minima()[k], abs=0.15 * LENGTH)
    centres = (bins + width / 2)[None, :], (bins - width / 2)[None, :]
    exact = [
        well.boltzmann(low / LENGTH, high / LENGTH) / width
        for high, low in zip(*map(np.ravel, centres), strict=True)
    ]
    near = density > 1e-3
    assert_allclose(density[near], np.array(exact)[near], rtol=0.25)
    spread = found["conditional_covariance"].values[:, 0, 0]
    assert (spread < 0.5 * found["position"].values.var()).all()
    assert (spread > (LENGTH * well.widths()) ** 2).all()


def test_figures_show_paths_residence_times_and_density_with_or_without_exits(found):
    cold = DoubleWell(0.01)
    still = switching(sampled(cold, 64, count=50), *cold.branches(), memory=MEMORY)
    for result, lines in ((found, 4), (still, 0)):
        drawn = dict(switching_figures(result))
        assert list(drawn) == ["overview", "paths", "residence", "relaxation", "density"]
        assert len(drawn["residence"].axes[0].lines) == lines
        for figure in drawn.values():
            figure.canvas.draw()


def test_measures_of_the_conditional_covariance_come_with_error_bars(well, paths):
    found = switching(
        paths, *well.branches(), memory=MEMORY, measures={"spread": lambda V: np.sqrt(V[..., 0, 0])}
    )
    V, error = (found[f"conditional_covariance{end}"].values[:, 0, 0] for end in ("", "_stderr"))
    assert_allclose(found["conditional_spread"], np.sqrt(V))
    assert_allclose(found["conditional_spread_stderr"], error / (2 * np.sqrt(V)), rtol=1e-2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"core": 5.0}, r"core must be below 4.08 standard deviations, .* weaker nonlinearity"),
        ({"core": 0.0}, "core must be positive"),
        ({"settling": 300.0}, "settling must lie within the paths, from 0 to 200 s"),
        ({"memory": -1.0}, "memory must lie within the paths"),
        ({"bins": 1}, "bins must be a whole number, at least 2"),
    ],
)
def test_arguments_out_of_range_are_refused(paths, options, message):
    with pytest.raises(ValueError, match=message):
        switching(paths, *WELLS["symmetric"].branches(), **{"memory": MEMORY, **options})


def test_one_path_and_one_branch_are_refused(paths):
    first, second = WELLS["symmetric"].branches()
    with pytest.raises(ValueError, match="two trajectories at least"):
        switching(paths.isel(trajectory=slice(1)), first, second, memory=MEMORY)
    with pytest.raises(ValueError, match="must be different branches"):
        switching(paths, first, first, memory=MEMORY)
