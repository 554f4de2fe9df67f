"""Tests of axes, maps, sweeps and validation figures."""

from io import BytesIO

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from qlangevin.analysis import plots
from qlangevin.analysis.plots import grid as maps
from qlangevin.analysis.plots.axes import (
    edges,
    is_logarithmic,
    measure_name,
    parameter_axis,
    readable_unit,
    typeset_symbol,
)
from qlangevin.analysis.plots.style import number
from qlangevin.runs.execution.output import write_figure
from qlangevin.sde.systems import SpinningResonator
from qlangevin.steady import grid

WM = 63e6


@pytest.fixture(scope="module")
def heat():
    """E_N over detuning and temperature, at temperatures that are spread over decades."""
    axes = {"detuning": WM * np.linspace(0.3, 1.0, 5), "temperature": [0.4, 1.0, 10.0]}
    return grid(SpinningResonator.published(), axes, ["log_negativity", "photon_number(driven)"])


def test_a_map_over_uneven_values_ends_at_the_last_value(heat):
    ax = maps.draw_map(heat, ["detuning", "temperature"], "log_negativity")
    x, y = np.moveaxis(np.asarray(ax.collections[0].get_coordinates()), -1, 0)
    assert (y.min(), y.max()) == (0.4, 10.0)
    assert (x.min(), x.max()) == (0.3 * WM / 1e6, 1.0 * WM / 1e6)
    assert ax.get_ylim() == (0.4, 10.0)
    assert ax.get_yscale() == "log"


@pytest.mark.parametrize(
    "values", [[0.4, 1.0, 10.0], [1.0, 2.0, 3.5], [-1.0, 0.0, 7.0], [1e-3, 1e-2, 0.1, 1.0]]
)
def test_each_cell_holds_its_value_and_no_other(values):
    ends = edges(np.array(values))
    assert (ends[0], ends[-1]) == (values[0], values[-1])
    assert [
        int(np.sum((ends[k] <= values) & (np.array(values) <= ends[k + 1])))
        for k in range(len(values))
    ] == [1] * (len(values))


def test_lists_over_decades_have_a_logarithmic_axis_and_even_ones_a_linear_one():
    assert is_logarithmic(np.geomspace(1e-3, 1e2, 11))
    assert is_logarithmic(np.array([1.0, 2.0, 5.0, 10.0, 20.0, 50.0]))
    assert not is_logarithmic(np.linspace(0.1, 10.0, 11))
    assert not is_logarithmic(np.array([0.0, 1.0, 100.0]))
    assert not is_logarithmic(np.array([1.0, 100.0]))
    powers = grid(SpinningResonator.published(), {"power": np.geomspace(1e-4, 2e-2, 5)}, ["purity"])
    ax = maps.draw_curves(powers, ["power"], "purity")
    assert ax.get_xscale() == "log"
    assert ax.get_xlabel() == "power $P$ (mW)"


def test_a_parameters_axis_has_its_symbol_and_a_readable_unit(heat):
    (figure, *_) = [
        figure
        for name, figure in plots.grid_figures(heat, list(heat.sizes)[:2], ["photon_number_driven"])
    ]
    ax, bar = figure.axes
    assert ax.get_xlabel() == r"detuning $Δ_{\mathrm{c}}$ (Mrad/s)"
    assert ax.get_ylabel() == "temperature $T$ (K)"
    assert bar.get_ylabel() == r"photon number, driven ($10^{9}$)"


@pytest.mark.parametrize(
    ("largest", "unit", "size", "name"),
    [
        (0.02, "W", 1e-3, "mW"),
        (63e6, "rad/s", 1e6, "Mrad/s"),
        (1e-11, "kg", 1e-11 / 10, "ng"),
        (1000.0, "K", 1e3, "kK"),
        (0.3, "rad", 1.0, "rad"),
        (4e9, "1", 1e9, "$10^{9}$"),
        (0.0, "W", 1.0, "W"),
        (0.13, "", 1.0, ""),
    ],
)
def test_units_have_a_readable_prefix(largest, unit, size, name):
    found, said = readable_unit(np.array([0.0, -largest]), unit)
    assert found == pytest.approx(size)
    assert said == name


def test_symbols_measures_and_numbers_are_typeset():
    assert typeset_symbol("Δ_c") == r"$Δ_{\mathrm{c}}$"
    assert typeset_symbol("Ω") == "$Ω$"
    assert typeset_symbol("dn/dλ") == "dn/dλ"
    assert measure_name("log_negativity(a, b)") == "$E_N$, a, b"
    assert measure_name("steering(a, b)") == "steering, a → b"
    assert measure_name("populations_mechanical") == "quanta, mechanical"
    assert [number(value) for value in (-0.0, -2.5, 1e6, 2e-5)] == [
        "0",
        "−2.5",
        "$10^{6}$",
        r"$2\times10^{-5}$",
    ]
    assert parameter_axis(xr.DataArray([1.0, 2.0], dims="frequency_ratio", name="frequency_ratio"))[
        1
    ] == ("frequency ratio")


def test_maps_and_curves_without_a_stable_branch_say_so(heat):
    none = heat.assign(stable=heat["stable"] & False)
    ax = maps.draw_map(none, ["detuning", "temperature"], "log_negativity")
    assert "no branch is stable" in ax.texts[0].get_text().replace("\n", " ")
    ax = maps.draw_curves(none.isel(temperature=0), ["detuning"], "log_negativity")
    assert "no branch is stable" in ax.texts[0].get_text().replace("\n", " ")
    assert ax.get_title(loc="left") == "grey: no stable branch"


def made_sweep(shape=(4,), axes=("detuning",)):
    """A sweep's dataset by hand, whose first point has no value."""
    values = np.linspace(0.1, 0.2, int(np.prod(shape))).reshape(*shape, 1) * np.ones(2)
    values.flat[:2] = np.nan
    words = {"long_name": "log_negativity(driven, mechanical)", "units": "nats"}
    data = {
        f"E{part}": ([*axes, "time"], values * factor, words)
        for part, factor in (("", 1.0), ("_stderr", 0.1), ("_linear", 1.0))
    }
    data["outcome"] = (list(axes), np.full(shape, "complete"))
    coordinates = {
        axis: WM * np.linspace(0.1, 1.0, size) for axis, size in zip(axes, shape, strict=True)
    }
    sweep = xr.Dataset(data, coords={"time": [0.0, 1.0], **coordinates})
    for axis in axes:
        sweep[axis].attrs = {"units": "rad/s", "symbol": "Δ_c"}
    return sweep


def test_a_sweep_is_labelled_in_words_and_says_which_points_are_missing():
    ((name, figure),) = plots.sweep_figures(made_sweep())
    (ax,) = figure.axes
    assert name == "E"
    assert ax.get_ylabel() == "$E_N$, driven, mechanical (nats)"
    assert ax.get_xlabel() == r"detuning $Δ_{\mathrm{c}}$ (Mrad/s)"
    assert ax.get_title(loc="left") == "end of the run; 1 of 4 points have no value"
    assert "trajectories ± 2 std. errors" in [
        text.get_text() for text in ax.get_legend().get_texts()
    ]


def test_sweeps_over_two_and_three_axes_are_maps():
    ((_, figure),) = plots.sweep_figures(made_sweep((4, 3), ("detuning", "spin")))
    x = np.asarray(figure.axes[0].collections[0].get_coordinates())[..., 0]
    assert (x.min(), x.max()) == pytest.approx((0.1 * WM / 1e6, WM / 1e6))
    ((_, figure),) = plots.sweep_figures(made_sweep((4, 3, 2), ("detuning", "spin", "angle")))
    assert [ax.get_title(loc="left")[:5] for ax in figure.axes] == ["angle", "angle", ""]


def made_study(entangled=True):
    """A breakdown study by hand."""
    s = np.geomspace(10.0, 1e5, 5)
    names = ("error", "closure_error", "skewness", "excess_kurtosis", "entanglement_error")
    data = dict.fromkeys((*names, "leading", "truncation"), 1e-10 * s**2)
    data |= {f"{name}_stderr": 1e-11 * s**2 for name in names}
    data |= {"twin_correlation": np.linspace(1.0, -0.5, 5), "entanglement_stderr": 1e-11 * s**2}
    level = 0.1 if entangled else np.nan
    data |= dict.fromkeys(
        ("entanglement", "entanglement_linear", "entanglement_gaussian"), level + 0 * s
    )
    attrs = dict.fromkeys(
        ("exponent", "exponent_stderr", "entanglement_exponent", "entanglement_exponent_stderr"),
        2.0,
    )
    return xr.Dataset(
        {name: ("nonlinearity", values) for name, values in data.items()},
        coords={"nonlinearity": s},
        attrs=attrs | {"tolerance": 0.01, "pair": "driven, mechanical"},
    )


def test_the_error_of_entanglement_has_an_axis_of_its_own_in_nats():
    axes = plots.breakdown_figure(made_study()).axes
    assert [ax.get_title(loc="left")[:3] for ax in axes] == ["(a)", "(b)", "(c)", "(d)", "(e)"]
    assert "V_{ij}" in axes[0].get_ylabel()
    assert not any("E_N" in text.get_text() for text in axes[0].get_legend().get_texts())
    assert axes[1].get_ylabel() == r"$|\Delta E_N|$ (nats)"
    assert "tolerance 0.01" in [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert axes[4].get_ylim()[0] < -0.5


def test_a_study_of_one_mode_has_no_panels_of_entanglement():
    axes = plots.breakdown_figure(made_study(entangled=False)).axes
    assert len(axes) == 3
    assert not any("E_N" in ax.get_ylabel() for ax in axes)


def test_figures_on_disk_have_true_type_fonts(tmp_path):
    plain = Figure()
    plain.text(0.1, 0.5, r"text and $\Delta_c$")
    out = BytesIO()
    plain.savefig(out, format="pdf")
    assert b"/Type3" in out.getvalue()
    for figure in (plain, plots.breakdown_figure(made_study())):
        assert b"/Type3" not in write_figure(tmp_path / "figure.pdf", figure).read_bytes()
