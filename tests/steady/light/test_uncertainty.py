"""The uncertainty relation of spectra of light, by noise and by matrix."""

import numpy as np
import pytest

from qlangevin.sde.systems import SYSTEMS
from qlangevin.steady.light.linear_light import linear_light
from qlangevin.steady.light.transfer import spectral_matrix
from qlangevin.steady.light.uncertainty import is_physical, keeps_commutators

from .optomechanics import Cell
from .test_transfer import network


def checked(system, w):
    """What the noise of a system says, and its spectra."""
    light = linear_light(system)
    arrays = light.A, light.B, light.C, light.D
    return keeps_commutators(*arrays), spectral_matrix(*arrays, w)


def test_noise_that_keeps_commutators_gives_physical_spectra_at_every_frequency():
    for system in (network(), SYSTEMS["microrings"].published(), SYSTEMS["hybrid"].published()):
        kept, S = checked(system, np.linspace(-1e8, 1e8, 101))
        assert kept
        assert is_physical(S).all()


def test_friction_on_a_momentum_breaks_the_noise_and_not_the_light():
    kept, S = checked(Cell().model(), np.linspace(-3.0, 3.0, 101))
    assert not kept
    assert is_physical(S).all()


def test_a_vacuum_that_is_counted_twice_breaks_both():
    cascaded = SYSTEMS["cascaded"].published().replace(noise="published")
    kept, S = checked(cascaded, np.linspace(-1e9, 1e9, 11))
    assert not kept
    assert not is_physical(S).any()


@pytest.mark.parametrize("sign", [1, -1])
def test_light_below_vacuum_in_one_sideband_is_no_light(sign):
    """S = ½ + (i/2)cΩ has the photon flux ±c/2 at ±ω: negative on one side for either sign of c."""
    omega = np.array([[0.0, 1.0], [-1.0, 0.0]])
    vacuum = 0.5 * np.eye(2)
    S = vacuum + 0.5j * sign * np.array([0.0, 1e-8, 1e-3, 1.0])[:, None, None] * omega
    assert is_physical(S).tolist() == [True, True, False, False]


def test_a_fraction_of_one_in_a_million_is_tolerated_and_nan_is_not_physical():
    S = 0.5 * np.array([1.0, 1 - 5e-7, 1 - 5e-6, np.nan])[:, None, None] * np.eye(4)
    assert is_physical(S).tolist() == [True, True, False, False]
    assert is_physical(S[:0]).shape == (0,)
