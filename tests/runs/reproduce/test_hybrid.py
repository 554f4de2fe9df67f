"""The hybrid oscillators' paper: verdicts that must not change unnoticed, optima by other routes, the gallery's table."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from qlangevin.analysis import gaussian
from qlangevin.runs import reproducing
from qlangevin.runs.reproduce.hybrid_figures import HALF, MINUS, NAMES, PLUS, appearance
from qlangevin.runs.reproduce.hybrid_optima import Search, printed_variances, steering_products
from qlangevin.runs.reproduce.hybrid_optima_figures import best_system
from qlangevin.runs.reproduce.paper import Verdict
from qlangevin.sde.moments import propagate_moments
from qlangevin.sde.systems.hybrid import HybridOscillators
from qlangevin.steady import steady_state
from scipy.optimize import minimize

GALLERY = Path(__file__).parents[3] / "runs" / "reproduce" / "README.md"
DIFFERENT = {"H2", "H3", "H8", "H19", "H20", "H27", "H30"}
SERVERS = ("hot", "vacuum")
TARGETS = {"plus": PLUS, "minus": MINUS}


@pytest.fixture(scope="module")
def result():
    (paper,) = reproducing.load_papers("hybrid")
    return reproducing.reproduce(paper, threads=2)


@pytest.fixture(scope="module")
def optima(result):
    return result.data["4"]["ab"]


def test_every_claim_keeps_its_verdict(result):
    numbers = [f"H{k}" for k in range(1, 32)]
    expected = dict.fromkeys(numbers, Verdict.REPRODUCED) | dict.fromkeys(DIFFERENT, Verdict.DIFFERENT)
    assert {number: found.verdict for number, found in result.findings.items()} == expected


def test_reasons_stand_where_a_claim_is_not_simply_reproduced(result):
    explained = {number for number, found in result.findings.items() if found.why}
    assert explained == DIFFERENT


def test_the_gallery_shows_the_table_as_it_is_computed(result):
    assert reproducing.table(result) in GALLERY.read_text(encoding="utf-8")


def test_trajectories_end_on_the_curves_of_the_paper(result):
    """65 536 plain trajectories: standard errors of 0.3 to 0.5 %; four of them, and the transient, are allowed."""
    curves = {"positive": "positive_cut", "zero": "zero_cut", "negative": "negative_cut"}
    for sign, curve in curves.items():
        run = result.data["2"][f"{sign}_run_hot"]
        for word in (PLUS, MINUS):
            cut = result.data["2"][curve][NAMES[word]]
            close(run, word, float(cut.interp(cooperativity_plus=50.0)))
    for server, (target, word) in product(SERVERS, TARGETS.items()):
        least = result.data["4"]["ab"]["product"].sel(server=server, loss=0.0, freedom="free", target=target)
        close(
            result.data["4"][f"run_{server}_{target}"], word, float(least.sel(cooperativity_minus=10, method="nearest"))
        )


def close(run, word, expected):
    value, stderr = float(run[word][-1]), float(run[f"{word}_stderr"][-1])
    assert stderr < 0.006 * expected
    assert value == pytest.approx(expected, abs=4 * stderr + 1e-4)


def test_closed_forms_keep_their_digits_where_variances_are_huge():
    """At θ_− = π/4 with hot baths, (ΔX_−)² is 6·10⁵; Eqs. (6) and (7) from Eq. (4) as printed lose six digits there."""
    system = HybridOscillators.published(
        cooperativity_minus=10.0, cooperativity_plus=17.67, angle_minus=0.25 * np.pi, angle_plus=0.4149 * np.pi
    )
    minus, plus, cross = printed_variances(system)
    V = steady_state(system)["covariance"].values[0]
    assert pytest.approx([minus, plus, cross], rel=1e-9) == [V[0, 0], V[2, 2], V[0, 2]]
    forward, back = steering_products(system)
    assert forward == pytest.approx(gaussian.reid(V, [0], 1), rel=1e-8)
    assert back == pytest.approx(gaussian.reid(V, [1], 0), rel=1e-8)
    assert forward == pytest.approx(plus - cross**2 / minus, rel=1e-6)


def test_every_optimum_is_the_steady_state_of_the_model(result, optima):
    for found in (optima, result.data["5"]["5"]):
        assert float(np.abs(found["lyapunov"] / found["product"] - 1).max()) < 1e-6


@pytest.mark.parametrize(("server", "loss", "cooperativity"), [("hot", 0.0, 10.0), ("vacuum", 0.2, 10 ** (1.7))])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("freedom", ["free", "symmetric"])
def test_no_search_from_elsewhere_finds_a_lower_product(optima, server, loss, cooperativity, target, freedom):
    """Quasi-Newton from 30 random places of the cube, instead of a grid and steps to the best neighbour."""
    search = Search(target, server, freedom == "symmetric", np.array([cooperativity]), np.array([loss]))
    rng, dimensions = np.random.default_rng(1), 2 if search.symmetric else 3

    def objective(place):
        return float(search.unconditional(np.reshape(place, (1, 1, -1)))[0, 0])

    found = [
        minimize(objective, rng.random(dimensions), method="L-BFGS-B", bounds=[(0, 1)] * dimensions, tol=1e-13).fun
        for _ in range(30)
    ]
    least = optima["product"].sel(server=server, loss=loss, freedom=freedom, target=target)
    ours = float(least.sel(cooperativity_minus=cooperativity, method="nearest"))
    assert ours == pytest.approx(min(found), rel=1e-6)


def test_the_hot_optimum_in_closed_form(optima):
    """Without losses, equal hot baths and γ_0 → 0 the least E_{−|+} with θ_+ < π/2 is √(4C_− − 1)/(2C_−)."""
    least = optima.sel(server="hot", loss=0.0, freedom="free", target="minus")
    C = least["cooperativity_minus"].values
    inside = (C > 6) & (least["angle_plus"].values < 0.4999 * np.pi)
    expected = np.sqrt(4 * C - 1) / (2 * C)
    assert inside.sum() > 20
    assert least["product"].values[inside] == pytest.approx(expected[inside], rel=1e-4)


def test_measuring_the_light_never_costs(result):
    found = result.data["8"]["8"]
    assert float((found["same_parameters"] - found["unconditional"]).max()) < 1e-9
    assert float((found["conditional"] - found["same_parameters"]).max()) < 1e-9


def test_times_until_steering_are_those_of_the_moment_equation(optima):
    least = optima.sel(server="hot", loss=0.0, freedom="free", target="plus").sel(
        cooperativity_minus=10, method="nearest"
    )
    system = best_system(least, 10.0, "hot", 0.0)
    several = system.replace(cooperativity_minus=np.array([10.0]))
    delay = float(appearance(several, "cooperativity_minus", np.array([10.0]))[NAMES[PLUS]][0])
    assert 10e-6 < delay < 20e-6
    moments = propagate_moments(system, duration=2 * delay, samples=1000)
    products = gaussian.reid(moments["covariance"].values, [0], 1)
    first = float(moments["time"][int(np.argmax(products < HALF))])
    assert first == pytest.approx(delay, rel=5e-3)
