"""Output: colours for people only, and the same words for both."""

import click
import pytest

from pv.cli import output
from pv.finding import Finding, Location, Severity
from pv.report.model import Denominators, Report

REPORT = Report(
    findings=(Finding("A-001", Severity.ERROR, "bad", Location("a.yaml")),),
    denominators=Denominators(contracts=1, judged=1),
)


@pytest.mark.parametrize("output_format", output.FORMATS)
def test_pipe_gets_plain_text(output_format):
    assert "\x1b" not in output.render(REPORT, output_format)


def test_terminal_gets_colours_and_the_same_words(monkeypatch):
    plain = output.render(REPORT, "text")
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    painted = output.render(REPORT, "text")
    assert painted != plain
    assert click.unstyle(painted) == plain


@pytest.mark.parametrize(("no_color", "expected"), [("", True), ("1", False)])
def test_no_color_is_plain_even_in_a_terminal(monkeypatch, no_color, expected):
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert output.is_terminal() is expected


def test_emit_returns_the_exit_code_of_the_report(capsys):
    assert output.emit(REPORT, "json") is REPORT.exit_code
    assert '"exit_code": 1' in capsys.readouterr().out
