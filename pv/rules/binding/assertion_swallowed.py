"""PV-VER-019: assertion-swallowed."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.module import Function
from pv.binding.resolve import Binding
from pv.finding import Finding
from pv.rules.base import FunctionRule
from pv.rules.example import GREEN, TEST
from pv.rules.project import Project


class AssertionSwallowed(FunctionRule):
    """An assertion whose failure is caught."""

    code = "PV-VER-019"
    name = "assertion-swallowed"
    why = (
        "A handler for AssertionError, Exception or everything around an assertion turns red into "
        "green."
    )
    bad = GREEN.edit(
        TEST,
        "        assert implementation(x=x) >= 0\n",
        "        try:\n"
        "            assert implementation(x=x) >= 0\n"
        "        except Exception:\n"
        "            pass\n",
    )
    good = GREEN

    def check_function(
        self, project: Project, binding: Binding, function: Function
    ) -> Iterator[Finding]:
        """Report each such assertion in the bound function."""
        for assertion in function.assertions:
            if assertion.swallowed and not assertion.constant:
                yield self.in_test(
                    function,
                    assertion.span,
                    f"{function.name}: a handler around it catches the failure: {assertion.text}",
                )
