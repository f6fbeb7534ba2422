"""PV-ORA-002: oracle-shared."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.module import Function
from pv.binding.resolve import Binding
from pv.finding import Finding, Location
from pv.rules.base import Rule
from pv.rules.example import GREEN, TEST
from pv.rules.project import Project


class OracleShared(Rule):
    """A falsifier compares its cell with an implementation of the same contract."""

    code = "PV-ORA-002"
    name = "oracle-shared"
    why = (
        "Two implementations of one contract can share a fault, and comparing one with itself "
        "always succeeds. What is right is said by an oracle of its own."
    )
    bad = GREEN.edit(
        TEST, "assert implementation(x=x) >= 0", "assert implementation(x=x) == absval(x)"
    ).edit(TEST, "def falsify", "from absval import absval\n\n\ndef falsify")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Look for implementations by name in tests that also take one as their cell."""
        for binding in project.bindings:
            function = binding.function
            if function is None or "implementation" not in function.parameters:
                continue
            for name, code in _implementations_used(project, binding, function):
                yield self.finding(
                    f"{binding.falsifier.id} uses {name}, an implementation of its own contract, "
                    "beside the cell it is given",
                    Location(code.path, code.span.line, code.span.column),
                    subject=f"{binding.falsifier.id}.{name}",
                    suggestion="compare with an oracle written from the formula",
                )


def _implementations_used(
    project: Project, binding: Binding, function: Function
) -> Iterator[tuple[str, Function]]:
    contract = binding.loaded.contract
    assert contract is not None  # only loaded contracts have bindings
    targets = {i.target.replace(":", ".") for i in (contract.implementations or {}).values()}
    own = [c for c in project.index.reached(function) if c.path == function.path]
    for code in own:
        for name in sorted(targets & code.names):
            yield name, code
