"""The verdict on a run repeats every failed check of its report, and nothing else."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from qlangevin.runs.reports.conclusion import conclude

WORDS = {
    "integrator": "THE INTEGRATOR CHECK FAILED; do not use these numbers",
    "step": "THE STEP IS TOO LARGE for plain averages",
    "linearization": "LINEARISED THEORY IS OFF by 2.0e-01 of V at most",
    "settled": "HAS NOT SETTLED: run longer",
    "physical": "THE NOISE IS UNPHYSICAL: no measure of these states is a result",
}


def findings(wrong=(), linear=False, kind="fixed point"):
    steady = kind == "fixed point"
    error = 0.2 if "linearization" in wrong else 1e-10
    return SimpleNamespace(
        integrator=SimpleNamespace(passed="integrator" not in wrong),
        step_is_small="step" not in wrong,
        linear=linear,
        linearization=SimpleNamespace(error=error) if steady and not linear else None,
        steady_check=SimpleNamespace(settled="settled" not in wrong) if steady else None,
        physicality=-0.2 if "physical" in wrong else 0.0,
        attractor={"kind": SimpleNamespace(values=np.asarray(kind))},
        entanglement=None,
    )


@pytest.mark.parametrize("linear", [False, True])
def test_every_failed_check_is_repeated_and_no_other(linear):
    for flags in product((False, True), repeat=len(WORDS)):
        wrong = [name for name, flag in zip(WORDS, flags, strict=True) if flag]
        said = conclude(findings(wrong, linear))
        silent = ["linearization"] if linear or "integrator" in wrong else []
        assert [name for name, words in WORDS.items() if words in said] == [
            n for n in wrong if n not in silent
        ]
        assert said.count(".") - said.count("2.0e-01") - said.count("1.0e-10") == 1


@pytest.mark.parametrize("kind", ["limit cycle", "divergent", "undecided"])
@pytest.mark.parametrize("wrong", [("step",), ("step", "physical"), ("integrator", "step")])
def test_without_a_steady_state_too(kind, wrong):
    said = conclude(findings(wrong, kind=kind))
    assert all(WORDS[name] in said for name in wrong)
    assert ("no steady state" in said) is ("integrator" not in wrong)


def test_the_verdict_on_a_correct_run_is_positive():
    assert conclude(findings()) == (
        "the integrator is right, trajectories differ from linearised theory by 1.0e-10 of V at "
        "most, and the run has settled."
    )
    assert (
        conclude(findings(linear=True))
        == "the integrator is right, the model is linear, and the run has settled."
    )
