"""Models of any number of modes, in units of a cavity's decay."""

from __future__ import annotations

import numpy as np

import qlangevin as ql
from qlangevin.sde import Model
from qlangevin.sde.terms import detune, drive, exchange, kerr, lose, press, rub


def kerr_chain(modes: int) -> Model:
    """Driven Kerr modes that exchange light with their neighbours."""
    cell = Model.build(
        ["a"],
        [
            detune("a", 1.0),
            kerr("a", 0.02),
            drive("a", 1.0),
            lose("a", "out", amplitude_rate=1.0),
        ],
    )
    return _chain(cell, modes)


def optomechanical_chain(modes: int) -> Model:
    """Cells of a driven cavity and a warm oscillator, whose cavities exchange light."""
    if modes % 2:
        raise ValueError(f"modes must be even, two in each cell (got {modes})")
    cell = Model.build(
        ["a", "m"],
        [
            detune("a", 1.0),
            detune("m", 1.0),
            press("a", "m", 0.02),
            drive("a", 1.0),
            lose("a", "out", amplitude_rate=1.0),
            rub("m", 0.2, occupation=2.0),
        ],
    )
    return _chain(cell, modes // 2)


def dense_linear(modes: int) -> Model:
    """Linear modes, each of which exchanges quanta with all others at random rates."""
    rng = np.random.default_rng(modes)
    names = [f"m{k}" for k in range(modes)]
    alone = [
        [detune(name, float(rng.normal())), drive(name, 0.5), lose(name, name, amplitude_rate=1.0)]
        for name in names
    ]
    size = 1 / np.sqrt(modes)
    pairs = [
        exchange(names[row], names[column], float(rng.normal(scale=size)))
        for row in range(modes)
        for column in range(row)
    ]
    return Model.build(names, [*alone, *pairs])


def _chain(cell: Model, cells: int) -> Model:
    if cells == 1:
        return cell
    return ql.lattice(cell, cells, lambda one, next_: exchange(f"{one}.a", f"{next_}.a", 0.5))


MODELS = {
    "Kerr chain": kerr_chain,
    "optomechanical chain": optomechanical_chain,
    "dense linear": dense_linear,
}
