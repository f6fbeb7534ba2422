"""Findings: their order is total, whatever is known of their ends."""

from __future__ import annotations

import itertools

from pv.finding import Finding, Location, Severity

PLACES = (
    Location("a.py"),
    Location("a.py", 1, 1, 1, 4),
    Location("a.py", 1, 1, 1, 5),
    Location("a.py", 2),
    Location("b.py"),
)


def test_findings_at_one_place_with_and_without_an_end_can_be_sorted():
    findings = [Finding("X-001", Severity.ERROR, "m", place) for place in PLACES]
    for shuffled in itertools.permutations(findings):
        assert sorted(shuffled, key=lambda f: f.sort_key) == findings
