"""Checks of the arguments of terms: rates, occupations, phases; numbers or arrays over points."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..support.checks import Array, Shape, common_shape, numbers, require_name, shown


def rate_of(function: str, value: Any, kind: type, *modes: str, what: str = "rate") -> Array:
    """The rate (...) of a term on modes, in rad/s; checks the names of the modes too."""
    for mode in modes:
        require_name(f"mode of {function}", mode)
    call = f"{function}({', '.join(map(repr, modes))})"
    if len(set(modes)) < len(modes):
        raise ValueError(f"{call} couples a mode to itself; name two different modes")
    return finite(f"{what} of {call}", value, kind, "rad/s")


def finite(name: str, value: Any, kind: type, unit: str = "") -> Array:
    """A finite number or an array (...) of them, as an array (...) of float or complex."""
    if callable(value):
        raise ValueError(
            f"{name} must be a number, or an array over parameter points (got {shown(value)}); "
            "coefficients do not depend on time, but a lossless mode can act as a tone: "
            "see Tones in the docstring of qlangevin.sde.terms"
        )
    number = numbers(name, value, kind, unit)
    if not np.all(np.isfinite(number)):
        raise ValueError(f"{name} must be finite (got {shown(value)})")
    return number


def nonnegative(name: str, value: Any, unit: str = "") -> Array:
    """A real number ≥ 0 or an array (...) of them, as an array (...)."""
    number = finite(name, value, float, unit)
    if not np.all(number >= 0):
        raise ValueError(f"{name} must be zero or positive (got {shown(value)})")
    return number


def input_noise(
    call: str, occupation: Any, squeezing: Any, angle: Any, **others: Shape
) -> tuple[Array, Array, Array]:
    """Occupation n, squeezing r and its angle in rad (...) of a port's input, checked.

    They must fit together, and with `others`: shapes of further arguments by name.
    """
    n = nonnegative(f"occupation of {call}", occupation)
    r = finite(f"squeezing of {call}", squeezing, float)
    theta = finite(f"squeezing_angle of {call}", angle, float, "rad")
    own = {"occupation": n.shape, "squeezing": r.shape, "squeezing_angle": theta.shape}
    common_shape({f"{name} of {call}": shape for name, shape in (others | own).items()})
    return n, r, theta
