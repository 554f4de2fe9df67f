"""Rates between wells about which paths spiral, against the Fokker–Planck equation.

A path that leaves such a well passes through the other side and comes back, many times where the
friction is weak, so that crossings of any dividing line say little about rates. Seeds are fixed;
each test has a false alarm of 10⁻⁴.
"""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from qlangevin.analysis.switching import switching
from qlangevin.sde import sample_paths

from .fokker_planck import slow_rate
from .spirals import branches, duffing_oscillator, kerr_cavity, stable_numbers

FAR = stats.norm.isf(5e-5)


SPECTRA = {
    "kerr": (kerr_cavity(), (-0.5, -1.0), (0.8, 0.8), [(60, 60), (80, 80)]),
    "duffing": (duffing_oscillator(), (0.0, 0.0), (0.9, 1.0), [(80, 40), (100, 60)]),
}
RATES = {"kerr": 0.013551, "duffing": 0.0020658}
"""Slow rates of the Fokker–Planck equations."""


def sampled(model, trajectories, duration, step, samples, seed):
    """Half of the paths from each branch."""
    parts = [
        sample_paths(
            model,
            trajectories=trajectories // 2,
            duration=duration,
            step=step,
            scheme="runge-kutta",
            start="steady",
            branch=branch,
            samples=samples,
            seed=seed + branch,
        )
        for branch in stable_numbers(model)[0]
    ]
    return xr.concat([part[["state"]] for part in parts], "trajectory").assign_attrs(provenance="")


def measured(model, paths, **options):
    return switching(paths, *branches(model), **{"memory": stable_numbers(model)[1], **options})


def distances(found, exact):
    """Of both estimates of r₁ + r₂ from the exact one, in standard errors."""
    error = np.hypot(*found["rate_stderr"].values)
    return [
        (found["rate"].values.sum() - exact) / error,
        (found["relaxation_rate"].item() - exact) / found["relaxation_rate_stderr"].item(),
    ]


@pytest.fixture(scope="module")
def kerr_paths():
    return sampled(kerr_cavity(), 256, 400.0, 0.005, 2000, 5)


@pytest.fixture(scope="module")
def duffing_paths():
    return sampled(duffing_oscillator(), 256, 2000.0, 0.02, 4000, 1)


@pytest.mark.parametrize("name", SPECTRA)
def test_the_fokker_planck_rate_has_converged_and_stands_apart_from_the_next(name):
    model, centre, scale, sizes = SPECTRA[name]
    (coarse, _), (fine, following) = (slow_rate(model, centre, scale, levels) for levels in sizes)
    assert coarse == pytest.approx(fine, rel=1e-3)
    assert fine == pytest.approx(RATES[name], rel=1e-4)
    assert following > 30 * fine


@pytest.mark.parametrize("core", [0.4, 1.0, 1.5])
def test_rates_of_a_kerr_cavity_are_those_of_the_fokker_planck_equation(kerr_paths, core):
    """Cores of 0.9, 1.5 and 2 Mahalanobis radii. Counting crossings of a line would give 0.028."""
    found = measured(kerr_cavity(), kerr_paths, core=core)
    assert found.attrs["no_rate"] == ""
    assert np.abs(distances(found, RATES["kerr"])).max() < FAR
    assert np.hypot(*found["rate_stderr"].values) < 0.08 * RATES["kerr"]


def test_rates_of_a_kerr_cavity_depend_neither_on_the_memory_nor_on_the_length_of_the_run(
    kerr_paths,
):
    long = sampled(kerr_cavity(), 64, 2000.0, 0.005, 10000, 55)
    for paths in (kerr_paths, long, long.isel(time=slice(2001))):
        for factor in (1, 2):
            memory = factor * stable_numbers(kerr_cavity())[1]
            found = measured(kerr_cavity(), paths, memory=memory)
            assert np.abs(distances(found, RATES["kerr"])).max() < FAR


@pytest.mark.parametrize("core", [0.5, 1.0, 1.5])
def test_rates_of_an_underdamped_double_well_are_those_of_the_fokker_planck_equation(
    duffing_paths, core
):
    """γ = 0.14 ω: after a crossing a path may cross back and forth some times before it settles."""
    found = measured(duffing_oscillator(), duffing_paths, core=core)
    assert found.attrs["no_rate"] == ""
    assert np.abs(distances(found, RATES["duffing"])).max() < FAR
    gap = np.diff(found["rate"].values)[0]
    assert abs(gap) < FAR * np.hypot(*found["rate_stderr"].values)
    assert np.hypot(*found["rate_stderr"].values) < 0.08 * RATES["duffing"]


def test_a_wrong_friction_is_seen(duffing_paths):
    """The rate at half the friction is far off that of paths at the full one."""
    _, centre, scale, sizes = SPECTRA["duffing"]
    wrong, _ = slow_rate(duffing_oscillator(friction=0.1), centre, scale, sizes[-1])
    assert np.abs(distances(measured(duffing_oscillator(), duffing_paths), wrong)).min() > 4


@pytest.mark.slow
def test_rates_of_a_kerr_cavity_to_a_per_cent():
    paths = sampled(kerr_cavity(), 2048, 2000.0, 0.005, 4000, 9)
    found = measured(kerr_cavity(), paths)
    assert np.abs(distances(found, RATES["kerr"])).max() < FAR
    assert np.hypot(*found["rate_stderr"].values) < 0.015 * RATES["kerr"]
