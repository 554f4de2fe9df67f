"""Filtered output modes: against frequency and time integrals, filter cavities, closed forms."""

import numpy as np
import pytest

from qlangevin import analysis
from qlangevin.sde import Model
from qlangevin.sde.systems import CascadedResonators, SpinningResonator
from qlangevin.sde.terms import detune, feed, guide, lose, mix, squeeze
from qlangevin.steady import Filter, output_modes, steady_state

from . import frequency_integrals, time_integrals
from .filtered_models import (
    AMPLITUDES,
    WINDOW,
    amplifier,
    coupled,
    lights,
)


def lorentzians():
    return {
        "f": Filter("left", centre=0.7, width=0.5),
        "h": Filter("right", centre=-0.3, width=0.2),
    }


def test_lorentzian_filters_agree_with_integrals_over_frequency():
    model, filters = coupled(), lorentzians()
    expected = frequency_integrals.covariance(
        model.A, model.B, lights(model, filters.values()), filters.values(), scale=1.0
    )
    V = output_modes(model, filters)
    np.testing.assert_allclose(V, expected, rtol=0, atol=3e-14)
    assert V.physicality > -1e-14
    np.testing.assert_allclose(V[:4, :4], steady_state(model).covariance[0], atol=1e-14)


def test_lorentzian_filters_are_cavities_that_the_light_enters():
    model, filters = coupled(), lorentzians()
    cavities = {
        name: Model.build(
            ["f"], [detune("f", each.centre), lose("f", "in", amplitude_rate=each.width / 2)]
        )
        for name, each in filters.items()
    }
    feeds = [feed(f"system.{each.port}", f"{name}.in") for name, each in filters.items()]
    joined = Model.join(system=model, **cavities, terms=feeds)
    np.testing.assert_allclose(
        output_modes(model, filters), steady_state(joined).covariance[0], rtol=0, atol=1e-14
    )


@pytest.mark.parametrize("shape", ["window", "gaussian"])
def test_filters_of_finite_duration_agree_with_integrals_over_time(shape):
    model = coupled()
    filters = {
        "f": Filter("left", centre=0.7, width=1.5, shape=shape),
        "h": Filter("right", centre=-0.3, width=2.5, shape=shape),
        "k": Filter("right", centre=30.0, width=1.9, shape=shape),
    }
    V = output_modes(model, filters, overlapping="orthogonalise" if shape == "window" else "refuse")
    g = {name: AMPLITUDES[shape](each) for name, each in filters.items()}
    light = dict(zip(filters, lights(model, filters.values()), strict=True))
    row = V.sel(quadrature_=["f.X", "f.Y"])
    np.testing.assert_allclose(
        row.sel(quadrature=["a.X", "a.Y", "b.X", "b.Y"]),
        time_integrals.with_system(model.A, model.B, light["f"], g["f"], filters["f"].duration),
        rtol=0,
        atol=1e-13,
    )
    one, two = ((*light[name], g[name], filters[name].duration) for name in "fh")
    own = time_integrals.between(model.A, model.B, one, one)
    np.testing.assert_allclose(row.sel(quadrature=["f.X", "f.Y"]), own, rtol=0, atol=1e-13)
    if shape == "gaussian":
        cross = time_integrals.between(model.A, model.B, two, one)
        np.testing.assert_allclose(row.sel(quadrature=["h.X", "h.Y"]), cross, rtol=0, atol=1e-13)
    assert V.physicality > -1e-13


@pytest.mark.parametrize("x", [0.0, 0.5, 0.99])
@pytest.mark.parametrize(("escape", "occupation"), [(1.0, 0.0), (0.7, 0.0), (0.7, 1.5)])
def test_squeezed_light_of_a_parametric_oscillator_in_closed_form(x, escape, occupation):
    """S(ω) = (n + ½)[1 ∓ 4x·escape/((1 ± x)² + ω²)], averaged over |g(ω)|²."""
    width, window = 0.3, 0.8
    filters = {
        "cavity": Filter("out", width=width),
        "window": Filter("out", width=window, shape="window"),
    }
    heat, T = occupation + 0.5, WINDOW / window
    for name, each in filters.items():
        V = output_modes(amplifier(x, escape, occupation), {name: each}).values[2:, 2:]
        for axis, sign in enumerate((1, -1)):
            b = 1 + sign * x
            average = 1 / (b * (b + width / 2))
            if name == "window":
                average = (1 + np.expm1(-b * T) / (b * T)) / b**2
            expected = heat * (1 - sign * 4 * x * escape * average)
            np.testing.assert_allclose(V[axis, axis], expected, rtol=1e-12)
        np.testing.assert_allclose(V[0, 1], 0, atol=1e-12)


@pytest.mark.parametrize("shape", ["lorentzian", "window", "gaussian"])
def test_narrow_filters_see_the_spectrum_at_their_centre(shape):
    """At ω the two-mode light of a degenerate amplifier has equal variances of X and Y."""
    x, omega, width = 0.6, 0.4, 1e-5
    V = output_modes(amplifier(x), {"f": Filter("out", centre=omega, width=width, shape=shape)})
    spectra = [0.5 * (1 - s * 4 * x / ((1 + s * x) ** 2 + omega**2)) for s in (1, -1)]
    np.testing.assert_allclose(np.diag(V)[2:], np.mean(spectra), rtol=20 * width)


def test_two_sidebands_of_a_parametric_oscillator_are_entangled():
    """X₊ + X₋ and Y₊ − Y₋ have the spectrum of the squeezed quadrature: E_N = −ln 2S."""
    x, omega = 0.6, 3.0
    sidebands = {
        name: Filter("out", centre=sign * omega, width=1e-4, shape="gaussian")
        for name, sign in (("upper", 1), ("lower", -1))
    }
    V = output_modes(amplifier(x), sidebands)
    least = 0.5 * (1 - 4 * x / ((1 + x) ** 2 + omega**2))
    found = analysis.log_negativity(V, "upper", "lower")
    np.testing.assert_allclose(found, -np.log(2 * least), rtol=1e-5)


@pytest.mark.parametrize("shape", ["lorentzian", "window", "gaussian"])
def test_vacuum_stays_vacuum_in_every_filter(shape):
    model = Model.build(["a"], [detune("a", 0.4), lose("a", "out", amplitude_rate=1.0)])
    filters = {
        f"f{k}": Filter("out", centre=0.6 * k, width=0.5 + 0.2 * k, shape=shape) for k in range(3)
    }
    V = output_modes(model, filters, overlapping="orthogonalise")
    np.testing.assert_allclose(V, 0.5 * np.eye(8), atol=3e-13)


@pytest.mark.parametrize("shape", ["lorentzian", "window", "gaussian"])
def test_exceptional_point_needs_no_eigenvectors(shape):
    """χ = Δ: the drift matrix is defective."""
    model = Model.build(
        ["a"], [detune("a", 0.5), squeeze("a", 0.25), lose("a", "out", amplitude_rate=1.0)]
    )
    assert np.linalg.matrix_rank(model.A + np.eye(2)) == 1
    each = Filter("out", centre=0.2, width=2.0, shape=shape)
    V = output_modes(model, {"f": each}).values
    light = (model.ports["out"].C, model.ports["out"].D)
    if shape == "lorentzian":
        expected = frequency_integrals.covariance(model.A, model.B, [light], [each], 1.0)
        np.testing.assert_allclose(V, expected, atol=1e-14)
        return
    full = (*light, AMPLITUDES[shape](each), each.duration)
    own = time_integrals.between(model.A, model.B, full, full)
    np.testing.assert_allclose(V[2:, 2:], own, rtol=0, atol=1e-13)


def test_efficiency_is_a_beam_splitter_before_the_filter():
    efficiency = 0.7
    loss = [guide("lost"), mix("left", "lost", transmissivity=efficiency)]
    terms = [
        detune("a", 0.4),
        squeeze("a", 0.3),
        lose("a", "left", amplitude_rate=1.0, occupation=0.2),
    ]
    split, whole = Model.build(["a"], [*terms, *loss]), Model.build(["a"], terms)
    filters = {
        "upper": Filter("left", centre=1.0, width=0.5),
        "lower": Filter("left", centre=-1.0, width=0.5, shape="window"),
    }
    np.testing.assert_allclose(
        output_modes(whole, filters, efficiency={"left": efficiency}, overlapping="orthogonalise"),
        output_modes(split, filters, overlapping="orthogonalise"),
        rtol=0,
        atol=1e-14,
    )
    np.testing.assert_array_equal(
        output_modes(whole, {"f": filters["upper"]}, efficiency={"left": 1}),
        output_modes(whole, {"f": filters["upper"]}),
    )


def test_a_nonlinear_system_about_its_branch_has_an_entangled_stokes_mode():
    """Behind a filter the motion is more entangled with the light than inside the cavity."""
    system = SpinningResonator.published()
    omega = float(system.mechanical_frequency)
    stokes = Filter("driven_fibre", centre=-omega, width=0.3 * omega)
    V = output_modes(system, {"stokes": stokes})
    cavity = [detune("f", -omega), lose("f", "in", amplitude_rate=0.15 * omega)]
    joined = Model.join(
        system=system.model(),
        filter=Model.build(["f"], cavity),
        terms=feed("system.driven_fibre", "filter.in"),
    )
    expected = steady_state(joined).covariance[0].values
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(V / scale, expected / scale, rtol=0, atol=1e-14)
    inside = analysis.log_negativity(V, "driven", "mechanical")
    assert 0 < inside < analysis.log_negativity(V, "stokes", "mechanical")


@pytest.mark.parametrize("width", [1e3, 1.0, 1e-3, 1e-6])
def test_light_of_a_far_detuned_thermal_cavity_in_closed_form(width):
    """S(ω) = ½ + 4κκ′n/((ω − Δ)² + 1), at up to 6·10⁹ rad from the start of a window."""
    detuning, n, centre = 1e3, 3.0, 0.3
    baths = [
        lose("a", "out", amplitude_rate=0.6),
        lose("a", "bath", amplitude_rate=0.4, occupation=n),
    ]
    model = Model.build(["a"], [detune("a", detuning), *baths])
    rate, T = 1 - 1j * centre, WINDOW / width
    averages = {
        "lorentzian": 1 / (rate + width / 2),
        "window": (1 + np.expm1(-rate * T) / (rate * T)) / rate,
    }
    for shape, average in averages.items():
        each = Filter("out", centre=detuning + centre, width=width, shape=shape)
        V = output_modes(model, {"f": each}).values
        np.testing.assert_allclose(V[2, 2], 0.5 + 4 * 0.6 * 0.4 * n * average.real, rtol=1e-11)


@pytest.mark.parametrize(("noise", "physical"), [("published", False), ("consistent", True)])
def test_light_of_the_cascade_is_entangled_where_its_motions_are_not(noise, physical):
    """With the published noise neither the modes nor their light are in a quantum state."""
    system = CascadedResonators.published(noise=noise, spin_left=0.6e6)
    omega = float(system.mechanical_frequency)
    system = system.at_effective_detuning(0.74 * omega)
    sidebands = {
        name: Filter("right_fibre", centre=sign * omega, width=0.01 * omega)
        for name, sign in (("stokes", -1), ("anti_stokes", 1))
    }
    V = output_modes(system, sidebands, overlapping="orthogonalise")
    assert (V.physicality > 0) == physical
    if not physical:
        with pytest.warns(analysis.UnphysicalWarning):
            analysis.log_negativity(V, "stokes", "anti_stokes")
        return
    assert analysis.log_negativity(V, "mechanical_left", "mechanical_right") == 0
    assert analysis.log_negativity(V, "stokes", "anti_stokes") > 0.4
