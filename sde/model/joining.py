"""Several models joined to one: their arrays side by side, coupled by further terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..support.checks import Array, Shape, common_shape, require_name, shown
from .coefficients import distinct
from .polynomial import Monomials
from .ports import Port
from .ports.connections import LinearPart, Links
from .term_kinds import Feed, Jump, Mix, Shine, Term, Terms, listed_terms, shape_of

if TYPE_CHECKING:
    from .model import Model


def joined_fields(build: Any, parts: Mapping[str, Model], terms: Terms) -> dict[str, Any]:
    """The fields of the `Model` of several parts; `build` is `Model.build`."""
    _require_parts(parts)
    renamed = [_renamed(name, part) for name, part in parts.items()]
    modes = [mode for part in renamed for mode in part.modes]
    ports = [port for part in renamed for port in part.ports]
    placed = dict(listed_terms(terms, "terms"))
    links, others = _sorted_terms(list(placed.values()), ports)
    coupling = build(modes, others)
    batch = common_shape(
        {name: part.batch for name, part in parts.items()}
        | {f"{place} ({type(term).__name__})": shape_of(term) for place, term in placed.items()}
    )
    whole = LinearPart(
        _concatenated([part.c for part in renamed], batch) + coupling.c,
        _block_diagonal([part.A for part in renamed], batch) + coupling.A,
        _beside(_block_diagonal([part.B for part in renamed], batch), coupling.B),
        tuple(distinct(channel for part in (*renamed, coupling) for channel in part.channels)),
        _all_ports(renamed, coupling, batch),
    )
    linear = whole.connected(links.checked(whole.ports))
    return {
        "modes": tuple(modes),
        "quadratures": _labels([q for part in renamed for q in part.quadratures], coupling),
        "channels": linear.channels,
        "c": linear.c,
        "A": linear.A,
        "Q": _added([*_placed(renamed, "Q"), coupling.Q], batch),
        "K": _added([*_placed(renamed, "K"), coupling.K], batch),
        "B": linear.B,
        "ports": linear.ports,
    }


def _require_parts(parts: Mapping[str, Model]) -> None:
    if not parts:
        raise ValueError("join needs at least one model, such as Model.join(left=model)")
    for name, part in parts.items():
        require_name("mode prefix of join", name)
        if not hasattr(part, "ports"):
            raise ValueError(
                f"{name} of join must be a Model (got {shown(part)}); that of a System is model()"
            )


def _renamed(name: str, part: Model) -> Model:
    """A part with its own name before those of its modes, channels and ports."""

    def own(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(f"{name}.{each}" if each else "" for each in names)

    ports = {}
    for port, light in part.ports.items():
        source, onward = own([light.source, light.onward])
        ports[f"{name}.{port}"] = replace(light, source=source, onward=onward)
    return replace(
        part,
        modes=own(part.modes),
        quadratures=own(part.quadratures),
        channels=own(part.channels),
        ports=ports,
    )


def _sorted_terms(listed: Sequence[Term], ports: Sequence[str]) -> tuple[Links, list[Term]]:
    """The terms that connect ports, and all others; ValueError for a jump at a part's port."""
    for term in listed:
        if isinstance(term, Jump) and term.port in ports:
            raise ValueError(
                f"port {term.port!r} belongs to a part of join, so no further mode can couple to "
                "it; couple the mode to a port of its own, and connect the ports by feed"
            )
    feeds = [term for term in listed if isinstance(term, Feed)]
    mixes = [term for term in listed if isinstance(term, Mix)]
    shines = [term for term in listed if isinstance(term, Shine) and term.port in ports]
    others: list[Term] = [
        term
        for term in listed
        if not isinstance(term, Feed | Mix) and not (isinstance(term, Shine) and term.port in ports)
    ]
    return Links(feeds, mixes, shines), others


def _concatenated(vectors: Sequence[Array], batch: Shape) -> Array:
    wide = [np.broadcast_to(v, (*batch, v.shape[-1])) for v in vectors]
    return np.concatenate(wide, axis=-1)


def _beside(left: Array, right: Array) -> Array:
    """Two matrices (..., n, columns) side by side."""
    batch = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    wide = [np.broadcast_to(m, (*batch, *m.shape[-2:])) for m in (left, right)]
    return np.concatenate(wide, axis=-1)


def _block_diagonal(blocks: Sequence[Array], batch: Shape) -> Array:
    """Matrices (..., rows, columns) along the diagonal of one."""
    rows, columns = (sum(block.shape[axis] for block in blocks) for axis in (-2, -1))
    out = np.zeros((*batch, rows, columns))
    row = column = 0
    for block in blocks:
        below, right = row + block.shape[-2], column + block.shape[-1]
        out[..., row:below, column:right] = block
        row, column = below, right
    return out


def _all_ports(parts: Sequence[Model], coupling: Model, batch: Shape) -> dict[str, Port]:
    """The ports of the parts, and those of the coupling terms, which cover all quadratures."""
    total = sum(len(part.channels) for part in (*parts, coupling))
    ports = {}
    row = channel = 0
    for part in (*parts, coupling):
        if part is coupling:
            row = 0
        for name, port in part.ports.items():
            ports[name] = _widened(port, (row, coupling.size), (channel, total), batch)
        row = row + part.size
        channel = channel + len(part.channels)
    return ports


def _widened(port: Port, rows: tuple[int, int], channels: tuple[int, int], batch: Shape) -> Port:
    """A port whose arrays are part of wider ones, given the first column and the width of both."""

    def spread(values: Array, place: tuple[int, int]) -> Array:
        first, width = place
        out = np.zeros((*batch, values.shape[-2], width))
        out[..., first : first + values.shape[-1]] = values
        return out

    return replace(
        port,
        C=spread(port.C, rows),
        D=spread(port.D, channels),
        d=np.array(np.broadcast_to(port.d, (*batch, 2))),
        shone=np.array(np.broadcast_to(port.shone, (*batch, 2))),
        noise=np.array(np.broadcast_to(port.noise, (*batch, 2, 2))),
    )


def _placed(parts: Sequence[Model], name: str) -> list[Monomials]:
    """The polynomial terms of each part, with the quadratures numbered as in the whole."""
    placed = []
    first = 0
    for part in parts:
        terms: Monomials = getattr(part, name)
        placed.append(Monomials(terms.index + first, terms.value))
        first = first + part.size
    return placed


def _added(terms: Sequence[Monomials], batch: Shape) -> Monomials:
    """The sum of polynomial terms of one order, sorted by index."""
    total: dict[tuple[int, ...], Array] = {}
    for each in terms:
        for m, index in enumerate(map(tuple, each.index.tolist())):
            total[index] = total.get(index, 0.0) + each.value[..., m]
    value = np.zeros((*batch, len(total)))
    for m, index in enumerate(sorted(total)):
        value[..., m] = total[index]
    return Monomials(np.array(sorted(total), int).reshape(-1, terms[0].order + 1), value)


def _labels(own: Sequence[str], coupling: Model) -> tuple[str, ...]:
    """The labels of the quadratures; q and p where a part or a coupling says so."""
    mechanical = [label.endswith((".q", ".p")) for label in coupling.quadratures]
    return tuple(
        theirs if chosen else mine
        for mine, theirs, chosen in zip(own, coupling.quadratures, mechanical, strict=True)
    )
