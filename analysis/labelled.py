"""The measures of `gaussian` under the same names, for labelled covariances as well as plain arrays.

A plain array goes straight to `gaussian`. A DataArray has dimensions (..., quadrature, quadrature_), in any order,
whose labels read "driven.X", "driven.Y", "mechanical.q", …; modes may then also be named: "driven", or a sequence of
names and indices. The result keeps the other dimensions and their coordinates, and says its unit in attrs["units"].
Besides what `gaussian` refuses, ValueError is raised for an unknown name and for labels that do not pair up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Any, TypeVar

import xarray as xr

from ..sde.labels import Q_, Q
from . import gaussian
from .gaussian import Array

Covariance = TypeVar("Covariance", Array, xr.DataArray)
Modes = int | str | Sequence[int | str]
Axes = Mapping[str, Sequence[str]]


def reduced(V: Covariance, modes: Modes) -> Covariance:
    """Covariance of some of the modes, in the order given; labels go with them."""
    return _apply(gaussian.reduced, V, modes=modes, axes=_quadratures(V, "modes", modes))


def conditional(V: Covariance, i: Modes, j: Modes) -> Covariance:
    """Covariance of modes j once all quadratures of modes i are known: V_j − CᵀV_i⁻¹C."""
    return _apply(gaussian.conditional, V, i=i, j=j, axes=_quadratures(V, "j", j))


def symplectic_eigenvalues(V: Covariance) -> Covariance:
    """Symplectic eigenvalues, rising, along a last dimension `eigenvalue`; ½ for vacuum."""
    return _apply(gaussian.symplectic_eigenvalues, V, axes={"eigenvalue": ()})


def transposed_eigenvalues(V: Covariance, i: Modes, j: Modes) -> Covariance:
    """Symplectic eigenvalues of the partial transpose i|j, rising, along a last dimension `eigenvalue`."""
    return _apply(gaussian.transposed_eigenvalues, V, i=i, j=j, axes={"eigenvalue": ()})


def log_negativity(V: Covariance, i: Modes, j: Modes) -> Covariance:
    """Logarithmic negativity E_N between modes i and modes j, in nats; doi:10.1103/PhysRevA.65.032314."""
    return _apply(gaussian.log_negativity, V, i=i, j=j, units="nats")


def steering(V: Covariance, i: Modes, j: Modes) -> Covariance:
    """Gaussian steering i → j, in nats; doi:10.1103/PhysRevLett.114.060403."""
    return _apply(gaussian.steering, V, i=i, j=j, units="nats")


def reid(V: Covariance, i: Modes, j: int | str) -> Covariance:
    """Reid's product E_{j|i} = Δ_inf X_j · Δ_inf P_j of mode j given modes i; doi:10.1103/PhysRevA.40.913."""
    return _apply(gaussian.reid, V, i=i, j=j)


def purity(V: Covariance) -> Covariance:
    """Tr ρ²: 1 for a pure state."""
    return _apply(gaussian.purity, V)


def populations(V: Covariance, mean: Covariance | None = None) -> Covariance:
    """Quanta per mode, along a last dimension `mode`; with a mean (..., quadrature), its |⟨a⟩|² included.

    The labels of V and mean must agree, and both be labelled or both plain: ValueError otherwise.
    """
    if isinstance(V, xr.DataArray) is not isinstance(mean, xr.DataArray) and mean is not None:
        raise ValueError(f"V and mean must be of one kind (got {type(V).__name__} and {type(mean).__name__})")
    axes: Axes = {"mode": _names(V)} if isinstance(V, xr.DataArray) else {}
    return _apply(gaussian.populations, V, *(() if mean is None else (mean,)), axes=axes)


def _apply(
    measure: Callable[..., Array], V: Any, *mean: Any, axes: Axes | None = None, units: str = "1", **modes: Modes
) -> Any:
    """The measure of V, or of V and mean; `axes` maps the new last dimensions to their labels, if they have any."""
    if not isinstance(V, xr.DataArray):
        return measure(V, *mean, **modes)
    names, axes = _names(V), axes or {}
    indices = {argument: _indices(argument, chosen, names) for argument, chosen in modes.items()}
    result = xr.apply_ufunc(
        partial(measure, **indices),
        V,
        *mean,
        input_core_dims=[[Q, Q_], [Q]][: 1 + len(mean)],
        output_core_dims=[list(axes)],
        exclude_dims={Q, Q_} & set(axes),
        keep_attrs=True,
    )
    coordinates = {axis: list(labels) for axis, labels in axes.items() if labels}
    result = result.assign_coords(coordinates).rename(measure.__name__)
    result.attrs = {"units": units}
    return result


def _names(V: xr.DataArray) -> list[str]:
    """The modes by name; none where V carries no labels."""
    labels = _labels(V)
    modes = [label.rpartition(".")[0] for label in labels]
    if modes[0::2] != modes[1::2] or len(set(modes)) != len(modes) // 2:
        raise ValueError(f"V must hold both quadratures of each mode side by side (got {', '.join(labels)})")
    return modes[0::2]


def _labels(V: xr.DataArray) -> list[str]:
    if Q not in V.dims or Q_ not in V.dims:
        raise ValueError(f"V must have dimensions {Q!r} and {Q_!r} (got {V.dims}); rename the axes of the covariance")
    labels, labels_ = ([str(label) for label in V.indexes.get(axis, ())] for axis in (Q, Q_))
    if labels and labels_ and labels != labels_:
        raise ValueError(f"V must have the same labels on {Q!r} and {Q_!r} (got {labels} and {labels_})")
    return labels


def _quadratures(V: Any, argument: str, modes: Modes) -> Axes:
    """The two axes of a covariance of some of the modes of V, with their labels."""
    if not isinstance(V, xr.DataArray):
        return {}
    labels, names = _labels(V), _names(V)
    chosen = [label for mode in _indices(argument, modes, names) for label in labels[2 * mode : 2 * mode + 2]]
    return {Q: chosen, Q_: chosen}


def _indices(argument: str, modes: Modes, names: list[str]) -> list[int]:
    each = [modes] if isinstance(modes, str) or not isinstance(modes, Iterable) else list(modes)
    return [_index(argument, mode, names) if isinstance(mode, str) else mode for mode in each]


def _index(argument: str, name: str, names: list[str]) -> int:
    if name in names:
        return names.index(name)
    if not names:
        raise ValueError(f"{argument} must be given by index (got {name!r}): {Q!r} of V carries no labels")
    nearest = get_close_matches(name, names, 1, cutoff=0.0)[0]
    raise ValueError(f"{argument} must be among {', '.join(names)} (got {name!r}); did you mean {nearest!r}?")
