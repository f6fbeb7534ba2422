"""PV-PAR-002: param-copied."""

from __future__ import annotations

from collections.abc import Iterator

from pv.binding.module import Literal
from pv.binding.resolve import Binding
from pv.finding import Finding, Location
from pv.rules.base import Rule
from pv.rules.example import GREEN, TEST
from pv.rules.params import numbers_in
from pv.rules.project import Project

# Too common to mean the parameter.
_FREE = frozenset({0, 1, -1, 2})


class ParamCopied(Rule):
    """A number of the contract stands in the test again."""

    code = "PV-PAR-002"
    name = "param-copied"
    why = (
        "A number typed in two places is soon two numbers: the contract is tightened and the test "
        "goes on with the old bound. 0, 1, -1 and 2 are free."
    )
    bad = GREEN.edit(TEST, "for x in range(-largest, largest + 1)", "for x in (-largest, 3)")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Compare literals in the test's file that the test reaches with its parameters."""
        for binding in project.bindings:
            params = binding.falsifier.params or {}
            numbers = {n: name for name, value in params.items() for n in numbers_in(value)}
            for literal in _literals(project, binding):
                if literal.value in numbers and literal.value not in _FREE:
                    name = numbers[literal.value]
                    span = literal.span
                    yield self.finding(
                        f"{literal.value} is params[{name!r}] of {binding.falsifier.id} once more",
                        Location(binding.citation.split("::")[0], span.line, span.column),
                        subject=f"{binding.falsifier.id}.{name}",
                        suggestion=f'read falsifier.params["{name}"]',
                    )


def _literals(project: Project, binding: Binding) -> tuple[Literal, ...]:
    """Numbers in the test, in helpers of its file, and in constants of its file they read."""
    if binding.function is None:
        return ()
    path = binding.function.path
    module = project.index.module(path)
    assert module is not None  # the function came from it
    reached = [f for f in project.index.reached(binding.function) if f.path == path]
    names = {name for f in reached for name in f.names}
    constants = [
        c for name in sorted(names & module.constants.keys()) for c in module.constants[name]
    ]
    return (*(literal for f in reached for literal in f.literals), *constants)
