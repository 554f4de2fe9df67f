"""Ensembles that keep the blocks of modes and of named pairs have the numbers of a full one."""

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from scipy.stats import chi2

from qlangevin import analysis
from qlangevin.analysis import plots
from qlangevin.analysis.validation import checks
from qlangevin.analysis.validation.step_size import step_check
from qlangevin.analysis.validation.wishart import wishart_square
from qlangevin.sde import sample_paths, simulate
from qlangevin.sde.ensemble import preparation
from qlangevin.sde.ensemble.checkpoints import MismatchError
from qlangevin.sde.ensemble.jobs import Workers
from qlangevin.sde.ensemble.settings import Settings
from qlangevin.sde.kept_elements import KeptElements, NotKeptError
from qlangevin.steady import steady_state

from ...models import spinning

MODES = ("driven", "reflected", "mechanical")
PAIR = ("mechanical", "driven")
COUNT = 640
E_N = "log_negativity(driven, mechanical)"


def run(trajectories=COUNT, **options):
    unit = 1 / spinning().mechanical_frequency
    settings = {"duration": 0.4 * unit, "step": 1e-3 * unit, "samples": 8, "seed": 2}
    coupled = {"step_check": True} if options.get("twin", True) else {}
    return simulate(spinning(), trajectories=trajectories, **settings | coupled | options)


@pytest.fixture(scope="module")
def full():
    return run()


@pytest.fixture(scope="module")
def kept():
    return run(moments="modes", pairs=[PAIR])


def same(result, expected):
    """All numbers of two results are the same bits."""
    assert set(result) == set(expected)
    for name in expected:
        np.testing.assert_array_equal(result[name].values, expected[name].values, err_msg=name)


# --------------------------------------------------------------------------------------------------
# numbers


@pytest.mark.parametrize("options", [{}, {"antithetic": True}, {"twin": False}])
def test_kept_elements_are_the_bits_of_a_full_ensemble(full, kept, options):
    if options:
        full, kept = run(**options), run(moments="modes", pairs=[PAIR], **options)
    assert set(full) - set(kept) == ({"transition_step"} if "twin" not in options else set())
    elements = KeptElements.of(kept)
    assert elements.labels == KeptElements.of(full).labels
    assert elements.names[:3] == [
        "driven.X, driven.X",
        "driven.X, driven.Y",
        "driven.X, mechanical.q",
    ]
    for name in set(kept) - {"batch_sums"}:
        values = full[name].values
        if "quadrature_" in full[name].dims:
            assert kept[name].dims == ("time", "element")
            values = elements.packed(values)
        np.testing.assert_array_equal(kept[name].values, values, err_msg=name)


def test_statistics_grow_as_the_modes_and_the_pairs():
    def elements(modes, pairs):
        settings = Settings(
            trajectories=64, duration=1.0, step=0.1, moments="modes", pairs=[("a", "b")][:pairs]
        )
        return settings.elements(2 * modes), preparation.sums_memory(2 * modes, settings)

    assert [elements(modes, 0)[0] for modes in (1, 2, 64)] == [3, 6, 192]
    assert elements(64, 1)[0] - elements(64, 0)[0] == 4
    assert elements(64, 0)[1] == 32 * elements(2, 0)[1]


def test_elements_are_chosen_by_name(full, kept):
    chosen = kept["covariance"].sel(element="driven.X, mechanical.p")
    expected = full["covariance"].sel(quadrature="driven.X", quadrature_="mechanical.p")
    np.testing.assert_array_equal(chosen, expected)
    assert (chosen["row"].item(), chosen["column"].item()) == ("driven.X", "mechanical.p")


# --------------------------------------------------------------------------------------------------
# measures


@pytest.mark.parametrize("since", [None, 0.0])
@pytest.mark.parametrize(
    "words",
    [
        E_N,
        "steering(mechanical, driven)",
        "squeezing(reflected)",
        "populations",
        "populations(mechanical)",
        "covariance(mechanical.q, driven.Y)",
    ],
)
def test_estimates_have_the_bits_of_a_full_ensemble(full, kept, words, since):
    found, expected = (
        analysis.estimate(each, words, since, physical="ignore") for each in (kept, full)
    )
    same(found, expected)


@pytest.mark.parametrize(
    "measure",
    [
        lambda V, mean: analysis.log_negativity(V, "driven", "mechanical", physical="ignore"),
        lambda V, mean: analysis.steering(V, 2, 0, physical="ignore"),
        lambda V, mean: analysis.squeezing(V, "reflected", physical="ignore"),
        lambda V, mean: analysis.reduced(V, ["mechanical", "driven"]),
        lambda V, mean: analysis.reduced(V, 1),
        lambda V, mean: analysis.populations(V, physical="ignore"),
        lambda V, mean: analysis.populations(V, mean, physical="ignore"),
    ],
)
def test_measures_of_a_kept_covariance_are_those_of_the_full_one(full, kept, measure):
    found, expected = (measure(each["covariance"], each["mean"]) for each in (kept, full))
    np.testing.assert_array_equal(found, expected)
    assert found.dims == expected.dims
    assert found.coords.keys() == expected.coords.keys()


@pytest.mark.parametrize(
    "measure",
    [
        lambda r: analysis.log_negativity(r["covariance"], "driven", "reflected"),
        lambda r: analysis.reduced(r["covariance"], ["reflected", "driven"]),
        lambda r: analysis.conditional(r["covariance"], "reflected", "driven"),
        lambda r: analysis.estimate(r, "log_negativity(reflected, driven)"),
        lambda r: analysis.estimate(r, "covariance(driven.X, reflected.Y)"),
        lambda r: plots.draw_element(r, "reflected.Y", "driven.X"),
        lambda r: step_check(r, 0, 1),
    ],
)
def test_what_needs_another_pair_is_refused_with_the_pair_and_the_remedy(kept, measure):
    remedy = 'simulate with pairs = [("driven", "reflected")], or with moments = "full"'
    with pytest.raises(NotKeptError, match=re.escape(remedy)):
        measure(kept)


@pytest.mark.parametrize(
    "measure",
    [
        lambda r: analysis.purity(r["covariance"]),
        lambda r: analysis.symplectic_eigenvalues(r["covariance"]),
        lambda r: analysis.estimate(r, "purity"),
    ],
)
def test_what_needs_all_modes_is_refused(kept, measure):
    with pytest.raises(NotKeptError, match=r"and of 1 further pair, which .* moments = \"full\""):
        measure(kept)


@pytest.mark.parametrize("function", [analysis.convert, analysis.purity])
def test_what_takes_matrices_alone_names_reduced(kept, function):
    with pytest.raises(ValueError, match=r"analysis\.reduced gives the matrix"):
        function(kept["covariance"])


@pytest.mark.parametrize("missing", [0, 1, 12])
def test_measures_of_a_part_of_the_elements_are_refused(kept, missing):
    part = kept["covariance"].isel(element=np.delete(np.arange(13), missing))
    with pytest.raises(NotKeptError, match="select no elements"):
        analysis.squeezing(part, "driven")


def test_all_pairs_named_are_enough_for_measures_of_all_modes(full):
    every = [("driven", "reflected"), ("mechanical", "driven"), ("reflected", "mechanical")]
    found = run(moments="modes", pairs=every)
    same(analysis.estimate(found, "purity"), analysis.estimate(full, "purity"))


# --------------------------------------------------------------------------------------------------
# refusals


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"moments": "means"}, "moments must be one of full, modes"),
        ({"pairs": [PAIR]}, 'take moments = "modes", or leave them out'),
        ({"moments": "modes", "pairs": "ab"}, "pairs must be such as"),
        ({"moments": "modes", "pairs": [("driven",)]}, "name two different modes"),
        ({"moments": "modes", "pairs": ["ab"]}, "name two different modes"),
        ({"moments": "modes", "pairs": [("driven", "driven")]}, "name two different modes"),
        ({"moments": "modes", "pairs": [("driven", 2)]}, "name two different modes"),
        ({"moments": "modes", "pairs": [("driven", "mechanic")]}, "did you mean 'mechanical'"),
        ({"moments": "modes", "until": {E_N: 0.1}}, 'pairs = [("driven", "mechanical")]'),
        ({"moments": "modes", "until": {"purity": 0.1}}, "and of 2 further pairs"),
    ],
)
def test_wrong_moments_and_pairs_are_refused_before_any_work(monkeypatch, options, words):
    def compute(*_, **__):
        raise AssertionError("computed before it was refused")

    monkeypatch.setattr(preparation, "propagate", compute)
    with pytest.raises(ValueError, match=re.escape(words)):
        run(**options)


def test_paths_are_not_averaged_and_say_nothing_of_moments():
    unit = 1 / spinning().mechanical_frequency
    paths = sample_paths(
        spinning(), trajectories=1, duration=2e-3 * unit, step=1e-3 * unit, samples=1
    )
    assert "moments" not in paths.attrs["provenance"]


# --------------------------------------------------------------------------------------------------
# workers, checkpoints, extension


def test_other_processes_and_blocks_change_no_bit(kept):
    """Workers that receive the job as a pickle, as processes and clusters do."""
    workers = Workers(lambda: ThreadPoolExecutor(2), 2, "threads")
    same(run(moments="modes", pairs=[PAIR], workers=workers), kept)


def test_a_paused_run_continues_from_its_checkpoint_and_an_earlier_one_is_extended(kept, tmp_path):
    pause = Event()

    def stop(done, _total):
        if done:
            pause.set()

    half = run(COUNT // 2, moments="modes", pairs=[PAIR])
    same(run(moments="modes", pairs=[PAIR[::-1]], earlier=half), kept)
    options = {"moments": "modes", "pairs": [PAIR, PAIR[::-1]], "checkpoint": tmp_path / "parts"}
    run(pause=pause, progress=stop, threads=1, **options)
    same(run(**options), kept)
    with pytest.raises(MismatchError, match='moments = "modes" there, "full" here; pairs = '):
        run(earlier=half)


# --------------------------------------------------------------------------------------------------
# checks and figures


def test_checks_read_what_is_kept(full, kept):
    i, j = 0, 2
    assert checks.integrator_check(kept).passed
    assert checks.integrator_check(kept).blocks == 4 * kept.sizes["time"]
    steady = steady_state(spinning()).isel(branch=0)
    known = steady["mean"].values, steady["covariance"].values, float(steady["margin"])
    for of_kept, of_full in [
        (checks.steady_check(kept, *known), checks.steady_check(full, *known)),
        (step_check(kept, i, j), step_check(full, i, j)),
    ]:
        assert of_kept.__dict__.keys() == of_full.__dict__.keys()
    assert step_check(kept, i, j).entanglement_bias == step_check(full, i, j).entanglement_bias
    assert 0 < step_check(kept, i, j).bias <= step_check(full, i, j).bias
    E = checks.entanglement(kept, i, j)
    same(E, checks.entanglement(full, i, j))
    of_kept, of_full = (checks.linearization_check(each, E) for each in (kept, full))
    assert 0 < of_kept.error <= of_full.error
    assert of_kept.entanglement_error == of_full.entanglement_error


@pytest.mark.parametrize("factor", [1.5, 0.7])
def test_a_wrong_factor_in_the_noise_of_one_mode_fails_the_integrator_check(kept, factor):
    wrong = kept.copy(deep=True)
    last = wrong["row"].str.startswith("mechanical") & wrong["column"].str.startswith("mechanical")
    wrong["covariance_linear_sample"] *= np.where(last, factor, 1.0)
    assert not checks.integrator_check(wrong).passed


def test_the_square_of_few_samples_follows_its_law():
    """1000 sample covariances of 12 samples of four quadratures, one of them without noise.

    The Kolmogorov–Smirnov distance exceeds 0.071 with probability below 10⁻⁴.
    """
    rng = np.random.default_rng(5)
    root = np.tril(rng.normal(size=(4, 4)))
    root[2] = 0.0
    y = rng.normal(size=(1000, 12, 4)) @ root.T
    p = []
    for sample in y:
        square, degrees = wishart_square(sample.T @ sample / 12, root @ root.T, 12)
        assert degrees == 6
        p.append(chi2.sf(square, degrees))
    grid = np.arange(1, 1001) / 1000
    assert np.max(np.abs(np.sort(p) - grid)) < 0.071


def test_figures_show_the_kept_blocks(full, kept):
    of_kept, of_full = (plots.draw_covariance(each) for each in (kept, full))
    for one, other in zip(of_kept.lines, of_full.lines, strict=True):
        np.testing.assert_array_equal(one.get_ydata(), other.get_ydata())
    of_kept, of_full = (plots.draw_ellipses(each) for each in (kept, full))
    for one, other in zip(of_kept.lines, of_full.lines, strict=True):
        np.testing.assert_array_equal(one.get_xydata(), other.get_xydata())
    element = plots.draw_element(kept, "mechanical.q", "driven.X")
    assert element.get_title(loc="left") == "covariance of mechanical.q and driven.X"
