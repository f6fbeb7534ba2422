"""PV-ID-002: id-duplicate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pv.finding import Finding, Location
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.project import Project

_SECOND = "contracts/abs-v2.yaml"


class IdDuplicate(Rule):
    """One falsifier id stands in two contracts."""

    code = "PV-ID-002"
    name = "id-duplicate"
    why = (
        "An id names one prediction. With two, evidence for one is taken for the other. "
        "Upstream had ten ids that lived in two files each."
    )
    bad = GREEN.write(_SECOND, str(GREEN.files[CONTRACT]))
    good = GREEN

    def check(self, project: Project) -> Iterator[Finding]:
        """Report the id at every place but its own file's repetitions, which SCHEMA-007 has."""
        places: dict[str, dict[str, Location]] = defaultdict(dict)
        for loaded, _, where, falsifier in project.falsifiers():
            location = loaded.document.location((*where, "id"))
            places[falsifier.id].setdefault(loaded.path, location)
        for falsifier_id, by_file in places.items():
            for path, location in by_file.items():
                others = tuple(place for p, place in by_file.items() if p != path)
                if others:
                    yield self.finding(
                        f"{falsifier_id} stands in {others[0].path} too",
                        location,
                        subject=falsifier_id,
                        related=others,
                    )
