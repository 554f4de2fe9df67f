"""Measures of the light that leaves on grids, against closed forms and single points."""

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import pytest

from qlangevin import analysis
from qlangevin.analysis import UnphysicalWarning
from qlangevin.sde import Model
from qlangevin.sde.system import System, parameter, quantity
from qlangevin.sde.systems import CascadedResonators
from qlangevin.sde.terms import detune, exchange, feed, kerr, lose, squeeze
from qlangevin.steady import Filter, grid, output_modes, output_spectrum, response
from tests.refusals import refuses


@dataclass(frozen=True, eq=False)
class Oscillator(System):
    """A parametric oscillator at x of its threshold; of its loss, `escape` leaves by "out"."""

    kappa: float = parameter("κ", "rad/s", "amplitude decay rate", default=2.0)
    x: float = parameter("x", "", "pump over threshold", default=0.5)
    escape: float = parameter("η", "", "escape efficiency", default=0.9)
    theta: float = parameter("θ", "rad", "angle of detection", default=0.3)

    @quantity("rad/s")
    def half_width(self):
        """Half of the decay rate."""
        return 0.5 * self.kappa

    def model(self):
        rates = {"out": self.escape, "inside": 1 - np.asarray(self.escape)}
        loss = [lose("a", port, amplitude_rate=share * self.kappa) for port, share in rates.items()]
        return Model.build(["a"], [squeeze("a", 0.5j * self.x * self.kappa), *loss])


@dataclass(frozen=True, eq=False)
class TwoModes(System):
    """A squeezed and a driven nonlinear mode that exchange quanta, with two ports, one fed on."""

    delta: float = parameter("Δ", "rad/s", "detuning", default=1.0)
    pump: float = parameter("χ", "rad/s", "strength of the pump", default=0.2)
    far: float = parameter("ω_f", "rad/s", "centre of the filter", default=1.5)

    def model(self):
        light = [
            lose("a", "left", amplitude_rate=0.7),
            lose("b", "right", amplitude_rate=0.4, occupation=0.3),
            lose("b", "fed", amplitude_rate=0.1),
            lose("a", "next", amplitude_rate=0.2),
            feed("fed", "next"),
        ]
        modes = [detune("a", self.delta), exchange("a", "b", 0.3), squeeze("a", 0.5j * self.pump)]
        return Model.build(["a", "b"], [*light, *modes, kerr("b", 1e-3)])


def test_squeezing_on_a_grid_is_the_closed_form_at_frequencies_that_follow_the_parameters():
    """2S = 1 ± 4ηx/((1 ∓ x)² + (ω/κ)²), η the escape efficiency times that of the detector."""
    x, kappa = np.array([0.1, 0.6, 0.95]), np.array([1.0, 3.0])
    words = ["squeezing_db(out, -0.5 kappa)", "squeezing_db(out, half_width)"]
    words += ["homodyne(out, 1.5, theta)", "photon_flux(out, kappa)"]
    found = grid(Oscillator(), {"x": x, "kappa": kappa}, words, efficiency={"out": 0.8})
    x, kappa = x[:, None, None], kappa[None, :, None]

    def noise(sign, ratio):
        eta = 0.9 * 0.8
        return 1 + sign * 4 * eta * x / ((1 - sign * x) ** 2 + ratio**2)

    expected = -10 * np.log10(noise(-1, 0.5)) + 0 * kappa
    for name in ("squeezing_db_out_minus_0.5_kappa", "squeezing_db_out_half_width"):
        np.testing.assert_allclose(found[name], expected, rtol=1e-11)
    assert found[name].attrs["units"] == "dB"
    quadrature = 0.5 * (
        noise(1, 1.5 / kappa) * np.cos(0.3) ** 2 + noise(-1, 1.5 / kappa) * np.sin(0.3) ** 2
    )
    np.testing.assert_allclose(found["homodyne_out_1.5_theta"], quadrature, rtol=1e-11)
    flux = (noise(1, 1.0) + noise(-1, 1.0) - 2) / 4 + 0 * kappa
    np.testing.assert_allclose(found["photon_flux_out_kappa"], flux, rtol=1e-11)
    assert (found["light_physicality"] >= 0).all()


def test_what_is_not_stable_has_no_light():
    found = grid(Oscillator(), {"x": [0.5, 1.5]}, "squeezing_db(out, 0)")
    np.testing.assert_array_equal(np.isfinite(found["squeezing_db_out_0"]), [[True], [False]])
    np.testing.assert_array_equal(found["light_physicality"].isnull(), [[False], [True]])


def test_light_on_a_grid_is_that_of_single_points():
    def filters(system):
        return {"far": Filter("right", centre=-system.far, width=0.2 * system.far, shape="window")}

    words = ["transmission(right, left, delta)", "group_delay(right, left, delta)"]
    words += ["squeezing_db(next, -2 delta)", "photon_flux(right, -1.3)", "homodyne(left, 0, 0.4)"]
    words += ["log_negativity(far, b)", "steering(b, far)", "squeezing(far)", "purity"]
    axes = {"delta": [-0.5, 0.8, 1.2], "far": [0.5, 2.0]}
    found = grid(TwoModes(), axes, words, output_modes=filters, efficiency={"right": 0.6})
    assert found["transmission_right_left_delta"].dims == ("delta", "far", "branch")
    for at in np.ndindex(3, 2):
        system = TwoModes(delta=axes["delta"][at[0]], far=axes["far"][at[1]])
        here = found.isel(delta=at[0], far=at[1], branch=0)
        frequencies = [system.delta, -2 * system.delta, -1.3, 0.0]
        spectrum = output_spectrum(system, frequencies, efficiency={"right": 0.6})
        probe = response(system, [system.delta]).isel(frequency=0).sel(port="right", port_="left")
        V = output_modes(system, filters(system), efficiency={"right": 0.6})
        expected = {
            "transmission_right_left_delta": np.abs(
                probe["transmission_real"] + 1j * probe["transmission_imag"]
            )
            ** 2,
            "group_delay_right_left_delta": probe["group_delay"],
            "squeezing_db_next_minus_2_delta": analysis.squeezing_spectrum(spectrum, "next")[
                "squeezing"
            ][1],
            "photon_flux_right_minus_1.3": analysis.heterodyne(spectrum, "right")[
                "photon_flux"
            ].sel(sideband="lower")[2],
            "homodyne_left_0_0.4": analysis.homodyne(spectrum, "left", 0.4)[3],
            "log_negativity_far_b": analysis.log_negativity(V, "far", "b"),
            "steering_b_far": analysis.steering(V, "b", "far"),
            "squeezing_far": analysis.squeezing(V, "far"),
            "purity": analysis.purity(analysis.reduced(V, ["a", "b"])),
        }
        for name, value in expected.items():
            np.testing.assert_allclose(here[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


def test_light_whose_noise_counts_a_vacuum_twice_is_flagged():
    for noise, broken in (("published", True), ("consistent", False)):
        system = CascadedResonators.published(noise=noise)
        words = ["squeezing_db(right_fibre, mechanical_frequency)"]
        words += ["transmission(right_fibre, left_fibre, mechanical_frequency)"]
        with pytest.warns(UnphysicalWarning) if broken else nullcontext() as warnings:
            found = grid(system, {"temperature": [0.1]}, words)
            spectrum = output_spectrum(system, [system.mechanical_frequency])
            probe = response(system, [system.mechanical_frequency]).isel(frequency=0)
        T = probe["transmission_real"] + 1j * probe["transmission_imag"]
        np.testing.assert_allclose(
            found["transmission_right_fibre_left_fibre_mechanical_frequency"],
            abs(T.sel(port="right_fibre", port_="left_fibre").item()) ** 2,
            rtol=1e-9,
        )
        S = (spectrum["spectrum_real"] + 1j * spectrum["spectrum_imag"]).values[0]
        relation = 0.5j * np.kron(np.eye(len(S) // 2), [[0, 1], [-1, 0]])
        least = min(np.linalg.eigvalsh(S + sign * relation)[0] for sign in (1, -1))
        assert (least < -0.01) == broken
        np.testing.assert_allclose(found["light_physicality"], min(least, 0.0), atol=1e-9)
        assert not broken or "light at 1 of 1 steady states" in str(warnings[1].message)


REFUSALS = {
    "no frequency": ("squeezing_db(left)", "must give port, frequency", "output_spectrum"),
    "two ports": ("transmission(left, right)", "transmission(left, left, 6.28e6)"),
    "unknown port": ("squeezing_db(lift, 1)", "port 'lift'", "did you mean 'left'?"),
    "fed on": ("squeezing_db(fed, 1)", "is fed on to port 'next'"),
    "no input": ("transmission(left, next, 1)", "'next', which has no input", "left, right, fed"),
    "unit": ("squeezing_db(left, 2π × 1 MHz)", "frequency of", "in rad/s without its unit"),
    "name": ("squeezing_db(left, dalta)", "did you mean 'delta'?", "-0.5 delta"),
    "no angle": ("homodyne(left, 1, delta)", "angle of", "must be a number in rad"),
    "no mode": ("log_negativity(far, b)", "names 'far'"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_measures_of_light_are_refused_in_one_sentence(case):
    words, *fragments = REFUSALS[case]
    refuses(fragments, lambda: grid(TwoModes(), {"delta": [1.0]}, words))


WRONG_FILTERS = {
    "no filters": ({"output_modes": {}}, "filters must name at least one"),
    "array": ({"output_modes": {"f": Filter("left", width=[1.0, 2.0])}}, "a function of the"),
    "fed on": ({"output_modes": {"f": Filter("fed", width=1.0)}}, "is fed on to port 'next'"),
    "efficiency": ({"efficiency": {"left": [0.5, 0.6]}}, "one number per port"),
    "function": ({"output_modes": lambda _: 3}, "filters must name at least one", "got 3"),
    "overlap": ({"overlapping": "mix"}, "overlapping must be one of"),
}


@pytest.mark.parametrize("case", WRONG_FILTERS)
def test_detectors_that_cannot_be_are_refused_in_one_sentence(case):
    options, *fragments = WRONG_FILTERS[case]
    refuses(fragments, lambda: grid(TwoModes(), {"delta": [1.0]}, "purity", **options))
