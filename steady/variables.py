"""Variables of the results: name, dimensions after those of the parameter points, unit, meaning.

One table for each kind of result, in the order in which a dataset holds them.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..sde.labels import Q_, Q, Variable

B = "branch"
E = "eigenvalue"
MODE = "mode"
PORT = "port"
MULTIPLIER = "multiplier"
CROSSING = "crossing"
Q__ = "quadrature__"
Variables = dict[str, Variable]


def table(variables: Iterable[Variable]) -> Variables:
    """The variables by name."""
    return {variable.name: variable for variable in variables}


FIXED_POINTS = table(
    [
        Variable("mean", (B, Q), "1", "fixed point of the mean field"),
        Variable("photon_number", (B, MODE), "1", "quanta |⟨a⟩|² = (X² + Y²)/2 of each mode"),
        Variable(
            "drift_matrix",
            (B, Q, Q_),
            "rad/s",
            "Jacobian of the mean-field drift at the fixed point",
        ),
        Variable(
            "eigenvalue_real",
            (B, E),
            "rad/s",
            "real part of the drift matrix's eigenvalues, falling",
        ),
        Variable(
            "eigenvalue_imag", (B, E), "rad/s", "imaginary part of the drift matrix's eigenvalues"
        ),
        Variable("stable", (B,), "1", "all eigenvalues have negative real parts, beyond rounding"),
        Variable("stable_routh_hurwitz", (B,), "1", "the Routh-Hurwitz conditions hold"),
        Variable("margin", (B,), "rad/s", "slowest relaxation rate, −max Re λ"),
        Variable(
            "kind",
            (B,),
            "1",
            "stable, marginal, saddle, hopf, parametric or family; empty where there is no such "
            "branch",
        ),
        Variable("exists", (B,), "1", "the point has this branch"),
        Variable("residual", (B,), "1", "largest drift relative to its terms' absolute values"),
        Variable(
            "reason",
            (B,),
            "1",
            "the family that a fixed point represents, or why a point has none; else empty",
        ),
    ]
)
"""Variables of `fixed_points`."""

STEADY_STATE = FIXED_POINTS | table(
    [
        Variable("covariance", (B, Q, Q_), "1", "covariance of the linearised steady state"),
        Variable("diffusion", (Q, Q_), "rad/s", "diffusion matrix B Bᵀ"),
        Variable("physicality", (B,), "1", "least eigenvalue of V + iΩ/2"),
        Variable("commutators", (B,), "rad/s", "least eigenvalue of D − i(AΩ + ΩAᵀ)/2"),
        Variable("lyapunov_residual", (B,), "1", "‖AV + VAᵀ + D‖/(2‖A‖‖V‖ + ‖D‖)"),
        Variable("covariance_error_bound", (B,), "1", "bound on ‖V − V_exact‖/‖V‖"),
        Variable("light_share", (B, PORT), "1", "light leaving a port over all light shone in"),
        Variable("reason", (B,), "1", "why there is no steady covariance; empty where there is"),
    ]
)
"""Variables of `steady_state`."""

GRID = table(
    [
        *(FIXED_POINTS[name] for name in ("mean", "stable", "margin", "kind", "exists", "reason")),
        *(
            STEADY_STATE[name]
            for name in ("covariance", "physicality", "light_share", "commutators")
        ),
        Variable("implied_branch", (), "1", "the branch that has the requested effective detuning"),
    ]
)
"""Variables of `grid`, to which each measure adds one."""

ATTRACTOR = table(
    [
        Variable("kind", (), "1", "kind of long-time behaviour of the mean field"),
        Variable("branch", (), "1", "its branch, −1 for none"),
        Variable("settling_time", (), "s", "last time farther than 1 % away"),
        Variable("period", (), "s", "period of the limit cycle"),
        Variable("mean", (Q,), "1", "average of the mean field"),
        Variable("amplitude", (Q,), "1", "half the peak-to-peak range"),
        Variable("photon_number", (MODE,), "1", "average of (X² + Y²)/2 of the mean field"),
        Variable("floquet_real", (MULTIPLIER,), "1", "Floquet multipliers, real part"),
        Variable("floquet_imag", (MULTIPLIER,), "1", "Floquet multipliers, imaginary part"),
        Variable("floquet_error", (), "1", "distance from 1 of the multiplier along the flow"),
        Variable("closure", (), "1", "gap between the orbit's ends over its size"),
        Variable("reason", (), "1", "why the outcome is undecided; else empty"),
    ]
)
"""Variables of `attractor`."""

CONDITIONAL = Variable("covariance", (Q, Q_), "1", "steady covariance, given the records")
"""The array that `conditional_covariance` returns."""

OUTPUT_MODES = Variable(
    "covariance", (Q, Q_), "1", "steady covariance of intracavity and filtered output modes"
)
"""The array that `output_modes` returns."""

LEADING_CORRECTION = table(
    [
        Variable(
            "mean_shift", (B, Q), "1", "leading shift of the mean from the fixed point, order s"
        ),
        Variable(
            "third_cumulant",
            (B, Q, Q_, Q__),
            "1",
            "leading third cumulants, truncated Wigner, order s",
        ),
        Variable(
            "covariance_correction",
            (B, Q, Q_),
            "1",
            "leading correction of the covariance, truncated Wigner, order s²",
        ),
        Variable(
            "covariance_correction_quantum",
            (B, Q, Q_),
            "1",
            "the same of the full quantum state, order s²",
        ),
        Variable(
            "relative_correction", (B,), "1", "largest |δV_ij|/√(V_ii V_jj), truncated Wigner"
        ),
        Variable(
            "relative_correction_quantum",
            (B,),
            "1",
            "largest |δV_ij|/√(V_ii V_jj), full quantum state",
        ),
        Variable(
            "relative_truncation",
            (B,),
            "1",
            "largest |δV_ij|/√(V_ii V_jj) that truncated Wigner leaves out",
        ),
    ]
)
"""Variables of `leading_correction`, to which it adds the reasons of `steady_state`."""


def critical_value_variables(parameter: str, units: str) -> Variables:
    """Variables of `critical_values` for a parameter with a unit."""
    along = (CROSSING,)
    return table(
        [
            Variable("value", along, units, f"critical value of {parameter}"),
            Variable("kind", along, "1", "fold, pitchfork, hopf, saddle or parametric"),
            Variable("frequency", along, "rad/s", "imaginary part of the critical eigenvalue"),
            Variable("branches_below", along, "1", "number of branches below the value"),
            Variable("branches_above", along, "1", "number of branches above the value"),
            Variable("stable_below", along, "1", "number of stable branches below the value"),
            Variable("stable_above", along, "1", "number of stable branches above the value"),
        ]
    )
