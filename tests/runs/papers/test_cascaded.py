"""The cascaded resonators: trajectories, the consistent model, the printed matrices."""

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from qlangevin.runs.papers.cascaded.systems import (
    COVARIANCES,
    DETUNING,
    E_N,
    E_NAME,
    MISMATCHED,
    NU_NAME,
    RESONATORS,
    SIDES,
    SLOW_SPIN,
    UNIT,
    steady_states_of_one,
)
from qlangevin.runs.papers.shared_data import NOISES
from qlangevin.steady import attractor, fixed_points

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cascaded")]
SPUN = RESONATORS.replace(spin_left=SLOW_SPIN)


@pytest.fixture(scope="module")
def result(reproduction):
    return reproduction("cascaded")


def test_trajectories_lie_on_the_curves_of_the_paper(result):
    """The coupled estimate has an error bar of 10⁻⁹; the transient at 400/ω_m is 10⁻⁶."""
    panels = result.data["2"]
    for letter, place, side, name in (
        ("a", 1.0, "left", "a left published"),
        ("b", 0.74, "left", "b 0.74 left published"),
        ("b", 0.74, "right", "b 0.74 right published"),
        ("b", 0.98, "left", "b 0.98 left published"),
        ("b", 0.98, "right", "b 0.98 right published"),
        ("c", 1.265, "right", "c right published"),
    ):
        curve = panels[letter][E_NAME].sel(noise="published", input_side=side)
        steady = float(curve.sel(effective_detuning=place * UNIT, method="nearest"))
        assert float(panels[name][E_N][-1]) == pytest.approx(steady, abs=1e-5)


def test_covariances_of_trajectories_end_at_those_of_figure_4(result):
    panels = result.data["4"]
    for noise in NOISES:
        for side in SIDES:
            V = panels["c"]["covariance"].sel(noise=noise, input_side=side).values
            for pair, measure in COVARIANCES.items():
                end = float(panels[f"{side} {noise}"][measure][-1])
                assert end == pytest.approx(V[pair], abs=1e-4)


def test_the_consistent_model_is_a_state_without_entanglement_everywhere(result):
    for number, names in (("2", "abc"), ("3", ("a", "b", "cd", "e", "f"))):
        for name in names:
            panel = result.data[number][name].sel(noise="consistent")
            assert float(panel[E_NAME].max()) == 0
            assert float(panel["physicality"].min()) > 0
            assert float(panel[NU_NAME].min()) > 0.5
    every = [*result.data["2"].items(), *result.data["3"].items()]
    runs = [run for name, run in every if name.endswith("consistent")]
    assert len(runs) == 12
    assert max(float(run[E_N].max()) for run in runs) == 0


def test_published_noise_breaks_the_commutators_by_the_light_that_the_two_cavities_share(result):
    """With another vacuum at the right port, D − i(AΩ + ΩAᵀ)/2 has ±√(η κ_ex,l κ_ex,r)/2."""
    product = RESONATORS.external_decay_left * RESONATORS.external_decay_right
    panel = result.data["2"]["a"].sel(noise="published", input_side="left")
    assert panel["commutators"].values == pytest.approx(-np.sqrt(product) / 2, rel=1e-9)


@pytest.mark.parametrize(("place", "side"), [(0.74, "left"), (0.98, "right")])
def test_entanglement_follows_from_the_printed_matrices_alone(place, side):
    """Eqs. (10), (14), (18)–(20) written out; from the right the resonators change roles."""
    system = SPUN.replace(input_side=side)
    axes = {"effective_detuning": [place * UNIT]}
    found = steady_states_of_one(system, axes, 1)[E_NAME]
    assert _printed_entanglement(place, side) == pytest.approx(float(found[0]), abs=1e-7)


def _printed_entanglement(place, side):
    """E_N of the printed model: first the resonator that the light meets first."""
    sides = SIDES if side == "left" else SIDES[::-1]
    s = SPUN.replace(input_side=side)
    shifts = [place * UNIT + s.sagnac_shift(each) for each in sides]
    outside = [s.external_decay(each) for each in sides]
    g = [s.single_photon_coupling(each) for each in sides]
    gamma = s.mechanical_damping
    total = [s.intrinsic_decay + rate for rate in outside]
    first = np.sqrt(outside[0]) * s.input_amplitude / (1j * shifts[0] + total[0] / 2)
    arriving = s.input_amplitude - np.sqrt(outside[0]) * first
    second = np.sqrt(outside[1]) * arriving / (1j * shifts[1] + total[1] / 2)
    A = np.zeros((8, 8))
    for k, alpha in enumerate((first, second)):
        x = 2 * k
        q = 4 + 2 * k
        light = 2 * g[k] * alpha
        A[x : x + 2, x : x + 2] = [[-total[k] / 2, shifts[k]], [-shifts[k], -total[k] / 2]]
        A[q : q + 2, q : q + 2] = [[-gamma / 2, UNIT], [-UNIT, -gamma / 2]]
        A[x : x + 2, q] = [-light.imag, light.real]
        A[q + 1, x : x + 2] = [light.real, light.imag]
    A[2:4, 0:2] = -np.sqrt(np.prod(outside)) * np.eye(2)
    warm = gamma / np.tanh(1.054571817e-34 * UNIT / (2 * 1.380649e-23 * s.temperature))
    D = np.diag([*np.repeat(total, 2), *np.repeat(warm, 4)]) / 2
    V = solve_continuous_lyapunov(A / UNIT, -D / UNIT)[4:, 4:]
    sigma = np.linalg.det(V[:2, :2]) + np.linalg.det(V[2:, 2:]) - 2 * np.linalg.det(V[:2, 2:])
    return -np.log(2 * np.sqrt((sigma - np.sqrt(sigma**2 - 4 * np.linalg.det(V))) / 2))


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("system", "place"), [(SPUN, 0.74), (SPUN, 0.98), (MISMATCHED, DETUNING)])
def test_the_run_from_rest_ends_on_the_branch_with_the_intended_detuning(system, place, side):
    there = system.replace(input_side=side).at_effective_detuning(place * UNIT)
    ending = attractor(there)
    found = fixed_points(there)
    mean = found["mean"].values[int(ending["branch"])]
    assert str(ending["kind"].values) == "fixed point"
    assert there.effective_detuning(mean) == pytest.approx([place * UNIT] * 2, rel=1e-9)
