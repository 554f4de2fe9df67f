"""Models that several tests share, in units of κ = 10⁶/s."""

from qlangevin.sde import Model
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import detune, drive, exchange, lose, press, squeeze

KAPPA = 1e6


def pair_of_cavities(kappa=KAPPA):
    """A squeezed cavity coupled to a thermal one: linear, with correlations."""
    return Model.build(
        ["a", "b"],
        [
            detune("a", 0.3 * kappa),
            squeeze("a", 0.2 * kappa),
            exchange("a", "b", 0.5 * kappa),
            lose("a", "left", amplitude_rate=kappa),
            lose("b", "right", amplitude_rate=kappa, occupation=0.5),
        ],
    )


def optomechanical_cell():
    """Light that presses on a cold oscillator, in units of 1/s; strongly nonlinear at s = 1."""
    terms = [
        detune("a", 0.9),
        detune("b", 1.0),
        press("a", "b", 0.35),
        drive("a", 0.4 + 0.1j),
        lose("a", "light", amplitude_rate=0.5),
        lose("b", "bath", amplitude_rate=0.3, occupation=0.02),
    ]
    return Model.build(["a", "b"], terms)


def warm_cell():
    """Light and warm motion; at s = 0.3 the error of linearised theory is 0.3 %."""
    light = [detune("a", 0.9), drive("a", 0.4 + 0.1j), lose("a", "light", amplitude_rate=0.5)]
    motion = [
        detune("b", 1.0),
        press("a", "b", 0.35),
        lose("b", "bath", amplitude_rate=0.3, occupation=0.5),
    ]
    return Model.build(["a", "b"], light + motion).scaled(0.3)


def spinning():
    """The spinning resonator at the operating point of the main job."""
    resonator = SpinningResonator.published()
    return resonator.replace(backscattering=resonator.decay / 4)
