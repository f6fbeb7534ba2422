"""PV-DEP-002: depends-on-cycle."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.project import Project


class DependsOnCycle(Rule):
    """A contract depends on itself, through others or directly."""

    code = "PV-DEP-002"
    name = "depends-on-cycle"
    why = "In a circle each contract takes the others for granted and none is shown."
    bad = GREEN.edit(CONTRACT, "[any textbook]", "[any textbook]\n  depends_on: [abs-v1]")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Report every edge that lies on a circle."""
        edges = {c.name: contract.metadata.depends_on for c, contract in project.loaded()}
        for loaded, contract in project.loaded():
            for i, name in enumerate(contract.metadata.depends_on):
                path = _path(name, loaded.name, edges)
                if path:
                    yield self.finding(
                        "depends_on goes in a circle: " + " -> ".join((loaded.name, *path)),
                        loaded.document.location(("metadata", "depends_on", i)),
                        subject=name,
                    )


def _path(start: str, goal: str, edges: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Names from ``start`` to ``goal`` along the edges; empty where there is no way."""
    todo: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while todo:
        path = todo.pop()
        if path[-1] == goal:
            return path
        for name in edges.get(path[-1], ()):
            if name not in seen:
                seen.add(name)
                todo.append((*path, name))
    return ()
