"""PV-VER-014: test-skipped."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.fixtures import fixtures_of
from pv.binding.module import Function, Mark
from pv.binding.resolve import Binding
from pv.finding import Finding, Location
from pv.rules.base import FunctionRule
from pv.rules.example import GREEN, TEST
from pv.rules.project import Project

_SKIPS = frozenset(
    {f"pytest.mark.{n}" for n in ("skip", "skipif", "xfail")}
    | {f"pytest.{n}" for n in ("skip", "xfail", "importorskip")}
    | {f"unittest.{n}" for n in ("skip", "skipIf", "skipUnless", "expectedFailure", "SkipTest")}
)


class TestSkipped(FunctionRule):
    """A bound test can be skipped or is expected to fail."""

    code = "PV-VER-014"
    name = "test-skipped"
    why = (
        "A skipped test refutes nothing, and reports show it beside the green ones. What needs a "
        "device says so in `world`, and is then counted as not measured."
    )
    bad = GREEN.edit(
        TEST, "def falsify", "import pytest\n\n\n@pytest.mark.skip(reason='slow')\ndef falsify"
    )
    good = GREEN

    def check_function(
        self, project: Project, binding: Binding, function: Function
    ) -> Iterator[Finding]:
        """Look at the function, its helpers, its class, its file and its fixtures."""
        for path, mark in _skips(project, function):
            yield self.finding(
                f"{function.name} can be skipped: {mark.text}",
                Location(path, mark.span.line, mark.span.column),
                subject=function.node_id,
                suggestion="remove it; declare `world:` where the test needs a device",
            )


def _skips(project: Project, function: Function) -> Iterator[tuple[str, Mark]]:
    module = project.index.module(function.path)
    assert module is not None  # the function came from it
    marks = [(function.path, mark) for mark in (*function.decorators, *module.marks)]
    for definition in module.lineage(function.class_name):
        marks += [(function.path, m) for m in (*definition.decorators, *definition.marks)]
    for code in (*project.index.reached(function), *fixtures_of(function, project.index)):
        marks += [(code.path, call) for call in code.calls]
    for path, mark in dict.fromkeys(marks):
        if mark.name in _SKIPS:
            yield path, mark
