"""Light recorded along trajectories: spectra against exact ones, bits, resumption, refusals."""

import itertools

import numpy as np
import pytest

import qlangevin as ql
from qlangevin.sde.kept_elements import KeptElements
from qlangevin.sde.kernels import kernel as kernels
from qlangevin.sde.linear_algebra.linear_steps import repeated_steps
from qlangevin.sde.model.model import Model
from qlangevin.sde.records.linear_spectrum import settled_spectrum
from qlangevin.sde.records.periodograms import Periodograms, packed, unpacked
from qlangevin.sde.records.record import Record
from qlangevin.sde.records.record_plan import plan_record
from qlangevin.sde.records.recorded_model import recorded_rates
from qlangevin.sde.schemes.table import linear_step, stationary_covariance
from qlangevin.sde.terms import detune, feed, kerr, lose, shine, squeeze

STEP = 0.01
RUN = {"duration": 64.0, "step": STEP, "samples": 4, "seed": 5}


@pytest.fixture(autouse=True)
def loops(monkeypatch):
    """Kernels loop over tables, so that no model compiles code of its own."""
    monkeypatch.setattr(kernels, "MOST_QUADRATURES", 0)


def oscillator(nonlinearity=0.0):
    """A degenerate parametric oscillator with two ports, one of them hot."""
    terms = [detune("a", 0.4), squeeze("a", 0.3j), lose("a", "out", amplitude_rate=0.7)]
    terms += [lose("a", "loss", amplitude_rate=0.3, occupation=0.2)]
    return Model.build(["a"], terms + [kerr("a", nonlinearity)] * (nonlinearity > 0))


def plan(**options):
    return plan_record(Record(["out"], **options), 6400, STEP)


def linear_light(model, record, scheme):
    E, N = linear_step(scheme, *recorded_rates(model, np.zeros(2), record.ports), STEP)
    V = stationary_covariance(model.A, model.diffusion, STEP, scheme)
    return settled_spectrum(record, E, N, V, KeptElements.all(model.quadratures))


def test_bins_and_segments_cover_the_second_half_of_a_run():
    found = plan()
    assert (found.first, found.edges[-1]) == (3200, 6400)
    assert found.stride * found.bins == 800
    assert found.segments == 7
    np.testing.assert_allclose(np.sum(found.window**2), 1)


def test_frequencies_reach_the_highest_at_the_resolution():
    found = plan(highest=20.0, resolution=1.0, since=10.0)
    assert found.frequencies[-1] >= 20.0
    assert found.frequencies[-1] < 30.0
    np.testing.assert_allclose(found.frequencies[1], 1.0, rtol=0.1)
    assert found.first * STEP == 10.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"since": 63.9}, "since must leave"),
        ({"highest": 1e3}, "highest must be at most"),
        ({"resolution": 1e-3}, "larger resolution than"),
    ],
)
def test_records_that_do_not_fit_the_run_are_refused(options, message):
    with pytest.raises(ql.RefusedError, match=message):
        plan(**options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ports": "out"}, "ports must be"),
        ({"ports": []}, "at least one"),
        ({"ports": ["out", "out"]}, "once each"),
        ({"ports": ["out"], "highest": -1.0}, "highest"),
    ],
)
def test_records_of_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Record(**arguments)


def test_unknown_ports_ports_fed_on_and_single_paths_are_refused():
    run = {"trajectories": 64, **RUN}
    with pytest.raises(ValueError, match="there is no port 'ouut'"):
        ql.simulate(oscillator(), record=["ouut"], **run)
    with pytest.raises(ValueError, match="twin must be True"):
        ql.simulate(oscillator(), record=["out"], twin=False, **run)
    terms = [lose("a", "out", amplitude_rate=1.0), lose("b", "in", amplitude_rate=1.0)]
    cascade = Model.build(["a", "b"], [*terms, feed("out", "in")])
    with pytest.raises(ql.RefusedError, match="record 'in' instead"):
        ql.simulate(cascade, record=["out"], **run)


def test_packed_matrices_are_unpacked():
    rng = np.random.default_rng(1)
    S = rng.normal(size=(5, 4, 4)) + 1j * rng.normal(size=(5, 4, 4))
    S = S + S.conj().swapaxes(-1, -2)
    real, imaginary = unpacked(packed(S))
    np.testing.assert_array_equal(real + 1j * imaginary, S)


def test_periodograms_are_those_of_a_direct_sum():
    record = plan(highest=30.0, resolution=1.0)
    rng = np.random.default_rng(2)
    y = np.cumsum(rng.normal(size=(len(record.edges), 2, 3)), axis=0)
    periodograms = Periodograms(record, 1, 3)
    for each in y:
        periodograms.take(each[None])
    z, L = np.diff(y, axis=0), record.bins
    times = record.bin * np.arange(L)
    expected = 0.0
    for segment in range(record.segments):
        part = record.window[:, None, None] * z[segment * L // 2 :][:L]
        Z = np.einsum("ft,tal->fal", np.exp(1j * record.frequencies[:, None] * times), part)
        expected = expected + np.einsum("fal,fbl->fabl", Z, Z.conj()) / record.bin
    assert periodograms.segments == record.segments
    np.testing.assert_allclose(
        periodograms.mean[:, 0], expected / record.segments, rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("scheme", ["euler-maruyama", "exponential"])
def test_linear_spectrum_is_the_mean_of_periodograms_in_every_order_of_lags(scheme):
    """Against the covariance of all bins of a segment, from the steps' own matrices."""
    model = oscillator()
    record = plan(highest=30.0, resolution=2.0)
    E, N = linear_step(scheme, *recorded_rates(model, np.zeros(2), record.ports), STEP)
    S = linear_light(model, record, scheme)
    V = stationary_covariance(model.A, model.diffusion, STEP, scheme)
    E, N = repeated_steps(E, N, record.stride)
    L = record.bins
    start = np.zeros((4, 4))
    start[:2, :2] = V
    M, joint = np.eye(4) + E, np.zeros((2 * (L + 1), 2 * (L + 1)))
    powers = [np.linalg.matrix_power(M, k) for k in range(L + 1)]
    at = [start]
    for _ in range(L):
        at.append(M @ at[-1] @ M.T + N)
    for i, j in itertools.product(range(L + 1), repeat=2):
        earlier, later = min(i, j), max(i, j)
        block = (powers[later - earlier] @ at[earlier])[2:, 2:]
        joint[2 * i : 2 * i + 2, 2 * j : 2 * j + 2] = block if i >= j else block.T
    joint = joint.reshape(L + 1, 2, L + 1, 2)
    of_bins = np.diff(np.diff(joint, axis=0), axis=2)
    waves = record.window * np.exp(1j * record.frequencies[:, None] * record.bin * np.arange(L))
    direct = np.einsum("fi,iajb,fj->fab", waves, of_bins, waves.conj()) / record.bin
    np.testing.assert_allclose(S, direct, atol=1e-10)


def test_the_light_of_an_empty_one_sided_cavity_is_vacuum_at_every_frequency():
    """Exponential steps are exact for linear models, so ½ holds at any bin."""
    model = Model.build(["a"], [detune("a", 0.3), lose("a", "out", amplitude_rate=1.0)])
    S = linear_light(model, plan(), "exponential")
    np.testing.assert_allclose(S, np.broadcast_to(0.5 * np.eye(2), S.shape), atol=1e-12)


def test_fine_bins_give_the_spectrum_of_continuous_time():
    """Exponential steps, long segments: to the resolution of the bins and of the window."""
    model = oscillator()
    record = Record(["out"], highest=40.0, resolution=0.05, since=0.0)
    record = plan_record(record, 20000, STEP)
    S = linear_light(model, record, "exponential")
    chosen = slice(5, 200, 10)
    expected = ql.steady.output_spectrum(model, record.frequencies[chosen])
    expected = expected.sel(quadrature=["out.X", "out.Y"], quadrature_=["out.X", "out.Y"])
    np.testing.assert_allclose(S[chosen].real, expected["spectrum_real"], atol=4e-3)
    np.testing.assert_allclose(S[chosen].imag, expected["spectrum_imag"], atol=4e-4)


@pytest.fixture(scope="module")
def nonlinear_run():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "MOST_QUADRATURES", 0)
        return ql.simulate(oscillator(0.02), trajectories=512, record=["out"], **RUN)


def test_sampled_periodograms_agree_with_the_exact_ones_within_error_bars():
    """Paths of a linear model: false alarm 3·10⁻⁵ for each of the two sums of squares."""
    run = ql.simulate(oscillator(), trajectories=1024, record=["out", "loss"], **RUN)
    linear = run["output_spectrum_linear_real"].values
    frequencies, outputs, _ = linear.shape
    sums = run["batch_light_sums"].values.sum(axis=0).reshape(4, frequencies, outputs**2)
    mean = sums[0] / 1024
    error = np.sqrt((sums[1] / 1024 - mean**2) / 1023)
    exact = packed(linear + 1j * run["output_spectrum_linear_imag"].values)
    scores = ((mean - exact) / np.where(error > 0, error, np.inf))[2::2]  # far bins are independent
    assert outputs == 4
    assert np.abs(scores).max() < 5.5
    assert 0.8 < np.sqrt(np.mean(scores[:, :4] ** 2)) < 1.2
    np.testing.assert_array_equal(run["output_spectrum_real"], linear)


def test_the_nonlinear_spectrum_differs_from_the_linear_one_as_first_order_theory_says(
    nonlinear_run,
):
    """A Kerr term shifts the detuning by χ(⟨X²⟩ + …) about the mean 0: Gaussian closure."""
    model = oscillator(0.02)
    closure = ql.propagate_moments(model, duration=64.0, samples=4, closure="gaussian")
    V = closure["covariance"].values[-1]
    shifted = model.averaged(V)
    linear = ql.steady.output_spectrum(
        Model.build(
            ["a"],
            [
                lose("a", "out", amplitude_rate=0.7),
                lose("a", "loss", amplitude_rate=0.3, occupation=0.2),
                *_quadratic(shifted.A),
            ],
        ),
        [0.6],
    )
    bare = ql.steady.output_spectrum(oscillator(), [0.6])
    change = linear["spectrum_real"] - bare["spectrum_real"]
    expected = change.sel(quadrature="out.X", quadrature_="out.X").item()
    at = int(np.argmin(np.abs(nonlinear_run["frequency"].values - 0.6)))
    found, error = (
        nonlinear_run[name].isel(frequency=at, output=0, output_=0).item()
        for name in ("output_spectrum_real", "output_spectrum_real_stderr")
    )
    shift = found - nonlinear_run["output_spectrum_linear_real"].values[at, 0, 0]
    assert abs(shift) > 10 * error
    assert 0.5 < shift / expected < 1.5


def _quadratic(A):
    """Terms of the Hamiltonian part of a drift matrix (2, 2) of one mode."""
    delta = 0.5 * (A[0, 1] - A[1, 0])
    along = 0.5 * (A[0, 0] - A[1, 1])
    across = 0.5 * (A[0, 1] + A[1, 0])
    probe = [np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, -1.0]])]
    real = Model.build(["a"], [squeeze("a", 1.0)]).A
    imaginary = Model.build(["a"], [squeeze("a", 1j)]).A
    basis = np.array([[np.sum(m * p) / 2 for m in (real, imaginary)] for p in probe])
    g = np.linalg.solve(basis, [across, along])
    return [detune("a", delta), squeeze("a", complex(*g))]


def test_bits_do_not_depend_on_threads_nor_on_trajectories_added_later(nonlinear_run):
    first = ql.simulate(oscillator(0.02), trajectories=256, record=["out"], threads=1, **RUN)
    both = ql.simulate(
        oscillator(0.02), trajectories=512, record=["out"], threads=2, earlier=first, **RUN
    )
    for name in ("batch_light_sums", "output_spectrum_real", "covariance"):
        np.testing.assert_array_equal(both[name], nonlinear_run[name])


def test_a_checkpoint_keeps_the_light(tmp_path, nonlinear_run):
    arguments = {"trajectories": 512, "record": ["out"], **RUN}
    ql.simulate(oscillator(0.02), checkpoint=tmp_path / "kept", **arguments)
    again = ql.simulate(oscillator(0.02), checkpoint=tmp_path / "kept", **arguments)
    np.testing.assert_array_equal(again["batch_light_sums"], nonlinear_run["batch_light_sums"])


def test_recording_changes_no_moment(nonlinear_run):
    plain = ql.simulate(oscillator(0.02), trajectories=512, **RUN)
    np.testing.assert_allclose(plain["covariance"], nonlinear_run["covariance"], rtol=1e-9)
    np.testing.assert_allclose(plain["covariance_step"], nonlinear_run["covariance_step"])


def test_the_recorded_spectrum_has_the_squeezing_of_the_output_spectrum(nonlinear_run):
    spectrum = ql.analysis.recorded_spectrum(nonlinear_run, "linear")
    assert spectrum["physical"].all()
    best = ql.analysis.squeezing_spectrum(spectrum, "out")["squeezing"].values[2:20]
    exact = ql.steady.output_spectrum(oscillator(), spectrum["frequency"].values[2:20])
    expected = ql.analysis.squeezing_spectrum(exact, "out")["squeezing"].values
    np.testing.assert_allclose(best, expected, atol=0.3)
    assert ql.analysis.recorded_spectrum(nonlinear_run)["physical"].all()
    with pytest.raises(ValueError, match="record="):
        ql.analysis.recorded_spectrum(exact)


def test_single_paths_keep_the_light_between_samples():
    """The light of a driven cavity: in the mean what the input-output relation says."""
    model = Model.build(["a"], [lose("a", "out", amplitude_rate=1.0), shine("out", 3.0)])
    paths = ql.sample_paths(
        model, trajectories=128, duration=40.0, step=0.01, samples=4, seed=1, record=["out"]
    )
    mean = ql.steady_state(model)["mean"].values[0]
    port = model.ports["out"]
    expected = port.C @ mean + port.d
    light = paths["light"].values
    assert np.isnan(light[0]).all()
    found, error = light[-1].mean(axis=0), light[-1].std(axis=0) / np.sqrt(128)
    np.testing.assert_allclose(found, expected, atol=4.5 * error.max())
    np.testing.assert_allclose(light[1:].var(axis=1), 0.5 / 10.0, rtol=0.8)
    assert list(paths["output"].values) == ["out.X", "out.Y"]


def test_unsettled_steps_have_no_linear_spectrum():
    model = Model.build(["a"], [squeeze("a", 0.003), lose("a", "out", energy_rate=0.02)])
    run = ql.simulate(model, trajectories=128, record=["out"], **RUN)
    assert "output_spectrum_linear_real" not in run
    with pytest.raises(ValueError, match="have settled"):
        ql.analysis.recorded_spectrum(run, "linear")


def test_a_spectrum_of_lost_trajectories_is_not_physical(nonlinear_run):
    lost = nonlinear_run.copy()
    for part in ("real", "imag", "real_stderr", "imag_stderr"):
        lost[f"output_spectrum_{part}"] = lost[f"output_spectrum_{part}"] * np.nan
    assert not ql.analysis.recorded_spectrum(lost)["physical"].any()
    assert ql.analysis.recorded_spectrum(lost, "linear")["physical"].all()
