"""The light of one port: what leaves it, its own input noise, and where the light goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...support.checks import Array, nearest


@dataclass(frozen=True, eq=False)
class Port:
    """Light that leaves a port, C u + D dW/dt + d: two quadratures in √(photons/s).

    Parameters
    ----------
    C : array (..., 2, n)
        Light emitted by the quadratures of the modes, in √(rad/s).
    D : array (..., 2, channels)
        Vacuum and thermal noise in the outgoing light, by noise channel.
    d : array (..., 2)
        Coherent amplitude that passes the port, in √(photons/s).
    shone : array (..., 2)
        Coherent light that `shine` sends into the port, in √(photons/s).
    noise : array (..., 2, 2)
        The port's own input noise: `noise` dW/dt of its channels, "port.X" and "port.Y"; zero where
        all light comes from another port.
    source, onward : str
        The port whose light enters, and the port that the outgoing light is fed to; "" for none.
    unshared_feed : array (..., 2, 2), optional
        √η e^{iφ} of the feed into the port, as a matrix, where it carries light without the noise
        of its source (`feed` with shared_vacuum=False); None elsewhere.
    """

    C: Array
    D: Array
    d: Array
    shone: Array
    noise: Array
    source: str = ""
    onward: str = ""
    unshared_feed: Array | None = None

    def mapped(self, change: Callable[[Array, int], Array]) -> Port:
        """The port with each array replaced by `change(array, number of its last axes)`."""
        arrays = {"C": 2, "D": 2, "d": 1, "shone": 1, "noise": 2}
        changed = {name: change(getattr(self, name), axes) for name, axes in arrays.items()}
        unshared = None if self.unshared_feed is None else change(self.unshared_feed, 2)
        return Port(**changed, source=self.source, onward=self.onward, unshared_feed=unshared)


def phase_factor(phase: Any) -> Array:
    """e^{iφ} (...) of phases (...), with real or imaginary part exactly 0 where the other is ±1."""
    parts = np.stack([np.cos(phase), np.sin(phase)])
    real, imaginary = np.where(np.abs(parts) < 4 * np.finfo(float).eps, 0.0, parts)
    return np.asarray(real + 1j * imaginary)


def two_by_two(factor: Any) -> Array:
    """Multiplication of X + iY by complex factors (...) as matrices (..., 2, 2)."""
    factor = np.asarray(factor, complex)
    rows = [np.stack([factor.real, -factor.imag], -1), np.stack([factor.imag, factor.real], -1)]
    return np.stack(rows, axis=-2)


def channels_of(port: str) -> tuple[str, str]:
    """Names of the noise channels of a port's own input."""
    return f"{port}.X", f"{port}.Y"


def require_ports(names: Iterable[str], ports: Iterable[str]) -> None:
    """Raise ValueError unless every name is that of one of the ports."""
    known = list(ports)
    for name in names:
        if name not in known:
            hint = nearest(name, known, "ports are") if known else "the model has none"
            raise ValueError(
                f"there is no port {name!r}: {hint}; lose, amplify, jump and guide make one"
            )


def light_shares(ports: Iterable[Port], u: Array) -> Array:
    """Coherent light (..., ports) leaving each port at means u (..., n), over all light shone in.

    NaN where nothing is shone in.
    """
    listed = list(ports)
    arriving = sum((np.sum(port.shone**2, axis=-1) for port in listed), np.zeros(()))
    leaving = [((port.C @ u[..., None])[..., 0] + port.d) for port in listed]
    arriving = np.where(arriving > 0, arriving, np.nan)
    shares = [np.sum(light**2, axis=-1) / arriving for light in leaving]
    return np.stack(shares, axis=-1) if shares else np.zeros((*u.shape[:-1], 0))
