"""Numbers in words."""

import numpy as np
import pytest
from qlangevin.runs.describe import with_error


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
