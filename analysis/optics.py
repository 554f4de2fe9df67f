"""The optical steady state: photons in the cavities, light transmitted, effective couplings.

`steady` is a dataset with the labelled variables mean, drift_matrix and light_share, as
`steady.steady_state` returns; results keep its parameter points and branches. Modes and ports are
given by name.
"""

from __future__ import annotations

import xarray as xr

from ..sde.labels import Q_, Q
from ..sde.support.checks import shown


def photon_number(steady: xr.Dataset, mode: str) -> xr.DataArray:
    """Quanta |α|² of the mean field of a mode.

    Parameters
    ----------
    steady : Dataset
        Steady states, as `steady_state` returns them.
    mode : str
        Name of the mode.

    Returns
    -------
    DataArray (..., branch)
        |α|² = (X̄² + Ȳ²)/2, dimensionless.

    Raises
    ------
    ValueError
        `steady` is no such dataset, or has no such mode.

    Examples
    --------
    >>> import qlangevin as ql
    >>> steady = ql.steady_state(ql.systems.SpinningResonator.published())
    >>> print(ql.analysis.photon_number(steady, "driven").values.round(-6))
    [4.805e+09]
    """
    X, Y = _quadratures(steady, mode)
    mean = steady["mean"]
    return _result(
        (mean.sel({Q: X}, drop=True) ** 2 + mean.sel({Q: Y}, drop=True) ** 2) / 2,
        "photon_number",
        "1",
    )


def transmission(steady: xr.Dataset, port: str) -> xr.DataArray:
    """Output power at a port over all input power: |a_out/a_in|² of the mean field.

    Parameters
    ----------
    steady : Dataset
        Steady states, as `steady_state` returns them.
    port : str
        Name of the port.

    Returns
    -------
    DataArray (..., branch)
        The share of the power, dimensionless.

    Raises
    ------
    ValueError
        `steady` is no such dataset, or has no such port.

    Examples
    --------
    >>> import qlangevin as ql
    >>> steady = ql.steady_state(ql.systems.SpinningResonator.published())
    >>> print(ql.analysis.transmission(steady, "driven_fibre").values.round(4))
    [1.]
    """
    _require_steady(steady, "light_share")
    ports = list(steady["port"].values)
    if not isinstance(port, str) or port not in ports:
        raise ValueError(f"port must be one of {', '.join(ports)} (got {shown(port)})")
    return _result(steady["light_share"].sel(port=port, drop=True), "transmission", "1")


def effective_coupling(steady: xr.Dataset, i: str, j: str) -> xr.DataArray:
    """Effective coupling |G| of light i and motion j: δṗ_j = G_x δX_i + G_y δY_i.

    For radiation pressure G = √2 G₀α; for a coupling g a†a(b + b†), G = 2gα.

    Parameters
    ----------
    steady : Dataset
        Steady states, as `steady_state` returns them.
    i, j : str
        Names of the light and of the mechanical mode.

    Returns
    -------
    DataArray (..., branch)
        |G| = √(G_x² + G_y²), rad/s.

    Raises
    ------
    ValueError
        `steady` is no such dataset, or has no such mode.

    References
    ----------
    doi:10.1103/PhysRevLett.125.143605.

    Examples
    --------
    >>> import qlangevin as ql
    >>> steady = ql.steady_state(ql.systems.SpinningResonator.published())
    >>> G = ql.analysis.effective_coupling(steady, "driven", "mechanical")
    >>> print(G.dims, G.attrs["units"])
    ('branch',) rad/s
    """
    X, Y = _quadratures(steady, i)
    row = steady["drift_matrix"].sel({Q: _quadratures(steady, j)[1]}, drop=True)
    square = row.sel({Q_: X}, drop=True) ** 2 + row.sel({Q_: Y}, drop=True) ** 2
    return _result(square**0.5, "effective_coupling", "rad/s")


def cooperativity(steady: xr.Dataset, i: str, j: str) -> xr.DataArray:
    """Cooperativity C = |G|²/(κγ) of light i and motion j, with both energy decay rates.

    That is 4g²/(κγ) for G = 2g.

    Parameters
    ----------
    steady : Dataset
        Steady states, as `steady_state` returns them.
    i, j : str
        Names of the light and of the mechanical mode.

    Returns
    -------
    DataArray (..., branch)
        C, dimensionless.

    Raises
    ------
    ValueError
        `steady` is no such dataset, or has no such mode.

    Examples
    --------
    >>> import qlangevin as ql
    >>> steady = ql.steady_state(ql.systems.SpinningResonator.published())
    >>> print(ql.analysis.cooperativity(steady, "driven", "mechanical").values.round())
    [4971.]
    """
    decay = [-sum(_element(steady, q) for q in _quadratures(steady, mode)) for mode in (i, j)]
    return _result(
        effective_coupling(steady, i, j) ** 2 / (decay[0] * decay[1]), "cooperativity", "1"
    )


def _element(steady: xr.Dataset, quadrature: str) -> xr.DataArray:
    """The diagonal element of the drift matrix of a quadrature (..., branch)."""
    return steady["drift_matrix"].sel({Q: quadrature, Q_: quadrature}, drop=True)


def _quadratures(steady: xr.Dataset, mode: str) -> tuple[str, str]:
    """The labels of both quadratures of a mode."""
    _require_steady(steady, "mean", "drift_matrix")
    labels = [str(label) for label in steady[Q].values]
    mine = [label for label in labels if isinstance(mode, str) and label.rpartition(".")[0] == mode]
    if len(mine) != 2:
        modes = ", ".join(dict.fromkeys(label.rpartition(".")[0] for label in labels))
        raise ValueError(f"mode must be one of {modes} (got {shown(mode)})")
    return mine[0], mine[1]


def _require_steady(steady: xr.Dataset, *variables: str) -> None:
    """ValueError unless a dataset of steady states holds these variables."""
    if not isinstance(steady, xr.Dataset) or not set(variables) <= set(steady):
        held = f"steady must hold {' and '.join(variables)}, as what steady_state returns does"
        raise ValueError(f"{held} (got a {type(steady).__name__})")


def _result(values: xr.DataArray, name: str, units: str) -> xr.DataArray:
    """A measure with its name, unit and long name."""
    return values.rename(name).assign_attrs(units=units, long_name=name.replace("_", " "))
