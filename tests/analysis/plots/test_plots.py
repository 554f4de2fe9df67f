"""Figures of runs: all modes are shown, nothing is covered or cut, missing data is explained."""

from io import BytesIO
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure

from qlangevin.analysis import plots
from qlangevin.analysis.plots.style import new_figure
from qlangevin.analysis.plots.titles import move_legends_above
from qlangevin.sde import propagate_moments, simulate
from qlangevin.sde.systems import Microrings

TIMES = np.linspace(0.0, 2e-6, 41)


def made_run(modes, growth=0.0, alike=False, sampled=True, **attrs):
    """A run's dataset by hand: thermal modes that cool or grow, light in all but the last."""
    names = [f"{mode}.{letter}" for mode in modes for letter in "XY"]
    n, t = len(names), TIMES / TIMES[-1]
    level = np.ones(n) if alike else 1.0 + np.arange(n)
    V = np.exp(growth * t)[:, None, None] * np.diag(level)
    field = np.ones((len(t), 1)) * np.where(np.arange(n) < n - 2, 1e4 * level, 0.0)
    data = {"mean_field": field, "covariance": V, "covariance_linear": V, "mean": field + 1e-3}
    if sampled:
        data |= {"covariance_sample": V, "covariance_sample_stderr": 0.05 * V}
    dims = {2: ("time", "quadrature"), 3: ("time", "quadrature", "quadrature_")}
    return xr.Dataset(
        {name: (dims[values.ndim], values) for name, values in data.items()},
        coords={"time": TIMES, "quadrature": names, "quadrature_": names},
        attrs=attrs,
    )


def plain_run(**options):
    """What `simulate` returns for two rings."""
    rings = Microrings.published()
    settings = {
        "trajectories": 256,
        "duration": 1e-7,
        "step": 1e-9,
        "samples": 20,
        "scheme": "exponential",
    }
    return simulate(rings, **settings, **options)


@pytest.fixture(scope="module")
def rings():
    return plain_run()


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def overlaps(figure):
    """Texts that overlap each other, legends that overlap an axes, and what the edge cuts."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    page, out = figure.bbox, []
    boxes = []
    for ax in figure.axes:
        inside = ax.get_window_extent(renderer)
        legend = ax.get_legend()
        if legend is not None:
            box = legend.get_window_extent(renderer)
            boxes.append((f"legend of {ax.get_title(loc='left')}", box))
            if any(box.overlaps(other.get_window_extent(renderer)) for other in figure.axes):
                out.append(f"legend on the axes {ax.get_title(loc='left')}")
        texts = [ax.title, ax._left_title, ax.xaxis.label, ax.yaxis.label]
        ticks = [
            [label for label in axis.get_ticklabels() if label.get_text()]
            for axis in (ax.xaxis, ax.yaxis)
        ]
        for along in ticks:
            extents = [label.get_window_extent(renderer) for label in along]
            visible = [
                box for box in extents if inside.x0 - 2 <= box.x1 and box.y0 <= inside.y1 + 9
            ]
            out += ["tick labels on each other" for a, b in pairwise(visible) if a.overlaps(b)]
        boxes += [
            (text.get_text(), text.get_window_extent(renderer)) for text in texts if text.get_text()
        ]
    for at, (name, box) in enumerate(boxes):
        if (
            box.x0 < page.x0 - 1
            or box.x1 > page.x1 + 1
            or box.y0 < page.y0 - 1
            or box.y1 > page.y1 + 1
        ):
            out.append(f"cut: {name}")
        out += [f"{name} on {other}" for other, beside in boxes[at + 1 :] if box.overlaps(beside)]
    return out


@pytest.mark.parametrize("count", [1, 2, 4, 10])
def test_every_mode_is_shown_in_means_variances_and_ellipses(count):
    modes = [f"mechanical_{k}" for k in range(count)]
    for name, figure in plots.figures(made_run(modes, growth=-1.0, start="dark")):
        shown = [label.split(" (")[0] for ax in figure.axes for label in legend_of(ax)]
        assert set(modes) <= set(shown), name
        assert overlaps(figure) == []


def test_names_too_long_for_a_panel_are_broken():
    modes = [f"a_very_long_name_of_an_oscillator_in_a_chain_{k}" for k in range(2)]
    figures = dict(plots.figures(made_run(modes)))
    assert all(overlaps(figure) == [] for figure in figures.values())
    assert modes[0] in [label.replace("\n", "") for label in legend_of(figures["wigner"].axes[0])]


def test_an_overview_of_very_many_modes_says_which_are_left_out_and_how_to_choose():
    modes = [f"m{k}" for k in range(20)]
    figures = dict(plots.figures(made_run(modes)))
    assert "12 of 20 modes" in figures["overview"].get_suptitle()
    assert "modes=" in figures["overview"].get_suptitle()
    for name in ("means", "covariance", "wigner"):
        assert set(modes) <= {
            label.split(" (")[0] for ax in figures[name].axes for label in legend_of(ax)
        }
    (few,) = [
        figure
        for name, figure in plots.figures(made_run(modes), modes=["m17", "m2"])
        if name == "wigner"
    ]
    assert legend_of(few.axes[0]) == ["vacuum", "m17", "m2"]


def test_the_result_of_simulate_is_drawn_as_it_is(rings):
    figures = dict(plots.figures(rings))
    assert list(figures) == ["overview", "covariance", "wigner"]
    figures = dict(plots.figures(rings, pair=("a", "b")))
    assert "entanglement" in figures
    labels = legend_of(figures["entanglement"].axes[0])
    assert {"trajectories", "coupled to linear twins", "moment equation"} <= set(labels)
    assert "Lyapunov" not in labels


def test_ensembles_without_twins_and_moments_without_ensembles_are_drawn():
    plain = plots.draw_entanglement(plain_run(twin=False), pair=("a", "b"))
    assert "coupled to linear twins" not in legend_of(plain)
    moments = propagate_moments(Microrings.published(), duration=1e-7, samples=20)
    assert list(dict(plots.figures(moments, pair=("a", "b")))) == [
        "overview",
        "covariance",
        "entanglement",
        "wigner",
    ]
    ax = plots.draw_entanglement(moments, pair=("a", "b"))
    assert legend_of(ax) == ["moment equation"]
    with pytest.raises(ValueError, match="no trajectories, so there are no error bars"):
        plots.draw_error_bars(moments, pair=("a", "b"))


def test_one_mode_and_runs_above_threshold_are_drawn():
    one = made_run(["cavity"], growth=20.0)
    figures = dict(plots.figures(one))
    assert list(figures) == ["overview", "covariance", "wigner"]
    assert figures["covariance"].axes[0].get_yscale() == "log"
    assert overlaps(figures["overview"]) == []


def test_each_function_draws_on_the_axes_it_is_given_or_on_a_new_one(rings):
    for draw in (plots.draw_covariance, plots.draw_ellipses, plots.draw_means, plots.draw_orbit):
        ax = Figure().subplots()
        assert draw(rings, ax=ax) is ax
        assert draw(ax, rings) is ax
        assert ax.has_data()
        assert draw(rings).has_data()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda run: list(plots.figures(run.drop_vars("covariance"))),
            "run has no covariance: draw what simulate",
        ),
        (
            lambda run: list(plots.figures(run["mean"])),
            "run must be a dataset of simulate or propagate_moments",
        ),
        (lambda run: list(plots.figures(run, modes=["aa"])), "modes names 'aa': did you mean 'a'"),
        (lambda run: list(plots.figures(run, modes=[])), "modes must name at least one of a, b"),
        (lambda run: list(plots.figures(run.isel(time=-1))), "no dimension 'time'"),
        (
            lambda run: list(plots.figures(run.expand_dims(power=2))),
            r"choose one of its points, as run.isel\(power=0",
        ),
        (
            lambda run: plots.draw_entanglement(run),
            "pair must name the two modes whose entanglement is drawn",
        ),
        (
            lambda run: plots.draw_entanglement(run, pair=("a", "a")),
            "pair must be two different modes of a, b",
        ),
        (
            lambda run: plots.draw_entanglement(run.drop_vars("batch_sums"), pair=("a", "b")),
            "run has no batch_sums",
        ),
    ],
)
def test_missing_data_are_named_in_one_sentence(rings, call, words):
    with pytest.raises(ValueError, match=words):
        call(rings)


def test_panels_without_numbers_say_why():
    lost = made_run(["a", "b"], lost_trajectories=3)
    lost["batch_trajectories"] = ("batch", [200, 56])
    for name in ("mean", "covariance", "covariance_sample", "covariance_sample_stderr"):
        lost[name] = np.nan * lost[name]
    figures = dict(plots.figures(lost))
    for name in ("means", "covariance", "wigner"):
        assert "3 of 256 trajectories diverged" in figures[name].axes[0].get_title(
            loc="left"
        ).replace("\n", " ")
    (ellipses,) = figures["wigner"].axes
    assert any("diverged" in text.get_text() for text in ellipses.texts)
    assert not any("sampled" in label for label in legend_of(figures["covariance"].axes[0]))


def test_bands_and_lyapunov_dashes_are_named():
    run = made_run(["a", "b"])
    run["steady_covariance"] = run["covariance"][-1].drop_vars("time")
    labels = legend_of(plots.draw_covariance(run))
    assert "sampled ± 2 std. errors" in labels
    assert "Lyapunov" in labels


def test_constant_means_are_on_a_linear_axis_and_a_dark_mode_is_named_as_dark():
    ax = plots.draw_means(made_run(["light", "dark"]))
    assert ax.get_title(loc="left").startswith("means")
    assert ax.get_yscale() == "linear"
    assert ax.get_ylim()[0] == 0
    assert "10^{6}" in ax.get_ylabel()
    assert "dark (no mean field)" in legend_of(ax)
    assert (
        plots.draw_means(made_run(["light", "dark"], start="dark"))
        .get_title(loc="left")
        .startswith("transient")
    )


def test_curves_that_lie_on_each_other_are_dashed_in_turn():
    ax = plots.draw_covariance(made_run(["minus", "plus"], alike=True, growth=-5.0))
    patterns = {line.get_linestyle() for line in ax.lines if len(line.get_xdata()) == len(TIMES)}
    offsets = {
        line._unscaled_dash_pattern[0] for line in ax.lines if len(line.get_xdata()) == len(TIMES)
    }
    assert patterns == {"--"}
    assert len(offsets) == 4
    apart = plots.draw_ellipses(made_run(["minus", "plus"]))
    assert apart.lines[1].get_linestyle() == "-"


def test_a_title_is_wrapped_within_its_panel(rings):
    named = ["mechanical_oscillator_left", "mechanical_oscillator_right"]
    run = made_run(named, entangled_modes=",".join(named), physicality=-0.2)
    for name in ("", "_sample"):
        run[f"log_negativity{name}"] = run[f"log_negativity{name}_stderr"] = (
            "time",
            0.1 + 0 * TIMES,
        )
    run["log_negativity_linear"] = ("time", 0.1 + 0 * TIMES)
    run["linearization_error"] = 0 * run["covariance"]
    figures = dict(plots.figures(run))
    title = figures["entanglement"].axes[0].get_title(loc="left")
    assert "\n" in title
    assert "NOT A QUANTUM STATE" in title.replace("\n", " ")
    assert overlaps(figures["overview"]) == []


@pytest.mark.parametrize("form", ["pdf"])
def test_saved_figures_have_true_type_fonts_and_one_style_whatever_the_settings(rings, form):
    kept = dict(plots.figures(rings))
    with mpl.rc_context({"pdf.fonttype": 3, "ps.fonttype": 3, "font.size": 20}):
        out = BytesIO()
        kept["overview"].savefig(out, format=form)
    assert b"/Type3" not in out.getvalue()
    assert b"/FontType 3" not in out.getvalue()
    sizes = {label.get_fontsize() for ax in kept["overview"].axes for label in ax.get_xticklabels()}
    assert sizes == {8.0}


def test_no_font_is_smaller_than_seven_points_and_zero_has_no_sign(rings):
    for _, figure in plots.figures(rings, pair=("a", "b")):
        figure.draw_without_rendering()
        texts = figure.findobj(mpl.text.Text)
        assert min(text.get_fontsize() for text in texts if text.get_text()) >= 7
        assert not {text.get_text() for text in texts} & {"-0", "−0", "−0.0", "−0.00"}


def test_legends_are_moved_off_the_data_and_keep_their_entries_and_titles():
    figure = new_figure(2, 1)
    for ax in figure.subplots(1, 2):
        ax.plot([0, 1], [0, 1], label="a curve with a rather long name")
        ax.plot([0, 1], [1, 0], "--", label="another curve")
        ax.set_title("a title", loc="left")
        ax.legend(title="published")
    height = figure.get_figheight()
    move_legends_above(figure)
    assert overlaps(figure) == []
    assert figure.get_figheight() > height
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["a title; published"] * 2
    assert legend_of(figure.axes[0]) == ["a curve with a rather long name", "another curve"]
