"""The cascaded resonators' paper: verdicts that must not change unnoticed, printed matrices, the
gallery's table.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import solve_continuous_lyapunov

from qlangevin.runs.execution import reproduce
from qlangevin.runs.reproduce.cascaded_states import (
    E_NAME,
    MISMATCHED,
    MOTIONS,
    NOISES,
    POINT,
    RESONATORS,
    SLOW,
    UNIT,
    WAYS,
    WORDS,
    E,
    steady_of,
)
from qlangevin.runs.reproduce.paper import Verdict
from qlangevin.steady import attractor, fixed_points

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cascaded")]
GALLERY = Path(__file__).parents[3] / "runs" / "reproduce" / "README.md"
REPRODUCED = {"K14", "K16", "K20"}
NOT = {"K6", "K12", "K22"}
SPUN = RESONATORS.replace(spin_left=SLOW)


@pytest.fixture(scope="module")
def result():
    (paper,) = reproduce.load_papers("cascaded")
    return reproduce.reproduce(paper, threads=2)


def test_every_claim_keeps_its_verdict(result):
    expected = {f"K{k}": Verdict.DIFFERENT for k in range(1, 25)}
    expected |= dict.fromkeys(REPRODUCED, Verdict.REPRODUCED) | dict.fromkeys(NOT, Verdict.NOT)
    assert {number: found.verdict for number, found in result.findings.items()} == expected


def test_a_reason_is_given_exactly_where_a_claim_is_not_simply_reproduced(result):
    assert {number for number, found in result.findings.items() if not found.why} == REPRODUCED


def test_the_gallery_shows_the_table_as_it_is_computed(result):
    assert reproduce.table(result) in GALLERY.read_text(encoding="utf-8")


def test_trajectories_lie_on_the_curves_of_the_paper(result):
    """The coupled estimate's error bar is 10⁻⁹; what is left of the transient at 400/ω_m is 10⁻⁶."""
    panels = result.data["2"]
    for letter, place, way, name in (
        ("a", 1.0, "left", "a left published"),
        ("b", 0.74, "left", "b 0.74 left published"),
        ("b", 0.74, "right", "b 0.74 right published"),
        ("b", 0.98, "left", "b 0.98 left published"),
        ("b", 0.98, "right", "b 0.98 right published"),
        ("c", 1.265, "right", "c right published"),
    ):
        curve = panels[letter][E_NAME].sel(noise="published", input_side=way)
        steady = float(curve.sel(effective_detuning=place * UNIT, method="nearest"))
        assert float(panels[name][E][-1]) == pytest.approx(steady, abs=1e-5)


def test_covariances_of_trajectories_end_at_those_of_figure_4(result):
    panels = result.data["4"]
    for noise in NOISES:
        for way in WAYS:
            V = panels["c"]["covariance"].sel(noise=noise, input_side=way).values
            for pair, words in WORDS.items():
                assert float(panels[f"{way} {noise}"][words][-1]) == pytest.approx(
                    V[pair], abs=1e-4
                )


def test_the_consistent_model_is_a_state_without_entanglement_everywhere(result):
    for number, names in (("2", "abc"), ("3", ("a", "b", "cd", "e", "f"))):
        for name in names:
            panel = result.data[number][name].sel(noise="consistent")
            assert float(panel[E_NAME].max()) == 0
            assert float(panel["physicality"].min()) > 0
            assert float(panel[MOTIONS].min()) > 0.5
    runs = [
        run
        for number in "23"
        for name, run in result.data[number].items()
        if name.endswith("consistent")
    ]
    assert len(runs) == 12
    assert max(float(run[E].max()) for run in runs) == 0


def test_published_noise_breaks_the_commutators_by_the_light_that_the_two_cavities_share(result):
    """D − i(AΩ + ΩAᵀ)/2 has the eigenvalues ±√(η κ_ex,l κ_ex,r)/2 when the right port's vacuum is
    another.
    """
    product = RESONATORS.external_decay_left * RESONATORS.external_decay_right
    panel = result.data["2"]["a"].sel(noise="published", input_side="left")
    assert panel["commutators"].values == pytest.approx(-np.sqrt(product) / 2, rel=1e-9)


@pytest.mark.parametrize(("place", "way"), [(0.74, "left"), (0.98, "right")])
def test_entanglement_follows_from_the_printed_matrices_alone(place, way):
    """Eqs. (10), (14), (18)–(20) written out; from the right, the roles of the two resonators
    change.
    """
    assert _printed_entanglement(place, way) == pytest.approx(
        float(
            steady_of(SPUN.replace(input_side=way), {"effective_detuning": [place * UNIT]}, 1)[
                E_NAME
            ][0]
        ),
        abs=1e-7,
    )


def _printed_entanglement(place, way):
    """E_N of the printed model: first the resonator that the light meets first."""
    sides = WAYS if way == "left" else WAYS[::-1]
    s = SPUN.replace(input_side=way)
    shifts = [place * UNIT + s.sagnac_shift(side) for side in sides]
    outside = [s.external_decay(side) for side in sides]
    g, gamma = [s.single_photon_coupling(side) for side in sides], s.mechanical_damping
    total = [s.intrinsic_decay + rate for rate in outside]
    first = np.sqrt(outside[0]) * s.input_amplitude / (1j * shifts[0] + total[0] / 2)
    second = (
        np.sqrt(outside[1])
        * (s.input_amplitude - np.sqrt(outside[0]) * first)
        / (1j * shifts[1] + total[1] / 2)
    )
    A = np.zeros((8, 8))
    for k, alpha in enumerate((first, second)):
        x, q, light = 2 * k, 4 + 2 * k, 2 * g[k] * alpha
        A[x : x + 2, x : x + 2] = [[-total[k] / 2, shifts[k]], [-shifts[k], -total[k] / 2]]
        A[q : q + 2, q : q + 2] = [[-gamma / 2, UNIT], [-UNIT, -gamma / 2]]
        A[x : x + 2, q], A[q + 1, x : x + 2] = [-light.imag, light.real], [light.real, light.imag]
    A[2:4, 0:2] = -np.sqrt(np.prod(outside)) * np.eye(2)
    warm = gamma / np.tanh(1.054571817e-34 * UNIT / (2 * 1.380649e-23 * s.temperature))
    D = np.diag([*np.repeat(total, 2), *np.repeat(warm, 4)]) / 2
    V = solve_continuous_lyapunov(A / UNIT, -D / UNIT)[4:, 4:]
    sigma = np.linalg.det(V[:2, :2]) + np.linalg.det(V[2:, 2:]) - 2 * np.linalg.det(V[:2, 2:])
    return -np.log(2 * np.sqrt((sigma - np.sqrt(sigma**2 - 4 * np.linalg.det(V))) / 2))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("system", "place"), [(SPUN, 0.74), (SPUN, 0.98), (MISMATCHED, POINT)])
def test_the_run_from_rest_ends_on_the_branch_with_the_detuning_meant(system, place, way):
    there = system.replace(input_side=way).at_effective_detuning(place * UNIT)
    ending, found = attractor(there), fixed_points(there)
    mean = found["mean"].values[int(ending["branch"])]
    assert str(ending["kind"].values) == "fixed point"
    assert there.effective_detuning(mean) == pytest.approx([place * UNIT] * 2, rel=1e-9)
