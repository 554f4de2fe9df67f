"""A model with its outgoing light, integrated over time, as further quadratures.

    dy = (C u + d) dt + D dW        the light that left a port since t = 0, in √photons

Steps of the larger model take these quadratures along with the noise of the step, so that the light
of a trajectory keeps the noise that entered. The dynamics of u do not depend on y.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..model.model import Model
from ..support.checks import Array


def recorded_model(model: Model, ports: Sequence[str]) -> Model:
    """The model with two further quadratures for each of the ports, after its own."""
    listed = [model.ports[name] for name in ports]
    C = np.concatenate([port.C for port in listed])
    extra = len(C)
    A = np.block([[model.A, np.zeros((model.size, extra))], [C, np.zeros((extra, extra))]])
    names = tuple(f"light.{name}" for name in ports)
    return replace(
        model,
        modes=(*model.modes, *names),
        quadratures=(*model.quadratures, *(f"{name}.{axis}" for name in names for axis in "XY")),
        c=np.concatenate([model.c, *(port.d for port in listed)]),
        A=A,
        B=np.concatenate([model.B, *(port.D for port in listed)]),
        ports={},
    )


def recorded_rates(model: Model, mean: Array, ports: Sequence[str]) -> tuple[Array, Array]:
    """Drift matrix and diffusion of the larger model about a mean (n,) of the modes."""
    larger = recorded_model(model, ports)
    about = np.pad(mean, (0, larger.size - model.size))
    return larger.jacobian(about, "mean"), larger.diffusion
