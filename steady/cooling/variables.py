"""Variables of the results on cooling: name, dimensions, unit, meaning."""

from __future__ import annotations

from ...sde.labels import Variable
from ..variables import table

SIDEBAND_COOLING = table(
    [
        Variable("frequency", (), "rad/s", "frequency ω of the mode alone"),
        Variable("damping", (), "rad/s", "energy decay rate Γ of the mode alone"),
        Variable("bath_occupation", (), "1", "quanta of the mode alone, in its own bath"),
        Variable("spring_shift", (), "rad/s", "change of ω by the other modes"),
        Variable(
            "optical_damping", (), "rad/s", "energy decay rate added by the other modes, A₋ − A₊"
        ),
        Variable(
            "cooling_rate", (), "rad/s", "A₋, rate per quantum of losing one to the other modes"
        ),
        Variable(
            "heating_rate", (), "rad/s", "A₊, rate per quantum of gaining one, vacuum included"
        ),
        Variable("limit", (), "1", "quanta A₊/(A₋ − A₊) without a bath of its own"),
        Variable("occupation", (), "1", "quanta (Γ n + A₊)/(Γ + A₋ − A₊), for weak coupling"),
        Variable("occupation_lyapunov", (), "1", "quanta (V_qq + V_pp − 1)/2, for any coupling"),
    ]
)
"""Variables of `sideband_cooling`."""

FEEDBACK_COOLING = table(
    [
        Variable("stable", (), "1", "the closed loop is stable"),
        Variable("margin", (), "rad/s", "slowest relaxation rate of the closed loop, −max Re λ"),
        Variable("occupation", (), "1", "quanta of the mode with feedback"),
        Variable("occupation_open", (), "1", "quanta of the mode without feedback"),
        Variable(
            "limit", (), "1", "quanta of the mode given the record: no feedback of it has fewer"
        ),
        Variable("physicality", (), "1", "least eigenvalue of V + iΩ/2 of the closed loop"),
    ]
)
"""Variables of `feedback_cooling`."""

OPTIMAL_FEEDBACK = table(
    [
        Variable("occupation", (), "1", "quanta of the mode under the optimal force"),
        Variable("limit", (), "1", "quanta of the mode given the records"),
        Variable("force", (), "rad/s", "root mean square of the force F in ṗ = … + F"),
    ]
)
"""Variables of `optimal_feedback`."""
