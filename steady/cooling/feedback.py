"""Feedback of a homodyne current as a force on a mode: the closed loop as a model.

The current is y = X_θ of the light of a port, after losses. It is filtered and pushes the mode,
ṗ = … + gain·(filtered y). The loop is built of ports, so that it is a model like any other:

* a port with the jump L = −i(g/√2)q, which the light enters, adds g X_θ to ṗ at once, and nothing
  else to the mode;
* the quadrature X of a cavity of amplitude rate ω_f, which the light enters at resonance, is
  √(2/ω_f) times the low-pass filtered current, and pushes the mode by H = −k q X.

X_θ and all that is filtered from it commute with themselves at all times and are not changed by the
force. The modes of the system therefore have the same state as with a detector, an amplifier and an
actuator (Wiseman and Milburn, doi:10.1103/PhysRevLett.70.548). The conjugate quadratures in the
loop do not act back on the system; with a detector in place they do not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ...sde.model.model import Model
from ...sde.model.operators import operators
from ...sde.model.term_kinds import Term
from ...sde.support.checks import Array, common_shape, numbers, require_one_of, shown
from ...sde.support.errors import RefusedError
from ...sde.system import System, as_model
from ...sde.terms import feed, hamiltonian, jump, lose
from ..conditional import mean_of_branch
from ..light.detection import require_ports_that_leave
from ..light.records import Homodyne

CONTROLS = ("derivative", "low-pass", "direct")
"""How the current is filtered."""
SYSTEM, LOOP = "system", "loop"
"""Prefixes of the names of modes and ports in the join of the system and the loop."""


def feedback_loop(
    system: System | Model,
    record: Homodyne,
    mode: str,
    gain: Any,
    *,
    control: str = "derivative",
    bandwidth: Any = None,
    efficiency: Any = 1.0,
    branch: int = 0,
) -> Model:
    """Close a loop: a homodyne current, filtered, pushes a mode.

    The force is ṗ = … + gain·f, with the fluctuation y of the current (shot noise ½, in √(1/s)) and

    * control="direct": f = y
    * control="low-pass": f = z, with ż = bandwidth·(y − z)
    * control="derivative": f = y − z = ż/bandwidth, a derivative below the bandwidth

    None of them delays. The sign of the gain decides whether the force damps: of a current that
    follows q, the derivative damps where its product with q in ṗ is negative.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    record : Homodyne
        The detector. All light of its port is taken into the loop.
    mode : str
        The mode that the force acts on, through its second quadrature (p or Y).
    gain : float or array
        In √(rad/s), of either sign.
    control : {"derivative", "low-pass", "direct"}
    bandwidth : float or array
        Rate of the low-pass filter in rad/s; not for control="direct".
    efficiency : float or array, default 1
        Share η of the light that the detector sees, 0 … 1.
    branch : int, default 0
        The fixed point about which the system fluctuates, as `fixed_points` numbers it; it need not
        be stable without feedback.

    Returns
    -------
    Model
        The closed loop, in deviations from the fixed point: the modes of the system and, unless
        direct, "loop.filter". `steady_state` decides its stability. Light of the port "loop.out" is
        in the loop: its quadrature X is the current (all-pass filtered), whose noise may lie below
        ½ without being squeezed; nothing else of it exists where a detector is. All other ports
        emit light out of the loop; for a
        beam that is split off before the detector, `mix` its port with a `guide` in the system.

    Raises
    ------
    RefusedError
        For a record that is no Homodyne, an unknown port or one whose light is fed on, a missing or
        superfluous bandwidth, and numbers that are not finite or out of range.
    ValueError
        For an unknown mode, control or branch.

    References
    ----------
    Wiseman and Milburn, doi:10.1103/PhysRevLett.70.548; Genes, Vitali, Tombesi, Gigan and
    Aspelmeyer, doi:10.1103/PhysRevA.77.033804: cold damping.

    Examples
    --------
    Y of the light from a mode at 10 quanta is fed back to the mode:

    >>> import qlangevin as ql
    >>> t = ql.terms
    >>> light = t.lose("m", "light", amplitude_rate=1.0)
    >>> bath = t.lose("m", "bath", amplitude_rate=1.0, occupation=20)
    >>> mode = ql.Model.build(["m"], [light, bath])
    >>> current = ql.Homodyne("light", angle=1.5707963267948966)
    >>> loop = ql.feedback_loop(mode, current, "m", 5.0, control="direct")
    >>> ql.steady_state(loop)["covariance"].values[0].diagonal().round(3)
    array([10.5  ,  3.394])
    """
    model = as_model(system)
    model.mode_index(mode)
    require_one_of("control", control, CONTROLS)
    if not isinstance(record, Homodyne):
        raise RefusedError(
            f"record must be a detector, such as Homodyne('fibre', angle=0.3) (got {shown(record)})"
        )
    require_ports_that_leave(model, [record.port], "record")
    g = _finite("gain", gain, "√(rad/s)")
    rate = _bandwidth(control, bandwidth)
    share = _share(efficiency)
    common_shape(
        {
            "parameter points": model.batch,
            "gain": g.shape,
            "bandwidth": () if rate is None else rate.shape,
            "efficiency": share.shape,
            "angle": np.shape(record.angle),
        }
    )
    still = _at_rest(model, mean_of_branch(system, model, None, branch))
    parts = {SYSTEM: still} if rate is None else {SYSTEM: still, LOOP: _low_pass(rate)}
    terms = _loop(f"{SYSTEM}.{mode}", record, control, g, rate, share)
    return _without_prefix(Model.join(**parts, terms=terms))


def _bandwidth(control: str, bandwidth: Any) -> Array | None:
    """The rate (...) of the filter; None for direct feedback."""
    if control == "direct":
        if bandwidth is not None:
            raise RefusedError(
                f"bandwidth must be left out for control='direct' (got {shown(bandwidth)})"
            )
        return None
    if bandwidth is None:
        raise RefusedError(f"bandwidth must be given for control={control!r}, in rad/s")
    rate = _finite("bandwidth", bandwidth, "rad/s")
    if not np.all(rate > 0):
        raise RefusedError(f"bandwidth must be positive, in rad/s (got {shown(bandwidth)})")
    return rate


def _finite(name: str, value: Any, unit: str) -> Array:
    found = numbers(name, value, float, unit)
    if not np.all(np.isfinite(found)):
        raise RefusedError(f"{name} must be finite (got {shown(value)})")
    return found


def _share(efficiency: Any) -> Array:
    share = numbers("efficiency", efficiency)
    if not np.all((share >= 0) & (share <= 1)):
        raise RefusedError(f"efficiency must lie between 0 and 1 (got {shown(efficiency)})")
    return share


def _at_rest(model: Model, mean: Array) -> Model:
    """The model in deviations from a fixed point (..., n), its light likewise."""
    moved = model.about(mean)
    ports = {
        name: replace(port, d=np.zeros_like(port.d), shone=np.zeros_like(port.shone))
        for name, port in model.ports.items()
    }
    residue = model.drift(mean, "mean")
    return replace(moved, c=moved.c - residue, ports=ports)


def _low_pass(rate: Array) -> Model:
    return Model.build(["filter"], lose("filter", "out", amplitude_rate=rate))


def _loop(
    mode: str, record: Homodyne, control: str, gain: Array, rate: Array | None, efficiency: Array
) -> list[Term]:
    """The terms that close the loop, between `mode` of the join and the ports."""
    source, phase = f"{SYSTEM}.{record.port}", -np.asarray(record.angle, float)
    last = f"{LOOP}.out"
    terms: list[Term] = []
    push: Mapping[str, Any] = {"transmission": efficiency, "phase": phase}
    if control != "low-pass":
        target = last if rate is None else f"{LOOP}.force"
        terms += [
            jump(target, -1j * gain / np.sqrt(2) * _position(mode)),
            feed(source, target, **push),
        ]
        source, push = target, {}
    if rate is not None:
        strength = (gain if control == "low-pass" else -gain) * np.sqrt(rate / 2)
        energy = -strength * _position(mode) * _position(f"{LOOP}.filter")
        terms += [hamiltonian(energy), feed(source, last, **push)]
    return terms


def _position(mode: str) -> Any:
    (operator,) = operators(mode)
    return operator.x


def _without_prefix(joined: Model) -> Model:
    """The join with the names that its part "system" has alone."""

    def own(name: str) -> str:
        return name.removeprefix(f"{SYSTEM}.")

    ports = {
        own(name): replace(port, source=own(port.source), onward=own(port.onward))
        for name, port in joined.ports.items()
    }
    return replace(
        joined,
        modes=tuple(map(own, joined.modes)),
        quadratures=tuple(map(own, joined.quadratures)),
        channels=tuple(map(own, joined.channels)),
        ports=ports,
    )
