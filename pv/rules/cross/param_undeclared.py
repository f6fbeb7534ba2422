"""PV-PAR-003: param-undeclared."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.params import keys_read
from pv.rules.project import Project


class ParamUndeclared(Rule):
    """A bound test reads a parameter that its falsifier does not declare."""

    code = "PV-PAR-003"
    name = "param-undeclared"
    why = "The test would stop with a KeyError instead of judging anything."
    bad = GREEN.edit(CONTRACT, "  params: {largest: 3}\n", "")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Compare the keys that the tests read with each falsifier's parameters."""
        for loaded, _, where, falsifier in project.falsifiers():
            if not loaded.is_intact("falsification_tests"):
                continue
            declared = falsifier.params or {}
            for name in sorted((keys_read(project, falsifier) or set()) - declared.keys()):
                near = get_close_matches(name, declared, n=1)
                yield self.finding(
                    f"{falsifier.id}: its test reads params[{name!r}], which is not declared",
                    loaded.document.location((*where, "params")),
                    subject=f"{falsifier.id}.{name}",
                    suggestion=f"did you mean {near[0]!r}?" if near else "add it to `params`",
                )
