"""Combinations of terms: energies without a verb, squeezed baths, recoil heating, tones."""

import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from qlangevin.analysis import log_negativity
from qlangevin.sde import Gaussian, Model, propagate_moments
from qlangevin.sde.terms import (
    Energy,
    amplify,
    backscatter,
    detune,
    drive,
    exchange,
    kerr,
    lose,
    press,
)
from qlangevin.steady import steady_state

ALPHA, BETA = 0.7 - 1.1j, -0.4 + 0.9j
U = np.sqrt(2) * np.array([ALPHA.real, ALPHA.imag, BETA.real, BETA.imag])
XA, YA, XB, YB = ("a", 0), ("a", 1), ("b", 0), ("b", 1)


def slopes(*given):
    """α̇ and β̇ of modes a and b under some terms."""
    du = Model.build(["a", "b"], given).drift(U) / np.sqrt(2)
    return du[0] + 1j * du[1], du[2] + 1j * du[3]


def test_two_mode_squeezing_as_an_energy():
    """H = g(ab + a†b†): α̇ = −igβ*, and E_N = ln(1 + g/κ) for amplitude decay rates κ."""
    g, kappa = 0.3, 1.0
    squeezing = Energy([(g, [XA, XB]), (-g, [YA, YB])])
    np.testing.assert_allclose(
        slopes(squeezing), (-1j * g * np.conj(BETA), -1j * g * np.conj(ALPHA))
    )
    losses = [lose("a", "p", amplitude_rate=kappa), lose("b", "q", amplitude_rate=kappa)]
    V = steady_state(Model.build(["a", "b"], [squeezing, losses]))["covariance"].values[0]
    assert log_negativity(V, 0, 1) == pytest.approx(np.log(1 + g / kappa), rel=1e-12)


def test_a_crystal_as_an_energy():
    """H = (χ/2)(a†²b + a²b†): α̇ = −iχα*β, β̇ = −i(χ/2)α²."""
    chi = 0.8
    x = chi / np.sqrt(8)
    crystal = Energy([(x, [XA, XA, XB]), (-x, [YA, YA, XB]), (2 * x, [XA, YA, YB])])
    np.testing.assert_allclose(
        slopes(crystal), (-1j * chi * np.conj(ALPHA) * BETA, -0.5j * chi * ALPHA**2)
    )


def test_a_duffing_oscillator_and_a_coupling_to_the_square_of_q_as_energies():
    """H = (λ/4)q⁴: ṗ = −λq³. H = g a†a q²: α̇ = −igq²α, ṗ = −2g(|α|² − ½)q."""
    lam, g, q = 0.6, 0.4, np.sqrt(2) * BETA.real
    duffing = Energy([(lam / 4, [XB] * 4)], mechanical=["b"])
    quadratic = Energy(
        [(g / 2, [XA, XA, XB, XB]), (g / 2, [YA, YA, XB, XB]), (-g / 2, [XB, XB])], mechanical=["b"]
    )
    light, motion = slopes(duffing)
    np.testing.assert_allclose((light, np.sqrt(2) * motion), (0, -1j * lam * q**3))
    light, motion = slopes(quadratic)
    expected = (-1j * g * q**2 * ALPHA, -2j * g * (abs(ALPHA) ** 2 - 0.5) * q)
    np.testing.assert_allclose((light, np.sqrt(2) * motion), expected)
    assert Model.build(["a", "b"], [quadratic]).quadratures == ("a.X", "a.Y", "b.q", "b.p")


def test_verbs_are_energies():
    """The same arrays from a verb and from its Hamiltonian written out."""
    J, G = 0.3 - 0.2j, 0.7
    hopping = Energy(
        [(J.real, [XA, XB]), (J.real, [YA, YB]), (-J.imag, [XA, YB]), (J.imag, [YA, XB])]
    )
    pressure = Energy(
        [(-G / 2, [XA, XA, XB]), (-G / 2, [YA, YA, XB]), (G / 2, [XB])], mechanical=["b"]
    )
    for ours, verb in ((hopping, exchange("a", "b", J)), (pressure, press("a", "b", G))):
        written, called = (Model.build(["a", "b"], [term]) for term in (ours, verb))
        for name in ("c", "A"):
            np.testing.assert_array_equal(getattr(written, name), getattr(called, name))
        np.testing.assert_array_equal(written.Q.value, called.Q.value)
        assert written.quadratures == called.quadratures


@pytest.mark.parametrize("phase", [0.0, 1.0, np.pi])
@pytest.mark.parametrize("occupation", [0.0, 0.7])
def test_a_loss_and_a_gain_on_one_port_are_a_squeezed_bath(phase, occupation):
    """V = (n + ½)e^{∓2r} along and across φ/2 at any rate; the drift is that of a loss of γ."""
    r, gamma = 0.5, 2.0
    squeezed = [
        lose("a", "bath", energy_rate=gamma * np.cosh(r) ** 2, occupation=occupation),
        amplify(
            "a", "bath", energy_rate=gamma * np.sinh(r) ** 2, phase=phase, occupation=occupation
        ),
    ]
    bath = Model.build(["a"], squeezed)
    turned = np.array(
        [[np.cos(phase / 2), np.sin(phase / 2)], [-np.sin(phase / 2), np.cos(phase / 2)]]
    )
    V = turned @ steady_state(bath)["covariance"].values[0] @ turned.T
    np.testing.assert_allclose(V, (occupation + 0.5) * np.diag(np.exp([-2 * r, 2 * r])), atol=1e-14)
    np.testing.assert_allclose(bath.A, -gamma / 2 * np.eye(2), atol=1e-15)


@pytest.mark.parametrize(("gain", "kicks"), [("light", (0.0, 2.0)), ("heat", (1.0, 1.0))])
def test_a_loss_and_a_gain_of_equal_rates_heat_without_friction(gain, kicks):
    """On one port only p gets noise, on two ports q and p; either way γ quanta per second."""
    gamma, n = 3.0, 0.4
    ports = [
        lose("m", "light", energy_rate=gamma, occupation=n),
        amplify("m", gain, energy_rate=gamma, occupation=n),
    ]
    heated = Model.build(["m"], ports)
    np.testing.assert_allclose(heated.A, np.zeros((2, 2)), atol=1e-15)
    np.testing.assert_allclose(heated.diffusion, gamma * (2 * n + 1) * np.diag(kicks), atol=1e-14)


def test_lossless_modes_coupled_one_way_are_tones_of_a_drive():
    """A Kerr cavity under a carrier and two tones, against its complex mean-field equation."""
    kappa, delta, chi, J = 1.0, 0.4, 0.05, 1e-6
    carrier, tones = 0.9 - 0.2j, {"c": (0.5j, 2.0), "d": (0.3, -3.1)}
    clocks = [
        (detune(name, at), backscatter("a", name, forward=J, backward=0.0))
        for name, (_, at) in tones.items()
    ]
    cavity = [
        detune("a", delta),
        kerr("a", chi),
        drive("a", carrier),
        lose("a", "out", amplitude_rate=kappa),
    ]
    starts = [0.0, *(1j * strength / J for strength, _ in tones.values())]
    mean = (
        np.sqrt(2) * np.array([[start.real, start.imag] for start in map(complex, starts)]).ravel()
    )
    driven = Model.build(["a", *tones], [cavity, clocks])
    run = propagate_moments(driven, duration=5.0, samples=5, start=Gaussian(mean, 0.5 * np.eye(6)))
    found = run["mean_field"].values[:, :2] @ [1, 1j] / np.sqrt(2)

    def slope(t, alpha):
        epsilon = carrier + sum(strength * np.exp(-1j * at * t) for strength, at in tones.values())
        return -(kappa + 1j * delta) * alpha - 1j * chi * abs(alpha) ** 2 * alpha + epsilon

    expected = solve_ivp(
        slope, (0, 5), [0j], t_eval=run["time"].values, rtol=1e-11, atol=1e-11, method="DOP853"
    ).y[0]
    np.testing.assert_allclose(found, expected, rtol=1e-7)
    still = propagate_moments(Model.build(["a"], cavity), duration=5.0, samples=5)
    assert np.abs(still["mean_field"].values[:, :2] @ [1, 1j] / np.sqrt(2) - expected).max() > 0.2


REFUSED = {
    "a complex coefficient": ([(1j, [XA])], "coefficient of Energy must be real"),
    "not finite": ([(np.nan, [XA])], "coefficient of Energy must be finite"),
    "a fifth factor": ([(1.0, [XA] * 5)], "one to 4 factors (got 5)"),
    "no factor": ([(1.0, [])], "one to 4 factors (got 0)"),
    "a third quadrature": ([(1.0, [("a", 2)])], "such as ('a', 0) or ('a', 1) (got ('a', 2))"),
    "a name alone": ([(1.0, ["a.X"])], "factors of Energy are quadratures"),
    "a number": (3.0, "monomials of Energy must be a list (got 3.0)"),
    "no pair": ([1.0], "monomials of Energy are pairs"),
    "shapes": (
        [(np.ones(5), [XA]), (np.ones(3), [XA])],
        "coefficient 0 of Energy of shape (5,) and coefficient 1",
    ),
}


@pytest.mark.parametrize(("monomials", "message"), REFUSED.values(), ids=REFUSED)
def test_arguments_that_make_no_energy_are_refused(monomials, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        Energy(monomials)


def test_an_energy_of_unknown_modes_is_refused():
    for energy in (Energy([(1.0, [XB])]), Energy([(1.0, [XA])], mechanical=["b"])):
        with pytest.raises(ValueError, match="acts on mode 'b', which is not among a"):
            Model.build(["a"], energy)
