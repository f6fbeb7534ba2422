"""GitHub: workflow commands, which the forge shows as annotations beside the code."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding, Severity
from pv.report.model import Report
from pv.report.text import summary

# The forge shows this many annotations of one level for one step, and drops the rest unsaid.
MOST_PER_LEVEL = 10

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report) -> str:
    """Render ``report``; what the cap withholds is counted in a line of plain text."""
    lines = [line for severity in Severity for line in _level(report, severity)]
    if report.declined:
        lines.append(f"::warning::{_data(report.declined)}")
    lines.append(summary(report))
    return "\n".join(lines) + "\n"


def _level(report: Report, severity: Severity) -> Iterator[str]:
    findings = [finding for finding in report.findings if finding.severity is severity]
    for finding in findings[:MOST_PER_LEVEL]:
        yield _annotation(finding)
    withheld = len(findings) - MOST_PER_LEVEL
    if withheld > 0:
        yield f"withheld {withheld} of {len(findings)} {severity.value}s: `pv` shows them all"


def _annotation(finding: Finding) -> str:
    place = finding.location
    properties = {"file": place.path, "line": place.line, "col": place.column}
    if place.end_line is not None:
        properties["endLine"] = place.end_line
        # The forge reads a last column as one of the first line.
        if place.end_line == place.line and place.end_column is not None:
            properties["endColumn"] = place.end_column
    properties["title"] = finding.code
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    message = finding.message
    if finding.suggestion:
        message += f"\n{finding.suggestion}"
    return f"::{_LEVELS[finding.severity]} {listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
