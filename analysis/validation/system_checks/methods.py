"""Optional methods of a system: effective detuning there and back, and the other direction."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....sde.system import System, has_effective_detuning
from ....steady import known_states
from .results import SystemCheck, failed, judged, not_applicable
from .subject import Subject

SAME = 1e-6
"""Distance of an effective detuning from the one asked for, in units of the largest rate."""
OTHER = 1.3
"""Effective detuning that is asked for, in units of the present one."""
ROUNDING = 1e-12
"""Relative change of a parameter that is rounding."""


def effective_detuning(subject: Subject) -> SystemCheck:
    """A system made by `at_effective_detuning` has a fixed point with this effective detuning."""
    system: Any = subject.system
    try:
        defined = system is not None and has_effective_detuning(system)
    except ValueError as error:
        return failed(f"{error}.")
    if not defined:
        return not_applicable("The system defines none.")
    wanted = _wanted(system, subject)
    changed = system.at_effective_detuning(wanted)
    means = known_states(changed)["mean"].values
    reached = np.atleast_2d(changed.effective_detuning(means[np.isfinite(means).all(axis=-1)]))
    gaps = np.abs(reached - wanted).max(axis=-1, initial=0.0)
    return judged(
        float(gaps.min(initial=np.inf)) / _largest_rate(subject),
        SAME,
        "distance from the one asked for, over the largest rate",
        f"at_effective_detuning({wanted:.6g}) gives a system without a fixed point of this "
        "effective detuning by effective_detuning(mean): the two methods use different formulas "
        "or signs, or one counts the shift by the light twice or not at all.",
    )


def _wanted(system: Any, subject: Subject) -> float:
    """An effective detuning other than the present one, in rad/s."""
    present = system.effective_detuning(subject.fixed_points[:1])
    value = OTHER * float(np.ravel(present)[0]) if np.size(present) else 0.0
    return value if np.isfinite(value) and value != 0 else 0.5 * _largest_rate(subject)


def _largest_rate(subject: Subject) -> float:
    return float(np.abs(subject.model.A).max())


def reversed_twice(subject: Subject) -> SystemCheck:
    """`reversed()` twice is the system itself; `backward()` has a model."""
    system: Any = subject.system
    if hasattr(system, "reversed"):
        turned = system.reversed()
        turned.model()
        changed = _changed(system, turned.reversed())
        return judged(
            len(changed),
            0,
            "parameters that differ from the start",
            f"reversed() twice changes {', '.join(changed)}: it must turn each sign or side that "
            "it changes, and nothing else.",
        )
    if hasattr(system, "backward"):
        system.backward().model()
        return not_applicable("backward() need not be its own inverse; it has a model.")
    return not_applicable("The system defines no other direction.")


def _changed(system: System, other: System) -> list[str]:
    """The parameters that differ beyond rounding."""
    after = other.parameters()
    return [name for name, value in system.parameters().items() if not _same(value, after[name])]


def _same(value: object, other: object) -> bool:
    if isinstance(value, str) or isinstance(other, str):
        return value == other
    first, second = np.asarray(value, float), np.asarray(other, float)
    return first.shape == second.shape and bool(
        np.all(np.abs(first - second) <= ROUNDING * np.abs(first))
    )
