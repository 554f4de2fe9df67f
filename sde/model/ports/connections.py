"""Connections between ports: feeds and beam splitters, in series and in loops.

Every port first has an input of its own, the noise w of two channels. With the outgoing light of
all ports y = C u + D w + d, a feed replaces the noise w_f of its target's input by

    w_f = S⁻¹(F y + s) + √(1 − η) w_f′,

F being the attenuation and phase of the feed and S the input noise of the port. All feeds
together are a linear equation for w_f, which is solved: a chain of feeds and a loop alike. This is
the series product and the feedback reduction of quantum input–output networks, for linear
couplings.

References
----------
J. Gough and M. R. James, Commun. Math. Phys. 287, 1109 (2009), doi:10.1007/s00220-008-0698-8;
IEEE Trans. Automat. Contr. 54, 2530 (2009), doi:10.1109/TAC.2009.2031205.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

import numpy as np

from ...support.checks import Array
from ..term_kinds import Feed, Mix, Shine
from .port import Port, channels_of, phase_factor, require_ports, two_by_two

SINGULAR = 1e12
"""Condition number from which a loop of feeds has no solution."""
ROUNDING = 1e-15
"""What is below this fraction of the light that interferes is rounding."""
DIVIDE = "divide it by a beam splitter (mix) with a port made by guide, and feed both outputs"
"""Remedy where light is to go to two ports."""


@dataclass(frozen=True, eq=False)
class Links:
    """The terms that connect ports, or shine light into those that exist already."""

    feeds: Sequence[Feed] = ()
    mixes: Sequence[Mix] = ()
    shines: Sequence[Shine] = ()

    def checked(self, ports: Mapping[str, Port] | Sequence[str]) -> Links:
        """The links themselves; ValueError for unknown ports and double connections."""
        require_ports((shine.port for shine in self.shines), ports)
        require_ports((end for feed in self.feeds for end in (feed.source, feed.target)), ports)
        require_ports((end for mix in self.mixes for end in (mix.first, mix.second)), ports)
        _require_single_feeds(self.feeds)
        _require_single_mixes(self.mixes)
        return self

    def order(self, ports: Sequence[str]) -> list[str]:
        """The ports, each after the one that feeds it; as they are where feeds form a loop."""
        sources = {feed.target: feed.source for feed in self.feeds}
        graph = {port: [sources[port]] if port in sources else [] for port in ports}
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError:
            return list(ports)


@dataclass(frozen=True, eq=False)
class LinearPart:
    """The linear part of an equation with ports: c, A, B, the noise channels, and the ports."""

    c: Array
    A: Array
    B: Array
    channels: tuple[str, ...]
    ports: Mapping[str, Port]

    def connected(self, links: Links) -> LinearPart:
        """The equation with its ports connected. Raises ValueError for impossible connections."""
        mixed = _mixed(self, links.mixes)
        entered = _shone(mixed, links.shines)
        return _fed(entered, links.feeds) if links.feeds else entered


def _mixed(part: LinearPart, mixes: Sequence[Mix]) -> LinearPart:
    """Beam splitters on the outgoing lights of pairs of ports."""
    ports = dict(part.ports)
    for mix in mixes:
        t = np.sqrt(mix.transmissivity)
        r = np.sqrt(1 - np.asarray(mix.transmissivity)) * phase_factor(mix.phase)
        first, second = ports[mix.first], ports[mix.second]
        for name in (mix.first, mix.second):
            if ports[name].onward:
                raise ValueError(
                    f"light of port {name!r} cannot be mixed, since it is fed to "
                    f"{ports[name].onward!r}; mix it in the call that feeds it"
                )
        ports[mix.first] = _superposed(first, two_by_two(t), second, two_by_two(r))
        ports[mix.second] = _superposed(second, two_by_two(t), first, two_by_two(-np.conj(r)))
    return replace(part, ports=ports)


def _superposed(port: Port, own: Array, other: Port, share: Array) -> Port:
    """A port whose outgoing light is `own` of its light plus `share` of that of another."""
    return replace(
        port,
        C=own @ port.C + share @ other.C,
        D=own @ port.D + share @ other.D,
        d=_applied(own, port.d) + _applied(share, other.d),
    )


def _shone(part: LinearPart, shines: Sequence[Shine]) -> LinearPart:
    """Coherent light into ports, added to what enters with their noise."""
    for shine in shines:
        port = part.ports[shine.port]
        _require_own_input(shine.port, port, "shine into it")
        amplitude = np.sqrt(2) * np.asarray(shine.amplitude, complex)
        light = np.stack([amplitude.real, amplitude.imag], axis=-1)
        kick = _applied(np.linalg.inv(port.noise), light)
        columns = _columns(part, [shine.port])
        ports = {
            name: replace(p, d=p.d + _applied(p.D[..., columns], kick))
            for name, p in part.ports.items()
        }
        ports[shine.port] = replace(ports[shine.port], shone=port.shone + light)
        c = part.c + _applied(part.B[..., columns], kick)
        part = replace(part, c=c, ports=ports)
    return part


def _fed(part: LinearPart, feeds: Sequence[Feed]) -> LinearPart:
    """The equation with every feed's target receiving its light."""
    for feed in feeds:
        _require_free(feed, part.ports)
    entering = _Entering.of(part, feeds)
    A, B, c = entering.put_into(part.A, part.B, part.c)
    ports = {}
    for name, port in part.ports.items():
        C, D, d = entering.put_into(port.C, port.D, port.d)
        ports[name] = _linked(replace(port, C=C, D=D, d=d), name, feeds)
    channels = tuple(part.channels[k] for k in entering.channels)
    return LinearPart(c, A, B, channels, ports)


@dataclass(frozen=True, eq=False)
class _Entering:
    """What enters the targets of all feeds, w_f = P u + Q w + q, in units of their own noise.

    `targets` are the columns of w_f in B, and `channels` those of all noise that is left. P is
    (..., 2 feeds, n), Q (..., 2 feeds, channels) and q (..., 2 feeds).
    """

    targets: list[int]
    channels: list[int]
    P: Array
    Q: Array
    q: Array

    @staticmethod
    def of(part: LinearPart, feeds: Sequence[Feed]) -> _Entering:
        """The solution of w_f = G (C u + D w + d) + √(1 − η) w_f′."""
        lights = list(part.ports.values())
        C = np.concatenate([port.C for port in lights], axis=-2)
        D = np.concatenate([port.D for port in lights], axis=-2)
        d = np.concatenate([port.d for port in lights], axis=-1)
        targets = _columns(part, [feed.target for feed in feeds])
        G = _gains(part.ports, feeds)
        carries_noise = np.repeat([float(feed.shared_vacuum) for feed in feeds], 2)
        G_noise = carries_noise[:, None] * G
        own = _own_shares(feeds)
        w = np.where(np.isin(np.arange(len(part.channels)), targets), 0.0, D)
        Q = G_noise @ w
        Q[..., targets] += own
        light = _loop_inverse(G @ D[..., targets], feeds)
        noise = _loop_inverse(G_noise @ D[..., targets], feeds)
        used = np.any(own, axis=tuple(range(own.ndim - 1)))
        unused = [column for column, needed in zip(targets, used, strict=True) if not needed]
        channels = [k for k in range(len(part.channels)) if k not in unused]
        q = _applied(light, _applied(G, d))
        return _Entering(targets, channels, light @ (G @ C), (noise @ Q)[..., channels], q)

    def put_into(self, linear: Array, noise: Array, constant: Array) -> tuple[Array, Array, Array]:
        """Coefficients of u, w and 1 after w_f is put in."""
        entering = noise[..., self.targets]
        direct = np.array(noise)
        direct[..., self.targets] = 0.0
        return (
            _sum(linear, entering, self.P),
            _sum(direct[..., self.channels], entering, self.Q),
            _sum(constant[..., None], entering, self.q[..., None])[..., 0],
        )


def _gains(ports: Mapping[str, Port], feeds: Sequence[Feed]) -> Array:
    """G = S⁻¹F (..., 2 feeds, 2 ports): what of each port's light enters each target."""
    names = list(ports)
    blocks = []
    for feed in feeds:
        block = np.linalg.inv(ports[feed.target].noise) @ _attenuation(feed)
        zero = np.zeros_like(block)
        row = [block if name == feed.source else zero for name in names]
        blocks.append(np.concatenate(row, axis=-1))
    batch = np.broadcast_shapes(*(block.shape[:-2] for block in blocks))
    wide = [np.broadcast_to(block, (*batch, *block.shape[-2:])) for block in blocks]
    return np.concatenate(wide, axis=-2)


def _attenuation(feed: Feed) -> Array:
    """F = √η e^{iφ} (..., 2, 2) of a feed."""
    return two_by_two(np.sqrt(feed.transmission) * phase_factor(feed.phase))


def _own_shares(feeds: Sequence[Feed]) -> Array:
    """√(1 − η) (..., 2 feeds, 2 feeds), diagonal: the share of each target's own noise."""
    shares = [
        np.sqrt(1 - np.asarray(feed.transmission)) if feed.shared_vacuum else np.ones(())
        for feed in feeds
    ]
    batch = np.broadcast_shapes(*(np.shape(share) for share in shares))
    columns = np.stack([np.broadcast_to(share, batch) for share in shares], axis=-1)
    return np.repeat(columns, 2, axis=-1)[..., None] * np.eye(2 * len(feeds))


def _loop_inverse(round_trip: Array, feeds: Sequence[Feed]) -> Array:
    """(1 − G D)⁻¹ (..., 2 feeds, 2 feeds) of the light that returns to the targets of feeds."""
    left = np.eye(round_trip.shape[-1]) - round_trip
    if not round_trip.any():
        return left
    if np.any(np.linalg.cond(left) > SINGULAR):
        loop = ", ".join(f"{feed.source} → {feed.target}" for feed in feeds)
        raise ValueError(
            f"the loop of feeds {loop} has no solution: light returns to a port with its full "
            "amplitude and phase; give a feed a transmission below 1, or another phase"
        )
    return np.linalg.inv(left)


def _linked(port: Port, name: str, feeds: Sequence[Feed]) -> Port:
    """A port with the names of the ports that it is connected to, and what is left of its noise."""
    for feed in feeds:
        if feed.source == name:
            port = replace(port, onward=feed.target)
        if feed.target == name:
            share = np.sqrt(1 - np.asarray(feed.transmission)) if feed.shared_vacuum else 1.0
            noise = np.asarray(share)[..., None, None] * port.noise
            unshared = None if feed.shared_vacuum else _attenuation(feed)
            port = replace(port, source=feed.source, noise=noise, unshared_feed=unshared)
    return port


def _columns(part: LinearPart, ports: Sequence[str]) -> list[int]:
    """Numbers of the noise channels of these ports' own inputs."""
    return [part.channels.index(channel) for port in ports for channel in channels_of(port)]


def _sum(direct: Array, left: Array, right: Array) -> Array:
    """direct + left @ right, zero where they cancel up to rounding."""
    total = direct + left @ right
    size = np.abs(direct) + np.abs(left) @ np.abs(right)
    return np.where(np.abs(total) <= ROUNDING * size, 0.0, total)


def _applied(matrix: Array, vector: Array) -> Array:
    return np.asarray((matrix @ vector[..., None])[..., 0])


def _require_single_feeds(feeds: Sequence[Feed]) -> None:
    """ValueError where two feeds share a source or a target."""
    for k, feed in enumerate(feeds):
        for known in feeds[:k]:
            if known.target == feed.target:
                raise ValueError(
                    f"port {feed.target!r} is fed twice, from {known.source!r} and "
                    f"{feed.source!r}; mix their lights, and feed one of the two to it"
                )
            if known.source == feed.source:
                raise ValueError(
                    f"light of port {feed.source!r} is fed twice, to {known.target!r} and "
                    f"{feed.target!r}; {DIVIDE}"
                )


def _require_single_mixes(mixes: Sequence[Mix]) -> None:
    """ValueError where the light of a port meets two beam splitters, whose order is open."""
    seen: set[str] = set()
    for mix in mixes:
        for name in (mix.first, mix.second):
            if name in seen:
                raise ValueError(
                    f"light of port {name!r} is mixed twice, in no given order; feed it to a "
                    "further port first, as made by guide"
                )
            seen.add(name)


def _require_free(feed: Feed, ports: Mapping[str, Port]) -> None:
    """ValueError for a feed from a port whose light is taken, or into one without own input."""
    onward = ports[feed.source].onward
    if onward:
        raise ValueError(
            f"light of port {feed.source!r} is fed twice, to {onward!r} and {feed.target!r}; "
            f"{DIVIDE}"
        )
    target = ports[feed.target]
    _require_own_input(feed.target, target, f"feed {feed.source!r} to it")
    vacuum = np.allclose(target.noise @ np.swapaxes(target.noise, -1, -2), np.eye(2) / 2)
    if feed.shared_vacuum and np.all(feed.transmission == 1) and not vacuum:
        raise ValueError(
            f"port {feed.target!r} has no input of its own, since all its light comes from port "
            f"{feed.source!r}; leave out its occupation and squeezing, or give the feed a "
            "transmission below 1"
        )


def _require_own_input(name: str, port: Port, wish: str) -> None:
    if port.source:
        raise ValueError(
            f"port {name!r} is fed by {port.source!r} already; {wish} in the same call of "
            "Model.build or Model.join, or use another port"
        )
