"""Light at ports: coherent light that enters, feeds, beam splitters, and ports without a mode."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..model.term_kinds import Feed, Jump, Mix, Shine
from ..support.checks import common_shape, require_name, shown
from .arguments import finite, input_noise, nonnegative


def shine(port: str, amplitude: Any) -> Shine:
    """Coherent light into a port: a_in gains the amplitude, and feeds pass it on. No noise.

    Parameters
    ----------
    port : str
        A port of a mode, or one made by `guide`.
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
    delay: Any = 0,
) -> Feed:
    """Pass the light that leaves one port to another, one way and without delay.

    The target's input is √η e^{iφ} a_out(source) + √(1 − η) a_in(target), the latter being the
    noise that the target has without the feed. Feeds may form loops: coherent feedback.

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
    delay : float
        In s; must be 0. A lossless cavity of amplitude decay rate 2/τ that the light passes on its
        way delays it by τ, within the cavity's bandwidth; several in a row widen the bandwidth.

    Returns
    -------
    Feed

    Raises
    ------
    ValueError
        For a transmission outside 0 … 1, and for a delay.

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
    if np.any(nonnegative(f"delay of {call}", delay, "s")):
        raise ValueError(
            f"delay of {call} must be 0 (got {shown(delay)}), since the equations have no memory; "
            "a lossless cavity of amplitude rate 2/delay between the ports delays light within its "
            "bandwidth"
        )
    eta = finite(f"transmission of {call}", transmission, float)
    if np.any((eta < 0) | (eta > 1)):
        raise ValueError(
            f"transmission of {call} must lie between 0 and 1 (got {shown(transmission)})"
        )
    angle = finite(f"phase of {call}", phase, float, "rad")
    common_shape({f"transmission of {call}": eta.shape, f"phase of {call}": angle.shape})
    return Feed(source, target, eta, angle, bool(shared_vacuum))


def mix(first: str, second: str, *, transmissivity: Any, phase: Any = 0.0) -> Mix:
    """A beam splitter on the light that leaves two ports.

    The first port then emits √T a + √(1 − T) e^{iφ} b, and the second √T b − √(1 − T) e^{−iφ} a,
    a and b being what leaves the ports without it. Feeds from the ports carry the mixed light.

    Parameters
    ----------
    first, second : str
        The two ports.
    transmissivity : float or array
        T, the share of each port's power that stays in it, 0 … 1.
    phase : float or array
        φ in rad.

    Returns
    -------
    Mix

    Raises
    ------
    ValueError
        For a transmissivity outside 0 … 1, and twice the same port.

    Examples
    --------
    Half of the light that is shone into a port without a mode leaves by another one:

    >>> import numpy as np
    >>> import qlangevin as ql
    >>> t = ql.terms
    >>> arms = [t.guide("upper"), t.guide("lower"), t.shine("upper", 3.0)]
    >>> splitter = t.mix("upper", "lower", transmissivity=0.5)
    >>> ql.Model.build(["a"], [*arms, splitter]).light_shares(np.zeros(2)).round(12)
    array([0.5, 0.5])
    """
    require_name("port first of mix", first)
    require_name("port second of mix", second)
    call = f"mix({first!r}, {second!r})"
    if first == second:
        raise ValueError(f"{call} needs two different ports")
    T = finite(f"transmissivity of {call}", transmissivity, float)
    if np.any((T < 0) | (T > 1)):
        raise ValueError(
            f"transmissivity of {call} must lie between 0 and 1 (got {shown(transmissivity)})"
        )
    angle = finite(f"phase of {call}", phase, float, "rad")
    common_shape({f"transmissivity of {call}": T.shape, f"phase of {call}": angle.shape})
    return Mix(first, second, T, angle)


def guide(port: str, *, occupation: Any = 0, squeezing: Any = 0, squeezing_angle: Any = 0) -> Jump:
    """A port that no mode couples to: a waveguide, whose light leaves as it enters.

    Parameters
    ----------
    port : str
        Its name; `feed`, `mix` and `shine` connect it.
    occupation, squeezing, squeezing_angle : float or array
        Thermal occupation n, squeezing r and its angle in rad of the light that enters, as in
        `lose`.

    Returns
    -------
    Jump

    Examples
    --------
    Squeezed light that a beam splitter mixes with vacuum:

    >>> import qlangevin as ql
    >>> t = ql.terms
    >>> beams = [t.guide("squeezed", squeezing=0.5), t.guide("vacuum")]
    >>> half = t.mix("squeezed", "vacuum", transmissivity=0.5)
    >>> port = ql.Model.build(["a"], [*beams, half]).ports["squeezed"]
    >>> (port.D @ port.D.T).round(3)
    array([[0.342, 0.   ],
           [0.   , 0.93 ]])
    """
    require_name("port of guide", port)
    bath = input_noise(f"guide({port!r})", occupation, squeezing, squeezing_angle)
    return Jump(port, (), *bath)
