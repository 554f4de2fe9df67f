"""Minimise E_{+|−} or E_{−|+} over θ_± and C_+/C_−, with and without a measurement of the light.

The products are the closed forms of doi:10.48550/arXiv.1901.04250; every optimum is checked with
the steady state of the model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from scipy.constants import pi

from ....analysis import gaussian
from ....sde.model.uncertainty import uncertainty_margin
from ....sde.support.checks import Array
from ....sde.systems.hybrid import HybridOscillators
from ....steady.conditional import conditional_covariance, solve_riccati
from ....steady.lyapunov.solver import solve_lyapunov
from .closed_forms import steering_products
from .systems import HOT, SERVERS, TARGETS

QUADRATURES = {"phase_0": 0.0, "phase_90": pi / 2}
"""Phases of the homodyne detector; one or the other was the best in all cases tried."""
EDGE = 0.01
"""γ_j/γ_j0 next to the loss of stability."""


@dataclass(frozen=True)
class Search:
    """The search for the least E_{target|other} at points with a C of the client and an ε.

    The free parameters are θ_± and the C of the server.

    Parameters
    ----------
    target : {"plus", "minus"}
        The oscillator that is steered.
    server : {"hot", "vacuum"}
        The bath of the server.
    symmetric : bool
        θ_+ = θ_−, that is f = 0.
    cooperativity, loss : array (points,)
        C of the client, and ε.
    client : {"minus", "plus"}
        Whether the client is the first oscillator on the beam, minus, or the second.
    damping : float
        Least γ_j/γ_j0; 1 means θ_j ≥ π/4.
    decades : float
        Bound of |log₁₀| of the server's C over that of the client.
    """

    target: str
    server: str
    symmetric: bool
    cooperativity: Array
    loss: Array
    client: str = "minus"
    damping: float = 1.0
    decades: float = 3.0

    def system(self, place: Array) -> HybridOscillators:
        """Oscillators at places (points, ..., dimensions) of the unit cube.

        The dimensions are θ_−, θ_+ (one of them if symmetric), from the least damping to π/2, and
        log C of the server.
        """
        shape = (-1, *(1,) * (place.ndim - 2))
        C, loss = (values.reshape(shape) for values in (self.cooperativity, self.loss))
        parameters: dict[str, Any] = {
            f"{name}_{self.other}": value for name, value in SERVERS[self.server].items()
        }
        parameters |= {f"{name}_{self.client}": value for name, value in HOT.items()}
        ratio = 10 ** (self.decades * (2 * place[..., -1] - 1))
        parameters[f"cooperativity_{self.client}"] = C + 0.0 * place[..., 0]
        parameters[f"cooperativity_{self.other}"] = C * ratio
        system = HybridOscillators.published(transmission_loss=loss, **parameters)
        edges = self._least_angles(system)
        minus = edges[0] + (pi / 2 - edges[0]) * place[..., 0]
        plus = edges[1] + (pi / 2 - edges[1]) * place[..., -2]
        return system.replace(angle_minus=minus, angle_plus=plus)

    @property
    def other(self) -> str:
        """The server among the oscillators."""
        return next(name for name in TARGETS if name != self.client)

    def _least_angles(self, system: HybridOscillators) -> list[Array]:
        """θ_− and θ_+ (points,) at the least damping."""
        edges = [
            0.5 * np.arccos(np.minimum((1 - self.damping) * linewidth / coupling, 1.0))
            for linewidth, coupling in (
                (system.linewidth_minus, system.coupling_minus),
                (system.linewidth_plus, system.coupling_plus),
            )
        ]
        return [np.maximum(*edges)] * 2 if self.symmetric else edges

    def unconditional(self, place: Array) -> Array:
        """The product at places (points, ..., dimensions), without a measurement of the light."""
        return steering_products(self.system(place))[TARGETS.index(self.target)]

    def conditional(self, phase: float, place: Array) -> Array:
        """The product at places (points, ..., dimensions), given a homodyne record of the light."""
        system = self.system(place)
        return self.of_covariance(conditional_covariance(system, system.homodyne(phase)).values)

    def detected(self, phases: Sequence[float], efficiency: float, place: Array) -> Array:
        """The product at places (points, dimensions) for a detector of limited efficiency.

        It reads one phase, or two at right angles on a beam split in halves. Vacuum replaces the
        light that is not detected.
        """
        system = self.system(place)
        share = efficiency / len(phases)
        model = system.model()
        names = [f"{port}.{axis}" for port in model.ports for axis in "XY"]
        records = [record for phase in phases for record in system.homodyne(phase)]
        weights = np.array([[float(record.get(name, 0.0)) for name in names] for record in records])
        ports = model.ports.values()
        C = weights @ np.concatenate([port.C for port in ports], axis=-2)
        D = weights @ np.concatenate([port.D for port in ports], axis=-2)
        vacuum = np.sqrt(1 - share) * np.linalg.norm(D, axis=-1)[..., None] * np.eye(len(records))
        none = np.zeros((model.size, len(records)))
        noise = _joined(np.sqrt(share) * D, vacuum)
        B = _joined(model.B, none)
        return self.of_covariance(solve_riccati(model.A, B, np.sqrt(share) * C, noise))

    def of_covariance(self, V: Array) -> Array:
        """The product of a covariance (..., 4, 4)."""
        steered = 1 - TARGETS.index(self.target)
        return gaussian.reid(V, [1 - steered], steered)


def _joined(first: Array, second: Array) -> Array:
    """Matrices (..., rows, n) and (..., rows, m) side by side, (..., rows, n + m)."""
    lead = np.broadcast_shapes(first.shape[:-2], second.shape[:-2])
    parts = [np.broadcast_to(each, lead + each.shape[-2:]) for each in (first, second)]
    return np.concatenate(parts, axis=-1)


Objective = Callable[[Array], Array]
"""Values (points, ...) at places (points, ..., dimensions)."""
Optimum = tuple[Array, Array]
"""Places (points, dimensions) and values (points,)."""


def best_of_grid(objective: Objective, points: int, shape: tuple[int, ...]) -> list[Array]:
    """Best places (points, dimensions) of a grid, with θ_− in its lower and in its upper half."""
    axes = [np.linspace(0.0, 1.0, count) for count in shape]
    cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shape))
    values = objective(np.broadcast_to(cells, (points, *cells.shape)))
    lower = cells[:, 0] < 0.5
    return [cells[np.argmin(np.where(half, values, np.inf), axis=1)] for half in (lower, ~lower)]


def descend(objective: Objective, place: Array, width: float, rounds: int) -> Optimum:
    """Local minima, from places (points, dimensions), by pattern search.

    A round moves to the best neighbour and widens the step, or else halves it.
    """
    steps = np.array(list(product((0.0, -1.0, 1.0), repeat=place.shape[-1])))
    widths = np.full((len(place), 1, 1), width)
    for _ in range(rounds):
        trial = np.clip(place[:, None] + widths * steps, 0.0, 1.0)
        values = objective(trial)
        best = np.argmin(values, axis=1)
        place = trial[np.arange(len(place)), best]
        widths = widths * np.where(best == 0, 0.5, 1.5)[:, None, None]
    return place, values.min(axis=1)


def _better_optimum(first: Optimum, second: Optimum) -> Optimum:
    """At each point the better of two optima."""
    better = second[1] < first[1]
    return np.where(better[:, None], second[0], first[0]), np.where(better, second[1], first[1])


def minimise(search: Search) -> xr.Dataset:
    """The least product at every point and its parameters, also from the model's steady state.

    Variables over point; place also over axis.
    """
    shape = (33, 49) if search.symmetric else (21, 21, 25)
    starts = best_of_grid(search.unconditional, len(search.cooperativity), shape)
    place, value = _better_optimum(
        *(descend(search.unconditional, start, 0.04, 200) for start in starts)
    )
    system = search.system(place)
    model = system.model()
    V = solve_lyapunov(model.A, model.diffusion)
    data = {
        "product": value,
        "lyapunov": search.of_covariance(V),
        "physicality": uncertainty_margin(V),
        "angle_minus": system.angle_minus,
        "angle_plus": system.angle_plus,
        "ratio": getattr(system, f"cooperativity_{search.other}") / search.cooperativity,
    }
    found = xr.Dataset({name: ("point", values) for name, values in data.items()})
    return found.assign(place=(("point", "axis"), place))


def minimise_conditional(search: Search, unconditional: xr.Dataset) -> xr.Dataset:
    """Least products at every point, given the outgoing light.

    conditional: over both phases; phase_0, phase_90: at one phase; same_parameters: at the
    parameters that are best without a measurement.
    """
    start = unconditional["place"].values
    known = [search.conditional(phase, start) for phase in np.linspace(0.0, pi / 2, 7)]
    values = {"same_parameters": np.min(known, axis=0)}
    for name, phase in QUADRATURES.items():
        objective = partial(search.conditional, phase)
        begin = start, objective(start)
        for place in best_of_grid(objective, len(start), (5, 5, 7)):
            begin = _better_optimum(begin, (place, objective(place)))
        values[name] = descend(objective, begin[0], 0.05, 20)[1]
    values["conditional"] = np.min(list(values.values()), axis=0)
    return xr.Dataset({name: ("point", each) for name, each in values.items()})
