"""Gaussian states in the conventions of other programs, against formulas of these programs."""

import numpy as np
import pytest
import xarray as xr

from qlangevin.analysis import convert, log_negativity, populations, symplectic_eigenvalues
from qlangevin.analysis.conventions import CONVENTIONS
from qlangevin.sde import Model, terms
from qlangevin.steady import steady_state
from tests.analysis.states import random_state, two_mode_squeezed

PAIRS = [*CONVENTIONS, ("xpxp", 0.5), ("xxpp", 1), ("xxpp", 4.0)]
STATES = np.stack([random_state(np.random.default_rng(seed), 3) for seed in range(4)])
MEANS = np.random.default_rng(9).normal(size=(4, 6))


def order_and_hbar(convention):
    return CONVENTIONS.get(convention, convention) if isinstance(convention, str) else convention


def symplectic_form(order, modes):
    one = np.array([[0.0, 1.0], [-1.0, 0.0]])
    return np.kron(np.eye(modes), one) if order == "xpxp" else np.kron(one, np.eye(modes))


@pytest.mark.parametrize("convention", PAIRS)
def test_there_and_back_is_the_same_state(convention):
    V, mean = convert(STATES, target=convention, mean=MEANS)
    V, mean = convert(V, source=convention, mean=mean)
    np.testing.assert_allclose(V, STATES, rtol=1e-15)
    np.testing.assert_allclose(mean, MEANS, rtol=1e-15)


@pytest.mark.parametrize("convention", PAIRS)
def test_between_two_programs_is_the_same_as_by_way_of_this_one(convention):
    V, mean = convert(STATES, target="gabs.QuadBlockBasis", mean=MEANS)
    direct = convert(V, "gabs.QuadBlockBasis", convention, mean=mean)
    for found, expected in zip(direct, convert(STATES, target=convention, mean=MEANS), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-15)


@pytest.mark.parametrize("convention", PAIRS)
def test_vacuum_and_coherent_states_are_those_of_each_convention(convention):
    """V = (ħ/2) 1, and the mean is √(2ħ) (Re α, Im α)."""
    order, hbar = order_and_hbar(convention)
    a, b = 0.3 - 0.4j, 1.0 + 2.0j
    ours = np.sqrt(2) * np.array([a.real, a.imag, b.real, b.imag])
    parts = [a.real, b.real, a.imag, b.imag] if order == "xxpp" else ours / np.sqrt(2)
    V, mean = convert(np.eye(4) / 2, target=convention, mean=ours)
    np.testing.assert_allclose(V, hbar / 2 * np.eye(4), rtol=1e-15)
    np.testing.assert_allclose(mean, np.sqrt(2 * hbar) * np.array(parts), rtol=1e-15)


@pytest.mark.parametrize("convention", PAIRS)
def test_two_mode_squeezed_vacuum_is_that_of_each_convention(convention):
    """⟨X₁X₂⟩ = −⟨P₁P₂⟩ = (ħ/2) sinh 2r, all variances (ħ/2) cosh 2r."""
    order, hbar = order_and_hbar(convention)
    V = convert(two_mode_squeezed(0.4), target=convention)
    x, p = ([0, 1], [2, 3]) if order == "xxpp" else ([0, 2], [1, 3])
    expected = np.zeros((4, 4))
    for at, sign in ((x, 1), (p, -1)):
        expected[np.ix_(at, at)] = [
            [np.cosh(0.8), sign * np.sinh(0.8)],
            [sign * np.sinh(0.8), np.cosh(0.8)],
        ]
    np.testing.assert_allclose(V, hbar / 2 * expected, rtol=1e-14)


@pytest.mark.parametrize("convention", PAIRS)
def test_physics_does_not_depend_on_the_convention(convention):
    """Computed with the target's own ħ and order: ν ∝ ħ, V + iħΩ/2 ⪰ 0, the quanta, and E_N."""
    order, hbar = order_and_hbar(convention)
    V, mean = convert(STATES, target=convention, mean=MEANS)
    form = symplectic_form(order, 3)
    nu = np.sort(np.abs(np.linalg.eigvals(1j * form @ V)), axis=-1)[..., ::2]
    np.testing.assert_allclose(nu, hbar * np.sort(symplectic_eigenvalues(STATES)), rtol=1e-12)
    assert np.linalg.eigvalsh(V + 1j * hbar * form / 2).min() > -1e-12
    x, p = ((0, 1, 2), (3, 4, 5)) if order == "xxpp" else ((0, 2, 4), (1, 3, 5))
    for mode in range(3):
        at = [x[mode], p[mode]]
        block, middle = V[:, at][:, :, at], mean[:, at]
        quanta = (np.trace(block, axis1=1, axis2=2) + (middle**2).sum(-1)) / (2 * hbar) - 0.5
        np.testing.assert_allclose(quanta, populations(STATES, MEANS)[:, mode], rtol=1e-13)
    at = [x[0], x[1], p[0], p[1]]
    flipped = V[:, at][:, :, at] * np.outer([1, 1, 1, -1], [1, 1, 1, -1])
    nu = np.abs(np.linalg.eigvals(1j * symplectic_form("xxpp", 2) @ flipped)).min(axis=-1)
    E = np.maximum(0, -np.log(2 * nu / hbar))
    np.testing.assert_allclose(E, log_negativity(STATES, 0, 1), atol=1e-13)


def test_a_program_may_be_used_with_another_hbar():
    V = convert(STATES, target=("thewalrus", 1))
    np.testing.assert_array_equal(V, convert(STATES, target=("xxpp", 1.0)))
    np.testing.assert_array_equal(convert(STATES, target=("gabs.QuadPairBasis", 1)), STATES)


def test_labels_move_with_the_quadratures_and_measures_refuse_what_is_not_converted_back():
    losses = [terms.lose(mode, mode, amplitude_rate=1.0, occupation=1.0) for mode in ("a", "m")]
    model = Model.build(["a", "m"], [losses, terms.press("a", "m", 0.1), terms.drive("a", 1.0)])
    steady = steady_state(model)
    V, mean = convert(steady["covariance"], target="thewalrus", mean=steady["mean"])
    assert list(V["quadrature"].values) == ["a.X", "m.q", "a.Y", "m.p"]
    assert list(V["quadrature_"].values) == list(mean["quadrature"].values)
    pick = {"quadrature": "m.q", "quadrature_": "a.Y"}
    assert float(V.sel(pick)[0]) == pytest.approx(2 * float(steady["covariance"].sel(pick)[0]))
    with pytest.raises(ValueError, match=r"V is in another convention \(xxpp, ħ = 2\): convert"):
        log_negativity(V, "a", "m")
    with pytest.raises(ValueError, match="the array is labelled as xxpp, ħ = 2; give the conv"):
        convert(V, source=("xxpp", 1))
    back, ours = convert(V, source="strawberryfields", mean=mean)
    xr.testing.assert_identical(back, steady["covariance"])
    xr.testing.assert_allclose(ours, steady["mean"], rtol=1e-15)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda V: convert(V, "walrus"), r"source = 'walrus' is unknown: did you mean 'thewalr"),
        (lambda V: convert(V, target=("xppx", 1)), r"target must be a name, .* \(got \('xppx'"),
        (lambda V: convert(V, target=("xxpp", -2)), "and a positive ħ"),
        (lambda V: convert(V, target=2), "target must be a name"),
        (lambda V: convert(V[:3, :3]), "V must have shape"),
        (lambda V: convert(np.triu(V + 1)), "V must be symmetric"),
        (lambda V: convert(V, mean=np.zeros(3)), "mean must have shape"),
        (lambda V: convert(xr.DataArray(V)), "V must have dimensions 'quadrature' and"),
        (
            lambda V: convert(
                xr.DataArray(V, dims=["quadrature", "quadrature_"]), mean=np.zeros(4)
            ),
            "V and mean must be of one kind",
        ),
    ],
)
def test_what_cannot_be_converted_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.eye(4))
