"""The printed validation: levels of theory side by side, the breakdown study, and the verdict in a
sentence.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

from ...analysis.validation.levels import Comparison
from ..execution.validate import Validation
from ..text import line, time_in_words, with_error
from .conclusion import FAILED, UNSETTLED, has_not_settled, objections
from .run import answers, heading

UNIT = "√(V_ii V_jj)"
SEEN = 1e-4
"""Probability by chance below which a difference counts as seen."""
SMALL = 0.1
"""Relative correction of V up to which its leading order may describe it."""
HUGE = 1e7
"""Numbers from which on powers of ten are read more easily."""
FAR = 6.0
"""Standard errors beyond which the largest of some tens of elements does."""


def compose_validation(validation: Validation) -> str:
    """The whole report of a validation."""
    sections = [
        heading(validation.findings.run),
        answers(validation.findings),
        *_levels(validation),
    ]
    if validation.breakdown is not None:
        sections.append(describe_breakdown(validation.breakdown))
    return "\n\n".join([*sections, f"Verdict: {verdict(validation)}"]) + "\n"


def verdict(validation: Validation) -> str:
    """When linearised theory can be trusted here, in a sentence or two."""
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
    check, tolerance = validation.linear, validation.tolerance
    if np.isnan(check.error_stderr):
        return "nothing can be said of linearised theory without error bars: run more trajectories"
    holds = "holds" if check.error + 2 * check.error_stderr < tolerance else "FAILS"
    seen = "off by" if _seen(check) else "not seen to be off:"
    amount = f"{with_error(check.error, check.error_stderr)} {UNIT}"
    return (
        f"linearised theory {holds} within {100 * tolerance:g} % of V {_when(validation)}, {seen} "
        f"{amount}"
    )


def _seen(check: Comparison) -> bool:
    """Whether a difference is no chance: by all elements at once, or by the largest where batches
    are too few.
    """
    return check.z_worst > FAR if np.isnan(check.p_value) else check.p_value < SEEN


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
    left_out, quantum = (
        float(correction[f"relative_{name}"]) for name in ("truncation", "correction_quantum")
    )
    if np.isnan(left_out):
        return ""
    if not _is_leading(validation.linear, float(correction["relative_correction"])):
        return (
            " The leading order of the nonlinearity does not describe this: what truncated Wigner "
            "omits is unknown."
        )
    trusted = (
        "within it"
        if left_out < validation.tolerance
        else "MORE THAN IT: trajectories are not the truth here"
    )
    return (
        f" Trajectories, being truncated Wigner, omit {left_out:.2g} of V, {trusted}; "
        f"in full quantum theory the linearisation is off by {quantum:.2g} (both to leading order)."
    )


def _is_leading(check: Comparison, leading: float) -> bool:
    """Whether the difference is what the leading order says, within a half of it or the error bar."""
    return leading < SMALL and abs(check.error - leading) < max(
        0.5 * leading, FAR * check.error_stderr
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
    unphysical = ": NOT QUANTUM STATES, no measure of them is a result" * (
        validation.findings.physicality < 0
    )
    head = (
        f"    {'':<{width}} {'linearised':<14} {'z':>7}  {'Gaussian closure':<16} {'z':>7}  "
        "trajectories"
    )
    rows = [
        f"    {words:<{width}} {_level_row(validation.levels.sel(quantity=words))}"
        for words in quantities
    ]
    yield "\n".join(
        [
            f"Levels of theory, {where}; z: trajectories − level in standard errors{unphysical}",
            head,
            *rows,
        ]
    )
    comparisons = [("linearised", validation.linear), ("Gaussian closure", validation.gaussian)]
    lines = ["Trajectories against each level"]
    for name, check in comparisons:
        lines += _comparison_lines(name, check)
    yield "\n".join(lines)


def _level_row(row: xr.Dataset) -> str:
    full, stderr = float(row["full"]), float(row["full_stderr"])
    values = [float(row[level]) for level in ("linear", "gaussian")]
    form = _form(
        max((abs(value) for value in (*values, full) if np.isfinite(value)), default=0.0), stderr
    )
    numbers = (
        f"{_number(value, form):<{width}} {_z(float(row[f'{level}_z'])):>7}"
        for value, (level, width) in zip(values, (("linear", 14), ("gaussian", 16)), strict=True)
    )
    return f"{'  '.join(numbers)}  {_number(full, form)}" + f" ± {stderr:.0e}" * bool(
        np.isfinite(stderr)
    )


def _z(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def _number(value: float, form: str) -> str:
    if np.isnan(value):
        return "not known"
    shown = f"{value:{form}}"
    return "0" if value == 0 else shown.removeprefix("-") if float(shown) == 0 else shown


def _form(largest: float, stderr: float) -> str:
    """The format of a row: decimals that show an error bar, at most twelve; powers of ten for what
    is huge.
    """
    if largest >= HUGE:
        return ".4e"
    digits = (
        8
        if not (np.isfinite(stderr) and stderr > 0)
        else int(np.clip(1 - np.floor(np.log10(stderr)), 2, 12))
    )
    return f".{digits}f"


def _comparison_lines(name: str, check: Comparison | None) -> list[str]:
    if check is None:
        return [f"  {name}: diverges"]
    together = (
        f"T² = {check.hotelling:.4g} of {check.degrees} (Hotelling's), p = {check.p_value:.2g}"
    )
    if np.isnan(check.p_value):
        together = "too few batches for a test" if check.degrees else "no difference"
    return [
        f"  {name}",
        line("largest difference of V", f"{with_error(check.error, check.error_stderr)} {UNIT}"),
        line(
            "largest difference of mean",
            f"{with_error(check.mean_error, check.mean_error_stderr)} √V_ii, at the end",
        ),
        line("z over elements", f"rms {check.z_rms:.2f}, largest {check.z_worst:.2f}"),
        line("all elements at once", together),
    ]


def describe_breakdown(study: xr.Dataset) -> str:
    """The breakdown study as a table, with its exponent and the limits of every level."""
    tolerance = study.attrs["tolerance"]
    head = (
        f"    {'s':>9}  {'error of V':<19} {'leading order':<13}  {'of the closure':<19} {'of E_N':<19} "
        f"{'skewness':<17} {'excess kurtosis':<17} twin"
    )
    rows = [_study_row(study.isel(nonlinearity=k)) for k in range(study.sizes["nonlinearity"])]
    fits = [("V", "exponent"), ("E_N", "entanglement_exponent")]
    return "\n".join(
        [
            "Breakdown of linearised theory: nonlinearity times s, about the same linear "
            f"fluctuations; V in {UNIT}",
            head,
            *rows,
            *(
                line(f"error of {name}", _fit(study.attrs[key], study.attrs[f"{key}_stderr"]))
                for name, key in fits
            ),
            line(f"{100 * tolerance:g} % of V, linearised", _limit(study, "error")),
            line("the same, leading order", _limit(study, "leading")),
            line("Gaussian closure", _limit(study, "closure_error")),
            line(
                "truncated Wigner",
                _limit(study, "truncation") + ": what it leaves out, leading order",
            ),
        ]
    )


def _study_row(point: xr.Dataset) -> str:
    def number(name: str, stderr: str = "", form: str = ".2e", width: int = 19) -> str:
        value, error = float(point[name]), float(point[stderr or f"{name}_stderr"])
        return f"{f'{value:{form}} ± {error:.0e}':<{width}}"

    s = f"    {float(point['nonlinearity']):>9.4g}"
    if float(point["lost"]) > 0:
        return f"{s}  {int(point['lost'])} trajectories diverged: no average is formed"
    return (
        f"{s}  {number('error')} {float(point['leading']):<13.2e}  "
        f"{number('closure_error')} {number('entanglement_error', 'entanglement_stderr')} "
        f"{number('skewness', '', '.1e', 17)} {number('excess_kurtosis', '', '.1e', 17)} "
        f"{float(point['twin_correlation']):.3f}"
    )


def _fit(exponent: float, stderr: float) -> str:
    if np.isnan(exponent):
        return "no fit: fewer than three points are significant and small"
    return f"~ s^({with_error(exponent, stderr)})"


def _limit(study: xr.Dataset, name: str) -> str:
    s, stderr, every = (
        study.attrs[f"{name}_limit"],
        study.attrs[f"{name}_limit_stderr"],
        study["nonlinearity"].values,
    )
    known = np.isfinite(study[name].values)
    if not known.any():
        return "no numbers"
    if np.isfinite(s):
        return (
            f"exceeded at s = {s:.4g} already"
            if s <= every[0]
            else f"reached at s = {with_error(s, stderr)}"
        )
    lost = f"; beyond, trajectories diverge by s = {every[known.argmin()]:.4g}" * (not known.all())
    return f"not reached up to s = {every[known][-1]:.4g}{lost}"
