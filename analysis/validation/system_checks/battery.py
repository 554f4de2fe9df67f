"""The battery of checks that every system must pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ....sde.jit.background import compile_in_background
from ....sde.kernels.kernel import TRAJECTORY_KERNELS
from ....sde.model.model import Model
from ....sde.moments.linear import LINEAR_KERNELS
from ....sde.moments.taylor import TAYLOR_KERNELS, DivergenceError
from ....sde.support.callbacks import Progress
from ....sde.support.checks import require_progress
from ....sde.system import System
from ....steady import IncompleteError
from . import declarations, drift, methods, noise, states, twins, units
from .results import SystemCheck, SystemChecks, failed, not_applicable
from .subject import Subject

CHECKS: dict[str, Callable[[Subject], SystemCheck]] = {
    "declarations": declarations.declarations,
    "published values": declarations.published_values,
    "parameters used": declarations.parameters_used,
    "units of parameters": units.units_of_parameters,
    "Jacobian": drift.jacobian,
    "mean field": drift.mean_field,
    "commutators": noise.commutators,
    "vacuum": noise.vacuum,
    "steady states": states.steady_states,
    "transient": states.transient,
    "late moments": states.late_moments,
    "unit of time": states.unit_of_time,
    "effective detuning": methods.effective_detuning,
    "reversed twice": methods.reversed_twice,
    "linear twin": twins.linear_twin,
}


def check_system(
    system: System | Model, *, run: bool = True, progress: Progress | None = None
) -> SystemChecks:
    """Check what every system must satisfy, and say what to look at where it does not.

    Parameters
    ----------
    system : System or Model
        At one parameter point. The checks of parameters do not apply to a Model.
    run : bool, default True
        Also integrate 2048 short trajectories, which compiles the kernel of the model.
    progress : callable, default None
        Called with the numbers of finished and of all checks.

    Returns
    -------
    SystemChecks
        One `SystemCheck` for each check: name, passed (True, False, or None where it does not
        apply or cannot decide), measured, limit and comment. `print` shows the table; `passed`
        says whether no check failed.

        * declarations, published values, parameters used: symbols, SI units and meanings;
          `published()`; each parameter changes the model
        * units of parameters: in other units of time, length, mass and temperature, chosen so that
          ħ, k_B, c, e, ε₀ and µ₀ keep their numbers, all rates change alike
        * Jacobian: against complex steps of the drift, at both levels
        * mean field: the drift's average over the vacuum, by a cubature
        * commutators: D − i(AΩ + ΩAᵀ)/2 ≥ 0 at rest and at each fixed point
        * vacuum: each mode alone in its own cold bath has variances ½
        * steady states, transient: V + iΩ/2 ≥ 0
        * late moments: moments in time end at the solution of the Lyapunov equation
        * unit of time: the model with all its rates times a factor has the same steady states
        * effective detuning, reversed twice: there and back, where the system defines them
        * linear twin: paths of the compiled kernel against the exact law of their steps

    Raises
    ------
    ValueError
        For parameters that are arrays, and a system without a model.

    Notes
    -----
    A Hamiltonian with a wrong sign or factor, a rate in hertz for one in rad/s, an energy rate for
    an amplitude rate and a missing coupling are other physics, not faults that these checks can
    find: compare with an independent derivation. Nor is a temperature used as a rate found, since
    k_B T/ħ is one.

    Examples
    --------
    A cavity with half of the noise that belongs to its damping:

    >>> import dataclasses
    >>> import qlangevin as ql
    >>> loss = ql.terms.lose("a", "fibre", amplitude_rate=1e6)
    >>> model = ql.Model.build(["a"], [ql.terms.detune("a", 3e6), loss])
    >>> halved = dataclasses.replace(model, B=model.B / 2**0.5)
    >>> found = ql.analysis.check_system(halved, run=False)
    >>> found.failed
    ('commutators', 'vacuum', 'steady states', 'transient')
    >>> print(found["commutators"])
    FAILED          commutators           min eig(D − i(AΩ + ΩAᵀ)/2): -5e+05, at least -3e-06 rad/s
                    Noise is too weak for the drift: a has diffusion 5e+05 rad/s through fibre.X,
                    fibre.Y where its damping or gain needs 1e+06. ...
    """
    require_progress(progress)
    subject = Subject(system)
    moments = LINEAR_KERNELS if subject.model.linear else TAYLOR_KERNELS
    if run:
        compile_in_background(moments, TRAJECTORY_KERNELS)
    names = [name for name in CHECKS if run or name != "linear twin"]
    show = progress or (lambda done, total: None)
    show(0, len(names))
    found = []
    for name in names:
        found.append(_checked(name, subject))
        show(len(found), len(names))
    return SystemChecks(subject.title, tuple(found))


def _checked(name: str, subject: Subject) -> SystemCheck:
    """The result of a check; a failure where a method of the system raises."""
    try:
        found = CHECKS[name](subject)
    except (IncompleteError, DivergenceError) as error:
        found = not_applicable(f"Cannot decide: {error}.")
    except Exception as error:  # whatever the methods of a user's system raise
        found = failed(f"{type(error).__name__}: {error}")
    return replace(found, name=name)
