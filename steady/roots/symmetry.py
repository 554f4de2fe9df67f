"""Continuous symmetries of a drift, phases and shifts, which cause families of fixed points.

A drift in amplitudes z = X + iY has a symmetry z_m → e^{iθ_m s} z_m when every monomial Π z_j Π
z*_k of row m has Σ θ_j − Σ θ_k = θ_m: a linear equation for θ, so that all such symmetries are a
null space. A fixed point that is isolated stays where it is under them: the amplitudes with θ ≠ 0
vanish there. One where they do not is a member of a family, a circle or torus of fixed points, and
has a zero eigenvalue along each generator.

Models here have one leading axis, the parameter points; θ is (symmetries, modes).
"""

from __future__ import annotations

from itertools import product

import numpy as np
from scipy.linalg import null_space, qr

from ...sde.model.model import Model
from ...sde.model.polynomial import Monomials
from ...sde.support.checks import Array

CANCELLED = 1e-12
"""Relative size at which a sum of coefficients counts as zero."""
PHASE_FAMILY = "family: phase rotations"
"""Beginning of the description of a family due to a phase symmetry."""
BROKEN = 1e-4
"""Size of amplitudes that turn, relative to all, above which they are not zero.

Near a threshold, smaller amplitudes may be rounding.
"""
NONZERO = 1e-9
"""Size of an amplitude, relative to the largest, below which it counts as zero."""


def phase_symmetries(model: Model) -> list[tuple[Array, Array]]:
    """Groups of points with the same phase symmetries: numbers, and θ (symmetries, modes)."""
    linear = np.argwhere((model.A != 0).any(axis=0))
    terms = [
        Monomials(np.arange(model.size)[:, None], model.c),
        Monomials(linear, model.A[:, linear[:, 0], linear[:, 1]]),
        model.Q,
        model.K,
    ]
    found = [_charges(monomials, len(model.modes)) for monomials in terms]
    charges = np.concatenate([each for each, _ in found])
    live = np.concatenate([each for _, each in found], axis=1)
    charges, kind = np.unique(charges, axis=0, return_inverse=True)
    present = live @ _membership(kind, len(charges)) > 0
    patterns, group = np.unique(present, axis=0, return_inverse=True)
    return [
        (np.flatnonzero(group.ravel() == number), _generators(charges[pattern], len(model.modes)))
        for number, pattern in enumerate(patterns)
    ]


def _charges(monomials: Monomials, modes: int) -> tuple[Array, Array]:
    """Charges (monomials, modes) of monomials in amplitudes; where (points, monomials) they occur.

    The charge of a mode is the number of its factors z, less that of z*, less one in the row z_m.
    Rows z*_m are left out, as they are the conjugates of rows z_m.
    """
    index = monomials.index
    value = monomials.value
    places = []
    coefficients = []
    for stars in product((False, True), repeat=monomials.order):
        row = index[:, 0]
        factors = index[:, 1:]
        phase = np.where(row % 2 == 0, 1, 1j)
        for column, star in enumerate(stars):
            # X = (z + z*)/2, Y = (z − z*)/2i
            phase = phase * np.where(factors[:, column] % 2 == 0, 0.5, 0.5j if star else -0.5j)
        signed = np.where(stars, -1 - factors // 2, 1 + factors // 2)
        places.append(np.concatenate([row[:, None] // 2, np.sort(signed, axis=1)], axis=1))
        coefficients.append(value * phase)
    unique, at = np.unique(np.concatenate(places), axis=0, return_inverse=True)
    parts = np.concatenate(coefficients, axis=-1)
    places_of = _membership(at, len(unique))
    total = parts @ places_of
    bound = np.abs(parts) @ places_of
    charges = np.zeros((len(unique), modes), int)
    number = np.arange(len(unique))
    np.add.at(charges, (number, unique[:, 0]), -1)
    for column in unique[:, 1:].T:
        np.add.at(charges, (number, np.abs(column) - 1), np.sign(column))
    return charges, np.abs(total) > CANCELLED * bound


def _membership(group: Array, groups: int) -> Array:
    """The matrix (members, groups) that adds up members by group."""
    return np.asarray(group.reshape(-1, 1) == np.arange(groups), float)


def _generators(charges: Array, modes: int) -> Array:
    """θ (symmetries, modes) under which monomials of charges (monomials, modes) stay."""
    if not charges.any():
        return np.eye(modes)
    triangle = np.linalg.qr(charges.astype(float), mode="r")  # few rows, of the same null space
    return _sparse_basis(null_space(triangle).T)


def _sparse_basis(theta: Array) -> Array:
    """The same space of θ (symmetries, modes), with small numbers and many zeros.

    Each generator has a mode that no other turns.
    """
    if not len(theta):
        return theta
    _, _, order = qr(theta, pivoting=True, mode="economic")
    theta = np.linalg.solve(theta[:, order[: len(theta)]], theta)
    smallest = [np.abs(row[np.abs(row) > 1e-9]).min() for row in theta]
    return np.asarray(np.round(theta / np.array(smallest)[:, None], 9))


def generators(theta: Array, u: Array) -> Array:
    """The directions (..., n, symmetries) in which the symmetries move u (..., n)."""
    turned = np.stack([-u[..., 1::2], u[..., 0::2]], axis=-1)
    return np.moveaxis(
        (theta[..., None] * turned[..., None, :, :]).reshape(*u.shape[:-1], len(theta), -1), -1, -2
    )


def breaks_symmetry(theta: Array, u: Array) -> bool:
    """Whether the symmetries turn u (n,) into others, beyond the accuracy of a multiple root."""
    return bool(np.linalg.norm(generators(theta, u)) > BROKEN * np.linalg.norm(u))


def gauge_fixed(theta: Array, u: Array) -> Array:
    """The member of the family of u (n,) with as many positive amplitudes as free phases."""
    z = u[0::2] + 1j * u[1::2]
    nonzero = np.abs(z) > NONZERO * np.abs(z).max(initial=0.0)
    chosen: list[int] = []
    for mode in np.flatnonzero(nonzero):
        if np.linalg.matrix_rank(theta[:, np.array([*chosen, mode])]) > len(chosen):
            chosen.append(int(mode))
    angle, *_ = np.linalg.lstsq(theta[:, chosen].T, -np.angle(z[chosen]))
    turned = z * np.exp(1j * angle @ theta)
    return np.stack([turned.real, turned.imag], axis=-1).ravel()


def describe_symmetry(theta: Array, modes: tuple[str, ...], u: Array) -> str:
    """Description of the family that u (n,) belongs to."""
    nonzero = np.hypot(u[0::2], u[1::2]) > NONZERO * np.abs(u).max(initial=0.0)
    moving = [row for row in theta if (row[nonzero] != 0).any()]
    turns = [
        " and ".join(f"{modes[at]} by {_phase_text(row[at])}" for at in np.flatnonzero(row))
        for row in moving
    ]
    shape = {1: "circle", 2: "torus"}.get(len(moving), f"{len(moving)}-dimensional torus")
    return (
        f"{PHASE_FAMILY} of {', or of '.join(turns)} make a {shape} of fixed points; this is one "
        f"of them, and its eigenvalue along the {shape} is zero"
    )


def _phase_text(charge: float) -> str:
    """A multiple of the phase φ, as text."""
    return {1.0: "φ", -1.0: "−φ"}.get(float(charge), f"{charge:g}φ")


def free_quadratures(model: Model) -> Array:
    """Where no row depends on a quadrature (points, n): fixed points can be shifted along it."""
    touched = (model.A != 0).any(axis=-2)
    for monomials in (model.Q, model.K):
        for factors in monomials.index[:, 1:].T:
            touched |= (monomials.value != 0) @ _membership(factors, model.size) > 0
    return ~touched


def describe_shift(names: list[str]) -> str:
    """Description of the fixed points along quadratures that no row depends on."""
    space = {1: "line", 2: "plane"}.get(len(names), f"{len(names)}-dimensional space")
    return (
        f"family: shifts of {' and '.join(names)} make a {space} of fixed points, "
        "as no rate of the model depends on them; this is one of the fixed points; give the mode "
        "a detuning or a loss, or leave the mode out"
    )
