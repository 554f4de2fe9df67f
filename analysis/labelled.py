"""The measures of `gaussian`, `information` and `phase_space` under the same names, for labelled
covariances too.

A plain array goes straight to those, where formulas, references and directions stand. A DataArray
has dimensions (..., quadrature, quadrature_), in any order, whose labels read "driven.X",
"driven.Y", "mechanical.q", …; modes may then also be named: "driven", or a sequence of names and
indices. The result keeps the other dimensions and their coordinates, and says its unit in
attrs["units"]. Besides what the array functions refuse, ValueError is raised for an unknown name,
for labels that do not pair up, and for a V and a mean of which only one is labelled.

Every measure asks whether V, all of it, is the covariance of a quantum state, to a fraction 10⁻⁴:
coupled estimates pass, plain samples of few trajectories may not. Where it is not, `physical` says
what follows: "warn", one UnphysicalWarning per call with the size of the violation; "raise", an
UnphysicalError; "ignore", nothing. A PrecisionWarning says where the entries of V, being doubles,
hold too few digits for the measure: those lost altogether are NaN. `reduced`, `conditional` and the
Wigner functions only describe V, and ask nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

import xarray as xr

from ..sde.labels import Q_, Q
from . import gaussian, information, phase_space
from .gaussian import Array
from .mode_blocks import described, whole
from .soundness import Physical, examine

Covariance = TypeVar("Covariance", Array, xr.DataArray)
Modes = int | str | Sequence[int | str]
Axes = Mapping[str, Any]


def reduced(V: Covariance, modes: Modes) -> Covariance:
    """Covariance of some of the modes, in the order given; labels go with them."""
    return _apply(gaussian.reduced, V, modes=modes, axes=_quadratures(V, "modes", modes))


def conditional(V: Covariance, i: Modes, j: Modes) -> Covariance:
    """Covariance of modes j once all quadratures of modes i are known: V_j − CᵀV_i⁻¹C."""
    return _apply(gaussian.conditional, V, i=i, j=j, axes=_quadratures(V, "j", j))


def symplectic_eigenvalues(V: Covariance, physical: Physical = "ignore") -> Covariance:
    """Symplectic eigenvalues, rising, along a last dimension `eigenvalue`; ½ for vacuum, less for
    no quantum state.
    """
    return _apply(gaussian.symplectic_eigenvalues, V, axes={"eigenvalue": ()}, physical=physical)


def transposed_eigenvalues(
    V: Covariance, i: Modes, j: Modes, physical: Physical = "warn"
) -> Covariance:
    """Symplectic eigenvalues of the partial transpose i|j, rising, along a last dimension
    `eigenvalue`.
    """
    return _apply(
        gaussian.transposed_eigenvalues, V, i=i, j=j, axes={"eigenvalue": ()}, physical=physical
    )


def log_negativity(V: Covariance, i: Modes, j: Modes, physical: Physical = "warn") -> Covariance:
    """Logarithmic negativity E_N between modes i and modes j, in nats;
    doi:10.1103/PhysRevA.65.032314.
    """
    return _apply(gaussian.log_negativity, V, i=i, j=j, units="nats", physical=physical)


def steering(V: Covariance, i: Modes, j: Modes, physical: Physical = "warn") -> Covariance:
    """Gaussian steering i → j, in nats; doi:10.1103/PhysRevLett.114.060403."""
    return _apply(gaussian.steering, V, i=i, j=j, units="nats", physical=physical)


def reid(V: Covariance, i: Modes, j: int | str, physical: Physical = "warn") -> Covariance:
    """Reid's product E_{j|i} = Δ_inf X_j · Δ_inf P_j of mode j given modes i;
    doi:10.1103/PhysRevA.40.913.
    """
    return _apply(gaussian.reid, V, i=i, j=j, physical=physical)


def duan(V: Covariance, i: int | str, j: int | str, physical: Physical = "warn") -> Covariance:
    """Duan's sum of variances of modes i and j relative to its bound: < 1 means entangled."""
    return _apply(gaussian.duan, V, i=i, j=j, physical=physical)


def residual_contangle(
    V: Covariance, i: int | str, j: int | str, k: int | str, physical: Physical = "warn"
) -> Covariance:
    """Minimum residual contangle of modes i, j, k, in nats²: > 0 for entanglement of all three."""
    return _apply(gaussian.residual_contangle, V, i=i, j=j, k=k, units="nats²", physical=physical)


def squeezing(V: Covariance, mode: int | str, physical: Physical = "warn") -> Covariance:
    """Squeezing of a mode below vacuum noise, in dB; negative where every quadrature has more
    noise.
    """
    return _apply(gaussian.squeezing, V, mode=mode, units="dB", physical=physical)


def squeezing_angle(V: Covariance, mode: int | str, physical: Physical = "warn") -> Covariance:
    """The θ, in rad, for which X cos θ + Y sin θ of a mode varies least."""
    return _apply(gaussian.squeezing_angle, V, mode=mode, units="rad", physical=physical)


def purity(V: Covariance, physical: Physical = "warn") -> Covariance:
    """Tr ρ²: 1 for a pure state."""
    return _apply(gaussian.purity, V, physical=physical)


def populations(
    V: Covariance, mean: Covariance | None = None, physical: Physical = "warn"
) -> Covariance:
    """Quanta per mode, along a last dimension `mode`; with a mean (..., quadrature), its |⟨a⟩|²
    included.

    Raises ValueError where the labels of V and mean differ.
    """
    axes: Axes = {"mode": _names(V)} if isinstance(V, xr.DataArray) else {}
    return _apply(gaussian.populations, V, {"mean": mean}, axes=axes, physical=physical)


def von_neumann_entropy(V: Covariance, physical: Physical = "warn") -> Covariance:
    """Entropy −Tr ρ ln ρ, in nats."""
    return _apply(information.von_neumann_entropy, V, units="nats", physical=physical)


def renyi_entropy(V: Covariance, physical: Physical = "warn") -> Covariance:
    """Rényi-2 entropy −ln Tr ρ², in nats."""
    return _apply(information.renyi_entropy, V, units="nats", physical=physical)


def mutual_information(
    V: Covariance, i: Modes, j: Modes, physical: Physical = "warn"
) -> Covariance:
    """Mutual information S(i) + S(j) − S(ij), in nats."""
    return _apply(information.mutual_information, V, i=i, j=j, units="nats", physical=physical)


def renyi_mutual_information(
    V: Covariance, i: Modes, j: Modes, physical: Physical = "warn"
) -> Covariance:
    """Mutual information of Rényi-2 entropies, in nats."""
    return _apply(
        information.renyi_mutual_information, V, i=i, j=j, units="nats", physical=physical
    )


def discord(V: Covariance, i: int | str, j: int | str, physical: Physical = "warn") -> Covariance:
    """Gaussian discord D(i|j), measured on mode j, in nats; doi:10.1103/PhysRevLett.105.030501."""
    return _apply(information.discord, V, i=i, j=j, units="nats", physical=physical)


def wigner(V: Covariance, points: Covariance, mean: Covariance | None = None) -> Covariance:
    """Wigner function at points (..., quadrature) of phase space, whose other dimensions follow
    those of V.
    """
    if points is None:
        raise ValueError("points must be given: an array (..., quadrature)")
    axes: Axes = (
        {str(axis): () for axis in points.dims if axis != Q}
        if isinstance(points, xr.DataArray)
        else {}
    )
    return _apply(phase_space.wigner, V, {"points": points, "mean": mean}, axes=axes)


def wigner_marginal(
    V: Covariance,
    k: int | str,
    l: int | str,
    x: Sequence[float] | Array,
    y: Sequence[float] | Array,
    mean: Covariance | None = None,
) -> Covariance:
    """Wigner function projected on quadratures k and l, such as "left.q" and "right.q", along
    dimensions x and y.

    Its coordinates x and y are the values given, and are named in attrs["long_name"] after the
    quadratures.
    """
    given = {"k": _quadrature(V, "k", k), "l": _quadrature(V, "l", l), "x": x, "y": y}
    axes = {"x": _axis(V, "x", given["k"], x), "y": _axis(V, "y", given["l"], y)}
    return _apply(phase_space.wigner_marginal, V, {"mean": mean}, axes=axes, given=given)


def quadrature_density(
    V: Covariance, quadrature: int | str, x: Sequence[float] | Array, mean: Covariance | None = None
) -> Covariance:
    """The probability density of one quadrature, such as "left.q", along a dimension x."""
    given = {"quadrature": _quadrature(V, "quadrature", quadrature), "x": x}
    axes = {"x": _axis(V, "x", given["quadrature"], x)}
    return _apply(phase_space.quadrature_density, V, {"mean": mean}, axes=axes, given=given)


def _apply(
    measure: Callable[..., Array],
    V: Any,
    arrays: Mapping[str, Any] | None = None,
    axes: Axes | None = None,
    given: Mapping[str, Any] | None = None,
    units: str = "1",
    physical: Physical | None = None,
    **modes: Modes,
) -> Any:
    """The measure of V, of further arrays with a dimension quadrature, of what is given as it is,
    and of modes.

    `axes` maps the new last dimensions to their labels, if they have any; `physical` is None where
    nothing is asked.
    """
    arrays = {argument: array for argument, array in (arrays or {}).items() if array is not None}
    axes, given = axes or {}, given or {}
    for argument, array in arrays.items():
        if isinstance(V, xr.DataArray) is not isinstance(array, xr.DataArray):
            kinds = f"{type(V).__name__} and {type(array).__name__}"
            raise ValueError(f"V and {argument} must be of one kind (got {kinds})")
    if not isinstance(V, xr.DataArray):
        result = measure(V, **arrays, **given, **modes)
        if physical is not None:
            examine(measure.__name__, V, modes, physical)
        return result
    names = _names(V)
    indices = {argument: _indices(argument, chosen, names) for argument, chosen in modes.items()}

    def of_plain(V: Array, *values: Array) -> Array:
        return measure(V, **dict(zip(arrays, values, strict=True)), **given, **indices)

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
    result = result.assign_coords({axis: labels for axis, labels in axes.items() if labels}).rename(
        measure.__name__
    )
    result.attrs = {"units": units}
    if physical is not None:
        examine(measure.__name__, V.transpose(..., Q, Q_).values, indices, physical)
    return result


def _names(V: xr.DataArray) -> list[str]:
    """The modes by name; none where V carries no labels."""
    labels = _labels(V)
    modes = [label.rpartition(".")[0] for label in labels]
    if modes[0::2] != modes[1::2] or len(set(modes)) != len(modes) // 2:
        raise ValueError(
            f"V must hold both quadratures of each mode side by side (got {', '.join(labels)})"
        )
    return modes[0::2]


def _labels(V: xr.DataArray) -> list[str]:
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


def _quadratures(V: Any, argument: str, modes: Modes) -> Axes:
    """The two axes of a covariance of some of the modes of V, with their labels."""
    if not isinstance(V, xr.DataArray):
        return {}
    labels, names = _labels(V), _names(V)
    chosen = [
        label
        for mode in _indices(argument, modes, names)
        for label in labels[2 * mode : 2 * mode + 2]
    ]
    return {Q: chosen, Q_: chosen}


def _indices(argument: str, modes: Modes, names: list[str]) -> list[int]:
    each = [modes] if isinstance(modes, str) or not isinstance(modes, Iterable) else list(modes)
    return [
        _index(argument, mode, names) if isinstance(mode, str) else _place(argument, mode, names)
        for mode in each
    ]


def _place(argument: str, mode: Any, names: list[str]) -> int:
    """An index; refused where it could also be meant for a name."""
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


def _quadrature(V: Any, argument: str, quadrature: int | str) -> int | str:
    if isinstance(V, xr.DataArray) and isinstance(quadrature, str):
        return _index(argument, quadrature, _labels(V))
    return quadrature


def _axis(V: Any, axis: str, quadrature: Any, values: Any) -> tuple[str, Any, dict[str, str]]:
    """The coordinate along an axis of a density, named after the quadrature."""
    labels = _labels(V) if isinstance(V, xr.DataArray) else []
    known = isinstance(quadrature, int) and 0 <= quadrature < len(labels)
    name = labels[quadrature] if known else f"quadrature {quadrature}"
    return axis, values, {"long_name": name, "units": "1"}


def _index(argument: str, name: str, names: list[str]) -> int:
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
