"""Measures in words, as run files, maps and sweeps write them: "log_negativity(a, b)", "purity".

`measure` is that of steady states, `quantity` that of the covariances of an ensemble.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from ..sde.kept_elements import KeptElements
from ..sde.support.checks import nearest, shown
from ..sde.system import System, as_model
from . import gaussian
from .measures import COVARIANCE_MEASURES, MEASURES, Measure
from .mode_blocks import Array
from .spectra.light_measures import LIGHT_MEASURES
from .spectra.light_words import LightInWords, Reader, is_light, read_light_measure

FAINT = 1e-13
"""Estimates of E_N and steering up to this value, in nats, are rounding errors."""
CALL = re.compile(r"\s*(\w+)\s*(?:\(\s*([^()]*?)\s*\))?\s*")


def measure(
    words: str, system: System, output_modes: Sequence[str] = ()
) -> tuple[str, Callable[[xr.Dataset], xr.DataArray]]:
    """A measure in words: its variable's name, and its function of a dataset of steady states.

    A measure of two modes that names none is that of the system's `pair`. `output_modes` are in the
    dataset's covariance beside the system's. Raises ValueError for words that name no measure, the
    wrong number of modes, or a mode or port that the system does not have.
    """
    _require_words(words)
    name, given = read_call(words)
    if name not in MEASURES:
        known = dict.fromkeys([*MEASURES, *LIGHT_MEASURES])
        raise ValueError(f"{words!r} is no measure: {nearest(name, known, 'choose from')}")
    found = MEASURES[name]
    model = as_model(system)
    choices = list(model.ports if found.takes.kind == "port" else model.modes)
    if found.formula is not None:
        choices += output_modes
    if name == "populations" and given:
        mode = (_required(words, given, choices),)
        return variable_name(words), partial(_populations_of, found.of_steady_states([]), *mode)
    chosen = given or list(system.pair if found.takes.count == 2 else ())
    _require_chosen(words, found, chosen, choices)
    return variable_name(words), found.of_steady_states(chosen)


def light_measure(words: str, system: System, read: Reader | None = None) -> LightInWords | None:
    """The measure of light that words name, such as "squeezing_db(fibre, omega_m)"; else None.

    `read` reads frequencies and angles; default: numbers in SI, and parameters. Raises ValueError
    for ports or values that the measure cannot have.
    """
    _require_words(words)
    name, given = read_call(words)
    return read_light_measure(words, name, given, system, read) if is_light(name, given) else None


def _require_words(words: str) -> None:
    if not isinstance(words, str):
        raise ValueError(
            f"a measure is named in words, such as 'purity', or is a function (got {shown(words)})"
        )


def _required(words: str, given: Sequence[str], modes: Sequence[str]) -> str:
    """The one mode that words name; ValueError where they name another number, or none of these."""
    (place,) = _places(words, list(given), list(modes), 1)
    return modes[place]


def _populations_of(
    measure: Callable[[xr.Dataset], xr.DataArray], mode: str, steady: xr.Dataset
) -> xr.DataArray:
    """The quanta of one mode."""
    return measure(steady).sel(mode=mode, drop=True)


@dataclass(frozen=True)
class Quantity:
    """A function of covariances (..., n, n) → (...), smooth through zero.

    It is `formula(V, *places)`, which reads the block of V of certain `quadratures` alone, in which
    the places are 0, 1, …; None if it reads all of V, or, if `of_each_mode`, the blocks of all
    modes, each by itself. If `clipped`, the quantity is the positive part.
    """

    name: str
    formula: Callable[..., Array]
    clipped: bool
    units: str
    places: tuple[int, ...] = ()
    quadratures: tuple[int, ...] | None = None
    of_each_mode: bool = False

    def measure(self, V: Array) -> Array:
        """The quantity (...) of whole covariances V (..., n, n)."""
        return self.formula(V, *self.places)

    def block(self, values: Array, kept: KeptElements) -> Array:
        """The part of covariances, in an array of a result, that the quantity is one of."""
        if kept.matrices:
            return values
        if self.of_each_mode:
            return kept.mode_blocks(values)
        return kept.block(values, self._needed(kept), self.name)

    def of(self, values: Array, kept: KeptElements) -> Array:
        """The quantity (...) of covariances in an array of a result. Raises NotKeptError."""
        block = self.block(values, kept)
        if kept.matrices:
            return self.measure(block)
        found = self.formula(block, *range(len(self.places)))
        return found[..., 0] if self.of_each_mode else found

    def require_kept(self, kept: KeptElements) -> None:
        """Raise NotKeptError if it needs elements that are not kept."""
        if not self.of_each_mode:
            kept.require(np.asarray(self._needed(kept), int), self.name)

    def _needed(self, kept: KeptElements) -> Sequence[int]:
        return range(kept.size) if self.quadratures is None else self.quadratures

    def shown(self, value: Array) -> Array:
        """The value (...), 0 for an E_N or a steering that is negative or rounding."""
        return np.where(value <= FAINT, 0.0, value) if self.clipped else value


def quantity(words: str, quadratures: Sequence[str]) -> Quantity:
    """The quantity with a name such as "purity", for a model with these quadrature labels.

    "covariance(a.X, b.q)" is an element; "populations(a)" are the quanta of one mode; all others
    are measures with their modes, as in maps: "log_negativity(a, b)", "populations",
    "squeezing(a)", … Raises ValueError for words that name no measure, or no modes of the model.
    """
    if not isinstance(words, str):
        raise ValueError(f"a quantity is named in words, such as 'purity' (got {shown(words)})")
    name, given = read_call(words)
    modes = [label.rpartition(".")[0] for label in quadratures[::2]]
    if name == "covariance":
        row, column = _places(words, given, list(quadratures), 2, distinct=False)
        element = row, column
        return Quantity(words, _element, False, "1", element, quadratures=element)
    if name in LIGHT_MEASURES:
        raise ValueError(
            f"{words!r} is of the light that leaves, which moments of the modes do not contain; "
            "give it as a measure of grid, or in measures of [map] or [sweep], or record the light"
        )
    if name not in COVARIANCE_MEASURES:
        known = ["covariance", *COVARIANCE_MEASURES]
        raise ValueError(f"{words!r} is no quantity: {nearest(name, known, 'choose from')}")
    if name == "populations" and given:
        places = tuple(_places(words, given, modes, 1))
        return Quantity(words, _quanta, False, "1", places, _quadratures_of(places))
    measure = COVARIANCE_MEASURES[name]
    return _measured(words, measure, _places(words, given, modes, measure.takes.count))


def _measured(words: str, measure: Measure, places: Sequence[int]) -> Quantity:
    """A measure of the table, of modes by index, as a quantity."""
    formula = measure.formula
    assert formula is not None
    # Estimates of other measures than E_N and steering carry no unit.
    units = measure.units if measure.clipped else ""
    needed = _quadratures_of(places) if places else None
    each = measure.name == "populations"
    return Quantity(words, formula, measure.clipped, units, tuple(places), needed, each)


def _element(V: Array, row: int, column: int) -> Array:
    return np.asarray(V)[..., row, column]


def _quanta(V: Array, mode: int) -> Array:
    return np.asarray(gaussian.populations(V)[..., mode])


def _quadratures_of(modes: Sequence[int]) -> tuple[int, ...]:
    """The quadratures of modes, by their indices."""
    return tuple(2 * mode + k for mode in modes for k in range(2))


def _places(
    words: str, given: list[str], known: list[str], count: int, distinct: bool = True
) -> list[int]:
    """The indices of the names given among those known; ValueError unless there are `count`."""
    if distinct:
        require_enough(words, count, known)
    if len(given) != count or (distinct and len(set(given)) < count):
        wanted = f"{count} of {', '.join(known)}" if count else "no modes"
        raise ValueError(f"{words!r} must name {wanted}")
    for name in given:
        if name not in known:
            raise ValueError(f"{words!r} names {name!r}: {nearest(name, known, 'choose from')}")
    return [known.index(name) for name in given]


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
    return "_".join([name, *map(_in_variable, arguments)])


def _in_variable(argument: str) -> str:
    """An argument in the name of a variable: minus_omega_m for "-omega_m", "2π_1_MHz"."""
    text = re.sub(r"(?<=\d[eE])[+](?=\d)", "", argument)
    text = re.sub(r"(?<!\d[eE])[-−]|^[-−]", " minus ", text)
    text = text.replace("+", " plus ").replace("/", " over ")
    return re.sub(r"[^\w.]+", "_", text).strip("_")


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
    if is_light(name, arguments):
        return LIGHT_MEASURES[name].titled(arguments)
    if not arguments:
        name, arguments = read_variable(name)
    if name in MEASURES:
        return MEASURES[name].titled(arguments)
    return ", ".join([name.replace("_", " "), *arguments])
