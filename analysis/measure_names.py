"""Measures in words, as run files, maps and sweeps write them: "log_negativity(a, b)", "purity"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import xarray as xr

from ..sde.support.checks import nearest, shown
from ..sde.system import System, as_model
from .measures import MEASURES, Measure

CALL = re.compile(r"\s*(\w+)\s*(?:\(\s*([^()]*?)\s*\))?\s*")


def measure(words: str, system: System) -> tuple[str, Callable[[xr.Dataset], xr.DataArray]]:
    """A measure in words: its variable's name, and its function of a dataset of steady states.

    A measure of two modes that names none is that of the system's `pair`. Raises ValueError for
    words that name no measure, the wrong number of modes, or a mode or port that the system does
    not have.
    """
    if not isinstance(words, str):
        raise ValueError(
            f"a measure is named in words, such as 'purity', or is a function (got {shown(words)})"
        )
    name, given = read_call(words)
    if name not in MEASURES:
        raise ValueError(f"{words!r} is no measure: {nearest(name, MEASURES, 'choose from')}")
    found = MEASURES[name]
    model = as_model(system)
    choices = list(model.ports if found.takes.kind == "port" else model.modes)
    chosen = given or list(system.pair if found.takes.count == 2 else ())
    _require_chosen(words, found, chosen, choices)
    return variable_name(words), found.of_steady_states(chosen)


def _require_chosen(
    words: str, found: Measure, chosen: Sequence[str], choices: Sequence[str]
) -> None:
    """ValueError unless a measure has as many different modes, or ports, as it takes."""
    count = found.takes.count
    kind = found.takes.kind
    require_enough(words, count, choices, kind)
    if len(chosen) != count or len(set(chosen)) < len(chosen):
        what = kind if count == 1 else "different modes"
        example = f"{count} {what}, such as {in_words(found.name, *choices[:count])}"
        raise ValueError(f"{words!r} must name {example if count else 'no modes'}")
    for one in chosen:
        if one not in choices:
            raise ValueError(f"{words!r} names {one!r}, which is none of {', '.join(choices)}")


def require_enough(words: str, count: int, choices: Sequence[str], kind: str = "mode") -> None:
    """ValueError where there are fewer modes, or ports, than a measure takes."""
    if len(choices) < count:
        needed = f"{count} {kind}{'s' * (count > 1)}"
        there = ", ".join(choices) or "none"
        raise ValueError(
            f"{words!r} needs {needed} (the system has {there}); choose another measure"
        )


def in_words(name: str, *arguments: str) -> str:
    """A measure in words: "log_negativity(a, b)" for log_negativity, a and b."""
    return f"{name}({', '.join(arguments)})" if arguments else name


def read_call(words: str) -> tuple[str, list[str]]:
    """Name and arguments of a measure in words; text of another form is returned as the name."""
    call = CALL.fullmatch(words)
    if call is None:
        return words, []
    return call[1], [word.strip() for word in call[2].split(",")] if call[2] else []


def variable_name(words: str) -> str:
    """The variable that holds a measure in words: log_negativity_a_b for "log_negativity(a, b)"."""
    name, arguments = read_call(words)
    return "_".join([name, *arguments])


def identifier(words: str) -> str:
    """The variable of a sweep: covariance_a_X_b_q for "covariance(a.X, b.q)", without dots."""
    return variable_name(words).replace(".", "_")


def read_variable(variable: str) -> tuple[str, list[str]]:
    """The measure with which a variable's name begins, and the rest: "steering", ["a_b"]."""
    known = [name for name in MEASURES if variable.startswith(f"{name}_")]
    if variable in MEASURES or not known:
        return variable, []
    longest = max(known, key=len)
    return longest, [variable[len(longest) + 1 :]]


def axis_label(words: str) -> str:
    """The label of a measure in words, "steering(a, b)", or of its variable, "steering_a_b"."""
    name, arguments = read_call(words)
    if not arguments:
        name, arguments = read_variable(name)
    if name in MEASURES:
        return MEASURES[name].titled(arguments)
    return ", ".join([name.replace("_", " "), *arguments])
