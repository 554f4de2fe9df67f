"""The best steering of the hybrid oscillators for a given C_−, and where it is: Figs. 4–7.

Computed and drawn; what they show is judged in `hybrid_optima_claims`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.constants import pi

from ...analysis.plots import COLOURS
from ...sde.support.checks import Array
from ...sde.support.threads import in_order
from ...sde.systems.hybrid import HybridOscillators
from .hybrid_figures import HALF, LABELS, MINUS, NAMES, PLUS, appearance, draw_rise
from .hybrid_optima import EDGE, SERVERS, TARGETS, Search, least
from .panels import mark_end, switched_on
from .paper import Panels, Plate

CLIENT = 10 ** np.linspace(-0.4, 3.0, 69)
"""C_− of Figs. 4, 6 and 7."""
LOSSES = (0.0, 0.2)
LOST = np.linspace(0.0, 0.99, 100)
CLIENTS = (2.0, 10.0, 100.0)
"""C_− of Fig. 5."""
FREEDOM = ("free", "symmetric")
"""θ_± each by itself, or θ_+ = θ_−, that is f = 0."""
WORDS = dict(zip(TARGETS, (PLUS, MINUS), strict=True))
STYLES = {"plus": "--", "minus": "-"}
COLOUR = {
    ("hot", "free"): COLOURS[0],
    ("hot", "symmetric"): "#B00000",
    ("vacuum", "free"): COLOURS[5],
    ("vacuum", "symmetric"): "k",
}
RUN: dict[str, Any] = {"duration": 40e-6, "step": 0.1e-6, "trajectories": 2**16}
DECADES = Search.decades
BOUNDS = (2.0, 4.0)
"""Other bounds than 10^±3 for C_+/C_−, in decades."""
HALFWAY = 0.5
"""ε of the trajectories beside Fig. 5."""


DIMENSIONS = ("server", "loss", "freedom", "target", "cooperativity_minus")


@cache
def optima(threads: int) -> xr.Dataset:
    """Both least products for every C_−, by server, loss and freedom, and the parameters of each."""
    return _searched(FREEDOM, threads)


def alternatives(threads: int) -> xr.Dataset:
    """Least products, and θ_−, to the `edge` of stability, and those of a client that stands
    `second` on the beam.
    """
    edge, second = (
        _searched(("free",), threads, **changes)
        for changes in ({"damping": EDGE}, {"client": "plus"})
    )
    data = {"edge": edge["product"], "edge_angle": edge["angle_minus"], "second": second["product"]}
    return xr.Dataset(data).squeeze("freedom", drop=True)


def _searched(freedom: tuple[str, ...], threads: int, **changes: Any) -> xr.Dataset:
    choices = (list(SERVERS), list(LOSSES), list(freedom), list(TARGETS))

    def search(key: tuple[str, float, str, str]) -> xr.Dataset:
        server, loss, free, target = key
        return least(
            Search(
                target, server, free == "symmetric", CLIENT, np.full(CLIENT.shape, loss), **changes
            )
        )

    found = list(in_order(lambda key, _stop: search(key), product(*choices), threads))
    return tabulated(found, dict(zip(DIMENSIONS, (*choices, CLIENT), strict=True)))


def tabulated(found: list[xr.Dataset], coordinates: dict[str, Any]) -> xr.Dataset:
    """Results one after the other, over the coordinates."""
    shape = tuple(map(len, coordinates.values()))
    names = [str(name) for name in found[0] if found[0][name].dims == ("point",)]
    data = {
        name: (list(coordinates), np.reshape([each[name].values for each in found], shape))
        for name in names
    }
    return xr.Dataset(data, coords=coordinates)


def best_system(
    found: xr.Dataset, cooperativity: Array | float, server: str, loss: float
) -> HybridOscillators:
    """The oscillators at an optimum."""
    bath = {f"{name}_plus": value for name, value in SERVERS[server].items()}
    return HybridOscillators.published(
        cooperativity_minus=cooperativity,
        cooperativity_plus=cooperativity * found["ratio"].values,
        angle_minus=found["angle_minus"].values,
        angle_plus=found["angle_plus"].values,
        transmission_loss=loss,
        **bath,
    )


def figure_4(threads: int) -> Panels:
    """Least products; trajectories at those for C_− = 10; when steering begins at each."""
    found = optima(threads)
    panels = {"ab": found, "alternatives": alternatives(threads)}
    for server in SERVERS:
        delays = {}
        for target in TARGETS:
            here = found.sel(server=server, loss=0.0, freedom="free", target=target)
            word = NAMES[WORDS[target]]
            system = best_system(here, CLIENT, server, 0.0)
            delays[word] = appearance(system, "cooperativity_minus", CLIENT)[word]
            point = here.sel(cooperativity_minus=10.0, method="nearest")
            panels[f"run_{server}_{target}"] = switched_on(
                best_system(point, 10.0, server, 0.0), [PLUS, MINUS], threads=threads, **RUN
            )
        panels[f"delay_{server}"] = xr.Dataset(delays)
    return panels


def figure_5(threads: int) -> Panels:
    """Least E_{+|−} over the loss for three clients, by the bound too; trajectories with half of
    the light lost.
    """
    coordinates = {"server": list(SERVERS), "cooperativity_minus": list(CLIENTS), "loss": LOST}
    bounds = {"decades": list(BOUNDS), "cooperativity_minus": list(CLIENTS[:2]), "loss": LOST}
    keys = [
        *product(SERVERS, CLIENTS, (DECADES,)),
        *((("hot", C, n)) for n, C in product(BOUNDS, CLIENTS[:2])),
    ]

    def search(key: tuple[str, float, float], losses: Array) -> xr.Dataset:
        server, cooperativity, decades = key
        return least(
            Search(
                "plus", server, False, np.full(losses.shape, cooperativity), losses, decades=decades
            )
        )

    found = list(in_order(lambda key, _stop: search(key, LOST), keys, threads))
    main = len(SERVERS) * len(CLIENTS)
    panels = {"5": tabulated(found[:main], coordinates), "bounds": tabulated(found[main:], bounds)}
    for server in SERVERS:
        point = search((server, 10.0, DECADES), np.array([HALFWAY])).isel(point=0)
        system = best_system(point, 10.0, server, HALFWAY)
        panels[f"run_{server}"] = switched_on(system, [PLUS, MINUS], threads=threads, **RUN)
    return panels


def figure_6(threads: int) -> Panels:
    """The angles of the optima of Fig. 4."""
    return {"abcd": optima(threads)[["angle_minus", "angle_plus"]]}


def figure_7(threads: int) -> Panels:
    """C_+/C_− of the optima of Fig. 4."""
    return {"abcd": optima(threads)[["angle_minus", "ratio"]]}


def _each(
    ax: Axes, panel: xr.Dataset, name: str, loss: float, servers: tuple[str, ...], unit: float = 1.0
) -> None:
    """A quantity of the optima over C_−, dashed for E_{+|−}, by server and freedom."""
    for server, freedom, target in product(servers, FREEDOM, TARGETS):
        values = panel[name].sel(server=server, loss=loss, freedom=freedom, target=target) / unit
        symmetric = "f = 0" if freedom == "symmetric" else "f ≠ 0"
        ax.plot(
            CLIENT,
            values.values,
            color=COLOUR[server, freedom],
            ls=STYLES[target],
            lw=1.6 if freedom == "free" else 0.9,
            label=f"{LABELS[WORDS[target]]}, {server}, {symmetric}",
        )
    ax.set(xscale="log", xlabel="$C_-$")


def draw_4(figure: Figure, panels: Panels) -> None:
    """Fig. 4a, b, with trajectories at C_− = 10; after switch-on; and how long steering takes at
    the optima.
    """
    axes = np.ravel(figure.subplots(2, 2))
    for ax, loss, letter in zip(axes, LOSSES, "ab", strict=False):
        _each(ax, panels["ab"], "product", loss, tuple(SERVERS))
        ax.axhline(HALF, color="0.6", lw=0.6)
        ax.set(ylim=(0.0, 1.0), ylabel="least E", title=f"({letter})  ε = {loss}")
    axes[0].legend()
    for server, target in product(SERVERS, TARGETS):
        mark_end(axes[0], 10.0, panels[f"run_{server}_{target}"], WORDS[target])
    draw_rise(
        axes[2],
        {server: panels[f"run_{server}_plus"] for server in SERVERS},
        "at the optima of $E_{+|-}$, $C_-=10$",
    )
    for server, target in product(SERVERS, TARGETS):
        values = 1e6 * panels[f"delay_{server}"][NAMES[WORDS[target]]].values
        style = {"color": COLOUR[server, "free"], "ls": STYLES[target]}
        axes[3].plot(CLIENT, values, label=f"{LABELS[WORDS[target]]}, {server}", **style)
    axes[3].set(
        xscale="log",
        yscale="log",
        xlabel="$C_-$",
        ylabel="time after switch-on (µs)",
        title="until steering is there to stay, each at its optimum",
    )
    axes[3].legend()


def draw_5(figure: Figure, panels: Panels) -> None:
    """Fig. 5, with trajectories at C_− = 10, ε = ½; and after switch-on."""
    ax, beside = figure.subplots(1, 2)
    for server, (cooperativity, style) in product(
        SERVERS, zip(CLIENTS, ("-", "--", "-."), strict=True)
    ):
        values = panels["5"]["product"].sel(server=server, cooperativity_minus=cooperativity).values
        label = f"$C_-={cooperativity:.0f}$, {server}"
        ax.plot(
            LOST,
            values,
            color=COLOUR[server, "free"],
            ls=style,
            label=label,
            lw=1.6 if server == "hot" else 0.9,
        )
    for server in SERVERS:
        mark_end(ax, HALFWAY, panels[f"run_{server}"], PLUS)
    ax.axhline(HALF, color="0.6", lw=0.6)
    ax.set(xlabel="ε", ylabel="least $E_{+|-}$", ylim=(0.0, 0.55))
    ax.legend()
    draw_rise(beside, {server: panels[f"run_{server}"] for server in SERVERS}, "$C_-=10$, ε = 0.5")


def _four(figure: Figure, draw: Callable[[Axes, str, float], None]) -> None:
    """Panels a–d: hot server without and with losses, and the same for the server in vacuum."""
    cells = list(product(SERVERS, LOSSES))
    for ax, (server, loss), letter in zip(
        np.ravel(figure.subplots(2, 2)), cells, "abcd", strict=True
    ):
        draw(ax, server, loss)
        ax.set_title(f"({letter})  {server} server, ε = {loss}")


def draw_6(figure: Figure, panels: Panels) -> None:
    """Fig. 6a–d."""

    def draw(ax: Axes, server: str, loss: float) -> None:
        for mode, colours in (
            ("plus", (COLOURS[0], "#B00000")),
            ("minus", (COLOURS[2], "#B00000")),
        ):
            for (freedom, colour), target in product(zip(FREEDOM, colours, strict=True), TARGETS):
                if (mode, freedom) == ("minus", "symmetric"):
                    continue
                name = (
                    rf"$\theta_{{{'+' if mode == 'plus' else '-'}}}$"
                    if freedom == "free"
                    else r"$\theta$, f = 0"
                )
                place = {"server": server, "loss": loss, "freedom": freedom, "target": target}
                values = panels["abcd"][f"angle_{mode}"].sel(place).values / pi
                ax.plot(
                    CLIENT,
                    values,
                    color=colour,
                    ls=STYLES[target],
                    label=f"{name}, {LABELS[WORDS[target]]}",
                )
        ax.set(xscale="log", xlabel="$C_-$", ylabel=r"optimal $\theta/\pi$", ylim=(0.23, 0.52))

    _four(figure, draw)
    figure.axes[2].legend()


def draw_7(figure: Figure, panels: Panels) -> None:
    """Fig. 7a–d, where the angles do not make C_+ irrelevant."""
    panel = panels["abcd"]
    meaningful = panel.assign(ratio=panel["ratio"].where(panel["angle_minus"] < 0.499 * pi))

    def draw(ax: Axes, server: str, loss: float) -> None:
        _each(ax, meaningful, "ratio", loss, (server,))
        ax.axhline(1.0, color="0.6", lw=0.6)
        ax.axhline(10**DECADES, color="k", ls=":", lw=0.9, label="bound of the search")
        ax.set(yscale="log", ylabel="optimal $C_+/C_-$", ylim=(0.2, 2 * 10**DECADES))
        ax.legend()

    _four(figure, draw)


SOUGHT = "C_+/C_− is sought within 10^±3, θ_± from π/4 to π/2"
PLATES = (
    Plate(
        "4",
        (2, 2),
        figure_4,
        draw_4,
        f"the range of C_− is ours; {SOUGHT}; below, products after switch-on",
    ),
    Plate(
        "5",
        (2, 1),
        figure_5,
        draw_5,
        f"{SOUGHT}; beside it, products after switch-on with half of the light lost",
    ),
    Plate("6", (2, 2), figure_6, draw_6, "θ_± of Fig. 4"),
    Plate(
        "7",
        (2, 2),
        figure_7,
        draw_7,
        "C_+/C_− of Fig. 4, left out where an optimal θ_− = π/2 makes it irrelevant; 10³ is the "
        "bound of the search",
    ),
)
