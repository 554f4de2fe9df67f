"""What detectors read from spectra: sidebands, angles, decibels, and refusals."""

import numpy as np
import pytest
import xarray as xr

from qlangevin import analysis
from qlangevin.sde import Model
from qlangevin.sde.terms import detune, lose, squeeze
from qlangevin.steady import intracavity_spectrum, output_spectrum
from tests.refusals import refuses
from tests.steady.light.optomechanics import Cell

W = np.linspace(-4.0, 4.0, 81)


@pytest.fixture(scope="module")
def thermal():
    """A cavity at +1.5 from the laser whose inner loss is hot."""
    terms = [
        detune("a", 1.5),
        lose("a", "out", amplitude_rate=0.6),
        lose("a", "bath", amplitude_rate=0.2, occupation=2.0),
    ]
    return output_spectrum(Model.build(["a"], terms), W)


def test_thermal_light_leaves_in_the_sideband_of_its_cavity(thermal):
    """N(ω) = n·4κ_oκ_i/(κ² + (ω − Δ)²) at |ω| above and below the laser, for both signs of ω."""
    found = analysis.heterodyne(thermal, "out")
    for name, sign in (("upper", 1), ("lower", -1)):
        expected = 2.0 * 4 * 0.6 * 0.2 / (0.8**2 + (sign * np.abs(W) - 1.5) ** 2)
        flux = found["photon_flux"].sel(sideband=name)
        assert np.allclose(flux, expected, rtol=1e-12, atol=0)
        assert np.allclose(found["heterodyne"].sel(sideband=name), 1 + expected, rtol=1e-14)
    lower, upper = (found["photon_flux"].sel(sideband=name) for name in ("lower", "upper"))
    assert np.allclose(found["asymmetry"], lower / upper, rtol=1e-14)


def test_the_sidebands_of_a_weakly_measured_oscillator_are_as_n_to_n_plus_one():
    cell = Cell(coupling=1e-6, friction=1e-3, occupation=0.7)
    S = output_spectrum(cell.model(), [1.0])
    found = analysis.heterodyne(S, "out")["asymmetry"].item()
    assert found == pytest.approx(1.7 / 0.7, rel=1e-2)


def test_homodyne_takes_one_angle_a_list_or_an_angle_for_each_frequency(thermal):
    one = analysis.homodyne(thermal, "out", 0.4)
    assert one.dims == ("frequency",)
    many = analysis.homodyne(thermal, "out", [0.4, 0.4 + np.pi, 0.4 + np.pi / 2])
    assert many.dims == ("frequency", "angle")
    assert np.allclose(many[:, 0], one, rtol=1e-15)
    assert np.allclose(many[:, 1], one, rtol=1e-12)
    each = xr.DataArray(np.linspace(0, 1, W.size), dims="frequency", coords={"frequency": W})
    at_last = analysis.homodyne(thermal, "out", float(each[-1]))
    assert analysis.homodyne(thermal, "out", each)[-1] == at_last[-1]


def test_squeezing_has_the_sign_and_the_angle_of_the_measure_of_states():
    """At ω = 0 the real part of S is a covariance, of which `squeezing` is the same number."""
    terms = [squeeze("a", 0.1 + 0.2j), lose("a", "out", amplitude_rate=1.0)]
    S = output_spectrum(Model.build(["a"], terms), [0.0])
    best = analysis.squeezing_spectrum(S, "out")
    V = S["spectrum_real"].values[0]
    assert best["squeezing"].item() == pytest.approx(analysis.squeezing(V, 0), abs=1e-12)
    assert best["angle"].item() == pytest.approx(analysis.squeezing_angle(V, 0), abs=1e-12)
    assert best["squeezing"].item() > 0
    assert best["antisqueezing"].item() == pytest.approx(best["squeezing"].item(), abs=1e-9)


def test_spectra_and_ports_that_do_not_exist_are_refused(thermal):
    modes = intracavity_spectrum(Cell().model(), [1.0])
    refuses(["what output_spectrum returns", "ndarray"], lambda: analysis.homodyne(W, "out", 0))
    refuses(["port 'fibre'", "out, bath"], lambda: analysis.heterodyne(thermal, "fibre"))
    refuses(["port 3", "out, bath"], lambda: analysis.squeezing_spectrum(thermal, [3]))
    refuses(
        ["spectrum must be what output_spectrum returns", "Dataset"],
        lambda: analysis.squeezing_spectrum(modes, "out"),
    )
    refuses(["angle must be", "nan"], lambda: analysis.homodyne(thermal, "out", np.nan))
    refuses(["angle must be a number", "'x'"], lambda: analysis.homodyne(thermal, "out", "x"))
