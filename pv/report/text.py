"""Text: one finding after the other, then the denominators, for people and for grep."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pv.finding import Finding, Severity, one_line
from pv.report.model import Report

# Paints a piece of text by its role: a severity, or "place", "hint" and "total".
Paint = Callable[[str, str], str]


def render(report: Report, paint: Paint | None = None) -> str:
    """Render ``report``; the last line holds the denominators."""
    paint = paint or _plain
    lines = [line for finding in report.findings for line in _finding(finding, paint)]
    if report.declined:
        lines.append(report.declined)
    lines.append(paint(summary(report), "total"))
    return "\n".join(lines) + "\n"


def summary(report: Report) -> str:
    """The denominators and the number of findings, in one line."""
    counts = report.denominators
    falsifiers = f"falsifiers declared {counts.declared}"
    if counts.bound is not None:
        falsifiers += f" unbound {counts.unbound} bound {counts.bound}"
    weights = " ".join(f"{severity.value}s {report.count(severity)}" for severity in Severity)
    return (
        f"contracts {counts.judged}/{counts.contracts} | {falsifiers} | "
        f"{weights} suppressed {len(report.suppressed)}"
    )


def _finding(finding: Finding, paint: Paint) -> Iterator[str]:
    weight = "" if finding.severity is Severity.ERROR else f"{finding.severity.value}: "
    place = paint(one_line(str(finding.location)), "place")
    code = paint(finding.code, finding.severity.value)
    yield f"{place} {code} {weight}{one_line(finding.message)}"
    for related in finding.related:
        yield paint(f"    see {one_line(str(related))}", "hint")
    if finding.suggestion:
        yield paint(f"    fix: {one_line(finding.suggestion)}", "hint")


def _plain(text: str, _role: str) -> str:
    return text
