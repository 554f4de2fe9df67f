"""The report of a validation: levels of theory side by side, breakdown study, verdict."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from ...analysis.validation.levels import Comparison
from ..execution.validate import Validation
from ..text import line, time_in_words, with_error
from .breakdown import UNIT, describe_breakdown
from .checks import describe_checks
from .conclusion import FAILED, UNSETTLED, has_not_settled, objections
from .run import heading

SIGNIFICANT_P = 1e-4
"""p-value below which a difference is significant."""
SIGNIFICANT_Z = 6.0
"""Standard errors beyond which the largest of some tens of elements is significant."""
SMALL = 0.1
"""Relative correction of V up to which its leading order may describe it."""
HUGE = 1e7
"""Size from which numbers are shown with a power of ten."""


def validation_report(validation: Validation) -> str:
    """The report of a validation."""
    sections = [
        heading(validation.findings.run),
        describe_checks(validation.findings),
        *_levels(validation),
    ]
    if validation.breakdown is not None:
        sections.append(describe_breakdown(validation.breakdown))
    return "\n\n".join([*sections, f"Verdict: {verdict(validation)}"]) + "\n"


def verdict(validation: Validation) -> str:
    """Where linearised theory holds, in a sentence or two."""
    findings = validation.findings
    unsettled = [f"the run {UNSETTLED}"] if has_not_settled(findings) else []
    if not findings.integrator.passed:
        return "; ".join([FAILED, *objections(findings), *unsettled]) + "."
    if findings.linear:
        exact = "the model is linear; linearised theory and Gaussian closure are exact"
        return "; ".join([exact, *unsettled, *objections(findings)]) + "."
    sentence = (
        f"{_linear_sentence(validation)}; "
        f"{_closure_clause(validation)}.{_truncation_sentence(validation)}"
    )
    return " ".join([sentence, *(f"{objection}." for objection in objections(findings))])


def _when(validation: Validation) -> str:
    if validation.since is not None:
        return "in the steady state"
    if validation.findings.steady_check is None:
        return "at the end of the run, where there is no steady state"
    return "at the end of the run, A TRANSIENT"


def _linear_sentence(validation: Validation) -> str:
    check = validation.linear
    tolerance = validation.tolerance
    if np.isnan(check.error_stderr):
        return "linearised theory cannot be judged without error bars: run more trajectories"
    holds = "holds" if check.error + 2 * check.error_stderr < tolerance else "FAILS"
    seen = "off by" if _significant(check) else "with no significant difference:"
    amount = f"{with_error(check.error, check.error_stderr)} {UNIT}"
    return (
        f"linearised theory {holds} within {100 * tolerance:g} % of V {_when(validation)}, {seen} "
        f"{amount}"
    )


def _significant(check: Comparison) -> bool:
    """Whether a difference is significant: all elements at once, or the largest for few batches."""
    if np.isnan(check.p_value):
        return check.z_worst > SIGNIFICANT_Z
    return check.p_value < SIGNIFICANT_P


def _closure_clause(validation: Validation) -> str:
    if validation.gaussian is None:
        return "the Gaussian closure diverges"
    ratio = validation.gaussian.error / validation.linear.error if validation.linear.error else 1.0
    better = "is closer" if ratio < 0.8 else "is farther off" if ratio > 1.25 else "is no closer"
    off = with_error(validation.gaussian.error, validation.gaussian.error_stderr)
    return f"the Gaussian closure {better}, off by {off}"


def _truncation_sentence(validation: Validation) -> str:
    correction = validation.findings.correction
    if correction is None:
        return ""
    omitted = float(correction["relative_truncation"])
    quantum = float(correction["relative_correction_quantum"])
    if np.isnan(omitted):
        return ""
    if not _is_leading(validation.linear, float(correction["relative_correction"])):
        return (
            " The leading order of the nonlinearity does not describe this difference, so what "
            "truncated Wigner omits is not known."
        )
    trusted = "within the tolerance"
    if not omitted < validation.tolerance:
        trusted = "MORE THAN THE TOLERANCE: trajectories are no reference here"
    return (
        f" Trajectories, being truncated Wigner, omit {omitted:.2g} of V, {trusted}; "
        f"in full quantum theory the linearisation is off by {quantum:.2g} (both to leading order)."
    )


def _is_leading(check: Comparison, leading: float) -> bool:
    """Whether the difference agrees with the leading order, within half of it or the error bar."""
    return leading < SMALL and abs(check.error - leading) < max(
        0.5 * leading, SIGNIFICANT_Z * check.error_stderr
    )


def _levels(validation: Validation) -> Iterator[str]:
    run = validation.findings.run
    where = "at the end of the run"
    if validation.since is not None:
        where = (
            f"averaged over the last {time_in_words(run.integration.duration - validation.since)}"
        )
    quantities = validation.levels["quantity"].values
    width = max(map(len, quantities))
    unphysical = ""
    if validation.findings.physicality < 0:
        unphysical = ": NOT QUANTUM STATES, no measure of them is a result"
    head = (
        f"    {'':<{width}} {'linearised':<14} {'z':>7}  {'Gaussian closure':<16} {'z':>7}  "
        "trajectories"
    )
    rows = (
        f"    {name:<{width}} {_level_row(validation.levels.sel(quantity=name))}"
        for name in quantities
    )
    title = f"Levels of theory, {where}; z: trajectories − level in standard errors{unphysical}"
    yield "\n".join([title, head, *rows])
    lines = ["Trajectories against each level"]
    lines += _comparison_lines("linearised", validation.linear)
    lines += _comparison_lines("Gaussian closure", validation.gaussian)
    yield "\n".join(lines)


def _level_row(row: xr.Dataset) -> str:
    full = float(row["full"])
    stderr = float(row["full_stderr"])
    widths = {"linear": 14, "gaussian": 16}
    values = {level: float(row[level]) for level in widths}
    sizes = (abs(value) for value in (*values.values(), full) if np.isfinite(value))
    form = _form(max(sizes, default=0.0), stderr)
    numbers = "  ".join(
        f"{_number(values[level], form):<{width}} {_z(float(row[f'{level}_z'])):>7}"
        for level, width in widths.items()
    )
    error = f" ± {stderr:.0e}" if np.isfinite(stderr) else ""
    return f"{numbers}  {_number(full, form)}{error}"


def _z(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def _number(value: float, form: str) -> str:
    """A number in a format; zero without sign or decimals."""
    if np.isnan(value):
        return "not known"
    if value == 0:
        return "0"
    shown = f"{value:{form}}"
    return shown.removeprefix("-") if float(shown) == 0 else shown


def _form(largest: float, stderr: float) -> str:
    """The format of a row: decimals that show its error bar; powers of ten for huge numbers."""
    if largest >= HUGE:
        return ".4e"
    if not (np.isfinite(stderr) and stderr > 0):
        return ".8f"
    return f".{int(np.clip(1 - np.floor(np.log10(stderr)), 2, 12))}f"


def _comparison_lines(name: str, check: Comparison | None) -> list[str]:
    if check is None:
        return [f"  {name}: diverges"]
    together = (
        f"T² = {check.hotelling:.4g} of {check.degrees} (Hotelling's), p = {check.p_value:.2g}"
    )
    if np.isnan(check.p_value):
        together = "too few batches for a test" if check.degrees else "no difference"
    of_mean = with_error(check.mean_error, check.mean_error_stderr)
    return [
        f"  {name}",
        line("largest difference of V", f"{with_error(check.error, check.error_stderr)} {UNIT}"),
        line("largest difference of mean", f"{of_mean} √V_ii, at the end"),
        line("z over elements", f"rms {check.z_rms:.2f}, largest {check.z_worst:.2f}"),
        line("all elements at once", together),
    ]
