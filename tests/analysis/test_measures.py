"""The table of measures agrees with its functions: units, order of modes, sign."""

import inspect

import numpy as np
import pytest
import xarray as xr

from qlangevin import analysis
from qlangevin.analysis.measures import COVARIANCE_MEASURES, MEASURES
from qlangevin.sde.systems import SpinningResonator
from qlangevin.steady import steady_state

from .states import random_state

QUADRATURES = ["a.X", "a.Y", "b.X", "b.Y", "c.q", "c.p"]
PAIRS = [name for name, one in COVARIANCE_MEASURES.items() if one.takes.arguments == ("i", "j")]
SYMMETRIC = [name for name in PAIRS if not MEASURES[name].takes.ordered]
MODES = {"i": "driven", "j": "mechanical", "mode": "driven", "port": "driven_fibre"}


@pytest.fixture(scope="module", name="V")
def covariance():
    values = random_state(np.random.default_rng(4), 3, [0.0, 0.1, 0.3])
    return xr.DataArray(
        values,
        dims=("quadrature", "quadrature_"),
        coords={"quadrature": QUADRATURES, "quadrature_": QUADRATURES},
    )


def test_every_exported_function_that_returns_numbers_per_state_is_in_the_table():
    others = {"audit_model", "audit_state", "conditional", "estimate", "quadrature_density"}
    others |= {"check_system", "convert", "reduced", "wigner", "wigner_marginal"}
    others |= {
        "displacement_spectrum",
        "heterodyne",
        "homodyne",
        "recorded_spectrum",
        "squeezing_spectrum",
    }
    functions = {name for name in analysis.__all__ if inspect.isfunction(getattr(analysis, name))}
    assert functions - others == MEASURES.keys()
    assert all(MEASURES[name].function is getattr(analysis, name) for name in MEASURES)


@pytest.mark.parametrize("name", COVARIANCE_MEASURES)
def test_units_are_those_of_the_labelled_functions(name, V):
    measure = COVARIANCE_MEASURES[name]
    modes = dict(zip(measure.takes.arguments, "abc", strict=False))
    found = measure.function(V, **modes)
    assert found.attrs["units"] == measure.units
    places = [0, 1, 2][: measure.takes.count]
    expected = measure.formula(V.values, *places)
    expected = np.maximum(expected, 0.0) if measure.clipped else expected
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)


@pytest.mark.parametrize("name", sorted(MEASURES.keys() - COVARIANCE_MEASURES.keys()))
def test_units_are_those_of_the_optical_functions(name):
    measure = MEASURES[name]
    steady = steady_state(SpinningResonator.published())
    found = measure.of_steady_states([MODES[each] for each in measure.takes.arguments])(steady)
    assert found.attrs["units"] == measure.units


@pytest.mark.parametrize("name", PAIRS)
def test_the_order_of_the_modes_matters_where_the_table_has_it_ordered(name, V):
    function = MEASURES[name].function
    same = np.allclose(function(V, "a", "b"), function(V, "b", "a"), rtol=1e-9)
    assert same is (name in SYMMETRIC)
