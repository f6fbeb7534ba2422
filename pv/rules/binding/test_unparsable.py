"""PV-VER-018: test-unparsable."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding, Location
from pv.rules.base import BindingRule
from pv.rules.example import GREEN, TEST
from pv.rules.project import Project


class TestUnparsable(BindingRule):
    """A test file is not Python."""

    code = "PV-VER-018"
    name = "test-unparsable"
    why = (
        "Nothing in a file that does not parse can run; one broken file used to hide every test in "
        "it. All its falsifiers are unbound until it is mended."
    )
    bad = GREEN.edit(TEST, ">= 0", ">=")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Report every test file, cited or not, that does not parse."""
        for module in project.test_modules():
            if module.error is not None:
                span = module.error_span
                yield self.finding(
                    f"this test file does not parse: {module.error}",
                    Location(module.path, span.line, span.column),
                    subject=module.path,
                )
