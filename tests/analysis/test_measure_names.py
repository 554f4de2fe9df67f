"""Measures in words: every one there is, on the system's pair or on named modes."""

import numpy as np
import pytest

from qlangevin import analysis
from qlangevin.analysis import labelled, measure_names, optics
from qlangevin.sde.systems import CascadedResonators, SpinningResonator
from qlangevin.steady import steady_state

SYSTEM = SpinningResonator.published()


@pytest.fixture(scope="module")
def steady():
    return steady_state(SYSTEM)


def words():
    """Each measure with as many modes or ports as it takes."""
    names = {
        "mode": "driven",
        "port": "driven_fibre",
        "i": "driven",
        "j": "mechanical",
        "k": "reflected",
    }
    for name, takes in (
        measure_names.known_measures(labelled) | measure_names.known_measures(optics)
    ).items():
        yield f"{name}({', '.join(names[argument] for argument in takes)})" if takes else name


@pytest.mark.parametrize("words", list(words()))
def test_every_measure_works_by_its_name_alone_or_with_modes(words, steady):
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


def test_functions_that_need_points_are_no_measures():
    for name in ("wigner", "wigner_marginal", "quadrature_density", "reduced", "conditional"):
        with pytest.raises(ValueError, match="is no measure"):
            measure_names.measure(name, SYSTEM)
