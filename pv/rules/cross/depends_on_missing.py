"""PV-DEP-001: depends-on-missing."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.project import Project


class DependsOnMissing(Rule):
    """``depends_on`` names a contract that does not exist."""

    code = "PV-DEP-001"
    name = "depends-on-missing"
    why = "A contract that builds on another one is worth nothing when the other one is not there."
    bad = GREEN.edit(CONTRACT, "[any textbook]", "[any textbook]\n  depends_on: [order-v1]")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Look up each stem among the contracts of the project."""
        names = {loaded.name for loaded in project.contracts}
        for loaded, contract in project.loaded():
            for i, name in enumerate(contract.metadata.depends_on):
                if name not in names:
                    near = get_close_matches(name, sorted(names), n=1)
                    yield self.finding(
                        f"{loaded.name} depends on {name!r}, which is no contract here",
                        loaded.document.location(("metadata", "depends_on", i)),
                        subject=name,
                        suggestion=f"did you mean {near[0]!r}?" if near else "",
                    )
