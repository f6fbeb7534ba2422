"""PV-IMP-002: implementation-missing."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.project import Project


class ImplementationMissing(Rule):
    """The target of an implementation does not exist in the project."""

    code = "PV-IMP-002"
    name = "implementation-missing"
    why = (
        "What does not exist cannot be run, and what lives outside the project is not judged with "
        "it. The target is looked up in the source text; nothing is imported."
    )
    bad = GREEN.edit(CONTRACT, 'plain: {target: "absval:absval"}', 'plain: {target: "absval:fabs"}')
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Look up each ``module:attribute``."""
        for loaded, contract in project.loaded():
            for name, implementation in (contract.implementations or {}).items():
                problem = project.index.target_problem(implementation.target)
                if problem is not None:
                    message, suggestion = problem
                    yield self.finding(
                        f"implementation {name!r}: {message}",
                        loaded.document.location(("implementations", name, "target")),
                        subject=implementation.target,
                        suggestion=suggestion,
                    )
