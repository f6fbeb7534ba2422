"""GitHub: escaping as the forge undoes it, and a cap that says what it withholds."""

from pv.finding import Finding, Location, Severity
from pv.report import github
from pv.report.model import Denominators, Report

ONE = Denominators(contracts=1, judged=1, declared=1, bound=1)


def lines_of(*findings: Finding) -> list[str]:
    return github.render(Report(findings=findings, denominators=ONE)).splitlines()


def test_each_severity_has_its_level():
    place = Location("a.yaml", 2, 3)
    findings = [Finding(f"A-{s.rank}", s, "m", place) for s in Severity]
    assert lines_of(*findings)[:3] == [
        "::error file=a.yaml,line=2,col=3,title=A-0::m",
        "::warning file=a.yaml,line=2,col=3,title=A-1::m",
        "::notice file=a.yaml,line=2,col=3,title=A-2::m",
    ]


def test_properties_and_message_are_escaped():
    finding = Finding("A-001", Severity.ERROR, "100%\r\n::error::x, y", Location("a,b:c%.yaml"))
    assert lines_of(finding)[0] == (
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=1,title=A-001::100%25%0D%0A::error::x, y"
    )


def test_last_column_only_within_a_line():
    one = Finding("A-001", Severity.ERROR, "m", Location("a", 1, 2, 1, 9))
    two = Finding("A-001", Severity.ERROR, "m", Location("a", 1, 2, 3, 9))
    assert "endLine=1,endColumn=9" in lines_of(one)[0]
    assert "endLine=3,title" in lines_of(two)[0]


def test_suggestion_follows_the_message():
    finding = Finding("A-001", Severity.ERROR, "m", Location("a"), suggestion="do so")
    assert lines_of(finding)[0].endswith("::m%0Ado so")


def test_cap_counts_what_it_withholds_per_severity():
    errors = [Finding("A-001", Severity.ERROR, str(n), Location("a", n + 1)) for n in range(13)]
    notes = [Finding("A-002", Severity.NOTE, str(n), Location("a", n + 1)) for n in range(10)]
    lines = lines_of(*errors, *notes)
    assert sum(line.startswith("::error") for line in lines) == github.MOST_PER_LEVEL
    assert sum(line.startswith("::notice") for line in lines) == github.MOST_PER_LEVEL
    assert [line for line in lines if "withheld" in line] == [
        "withheld 3 of 13 errors: `pv` shows them all"
    ]
    assert lines[-1].endswith("errors 13 warnings 0 notes 10 suppressed 0")
