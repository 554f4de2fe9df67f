"""Panels of the light that leaves: curves, units, labels, warnings."""

import numpy as np
import pytest

import qlangevin as ql
from qlangevin.analysis import plots

from .test_plots import legend_of

W = np.linspace(-4e6, 4e6, 41)


def parametric(strength=0.5):
    terms = [
        ql.terms.squeeze("a", 0.5e6j * np.asarray(strength)),
        ql.terms.lose("a", "out", amplitude_rate=0.8e6),
        ql.terms.lose("a", "bath", amplitude_rate=0.2e6, occupation=0.1),
    ]
    return ql.Model.build(["a"], terms)


def test_a_probe_has_power_phase_and_delay_by_rising_frequency():
    found = ql.steady.response(parametric(), W[::-1])
    part = found.sel(port="bath", port_="out").sortby("frequency")
    ax = plots.draw_transmission(found, "bath", "out")
    power = part["transmission_real"] ** 2 + part["transmission_imag"] ** 2
    np.testing.assert_allclose(ax.lines[0].get_xdata(), W / 1e6)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), power)
    assert legend_of(ax) == ["probe", "idler"]
    assert ax.get_title(loc="left") == "probe out → bath"
    assert plots.draw_transmission(ql.steady.response(parametric(0.0), W)).get_legend() is None
    delay = plots.draw_group_delay(found, "bath", "out")
    np.testing.assert_allclose(delay.lines[0].get_ydata(), part["group_delay"] * 1e6)
    assert delay.get_ylabel() == "group delay (µs)"
    phase = plots.draw_phase(found, "bath").lines[0].get_ydata() * np.pi
    assert np.abs(np.diff(phase)).max() < 1


def test_squeezing_is_drawn_below_shot_noise():
    S = ql.steady.output_spectrum(parametric(), W)
    ax = plots.draw_squeezing(S, angles=[0.0])
    shot, best, chosen = ax.lines
    assert shot.get_ydata()[0] == 0
    np.testing.assert_allclose(
        best.get_ydata(), -ql.analysis.squeezing_spectrum(S, "out")["squeezing"]
    )
    assert best.get_ydata().min() < 0 < chosen.get_ydata().max()
    assert legend_of(ax) == ["shot noise", "best quadrature", "$θ$ = 0 rad"]
    assert plots.draw_squeezing(S, ["out", "bath"]).get_title(loc="left") == "out, bath"


def test_sidebands_are_drawn_once_for_each_distance():
    S = ql.steady.output_spectrum(parametric(), W)
    upper, lower = plots.draw_sidebands(S).lines
    flux = ql.analysis.heterodyne(S, "out")["photon_flux"].sel(frequency=slice(0, None))
    for line, name in ((upper, "upper"), (lower, "lower")):
        np.testing.assert_allclose(line.get_ydata(), flux.sel(sideband=name))
    assert upper.get_xdata()[0] == 0


def test_a_violated_uncertainty_relation_is_in_the_title():
    S = ql.steady.output_spectrum(parametric(), W)
    S["physical"][3] = False
    title = plots.draw_squeezing(S).get_title(loc="left")
    assert "breaks the uncertainty relation" in title.replace("\n", " ")


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda r, _: plots.draw_phase(r, "ouf"), "port = 'ouf' is not in .* did you mean 'out'"),
        (lambda r, _: plots.draw_phase(r, port_=1), "port_ = 1 is not in the response"),
        (lambda r, _: plots.draw_squeezing(r), "plots.draw_transmission, draw_phase or draw_gr"),
        (lambda _, s: plots.draw_sidebands(s, "x"), "port 'x' is not in the spectrum"),
        (lambda _, s: plots.draw_squeezing(s, ["out"], [0.1]), "angles are of one port's"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, words):
    model = parametric()
    both = ql.steady.response(model, W), ql.steady.output_spectrum(model, W)
    with pytest.raises(ValueError, match=words):
        draw(*both)


def test_of_several_parameter_points_one_must_be_chosen():
    found = ql.steady.response(parametric([0.1, 0.2]), W)
    with pytest.raises(ValueError, match=r"choose one of its points, as response.isel\(point_0=0"):
        plots.draw_phase(found)
    assert plots.draw_phase(found.isel(point_0=1)).lines
