"""Least products E_{+|−} and E_{−|+} of the hybrid oscillators, with and without a measurement of
the light.

The optimum over θ_± and C_+/C_− often lies where γ_− → 0 and V_− → ∞ while E stays near 0.1, so
that Eqs. (4), (6) and (7) of doi:10.48550/arXiv.1901.04250 are arranged to lose no digits there;
the model's own steady state checks every optimum.
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

from ...analysis import gaussian
from ...sde.model.uncertainty import uncertainty_margin
from ...sde.support.checks import Array
from ...sde.systems.hybrid import HybridOscillators
from ...steady.conditional import conditional_covariance, solve_riccati
from ...steady.lyapunov.solver import solve_lyapunov

VACUUM = {"linewidth": 2 * pi * 20e3, "occupation": 0.0}
"""A bath in its ground state, with nearly the decoherence rate γ₀(n + ½) of the hot one."""
HOT = {"linewidth": 2 * pi * 0.1, "occupation": 1e5}
SERVERS = {"hot": HOT, "vacuum": VACUUM}
"""The bath of the server in Figs. 4–8; the client's is hot."""
TARGETS = ("plus", "minus")
"""The oscillator that is steered: E_{+|−}, E_{−|+}."""
EDGE = 0.01
"""γ_j/γ_j0 next to the loss of stability."""
QUADRATURES = {"phase_0": 0.0, "phase_90": pi / 2}
"""Phases of the homodyne detector, of which one or the other is best in all that was tried."""


def printed_variances(system: HybridOscillators) -> tuple[Array, Array, Array]:
    """Eq. (4) as printed: (ΔX_−)², (ΔX_+)² and ⟨X_+, X_−⟩."""
    gain, size = (
        np.sqrt(1 - np.asarray(system.transmission_loss)),
        np.sqrt(system.coupling_plus * system.coupling_minus),
    )
    (damping_minus, noise_minus), (damping_plus, noise_plus) = _rates(system)
    R = -size * np.sin(system.angle_plus - system.angle_minus)
    minus = noise_minus / damping_minus
    common = size * np.sin(system.angle_plus + system.angle_minus)
    cross = -gain * (common - 2 * R * minus) / (damping_plus + damping_minus)
    return minus, (noise_plus + 2 * gain * R * cross) / damping_plus, cross


def steering_products(system: HybridOscillators) -> tuple[Array, Array]:
    """E_{+|−} and E_{−|+}, to full precision for any γ_±."""
    (damping_minus, noise_minus), (damping_plus, noise_plus) = _rates(system)
    size, both = np.sqrt(system.coupling_minus * system.coupling_plus), damping_minus + damping_plus
    R = size * np.sin(system.angle_minus - system.angle_plus)
    common = size * np.sin(system.angle_minus + system.angle_plus)
    kept = 1 - np.asarray(system.transmission_loss)
    shared = kept * (2 * R * noise_minus - common * damping_minus) / both
    plus = noise_plus / damping_plus + shared * (2 * R / damping_plus + common / noise_minus) / both
    minus = plus * damping_plus * noise_minus / (noise_plus * damping_minus + 2 * R * shared)
    return np.asarray(plus), np.asarray(minus)


def _rates(system: HybridOscillators) -> list[tuple[Array, Array]]:
    """γ_j and Γ_j/2 + γ_j0(n_j + ½) of both oscillators."""
    return [
        (
            linewidth - coupling * np.cos(2 * np.asarray(angle)),
            coupling / 2 + linewidth * (np.asarray(quanta) + 0.5),
        )
        for linewidth, coupling, angle, quanta in (
            (
                system.linewidth_minus,
                system.coupling_minus,
                system.angle_minus,
                system.occupation_minus,
            ),
            (
                system.linewidth_plus,
                system.coupling_plus,
                system.angle_plus,
                system.occupation_plus,
            ),
        )
    ]


@dataclass(frozen=True)
class Search:
    """A minimisation of E_{target|other} at every point: the client's C and the loss ε (points,)
    are given.

    Free are θ_±, with γ_j/γ_j0 ≥ `damping`, where 1 means θ_j ≥ π/4, and the server's C, within so
    many `decades` of the client's; with `symmetric`, θ_+ = θ_−. The client is the first oscillator
    on the beam, minus, or the second.
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
        """At places (points, ..., dimensions) of a unit cube: θ_−, θ_+ from the least damping to
        π/2, and log C.
        """
        C, loss = (
            values.reshape(-1, *(1,) * (place.ndim - 2))
            for values in (self.cooperativity, self.loss)
        )
        other = next(name for name in TARGETS if name != self.client)
        parameters: dict[str, Any] = {
            f"{name}_{other}": value for name, value in SERVERS[self.server].items()
        }
        parameters |= {f"{name}_{self.client}": value for name, value in HOT.items()}
        parameters[f"cooperativity_{self.client}"] = C + 0.0 * place[..., 0]
        parameters[f"cooperativity_{other}"] = C * 10 ** (self.decades * (2 * place[..., -1] - 1))
        system = HybridOscillators.published(transmission_loss=loss, **parameters)
        edges = [
            0.5 * np.arccos(np.minimum((1 - self.damping) * linewidth / coupling, 1.0))
            for linewidth, coupling in (
                (system.linewidth_minus, system.coupling_minus),
                (system.linewidth_plus, system.coupling_plus),
            )
        ]
        if self.symmetric:
            edges = [np.maximum(*edges)] * 2
        minus, plus = (
            edge + (pi / 2 - edge) * place[..., k] for edge, k in zip(edges, (0, -2), strict=True)
        )
        return system.replace(angle_minus=minus, angle_plus=plus)

    def unconditional(self, place: Array) -> Array:
        """The product at places, the light not measured."""
        return steering_products(self.system(place))[TARGETS.index(self.target)]

    def conditional(self, phase: float, place: Array) -> Array:
        """The product at places, given the homodyne record of the light that leaves."""
        system = self.system(place)
        return self.of_covariance(conditional_covariance(system, system.homodyne(phase)).values)

    def read(self, phases: Sequence[float], efficiency: float, place: Array) -> Array:
        """The product at places (points, dimensions), given the record at a phase, or at two at
        right angles.

        Those are read on a beam split in halves. What is not detected is replaced by vacuum, as at
        any splitter.
        """
        system, share = self.system(place), efficiency / len(phases)
        model = system.model()
        names = [f"{port}.{axis}" for port in model.ports for axis in "XY"]
        records = [record for phase in phases for record in system.homodyne(phase)]
        weights = np.array([[float(record.get(name, 0.0)) for name in names] for record in records])
        C, D = (
            weights
            @ np.concatenate([getattr(port, kind) for port in model.ports.values()], axis=-2)
            for kind in "CD"
        )
        vacuum = np.sqrt(1 - share) * np.linalg.norm(D, axis=-1)[..., None] * np.eye(len(records))
        none = np.zeros((model.size, len(records)))
        noise = _beside(np.sqrt(share) * D, vacuum)
        return self.of_covariance(
            solve_riccati(model.A, _beside(model.B, none), np.sqrt(share) * C, noise)
        )

    def of_covariance(self, V: Array) -> Array:
        """The product of a covariance (..., 4, 4)."""
        steered = 1 - TARGETS.index(self.target)
        return gaussian.reid(V, [1 - steered], steered)


def _beside(first: Array, second: Array) -> Array:
    """Matrices of equally many rows as one."""
    lead = np.broadcast_shapes(first.shape[:-2], second.shape[:-2])
    return np.concatenate(
        [np.broadcast_to(each, lead + each.shape[-2:]) for each in (first, second)], axis=-1
    )


Objective = Callable[[Array], Array]


def best_of_grid(objective: Objective, points: int, shares: tuple[int, ...]) -> list[Array]:
    """Best places (points, dimensions) of a grid over the unit cube: with θ_− in the lower half,
    and in the upper.
    """
    axes = [np.linspace(0.0, 1.0, share) for share in shares]
    cells = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shares))
    values = objective(np.broadcast_to(cells, (points, *cells.shape)))
    lower = cells[:, 0] < 0.5
    return [cells[np.argmin(np.where(half, values, np.inf), axis=1)] for half in (lower, ~lower)]


def descend(objective: Objective, place: Array, width: float, rounds: int) -> tuple[Array, Array]:
    """Local minima (points, dimensions) and their values (points,): to the best neighbour, or else
    halve the step.
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


def _lower(first: tuple[Array, Array], second: tuple[Array, Array]) -> tuple[Array, Array]:
    better = second[1] < first[1]
    return np.where(better[:, None], second[0], first[0]), np.where(better, second[1], first[1])


def least(search: Search) -> xr.Dataset:
    """The least product at every point, where it is, and the same from the model's steady state."""
    shares = (33, 49) if search.symmetric else (21, 21, 25)
    starts = best_of_grid(search.unconditional, len(search.cooperativity), shares)
    place, value = _lower(*(descend(search.unconditional, start, 0.04, 200) for start in starts))
    system = search.system(place)
    model = system.model()
    server = next(name for name in TARGETS if name != search.client)
    V = solve_lyapunov(model.A, model.diffusion)
    data = {
        "product": value,
        "lyapunov": search.of_covariance(V),
        "physicality": uncertainty_margin(V),
        "angle_minus": system.angle_minus,
        "angle_plus": system.angle_plus,
        "ratio": getattr(system, f"cooperativity_{server}") / search.cooperativity,
    }
    return xr.Dataset(
        {name: ("point", values) for name, values in data.items()}
        | {"place": (("point", "axis"), place)}
    )


def least_conditional(search: Search, unconditional: xr.Dataset) -> xr.Dataset:
    """The least product given the light, that at each phase alone, and that at the unmeasured
    optimum's parameters.
    """
    start = unconditional["place"].values
    known = np.min(
        [search.conditional(phase, start) for phase in np.linspace(0.0, pi / 2, 7)], axis=0
    )
    values = {"same_parameters": known}
    for name, phase in QUADRATURES.items():
        objective = partial(search.conditional, phase)
        begin = start, objective(start)
        for place in best_of_grid(objective, len(start), (5, 5, 7)):
            begin = _lower(begin, (place, objective(place)))
        values[name] = descend(objective, begin[0], 0.05, 20)[1]
    values["conditional"] = np.min(list(values.values()), axis=0)
    return xr.Dataset({name: ("point", each) for name, each in values.items()})
