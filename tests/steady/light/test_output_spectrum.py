"""Output spectra against closed forms of parametric oscillators and of ponderomotive squeezing."""

import numpy as np
import pytest

from qlangevin import analysis
from qlangevin.sde import Model
from qlangevin.sde.model.uncertainty import UnphysicalWarning
from qlangevin.sde.systems import CascadedResonators
from qlangevin.sde.terms import detune, feed, guide, lose, mix, squeeze, squeeze_modes
from qlangevin.steady import output_spectrum

from ...refusals import refuses
from .optomechanics import Cell

W = np.linspace(-6.0, 6.0, 121)


def oscillator(chi, external=1.0, internal=0.0, detuning=0.0, occupations=(0.0, 0.0), squeezing=0):
    """ȧ = −(κ + iΔ)a + χa† with κ in two parts, and the occupations of both inputs."""
    outer, inner = occupations
    return Model.build(
        ["a"],
        [
            detune("a", detuning),
            squeeze("a", 0.5j * np.asarray(chi)),
            lose("a", "out", amplitude_rate=external, occupation=outer, squeezing=squeezing),
            lose("a", "inside", amplitude_rate=internal, occupation=inner),
        ],
    )


def quadrature(a, b):
    """Symmetrised spectrum, in vacuum, of (e^{−iθ}a + e^{iθ}a†)/√2 = (a·a_in + b·a_in†)/√2."""
    return 0.5 * (np.abs(a) ** 2 + np.abs(b) ** 2)


def detuned_spectrum(theta, chi, external, internal, detuning, occupations, w):
    """S_θ of the outgoing light from the 2 × 2 equation of a(ω) and a†(ω), solved by hand."""
    kappa = external + internal

    def coefficients(w):
        """Of a_in and a_in† of both inputs in a_out(ω)."""
        D = (kappa - 1j * w) ** 2 + detuning**2 - abs(chi) ** 2
        own, other = (kappa - 1j * detuning - 1j * w) / D, chi / D
        loss = -2 * np.sqrt(external * internal)
        return [(1 - 2 * external * own, -2 * external * other), (loss * own, loss * other)]

    total = 0.0
    for n, (a, b), (a_, b_) in zip(occupations, coefficients(w), coefficients(-w), strict=True):
        phase = np.exp(1j * theta)
        here = a / phase + phase * np.conj(b_)
        there = b / phase + phase * np.conj(a_)
        total = total + (n + 0.5) * quadrature(here, there)
    return total


def near(found, expected, tolerance=1e-12):
    return np.abs(found / expected - 1).max() <= tolerance


@pytest.mark.parametrize("x", [0.1, 0.5, 0.97])
@pytest.mark.parametrize("escape", [1.0, 0.7])
def test_a_parametric_oscillator_squeezes_as_its_closed_form(x, escape):
    """2S = 1 ± 4ηx/((1 ∓ x)² + ω²/κ²), η the escape efficiency times that of the detector."""
    model = oscillator(x, escape, 1 - escape)
    for detected in (1.0, 0.6):
        S = output_spectrum(model, W, efficiency={"out": detected})
        eta = escape * detected
        for angle, sign in ((0.0, 1), (np.pi / 2, -1)):
            expected = 1 + sign * 4 * eta * x / ((1 - sign * x) ** 2 + W**2)
            assert near(2 * analysis.homodyne(S, "out", angle).values, expected)
        best = analysis.squeezing_spectrum(S, "out")
        dB = -10 * np.log10(1 - 4 * eta * x / ((1 + x) ** 2 + W**2))
        assert np.allclose(best["squeezing"], dB, rtol=0, atol=1e-10)
        assert np.allclose(np.abs(best["angle"]), np.pi / 2, rtol=0, atol=1e-12)
        assert S["physical"].all()


def test_detuning_and_heat_enter_as_the_two_by_two_equation_says():
    chi, external, internal, detuning, occupations = 0.5 * np.exp(0.4j), 0.8, 0.3, 1.3, (0.2, 1.5)
    model = oscillator(chi, external, internal, detuning, occupations)
    S = output_spectrum(model, W)
    for theta in (0.0, 0.3, 1.2, -0.8):
        expected = detuned_spectrum(theta, chi, external, internal, detuning, occupations, W)
        assert near(analysis.homodyne(S, "out", theta).values, expected)


def test_the_best_angle_is_that_of_the_least_homodyne_spectrum():
    S = output_spectrum(oscillator(0.7, 0.8, 0.3, 1.3), W)
    best = analysis.squeezing_spectrum(S, "out")
    least = analysis.homodyne(S, "out", best["angle"])
    assert np.allclose(-10 * np.log10(2 * least), best["squeezing"], rtol=0, atol=1e-11)
    angles = np.linspace(-np.pi / 2, np.pi / 2, 721)
    tried = analysis.homodyne(S, "out", angles).min("angle")
    assert (tried >= least - 1e-12).all()
    assert (tried <= least + 1e-4).all()
    with_others = analysis.squeezing_spectrum(S, ["out", "inside"])
    assert (with_others["squeezing"] >= best["squeezing"] - 1e-9).all()


def test_squeezed_input_is_filtered_by_an_empty_cavity():
    """On resonance each quadrature is multiplied by |r|², with (1 − |r|²)/2 of the other loss."""
    S = output_spectrum(oscillator(0.0, 0.9, 0.2, squeezing=0.8), W)
    reflected = np.abs(1 - 1.8 / (1.1 - 1j * W)) ** 2
    for angle, r in ((0.0, 0.8), (np.pi / 2, -0.8)):
        expected = 0.5 * (reflected * np.exp(-2 * r) + 1 - reflected)
        assert near(analysis.homodyne(S, "out", angle).values, expected)


def test_twin_beams_are_correlated_as_their_closed_form():
    """ȧ = −a + xb†: each beam is thermal, X_a − X_b and Y_a + Y_b are squeezed."""
    x, escape = 0.6, 0.8
    terms = [squeeze_modes("a", "b", 1j * x)]
    for mode in "ab":
        terms += [
            lose(mode, f"beam_{mode}", amplitude_rate=escape),
            lose(mode, f"loss_{mode}", amplitude_rate=1 - escape),
        ]
    S = output_spectrum(Model.build(["a", "b"], terms), W)
    best = analysis.squeezing_spectrum(S, ["beam_a", "beam_b"])
    squeezed, noisy = (1 + s * 4 * escape * x / ((1 - s * x) ** 2 + W**2) for s in (-1, 1))
    assert np.allclose(best["squeezing"], -10 * np.log10(squeezed), rtol=0, atol=1e-11)
    assert np.allclose(best["antisqueezing"], 10 * np.log10(noisy), rtol=0, atol=1e-11)
    alone = analysis.homodyne(S, "beam_a", 0.7)
    assert near(alone.values, (squeezed + noisy) / 4)
    assert best["weight"].dims == ("frequency", "quadrature")
    assert np.allclose((best["weight"] ** 2).sum("quadrature"), 1)


@pytest.mark.parametrize("detuning", [0.0, 0.4, -0.15])
def test_ponderomotive_squeezing_is_that_of_amplitudes_solved_by_hand(detuning):
    cell = Cell(detuning=detuning)
    S = output_spectrum(cell.model(), W)
    for theta in (0.0, 0.6, 1.4, -0.3):
        found = analysis.homodyne(S, "out", theta).values
        assert near(found, cell.homodyne(theta, W), 1e-10)
    light = analysis.heterodyne(S, "out")["photon_flux"]
    for name, sign in (("upper", 1), ("lower", -1)):
        expected = cell.photon_flux(sign * np.abs(W))
        assert np.abs(light.sel(sideband=name) - expected).max() < 1e-10 * expected.max()


def test_light_squeezes_itself_below_the_resonance_of_the_oscillator():
    best = analysis.squeezing_spectrum(output_spectrum(Cell(cold=True).model(), [0.2]), "out")
    assert best["squeezing"].item() > 1


def test_loss_between_two_ports_equals_the_efficiency_of_a_detector():
    """A feed of transmission η into a waveguide, and the port's light detected with η."""
    cell = [squeeze("a", 0.25j), lose("a", "out", amplitude_rate=1.0)]
    fibre = Model.build(["a"], [*cell, guide("far"), feed("out", "far", transmission=0.7)])
    arrived = output_spectrum(fibre, W)
    assert list(arrived["quadrature"].values) == ["far.X", "far.Y"]
    detected = output_spectrum(Model.build(["a"], cell), W, efficiency={"out": 0.7})
    for part in ("spectrum_real", "spectrum_imag"):
        assert np.allclose(arrived[part].values, detected[part].values, rtol=0, atol=1e-14)


def test_squeezed_light_on_a_beam_splitter_makes_two_correlated_beams():
    beams = [guide("up", squeezing=0.9), guide("down"), mix("up", "down", transmissivity=0.5)]
    S = output_spectrum(Model.build(["a"], [*beams, lose("a", "other", amplitude_rate=1.0)]), [0.5])
    both = analysis.squeezing_spectrum(S, ["up", "down"])
    assert both["squeezing"].item() == pytest.approx(18 / np.log(10), abs=1e-12)
    assert analysis.homodyne(S, "up", 0.0).item() == pytest.approx((np.exp(-1.8) + 1) / 4)


def test_every_parameter_point_has_its_spectrum_and_an_unstable_one_has_a_reason():
    chi = np.array([0.2, 0.5, 1.5])
    S = output_spectrum(oscillator(chi), W, efficiency={"out": np.array([1.0, 0.5, 1.0])})
    for at, eta in ((0, 1.0), (1, 0.5)):
        alone = output_spectrum(oscillator(chi[at]), W, efficiency={"out": eta})
        assert np.array_equal(alone["spectrum_real"], S["spectrum_real"][at])
    assert np.isnan(S["spectrum_real"][2]).all()
    assert np.isnan(S["spectrum_imag"][2]).all()
    assert not S["physical"][2].any()
    assert S["reason"].values[2].startswith("unstable (parametric): max Re λ = 0.5")
    best = analysis.squeezing_spectrum(S, "out")["squeezing"]
    assert np.isnan(best[2]).all()
    assert np.isfinite(best[:2]).all()


def test_published_noise_that_counts_a_vacuum_twice_is_flagged():
    cascaded = CascadedResonators.published()
    w = np.linspace(-1e9, 1e9, 5)
    with pytest.warns(UnphysicalWarning, match="broken in 5 of 5 spectral matrices"):
        S = output_spectrum(cascaded.replace(noise="published"), w)
    assert not S["physical"].any()
    assert output_spectrum(cascaded.replace(noise="consistent"), w)["physical"].all()


REFUSALS = {
    "no numbers": ({"frequencies": "x"}, "frequencies must be a number in rad/s", "'x'"),
    "NaN": ({"frequencies": [np.nan]}, "frequencies must be a list of finite numbers", "nan"),
    "unstable": ({"system": oscillator(1.5)}, "branch must be stable", "max Re λ", "no branch is"),
    "no branch": ({"branch": 3}, "branch must be stable (got branch 3, no such branch)", "[0]"),
    "bad branch": ({"branch": -1}, "branch must be a whole number", "got -1"),
    "too efficient": ({"efficiency": {"out": 1.2}}, "efficiency of 'out' must lie", "got 1.2"),
    "unknown port": ({"efficiency": {"ouf": 1}}, "efficiency of 'ouf'", "did you mean 'out'?"),
    "one number": ({"efficiency": 0.5}, "efficiency must give η by port", "got 0.5"),
    "shape": ({"efficiency": {"out": [1, 1]}}, "efficiency of 'out' must be a number or an array"),
    "no ports": ({"system": Model.build(["a"], detune("a", 1.0))}, "the model has no port"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_has_no_spectrum_is_refused(case):
    changes, *fragments = REFUSALS[case]
    call = {"system": oscillator(0.5), "frequencies": [0.0], **changes}
    refuses(fragments, lambda: output_spectrum(**call))
