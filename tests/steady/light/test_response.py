"""Frequency response against cavities, feeds, a loop and transparency solved by hand."""

import numpy as np
import pytest

from qlangevin.sde import Model
from qlangevin.sde.systems import CascadedResonators
from qlangevin.sde.terms import amplify, detune, feed, guide, lose, mix, shine, squeeze
from qlangevin.steady import response

from ...refusals import refuses
from .optomechanics import Cell

W = np.linspace(-5.0, 5.0, 201)


def amplitude(found, name, port, port_):
    """A complex amplitude (..., frequencies) between two ports."""
    part = found.sel(port=port, port_=port_)
    return part[f"{name}_real"].values + 1j * part[f"{name}_imag"].values


def near(found, expected, tolerance=1e-12):
    return np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


def cavity(w, kappa, detuning):
    return 1 / (kappa + 1j * detuning - 1j * w)


def test_a_cavity_reflects_transmits_and_delays_as_its_closed_form():
    left, right, detuning = 0.7, 0.4, 0.8
    terms = [
        detune("a", detuning),
        lose("a", "left", amplitude_rate=left),
        lose("a", "right", amplitude_rate=right, occupation=2.0, squeezing=0.5),
    ]
    found = response(Model.build(["a"], terms), W)
    chi = cavity(W, left + right, detuning)
    reflected, through = 1 - 2 * left * chi, -2 * np.sqrt(left * right) * chi
    assert near(amplitude(found, "transmission", "left", "left"), reflected)
    assert near(amplitude(found, "transmission", "left", "right"), through)
    assert not found["idler_real"].values.any()
    total = left + right
    delay = total / (total**2 + (detuning - W) ** 2)
    assert near(found["group_delay"].sel(port="left", port_="right").values, delay)
    steps = np.angle(reflected[2:] / reflected[:-2]) / (W[2] - W[0])
    numerical = found["group_delay"].sel(port="left", port_="left").values[1:-1]
    assert np.abs(numerical - steps).max() < 0.01 * np.abs(steps).max()


def test_quadratures_respond_as_the_amplitudes_of_probe_and_idler():
    """X + iY of a probe a e^{−iωt} + a* e^{iωt}, followed through the matrix of quadratures."""
    terms = [detune("a", 0.6), squeeze("a", 0.2 + 0.1j), lose("a", "out", amplitude_rate=1.0)]
    found = response(Model.build(["a"], terms), W)
    R = (
        found["response_real"].values[:, 0, :, 0, :]
        + 1j * found["response_imag"].values[:, 0, :, 0]
    )
    out = R @ (np.array([1.0, -1j]) / np.sqrt(2))  # the transform at ω of a_in = e^{−iωt}
    assert near(
        (out[:, 0] + 1j * out[:, 1]) / np.sqrt(2), amplitude(found, "transmission", "out", "out")
    )
    assert near((out[:, 0] - 1j * out[:, 1]) / np.sqrt(2), amplitude(found, "idler", "out", "out"))
    T = amplitude(found, "transmission", "out", "out")
    assert near(np.abs(T) ** 2 - np.abs(amplitude(found, "idler", "out", "out")) ** 2, np.ones(201))


def test_a_phase_preserving_amplifier_has_gain_and_idler():
    """ȧ = −(κ − γ)a + √2κ a_in − √2γ b_in†: the light of one port leaves mirrored by the other."""
    terms = [lose("a", "out", amplitude_rate=1.0), amplify("a", "pump", amplitude_rate=0.4)]
    found = response(Model.build(["a"], terms), W)
    gain = 1 - 2 / (0.6 - 1j * W)
    idler = 2 * np.sqrt(0.4) / (0.6 - 1j * W)
    assert near(amplitude(found, "transmission", "out", "out"), gain)
    assert near(np.abs(amplitude(found, "idler", "pump", "out")), np.abs(idler))
    assert near(np.abs(gain) ** 2 - np.abs(idler) ** 2, np.ones(201))


def test_a_feed_multiplies_the_reflections_of_two_cavities():
    k, d, eta, phase = (0.9, 1.4), (0.5, -0.7), 0.6, 0.8
    terms = [
        *(detune(mode, rate) for mode, rate in zip("ab", d, strict=True)),
        *(lose(mode, mode + "1", amplitude_rate=rate) for mode, rate in zip("ab", k, strict=True)),
    ]
    line = feed("a1", "b1", transmission=eta, phase=phase)
    found = response(Model.build(["a", "b"], [*terms, line]), W)
    assert list(found["port"].values) == ["b1"]
    assert list(found["port_"].values) == ["a1", "b1"]
    first, second = (1 - 2 * k[j] * cavity(W, k[j], d[j]) for j in (0, 1))
    passed = np.sqrt(eta) * np.exp(1j * phase) * first * second
    assert near(amplitude(found, "transmission", "b1", "a1"), passed)
    assert near(amplitude(found, "transmission", "b1", "b1"), second)


def test_light_that_returns_through_a_beam_splitter_is_summed_over_all_round_trips():
    """c_in = e^{iφ}(√T g_in − √R c_out), c_out = c_in − √2κ a; √T c_out + √R g_in leaves."""
    kappa, detuning, T, phase = 0.8, 0.3, 0.55, 0.9
    terms = [
        detune("a", detuning),
        lose("a", "c", amplitude_rate=kappa),
        guide("g"),
        mix("c", "g", transmissivity=T),
        feed("g", "c", phase=phase),
    ]
    found = response(Model.build(["a"], terms), W)
    r = 1 - 2 * kappa * cavity(W, kappa, detuning)
    turn, t, s = np.exp(1j * phase), np.sqrt(T), np.sqrt(1 - T)
    inside = turn * t / (1 + turn * s * r)
    assert near(amplitude(found, "transmission", "c", "g"), t * r * inside + s)


@pytest.mark.parametrize("detuning", [1.0, 0.0])
def test_optomechanically_induced_transparency_is_that_of_amplitudes_solved_by_hand(detuning):
    cell = Cell(detuning=detuning, outer=0.25, inner=0.1, friction=0.02)
    found = response(cell.model(), W)
    transmitted, idler = cell.probe(W)
    assert near(amplitude(found, "transmission", "out", "out"), transmitted, 1e-10)
    assert near(amplitude(found, "idler", "out", "out"), idler, 1e-10)


def test_a_narrow_window_opens_where_the_probe_beats_at_the_mechanical_frequency():
    """In the resolved-sideband limit T = 1 − 2κ_o/(κ + G²|α|²/(2(γ/2 − iδ)) − iδ), δ = ω − ω_m."""
    cell = Cell(detuning=1.0, outer=0.005, inner=0.005, friction=1e-5, amplitude=2.0 + 0j)
    delta = np.linspace(-4, 4, 9) * 1e-4
    found = amplitude(response(cell.model(), 1 + delta), "transmission", "out", "out")
    strength = cell.coupling**2 * abs(cell.amplitude) ** 2 / 2
    window = strength / (cell.friction / 2 - 1j * delta)
    expected = 1 - 2 * cell.outer / (cell.kappa + window - 1j * delta)
    assert near(found, expected, 0.01)


def test_each_parameter_point_has_its_response_and_inputs_that_are_missing_are_nan():
    eta = np.array([0.5, 1.0])
    terms = [lose(mode, mode + "1", amplitude_rate=1.0) for mode in "ab"]
    model = Model.build(["a", "b"], [*terms, feed("a1", "b1", transmission=eta)])
    found = response(model, W)
    assert found["transmission_real"].dims == ("point_0", "frequency", "port", "port_")
    own = found["transmission_real"].sel(port_="b1")
    assert np.isfinite(own[0]).all()
    assert np.isnan(own[1]).all()
    chain = (1 - 2 / (1 - 1j * W)) ** 2
    assert near(amplitude(found, "transmission", "b1", "a1")[1][:,], chain)


def test_a_probe_passes_feeds_that_carry_no_vacuum():
    """The response of the published model of two resonators is that of the consistent one."""
    cascaded = CascadedResonators.published()
    w = 5e8 * W
    published, consistent = (
        response(cascaded.replace(noise=n), w) for n in ("published", "consistent")
    )
    common = published.sel(port_=consistent["port_"])
    for name in consistent:
        scale = np.abs(consistent[name]).max().item()
        different = np.abs(common[name] - consistent[name]).max().item()
        assert different <= 1e-12 * scale, name


@pytest.mark.parametrize("shared", [True, False])
def test_a_probe_is_what_light_shone_into_the_port_is(shared):
    """At ω = 0 the outgoing means change as the probe says, in a chain and a loop of feeds."""

    def means(**amplitudes):
        terms = [
            *(detune(mode, 0.3) for mode in "ab"),
            squeeze("b", 0.1),
            lose("a", "a1", amplitude_rate=0.8),
            lose("b", "b1", amplitude_rate=1.1),
            guide("g"),
            mix("b1", "g", transmissivity=0.7, phase=0.2),
            feed("a1", "b1", transmission=0.8, phase=0.5, shared_vacuum=shared),
            feed("g", "a1", transmission=0.6, phase=1.0, shared_vacuum=shared),
            *(shine(port, z) for port, z in amplitudes.items()),
        ]
        model = Model.build(["a", "b"], terms)
        u = np.linalg.solve(model.A, -model.c)
        out = model.ports["b1"]
        return model, (out.C @ u + out.d) / np.sqrt(2)

    model, dark = means()
    found = response(model, [0.0]).sel(port="b1").isel(frequency=0)
    for port in ("a1", "b1", "g"):
        probe = found.sel(port_=port)
        T = probe["transmission_real"].item() + 1j * probe["transmission_imag"].item()
        idler = probe["idler_real"].item() + 1j * probe["idler_imag"].item()
        for z in (1.0, 1j):
            leaving = means(**{port: z})[1] - dark
            assert abs(complex(*leaving) - (T * z + np.conj(idler * z))) < 1e-12


def test_a_branch_that_is_not_stable_is_refused():
    closed = Model.build(["a"], detune("a", 1.0))
    refuses(["branch must be stable"], lambda: response(closed, W))
