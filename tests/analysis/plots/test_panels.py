"""Panels of own results: each draws what it is given, on the Axes it is given, or refuses."""

import inspect
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib import pyplot
from matplotlib.figure import Figure

import qlangevin as ql
from qlangevin.analysis import plots
from qlangevin.analysis.plots.grid import connected
from tests.models import optomechanical_cell

from .test_plots import legend_of, made_run, overlaps

DRIVES = np.linspace(0.2, 3.0, 57)
FREQUENCIES = np.linspace(-2.0, 2.0, 41)
WRONG = {"x": 1.0, "array": np.eye(2), "none": None, "empty": xr.Dataset()}


@dataclass(frozen=True, eq=False)
class Kerr(ql.System):
    """A driven Kerr cavity: |a|²[(Δ + K|a|²)² + κ²] = ε²; bistable between two folds."""

    detuning: Any = ql.parameter("Δ", "rad/s", "detuning", default=-3.0)
    amplitude: Any = ql.parameter("ε", "rad/s", "drive", default=1.5)

    def model(self):
        terms = [
            ql.terms.detune("a", self.detuning),
            ql.terms.kerr("a", 1.0),
            ql.terms.drive("a", self.amplitude),
            ql.terms.lose("a", "out", amplitude_rate=0.5),
        ]
        return ql.Model.build(["a"], terms)


def made_paths(count=5, lost=0):
    """What `sample_paths` returns, by hand."""
    t = np.linspace(0.0, 1e-6, 21)
    frequency, phase = 1e6 * np.arange(1, count + 1), np.arange(2)[:, None]
    state = np.sin(frequency * t[:, None, None] + phase)
    return xr.Dataset(
        {"state": (("time", "quadrature", "trajectory"), state)},
        coords={"time": t, "quadrature": ["a.X", "a.Y"]},
        attrs={"lost_trajectories": lost},
    )


def made_sweep():
    size = {"amplitude": 4, "time": 2}
    E = xr.DataArray(0.1 * np.ones((4, 2)), dims=list(size), attrs={"units": "nats"})
    data = {"E": E, "E_stderr": 0.01 * E, "E_linear": E, "outcome": ("amplitude", ["complete"] * 4)}
    return xr.Dataset(data, coords={"amplitude": [1.0, 2.0, 3.0, 4.0], "time": [0.0, 1.0]})


def made_record():
    """The light that `simulate` records, by hand."""
    S = np.broadcast_to(np.diag([1.0, 0.25]), (5, 2, 2))
    parts = {"real": S, "imag": 0.0 * S, "real_stderr": 0.01 * S, "imag_stderr": 0.01 * S}
    dims = ("frequency", "output", "output_")
    data = {f"output_spectrum_{part}": (dims, values) for part, values in parts.items()}
    outputs = ["out.X", "out.Y"]
    frequency = ("frequency", np.linspace(0.0, 4.0, 5), {"units": "rad/s"})
    return xr.Dataset(data, coords={"frequency": frequency, "output": outputs, "output_": outputs})


@pytest.fixture(scope="module")
def results():
    cell = optomechanical_cell()
    grid = ql.grid(Kerr(), {"amplitude": DRIVES}, ["purity"])
    axes = {"amplitude": DRIVES[::8], "detuning": [-3.0, -2.0]}
    return {
        "run": made_run(["a", "b"]),
        "moments": ql.propagate_moments(cell, duration=10.0, samples=20),
        "steady": ql.steady_state(cell),
        "fixed": ql.fixed_points(Kerr(amplitude=DRIVES)),
        "grid": grid,
        "plane": ql.grid(Kerr(), axes, ["purity"]),
        "paths": made_paths(),
        "sweep": made_sweep(),
        "values": grid["purity"],
        "V": ql.steady_state(cell)["covariance"][0],
        "response": ql.steady.response(cell, FREQUENCIES),
        "spectrum": ql.steady.output_spectrum(cell, FREQUENCIES),
        "record": made_record(),
        "noise": ql.steady.displacement_noise(cell, FREQUENCIES, "light", "b", 0.8),
    }


CALLS = {
    "draw_means": ("run", "moments"),
    "draw_quadratures": ("run", "moments"),
    "draw_covariance": ("run", "moments"),
    "draw_ellipses": ("run", "moments", "steady", "V"),
    "draw_orbit": ("run", "moments"),
    "draw_paths": ("paths",),
    "draw_branches": ("fixed", "steady", "grid"),
    "draw_eigenvalues": ("steady",),
    "draw_grid": ("grid", "plane"),
    "draw_sweep": ("sweep",),
    "draw_values": ("values",),
    "draw_wigner": ("run", "moments", "steady", "V"),
    "draw_transmission": ("response",),
    "draw_phase": ("response",),
    "draw_group_delay": ("response",),
    "draw_squeezing": ("spectrum",),
    "draw_sidebands": ("spectrum",),
    "draw_recorded_light": ("record",),
    "draw_displacement_noise": ("noise",),
}
OTHER_REASONS = {
    ("draw_ellipses", "grid"),
    ("draw_ellipses", "plane"),
    ("draw_wigner", "grid"),
    ("draw_wigner", "plane"),
    ("draw_branches", "plane"),
    ("draw_eigenvalues", "fixed"),
    ("draw_values", "V"),
}
"""Panels and results of the right kind, of which a part must be chosen."""
NEEDS_MORE = {"draw_entanglement", "draw_element", "draw_error_bars"}
OF_SWITCHING = {
    "draw_switching_paths",
    "draw_residence_times",
    "draw_relaxation",
    "draw_switching_density",
}
PANELS = [name for name in plots.__all__ if name.startswith("draw_")]


def test_every_panel_takes_a_result_first_and_axes_by_name():
    assert set(PANELS) == set(CALLS) | NEEDS_MORE | OF_SWITCHING
    for name in PANELS:
        first, *_, last = inspect.signature(getattr(plots, name)).parameters.values()
        assert first.name != "ax"
        assert (last.name, last.kind, last.default) == ("ax", last.KEYWORD_ONLY, None)


@pytest.mark.parametrize("name", CALLS)
def test_a_panel_draws_each_of_its_results_on_the_axes_given(results, name):
    for kind in CALLS[name]:
        ax = Figure().subplots()
        assert getattr(plots, name)(results[kind], ax=ax) is ax
        assert ax.has_data()


@pytest.mark.parametrize("name", ["draw_quadratures", "draw_eigenvalues", "draw_sweep"])
def test_a_new_figure_has_room_for_its_legend(results, name):
    assert overlaps(getattr(plots, name)(results[CALLS[name][0]]).figure) == []


@pytest.mark.parametrize("name", PANELS)
def test_other_kinds_of_results_are_refused_in_one_sentence(results, name):
    more = {"draw_entanglement": [("a", "b")], "draw_error_bars": [("a", "b")]}
    more["draw_element"] = ["a.X"]
    taken = CALLS.get(name, ("run", "moments") if name in NEEDS_MORE else ())
    ax = Figure().subplots()
    for kind, result in {**results, **WRONG}.items():
        if kind in taken or (name, kind) in OTHER_REASONS:
            continue
        with pytest.raises(ValueError, match=r"must be a .*\(got |no cov") as caught:
            getattr(plots, name)(result, *more.get(name, []), ax=ax)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda r: plots.draw_means(r["paths"]),
            r"run must be a dataset of simulate or propagate_moments \(got a result of sample_paths"
            r"\); plots.draw_paths draws it",
        ),
        (lambda r: plots.draw_paths(r["steady"]), "paths must be a dataset of sample_paths"),
        (lambda r: plots.draw_paths(r["paths"], "a.Z"), r"quadrature names 'a.Z': did you mean"),
        (lambda r: plots.draw_paths(r["paths"], most=0), "most must be a whole number"),
        (lambda r: plots.draw_element(r["run"], "a.X", "c.X"), "l names 'c.X': did you mean"),
        (lambda r: plots.draw_quadratures(r["run"], []), "quadratures must name at least one"),
        (lambda r: plots.draw_quadratures(r["run"], steady=r["fixed"]), "steady must be a dataset"),
        (
            lambda r: plots.draw_covariance(r["run"], steady=r["grid"].isel(amplitude=0, branch=0)),
            "steady must have the quadratures of the run",
        ),
        (
            lambda r: plots.draw_ellipses(r["grid"].isel(amplitude=28)),
            r"run has 3 branches: choose one, as run.isel\(branch=0\)",
        ),
        (
            lambda r: plots.draw_wigner(r["grid"].isel(branch=0)),
            "state has a dimension 'amplitude'",
        ),
        (lambda r: plots.draw_branches(r["plane"]), r"states varies over amplitude, detuning: ch"),
        (lambda r: plots.draw_branches(r["grid"], "b"), "quantity = 'b' is unknown: "),
        (lambda r: plots.draw_branches(r["grid"], over="power"), "over = 'power' is no parameter"),
        (lambda r: plots.draw_eigenvalues(r["fixed"]), "states varies over amplitude: choose one"),
        (lambda r: plots.draw_grid(r["grid"], "puritty"), "did you mean 'purity'"),
        (lambda r: plots.draw_grid(r["plane"], over="amplitude"), r"as grid.isel\(detuning=0\)"),
        (lambda r: plots.draw_grid(r["plane"], over="power"), "over = 'power' is unknown"),
        (lambda r: plots.draw_sweep(r["sweep"], "F"), "quantity = 'F' is not in the sweep"),
        (lambda r: plots.draw_values(r["grid"]), "choose one of its variables"),
        (lambda r: plots.draw_values(r["V"]), r"no axis of numbers: .*values.sel\(quadrature="),
        (lambda r: plots.draw_values(r["values"], over="time"), "over = 'time' is unknown"),
        (
            lambda r: plots.draw_values(r["plane"]["mean"].isel(quadrature=0)),
            r"values must have one or two dimensions .*values.isel\(branch=0\)",
        ),
        (
            lambda r: plots.draw_values(r["values"].isel(branch=0), stderr=1.0),
            "stderr must be a labelled array",
        ),
        (lambda r: list(plots.grid_figures(r["run"], [], [])), "grid must be a dataset of grid"),
        (lambda r: list(plots.grid_figures(r["grid"], ["power"], [])), "axes names 'power': the"),
        (
            lambda r: list(plots.grid_figures(r["grid"], ["amplitude"], ["puritty"])),
            "measures names 'puritty': did you mean 'purity'",
        ),
        (lambda r: list(plots.sweep_figures(r["run"])), "sweep must be a dataset of a sweep"),
        (lambda r: list(plots.switching_figures(r["paths"])), "result must be a dataset of switch"),
        (lambda r: plots.levels_figure(r["paths"], (0, 1)), "run has no covariance and no cov"),
        (lambda r: plots.breakdown_figure(r["run"]), "study has no nonlinearity and no error"),
        (lambda r: plots.draw_means(r["run"], ax=Figure().subplots(1, 2)), "ax must be Matplotlib"),
    ],
)
def test_what_cannot_be_drawn_is_named_with_a_remedy(results, call, words):
    with pytest.raises(ValueError, match=words):
        call(results)


def test_paths_are_drawn_as_they_are(results):
    ax = plots.draw_paths(results["paths"], "a.Y", most=3)
    assert ax.get_title(loc="left") == "3 of 5 single trajectories"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (µs)", "a.Y")
    for k, line in enumerate(ax.lines):
        np.testing.assert_array_equal(
            line.get_ydata(), results["paths"]["state"].sel(quadrature="a.Y", trajectory=k)
        )
    lost = plots.draw_paths(made_paths(1, lost=1)).get_title(loc="left")
    assert lost.split("\n") == ["1 single trajectory", "1 trajectories diverged"]


def test_elements_have_bands_of_two_standard_errors_and_the_steady_value(results):
    run = made_run(["a", "b"]).assign(linearization_error=results["run"]["covariance"])
    run["covariance_stderr"] = 0.01 * run["covariance"]
    steady = results["steady"].assign_coords(run[["quadrature", "quadrature_"]].coords)
    ax = plots.draw_element(run, "b.X", steady=steady)
    plain, _, moments, level = ax.lines[:4]
    V = run["covariance_sample"].values[:, 2, 2]
    np.testing.assert_array_equal(plain.get_ydata(), V)
    np.testing.assert_array_equal(moments.get_ydata(), run["covariance_linear"].values[:, 2, 2])
    assert level.get_ydata()[0] == float(steady["covariance"].values[0, 2, 2])
    for band, error in zip(ax.collections, (0.05, 0.01), strict=False):
        edge = band.get_paths()[0].vertices[:, 1]
        assert (edge.min(), edge.max()) == pytest.approx(
            (V[0] * (1 - 2 * error), V[0] * (1 + 2 * error))
        )
    assert legend_of(ax) == [
        "trajectories",
        "coupled to linear twins",
        "moment equation",
        "Lyapunov",
        "bands ± 2 std. errors",
    ]


def test_means_of_quadratures_end_at_the_fixed_point(results):
    ax = plots.draw_quadratures(results["moments"], "a.X", steady=results["steady"])
    curve, mark = ax.lines[:2]
    assert legend_of(ax) == ["a.X", "fixed point"]
    assert mark.get_ydata()[0] == float(results["steady"]["mean"].sel(quadrature="a.X")[0])
    assert curve.get_ydata()[-1] == pytest.approx(mark.get_ydata()[0], rel=0.05)


def test_branches_are_joined_as_curves_solid_where_stable(results):
    ax = plots.draw_branches(results["fixed"])
    drawn = [np.array(line.get_data()) for line in ax.lines if len(line.get_xdata()) == len(DRIVES)]
    finite = [curve[:, np.isfinite(curve[1])] for curve in drawn]
    dashed, solid = finite[::2], finite[1::2]
    assert [len(curve[0]) > 0 for curve in solid] == [True, False, True]
    assert [len(curve[0]) > 0 for curve in dashed] == [False, True, False]
    drive, quanta = np.concatenate([solid[0], dashed[1], solid[2]], axis=1)
    np.testing.assert_allclose(quanta * ((quanta - 3.0) ** 2 + 0.25), drive**2, rtol=1e-9)
    assert np.all(np.diff(solid[0][1]) > 0)
    assert np.all(np.diff(dashed[1][1]) < 0)
    assert np.all(np.diff(solid[2][1]) > 0)
    assert legend_of(ax) == ["stable", "unstable"]
    assert ax.get_xlabel() == r"amplitude $ε$ (rad/s)"


def test_critical_values_are_marked_at_the_folds(results):
    """d(ε²)/dn = 0 at n = 2 ± √33/6."""
    critical = ql.critical_values(Kerr(), "amplitude", 0.2, 3.0)
    ax = plots.draw_branches(results["fixed"], critical=critical)
    marks = sorted(line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1)
    quanta = 2 + np.sqrt(33) / 6 * np.array([1, -1])
    np.testing.assert_allclose(marks, np.sqrt(quanta * ((quanta - 3) ** 2 + 0.25)), rtol=1e-6)
    assert legend_of(ax) == ["stable", "unstable", "fold"]
    with pytest.raises(ValueError, match="critical has critical value of amplitude, and the br"):
        plots.draw_branches(results["steady"], critical=critical)


def test_lines_of_a_grid_do_not_join_different_curves(results):
    for ax in (plots.draw_grid(results["grid"], "purity"), plots.draw_grid(results["grid"])):
        x, y = ax.lines[0].get_data()
        assert len(x) == len(DRIVES) + 1
        (gap,) = np.flatnonzero(np.isnan(x))
        assert np.isnan(y[gap])
        assert x[gap - 1] < 2.1 < x[gap + 1] + 0.1


def test_curves_that_begin_and_end_are_followed():
    a, b, c = (np.linspace(start, start + 1, 6) for start in (0.0, 4.0, 9.0))
    points = np.full((6, 3, 1), np.nan)
    points[:, 0, 0] = a
    points[2:5, 1, 0] = b[2:5]
    points[3:, 2, 0] = c[3:]
    points[5, :, 0] = [c[5], np.nan, a[5]]
    assert connected(points).tolist() == [
        [0, -1, -1],
        [0, -1, -1],
        [0, 1, -1],
        [0, 1, 2],
        [0, 1, 2],
        [2, -1, 0],
    ]


def test_one_point_has_its_branches_side_by_side(results):
    point = results["fixed"].isel(amplitude=28)
    stable, unstable = plots.draw_branches(point, "a.X").lines
    np.testing.assert_array_equal(stable.get_xdata(), [0, 2])
    np.testing.assert_array_equal(unstable.get_ydata(), point["mean"].values[1:2, 0])
    assert legend_of(plots.draw_eigenvalues(point)) == [
        "branch 0, stable",
        "branch 1, unstable",
        "branch 2, stable",
    ]


def test_labelled_arrays_are_lines_with_bands_or_maps():
    x, y = np.linspace(0.0, 2e-6, 5), [1.0, 2.0, 3.0]
    values = xr.DataArray(
        np.add.outer(y, 1e6 * x),
        dims=["power", "time"],
        coords={"power": ("power", y, {"units": "W", "symbol": "P"}), "time": x},
        name="log_negativity",
        attrs={"units": "nats"},
    )
    values["time"].attrs["units"] = "s"
    ax = plots.draw_values(values, over="time", stderr=0.1 * values)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (µs)", "$E_N$ (nats)")
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), values[1])
    assert legend_of(ax)[1] == "power $P$ = 2 W"
    edge = ax.collections[2].get_paths()[0].vertices[:, 1]
    assert (edge.min(), edge.max()) == pytest.approx((3 * 0.8, 5 * 1.2))
    ax = plots.draw_values(values, over=["time", "power"])
    np.testing.assert_array_equal(np.asarray(ax.collections[0].get_array()), values.values)


def test_the_wigner_function_is_the_normal_density(results):
    V = np.array([[2.0, 0.3], [0.3, 0.5]])
    labelled = results["V"].isel(quadrature=slice(2), quadrature_=slice(2)).copy(data=V)
    mesh = plots.draw_wigner(labelled).collections[0]
    grid = np.asarray(mesh.get_coordinates())
    centres = (grid[1:, 1:] + grid[:-1, :-1]) / 2
    squares = np.einsum("...i,ij,...j", centres, np.linalg.inv(V), centres)
    expected = np.exp(-squares / 2) / (2 * np.pi * np.sqrt(np.linalg.det(V)))
    np.testing.assert_allclose(mesh.get_array(), expected, atol=1e-12)


def test_swept_parameters_of_own_systems_have_unit_and_symbol(results):
    moments = ql.propagate_moments(Kerr(amplitude=DRIVES[:2]), duration=1.0, samples=2)
    for result in (results["fixed"], moments):
        assert result["amplitude"].attrs == {
            "units": "rad/s",
            "symbol": "ε",
            "long_name": "drive",
        }


def test_a_notebook_shows_new_figures_and_no_empty_ones(results):
    with mpl.rc_context({"interactive": True, "backend": "agg"}):
        before = pyplot.get_fignums()
        ax = plots.draw_means(results["run"])
        (number,) = set(pyplot.get_fignums()) - set(before)
        assert pyplot.figure(number) is ax.figure
        pyplot.close(number)
        with pytest.raises(ValueError, match=r"plots\.draw_paths draws it"):
            plots.draw_means(results["paths"])
        assert pyplot.get_fignums() == before


def test_figures_are_loaded_when_they_are_used():
    assert ql.analysis.plots is plots
    assert {"plots", "convert", "switching"} <= set(dir(ql.analysis))
    with pytest.raises(AttributeError, match="figurs"):
        ql.analysis.figurs  # noqa: B018
