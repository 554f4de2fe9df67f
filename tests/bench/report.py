"""Results as tables: aligned text, or Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .accuracy import TimeToAccuracy
from .race import Results, Workload


@dataclass(frozen=True)
class Table:
    """A title, column names, rows of text, and notes below."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default=())

    def text(self) -> str:
        """Aligned columns, numbers to the right."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [self.title]
        for row in (self.columns, *self.rows):
            name, *numbers = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            lines.append("  " + "  ".join([name.strip().ljust(widths[0]), *numbers]))
        return "\n".join([*lines, *(f"  {note}" for note in self.notes)])

    def markdown(self) -> str:
        """A Markdown table under its title in bold."""
        rules = ["---", *("---:" for _ in self.columns[1:])]
        rows = [f"| {' | '.join(row)} |" for row in (self.columns, rules, *self.rows)]
        return "\n".join([f"**{self.title}**", "", *rows, *(f"\n{note}" for note in self.notes)])


def race_table(title: str, workload: Workload, results: Results, bases: Sequence[str]) -> Table:
    """The table of a race: engines from fast to slow.

    Its columns are the time per unit, the ratio to each base, and the deviation from the reference.
    """
    present = [base for base in bases if base in results.seconds]
    rows = []
    for name in sorted(results.seconds, key=results.median):
        deviation = results.deviation[name]
        ratios = [factor(results.ratio(name, base)) for base in present]
        judged = "" if deviation is None else f"{deviation:.2g}"
        rows.append([name, f"{results.median(name) * workload.scale:.3g}", *ratios, judged])
    notes = [f"{name}: not run; {how}" for name, how in results.missing.items()]
    columns = ["engine", workload.unit, *(f"÷ {base}" for base in present), workload.judged]
    return Table(title, columns, rows, notes)


def accuracy_table(result: TimeToAccuracy) -> Table:
    """Coupled seconds as run, plain ones as extrapolated."""
    rows = [["ours, coupled estimate", factor(result.seconds), "1", f"{result.stderr:.1g} reached"]]
    rows += [
        [
            f"plain ensemble at the speed of {name}",
            f"{seconds:.2g}",
            f"{result.ratio(name):.2g}",
            "1e-05 extrapolated",
        ]
        for name, seconds in result.plain.items()
    ]
    note = f"A plain ensemble would need {result.trajectories:.2g} trajectories."
    columns = ["E_N of the published spinning resonator", "s", "÷ coupled", "standard error"]
    return Table("Time to a standard error of 1e-5", columns, rows, [note])


def costs_table(start: float, few: float, many: float, efficiency: float) -> Table:
    """Warm start, memory, second core."""
    rows = [
        ["first run in a fresh process, kernels cached, imports apart", f"{start:.2f} s"],
        ["peak memory, 10⁴ trajectories", f"{few:.0f} MiB"],
        ["peak memory, 10⁶ trajectories", f"{many:.0f} MiB ({100 * (many / few - 1):+.0f} %)"],
        ["second core used to", f"{100 * efficiency:.0f} %"],
    ]
    return Table("Around the steps", ["", "measured"], rows)


def factor(value: float) -> str:
    """Three digits, whole numbers without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
