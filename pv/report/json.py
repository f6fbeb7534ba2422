"""JSON, version 1: for programs. Fields may be added; none changes its meaning."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

from pv import __version__
from pv.finding import Finding, Severity
from pv.report.model import Report

VERSION = 1
TOOL = {"name": "pv", "version": __version__}


def render(report: Report) -> str:
    """Render ``report``; suppressed findings are in it, and say so."""
    return dump(as_data(report))


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain data, in the order in which it is written."""
    counts = report.denominators
    falsifiers = {"declared": counts.declared}
    if counts.bound is not None:
        falsifiers |= {"unbound": counts.declared - counts.bound, "bound": counts.bound}
    findings = [(finding, False) for finding in report.findings]
    findings += [(finding, True) for finding in report.suppressed]
    findings.sort(key=lambda pair: pair[0].sort_key)
    return {
        "version": VERSION,
        "tool": TOOL,
        "findings": [_finding(finding, suppressed) for finding, suppressed in findings],
        "denominators": {
            "contracts": {"declared": counts.contracts, "judged": counts.judged},
            "falsifiers": falsifiers,
            **{f"{severity.value}s": report.count(severity) for severity in Severity},
            "suppressed": len(report.suppressed),
        },
        "declined": report.declined or None,
        "exit_code": int(report.exit_code),
    }


def dump(data: Any) -> str:
    """Write JSON for people to read too. NaN and infinity, which JSON has not, are an error."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _finding(finding: Finding, suppressed: bool) -> dict[str, Any]:
    contract = _contract(finding.location.path)
    return {**finding.as_data(), "contract": contract, "suppressed": suppressed}


def _contract(path: str) -> str | None:
    """Name of the contract that a finding stands in; None in any other file."""
    file = PurePosixPath(path)
    return file.stem if file.suffix in (".yaml", ".yml") else None
