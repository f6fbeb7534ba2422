"""PV-PAR-001: param-unused."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.params import keys_read
from pv.rules.project import Project


class ParamUnused(Rule):
    """A parameter that the bound test never reads."""

    code = "PV-PAR-001"
    name = "param-unused"
    why = (
        "The contract promises a tolerance or a number of cases; a test that does not read it "
        "keeps some other promise. Tests read `falsifier.params[...]` by a literal key."
    )
    bad = GREEN.edit(CONTRACT, "{largest: 3}", "{largest: 3, smallest: -7}")
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Compare each falsifier's parameters with the keys its tests and their helpers read."""
        for loaded, _, where, falsifier in project.falsifiers():
            read = keys_read(project, falsifier)
            for name in falsifier.params or {}:
                if read is not None and name not in read:
                    yield self.finding(
                        f"{falsifier.id}: its test never reads params[{name!r}]",
                        loaded.document.location((*where, "params", name), key=True),
                        subject=f"{falsifier.id}.{name}",
                        suggestion=f'use falsifier.params["{name}"] in the test, or remove it',
                    )
