"""Scoreboard: a result for people: lines in a pipe, a rich table in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pv.finding import Severity, one_line
from pv.run.outcome import CellResult, FalsifierResult, RunResult
from pv.run.verdicts import Verdict

if TYPE_CHECKING:
    import pytest


def text(result: RunResult, *, failures: bool = True) -> str:
    """The whole result as plain text; the last line holds the denominators."""
    return "\n".join([*body(result, failures=failures), summary(result)]) + "\n"


def body(result: RunResult, *, failures: bool = True) -> Iterator[str]:
    """Everything above the last line: cells, why they failed, findings, what was declined."""
    for falsifier in _shown(result):
        yield from _rows(falsifier)
    yield from explanations(result, failures=failures)


def explanations(result: RunResult, *, failures: bool = True) -> Iterator[str]:
    """Why the result is what it is: pytest's own text, the findings, what was declined."""
    for title, trace in result.failures if failures else ():
        yield f"--- {one_line(title)}"
        yield trace.rstrip()
    for finding in result.findings:
        weight = "" if finding.severity is Severity.ERROR else f"{finding.severity.value}: "
        yield f"{finding.location} {finding.code} {weight}{one_line(finding.message)}"
        yield f"    fix: {one_line(finding.suggestion)}"
    yield from (f"declined: {sentence}" for sentence in result.declined)
    if not any(falsifier.is_executed for falsifier in result.falsifiers):
        yield "nothing judged: no falsifier was executed"


def summary(result: RunResult) -> str:
    """The denominators in one line."""
    c = result.denominators
    parts = [
        f"contracts {c.judged}/{c.contracts}",
        f"falsifiers declared {c.declared} unbound {c.unbound} bound {c.bound} "
        f"executed {c.executed} passed {c.passed} failed {c.failed} error {c.error} "
        f"xfail {c.xfail} xpass {c.xpass} not-run {c.not_run} "
        f"skipped {_with_reasons(c.skipped)} not measured {_with_reasons(c.not_measured)} "
        f"proven {c.proven}",
        f"cells {c.cells} passed {c.cells_passed} ({result.backend})",
    ]
    return ("partial: " if result.is_partial else "") + " | ".join(parts)


def write_scoreboard(
    result: RunResult, reporter: pytest.TerminalReporter, missing: Sequence[str]
) -> None:
    """Show a plain pytest session's result; pytest has shown the failures itself."""
    reporter.section("falsifiers")
    if reporter.hasmarkup:
        reporter.write(table(result, reporter._tw.fullwidth))
        lines = explanations(result, failures=False)
    else:
        lines = body(result, failures=False)
    for line in lines:
        reporter.write_line(line)
    for option in missing:
        reporter.write_line(f"warning: pytest lacks {option}; `pv run` sets what can be set")
    if result.is_partial:
        reporter.write_line("partial: some falsifiers were not selected; no record is written")
    reporter.write_line(summary(result))


def table(result: RunResult, width: int) -> str:
    """The cells as a table with colours."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    cell = Column("cell", overflow="fold")
    grid = Table("verdict", cell, "cases", "asserted", "seconds", box=SIMPLE_HEAD)
    for falsifier in _shown(result):
        for row in falsifier.cells or (None,):
            verdict = row.verdict if row else falsifier.verdict
            counts = (str(row.cases), str(row.asserted), f"{row.seconds:.2f}") if row else ()
            grid.add_row(
                Text(verdict.value, style=_style(verdict)),
                Text(str(row.cell) if row else falsifier.id),
                *counts,
            )
    console = Console(width=width, force_terminal=True, color_system="standard")
    with console.capture() as captured:
        console.print(grid)
    return captured.get()


def _shown(result: RunResult) -> Iterator[FalsifierResult]:
    """Every falsifier; of a partial run those that were selected."""
    for falsifier in result.falsifiers:
        if not (result.is_partial and falsifier.verdict is Verdict.NOT_RUN):
            yield falsifier


def _style(verdict: Verdict) -> str:
    if verdict.is_red:
        return "red"
    return "green" if verdict is Verdict.PASSED else "yellow"


def _rows(falsifier: FalsifierResult) -> Iterator[str]:
    if not falsifier.cells:
        yield f"{falsifier.verdict.value:<14} {falsifier.id} ({one_line(falsifier.reason)})"
    for cell in falsifier.cells:
        yield f"{cell.verdict.value:<14} {cell.cell}{_detail(cell)}"


def _detail(cell: CellResult) -> str:
    if cell.verdict is Verdict.PASSED:
        return f"  cases {cell.executed} asserted {cell.asserted} {cell.seconds:.2f} s"
    return f" ({one_line(cell.reason)})" if cell.reason else ""


def _with_reasons(counts: Mapping[str, int]) -> str:
    total = sum(counts.values())
    if not total:
        return "0"
    reasons = ", ".join(f"{one_line(reason)}: {n}" for reason, n in sorted(counts.items()))
    return f"{total} ({reasons})"
