"""The Liouvillian gap of a model, against known values and QuTiP's generators."""

import numpy as np
import pytest
import qutip

from qlangevin.analysis.switching.liouvillian import (
    NoLiouvillianError,
    liouvillian,
    liouvillian_gap,
)
from qlangevin.sde import Gaussian, Model
from qlangevin.sde.terms import (
    amplify,
    detune,
    drive,
    exchange,
    feed,
    kerr,
    lose,
    press,
    rub,
    shine,
    squeeze,
)

from .double_well import DoubleWell
from .spirals import branches, kerr_cavity


@pytest.mark.parametrize(
    ("parameters", "gap", "quanta"),
    [((0.4, 2.4), 0.0038088, 2.93639), ((0.15, 3.84), 2.2747e-6, 9.12847)],
)
def test_the_gap_of_kerr_cavities_is_the_known_one(parameters, gap, quanta):
    model = kerr_cavity(*parameters)
    found = liouvillian_gap(model, branches(model))
    assert found.gap == pytest.approx(gap, rel=2e-5)
    assert found.quanta[0] == pytest.approx(quanta, rel=1e-5)
    assert found.next_rate > 100 * found.gap
    assert found.change < 1e-4


def test_units_of_time_do_not_matter():
    """The same cavity with rates in rad/s, 10⁸ times as large."""
    s = 1e8
    model = Model.build(
        ["cavity"],
        [
            detune("cavity", -3 * s),
            kerr("cavity", 0.4 * s),
            drive("cavity", -2.4j * s),
            lose("cavity", "o", energy_rate=s),
        ],
    )
    assert liouvillian_gap(model, branches(model)).gap == pytest.approx(0.0038088 * s, rel=2e-5)


def two_modes():
    """A model of two modes with terms of every kind, its Fock levels, and QuTiP's Liouvillian."""
    levels = (6, 5)
    a, b = (
        qutip.tensor(qutip.destroy(6), qutip.qeye(5)),
        qutip.tensor(qutip.qeye(6), qutip.destroy(5)),
    )
    H = 0.7 * a.dag() * a + 0.2 * a.dag() ** 2 * a**2 - 0.3 * b.dag() * b
    H += 0.3j * (a.dag() - a) + (0.25 + 0.1j) * a.dag() * b + (0.25 - 0.1j) * b.dag() * a
    H += 0.1 * b.dag() ** 2 + 0.1 * b**2 - 0.15 * a.dag() * a * (b + b.dag()) / np.sqrt(2)
    jump = [
        np.sqrt(1.2) * a,
        np.sqrt(0.2) * a.dag(),
        np.sqrt(0.5 * 1.3) * b,
        np.sqrt(0.5 * 0.3) * b.dag(),
    ]
    terms = [
        detune("a", 0.7),
        kerr("a", 0.4),
        drive("a", 0.3),
        detune("b", -0.3),
        exchange("a", "b", 0.25 + 0.1j),
        squeeze("b", 0.1),
        press("a", "b", 0.15),
        lose("a", "out", energy_rate=1.2),
        amplify("a", "pump", energy_rate=0.2),
        lose("b", "bath", energy_rate=0.5, occupation=0.3),
    ]
    return Model.build(["a", "b"], terms), levels, qutip.liouvillian(H, jump)


def test_the_generator_of_every_kind_of_term_is_qutips():
    """Away from the last Fock levels, where products of truncated matrices differ.

    QuTiP stacks columns, `liouvillian` rows.
    """
    model, levels, expected = two_modes()
    size = int(np.prod(levels))
    ours = liouvillian(model, levels).toarray().reshape(4 * [size])
    theirs = expected.full().reshape(4 * [size]).transpose(1, 0, 3, 2)
    low = np.arange(size).reshape(levels)[:-3, :-3].ravel()
    np.testing.assert_allclose(
        ours[..., low, :][..., low], theirs[..., low, :][..., low], atol=1e-12
    )


def test_a_cascade_of_two_cavities_has_one_common_jump():
    """Light fed on without loss: one detector sees both (SLH theory)."""
    model = Model.build(
        ["a", "b"],
        [
            lose("a", "left", energy_rate=1.0),
            lose("b", "right", energy_rate=0.6),
            shine("left", 0.4),
            feed("left", "right"),
        ],
    )
    levels = (5, 5)
    a, b = (
        qutip.tensor(qutip.destroy(5), qutip.qeye(5)),
        qutip.tensor(qutip.qeye(5), qutip.destroy(5)),
    )
    first, second = a, np.sqrt(0.6) * b
    together = first + second
    H = (second.dag() * first - first.dag() * second) / 2j
    H += 0.4j * (together.dag() - together)
    expected = qutip.liouvillian(H, [together])
    assert len(model.lindblad()[1]) == 1
    ours = liouvillian(model, levels).toarray().reshape(4 * [25])
    theirs = expected.full().reshape(4 * [25]).transpose(1, 0, 3, 2)
    low = np.arange(25).reshape(levels)[:-3, :-3].ravel()
    np.testing.assert_allclose(
        ours[..., low, :][..., low], theirs[..., low, :][..., low], atol=1e-12
    )


def test_models_without_a_liouvillian_are_refused_with_the_reason():
    vacuum = (Gaussian(np.zeros(2), np.eye(2) / 2),)
    rubbed = Model.build(["m"], [detune("m", 1.0), rub("m", 0.1, occupation=0)])
    with pytest.raises(NoLiouvillianError, match="friction on the momentum alone"):
        liouvillian_gap(rubbed, vacuum)
    three = Model.build(["a", "b", "c"], [lose(mode, mode, energy_rate=1.0) for mode in "abc"])
    with pytest.raises(NoLiouvillianError, match=r"takes one mode or two \(got 3\)"):
        liouvillian_gap(three, vacuum)
    lossless = Model.build(["a"], [detune("a", 1.0), kerr("a", 0.1)])
    with pytest.raises(NoLiouvillianError, match="nothing damps the modes"):
        liouvillian_gap(lossless, vacuum)
    large = (Gaussian(np.array([30.0, 0.0]), np.eye(2) / 2),)
    with pytest.raises(
        NoLiouvillianError,
        match="Fock levels or more, and 200 are feasible: the branches hold too many",
    ):
        liouvillian_gap(kerr_cavity(), large)


def test_a_drift_that_follows_from_no_hamiltonian_is_refused():
    """A cubic force in the equation of the coordinate itself."""
    with pytest.raises(NoLiouvillianError, match="K of the model follows from no Hamiltonian"):
        liouvillian_gap(DoubleWell().model(), DoubleWell().branches())
