"""Array measures applied to labelled covariances: modes by name, labels and unit on the result.

A plain array goes straight to the array functions of `gaussian`, `information` and `phase_space`. A
DataArray has dimensions (..., quadrature, quadrature_), in any order, whose labels read "driven.X",
"driven.Y", "mechanical.q", …; modes may then also be named: "driven", or a sequence of names and
indices. The result keeps the other dimensions and their coordinates, and has its unit in
attrs["units"]. Besides what the array functions refuse, ValueError is raised for an unknown name,
for labels that do not pair up, and for a V and a mean of which only one is labelled.

A covariance (..., element) of `simulate` with moments="modes" is taken too, by every measure whose
modes are kept.

Measures check whether V, all of it, is the covariance of a quantum state (`physicality.examine`);
functions that only describe V, such as `reduced` and the Wigner functions, do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

import xarray as xr

from ..sde.kept_elements import ELEMENT, KeptElements, NotKeptError
from ..sde.labels import Q_, Q
from .mode_blocks import Array, described, whole
from .physicality import Physical, examine

Covariance = TypeVar("Covariance", Array, xr.DataArray)
Modes = int | str | Sequence[int | str]
Axes = Mapping[str, Any]
CONVENTION = "convention"
"""Attribute of a labelled covariance in the convention of another program (`convert`)."""


def apply_measure(
    measure: Callable[..., Array],
    V: Any,
    arrays: Mapping[str, Any] | None = None,
    axes: Axes | None = None,
    given: Mapping[str, Any] | None = None,
    units: str = "1",
    physical: Physical | None = None,
    **modes: Modes,
) -> Any:
    """An array measure of V (..., 2n, 2n), plain or labelled, and of modes by index or name.

    `arrays` are further arguments with a dimension quadrature, or None; `given` are passed on as
    they are. `axes` maps the new last dimensions of a labelled result to their labels, if they have
    any. V is not examined where `physical` is None.
    """
    arrays = {argument: array for argument, array in (arrays or {}).items() if array is not None}
    axes = axes or {}
    given = given or {}
    _require_one_kind(V, arrays)
    if isinstance(V, xr.DataArray) and ELEMENT in V.dims:
        V, modes = _kept_block(V, measure.__name__, modes)
    if not isinstance(V, xr.DataArray):
        result = measure(V, **arrays, **given, **modes)
        if physical is not None:
            examine(measure.__name__, V, modes, physical)
        return result
    _require_own_convention(V)
    names = mode_names(V)
    indices = {argument: _indices(argument, chosen, names) for argument, chosen in modes.items()}
    labelled = _apply_along(measure, V, arrays, axes, {**given, **indices})
    labelled.attrs = {"units": units}
    if physical is not None:
        examine(measure.__name__, V.transpose(..., Q, Q_).values, indices, physical)
    return labelled


def _kept_block(
    V: xr.DataArray, measure: str, modes: Mapping[str, Modes]
) -> tuple[xr.DataArray, dict[str, Modes]]:
    """The matrices of the modes, of covariances (..., element) of an ensemble; and their names.

    Of all modes where none are given. Raises NotKeptError for elements that were not kept.
    """
    names = mode_names(V)
    chosen = {
        argument: [names[mode] for mode in _indices(argument, given, names)]
        for argument, given in modes.items()
    }
    taken = list(dict.fromkeys(name for each in chosen.values() for name in each)) or names
    try:
        return kept_matrices(V, taken, measure), dict(chosen)
    except NotKeptError as error:
        if modes:
            raise
        raise NotKeptError(
            f"{error}; analysis.reduced gives the matrix of a mode or of a kept pair"
        ) from None


def kept_matrices(V: xr.DataArray, modes: Sequence[str], what: str) -> xr.DataArray:
    """The matrices (..., quadrature, quadrature_) of some modes of covariances (..., element).

    Raises NotKeptError, of `what`, where an element was not kept.
    """
    kept = KeptElements.of(V)
    at = [2 * kept.modes.index(mode) + k for mode in modes for k in range(2)]
    last = V.transpose(..., ELEMENT)
    values = kept.block(last.values, at, what)
    labels = [kept.labels[k] for k in at]
    others = {name: each for name, each in last.coords.items() if ELEMENT not in each.dims}
    return xr.DataArray(
        values,
        {**others, Q: labels, Q_: labels},
        [*last.dims[:-1], Q, Q_],
        attrs=V.attrs,
        name=V.name,
    )


def kept_mode_blocks(V: xr.DataArray) -> xr.DataArray:
    """The blocks (..., mode, quadrature, quadrature_) of all modes, of covariances (..., element).

    The two quadratures of a block are not labelled.
    """
    kept = KeptElements.of(V)
    last = V.transpose(..., ELEMENT)
    others = {name: each for name, each in last.coords.items() if ELEMENT not in each.dims}
    return xr.DataArray(
        kept.mode_blocks(last.values),
        {**others, "mode": kept.modes},
        [*last.dims[:-1], "mode", Q, Q_],
    )


def _require_one_kind(V: Any, arrays: Mapping[str, Any]) -> None:
    """ValueError unless V and the further arrays are all labelled, or all plain."""
    for argument, array in arrays.items():
        if isinstance(V, xr.DataArray) is not isinstance(array, xr.DataArray):
            kinds = f"{type(V).__name__} and {type(array).__name__}"
            raise ValueError(f"V and {argument} must be of one kind (got {kinds})")


def _require_own_convention(V: xr.DataArray) -> None:
    """ValueError where V is labelled as being in the convention of another program."""
    if CONVENTION in V.attrs:
        raise ValueError(
            f"V is in another convention ({V.attrs[CONVENTION]}): convert it back with "
            "analysis.convert"
        )


def _apply_along(
    measure: Callable[..., Array],
    V: xr.DataArray,
    arrays: Mapping[str, xr.DataArray],
    axes: Axes,
    given: Mapping[str, Any],
) -> xr.DataArray:
    """The measure of labelled arrays along their quadratures, with the new axes last."""

    def of_plain(V: Array, *values: Array) -> Array:
        """The measure of arrays without their labels."""
        return measure(V, **dict(zip(arrays, values, strict=True)), **given)

    result = xr.apply_ufunc(
        of_plain,
        V,
        *arrays.values(),
        input_core_dims=[
            [Q, Q_],
            *([*(axis for axis in axes if axis in array.dims), Q] for array in arrays.values()),
        ],
        output_core_dims=[list(axes)],
        exclude_dims={Q, Q_} & set(axes),
        keep_attrs=True,
    )
    labels = {axis: values for axis, values in axes.items() if values}
    return result.assign_coords(labels).rename(measure.__name__)


def mode_names(V: xr.DataArray) -> list[str]:
    """The modes of V by name; none where V carries no labels."""
    labels = _quadrature_labels(V)
    modes = [label.rpartition(".")[0] for label in labels]
    if modes[0::2] != modes[1::2] or len(set(modes)) != len(modes) // 2:
        raise ValueError(
            f"V must hold both quadratures of each mode side by side (got {', '.join(labels)})"
        )
    return modes[0::2]


def _quadrature_labels(V: xr.DataArray) -> list[str]:
    """The labels of the quadratures of V, the same on both axes; none where it carries none."""
    if ELEMENT in V.dims:
        return list(KeptElements.of(V).labels)
    if Q not in V.dims or Q_ not in V.dims:
        raise ValueError(
            f"V must have dimensions {Q!r} and {Q_!r} (got {V.dims}); rename the axes of the "
            "covariance"
        )
    labels, labels_ = ([str(label) for label in V.indexes.get(axis, ())] for axis in (Q, Q_))
    if labels and labels_ and labels != labels_:
        raise ValueError(
            f"V must have the same labels on {Q!r} and {Q_!r} (got {labels} and {labels_})"
        )
    return labels


def covariance_axes(V: Any, argument: str, modes: Modes) -> Axes:
    """The two axes of a covariance of some of the modes of V, with their labels."""
    if not isinstance(V, xr.DataArray):
        return {}
    labels = _quadrature_labels(V)
    chosen = [
        label
        for mode in _indices(argument, modes, mode_names(V))
        for label in labels[2 * mode : 2 * mode + 2]
    ]
    return {Q: chosen, Q_: chosen}


def _indices(argument: str, modes: Modes, names: list[str]) -> list[int]:
    """The indices of modes that are given by index or name."""
    each = [modes] if isinstance(modes, str) or not isinstance(modes, Iterable) else list(modes)
    return [
        _named_index(argument, mode, names)
        if isinstance(mode, str)
        else _plain_index(argument, mode, names)
        for mode in each
    ]


def _plain_index(argument: str, mode: Any, names: list[str]) -> int:
    """A mode given by index; refused if a mode has this number as its name."""
    if str(mode) in names:
        raise ValueError(
            f"{argument} = {mode!r} is the name of a mode and an index; write the name in quotes"
        )
    try:
        return whole(mode)
    except TypeError:
        raise ValueError(
            f"{argument} must be a mode by name or by index (got {described(mode)})"
        ) from None


def _named_index(argument: str, name: str, names: list[str]) -> int:
    """The index of a name among those of the modes, or of the quadratures."""
    if name in names:
        return names.index(name)
    if not names:
        raise ValueError(
            f"{argument} must be given by index (got {name!r}): {Q!r} of V carries no labels"
        )
    nearest = get_close_matches(name, names, 1, cutoff=0.0)[0]
    raise ValueError(
        f"{argument} must be among {', '.join(names)} (got {name!r}); did you mean {nearest!r}?"
    )


def quadrature_index(V: Any, argument: str, quadrature: int | str) -> int | str:
    """The index of a quadrature of a labelled V; for a plain V the argument unchanged."""
    if isinstance(V, xr.DataArray) and isinstance(quadrature, str):
        return _named_index(argument, quadrature, _quadrature_labels(V))
    return quadrature


def density_axis(
    V: Any, axis: str, quadrature: Any, values: Any
) -> tuple[str, Any, dict[str, str]]:
    """The coordinate along an axis of a density: its values, named after the quadrature."""
    labels = _quadrature_labels(V) if isinstance(V, xr.DataArray) else []
    known = isinstance(quadrature, int) and 0 <= quadrature < len(labels)
    name = labels[quadrature] if known else f"quadrature {quadrature}"
    return axis, values, {"long_name": name, "units": "1"}
