"""Light at ports: coherent light that enters, and light that one port passes to another."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..model.term_kinds import Feed, Shine
from ..support.checks import common_shape, require_name, shown
from .arguments import finite


def shine(port: str, amplitude: Any) -> Shine:
    """Coherent light into a port: a_in gains the amplitude, and feeds pass it on. No noise.

    Parameters
    ----------
    port : str
        A port that a mode couples to.
    amplitude : complex or array
        In √(photons/s).

    Returns
    -------
    Shine

    Examples
    --------
    >>> import qlangevin as ql
    >>> loss = ql.terms.lose("a", "fibre", amplitude_rate=2e6)
    >>> ql.Model.build(["a"], [loss, ql.terms.shine("fibre", 1e6)]).c.round()
    array([2.82842712e+09, 0.00000000e+00])
    """
    require_name("port of shine", port)
    return Shine(port, finite(f"amplitude of shine({port!r})", amplitude, complex, "√(photons/s)"))


def feed(
    source: str,
    target: str,
    *,
    transmission: Any = 1.0,
    phase: Any = 0.0,
    shared_vacuum: bool = True,
) -> Feed:
    """Pass the light that leaves one port to another, one way.

    The target's input is √η e^{iφ} a_out(source) + √(1 − η) vacuum.

    Parameters
    ----------
    source, target : str
        The port that the light leaves, and the port that it enters.
    transmission : float or array
        η, the share of the power that arrives, 0 … 1.
    phase : float or array
        φ in rad.
    shared_vacuum : bool
        False: only the light of the source's modes and of `shine` arrives, and the target has an
        input noise of its own, of full strength. The source's vacuum is then counted twice, and
        commutators are not kept.

    Returns
    -------
    Feed

    Raises
    ------
    ValueError
        For a transmission outside 0 … 1.

    Examples
    --------
    >>> import qlangevin as ql
    >>> losses = [ql.terms.lose(mode, f"{mode}_port", energy_rate=1e6) for mode in ("a", "b")]
    >>> model = ql.Model.build(["a", "b"], [*losses, ql.terms.feed("a_port", "b_port")])
    >>> model.A[2:, :2].round()
    array([[-1000000.,        0.],
           [       0., -1000000.]])
    >>> bool(model.A[:2, 2:].any())
    False
    """
    require_name("port source of feed", source)
    require_name("port target of feed", target)
    if not isinstance(shared_vacuum, bool | np.bool_):
        raise ValueError(
            f"shared_vacuum of feed must be True or False (got {shown(shared_vacuum)})"
        )
    call = f"feed({source!r}, {target!r})"
    eta = finite(f"transmission of {call}", transmission, float)
    if np.any((eta < 0) | (eta > 1)):
        raise ValueError(
            f"transmission of {call} must lie between 0 and 1 (got {shown(transmission)})"
        )
    angle = finite(f"phase of {call}", phase, float, "rad")
    common_shape({f"transmission of {call}": eta.shape, f"phase of {call}": angle.shape})
    return Feed(source, target, eta, angle, bool(shared_vacuum))
