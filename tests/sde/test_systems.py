"""What every system must pass, and the spinning resonator against its paper.

doi:10.1103/PhysRevLett.125.143605
"""

import dataclasses

import numpy as np
import pytest

from qlangevin.analysis import check_system
from qlangevin.runs.reports.parameters import describe_systems
from qlangevin.sde import Model, propagate_moments
from qlangevin.sde.formulas import thermal_occupation
from qlangevin.sde.systems import SYSTEMS, SpinningResonator
from qlangevin.sde.terms import detune, lose

from ..models import spinning

every_system = pytest.mark.parametrize("kind", SYSTEMS.values(), ids=SYSTEMS)


@every_system
def test_every_system_passes_the_checks_of_a_users_system(kind):
    """At the operating point of the main job, with noise that keeps the commutators."""
    found = check_system(operating_point(kind), run=False)
    assert found.passed, str(found)
    undecided = {check.name for check in found if check.passed is None}
    assert undecided <= {"effective detuning", "reversed twice"}


@every_system
def test_unknown_parameters_are_refused_with_the_nearest_name(kind):
    name = dataclasses.fields(kind)[0].name
    with pytest.raises(ValueError, match=f"did you mean '{name}'"):
        kind.published(**{name + "s": 1.0})
    with pytest.raises(ValueError, match=f"did you mean '{name}'"):
        kind.published().replace(**{name + "s": 1.0})


@every_system
@pytest.mark.parametrize("bad", [np.nan, np.inf, "fast", None])
def test_parameters_that_are_no_finite_numbers_are_refused_by_name(kind, bad):
    name = dataclasses.fields(kind)[0].name
    with pytest.raises(ValueError, match=name):
        kind.published(**{name: bad})


@every_system
def test_array_valued_parameters_give_one_model_per_point(kind):
    """Every numeric parameter in turn as an array of two values, against two single models."""
    system = operating_point(kind)
    for field in dataclasses.fields(kind):
        value = getattr(system, field.name)
        if "options" in field.metadata or isinstance(value, tuple):
            continue
        factors = (1, 2) if field.metadata["sign"] == "whole" else (1, 0.999)
        both = system.replace(**{field.name: np.array(factors) * value}).model()
        for index, factor in enumerate(factors):
            one = system.replace(**{field.name: factor * value}).model()
            u = 1e3 * np.random.default_rng(0).normal(size=one.size)
            drift, diffusion = (
                np.broadcast_to(x, (2, *x.shape[-k:]))
                for x, k in ((both.drift(u), 1), (both.diffusion, 2))
            )
            np.testing.assert_allclose(drift[index], one.drift(u), rtol=1e-13, err_msg=field.name)
            np.testing.assert_allclose(
                diffusion[index], one.diffusion, rtol=1e-13, atol=1e-13 * one.diffusion.max()
            )


@pytest.mark.parametrize("kind", [kind for kind in SYSTEMS.values() if "noise" in kind.PUBLISHED])
def test_published_has_the_published_noise_and_the_list_of_systems_says_so(kind):
    """A class called with all its parameters has the consistent noise by default."""
    numbers = {
        name: value for name, value in kind.PUBLISHED.items() if name not in ("noise", "input_side")
    }
    assert kind(**numbers).noise == "consistent"
    assert kind.published().noise == "published"
    assert kind.published(noise="consistent").parameters() == {
        **kind.published().parameters(),
        "noise": "consistent",
    }
    said = describe_systems()
    block = said[said.index(f": {kind.__name__} ") :].split("\n\n")[0]
    (line,) = [line for line in block.splitlines() if line.startswith("  noise")]
    assert line.split()[1] == "published"
    assert "consistent: " in line
    assert "published: " in line
    assert "start from these values, the published noise included" in said


def operating_point(kind):
    """A stable point of the physical variant."""
    if kind is SpinningResonator:
        return spinning()
    names = [field.name for field in dataclasses.fields(kind)]
    return kind.published(**({"noise": "consistent"} if "noise" in names else {}))


def test_vacuum_stays_vacuum_with_the_couplings_off():
    model = Model.build(["a"], [detune("a", 2.0), lose("a", "p", amplitude_rate=1.0)])
    moments = propagate_moments(model, duration=5.0, samples=5)
    np.testing.assert_allclose(
        moments["covariance"], np.broadcast_to(0.5 * np.eye(2), (6, 2, 2)), atol=1e-12
    )


# ------------------------------------------------------------------------------------------------
# spinning resonator


def test_spinning_rates_are_those_of_the_paper():
    """κ/ω_m ≈ 0.6028, G₀ ≈ 452 rad/s, n_m ≈ 269.65, Δ_F/ω_m ≈ 0.4554, by hand from CODATA."""
    s = SpinningResonator.published()
    c, hbar, k = 299792458.0, 1.054571817e-34, 1.380649e-23
    omega_c = 2 * np.pi * c / 1.55e-6
    assert float(s.decay) == pytest.approx(omega_c / 3.2e7)
    assert float(s.decay) / 63e6 == pytest.approx(0.602807, rel=1e-5)
    assert float(s.single_photon_coupling) == pytest.approx(
        omega_c / 1.1e-3 * np.sqrt(hbar / (1e-11 * 63e6)), rel=1e-9
    )
    assert float(s.occupation) == pytest.approx(1 / np.expm1(hbar * 63e6 / (k * 0.13)), rel=1e-9)
    assert float(s.sagnac_shift) == pytest.approx(
        8e3 * 1.48 * 1.1e-3 * omega_c / c * (1 - 1 / 1.48**2), rel=1e-12
    )
    assert float(s.drive_amplitude) ** 2 == pytest.approx(
        2 * s.decay * 0.02 / (hbar * (omega_c - s.detuning)), rel=1e-9
    )


def test_reversing_the_drive_flips_the_sagnac_shift_alone():
    s = SpinningResonator.published()
    assert s.reversed().sagnac_shift == -s.sagnac_shift
    assert {k: v for k, v in s.reversed().parameters().items() if k != "spin"} == {
        k: v for k, v in s.parameters().items() if k != "spin"
    }


def test_the_drift_matrix_is_equation_6_of_the_paper():
    """At a solution of Eq. (7) found here by iterating q, with the paper's matrix written out."""
    s = spinning()
    kappa, J, G0, eps = (
        float(v) for v in (s.decay, s.backscattering, s.single_photon_coupling, s.drive_amplitude)
    )
    wm, gm = s.mechanical_frequency, s.mechanical_damping
    q = 0.0
    for _ in range(2000):
        d1, d2 = (s.detuning + sign * s.sagnac_shift - G0 * q for sign in (1, -1))
        a1 = (1j * d2 + kappa) * eps / ((1j * d1 + kappa) * (1j * d2 + kappa) + J**2)
        a2 = -1j * J / (1j * d2 + kappa) * a1
        q += 0.5 * (G0 / wm * (abs(a1) ** 2 + abs(a2) ** 2) - q)
    G1, G2 = np.sqrt(2) * G0 * a1, np.sqrt(2) * G0 * a2
    paper = np.array(
        [
            [-kappa, d1, 0, J, -G1.imag, 0],
            [-d1, -kappa, -J, 0, G1.real, 0],
            [0, J, -kappa, d2, -G2.imag, 0],
            [-J, 0, -d2, -kappa, G2.real, 0],
            [0, 0, 0, 0, 0, wm],
            [G1.real, G1.imag, G2.real, G2.imag, -wm, -gm],
        ]
    )
    u = np.sqrt(2) * np.array([a1.real, a1.imag, a2.real, a2.imag, q / np.sqrt(2), 0])
    model = s.model()
    np.testing.assert_allclose(model.jacobian(u, "mean"), paper, atol=1e-12 * np.abs(paper).max())
    np.testing.assert_allclose(model.drift(u, "mean"), 0, atol=1e-11 * kappa * abs(a1))
    occupation = float(s.occupation)
    D = np.diag([kappa] * 4 + [0, gm * (2 * occupation + 1)])
    np.testing.assert_allclose(model.diffusion, D, atol=1e-12 * kappa)


@pytest.mark.parametrize(
    ("name", "value"),
    [("mass", 0.0), ("temperature", -1.0), ("power", -1e-3), ("quality_factor", -1)],
)
def test_wrong_signs_are_refused(name, value):
    with pytest.raises(ValueError, match=name):
        SpinningResonator.published(**{name: value})


@pytest.mark.parametrize(
    ("frequency", "temperature", "n"), [(1e6, 0.0, 0.0), (1e15, 1e-3, 0.0), (1e6, 300.0, 3.93e7)]
)
def test_thermal_occupation_neither_overflows_nor_cancels(frequency, temperature, n):
    assert float(thermal_occupation(frequency, temperature)) == pytest.approx(n, rel=1e-2)
