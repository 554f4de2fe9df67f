"""A model as a master equation: its Hamiltonian and its collapse operators, from its arrays.

    ρ̇ = −i[H, ρ] + Σ_k (L_k ρ L_k† − ½L_k†L_k ρ − ½ρ L_k†L_k),   L_k = c_k·u,   Γ = Σ_k c_k* c_kᵀ

moves the Wigner function with the drift Ω∇H + Ω Im(Γ) u, up to third derivatives of H, and the
diffusion Ω Re(Γ) Ωᵀ, where H stands for its Weyl symbol. So D gives Re Γ, the antisymmetric part of
ΩᵀA gives Im Γ, and all else of the drift must be Ω∇H.

References
----------
K. Koga and N. Yamamoto, Phys. Rev. A 85, 022103 (2012), doi:10.1103/PhysRevA.85.022103.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, reduce
from math import comb, prod
from operator import mul
from typing import Any

import numpy as np
from scipy.sparse.csgraph import connected_components

from ..support.checks import Array, require_whole, shown
from ..support.errors import RefusedError
from ..support.memory import require_memory
from .drift import PolynomialDrift
from .operators import Operator, operators
from .polynomial import Monomials
from .uncertainty import symplectic_form_of
from .weyl import Coefficient, Powers, added

Factors = tuple[int, ...]
"""The quadratures of a product, in increasing order; a repeated one is a power."""
ELEMENT_SIZE = 48
"""Bytes for an element of a sparse matrix: a complex number and its column, twice in a sum."""
ROUNDING = 32 * np.finfo(float).eps
"""Relative rounding error of an entry of A or B that was summed from several terms."""
TOLERATED = 1e-6
"""Largest rounding error of Γ, relative to the noise, with which jumps are still given."""


def weyl_symbol(model: PolynomialDrift) -> dict[Factors, float]:
    """Weyl symbol of H/ħ in rad/s, by the factors of each product; without constant.

    Raises RefusedError where the quadratic or cubic drift follows from no Hamiltonian.
    """
    slopes: dict[Factors, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row, others, value in _gradient(model):
        slopes[tuple(sorted((row, *others)))][row].append(value)
    found = {}
    for factors, by_row in slopes.items():
        powers = Counter(factors)
        shares = [sum(by_row.get(row, ())) / power for row, power in powers.items()]
        size = sum(abs(value) for values in by_row.values() for value in values)
        if max(shares) - min(shares) > ROUNDING * size:
            _refuse_drift(model, factors)
        found[factors] = sum(shares) / len(shares)
    return {factors: value for factors, value in found.items() if value}


def _gradient(model: PolynomialDrift) -> Iterator[tuple[int, Factors, float]]:
    """∂H/∂u by quadrature, factors and value: Ωᵀ of the drift, of A the symmetric part alone."""
    linear = symplectic_form_of(model.A).T @ model.A
    symmetric = (linear + linear.T) / 2
    for row, column in zip(*np.nonzero(symmetric), strict=True):
        yield int(row), (int(column),), float(symmetric[row, column])
    constant = Monomials(np.arange(model.size)[:, None], model.c)
    for terms in (constant, model.Q, model.K):
        for (row, *others), value in zip(terms.index.tolist(), terms.value.tolist(), strict=True):
            yield row ^ 1, tuple(others), -value if row % 2 else value


def _refuse_drift(model: Any, factors: Factors) -> None:
    names = " · ".join(model.quadratures[j] for j in factors)
    raise RefusedError(
        f"{'QK'[len(factors) - 3]} of the model follows from no Hamiltonian, whose derivatives the "
        f"terms of {names} must be; build the model from terms such as kerr, press and Energy"
    )


def couplings(model: Any) -> list[Array]:
    """Coefficients c_k (n,) of u in the collapse operators, in √(rad/s).

    Γ is split over groups of modes that share a bath, and each of its blocks into eigenvectors.
    """
    omega = symplectic_form_of(model.A)
    noise, slopes = omega.T @ model.B, omega.T @ model.A
    gamma = noise @ noise.T + 0.5j * (slopes - slopes.T)
    scale, *errors = _sizes(noise, slopes)
    gamma.real[np.abs(gamma.real) <= errors[0]] = 0.0
    gamma.imag[np.abs(gamma.imag) <= sum(errors)] = 0.0
    if np.any((gamma.real != 0) & (errors[1] > TOLERATED * np.outer(scale, scale))):
        raise RefusedError(
            "collapse operators are lost in rounding: rates of A exceed those of baths that modes "
            f"share by {TOLERATED / ROUNDING:.0e} or more; choose smaller detunings and couplings"
        )
    by_mode = gamma.reshape(len(gamma) // 2, 2, -1, 2).any(axis=(1, 3))
    groups = connected_components(by_mode, directed=False)[1]
    found: list[Array] = []
    for group in range(groups.max() + 1):
        rows = np.flatnonzero(np.repeat(groups == group, 2))
        block = np.ix_(rows, rows)
        if gamma[block].any():
            for c in _split(model, rows, gamma[block], scale[rows], *(e[block] for e in errors)):
                found.append(np.zeros(len(gamma), complex))
                found[-1][rows] = c
    return found


def _sizes(noise: Array, slopes: Array) -> tuple[Array, Array, Array]:
    """Scale (n,) of the noise of each quadrature, and rounding errors (n, n) of D and of A in Γ.

    An entry of B is as inexact as the largest noise of its mode, an entry of A as that entry. The
    scale is not much below that of the other quadrature.
    """
    own = np.linalg.norm(noise, axis=1)
    largest = np.repeat(own.reshape(-1, 2).max(axis=1), 2)
    least = ROUNDING * largest
    steep = np.abs(slopes - np.diag(np.diag(slopes)))
    error = np.outer(own, least) + np.outer(least, own) + np.outer(least, least)
    scale = np.maximum(own, np.sqrt(ROUNDING) * largest)
    return scale, error, ROUNDING * (steep + steep.T) / 2


def _split(
    model: Any, rows: Array, gamma: Array, scale: Array, of_D: Array, of_A: Array
) -> list[Array]:
    """The c_k (rows,) of a block of Γ, given its rounding errors; RefusedError unless Γ ⪰ 0."""
    if not scale.all():
        _refuse_noise(model, rows[scale == 0])
    size = np.outer(scale, scale)
    values, vectors = np.linalg.eigh(gamma / size)
    rounding = np.linalg.norm((of_D + of_A) / size) + len(rows) * ROUNDING
    if values[0] < -min(rounding, TOLERATED):
        _refuse_noise(model, rows[np.abs(vectors[:, 0]) > 0.1])
    if len(rows) == 2 and _isotropic(gamma, of_D):
        rates = gamma.trace().real / 2 + np.array([1, -1]) * gamma[0, 1].imag
        pairs = zip(rates, ([1, 1j], [1, -1j]), strict=True)
        return [np.sqrt(rate / 2) * np.array(c) for rate, c in pairs if rate > of_D[0, 0]]
    values[values < np.linalg.norm(of_A / size) / 8] = 0.0
    found = (np.sqrt(values) * vectors.conj() * scale[:, None]).T
    return [_without_phase(c) for c in found[::-1] if np.any(abs(np.outer(c, c)) > of_D)]


def _isotropic(gamma: Array, error: Array) -> bool:
    """Whether the noise of one mode is the same in all directions: its jumps are ∝ a and a†."""
    return max(abs(gamma[0, 0] - gamma[1, 1]), abs(gamma[0, 1].real)) <= 2 * float(error.max())


def _without_phase(c: Array) -> Array:
    """c with the phase that makes the largest coefficient of an a or a† real and positive."""
    ladder = np.concatenate([c[0::2] - 1j * c[1::2], c[0::2] + 1j * c[1::2]])
    largest = ladder[np.argmax(np.abs(ladder) > (1 - 1e-6) * np.abs(ladder).max())]
    return np.asarray(c * (abs(largest) / largest))


def _refuse_noise(model: Any, rows: Array) -> None:
    modes = list(dict.fromkeys(model.modes[row // 2] for row in rows))
    rubbed = [mode for mode in modes if f"{mode}.force" in model.channels]
    remedy = (
        f"rub({rubbed[0]!r}, …) is friction on the momentum alone: replace it by "
        f"lose({rubbed[0]!r}, port, energy_rate=…, occupation=…)"
        if rubbed
        else "feed needs shared_vacuum=True, backscatter needs backward = conj(forward), and a "
        "published system noise = 'consistent'"
    )
    raise RefusedError(
        "the model has no master equation, because the noise is less than its damping or gain "
        f"needs (at {', '.join(modes)}); {remedy}"
    )


def normal_ordering(modes: Sequence[str]) -> Callable[[Mapping[Factors, complex]], Operator]:
    """A function that gives the operator of a Weyl symbol of these modes, without constant."""
    lowering = operators(*modes)

    @cache
    def ordered(mode: int, x: int, y: int) -> Operator:
        """Symmetric order of XˣYʸ: Σ_k C(x, k) XᵏYʸXˣ⁻ᵏ/2ˣ (N. H. McCoy, 1932)."""
        X, Y = lowering[mode].x, lowering[mode].p
        halves = (comb(x, k) / 2**x * X**k * Y**y * X ** (x - k) for k in range(x + 1))
        return sum(halves, start=0 * X)

    def operator(symbol: Mapping[Factors, complex]) -> Operator:
        total: dict[Powers, Coefficient] = {}
        for factors, value in ((key, value) for key, value in symbol.items() if value):
            acting = sorted({j // 2 for j in factors})
            powers = ((k, factors.count(2 * k), factors.count(2 * k + 1)) for k in acting)
            term = reduce(mul, (ordered(*each) for each in powers))
            for key, coefficient in term.terms.items():
                added(total, key, coefficient.times(value))
        found = {key: _rounded(complex(c.value), c.size) for key, c in total.items() if key}
        return Operator({key: Coefficient.of(value) for key, value in found.items() if value})

    return operator


def _rounded(value: complex, size: float) -> complex:
    """A number without a real or imaginary part that is rounding."""
    return complex(*(p if abs(p) > ROUNDING * size else 0.0 for p in (value.real, value.imag)))


class LindbladForm:
    """A model's Hamiltonian and collapse operators; `Model` holds the arrays."""

    def lindblad(self) -> tuple[Operator, tuple[Operator, ...]]:
        """The Hamiltonian and the collapse operators whose master equation this model is.

        The master equation is exact, where trajectories drop the third derivatives of a cubic or
        quartic H. All collapse operators of the same drift and diffusion give the same master
        equation; of a bath with occupation n there are two, √(γ(n+1)) a and √(γn) a†. Coherent
        light is part of H.

        Returns
        -------
        H : Operator
            H/ħ in rad/s, in normal order, without constant.
        jumps : tuple of Operator
            In √(rad/s).

        Raises
        ------
        RefusedError
            For a model with parameter points (take one by `at`); where noise and damping belong to
            no master equation, as of `rub`, of a non-Hermitian `backscatter`, of noise =
            "published" and of `feed` with shared_vacuum=False; for a drift of no Hamiltonian.

        References
        ----------
        K. Koga and N. Yamamoto, doi:10.1103/PhysRevA.85.022103.

        Examples
        --------
        >>> import qlangevin as ql
        >>> warm = ql.terms.lose("a", "bath", energy_rate=4.0, occupation=0.25)
        >>> H, jumps = ql.Model.build(["a"], [ql.terms.kerr("a", 3.0), warm]).lindblad()
        >>> H
        1.5 a†²a²
        >>> jumps
        (2.23607 a, a†)
        """
        model: Any = self
        if model.batch:
            raise RefusedError(
                f"a master equation has one parameter point (the model has {model.batch} of them); "
                "take model.at(0) for the first"
            )
        operator = normal_ordering(model.modes)
        rows: list[Factors] = [(j,) for j in range(model.size)]
        jumps = (operator(dict(zip(rows, c, strict=True))) for c in couplings(model))
        return operator(weyl_symbol(model)), tuple(jumps)

    def to_qutip(self, dims: int | Sequence[int] | Mapping[str, int]) -> tuple[Any, list[Any]]:
        """The Hamiltonian and the collapse operators of `lindblad` as matrices for QuTiP.

        Their elements between Fock states are exact. For a state far from vacuum,
        ``model.about(mean).to_qutip(dims)`` needs fewer states: those about the mean.

        Parameters
        ----------
        dims : int, sequence of int, or mapping of str to int
            Number of Fock states that are kept, from 0 quanta: of each mode, in the order of the
            modes or by name.

        Returns
        -------
        H : qutip.Qobj
            H/ħ in rad/s on the tensor product of the modes, in their order.
        collapse : list of qutip.Qobj
            In √(rad/s).

        Raises
        ------
        ValueError
            For a model that `lindblad` refuses, dims that do not fit it, and without QuTiP.

        Examples
        --------
        >>> import qlangevin as ql
        >>> loss = ql.terms.lose("a", "fibre", energy_rate=1.0)
        >>> model = ql.Model.build(["a"], [ql.terms.drive("a", 0.5), loss])
        >>> H, collapse = model.to_qutip(10)
        >>> H.dims, len(collapse)
        ([[10], [10]], 1)
        """
        model: Any = self
        levels = _levels(model.modes, dims)
        try:
            import qutip
        except ImportError:
            raise RefusedError(
                'to_qutip needs QuTiP, which is not installed: pip install "qlangevin[qutip]"'
            ) from None
        H, jumps = self.lindblad()
        _require_room(levels, (H, *jumps))
        lowering = {mode: qutip.destroy(size) for mode, size in levels.items()}
        identity = {mode: qutip.qeye(size) for mode, size in levels.items()}

        def matrix(operator: Operator) -> Any:
            total = 0 * qutip.qeye(list(levels.values()))
            for powers, c in operator.terms.items():
                factors = dict(identity)
                for mode, m, n in powers:
                    factors[mode] = lowering[mode].dag() ** m * lowering[mode] ** n
                total = total + complex(c.value) * qutip.tensor(list(factors.values()))
            return total.to("CSR")

        return matrix(H), [matrix(L) for L in jumps]


def _require_room(levels: Mapping[str, int], operators: Sequence[Operator]) -> None:
    """Raise RoomError where sparse matrices of the operators exceed the memory."""
    states = prod(levels.values())
    elements = states * sum(len(operator.terms) for operator in operators)
    require_memory(
        ELEMENT_SIZE * elements,
        f"matrices of {states:.3g} Fock states",
        "keep fewer in dims, such as those about the mean, by model.about(mean)",
    )


def _levels(modes: Sequence[str], dims: Any) -> dict[str, int]:
    """Number of Fock states of each mode; RefusedError unless dims gives one for each."""
    if isinstance(dims, Mapping):
        found = dict(dims)
    elif isinstance(dims, Sequence | np.ndarray) and not isinstance(dims, str):
        found = dict(zip(modes, dims, strict=False)) if len(dims) == len(modes) else {}
    else:
        found = dict.fromkeys(modes, dims)
    if set(found) != set(modes):
        raise RefusedError(
            f"dims must be a number of Fock states, or one for each of {', '.join(modes)}, as a "
            f"list or by name (got {shown(dims)})"
        )
    for mode in modes:
        require_whole(f"dims of mode {mode}", found[mode], 2)
    return {mode: int(found[mode]) for mode in modes}
