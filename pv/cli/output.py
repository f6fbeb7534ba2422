"""Writing to the terminal: formats, colours, and readers that hang up."""

from __future__ import annotations

import os
import sys

import click

from pv.exit_code import ExitCode
from pv.report.model import Report

FORMATS = ("text", "json", "github")

_COLOURS = {
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow"},
    "note": {"fg": "cyan"},
    "place": {"bold": True},
    "hint": {"dim": True},
    "total": {"bold": True},
}


def emit(report: Report, output_format: str) -> ExitCode:
    """Print ``report`` and return its exit code."""
    write(render(report, output_format))
    return report.exit_code


def render(report: Report, output_format: str) -> str:
    """``report`` in one of ``FORMATS``; text is painted only where a person reads it."""
    if output_format == "json":
        from pv.report import json

        return json.render(report)
    if output_format == "github":
        from pv.report import github

        return github.render(report)
    from pv.report import text

    return text.render(report, paint if is_terminal() else None)


def is_terminal() -> bool:
    """True where a person reads standard output and did not ask for plain text."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def write(text: str) -> None:
    """Print ``text``. A reader that hangs up (``pv lint | head``) does not change the verdict."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()


def discard_output() -> None:
    """Let the interpreter's own flush at exit write into nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def paint(text: str, role: str) -> str:
    """``text`` in the colour of its role."""
    return click.style(text, **_COLOURS[role])  # type: ignore[arg-type]  # mixed value types
