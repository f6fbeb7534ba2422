"""PV-VER-015: test-vacuous."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.module import Function
from pv.binding.resolve import Binding
from pv.finding import Finding
from pv.rules.base import FunctionRule
from pv.rules.example import GREEN, TEST
from pv.rules.project import Project


class TestVacuous(FunctionRule):
    """A bound test asserts nothing."""

    code = "PV-VER-015"
    name = "test-vacuous"
    why = (
        "A test without an assertion is green whatever the code does. An assertion is an assert "
        "statement, pytest.raises, pytest.fail or numpy.testing.assert_*, in the test or in a "
        "helper beside it that it calls; an assertion inside the implementation is not the test's."
    )
    bad = GREEN.edit(TEST, "assert implementation(x=x) >= 0", "implementation(x=x)")
    good = GREEN

    def check_function(
        self, project: Project, binding: Binding, function: Function
    ) -> Iterator[Finding]:
        """Look for an assertion in the test and in what it calls."""
        if any(code.assertions for code in project.test_code(function)):
            return
        what = "has an empty body" if function.is_empty else "asserts nothing"
        yield self.in_test(function, function.span, f"{function.name} {what}")
