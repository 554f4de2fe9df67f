"""Warnings of measures: covariances of no quantum state, and covariances with too few digits."""

import inspect
import warnings

import numpy as np
import pytest
import xarray as xr

from qlangevin import analysis
from qlangevin.analysis import (
    PrecisionWarning,
    UnphysicalError,
    UnphysicalWarning,
    gaussian,
    information,
)
from qlangevin.analysis.mode_blocks import rounding
from qlangevin.sde import Model, simulate
from qlangevin.sde.systems import CascadedResonators, SpinningResonator
from qlangevin.sde.terms import feed, lose
from qlangevin.steady import steady_state

from .states import two_mode_squeezed

FUNCTIONS = {name: value for name, value in vars(analysis).items() if inspect.isfunction(value)}
EXAMINED = [
    name
    for name, f in FUNCTIONS.items()
    if {"V", "physical"} <= set(inspect.signature(f).parameters)
]
WARNING = [name for name in EXAMINED if name != "symplectic_eigenvalues"]
MOTIONS = "mechanical_left", "mechanical_right"


def modes(name):
    """As many modes as a measure of three modes takes."""
    parameters = inspect.signature(getattr(analysis, name)).parameters
    return [k for k, argument in enumerate(("i", "j", "k")) if argument in parameters] or [0] * (
        "mode" in parameters
    )


def measure(name, V, **options):
    return getattr(analysis, name)(V, *modes(name), **options)


def test_all_measures_take_physical():
    structure = {
        "reduced",
        "conditional",
        "symplectic_form",
        "wigner",
        "wigner_marginal",
        "quadrature_density",
    }
    formulas = {
        name
        for module in (gaussian, information)
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not name.startswith("_")
    }
    assert set(EXAMINED) == formulas - structure


@pytest.mark.parametrize("name", WARNING)
def test_every_measure_warns_once_with_the_size_of_the_violation(name):
    V = 0.1 * np.eye(6)
    with pytest.warns(
        UnphysicalWarning, match=r"no quantum state \(min eig\(V \+ iΩ/2\) = -0.4\)"
    ) as warned:
        value = measure(name, V)
    assert len(warned) == 1
    assert warned[0].filename == __file__
    np.testing.assert_array_equal(measure(name, V, physical="ignore"), value)
    with pytest.raises(UnphysicalError, match=rf"so {name} gives no result"):
        measure(name, V, physical="raise")
    with pytest.raises(
        ValueError, match=r"physical must be one of warn, raise, ignore \(got 'loud'\)"
    ):
        measure(name, V, physical="loud")


def test_an_unphysical_covariance_has_its_number_and_its_warning():
    with pytest.warns(UnphysicalWarning, match="= -0.4"):
        assert analysis.log_negativity(0.1 * np.eye(4), 0, 1) == pytest.approx(
            2 * np.log(5), rel=1e-12
        )


def test_a_steady_state_of_published_noise_is_reported_as_unphysical():
    V = steady_state(CascadedResonators.published()).covariance
    with pytest.warns(UnphysicalWarning, match="= -0.179") as warned:
        E = analysis.log_negativity(V, *MOTIONS)
    assert float(E[0]) == pytest.approx(0.0835, abs=1e-4)
    assert warned[0].filename == __file__
    consistent = steady_state(CascadedResonators.published(noise="consistent")).covariance
    assert float(analysis.log_negativity(consistent, *MOTIONS)[0]) == 0


def test_a_batch_gives_one_warning_with_the_count_of_finite_states():
    V = np.stack([0.1 * np.eye(4), np.full((4, 4), np.nan), np.eye(4), 0.4 * np.eye(4)])[:, None]
    labels = ["a.X", "a.Y", "b.X", "b.Y"]
    labelled = xr.DataArray(
        V, dims=("t", "s", "quadrature_", "quadrature"), coords={"quadrature": labels}
    )
    for states in (V, labelled):
        with pytest.warns(
            UnphysicalWarning, match=r"2 of 4 covariances V .* = -0.4 at worst"
        ) as warned:
            analysis.purity(states)
        assert len(warned) == 1


def test_physical_states_and_rounding_give_no_warning():
    for r in (0.0, 1.0, 3.0, 5.0):
        for hot in (0.0, 0.3, 1e6):
            for name in EXAMINED:
                V = np.zeros((6, 6))
                V[:4, :4] = two_mode_squeezed(r, hot)
                V[4:, 4:] = 0.5 * np.diag([np.exp(9.0), np.exp(-9.0)])
                measure(name, V, physical="raise")


def test_moments_of_a_cold_oscillator_with_friction_on_its_momentum_give_no_warning():
    """Its known violation, here 2·10⁻¹⁰, is that of the friction, and changes no measure."""
    from qlangevin.sde import propagate_moments

    cold = SpinningResonator.published(temperature=0.0)
    V = propagate_moments(cold, duration=10 / 63e6, samples=100).covariance
    assert -1e-9 < float(analysis.audit_state(V.values).uncertainty.min()) < -1e-11
    assert analysis.audit_state(V.values).physical.all()
    analysis.log_negativity(V, "driven", "mechanical", physical="raise")


@pytest.mark.parametrize(
    ("noise", "warned", "audited"), [(1e-7, False, True), (2e-5, False, False), (1e-3, True, False)]
)
def test_audits_are_stricter_than_measures(noise, warned, audited):
    """Measures are taken of coupled estimates too, whose errors are some 10⁻⁶ of V."""
    V = (1 - noise) * two_mode_squeezed(1.0)
    assert bool(analysis.audit_state(V).physical) is audited
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert analysis.log_negativity(V, 0, 1) == pytest.approx(2 - np.log1p(-noise), abs=1e-12)
    assert [w.category for w in seen] == [UnphysicalWarning] * warned


def test_an_estimate_of_a_run_with_unphysical_noise_gives_one_warning():
    """Two ports of one fibre with a vacuum each, as if the light passed on had none of its own."""

    def cascade(shared):
        terms = [lose(m, f"{m}_port", amplitude_rate=1.0) for m in ("a", "b")]
        return Model.build(["a", "b"], [*terms, feed("a_port", "b_port", shared_vacuum=shared)])

    options = {
        "trajectories": 256,
        "duration": 3.0,
        "step": 0.1,
        "samples": 3,
        "scheme": "exponential",
    }
    run = simulate(cascade(False), **options)
    with pytest.warns(
        UnphysicalWarning, match=r"by the moment equation of the run, so purity gives no result"
    ) as warned:
        value = analysis.estimate(run, "purity")
    assert len(warned) == 1
    assert warned[0].filename == __file__
    xr.testing.assert_identical(analysis.estimate(run, "purity", physical="ignore"), value)
    with pytest.raises(UnphysicalError):
        analysis.estimate(run, "purity", physical="raise")
    analysis.estimate(run, "covariance(a.X, b.X)", physical="raise")
    analysis.estimate(simulate(cascade(True), **options), "purity", physical="raise")


def test_squeezing_does_not_hide_too_little_noise():
    """By 10 %: the violation of V itself is 2·10⁻¹⁰, less than rounding of its largest variance."""
    V = 0.45 * np.diag([np.exp(20.0), np.exp(-20.0)])
    assert not analysis.audit_state(V).physical
    assert analysis.audit_state(V / 0.9).physical


def test_a_sampled_covariance_gives_a_warning_and_its_estimate_does_not():
    """Vacuum from 256 trajectories: variances are 5 % off, of no quantum state."""
    model = Model.build(["a", "b"], [lose(m, f"{m}_port", amplitude_rate=1.0) for m in ("a", "b")])
    run = simulate(
        model, trajectories=256, duration=1.0, step=0.1, samples=2, seed=3, scheme="exponential"
    )
    with pytest.warns(
        UnphysicalWarning, match="analysis.estimate gives the measure with its error bar"
    ):
        sampled = analysis.log_negativity(run.covariance_sample[-1], "a", "b")
    E = analysis.estimate(run, "log_negativity(a, b)").isel(time=-1)
    assert float(sampled) > 0
    assert abs(float(E["plain_signed"])) < 5 * float(E["plain_stderr"])
    assert float(analysis.log_negativity(run.covariance[-1], "a", "b")) == pytest.approx(
        0, abs=1e-12
    )


# ------------------------------------------------------------------------------
# digits

EXACT = {
    "log_negativity": lambda r: 2 * r,
    "steering": lambda r: np.log(np.cosh(2 * r)),
    "reid": lambda r: 0.5 / np.cosh(2 * r),
    "duan": lambda r: np.exp(-2 * r),
    "purity": lambda r: 1.0,
    "renyi_entropy": lambda r: 0.0,
    "symplectic_eigenvalues": lambda r: 0.5,
    "transposed_eigenvalues": lambda r: 0.5 * np.exp(-2 * r),
    "renyi_mutual_information": lambda r: 2 * np.log(np.cosh(2 * r)),
}
"""Of a two-mode squeezed vacuum; of eigenvalues, the least."""
LOGARITHMIC = ("log_negativity", "steering", "renyi_entropy", "renyi_mutual_information")


def measured(name, V):
    pair = {} if name in ("purity", "renyi_entropy", "symplectic_eigenvalues") else {"i": 0, "j": 1}
    return float(np.min(getattr(analysis, name)(V, **pair)))


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("r", [2.0, 4.0, 6.0, 7.0, 8.0])
def test_the_error_of_a_strongly_squeezed_state_is_below_its_rounding(name, r):
    V = two_mode_squeezed(r)
    doubt = float(rounding(two_mode_squeezed(r)))
    assert doubt == pytest.approx(np.finfo(float).eps * np.exp(4 * r), rel=0.1)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        value = measured(name, V)
    assert [w.category for w in warned] == [PrecisionWarning] * (doubt > 1e-3)
    size = 1.0 if name in LOGARITHMIC else EXACT[name](r)
    assert abs(value - EXACT[name](r)) <= 2 * doubt * size + 1e-14


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("r", [9.0, 10.0, 11.0, 15.0])
def test_a_state_whose_digits_are_lost_has_no_measures_and_a_warning(name, r):
    """At r = 11 a doubles' two-mode squeezed vacuum is singular: E_N and purity were infinite."""
    with pytest.warns(PrecisionWarning, match=rf"V holds too few digits for {name}"):
        assert np.isnan(measured(name, two_mode_squeezed(r)))


@pytest.mark.parametrize("r", [9.0, 11.0])
def test_entropies_discord_and_contangle_of_lost_digits_are_missing_too(r):
    V = np.zeros((6, 6))
    V[:4, :4] = two_mode_squeezed(r)
    V[4:, 4:] = 0.5 * np.eye(2)
    for name in ("von_neumann_entropy", "mutual_information", "discord", "residual_contangle"):
        with pytest.warns(PrecisionWarning):
            assert np.isnan(measure(name, V))


@pytest.mark.parametrize(("r", "kept"), [(4.0, True), (7.0, True), (9.5, False), (12.0, False)])
def test_squeezing_between_the_axes_is_given_or_missing(r, kept):
    c = np.cosh(2 * r) / 2
    s = np.sinh(2 * r) / 2
    V = np.array([[c, s], [s, c]])
    if not kept:
        with pytest.warns(PrecisionWarning, match="squeezing"):
            assert np.isnan(analysis.squeezing(V, 0))
        return
    assert gaussian.squeezing(V, 0) == pytest.approx(
        20 * r / np.log(10), abs=10 * float(rounding(V))
    )


def test_only_the_modes_of_a_measure_need_their_digits():
    V = np.zeros((8, 8))
    V[:4, :4] = two_mode_squeezed(1.0)
    V[4:, 4:] = two_mode_squeezed(11.0)
    assert analysis.log_negativity(V, 0, 1) == pytest.approx(2.0, rel=1e-12)
    with pytest.warns(PrecisionWarning):
        assert np.isnan(analysis.log_negativity(V, 2, 3))
    with pytest.warns(PrecisionWarning, match="1 of 2 covariances V hold"):
        values = analysis.purity(np.stack([two_mode_squeezed(11.0), two_mode_squeezed(1.0)]))
    np.testing.assert_allclose(values, [np.nan, 1.0], rtol=1e-12)


def test_units_and_local_squeezing_cost_no_digits():
    V = two_mode_squeezed(1.0)
    scale = np.array([1e8, 1e-8, 1e-5, 1e5])
    squeezed = V * np.outer(scale, scale)
    assert rounding(squeezed) == pytest.approx(float(rounding(V)), rel=1e-12)
    assert analysis.steering(squeezed, 0, 1) == pytest.approx(np.log(np.cosh(2.0)), rel=1e-12)


def test_rounding_is_infinite_for_singular_correlations_and_none_for_a_noiseless_quadrature():
    assert rounding(np.array([[0.5, 0.5], [0.5, 0.5]])) == np.inf
    assert rounding(np.diag([0.0, 1.0])) == np.finfo(float).eps
    assert np.isnan(rounding(np.full((2, 2), np.nan)))
    assert rounding(np.diag([1.0, -1.0])) == np.inf


@pytest.mark.parametrize("size", [1e100, 1e200, 1e307])
def test_huge_covariances_give_no_warnings(size):
    """Covariances of growing modes: E_N of two huge modes vanishes, and their squares overflow."""
    V = size * two_mode_squeezed(1.0)
    assert analysis.log_negativity(V, 0, 1) == 0
    assert analysis.purity(V) == pytest.approx(0, abs=1e-150)
    for name in ("steering", "reid", "squeezing", "discord", "mutual_information"):
        measure(name, V)
