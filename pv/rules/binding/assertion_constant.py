"""PV-VER-017: assertion-constant."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.module import Function
from pv.binding.resolve import Binding
from pv.finding import Finding
from pv.rules.base import FunctionRule
from pv.rules.example import GREEN, TEST
from pv.rules.project import Project


class AssertionConstant(FunctionRule):
    """An assertion whose outcome nothing that runs can change."""

    code = "PV-VER-017"
    name = "assertion-constant"
    why = (
        "`assert True`, `assert x == x` and `assert (x, message)` hold for every implementation, "
        "the broken ones included."
    )
    bad = GREEN.edit(
        TEST, "assert implementation(x=x) >= 0", "assert (implementation(x=x) >= 0, x)"
    )
    good = GREEN

    def check_function(
        self, project: Project, binding: Binding, function: Function
    ) -> Iterator[Finding]:
        """Report each such assertion in the bound function."""
        for assertion in function.assertions:
            if assertion.constant:
                yield self.in_test(
                    function,
                    assertion.span,
                    f"{function.name}: the outcome of this assertion is fixed: {assertion.text}",
                )
