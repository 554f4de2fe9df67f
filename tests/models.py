"""Models that several tests share, in units of κ = 10⁶/s."""

from qlangevin.sde import Model
from qlangevin.sde.systems import SpinningResonator
from qlangevin.sde.terms import detune, exchange, lose, squeeze

KAPPA = 1e6


def pair_of_cavities():
    """A squeezed cavity coupled to a thermal one: linear, with correlations."""
    return Model.build(
        ["a", "b"],
        [
            detune("a", 0.3 * KAPPA),
            squeeze("a", 0.2 * KAPPA),
            exchange("a", "b", 0.5 * KAPPA),
            lose("a", "left", amplitude_rate=KAPPA),
            lose("b", "right", amplitude_rate=KAPPA, occupation=0.5),
        ],
    )


def spinning():
    """The spinning resonator at the operating point of the main job."""
    resonator = SpinningResonator.published()
    return resonator.replace(backscattering=resonator.decay / 4)
