"""Breakdown of linearised theory: at published points its error is the leading order.

Seeds are fixed; each statistical test has a false alarm of 10⁻⁴ / 20 over the numbers that it
compares. Error bars come from 64 batches, so limits are Student's t of 63 degrees of freedom. Steps
are coarse, to be quick: what they make of the leading order is known exactly
(`stepped_correction`).
"""

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from qlangevin.analysis.validation.breakdown import breakdown
from qlangevin.analysis.validation.levels import compare, sampled
from qlangevin.runs.run_files.run import load_runfile
from qlangevin.sde import Model, simulate
from qlangevin.sde.linear_algebra.covariance_errors import relative_errors
from qlangevin.sde.schemes.step_forecast import StepWarning
from qlangevin.sde.systems import CascadedResonators, SpinningResonator
from qlangevin.sde.terms import detune, drive, lose, press
from qlangevin.steady import leading_correction, steady_state

from ...models import pair_of_cavities, spinning
from .stepped import stepped_correction

FALSE_ALARM = 1e-4 / 20
SYSTEMS = ("spinning", "scatterers", "cascaded")
SCALES = (1.0, 10.0, 100.0, 1000.0)
STEP = 0.002
"""Of the slowest time constant; that of the run is 9.3 of them."""


def limit(numbers=1):
    return stats.t.isf(FALSE_ALARM / 2 / numbers, 63)


@dataclass(frozen=True, eq=False)
class Point:
    """A system as its shipped run has it, about its only fixed point."""

    system: object
    pair: tuple
    steady: xr.Dataset
    theory: xr.Dataset

    @property
    def timing(self):
        unit = 1 / float(self.steady["margin"])
        return {"duration": 9.3 * unit, "step": STEP * unit, "scheme": "exponential"}

    def stepped(self):
        return stepped_correction(
            self.system.model(), self.steady["mean"].values, self.timing["step"]
        )[1]

    def study(self, scales, **options):
        settings = {"trajectories": 8192, "branch": 0, "seed": 3} | self.timing | options
        return breakdown(self.system, scales, self.pair, **settings)


def point(system, pair):
    return Point(
        system,
        pair,
        *(found(system).isel(branch=0) for found in (steady_state, leading_correction)),
    )


def cell(G=0.35):
    """Light and motion near the vacuum, and a nonlinearity that is felt at s = 1."""
    light = [detune("a", 0.9), drive("a", 0.4 + 0.1j), lose("a", "light", amplitude_rate=0.5)]
    motion = [
        detune("b", 1.0),
        press("a", "b", G),
        lose("b", "bath", amplitude_rate=0.3, occupation=0.02),
    ]
    return point(Model.build(["a", "b"], light + motion), ("a", "b"))


EACH_SYSTEM = [
    pytest.param(name, marks=[pytest.mark.slow] * (name == "cascaded")) for name in SYSTEMS
]
"""The largest system runs with the slow tests."""


@pytest.fixture(scope="module", params=EACH_SYSTEM)
def published(request):
    run = load_runfile(request.param)
    return point(run.system, run.entanglement)


@pytest.fixture(scope="module")
def study(published):
    return published.study(SCALES)


# ------------------------------------------------------------------------------
# published points


def test_the_error_at_the_published_point_has_two_digits_and_is_the_leading_order_of_its_steps(
    published, study
):
    """Error over error bar is about 80; the largest of many noisy elements is a bar too high."""
    here = study.sel(nonlinearity=1.0)
    V = published.steady["covariance"].values
    expected = relative_errors(published.stepped(), V).max()
    assert float(here["error"]) > 50 * float(here["error_stderr"])
    assert abs(float(here["error"]) - expected) < limit(V.size) * float(here["error_stderr"])
    assert float(here["leading"]) == pytest.approx(float(published.theory["relative_correction"]))


def test_every_element_at_the_published_point_is_that_of_the_leading_order_of_its_steps(published):
    """Hotelling's T² of all elements: the linear theory that is refuted is right once corrected."""
    run = simulate(
        published.system,
        trajectories=8192,
        start="steady",
        antithetic=True,
        samples=62,
        seed=11,
        **published.timing,
    )
    full = sampled(run, published.timing["duration"] / 2)
    V = published.steady["covariance"].values
    shift = (run["mean"] - run["mean_field"]).values[-1], run["mean_stderr"].values[-1]
    assert full.coupled
    assert compare(full, V, *shift).p_value < 1e-12
    assert compare(full, V + published.stepped(), *shift).p_value > FALSE_ALARM


def test_the_step_error_of_the_leading_order_is_proportional_to_the_step(published):
    """Extrapolated to no step it is `leading_correction`, derived without steps, to 10⁻³."""
    model = published.system.model()
    mean = published.steady["mean"].values
    V = published.steady["covariance"].values
    exact = published.theory["covariance_correction"].values
    coarse, fine = (
        relative_errors(
            stepped_correction(model, mean, published.timing["step"] / parts)[1] - exact, V
        ).max()
        for parts in (4, 8)
    )
    assert 1.9 < coarse / fine < 2.1
    both = [
        stepped_correction(model, mean, published.timing["step"] / parts)[1] for parts in (4, 8)
    ]
    left = relative_errors(2 * both[1] - both[0] - exact, V).max()
    assert left < 1e-3 * float(published.theory["relative_correction"])


def test_errors_of_v_and_of_entanglement_grow_as_the_square_of_the_nonlinearity(published, study):
    """Over three decades, to 0.4 % of the exponent; cascaded resonators are not entangled."""
    exponents = (
        ["exponent"]
        if published.system.__class__ is CascadedResonators
        else ["exponent", "entanglement_exponent"]
    )
    for name in exponents:
        exponent = study.attrs[name]
        stderr = study.attrs[f"{name}_stderr"]
        assert stderr < 0.008
        assert abs(exponent - 2) < stats.t.isf(FALSE_ALARM / 10, len(SCALES) - 2) * stderr


def test_half_of_the_error_that_trajectories_find_near_the_vacuum_is_their_truncation(
    published, study
):
    """`truncation` is s² times the relative truncation, of the size of the measured error."""
    left_out = float(published.theory["relative_truncation"])
    np.testing.assert_allclose(study["truncation"], left_out * np.square(SCALES))
    assert 0.4 < float(study["truncation"][0] / study["leading"][0]) < 1


# ------------------------------------------------------------------------------
# beyond small errors


def small(scales, **options):
    here = cell()
    step = 0.01 / float(here.steady["margin"])
    return here.study(scales, **{"trajectories": 1024, "step": step} | options)


def test_near_the_vacuum_higher_orders_matter_and_the_limits_lie_between_the_points():
    study = small([0.25, 0.5, 1.0, 1.5], trajectories=4096)
    crossed = study.attrs["error_limit"]
    assert 0.25 < crossed < 0.5
    assert float(np.interp(crossed, study.nonlinearity, study["error"])) == pytest.approx(
        0.01, rel=0.1
    )
    exact = np.sqrt(0.01 / float(cell().theory["relative_correction"]))
    assert study.attrs["leading_limit"] == pytest.approx(exact, rel=1e-9)
    assert abs(float(study["twin_correlation"][0])) > float(study["twin_correlation"][-1])


def test_every_point_has_noise_of_its_own():
    study = small([1.0, 1.0])
    assert float(study["error"][0]) != float(study["error"][1])
    again = small([1.0], seed=4)
    assert float(study["error"][1]) == float(again["error"][0])


def test_the_same_numbers_for_any_number_of_threads():
    one, three = (small([0.5, 1.0], threads=threads) for threads in (1, 3))
    assert one.drop_attrs().identical(three.drop_attrs())
    assert (
        one.attrs["exponent"] is three.attrs["exponent"]
        or np.isnan([one.attrs["exponent"], three.attrs["exponent"]]).all()
    )


def test_diverging_trajectories_are_counted_and_nothing_is_averaged_over_the_rest():
    with pytest.warns(StepWarning, match="too large for paths far from the mean field"):
        study = small([0.5, 1000.0], trajectories=512)
    assert study["lost"].values.tolist() == [0, 512]
    sampled_names = [
        "error",
        "error_stderr",
        "entanglement",
        "entanglement_error",
        "skewness",
        "twin_correlation",
    ]
    for name in [*sampled_names, "closure_error"]:
        assert np.isfinite(study[name][0])
        assert np.isnan(study[name][1])
    assert np.isfinite(study["leading"]).all()


def test_progress_counts_over_all_points():
    seen = []
    small([0.5, 1.0], trajectories=256, progress=lambda *counts: seen.append(counts))
    assert seen[-1] == (512, 512)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


# ------------------------------------------------------------------------------
# refusals


def test_a_linear_model_is_refused_for_linearised_theory_is_exact():
    with pytest.raises(ValueError, match="linear: it has no nonlinearity to scale"):
        breakdown(
            pair_of_cavities(),
            [1.0],
            ("a", "b"),
            trajectories=128,
            duration=1e-4,
            step=1e-8,
            branch=0,
        )


def test_an_unstable_branch_is_refused():
    with pytest.raises(ValueError, match="branch 0 is unstable"):
        breakdown(
            spinning().reversed(),
            [1.0],
            ("driven", "mechanical"),
            trajectories=128,
            duration=1e-4,
            step=1e-11,
            branch=0,
        )


def test_a_run_too_short_to_settle_is_refused_with_the_least_duration():
    unit = 1 / float(cell().steady["margin"])
    with pytest.raises(
        ValueError, match=rf"duration must be at least {2 * np.log(100) * unit:.3g} s, 9\.2 relax"
    ):
        small([1.0], duration=9.2 * unit)


def test_parameters_that_are_arrays_are_refused():
    many = SpinningResonator.published(spin=[0.0, 1.0])
    with pytest.raises(ValueError, match="one parameter point"):
        breakdown(
            many,
            [1.0],
            ("driven", "mechanical"),
            trajectories=128,
            duration=1e-6,
            step=1e-11,
            branch=0,
        )


@pytest.mark.parametrize("scales", [[0.0], [-1.0], [np.inf], [np.nan]])
def test_a_factor_that_is_not_positive_is_refused(scales):
    with pytest.raises(ValueError, match="nonlinearity"):
        small(scales)
