"""Comparison of results to the last bit."""

import numpy as np


def same(result, expected):
    assert set(result.variables) == set(expected.variables)
    for name in expected.variables:
        np.testing.assert_array_equal(result[name].values, expected[name].values, err_msg=str(name))
