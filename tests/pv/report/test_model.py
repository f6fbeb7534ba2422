"""Report: its exit code follows from its findings and its denominators."""

import pytest

from pv.exit_code import ExitCode
from pv.finding import Finding, Location, Severity
from pv.report.model import Denominators, Report

JUDGED = Denominators(contracts=1, judged=1)
REFUSED = Denominators(contracts=1, judged=0)
EMPTY = Denominators()


def finding(severity: Severity) -> Finding:
    return Finding("A-001", severity, "bad", Location("a.yaml"))


@pytest.mark.parametrize(
    ("severities", "denominators", "expected"),
    [
        ([], JUDGED, ExitCode.CLEAN),
        ([Severity.WARNING, Severity.NOTE], JUDGED, ExitCode.CLEAN),
        ([Severity.ERROR], JUDGED, ExitCode.FINDINGS),
        ([Severity.ERROR], REFUSED, ExitCode.FINDINGS),
        ([Severity.ERROR], EMPTY, ExitCode.FINDINGS),
        ([], REFUSED, ExitCode.NOTHING_JUDGED),
        ([Severity.WARNING], EMPTY, ExitCode.NOTHING_JUDGED),
    ],
)
def test_exit_code(severities, denominators, expected):
    findings = tuple(finding(severity) for severity in severities)
    assert Report(findings=findings, denominators=denominators).exit_code is expected


def test_suppressed_findings_do_not_count():
    report = Report(suppressed=(finding(Severity.ERROR),), denominators=JUDGED)
    assert report.exit_code is ExitCode.CLEAN


@pytest.mark.parametrize(
    "counts",
    [{"contracts": 1, "judged": 2}, {"declared": 1, "bound": 2}, {"contracts": 1, "judged": -1}],
)
def test_contradicting_counts_are_refused(counts):
    with pytest.raises(RuntimeError, match="contradict"):
        Denominators(**counts)
