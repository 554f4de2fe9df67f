"""Numbers and steady states as text."""

import numpy as np
import pytest

from qlangevin.runs.reports.branches import describe_branches
from qlangevin.runs.text import known, with_error
from qlangevin.sde.systems import CascadedResonators, Microrings
from qlangevin.steady import steady_state


@pytest.mark.parametrize(
    ("value", "stderr", "text"),
    [
        (1.4004e-10, 1.23e-12, "(1.400 ± 0.012)e-10"),
        (-6.5e-11, 4e-12, "(-6.50 ± 0.40)e-11"),
        (0.114, 0.0213, "0.114 ± 0.021"),
        (8371.4, 18.0, "8371 ± 18"),
        (0.0, 2e-12, "(0.0 ± 2.0)e-12"),
        (3.0, 40.0, "3 ± 40"),
        (2.5, 0.0, "2.5"),
        (2.5, np.nan, "2.5 ± nan"),
        (1.23456e7, 1.0, "(1.23456000 ± 0.00000010)e+07"),
    ],
)
def test_an_error_bar_has_two_digits_and_its_value_as_many_decimals(value, stderr, text):
    assert with_error(value, stderr) == text


def test_measures_that_vanish_are_shown_as_zero():
    rings = Microrings.published(two_photon_drive=0.0)
    said = describe_branches(rings, steady_state(rings), rings.pair)
    for words in (
        "a → b 0.000000",
        "a measured 0, b measured 0",
        "0 nats",
        "a 0 dB, b 0 dB",
        "quanta          a 0, b 0",
    ):
        assert words in said


def test_published_noise_that_breaks_commutators_is_reported_with_its_remedy():
    system = CascadedResonators.published()
    said = describe_branches(system, steady_state(system), system.pair)
    assert "NOT A QUANTUM STATE" in said
    assert "the noise does not belong to this drift, noise = 'consistent' does" in said
    kept = system.replace(noise="consistent")
    assert "NOT" not in describe_branches(kept, steady_state(kept), kept.pair)


def test_numbers_beyond_double_precision_are_shown_as_not_known():
    assert known(0.25, ".3f", 1e-3) == "0.250 ± 1e-03"
    assert known(np.nan, ".3f", np.nan) == "not known, too few digits in V"
