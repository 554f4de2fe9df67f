"""Methods of a model that give its master equation, as operators and as matrices for QuTiP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from ...support.checks import require_whole, shown
from ...support.errors import RefusedError
from ...support.memory import require_memory
from ..operators import Operator
from .collapse_operators import couplings
from .hamiltonian import Factors, normal_ordering, weyl_symbol

ELEMENT_SIZE = 48
"""Bytes for an element of a sparse matrix: a complex number and its column, twice in a sum."""


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
