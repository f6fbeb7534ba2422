"""Waivers as lint sees them: what each must name, say, and how long it holds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pv.contract.load import parse_contract
from pv.finding import Finding
from pv.rules.example import CONTRACT, Example
from pv.rules.registry import contract_rules
from pv.rules.schema.waived import DAY, WAIVED


def findings(old: str, new: str, example: Example = WAIVED) -> list[Finding]:
    text = str(example.edit(CONTRACT, old, new).files[CONTRACT])
    loaded = parse_contract(text.encode(), CONTRACT)
    return [finding for rule in contract_rules() for finding in rule.check_file(loaded)]


def told(old: str, new: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in findings(old, new)]


@pytest.mark.parametrize(
    ("expires", "message"),
    [
        ("2029-12-31", "the waiver expired on 2029-12-31"),
        ("2030-04-02", "2030-04-02 is 91 days ahead, and 90 are allowed"),
        ("soon", "'soon' is not a date of the form YYYY-MM-DD"),
        ("2030-02-30", "'2030-02-30' is not a date of the form YYYY-MM-DD"),
        ('"20300201"', "'20300201' is not a date of the form YYYY-MM-DD"),
        ("2030-W05-4", "'2030-W05-4' is not a date of the form YYYY-MM-DD"),
        ('""', "'' is not a date of the form YYYY-MM-DD"),
    ],
)
def test_deadline_is_refused(expires, message):
    assert told("2030-03-31", expires) == [("PV-WAI-002", message)]


@pytest.mark.parametrize("days", [0, 1, 90])
def test_deadline_is_today_at_the_earliest_and_90_days_ahead_at_the_latest(days):
    assert told("2030-03-31", str(DAY + timedelta(days))) == []


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("mutant: gone", "the contract declares no mutant 'gone' to waive"),
        ("mutant: FALSIFY-ABS-001", "the contract declares no mutant 'FALSIFY-ABS-001' to waive"),
        ("falsifier: sign-kept", "the contract declares no falsifier 'sign-kept' to waive"),
        ("x-note: none", "the waiver names neither a mutant nor a falsifier"),
        (
            "mutant: sign-kept\n  falsifier: FALSIFY-ABS-001",
            "the waiver names both a mutant and a falsifier",
        ),
    ],
)
def test_subject_is_one_that_is_declared(subject, message):
    assert told("mutant: zero-negated", subject) == [("PV-WAI-001", message)]


def test_falsifier_may_be_waived():
    assert told("mutant: zero-negated", "falsifier: FALSIFY-ABS-001") == []


@pytest.mark.parametrize(
    ("key", "text"),
    [("owner", "core team"), ("reason", "equivalent, since 0 and -0 are one integer")],
)
def test_owner_and_reason_say_something(key, text):
    assert told(text, '" "') == [("PV-TEXT-001", f"waivers.0.{key} is empty")]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("  owner: core team\n", "", "PV-KEY-001"),
        ("expires: 2030-03-31", "expires: [3]", "PV-TYPE-001"),
        ("mutant: zero-negated", "mutant: [zero-negated]", "PV-TYPE-001"),
        ("mutant: zero-negated", "mutants: zero-negated", "SCHEMA-019"),
        ("  why: the border between the two branches moves\n", "", "PV-KEY-001"),
    ],
)
def test_what_the_schema_refuses_is_told_once(old, new, code):
    assert [finding.code for finding in findings(old, new)] == [code]


def test_falsifier_that_was_refused_may_be_the_one_that_is_waived():
    waived = WAIVED.edit(CONTRACT, "mutant: zero-negated", "falsifier: FALSIFY-ABS-001")
    found = findings("  if_fails: the sign survives\n", "", waived)
    assert [finding.code for finding in found] == ["PV-KEY-001"]


def test_place_is_the_deadline():
    (finding,) = findings("2030-03-31", "soon")
    lines = str(WAIVED.files[CONTRACT]).splitlines()
    assert "expires" in lines[finding.location.line - 1]
    assert "2030-04-01" in finding.suggestion
