"""Each comparison is tripped by a planted fault, and each fault trips some of them."""

import pytest

from . import cases, checks
from .comparisons import (
    FAULTS,
    no_symmetric_ordering,
    opposite_coupling,
    steps_counted_half,
    twice_the_noise,
)

ALL = FAULTS
CLEARLY = 2
"""Deviation ratio that a fault must cause."""

CHECKS = {
    checks.amplifier_moments: (cases.amplifier, [twice_the_noise, steps_counted_half]),
    checks.amplifier_lyapunov: (cases.amplifier, [twice_the_noise]),
    checks.amplifier_trajectories: (cases.amplifier, [twice_the_noise, steps_counted_half]),
    checks.two_modes_moments: (
        cases.two_modes,
        [twice_the_noise, opposite_coupling, steps_counted_half],
    ),
    checks.two_modes_trajectories: (
        cases.two_modes,
        [twice_the_noise, opposite_coupling, steps_counted_half],
    ),
    checks.weak_kerr_mean: (lambda: cases.driven_kerr(**checks.WEAK_KERR), ALL),
    checks.warm_kerr_moments_of_trajectories: (lambda: cases.driven_kerr(**checks.WARM_KERR), ALL),
    checks.weak_cell_mean: (lambda: cases.optomechanical_cell(**checks.WEAK_CELL), ALL),
    checks.lossless_kerr_mean: (
        cases.lossless_kerr,
        [opposite_coupling, no_symmetric_ordering, steps_counted_half],
    ),
    checks.dark_cell: (
        cases.dark_cell,
        [twice_the_noise, no_symmetric_ordering, steps_counted_half],
    ),
    checks.duffing_stationary: (cases.duffing, [twice_the_noise, no_symmetric_ordering]),
    checks.saturated_amplifier_stationary: (
        cases.saturated_amplifier,
        [twice_the_noise, no_symmetric_ordering],
    ),
}
"""Each comparison, its model, and the faults that it must find; others may be symmetries."""

PAIRS = [
    pytest.param(check, case, fault, id=f"{check.__name__}-{fault.__name__}")
    for check, (case, faults) in CHECKS.items()
    for fault in faults
]


def model_of(case):
    found = case()
    return (found[0] if isinstance(found, tuple) else found).model


@pytest.mark.parametrize(("check", "case", "fault"), PAIRS)
def test_a_planted_fault_trips_the_comparison(check, case, fault):
    assert check(fault(model_of(case))) > CLEARLY


def test_every_comparison_is_listed_and_every_fault_is_tripped_twice_or_more():
    found = {
        value
        for value in vars(checks).values()
        if getattr(value, "__module__", "") == checks.__name__
    }
    assert found == set(CHECKS)
    for fault in FAULTS:
        assert sum(fault in faults for _, faults in CHECKS.values()) >= 2


@pytest.mark.parametrize(
    ("check", "fault"),
    [
        (checks.amplifier_trajectories, no_symmetric_ordering),
        (checks.amplifier_trajectories, opposite_coupling),
        (checks.dark_cell, opposite_coupling),
        (checks.lossless_kerr_mean, twice_the_noise),
    ],
    ids=["linear model", "single mode", "q to −q", "no noise"],
)
def test_a_symmetry_of_the_comparison_is_no_fault(check, fault):
    """Changes that leave the compared numbers as they are.

    Linear drift has no vacuum shift, one mode no coupling, G → −G is q → −q, and no bath brings no
    noise.
    """
    assert check(fault(model_of(CHECKS[check][0]))) < 1
