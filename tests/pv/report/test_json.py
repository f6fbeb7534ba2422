"""JSON, version 1: complete, ordered, and JSON."""

import json

import pytest

from pv import __version__
from pv.finding import Finding, Location, Severity
from pv.report import json as report_json
from pv.report.model import Denominators, Report

COUNTS = Denominators(contracts=2, judged=1, declared=3, bound=1)


def test_every_field_of_a_finding():
    finding = Finding(
        "PV-VER-002",
        Severity.WARNING,
        "größer",
        Location("contracts/a-v1.yaml", 3, 5, 3, 9),
        subject="FALSIFY-A-001",
        suggestion="rename",
        related=(Location("t.py", 1, 1),),
    )
    assert json.loads(report_json.render(Report(findings=(finding,), denominators=COUNTS))) == {
        "version": 1,
        "tool": {"name": "pv", "version": __version__},
        "findings": [
            {
                "code": "PV-VER-002",
                "severity": "warning",
                "message": "größer",
                "path": "contracts/a-v1.yaml",
                "line": 3,
                "column": 5,
                "end_line": 3,
                "end_column": 9,
                "contract": "a-v1",
                "subject": "FALSIFY-A-001",
                "fingerprint": finding.fingerprint,
                "related": [
                    {"path": "t.py", "line": 1, "column": 1, "end_line": None, "end_column": None}
                ],
                "suggestion": "rename",
                "suppressed": False,
            }
        ],
        "denominators": {
            "contracts": {"declared": 2, "judged": 1},
            "falsifiers": {"declared": 3, "unbound": 2, "bound": 1},
            "errors": 0,
            "warnings": 1,
            "notes": 0,
            "suppressed": 0,
        },
        "declined": None,
        "exit_code": 0,
    }


def test_suppressed_findings_stand_among_the_others_and_say_so():
    first = Finding("A-001", Severity.ERROR, "hushed", Location("a.yaml", 1))
    second = Finding("A-002", Severity.NOTE, "shown", Location("t.py", 2))
    data = report_json.as_data(Report(findings=(second,), suppressed=(first,), denominators=COUNTS))
    assert [(f["code"], f["suppressed"], f["contract"]) for f in data["findings"]] == [
        ("A-001", True, "a"),
        ("A-002", False, None),
    ]
    assert data["denominators"]["suppressed"] == 1
    assert data["denominators"]["errors"] == 0


def test_nothing_judged_says_why():
    data = report_json.as_data(Report(scope="here"))
    assert (data["declined"], data["exit_code"]) == ("nothing judged: no contracts in here", 3)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_json_is_refused(number):
    with pytest.raises(ValueError, match="JSON"):
        report_json.dump({"number": number})
