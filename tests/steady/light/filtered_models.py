"""Models whose light is filtered in tests, and filters as functions of time."""

import numpy as np

from qlangevin.sde import Model
from qlangevin.sde.terms import detune, exchange, feed, lose, squeeze, squeeze_modes

from . import time_integrals

WINDOW = 5.566229513006041


def amplifier(x, escape=1.0, occupation=0.0):
    """Ẋ = −(1 + x)X, Ẏ = −(1 − x)Y; the share `escape` of the loss is the port "out"."""
    return Model.build(
        ["a"],
        [
            squeeze("a", 0.5j * -np.asarray(x)),
            lose("a", "out", amplitude_rate=escape, occupation=occupation),
            lose("a", "bath", amplitude_rate=1 - escape, occupation=occupation),
        ],
    )


def coupled(squeezing=0.4, occupation=0.3):
    """Two coupled cavities, one of them squeezed, with squeezed and thermal light at the ports."""
    return Model.build(
        ["a", "b"],
        [
            detune("a", 0.9),
            detune("b", -0.4),
            squeeze("a", 0.2),
            exchange("a", "b", 0.5),
            squeeze_modes("a", "b", 0.3),
            lose("a", "left", amplitude_rate=1.0, squeezing=squeezing, squeezing_angle=0.7),
            lose("b", "left", amplitude_rate=0.3, squeezing=squeezing, squeezing_angle=0.7),
            lose("b", "right", amplitude_rate=0.8, occupation=occupation),
        ],
    )


def feeding():
    """A cavity that feeds another."""
    losses = [lose("a", "first", amplitude_rate=1.0), lose("b", "second", amplitude_rate=1.0)]
    return Model.build(["a", "b"], [*losses, feed("first", "second")])


def lights(model, filters):
    """C and D of the port of each filter."""
    ports = [model.ports[each.port] for each in filters]
    return [(port.C, port.D) for port in ports]


def window_amplitude(each):
    return lambda tau: np.exp(-1j * each.centre * tau) / np.sqrt(each.duration)


def gaussian_amplitude(each):
    """A Gaussian of the age of the light, with its periodic images, of unit norm."""
    sigma, T = np.sqrt(2 * np.log(2)) / each.width, each.duration

    def shape(tau):
        images = range(-3, 4)
        return sum(np.exp(-(((tau - T / 2 + k * T) / (2 * sigma)) ** 2)) for k in images)

    times, weights = time_integrals.nodes(0, T, 12)
    norm = np.sqrt(weights @ shape(times) ** 2)
    return lambda tau: np.exp(-1j * each.centre * tau) * shape(tau) / norm


AMPLITUDES = {"window": window_amplitude, "gaussian": gaussian_amplitude}
