"""Measures asked for in words, as in run files: "log_negativity", "steering(driven, mechanical)",
"purity".
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType

import xarray as xr

from ..sde.support.checks import nearest, shown
from ..sde.system import System, as_model
from . import labelled, optics

CALL = re.compile(r"\s*(\w+)\s*(?:\(\s*([^()]*?)\s*\))?\s*")
TENSORS = {"reduced", "conditional", "wigner", "wigner_marginal", "quadrature_density"}
"""Functions of `labelled` that give more than numbers per state, or need a place."""
ARGUMENTS = ("i", "j", "k", "mode", "port")


def measure(words: str, system: System) -> tuple[str, Callable[[xr.Dataset], xr.DataArray]]:
    """A variable's name for a measure in words, and the measure as a function of a dataset of
    steady states.

    A measure of two modes without modes is that of the system's own pair. Raises ValueError for
    words that name no measure, the wrong number of modes, or a mode or port that the system does
    not have.
    """
    if not isinstance(words, str):
        raise ValueError(
            f"a measure is named in words, such as 'purity', or is a function (got {shown(words)})"
        )
    name, given = read_call(words)
    optical = known_measures(optics)
    known = known_measures(labelled) | optical
    if name not in known:
        raise ValueError(f"{words!r} is no measure: {nearest(name, known, 'choose from')}")
    takes, model = known[name], as_model(system)
    names = given or list(system.pair if takes == ["i", "j"] else ())
    kind = "port" if takes == ["port"] else "mode"
    choices = list(model.ports if kind == "port" else model.modes)
    require_enough(words, len(takes), choices, kind)
    if len(names) != len(takes) or len(set(names)) < len(names):
        what = kind if len(takes) == 1 else "different modes"
        example = (
            f"{len(takes)} {what}, such as {name}({', '.join(choices[: len(takes)])})"
            if takes
            else "no modes"
        )
        raise ValueError(f"{words!r} must name {example}")
    for chosen in names:
        if chosen not in choices:
            raise ValueError(f"{words!r} names {chosen!r}, which is none of {', '.join(choices)}")
    variable = "_".join([name, *(names if given else ())])
    arguments = dict(zip(takes, names, strict=True))
    if name in optical:
        return variable, partial(getattr(optics, name), **arguments)
    return variable, partial(_of_covariance, getattr(labelled, name), arguments)


def require_enough(words: str, count: int, choices: Sequence[str], kind: str = "mode") -> None:
    """ValueError where there are fewer modes, or ports, than a measure takes."""
    if len(choices) < count:
        needed, there = f"{count} {kind}{'s' * (count > 1)}", ", ".join(choices) or "none"
        raise ValueError(
            f"{words!r} needs {needed} (the system has {there}); ask for another measure"
        )


def _of_covariance(
    function: Callable[..., xr.DataArray], modes: dict[str, str], steady: xr.Dataset
) -> xr.DataArray:
    return function(steady["covariance"], **modes, physical="ignore")


def read_call(words: str) -> tuple[str, list[str]]:
    """The name and the arguments of a measure in words; words that are no call are all name."""
    call = CALL.fullmatch(words)
    if call is None:
        return words, []
    return call[1], [word.strip() for word in call[2].split(",")] if call[2] else []


def known_measures(module: ModuleType) -> dict[str, list[str]]:
    """The measures of a module, each with its arguments that take modes or ports."""
    return {
        name: [
            argument for argument in inspect.signature(function).parameters if argument in ARGUMENTS
        ]
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and name not in TENSORS
    }
