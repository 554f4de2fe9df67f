"""The result of a run: everything it computed, and the dataset that goes into its file."""

from __future__ import annotations

from dataclasses import dataclass

import xarray as xr

from ...analysis.physicality import least_violation
from ...analysis.validation import checks
from ...analysis.validation.step_size import StepCheck
from ...sde.kept_elements import KeptElements
from ...sde.labels import Q_, Q, Variable
from ...sde.model.gaussian_state import Gaussian
from ..run_files.recorded_systems import made_from
from ..run_files.run import RunFile

SMALL_BIAS = 0.01
"""Bias of the linearised covariance below which a step counts as small."""
STEADY_COVARIANCE = Variable("steady_covariance", (Q, Q_), "1", "Lyapunov covariance")
STEADY_ENTANGLEMENT = Variable(
    "steady_log_negativity", (), "nats", "E_N of the Lyapunov covariance"
)


@dataclass(frozen=True, eq=False)
class RunResult:
    """All that a run computed: start, steady states, attractor, ensemble, checks, duration.

    `branch` is the fixed point that the run approaches, −1 for none. Without one,
    `linearization`, `steady_check`, `correction` and `entanglement` are None; `entanglement` is
    given for a linear model too, where the moment equation is exact at all times. `integrated` is
    the number of trajectories integrated in this session, `workers` the name of its workers.
    """

    run: RunFile
    start: Gaussian
    steady: xr.Dataset
    attractor: xr.Dataset
    ensemble: xr.Dataset
    branch: int
    integrator: checks.IntegratorCheck
    step: StepCheck
    linearization: checks.LinearizationCheck | None
    steady_check: checks.SteadyCheck | None
    correction: xr.Dataset | None
    entanglement: xr.Dataset | None
    integration_seconds: float
    integrated: int
    workers: str

    @property
    def linear(self) -> bool:
        """Whether the model is linear, so that the coupled estimate is the moment equation."""
        return self.run.model.linear

    @property
    def physicality(self) -> float:
        """Smallest eigenvalue of V + iΩ/2 over the run if it violates V + iΩ/2 ≥ 0; else 0.

        Of the kept blocks where not all of V is kept.
        """
        V = self.ensemble["covariance_linear"]
        return least_violation(V.values, KeptElements.of(V))

    @property
    def step_is_small(self) -> bool:
        """Whether the step biases the linearised covariance by less than 1 %.

        At the end of the run where there is a steady state, else at all times.
        """
        return (self.step.final_bias if self.steady_check else self.step.bias) < SMALL_BIAS

    @property
    def nanoseconds(self) -> float:
        """Wall time per trajectory and step, ns."""
        steps = self.integrated * self.run.integration.steps
        return self.integration_seconds / steps * 1e9

    @property
    def trajectories(self) -> int:
        """Number of trajectories in the ensemble."""
        return int(self.ensemble["batch_trajectories"].sum())

    @property
    def complete(self) -> bool:
        """Whether the run was not interrupted."""
        return bool(self.ensemble.attrs["complete"])


def run_dataset(result: RunResult) -> xr.Dataset:
    """The dataset of a run: ensemble, steady states, entanglement if any, and the run file."""
    run = result.run
    steady = result.steady.drop_attrs(deep=False)
    out = result.ensemble.assign(
        {f"branch_{name}": values for name, values in steady.data_vars.items()}
    )
    out.attrs |= {
        **made_from(run, "run"),
        "start": run.integration.start,
        "integrator_passed": int(result.integrator.passed),
        "attractor": str(result.attractor["kind"].values),
        "entangled_modes": ",".join(run.entanglement),
        "branch": result.branch,
    }
    if result.entanglement is not None:
        out = out.merge(result.entanglement)
        out.attrs["physicality"] = result.physicality
    return out if result.steady_check is None else out.assign(_steady_variables(result))


def _steady_variables(result: RunResult) -> dict[str, xr.Variable]:
    """Covariance, and entanglement if any, of the steady state that the run approaches."""
    V = result.steady["covariance"].values[result.branch]
    found = {STEADY_COVARIANCE.name: STEADY_COVARIANCE.labelled(V)}
    if result.entanglement is not None:
        E = checks.pair_negativity(V, *result.run.pair)
        found[STEADY_ENTANGLEMENT.name] = STEADY_ENTANGLEMENT.labelled(E)
    return found
