"""Imprecision, backaction and the standard quantum limit against closed forms."""

import numpy as np
import pytest

from qlangevin import analysis
from qlangevin.sde import Model
from qlangevin.sde.systems import CascadedResonators
from qlangevin.sde.terms import detune, exchange, feed, guide, lose
from qlangevin.steady import displacement_noise, output_spectrum

from ...refusals import refuses
from .optomechanics import Cell

W = np.linspace(-2.5, 2.5, 51)


def phase_quadrature(cell):
    """The angle that displacements turn light of this mean amplitude to, on resonance."""
    return np.angle(cell.amplitude) + np.pi / 2


@pytest.mark.parametrize(("inner", "efficiency"), [(0.0, 1.0), (0.3, 0.6)])
def test_on_resonance_backaction_and_imprecision_have_their_closed_forms(inner, efficiency):
    """S_F = 2G²|α|²κ|χ|² and S_z = 1/(8η κ_o G²|α|²|χ|²): their product is κ/4ηκ_o."""
    cell = Cell(inner=inner)
    angle = phase_quadrature(cell)
    model = cell.model()
    found = displacement_noise(model, W, "out", "mirror", angle, efficiency=efficiency)
    strength = cell.coupling**2 * abs(cell.amplitude) ** 2 * np.abs(cell.cavity(W)) ** 2
    assert np.allclose(found["backaction"], 2 * strength * cell.kappa, rtol=1e-10)
    imprecision = 1 / (8 * efficiency * cell.outer * strength)
    assert np.allclose(found["imprecision"], imprecision, rtol=1e-10)
    product = np.sqrt(cell.kappa / (efficiency * cell.outer))
    assert np.allclose(found["product"], product, rtol=1e-10)
    bare = np.abs(cell.bare(W))
    assert np.allclose(found["standard_quantum_limit"], bare, rtol=1e-10)
    assert np.allclose(found["correlation_real"], 0, atol=1e-10)
    added = found["imprecision"] + bare**2 * found["backaction"]
    assert np.allclose(found["added_noise"], added, rtol=1e-10)


def test_the_record_is_the_noise_added_to_that_of_the_bath():
    """S_θ = |g|²η(|χ|²S_ξ + added noise) + …, g from the imprecision of a lossless cavity."""
    cell = Cell(detuning=0.5, inner=0.2)
    angle, efficiency = 1.1, 0.7
    model = cell.model()
    found = displacement_noise(model, W, "out", "mirror", angle, efficiency=efficiency)
    S = output_spectrum(model, W, efficiency={"out": efficiency})
    record = analysis.homodyne(S, "out", angle).values
    chi = cell.dressed(W)
    by_q = 1j * cell.coupling * cell.amplitude * cell.cavity(W)
    by_q_adjoint = np.conj(1j * cell.coupling * cell.amplitude * cell.cavity(-W))
    phase = np.exp(1j * angle)
    gain = -np.sqrt(cell.outer) * (by_q / phase + by_q_adjoint * phase)
    susceptibility = found["susceptibility_real"] + 1j * found["susceptibility_imag"]
    assert np.allclose(susceptibility, chi, rtol=1e-10)
    expected = np.abs(chi) ** 2 * cell.thermal + found["added_noise"].values
    assert np.allclose(record, efficiency * np.abs(gain) ** 2 * expected, rtol=1e-10)
    correlation = found["correlation_real"] + 1j * found["correlation_imag"]
    parts = found["imprecision"] + np.abs(chi) ** 2 * found["backaction"]
    assert np.allclose(found["added_noise"], parts + 2 * (np.conj(chi) * correlation).real)


def driven(power, w):
    """A lossless cell at a power in units of that at which it reaches the limit at w."""
    cell = Cell(inner=0.0, outer=9.0)
    best = np.abs(cell.bare(w)) * 4 * cell.outer * np.abs(cell.cavity(w)) ** 2
    return Cell(inner=0.0, outer=9.0, amplitude=complex(np.sqrt(power / best) / cell.coupling))


def ratio_to_the_limit(power, angle, w=0.8):
    found = displacement_noise(driven(power, w).model(), [w], "out", "mirror", angle)
    return (found["added_noise"] / found["standard_quantum_limit"]).item()


def test_the_added_noise_reaches_the_standard_quantum_limit_at_the_best_power_only():
    ratios = [ratio_to_the_limit(power, np.pi / 2) for power in (0.1, 1.0, 10.0)]
    assert np.allclose(ratios, [5.05, 1.0, 5.05], rtol=1e-9)


def test_correlations_beat_the_standard_quantum_limit():
    """At an angle between phase and amplitude imprecision cancels backaction, or adds to it."""
    ratios = sorted(ratio_to_the_limit(1.0, angle) for angle in (np.pi / 4, 3 * np.pi / 4))
    assert np.allclose(ratios, [0.5, 2.5], rtol=0.1)


def test_each_parameter_point_has_its_noise_and_nan_where_it_is_unstable():
    frictions = np.array([0.05, 0.5])
    cell = Cell(detuning=-0.9, friction=frictions)
    found = displacement_noise(cell.model(), W, "out", "mirror", 1.0)
    assert found["added_noise"].dims == ("point_0", "frequency")
    assert np.isnan(found["product"][0]).all()
    assert found["reason"].values[0].startswith("unstable (hopf)")
    alone = displacement_noise(Cell(detuning=-0.9, friction=0.5).model(), W, "out", "mirror", 1.0)
    assert np.allclose(found["added_noise"][1], alone["added_noise"], rtol=1e-12)


def test_heisenberg_bounds_the_product_at_every_angle_and_detuning():
    for detuning in (0.0, 0.5, 1.0):
        model = Cell(detuning=detuning, inner=0.0).model()
        for angle in (0.2, 1.0, 2.5):
            found = displacement_noise(model, W, "out", "mirror", angle)
            assert (found["product"] >= 1 - 1e-9).all()


def test_measurements_of_no_displacement_are_refused():
    model = Cell().model()

    def call(system=model, port="out", mode="mirror", angle=1.0, **options):
        return lambda: displacement_noise(system, W, port, mode, angle, **options)

    refuses(["port must be", "'ouf'", "did you mean 'out'?"], call(port="ouf"))
    refuses(["mode must be", "'miror'", "did you mean 'mirror'?"], call(mode="miror"))
    refuses(["angle must be one finite number", "nan"], call(angle=np.nan))
    refuses(["efficiency must be a number above 0", "got 0"], call(efficiency=0))
    refuses(["'light'", "not measured by its displacement alone"], call(mode="light"))
    terms = [exchange("a", "b", 0.3), lose("a", "out", amplitude_rate=1.0)]
    refuses(["'b'", "light depends on its p"], call(Model.build(["a", "b"], terms), mode="b"))
    far = Model.build(["a"], [*terms[1:], guide("far"), feed("out", "far")])
    refuses(["port must be", "'out'", "light leaves by far"], call(far, mode="a"))
    alone = [detune("b", 1.0), lose("b", "bath", amplitude_rate=0.1)]
    blind = Model.build(["a", "b"], [lose("a", "out", amplitude_rate=1.0), *alone])
    refuses(["angle must be one at which the light depends on q"], call(blind, mode="b"))


def test_a_mode_of_rotating_friction_in_a_chain_of_cavities_is_measured():
    """Commutators bound the product by ½ also for the light that has passed two cavities."""
    chain = CascadedResonators.published().replace(noise="consistent")
    found = displacement_noise(chain, 5.6e8 + np.zeros(1), "right_fibre", "mechanical_right", 0.3)
    assert found["product"].item() > 1
