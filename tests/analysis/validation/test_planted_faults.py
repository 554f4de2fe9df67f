"""Every check of a run can fail: each is tripped by a planted fault, and each fault trips some.

Faults are planted in the kernel that trajectories step; references (moments, Lyapunov, leading
order) stay right. The exact law of the steps either stays right as well, or has the fault too, if
that lies in the kernel's coefficients: the integrator check, which compares paths with that law,
then cannot find it. Seeds are fixed; the run without fault passes each check but for a chance of
10⁻⁴.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
import xarray as xr

from qlangevin.analysis.validation.breakdown import breakdown
from qlangevin.analysis.validation.checks import integrator_check, steady_check
from qlangevin.analysis.validation.levels import compare, sampled
from qlangevin.analysis.validation.step_size import step_check
from qlangevin.sde import simulate
from qlangevin.sde.ensemble import jobs, preparation
from qlangevin.sde.kernels import expansion
from qlangevin.sde.linear_algebra.covariance_errors import relative_errors
from qlangevin.steady import steady_state

from ...models import warm_cell
from .stepped import stepped_correction

FALSE_ALARM = 1e-4
Z = 5.0
"""Error bars that a right number may be off: Student's t of 63, 10⁻⁴ over some tens of numbers."""
STEP = 0.005


# ------------------------------------------------------------------------------
# faults


def twice_the_noise(build, model, step, form):
    """D of double size."""
    return build(replace(model, B=np.sqrt(2) * model.B), step, form)


def opposite_coupling(build, model, step, form):
    """Radiation pressure, and any other coupling between modes, of the other sign."""
    own = np.kron(np.eye(len(model.modes)), np.ones((2, 2)))
    vacuum = 0.5 * np.eye(model.size)
    A = np.where(own, model.A, -model.A)
    Q = replace(model.Q, value=-model.Q.value)
    return build(replace(model.mean_level, A=A, Q=Q).averaged(-vacuum), step, form)


def no_symmetric_ordering(build, model, step, form):
    """Full paths without the vacuum part of the drift: radiation pressure by |α|², not |α|² − ½."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expansion, "_weyl_minus_mean", lambda *_: ())
        return build(model, step, form)


def twice_the_step(build, model, step, form):
    """Steps of 2h that are labelled h."""
    return build(model, 2 * step, form)


FAULTS = (twice_the_noise, opposite_coupling, no_symmetric_ordering, twice_the_step)


def plant(patch, fault, law_shares_it):
    """Make `simulate` step a kernel with a fault, without its check of the mean field before."""
    patch.setattr(preparation, "check_path", lambda *_: None)
    build = preparation.build_kernel
    advance = jobs.advance
    faulty = {}

    def build_both(*arguments):
        faulty["kernel"] = fault(build, *arguments)
        return faulty["kernel"] if law_shares_it else build(*arguments)

    patch.setattr(preparation, "build_kernel", build_both)
    patch.setattr(
        jobs, "advance", lambda plan, *rest: advance(replace(plan, kernel=faulty["kernel"]), *rest)
    )


# ------------------------------------------------------------------------------
# checks


@dataclass(frozen=True, eq=False)
class Bench:
    """Runs of the cell from its steady state and from the dark, a breakdown study, references."""

    settled: xr.Dataset
    switched_on: xr.Dataset
    study: xr.Dataset
    steady: xr.Dataset
    leading: np.ndarray

    @property
    def V(self):
        return self.steady["covariance"].values


def bench():
    model = warm_cell()
    settings = {"trajectories": 2**15, "duration": 28.0, "step": STEP}
    coupled = settings | {"antithetic": True, "samples": 56, "seed": 1}
    steady = steady_state(model).isel(branch=0)
    return Bench(
        settled=simulate(model, start="steady", branch=0, **coupled),
        switched_on=simulate(model, step_check=True, **coupled),
        study=breakdown(model, [1.0], ("a", "b"), branch=0, seed=2, **settings).isel(
            nonlinearity=0
        ),
        steady=steady,
        leading=stepped_correction(model, steady["mean"].values, STEP, "euler-maruyama")[1],
    )


def integrator(bench):
    """Twins against the exact law of their steps."""
    return integrator_check(bench.switched_on).passed


def levels(bench):
    """Linearised theory is refuted, and is right once corrected to leading order."""
    run = bench.settled
    full = sampled(bench.settled, 14.0)
    shift = (run["mean"] - run["mean_field"]).values[-1], run["mean_stderr"].values[-1]
    refuted = compare(full, bench.V, *shift).p_value < FALSE_ALARM
    return refuted and compare(full, bench.V + bench.leading, *shift).p_value > FALSE_ALARM


def leading_order(bench):
    """The error of V that a breakdown study finds, against the leading order."""
    error = float(bench.study["error"])
    stderr = float(bench.study["error_stderr"])
    return abs(error - relative_errors(bench.leading, bench.V).max()) < Z * stderr


def step_size(bench):
    """The companion follows the exact law, and the law is within 1 % of the moments at the end."""
    found = step_check(bench.switched_on, 0, 1)
    return found.law_z_rms < 1.5 and found.final_bias < 0.01


def steady(bench):
    """The run has settled, at Lyapunov's covariance but for the leading order."""
    run = bench.settled
    state = bench.steady
    found = steady_check(run, state["mean"].values, bench.V, float(state["margin"]))
    expected = relative_errors(bench.leading, bench.V).max()
    return (
        found.settled
        and abs(found.covariance_distance - expected) < Z * found.covariance_distance_stderr
    )


CHECKS = (integrator, levels, leading_order, step_size, steady)

TRIPPED = {
    (twice_the_noise, False): (integrator, levels, leading_order, step_size, steady),
    (opposite_coupling, False): (integrator, levels, step_size),
    (no_symmetric_ordering, False): (levels,),
    (twice_the_step, False): (integrator, step_size),
    (twice_the_noise, True): (levels, leading_order, step_size, steady),
    (opposite_coupling, True): (levels, step_size),
    (no_symmetric_ordering, True): (levels,),
    (twice_the_step, True): (step_size,),
}
"""Checks that each fault trips, by whether the law of the steps shares it.

Not every check can find every fault: G → −G is q → −q, which does not change the largest error of
V; the twin is linear and has no ordering, which here moves elements other than the largest;
steps move the leading order by less than its error bars; and what the law shares, the integrator
check does not see.
"""


@cache
def tripped(fault, law_shares_it):
    with pytest.MonkeyPatch.context() as patch:
        if fault:
            plant(patch, fault, law_shares_it)
        found = bench()
    return {check for check in CHECKS if not check(found)}


def test_the_run_without_fault_passes_every_check():
    assert not tripped(None, False)


@pytest.mark.parametrize(
    ("fault", "law_shares_it"),
    TRIPPED,
    ids=lambda value: getattr(value, "__name__", f"law {value}"),
)
def test_a_planted_fault_trips_the_checks_that_can_find_it(fault, law_shares_it):
    assert set(TRIPPED[fault, law_shares_it]) <= tripped(fault, law_shares_it)


def test_the_integrator_check_cannot_find_a_fault_that_the_law_has_too():
    assert not any(integrator in tripped(fault, True) for fault in FAULTS)


def test_every_fault_is_found_and_every_check_finds_one():
    for shared in (False, True):
        assert all(tripped(fault, shared) for fault in FAULTS)
    assert {check for checks in TRIPPED.values() for check in checks} == set(CHECKS)
