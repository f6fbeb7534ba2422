"""PV-VER-016: assertion-unreachable."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.module import Function
from pv.binding.resolve import Binding
from pv.finding import Finding
from pv.rules.base import FunctionRule
from pv.rules.example import GREEN, TEST
from pv.rules.project import Project


class AssertionUnreachable(FunctionRule):
    """An assertion that no run gets to."""

    code = "PV-VER-016"
    name = "assertion-unreachable"
    why = (
        "An assertion after a return, under a false condition or in a function nobody calls reads "
        "like a check and never is one."
    )
    bad = GREEN.edit(TEST, "    largest =", "    return\n    largest =")
    good = GREEN

    def check_function(
        self, project: Project, binding: Binding, function: Function
    ) -> Iterator[Finding]:
        """Report each such assertion in the bound function."""
        for assertion in function.assertions:
            if not assertion.reachable:
                yield self.in_test(
                    function,
                    assertion.span,
                    f"{function.name}: this assertion cannot be reached: {assertion.text}",
                )
