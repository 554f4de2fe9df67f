"""Random points of every paper's system, as derived here and as computed by the package."""

from functools import cache

import numpy as np

from qlangevin.sde.systems import (
    CascadedResonators,
    HybridOscillators,
    Microrings,
    ScattererResonator,
    SpinningResonator,
)
from qlangevin.steady import steady_state

from . import cascaded, hybrid, microrings, scatterers, solve, spinning

PAPERS = {
    "microrings": (microrings, Microrings),
    "spinning": (spinning, SpinningResonator),
    "scatterers": (scatterers, ScattererResonator),
    "cascaded": (cascaded, CascadedResonators),
    "hybrid": (hybrid, HybridOscillators),
}
POINTS = range(30)
FEW = range(8)


@cache
def point(name, index):
    """The first stable point of the random stream of (system, index)."""
    rng = np.random.default_rng([sorted(PAPERS).index(name), index])
    while (found := solve(PAPERS[name][0], PAPERS[name][0].draw(rng))) is None:
        pass
    return found


def build(name, p):
    return PAPERS[name][1].published(**p)


@cache
def settled(name, index):
    """The package's steady state on the branch nearest to the derivation's."""
    found = point(name, index)
    states = steady_state(build(name, found.p))
    distance = np.abs(states["mean"].values - found.u).max(axis=1)
    return states.isel(branch=int(np.nanargmin(distance)))


def close(actual, expected, relative=1e-8, floor=1e-12):
    """Equal element by element; a fraction `floor` of the largest element counts as rounding.

    So an error of a small rate beside large ones is seen.
    """
    expected = np.asarray(expected)
    np.testing.assert_allclose(actual, expected, rtol=relative, atol=floor * np.abs(expected).max())
