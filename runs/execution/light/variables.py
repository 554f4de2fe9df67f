"""Variables of a result on light, beside those of spectra and of the response."""

from __future__ import annotations

from collections.abc import Mapping

import xarray as xr

from ....sde.labels import Variable
from ....sde.support.checks import Array

F = "frequency"
BEAM = "beam"
"""Axis of the ports that are detected, and last of all of them together."""
PORT = "detected_port"
SETTING = "setting"
PAIR = "pair"
FILTER = "filter"

_VARIABLES = (
    Variable("squeezing", (BEAM, F), "dB", "noise of the best quadrature below shot noise"),
    Variable("antisqueezing", (BEAM, F), "dB", "noise of the worst quadrature above shot noise"),
    Variable("squeezing_angle", (PORT, F), "rad", "angle of the best quadrature"),
    Variable("best_squeezing", (BEAM,), "dB", "largest squeezing in the range of frequencies"),
    Variable("best_frequency", (BEAM,), "rad/s", "its frequency, from the laser"),
    Variable("best_angle", (PORT,), "rad", "its angle"),
    Variable("homodyne_angle", (PORT, SETTING), "rad", "angle of the homodyne detector"),
    Variable("homodyne", (PORT, SETTING, F), "1", "spectrum of the quadrature, vacuum ½"),
    Variable("photon_flux", (PORT, "sideband", F), "1", "photons per second and hertz"),
    Variable("log_negativity", (PAIR,), "nats", "logarithmic negativity of both modes"),
    Variable("steering", (PAIR, "direction"), "nats", "Gaussian steering of one by the other"),
    Variable("overlap", (PAIR,), "1", "commutator |[f, f′†]| of the two filters"),
    Variable("physicality", (PAIR,), "1", "min eig(V + iΩ/2) of all modes with these filters"),
    Variable("quantum_state", (PAIR,), "1", "V + iΩ/2 ≥ 0 holds, up to rounding"),
    Variable("pair_covariance", (PAIR, "element", "element_"), "1", "covariance of both modes"),
    Variable("filter_centre", (FILTER,), "rad/s", "centre of the filter, from the laser"),
    Variable("filter_width", (FILTER,), "rad/s", "full width at half maximum of the filter"),
    Variable("filter_squeezing", (FILTER,), "dB", "squeezing of the filtered mode"),
    Variable("filter_quanta", (FILTER,), "1", "fluctuation quanta of the filtered mode"),
)
VARIABLES = {variable.name: variable for variable in _VARIABLES}


def labelled(values: Mapping[str, Array]) -> dict[str, xr.Variable]:
    """Arrays by the names of their variables, with dimensions, units and meaning."""
    return {name: VARIABLES[name].labelled(array) for name, array in values.items()}
