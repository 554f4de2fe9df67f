"""The derivations in `papers` among themselves: commutators, printed matrices, closed forms."""

import numpy as np
import pytest

from .papers import (
    cascaded,
    commutator_defect,
    hybrid,
    log_negativity,
    lyapunov,
    microrings,
    scatterers,
    solve,
    spinning,
    symplectic,
)
from .papers.points import FEW, PAPERS, POINTS, close, point


@pytest.mark.parametrize("index", FEW)
@pytest.mark.parametrize("name", PAPERS)
def test_derivation_keeps_every_commutator_but_that_of_friction_on_p_alone(name, index):
    """A Brownian force on p has no commutator: [q, p] decays at γ_m.

    The high-temperature theory leaves this out.
    """
    paper, found = PAPERS[name][0], point(name, index)
    defect, scale = commutator_defect(paper, {**found.p, "noise": "consistent"}, found.u)
    expected = np.zeros_like(defect)
    if name in ("spinning", "scatterers"):
        expected[4:, 4:] = -found.p["mechanical_damping"] / scale * symplectic(1)
    np.testing.assert_allclose(defect, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("index", FEW)
@pytest.mark.parametrize("name", PAPERS)
def test_diffusion_matches_the_damping_but_for_the_known_brownian_deficit(name, index):
    """min eig(D − i(AΩ+ΩAᵀ)/2) ≥ 0; −γ_m/(2(N + √(N²+1))), N = 2n+1, for friction on p alone."""
    paper, found = PAPERS[name][0], point(name, index)
    D, omega = paper.noise({**found.p, "noise": "consistent"}).real, symplectic(paper.MODES)
    least = np.linalg.eigvalsh(D - 0.5j * (found.A @ omega + omega @ found.A.T))[0]
    rounding = 1e-13 * np.abs(found.A).max() + 1e-14 * np.abs(D).max()
    if name in ("spinning", "scatterers"):
        N = 2 * paper.derived(found.p)["occupation"] + 1
        expected = -found.p["mechanical_damping"] / (2 * (N + np.hypot(N, 1)))
        assert least == pytest.approx(expected, rel=1e-3, abs=rounding)
        assert expected < -10 * rounding
    else:
        assert least > -rounding


@pytest.mark.parametrize("index", FEW)
def test_cascaded_published_noise_breaks_the_commutators_between_the_two_light_modes(index):
    """By √(ηκ_exl κ_exr), and nothing else."""
    found = point("cascaded", index)
    defect, scale = commutator_defect(cascaded, {**found.p, "noise": "published"}, found.u)
    size = (
        np.sqrt(
            found.p["transmission"]
            * found.p["external_decay_left"]
            * found.p["external_decay_right"]
        )
        / scale
    )
    block = defect[:2, 2:4]
    assert np.linalg.norm(block) == pytest.approx(np.sqrt(2) * size, rel=1e-10)
    defect[:2, 2:4] = defect[2:4, :2] = 0
    np.testing.assert_allclose(defect, 0, atol=1e-12)


def test_cascaded_published_noise_gives_no_quantum_state_and_the_consistent_noise_does():
    """At the published static point E_N of the oscillators is 0.084, or 0 with that vacuum."""
    least: dict[str, float] = {}
    entangled: dict[str, float] = {}
    for kind in ("published", "consistent"):
        V = solve(cascaded, {**cascaded.PUBLISHED, "noise": kind}).V
        least[kind] = np.linalg.eigvalsh(V + 0.5j * symplectic(4))[0]
        entangled[kind] = log_negativity(V, 2, 3)
    assert least["published"] < -0.1
    assert least["consistent"] > 0
    assert entangled["published"] == pytest.approx(0.0835, abs=1e-4)
    assert entangled["consistent"] == 0


def test_cascaded_noises_are_the_same_once_the_fibre_is_cut():
    cut = {**point("cascaded", 0).p, "transmission": 0.0}
    close(
        cascaded.noise({**cut, "noise": "published"}),
        cascaded.noise({**cut, "noise": "consistent"}),
    )


@pytest.mark.parametrize("index", FEW)
def test_printed_matrices_of_microrings_and_spinning_resonator_follow_from_their_equations(index):
    rings, spun = point("microrings", index), point("spinning", index)
    close(rings.A, microrings.printed_drift_matrix(rings.p))
    close(spun.A, spinning.printed_drift_matrix(spun.p, spun.u))
    close(spun.S.real, spinning.printed_diffusion(spun.p))
    close(spinning.amplitudes(spun.u[:4]), spinning.printed_means(spun.p, spun.u[4]))


@pytest.mark.parametrize("index", FEW)
def test_cascaded_printed_matrices_follow_from_its_equations_with_independent_ports(index):
    """Printed for an input from the left."""
    found = solve(
        cascaded, {**point("cascaded", index).p, "input_side": "left", "noise": "published"}
    )
    assert found is not None
    z = cascaded.amplitudes(found.u)
    shifts = [
        2 * g * beta.real
        for g, beta in zip(cascaded.derived(found.p)["coupling"], z[2:], strict=True)
    ]
    close(z, cascaded.printed_means(found.p, shifts))
    close(found.A, cascaded.printed_drift_matrix(found.p, found.u))
    close(found.S.real, cascaded.printed_diffusion(found.p))


@pytest.mark.parametrize("index", FEW)
def test_scatterers_printed_means_and_transmission_follow_from_equation_3(index):
    found = point("scatterers", index)
    close(scatterers.amplitudes(found.u[:4]), scatterers.printed_means(found.p, found.u[4]))
    expected = scatterers.printed_transmission(found.p, found.u[4])
    assert scatterers.transmission(found.p, found.u) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("index", FEW)
def test_scatterers_printed_drift_matrix_has_the_opposite_sign_of_the_sine_coupling(index):
    """𝒥₊ = i(J₁ − J₂)/2 stands with + in the CW rows and − in the CCW rows, Eq. (3) has − and +."""
    found = point("scatterers", index)
    d = scatterers.derived(found.p)
    plus = (1j * (d["J1"] - d["J2"]) / 2).real
    expected = np.zeros((6, 6))
    expected[:2, 2:4] = 2 * plus * np.eye(2)
    expected[2:4, :2] = -2 * plus * np.eye(2)
    assert abs(plus) > 1e-4 * d["Gamma"]
    difference = scatterers.printed_drift_matrix(found.p, found.u) - found.A
    np.testing.assert_allclose(difference, expected, rtol=0, atol=1e-12 * np.abs(found.A).max())


def test_scatterers_misprint_shows_between_the_symmetric_angle_and_the_immune_one():
    """E_N of CW and mechanics, Δ̃ near Γ: equal at π/8, half of the printed matrix's at 3π/32."""
    values = {}
    for angle in (3 * np.pi / 32, np.pi / 8):
        changes = {"angle": angle, "detuning": -0.54 * scatterers.WM, "noise": "consistent"}
        p = {**scatterers.PUBLISHED, **changes}
        found = solve(scatterers, p)
        printed = lyapunov(scatterers.printed_drift_matrix(p, found.u), found.S.real)
        values[angle] = log_negativity(found.V, 0, 2), log_negativity(printed, 0, 2)
    right, printed = values[np.pi / 8]
    assert right == pytest.approx(printed, rel=1e-9)
    right, printed = values[3 * np.pi / 32]
    assert printed > 2 * right > 0.1


@pytest.mark.parametrize("index", FEW)
def test_scatterers_printed_diffusion_is_half_of_its_correlator_on_p_and_right_elsewhere(index):
    p = point("scatterers", index).p
    printed = scatterers.printed_diffusion(p)
    correlator = scatterers.noise({**p, "noise": "consistent"}).real
    close(scatterers.noise({**p, "noise": "published"}).real, printed)
    assert 2 * printed[5, 5] == pytest.approx(correlator[5, 5], rel=1e-12)
    close(printed[:5, :5], correlator[:5, :5])


def test_scatterers_at_the_immune_angle_entangle_as_a_cavity_without_scatterers():
    """J₁ = J₂ = 0 there; what is left is the shift Δ_J."""
    p = scatterers.PUBLISHED
    bare = {
        **p,
        "defect": 0.0,
        "nanoparticle": 0.0,
        "detuning": p["detuning"] + p["defect"] + p["nanoparticle"],
    }
    immune, ideal = (log_negativity(solve(scatterers, case).V, 0, 2) for case in (p, bare))
    assert immune == pytest.approx(ideal, rel=1e-7)
    assert ideal > 0.15


@pytest.mark.parametrize("index", POINTS)
def test_hybrid_closed_form_is_the_steady_state_of_its_langevin_equations(index):
    found = point("hybrid", index)
    close(found.V, hybrid.printed_covariance(found.p), relative=1e-9)


@pytest.mark.parametrize("index", FEW)
def test_hybrid_printed_loss_operator_breaks_a_commutator_and_leaves_the_diffusion(index):
    """b′_l in place of b′_l† adds 2εΓ₊P to the noise's [a₊, a₊†].

    Symmetrised, both are the same vacuum.
    """
    p = {**point("hybrid", index).p, "transmission_loss": 0.2}
    right, printed = hybrid.noise(p), hybrid.noise(p, adjoint=False)
    close(printed.real, right.real)
    surplus = 2 * (printed.imag - right.imag)
    expected = np.zeros((4, 4))
    expected[2:, 2:] = 2 * 0.2 * hybrid.derived(p)["pair"][1] * symplectic(1)
    close(surplus, expected)


@pytest.mark.parametrize(("coupling", "peak"), [(15, 0.22), (35, 0.5)])
def test_microrings_derivation_peaks_where_the_paper_reads_its_plot(coupling, peak):
    """Near Δ_a = 115 MHz; the paper's numbers are read off a figure, so ±0.04."""
    detunings = np.linspace(90, 140, 51)
    change = [
        {"coupling": coupling * microrings.MHZ, "detuning_a": x * microrings.MHZ} for x in detunings
    ]
    curve = [
        log_negativity(solve(microrings, {**microrings.PUBLISHED, **c}).V, 0, 1) for c in change
    ]
    assert abs(detunings[np.argmax(curve)] - 115) < 3
    assert max(curve) == pytest.approx(peak, abs=0.04)
