"""Text: places first, severities visible, denominators last, nothing forged."""

from pv.finding import Finding, Location, Severity
from pv.report import text
from pv.report.model import Denominators, Report

PLACE = Location("contracts/a.yaml", 3, 5)
ONE = Denominators(contracts=1, judged=1, declared=2, bound=1)


def report_of(*findings: Finding) -> Report:
    return Report(findings=findings, denominators=ONE)


def test_error_is_one_line_and_its_fix_is_indented():
    finding = Finding(
        "PV-VER-002",
        Severity.ERROR,
        "no such test",
        PLACE,
        suggestion="rename it",
        related=(Location("t.py", 9, 1),),
    )
    assert text.render(report_of(finding)).splitlines() == [
        "contracts/a.yaml:3:5 PV-VER-002 no such test",
        "    see t.py:9:1",
        "    fix: rename it",
        "contracts 1/1 | falsifiers declared 2 unbound 1 bound 1 | "
        "errors 1 warnings 0 notes 0 suppressed 0",
    ]


def test_lesser_severities_say_what_they_are():
    warning = Finding("A-001", Severity.WARNING, "odd", PLACE)
    note = Finding("A-002", Severity.NOTE, "by the way", PLACE)
    lines = text.render(report_of(warning, note)).splitlines()
    assert lines[0] == "contracts/a.yaml:3:5 A-001 warning: odd"
    assert lines[1] == "contracts/a.yaml:3:5 A-002 note: by the way"
    assert lines[-1].endswith("errors 0 warnings 1 notes 1 suppressed 0")


def test_control_characters_of_a_contract_do_not_reach_the_terminal():
    finding = Finding("A-001", Severity.ERROR, "bad \x1b[2J\nb.yaml:1:1 A-009 forged", PLACE)
    lines = text.render(report_of(finding)).splitlines()
    assert lines[0] == r"contracts/a.yaml:3:5 A-001 bad \x1b[2J\nb.yaml:1:1 A-009 forged"


def test_no_contracts_is_said_in_words():
    report = Report(denominators=Denominators(), scope="contracts/")
    assert text.render(report).splitlines()[0] == "nothing judged: no contracts in contracts/"


def test_bindings_are_left_out_where_they_were_not_looked_at():
    report = Report(denominators=Denominators(contracts=1, judged=1, declared=4))
    assert "| falsifiers declared 4 |" in text.summary(report)


def test_paint_gets_place_code_and_total():
    roles: list[str] = []

    def paint(piece: str, role: str) -> str:
        roles.append(role)
        return piece

    text.render(report_of(Finding("A-001", Severity.ERROR, "bad", PLACE)), paint)
    assert roles == ["place", "error", "total"]
