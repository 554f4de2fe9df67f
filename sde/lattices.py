"""Arrays of equal cells: chains, rings, and square lattices, with disorder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from itertools import product
from typing import Any

import numpy as np

from .model.model import Model
from .model.term_kinds import Terms
from .support.checks import Array, nearest, numbers, require_whole, shown
from .system import System, as_single_model

Site = tuple[int, ...]


def lattice(
    cell: System | Model,
    sites: int | tuple[int, int],
    couple: Callable[[str, str], Terms],
    *,
    periodic: bool = False,
    disorder: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Model:
    """A cell repeated along a chain or over a square lattice, coupled to its nearest neighbours.

    Parameters
    ----------
    cell : System or Model
        The unit cell, at one parameter point.
    sites : int or (int, int)
        Length of a chain, or rows and columns of a square lattice.
    couple : callable
        Takes the names of two neighbours, such as "s0" and "s1", and returns the terms between
        them: modes and ports of the cells are called s0.a, s1.a, …; in a lattice s0_0, s0_1, ….
    periodic : bool
        Close a chain to a ring, a lattice to a torus; needs three sites in each direction.
    disorder : mapping of str to float, optional
        Standard deviation of parameters of a System by name, in SI units: every cell has its own
        value, normally distributed about that of `cell`.
    seed : int
        Seed of the disorder.

    Returns
    -------
    Model

    Raises
    ------
    ValueError
        For fewer sites than two, or three of a ring, an unknown parameter or one that is no number,
        disorder of a Model, and a cell with parameter points.

    Examples
    --------
    >>> import qlangevin as ql
    >>> cell = ql.Model.build(["a"], ql.terms.lose("a", "out", amplitude_rate=1.0))
    >>> def hop(here, there):
    ...     return ql.terms.exchange(f"{here}.a", f"{there}.a", 0.5)
    >>> ql.lattice(cell, 4, hop).modes
    ('s0.a', 's1.a', 's2.a', 's3.a')
    >>> ql.lattice(cell, (2, 3), hop).size
    12
    """
    shape = _shape(sites, periodic=periodic)
    names = {site: "s" + "_".join(map(str, site)) for site in product(*map(range, shape))}
    cells = _cells(cell, len(names), disorder or {}, seed)
    bonds = [couple(names[here], names[there]) for here, there in _bonds(shape, periodic=periodic)]
    return Model.join(terms=bonds, **dict(zip(names.values(), cells, strict=True)))


def _shape(sites: Any, *, periodic: bool) -> Site:
    shape = sites if isinstance(sites, tuple) else (sites,)
    if not 1 <= len(shape) <= 2:
        raise ValueError(f"sites must be one whole number or two (got {shown(sites)})")
    for length in shape:
        require_whole("sites", length, 3 if periodic else 1)
    if np.prod(shape) < 2:
        raise ValueError(f"sites must be two at least (got {shown(sites)})")
    return shape


def _bonds(shape: Site, *, periodic: bool) -> Iterator[tuple[Site, Site]]:
    """Pairs of nearest neighbours, each once."""
    for here in product(*map(range, shape)):
        for axis, length in enumerate(shape):
            step = here[axis] + 1
            if step < length or periodic:
                yield here, (*here[:axis], step % length, *here[axis + 1 :])


def _cells(
    cell: System | Model, count: int, disorder: Mapping[str, float], seed: int
) -> list[Model]:
    """One model per site, with its own values of the disordered parameters."""
    if not disorder:
        return [as_single_model(cell, "lattice")] * count
    if not isinstance(cell, System):
        raise ValueError(
            f"disorder varies the parameters of a System (got {shown(cell)}); a Model has none"
        )
    known = [field.name for field in fields(cell)]
    for name in disorder:
        if name not in known:
            raise ValueError(f"disorder names {name!r}: {nearest(name, known, 'the cell has')}")
        if isinstance(getattr(cell, name), str | tuple):
            raise ValueError(
                f"disorder names {name!r}, which is no number in the cell "
                f"({shown(getattr(cell, name))}); leave it out"
            )
        if not np.all(numbers(f"disorder of {name}", disorder[name]) >= 0):
            raise ValueError(
                f"disorder of {name} must be zero or positive, a standard deviation (got "
                f"{shown(disorder[name])})"
            )
    values = _values(cell, count, disorder, seed)
    changed = [{name: float(value[k]) for name, value in values.items()} for k in range(count)]
    return [as_single_model(cell.replace(**each), "lattice") for each in changed]


def _values(cell: System, count: int, disorder: Mapping[str, float], seed: int) -> dict[str, Array]:
    """Values (sites,) of each disordered parameter; one stream of numbers for each name."""
    values = {}
    for name in sorted(disorder):
        stream = np.random.default_rng([seed, *name.encode()])
        normal = stream.standard_normal(count)
        values[name] = getattr(cell, name) + disorder[name] * normal
    return values
