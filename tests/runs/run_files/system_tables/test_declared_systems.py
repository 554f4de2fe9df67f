"""Systems declared in run files: the model, and parameters that are set, mapped and swept."""

import math

import numpy as np
import pytest

from qlangevin.runs.run_files.grid import read_map, read_sweep
from qlangevin.runs.run_files.run import read_runfile
from qlangevin.runs.run_files.schema import parse, read_changes
from qlangevin.runs.run_files.systems import build_model, load_system
from qlangevin.runs.run_files.units import Quantities
from qlangevin.sde import Model, terms
from qlangevin.sde.formulas import photon_amplitude, thermal_occupation

from .declared import CAVITY, HAMILTONIAN, changed, model_of, system_of, with_hamiltonian

MHZ = 2 * math.pi * 1e6
DELTA, OMEGA, G, KAPPA, GAMMA, EPSILON = (x * MHZ for x in (5, 4, 1e-4, 0.5, 1e-3, 200))
OCCUPATION = thermal_occupation(OMEGA, 0.01)
FIBRE = terms.lose("cavity", "fibre", amplitude_rate=KAPPA)
BATH = terms.lose("membrane", "bath", energy_rate=GAMMA, occupation=OCCUPATION)
RUN = '[run]\ntrajectories = 4\nduration = "30 / κ"\nstep = "1e-3 / ω"\n'


def optomechanics(*others):
    """The Hamiltonian of the file from verbs, with other terms."""
    H = [
        terms.detune("cavity", DELTA),
        terms.detune("membrane", OMEGA),
        terms.press("cavity", "membrane", np.sqrt(2) * G),
        terms.drive("cavity", EPSILON),
    ]
    return Model.build(["cavity", "membrane"], [*H, *others])


def assert_equal(found, expected):
    assert found.modes == expected.modes
    assert set(found.channels) == set(expected.channels)
    order = [found.channels.index(channel) for channel in expected.channels]
    arrays = [
        ("c", found.c, expected.c),
        ("A", found.A, expected.A),
        ("Q", found.Q.value, expected.Q.value),
        ("K", found.K.value, expected.K.value),
        ("B", found.B[:, order], expected.B),
    ]
    for name, ours, theirs in arrays:
        scale = np.max(np.abs(theirs), initial=0.0)
        np.testing.assert_allclose(ours, theirs, rtol=1e-14, atol=1e-14 * scale, err_msg=name)


def test_the_model_is_that_of_verbs():
    assert_equal(model_of(CAVITY), optomechanics(FIBRE, BATH))


@pytest.mark.parametrize(
    "hamiltonian",
    [
        "Δ*a.dag()*a + ω*m.dag()*m - g*a.dag()*a*(m + m.dag()) + 1j*ε*(a.dag() - a)",
        "Δ dag(a) a + ω m†m − sqrt(2) g a†a X(m) + sqrt(2) ε Y(a)",
        "Δ (a.x² + a.p²)/2 + ω (m.x^2 + m.p**2)/2 − g a† (m† + m) a + i (ε a† − conj(ε) a)",
    ],
)
def test_other_spellings_give_the_same_model(hamiltonian):
    assert_equal(model_of(with_hamiltonian(hamiltonian)), optomechanics(FIBRE, BATH))


def test_operators_may_be_the_names_of_the_modes():
    text = changed(
        ('modes = ["cavity", "membrane"]', 'modes = ["a", "m"]'),
        ('[system.operators]\na = "cavity"\nm = "membrane"\n', ""),
    )
    model = model_of(text)
    assert model.modes == ("a", "m")
    np.testing.assert_array_equal(model.A, model_of(CAVITY).A)


def test_drives_light_feeds_and_friction_are_the_verbs():
    text = changed(
        (" + i ε (a† − a)", ""),
        ('T = "10 mK"', 'T = "10 mK"\nP = "20 mW"\nω_l = "2π × 200 THz"\nη = 0.3\nφ = "20 deg"'),
        ("[system.jumps]", '[system.jumps]\nsecond = "sqrt(κ) m"'),
        ('bath = { operator = "sqrt(γ) m", occupation = "n_th" }', ""),
    )
    text += """
[system.drives]
cavity = "ε + i g"
[system.light]
fibre = "sqrt(P/(ħ ω_l)) exp(i φ)"
[system.friction]
membrane = { rate = "γ", occupation = "n_th" }
[system.feeds]
fibre = { target = "second", transmission = "η", phase = "φ" }
"""
    angle = math.radians(20)
    amplitude = photon_amplitude(0.02, 2e8 * MHZ) * np.exp(1j * angle)
    others = [
        FIBRE,
        terms.drive("cavity", 1j * G),
        terms.lose("membrane", "second", energy_rate=KAPPA),
        terms.shine("fibre", amplitude),
        terms.rub("membrane", GAMMA, occupation=OCCUPATION),
        terms.feed("fibre", "second", transmission=0.3, phase=angle),
    ]
    model = model_of(text)
    assert model.quadratures[2:] == ("membrane.q", "membrane.p")
    assert_equal(model, optomechanics(*others))


def test_a_jump_has_a_squeezed_input_and_a_constant():
    text = changed(
        (
            '"sqrt(2 κ) a"',
            '{ operator = "sqrt(2 κ) a + 3 sqrt(κ)", squeezing = "r", squeezing_angle = "φ" }',
        ),
        ('T = "10 mK"', 'T = "10 mK"\nr = 0.4\nφ = "0.35 π"'),
    )
    squeezed = terms.lose(
        "cavity", "fibre", amplitude_rate=KAPPA, squeezing=0.4, squeezing_angle=0.35 * math.pi
    )
    light = terms.shine("fibre", 3 * math.sqrt(KAPPA))
    found, expected = model_of(text), optomechanics(squeezed, light, BATH)
    scale = np.max(np.abs(expected.diffusion))
    np.testing.assert_allclose(found.diffusion, expected.diffusion, rtol=1e-14, atol=1e-14 * scale)
    np.testing.assert_allclose(found.c, expected.c, rtol=1e-14)


def test_modes_pair_and_reference_are_those_of_the_file():
    text = changed(
        ('"membrane"]', '"membrane"]\nmechanical = ["membrane"]\npair = ["membrane", "cavity"]')
    )
    system = system_of(text)
    assert build_model(system).quadratures == ("cavity.X", "cavity.Y", "membrane.q", "membrane.p")
    assert system.pair == ("membrane", "cavity")
    assert system.REFERENCE == "doi:10.1103/RevModPhys.86.1391"
    assert system_of(CAVITY).pair == ("cavity", "membrane")


def test_the_class_is_a_system_with_the_parameters_as_fields():
    system = system_of(CAVITY)
    assert list(system.parameters()) == ["Δ", "ω", "g", "κ", "γ", "ε", "T"]
    assert system.published().κ == pytest.approx(KAPPA, rel=1e-15)
    fields = type(system).__dataclass_fields__
    assert fields["κ"].metadata["meaning"] == "amplitude decay rate"
    assert fields["T"].metadata["unit"] == "K"
    assert type(system_of(CAVITY)) is type(system)
    with pytest.raises(ValueError, match="κ must be positive"):
        system.replace(κ=0.0)


def test_derived_quantities_follow_the_parameters():
    text = changed(('n_th = "bose(ω, T)"', 'n_th = "bose(ω, T_2)"\nT_2 = "2 T"'))
    system = system_of(text)
    assert system.n_th == pytest.approx(thermal_occupation(OMEGA, 0.02), rel=1e-14)
    warm = system.replace(T=np.array([0.01, 0.03]))
    assert warm.n_th == pytest.approx(thermal_occupation(OMEGA, np.array([0.02, 0.06])), rel=1e-14)
    assert Quantities(system, {})["T_2"] == (0.02, "K")
    assert Quantities(system, {"T": "40 mK"})["T_2"] == (0.08, "K")


def test_a_derived_quantity_without_imaginary_part_is_real():
    text = changed(("[system.derived]", '[system.derived]\nE = "abs(ε + i ε)"\nF = "-i² κ"'))
    system = system_of(text)
    assert Quantities(system, {})["F"] == (pytest.approx(KAPPA, rel=1e-15), "rad/s")
    assert Quantities(system, {})["E"][0] == pytest.approx(math.sqrt(2) * EPSILON, rel=1e-15)


def test_a_complex_derived_quantity_is_used_in_expressions_only():
    text = changed(
        ("i ε (a† − a)", "i (E a† − conj(E) a)"),
        ("[system.derived]", '[system.derived]\nE = "ε (1 + i)"'),
    )
    model = model_of(text)
    assert model.c[:2] == pytest.approx([math.sqrt(2) * EPSILON] * 2, rel=1e-14)
    with pytest.raises(ValueError, match=r"\[run\] duration = \"1/E\" must be finite"):
        read_runfile("mine", text + RUN.replace("30 / κ", "1/E"))


def test_parameters_are_set_in_the_run_file_and_used_in_its_quantities():
    text = CAVITY + RUN + '[parameters]\nκ = "ω / 4"\n∆ = "2 κ"\n'
    run = read_runfile("mine", text)
    assert run.system.κ == pytest.approx(MHZ, rel=1e-15)
    assert run.system.parameters()["Δ"] == pytest.approx(2 * MHZ, rel=1e-15)
    assert run.integration.duration == pytest.approx(30 / MHZ, rel=1e-15)
    assert run.integration.step == pytest.approx(1e-3 / OMEGA, rel=1e-15)
    assert run.model.A[0, 0] == pytest.approx(-MHZ, rel=1e-14)
    assert run.entanglement == ("cavity", "membrane")


def test_parameters_are_set_on_the_command_line(tmp_path):
    (tmp_path / "mine.toml").write_text(CAVITY, encoding="utf-8")
    changes = read_changes(["∆=0.5 ω", "ε=2π × 1 MHz"])
    system, pair = load_system(tmp_path / "mine.toml", changes)
    assert system.parameters()["Δ"] == pytest.approx(OMEGA / 2, rel=1e-15)
    assert system.ε == pytest.approx(MHZ, rel=1e-15)
    assert pair == ("cavity", "membrane")


def test_parameters_are_mapped():
    text = f'{CAVITY}\n[map.axes]\nT = ["1 mK", "1 K"]\n[map.axes.Δ]\nstart = "0.5 ω"\n'
    found = read_map("mine", f'{text}stop = "1.5 ω"\npoints = 3\n')
    np.testing.assert_allclose(found.axes["Δ"], OMEGA * np.array([0.5, 1.0, 1.5]), rtol=1e-15)
    np.testing.assert_allclose(found.axes["T"], [1e-3, 1.0], rtol=1e-15)
    points = found.system.replace(Δ=found.axes["Δ"], T=0.02)
    assert points.model().A.shape == (3, 4, 4)
    assert points.model().A[:, 0, 1] == pytest.approx(found.axes["Δ"], rel=1e-14)


def test_parameters_are_swept():
    found = read_sweep("mine", f'{CAVITY}{RUN}[sweep.axes]\nκ = ["0.1 ω", "0.2 ω"]\n')
    np.testing.assert_allclose(found.axes["κ"], OMEGA * np.array([0.1, 0.2]), rtol=1e-15)


def test_two_systems_have_different_identities():
    """A run of one is not continued with the other."""
    first = read_runfile("mine", CAVITY + RUN)
    same = read_runfile("mine", "# another comment\n" + CAVITY + RUN)
    other = read_runfile("mine", with_hamiltonian(HAMILTONIAN.replace("− g", "+ g")) + RUN)
    assert first.identity == same.identity
    assert first.identity != other.identity


def test_tables_of_a_file_are_read_as_they_stand():
    parsed = parse("mine.toml", CAVITY)
    assert parsed.system.modes == ["cavity", "membrane"]
    assert parsed.system.jumps["bath"]["occupation"] == "n_th"
