"""PV-VER-001: function-uncited."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.ids import PREFIX, carried_id
from pv.binding.module import Function
from pv.finding import Finding, Location
from pv.rules.base import BindingRule
from pv.rules.example import GREEN, TEST
from pv.rules.project import Project


class FunctionUncited(BindingRule):
    """A falsify_ function that no contract cites."""

    code = "PV-VER-001"
    name = "function-uncited"
    why = (
        "A function called falsify_ looks like proof of something. If no contract cites it, it "
        "counts for nothing, and its id may exist nowhere."
    )
    bad = GREEN.append(
        TEST,
        "\n\ndef falsify_abs_002_even(implementation):\n"
        "    assert implementation(x=-2) == implementation(x=2)\n",
    )
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Report functions no citation resolves to, except where a dangling one explains them."""
        cited = {b.function.node_id for b in project.bindings if b.function is not None}
        ids = [falsifier.id for _, _, _, falsifier in project.falsifiers()]
        dangling = {b.falsifier.id for b in project.bindings if b.function is None}
        dangling |= {f.id for _, _, _, f in project.falsifiers() if not f.citations}
        for function in _candidates(project):
            carried = carried_id(function, ids)
            if function.node_id in cited or carried in dangling:
                continue
            if project.may_be_cited(function):
                continue
            span = function.span
            yield self.finding(
                f"no contract cites {function.name}",
                Location(function.path, span.line, span.column),
                subject=function.node_id,
                suggestion=f"add `test: {function.node_id}` to "
                + (f"falsifier {carried}" if carried else "a falsifier, or rename the function"),
            )


def _candidates(project: Project) -> Iterator[Function]:
    for module in project.test_modules():
        for function in module.functions:
            if function.name.startswith(PREFIX) and function.container in ("module", "class"):
                yield function
