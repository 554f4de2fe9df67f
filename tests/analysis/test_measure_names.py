"""Measures in words, on named modes or on the system's pair, and the names of variables."""

import numpy as np
import pytest

from qlangevin import analysis
from qlangevin.analysis import measure_names
from qlangevin.analysis.measures import MEASURES
from qlangevin.sde.systems import CascadedResonators, SpinningResonator
from qlangevin.steady import steady_state

SYSTEM = SpinningResonator.published()
NAMES = {
    "mode": "driven",
    "port": "driven_fibre",
    "i": "driven",
    "j": "mechanical",
    "k": "reflected",
}


@pytest.fixture(scope="module")
def steady():
    return steady_state(SYSTEM)


def words():
    """Each measure with as many modes or ports as it takes."""
    for name, measure in MEASURES.items():
        yield measure_names.in_words(name, *(NAMES[each] for each in measure.takes.arguments))


@pytest.mark.parametrize("words", list(words()))
def test_every_measure_of_the_table_is_computed_by_its_words(words, steady):
    variable, measure = measure_names.measure(words, SYSTEM)
    result = measure(steady)
    assert variable.isidentifier()
    assert result.dims[0] == "branch"
    assert np.isfinite(result.values).all()


def test_a_measure_in_words_is_the_function_of_that_name(steady):
    _, measure = measure_names.measure(" steering ( mechanical , driven ) ", SYSTEM)
    expected = analysis.steering(steady["covariance"], "mechanical", "driven")
    np.testing.assert_array_equal(measure(steady), expected)


def test_without_modes_a_measure_of_two_is_that_of_the_systems_pair(steady):
    _, measure = measure_names.measure("log_negativity", SYSTEM)
    np.testing.assert_array_equal(
        measure(steady), analysis.log_negativity(steady["covariance"], "driven", "mechanical")
    )
    assert CascadedResonators.published().pair == ("mechanical_left", "mechanical_right")


@pytest.mark.parametrize(
    "name", ["wigner", "wigner_marginal", "quadrature_density", "reduced", "conditional"]
)
def test_functions_that_return_more_than_numbers_per_state_are_no_measures(name):
    with pytest.raises(ValueError, match="is no measure"):
        measure_names.measure(name, SYSTEM)


@pytest.mark.parametrize(
    ("words", "variable", "label"),
    [
        ("purity", "purity", "purity"),
        ("log_negativity(a, b)", "log_negativity_a_b", "$E_N$, a, b"),
        (" steering( a ,b )", "steering_a_b", "steering, a → b"),
        ("squeezing_angle(a)", "squeezing_angle_a", "squeezing angle, a"),
        ("log_negativity(left.a, right.a)", "log_negativity_left.a_right.a", None),
    ],
)
def test_the_words_of_a_measure_name_its_variable_and_its_axis(words, variable, label):
    assert measure_names.variable_name(words) == variable
    if label is not None:
        assert measure_names.axis_label(words) == label


@pytest.mark.parametrize(
    ("variable", "read"),
    [
        ("steering_a_b", ("steering", ["a_b"])),
        ("squeezing_angle_a", ("squeezing_angle", ["a"])),
        ("squeezing_angle", ("squeezing_angle", [])),
        ("my_own_measure", ("my_own_measure", [])),
    ],
)
def test_a_variable_s_name_begins_with_its_measure(variable, read):
    assert measure_names.read_variable(variable) == read


def test_the_variables_of_a_sweep_have_no_dots():
    assert measure_names.identifier("covariance(a.X, b.q)") == "covariance_a_X_b_q"
    assert measure_names.identifier("log_negativity( a ,b )") == "log_negativity_a_b"
