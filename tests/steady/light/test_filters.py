"""Filters: their overlaps and commutators, sweeps of them, and what is refused."""

import numpy as np
import pytest

from qlangevin import analysis
from qlangevin.sde import Model
from qlangevin.sde.support import RefusedError
from qlangevin.sde.terms import detune, feed, lose
from qlangevin.steady import Filter, output_modes, steady_state
from qlangevin.steady.light.filters import _overlap, overlaps

from . import frequency_integrals, time_integrals
from .filtered_models import (
    WINDOW,
    amplifier,
    coupled,
    feeding,
    gaussian_amplitude,
    lights,
    window_amplitude,
)


def test_overlaps_are_the_commutators_of_the_filters():
    filters = [
        Filter("out", centre=1.0, width=0.7),
        Filter("out", centre=-1.0, width=0.4),
        Filter("out", centre=0.5, width=0.9, shape="window"),
        Filter("out", centre=0.1, width=4.0, shape="gaussian"),
        Filter("other", centre=1.0, width=0.7),
    ]
    found = overlaps(filters)
    omega, weights = frequency_integrals.axis(1.0, 2000)
    g = [each.amplitude(omega) for each in filters]
    np.testing.assert_allclose(found[0, 1], np.sum(weights * g[0] * g[1].conj()), atol=1e-14)
    lorentz = 2 * np.sqrt(0.35 * 0.2) / (0.35 + 0.2 + 2j)
    np.testing.assert_allclose(found[0, 1], lorentz, rtol=1e-14)
    T = filters[3].duration
    times, w = time_integrals.nodes(0, T, 12)
    narrow = gaussian_amplitude(filters[3])(times)
    flat = window_amplitude(filters[2])(times)
    np.testing.assert_allclose(found[2, 3], np.sum(w * flat * narrow.conj()), atol=1e-13)
    assert found[0, 4] == 0
    np.testing.assert_allclose(np.diag(found), 1)


@pytest.mark.parametrize("shape", ["lorentzian", "window", "gaussian"])
def test_transmission_is_half_at_half_the_width_and_its_integral_is_one(shape):
    each = Filter("out", centre=0.3, width=0.8, shape=shape)
    peak, *sides = np.abs(each.amplitude([0.3, 0.7, -0.1])) ** 2
    np.testing.assert_allclose(sides, peak / 2, rtol=1e-5 if shape == "gaussian" else 1e-12)
    np.testing.assert_allclose(overlaps([each, each])[0, 0], 1, rtol=1e-12)
    itself = _overlap(each.exponentials, each.exponentials)
    np.testing.assert_allclose(itself, 1, rtol=1e-12)


def test_overlapping_filters_are_refused_with_their_overlap_or_orthogonalised():
    """A cavity that the light reflected by another cavity enters is Gram–Schmidt's second mode.

    The two modes span the same space as Löwdin's, so that the state of both with the system has the
    same entanglement.
    """
    sidebands = {"upper": (1.0, 0.5), "lower": (-1.0, 0.4)}
    filters = {name: Filter("left", centre=c, width=w) for name, (c, w) in sidebands.items()}
    model = coupled()
    with pytest.raises(RefusedError, match=r"'lower' and 'upper' of port 'left' .* = 0\.218"):
        output_modes(model, filters)
    cavities = {
        name: Model.build(["f"], [detune("f", c), lose("f", "in", amplitude_rate=w / 2)])
        for name, (c, w) in sidebands.items()
    }
    feeds = [feed("system.left", "upper.in"), feed("upper.in", "lower.in")]
    joined = Model.join(system=model, **cavities, terms=feeds)
    expected = steady_state(joined).covariance[0]
    V = output_modes(model, filters, overlapping="orthogonalise")
    np.testing.assert_allclose(
        analysis.log_negativity(V, ["a", "b"], ["upper", "lower"]),
        analysis.log_negativity(expected, ["system.a", "system.b"], ["upper.f", "lower.f"]),
        rtol=1e-11,
    )
    np.testing.assert_allclose(
        analysis.symplectic_eigenvalues(V), analysis.symplectic_eigenvalues(expected), rtol=1e-12
    )


def test_windows_of_one_duration_commute_at_multiples_of_its_inverse():
    T = WINDOW / 0.5
    filters = {
        f"f{k + 2}": Filter("left", centre=2 * np.pi * k / T, width=0.5, shape="window")
        for k in range(-2, 3)
    }
    assert output_modes(coupled(), filters).physicality > -1e-13


def test_parameter_points_and_filters_are_batched_and_points_without_the_branch_are_blank():
    x, centres = np.array([0.2, 0.5, 1.5]), np.array([0.1, 0.3, 0.2])
    widths = np.array([0.5, 0.2, 0.3])
    filters = {
        "f": Filter("out", centre=centres, width=widths, shape="window"),
        "h": Filter("bath", centre=0.2, width=0.4, shape="window"),
        "k": Filter("bath", centre=centres + 3, width=0.4, shape="gaussian"),
    }
    model = amplifier(x, 0.6)
    V = output_modes(model, filters, overlapping="orthogonalise")
    assert V.dims == ("point_0", "quadrature", "quadrature_")
    assert list(V.indexes["quadrature"][-2:]) == ["k.X", "k.Y"]
    assert np.isnan(V.values[2]).all()
    assert np.isnan(V.physicality[2])
    for at in range(2):
        alone = {
            "f": Filter("out", centre=centres[at], width=widths[at], shape="window"),
            "h": filters["h"],
            "k": Filter("bath", centre=centres[at] + 3, width=0.4, shape="gaussian"),
        }
        single = output_modes(amplifier(x[at], 0.6), alone, overlapping="orthogonalise")
        np.testing.assert_allclose(V[at], single, rtol=0, atol=1e-13)
    with pytest.raises(ValueError, match="branch must be stable"):
        output_modes(amplifier(1.5), {"f": Filter("out", width=0.1)})


@pytest.mark.parametrize(
    ("filters", "options", "message"),
    [
        ({}, {}, "filters must name at least one"),
        ({"a": Filter("second", width=1.0)}, {}, "filter 'a' has the name of a mode"),
        ({"f": Filter("secnd", width=1.0)}, {}, "did you mean 'second'"),
        ({"f": Filter("first", width=1.0)}, {}, "fed on to port 'second'"),
        ({"f": "second"}, {}, r"filters\['f'\] must be a Filter"),
        ({"f": Filter("second", width=1.0)}, {"efficiency": {"second": 1.2}}, "between 0 and 1"),
        ({"f": Filter("second", width=1.0)}, {"overlapping": "ignore"}, "overlapping must be one"),
        ({"f": Filter("second", width=1.0)}, {"branch": 2}, "branch must be stable"),
        (
            {name: Filter("second", width=1.0) for name in "fg"},
            {"overlapping": "orthogonalise"},
            "nearly the same",
        ),
    ],
)
def test_filters_that_cannot_be_taken_are_refused(filters, options, message):
    with pytest.raises(ValueError, match=message):
        output_modes(feeding(), filters, **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"width": 0.0}, "width of Filter must be positive"),
        ({"width": np.nan}, "width of Filter must be finite"),
        ({"width": 1.0, "centre": "left"}, "centre of Filter must be a number"),
        ({"width": 1.0, "shape": "square"}, "shape of Filter must be one of lorentzian"),
    ],
)
def test_filters_that_make_no_sense_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Filter("out", **arguments)


def test_filtered_modes_keep_their_commutators_with_each_other_and_with_the_system():
    """∫M σ M† dω/2π, σ the commutators of the noise channels, is Ω and the overlaps."""
    model = coupled()
    filters = [Filter("left", centre=0.7, width=0.5), Filter("left", centre=-0.6, width=0.3)]
    omega = np.array([[0.0, 1.0], [-1.0, 0.0]])
    inverse = [np.linalg.inv(model.ports[port].noise) for port in ("left", "right")]
    sigma = np.kron(np.eye(2), np.zeros((2, 2)))
    for k, S in enumerate(inverse):
        sigma[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = S @ omega @ S.T
    assert model.channels == ("left.X", "left.Y", "right.X", "right.Y")
    found = frequency_integrals.covariance(
        model.A, model.B, lights(model, filters), filters, 1.0, channels=sigma
    )
    expected = np.kron(np.eye(4), omega)
    overlap = overlaps(filters)[0, 1]
    expected[4:6, 6:8] = [[overlap.imag, overlap.real], [-overlap.real, overlap.imag]]
    expected[6:8, 4:6] = -expected[4:6, 6:8].T
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_sweeps_of_a_filter_are_labelled():
    widths, centres = np.array([0.1, 0.3, 0.5]), np.array([-1.0, 1.0])
    swept = {"f": Filter("out", centre=centres[:, None], width=widths)}
    V = output_modes(amplifier(0.5), swept)
    assert V.dims == ("f_centre", "f_width", "quadrature", "quadrature_")
    np.testing.assert_array_equal(V["f_centre"], centres)
    single = output_modes(amplifier(0.5), {"f": Filter("out", centre=1.0, width=0.3)})
    one = V.sel(f_centre=1.0, f_width=0.3)
    np.testing.assert_allclose(one, single, rtol=1e-14)
    of_system = output_modes(
        amplifier(np.array([0.2, 0.4, 0.5])), {"f": Filter("out", width=widths)}
    )
    assert of_system.dims[0] == "point_0"
    assert analysis.log_negativity(V, "f", "a").dims == ("f_centre", "f_width")


def test_arrays_that_do_not_fit_the_parameter_points_are_refused():
    model = amplifier(np.array([0.1, 0.2]))
    with pytest.raises(ValueError, match=r"points of shape \(2,\) and f_width of shape \(3,\)"):
        output_modes(model, {"f": Filter("out", width=np.array([1.0, 2.0, 3.0]))})
    with pytest.raises(ValueError, match=r"centre of shape \(3,\) and width of shape \(2,\)"):
        Filter("out", centre=np.zeros(3), width=np.ones(2))
