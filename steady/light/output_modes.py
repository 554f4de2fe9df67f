"""Filtered modes of the light that leaves, beside the modes of the system, in one covariance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from ...sde.labels import Q_, Q, provenance
from ...sde.model.model import Model
from ...sde.model.ports.port import two_by_two
from ...sde.model.uncertainty import uncertainty_margin
from ...sde.support.checks import Array, common_shape, require_name, require_one_of, shown
from ...sde.support.errors import RefusedError
from ...sde.system import System, as_model
from ..variables import OUTPUT_MODES, STEADY_STATE
from .detection import received_light, require_ports_that_leave
from .filtered import Fluctuations, joint_covariance
from .filters import Filter, overlaps
from .linear_light import linear_light
from .points import labelled_points

COMMUTING = 1e-6
"""Largest |[f, f′†]| of two filters that are taken to commute."""
ALIKE = 1e-6
"""Least eigenvalue of the matrix of overlaps with which filters are orthogonalised."""
TREATMENTS = ("refuse", "orthogonalise")


def output_modes(
    system: System | Model,
    filters: Mapping[str, Filter],
    branch: int = 0,
    *,
    efficiency: Mapping[str, Any] | None = None,
    overlapping: str = "refuse",
) -> xr.DataArray:
    """Compute the steady covariance of the modes of a system and of filtered modes of its output.

    Parameters
    ----------
    system : System or Model
        Its parameters may be arrays; they broadcast to parameter points.
    filters : mapping of str to Filter
        The filtered modes by the names that they get, such as {"stokes": Filter("fibre", …)}. Their
        centres and widths may be arrays over parameter points. Any number may look at one port.
    branch : int, default 0
        The fixed point about which the system fluctuates, as `steady_state` numbers it.
    efficiency : mapping of str to float or array, optional
        Share η of the light of a port that reaches its filters, 0 … 1, by port; default 1.
    overlapping : {"refuse", "orthogonalise"}
        What to do with filters of one port that do not commute, such as Lorentzians, whose tails
        overlap by more than 10⁻⁶: refuse them, or replace the filters of the port by the nearest
        ones that do (Löwdin: g′ = O^{−1/2} g with the overlaps O_ij = [f_i, f_j†]).

    Returns
    -------
    xarray.DataArray
        covariance (..., quadrature, quadrature_) of the system's modes and then of the filtered
        ones, vacuum ½; every measure of `analysis` takes it. A dimension along which only a filter
        varies is named after it, such as "stokes_width". The coordinate `physicality` is
        min eig(V + iΩ/2). NaN at parameter points, of several, without this stable branch.

    Raises
    ------
    RefusedError
        For filters of one port that do not commute, naming |[f, f′†]|, and filters that are too
        alike to be orthogonalised; for no filters, names that are taken, unknown ports, light that
        is fed on to another port, an efficiency outside 0 … 1, and a branch that is stable at no
        parameter point.

    References
    ----------
    Genes, Mari, Tombesi and Vitali, doi:10.1103/PhysRevA.78.032316; Löwdin,
    doi:10.1063/1.1747632.

    Examples
    --------
    Light of a parametric oscillator, which is squeezed by 3 dB at most inside the cavity:

    >>> import qlangevin as ql
    >>> oscillator = ql.Model.build(
    ...     ["a"], [ql.terms.squeeze("a", 0.45j), ql.terms.lose("a", "out", amplitude_rate=1.0)]
    ... )
    >>> V = ql.output_modes(oscillator, {"slow": ql.Filter("out", width=0.02)})
    >>> [round(float(ql.analysis.squeezing(V, mode)), 2) for mode in ("a", "slow")]
    [2.79, 20.97]
    """
    model = as_model(system)
    _require_filters(model, filters)
    require_one_of("overlapping", overlapping, TREATMENTS)
    listed = list(filters.values())
    require_ports_that_leave(model, [each.port for each in listed], "filter")
    mixing = _commuting(filters, overlapping)
    linear = linear_light(system, branch)
    missing = (linear.reasons != "")[..., None, None]
    light = _entering(model, listed, efficiency, np.where(missing, -np.eye(model.size), linear.A))
    V = _mixed(joint_covariance(light, [each.exponentials for each in listed]), mixing, model.size)
    V = np.where(missing, np.nan, V)
    settings = {"branch": branch, "efficiency": efficiency, "overlapping": overlapping}
    return _labelled(system, model, filters, V, **settings)


def _require_filters(model: Model, filters: Mapping[str, Filter]) -> None:
    """RefusedError for no filters, names that cannot be taken, and what is no filter."""
    if not isinstance(filters, Mapping) or not filters:
        example = "{'stokes': Filter('fibre', centre=-1e6, width=1e4)}"
        raise RefusedError(
            f"filters must name at least one, such as {example} (got {shown(filters)})"
        )
    for name, each in filters.items():
        require_name("mode name of filters", name)
        if name in model.modes:
            raise RefusedError(
                f"filter {name!r} has the name of a mode of the system; choose another"
            )
        if not isinstance(each, Filter):
            raise RefusedError(f"filters[{name!r}] must be a Filter (got {shown(each)})")
    shapes = {name: np.shape(values) for name, (values, _) in _settings(filters).items()}
    common_shape({"parameter points": model.batch, **shapes})


def _entering(
    model: Model, filters: Sequence[Filter], efficiency: Mapping[str, Any] | None, A: Array
) -> Fluctuations:
    """The linearised model with its drift matrix A (..., n, n), and the light at each filter."""
    light = received_light(model, efficiency)
    ports = list(model.ports)
    rows = [slice(2 * at, 2 * at + 2) for at in (ports.index(each.port) for each in filters)]
    return Fluctuations(
        A,
        light.B,
        [light.C[..., row, :] for row in rows],
        [light.D[..., row, :] for row in rows],
    )


def _commuting(filters: Mapping[str, Filter], overlapping: str) -> Array | None:
    """The mixing (..., filters, filters) of filters after which they commute; None for none.

    RefusedError where they do not commute and are not to be mixed.
    """
    found = overlaps(list(filters.values()))
    sizes = np.abs(found - np.eye(len(filters))).reshape(-1, len(filters), len(filters)).max(axis=0)
    if sizes.max() <= COMMUTING:
        return None
    if overlapping == "refuse":
        first, second = np.unravel_index(int(sizes.argmax()), sizes.shape)
        names = list(filters)
        raise RefusedError(
            f"filters {names[second]!r} and {names[first]!r} of port "
            f"{filters[names[first]].port!r} do not commute, |[f, f′†]| = {sizes.max():.3g}: give "
            "overlapping='orthogonalise', narrower filters, or windows 2π/T apart"
        )
    values, vectors = np.linalg.eigh(found)
    if values.min() < ALIKE:
        raise RefusedError(
            f"filters {', '.join(filters)} include two that are nearly the same (least "
            f"eigenvalue of their overlaps {values.min():.1e}); leave one out"
        )
    return np.asarray((vectors / np.sqrt(values)[..., None, :]) @ vectors.conj().swapaxes(-1, -2))


def _mixed(V: Array, mixing: Array | None, n: int) -> Array:
    """V (..., n + 2k, n + 2k) with its last k modes replaced by their complex combinations."""
    if mixing is None:
        return V
    k = mixing.shape[-1]
    blocks = np.moveaxis(two_by_two(mixing), -2, -3).reshape(*mixing.shape[:-2], 2 * k, 2 * k)
    S = np.broadcast_to(np.eye(n + 2 * k), (*mixing.shape[:-2], n + 2 * k, n + 2 * k)).copy()
    S[..., n:, n:] = blocks
    V = S @ V @ S.swapaxes(-1, -2)
    return np.asarray(0.5 * (V + V.swapaxes(-1, -2)))


def _labelled(
    system: System | Model, model: Model, filters: Mapping[str, Filter], V: Array, **settings: Any
) -> xr.DataArray:
    """The covariance with its labels, its check, and what it was computed from."""
    points, coordinates = labelled_points(system, model, V.ndim - 2, _settings(filters))
    variable = OUTPUT_MODES.labelled(V, points)
    described = {name: each.settings for name, each in filters.items()}
    variable.attrs["provenance"] = provenance(system, filters=described, **settings)
    labels = [*model.quadratures, *(f"{name}.{axis}" for name in filters for axis in "XY")]
    margin = np.full(V.shape[:-2], np.nan)
    known = np.isfinite(V).all(axis=(-2, -1))
    margin[known] = uncertainty_margin(V[known])
    audit = STEADY_STATE["physicality"]
    coords = {
        **coordinates,
        Q: labels,
        Q_: labels,
        "physicality": (points, margin, {"units": audit.units, "long_name": audit.meaning}),
    }
    return xr.DataArray(variable, coords=coords, name=OUTPUT_MODES.name)


def _settings(filters: Mapping[str, Filter]) -> dict[str, tuple[Any, dict[str, str]]]:
    """Centres and widths of the filters with their attributes, by names such as "stokes_width"."""
    return {
        f"{name}_{setting}": (
            getattr(each, setting),
            {"units": "rad/s", "long_name": f"{setting} of the filter {name}"},
        )
        for name, each in filters.items()
        for setting in ("centre", "width")
    }
