"""The scatterers: curves and limits from the printed equations, trajectories, directions."""

import numpy as np
import pytest
from scipy.constants import hbar, k
from scipy.linalg import solve_continuous_lyapunov

from qlangevin.runs.papers.scatterers.printed_equations import printed_drift
from qlangevin.runs.papers.scatterers.systems import (
    BETWEEN,
    DECAY,
    E_L,
    E_R,
    IMMUNE,
    UNIT,
    at_shifted_detuning,
)
from qlangevin.sde import propagate_moments

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("scatterers")]


@pytest.fixture(scope="module")
def result(reproduction):
    return reproduction("scatterers")


def entanglement(place, rate, temperature, thermal):
    """E_N of clockwise light and motion from Eqs. (3) and (10), in units of ω_m; NaN if unstable.

    At Δ̃/Γ = place and |J|/Γ = rate. The phase of J₁ is left out: it is that of the
    counter-clockwise mode. `thermal` multiplies (2n + 1)γ_m.
    """
    loss = 0.6
    J = 0.6 * rate
    detuning = 0.6 * place
    friction = 1e-5
    pull = 1.22e15 / 1.1e-3 * np.sqrt(hbar / (10e-12 * 63e6)) / 63e6
    drive = np.sqrt(2 * 0.3 * 30e-3 / (hbar * 1.22e15 * 63e6))
    light = 1j * detuning + loss
    right, left = np.array([light, -1j * J]) * np.sqrt(2) * pull * drive / (light**2 + J**2)
    A = np.array(
        [
            [-loss, detuning, 0, J, -right.imag, 0],
            [-detuning, -loss, -J, 0, right.real, 0],
            [0, J, -loss, detuning, -left.imag, 0],
            [-J, 0, -detuning, -loss, left.real, 0],
            [0, 0, 0, 0, 0, 1],
            [right.real, right.imag, left.real, left.imag, -1, -friction],
        ]
    )
    if np.linalg.eigvals(A).real.max() >= 0:
        return np.nan
    occupation = 1 / np.expm1(hbar * 63e6 / (k * temperature))
    D = np.diag([loss] * 4 + [0, thermal * friction * (2 * occupation + 1)])
    V = solve_continuous_lyapunov(A, -D)
    a = V[:2, :2]
    b = V[4:, 4:]
    c = V[:2, 4:]
    total = np.linalg.det(a) + np.linalg.det(b) - 2 * np.linalg.det(c)
    whole = np.linalg.det(np.block([[a, c], [c.T, b]]))
    return max(0.0, -np.log(2 * np.sqrt((total - np.sqrt(total**2 - 4 * whole)) / 2)))


@pytest.mark.parametrize(("noise", "thermal"), [("published", 0.5), ("consistent", 1.0)])
@pytest.mark.parametrize(
    ("name", "rate", "shift"), [("ideal", 0, 0), ("defective", 1, 1), ("immune", 0, 2)]
)
def test_curves_of_figure_2_follow_from_the_printed_equations(
    result, name, rate, shift, noise, thermal
):
    """E_N to 10⁻⁶: the laser frequency in a_in, which moves by 10⁻⁷ with Δ, is left out here."""
    curve = result.data["2"][f"{name} {noise}"].isel(shifted=slice(None, None, 17))
    expected = [
        entanglement(place, rate, 0.2, thermal) for place in curve["shifted"].values / DECAY
    ]
    away = np.abs(curve["shifted"].values) > 1e-3 * DECAY
    np.testing.assert_allclose(curve["E_r"].values[away], np.array(expected)[away], atol=1e-6)
    light = 1j * curve["shifted"].values / DECAY + 1
    np.testing.assert_allclose(
        curve["T"], np.abs(1 - light / (light**2 + rate**2)) ** 2, atol=1e-12
    )


@pytest.mark.parametrize("rate", [0.0, 1.0, 2.0])
def test_entanglement_over_temperature_follows_from_the_printed_equations(result, rate):
    """That the defective resonator of ε = Γ alone is entangled at 20 K, by another route."""
    found = result.data["5"]["survival published"].sel(strength=rate)
    for temperature in (0.2, 2.0):
        row = found.sel(temperature=temperature, method="nearest")
        expected = entanglement(
            float(row["place_heat"]) / DECAY, rate, float(row["temperature"]), 0.5
        )
        assert max(float(row["heat"]), 0.0) == pytest.approx(expected, abs=1e-6)
    places = np.linspace(0.05, 6.0, 120)
    hot = np.nanmax([entanglement(place, rate, 20.0, 0.5) for place in places])
    assert (
        (hot > 0.01)
        == (float(found["heat"].sel(temperature=20.0, method="nearest")) > 0.01)
        == (rate == 1.0)
    )


@pytest.mark.parametrize("rate", [0.0, 1.0, 2.0])
def test_limits_in_heat_follow_from_the_printed_equations(result, rate):
    found = result.data["5"]["survival published"]
    limit = float(found["limit_heat"].sel(strength=rate, level=1e-3))
    cool, warm = (
        np.nanmax(
            [entanglement(place, rate, share * limit, 0.5) for place in np.linspace(0.05, 6.0, 120)]
        )
        for share in (0.98, 1.02)
    )
    assert cool > 1e-3 > warm


def test_the_counter_clockwise_coupling_saturates_at_its_closed_form(result):
    """Over the detunings it is at most √2 G₀ε/2Γ, for every |J₁| ≥ Γ."""
    largest = float(result.data["2"]["angles published"]["G_l"].max())
    drive = np.sqrt(2 * IMMUNE.external_decay) * float(
        at_shifted_detuning(IMMUNE, 2.0).input_amplitude
    )
    assert largest == pytest.approx(
        np.sqrt(2) * IMMUNE.single_photon_coupling * drive / (2 * DECAY), rel=1e-4
    )


def test_trajectories_lie_on_the_curves_of_the_paper(result):
    """The coupled estimate has an error bar of 10⁻¹¹; the transient at 250/ω_m is 10⁻⁵."""
    data = result.data["2"]
    for name in ("ideal", "defective", "immune"):
        for noise in ("published", "consistent"):
            run = data[f"run {name} {noise}"]
            curve = data[f"{name} {noise}"]["E_r"]
            steady = float(curve.sel(shifted=run.attrs["place"] * DECAY, method="nearest"))
            assert float(run[E_R][-1]) == pytest.approx(steady, abs=1e-5)
            assert float(run[f"{E_R}_stderr"][-1]) < 1e-9


@pytest.mark.parametrize(("figure", "measure", "name"), [("2", E_R, "E_r"), ("3", E_L, "E_l")])
def test_driving_from_either_side_gives_the_same_on_the_curves_and_in_time(
    result, figure, measure, name
):
    data = result.data[figure]
    forward = data["run forward"]
    back = data["run reversed"]
    np.testing.assert_allclose(forward[measure], back[measure], atol=1e-9)
    cut = data["between" if figure == "2" else "cut published"][name]
    steady = float(cut.sel(shifted=forward.attrs["place"] * DECAY, method="nearest"))
    assert float(forward[measure][-1]) == pytest.approx(steady, abs=1e-5)


def test_the_moment_equation_ends_at_the_lyapunov_equations_covariance(result):
    run = result.data["2"]["run immune consistent"]
    V = propagate_moments(
        at_shifted_detuning(IMMUNE.replace(noise="consistent"), run.attrs["place"]),
        duration=500 / UNIT,
    )
    p = float(V["covariance"][-1, 5, 5])
    assert p == pytest.approx(float(V["covariance"][-2, 5, 5]), rel=1e-6)
    assert float(run[E_R][-1]) == pytest.approx(
        entanglement(run.attrs["place"], 0.0, 0.2, 1.0), abs=1e-5
    )


def test_the_printed_drift_matrix_is_that_of_equation_9():
    """Element by element, with G_j of Eq. (10), 𝒥₊ = η sin 2mβ and 𝒥₋ = ε + η cos 2mβ."""
    system = at_shifted_detuning(BETWEEN, 2.0)
    A = printed_drift(system) / DECAY
    turn = 2 * BETWEEN.azimuthal_number * BETWEEN.angle
    plus = np.sin(turn)
    minus = 1 + np.cos(turn)
    block = [
        [-1, 2, plus, minus],
        [-2, -1, -minus, plus],
        [-plus, minus, -1, 2],
        [-minus, -plus, -2, -1],
    ]
    np.testing.assert_allclose(A[:4, :4], block, atol=1e-6)
    light = 2j + 1
    left = -1j * (minus + 1j * plus) / (light**2 + abs(minus + 1j * plus) ** 2)
    assert A[2, 4] / A[3, 4] == pytest.approx(-left.imag / left.real, rel=1e-6)
