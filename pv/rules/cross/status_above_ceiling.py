"""PV-STA-001: status-above-ceiling."""

from __future__ import annotations

from collections.abc import Iterator

from pv.evidence.status import CLAIMS, static_ceiling
from pv.finding import Finding
from pv.rules.base import Rule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.project import Project

_DECLARED = "  references: [any textbook]\n  status: FUNCTIONAL\n"


class StatusAboveCeiling(Rule):
    """The declared status is above what the bindings can show."""

    code = "PV-STA-001"
    name = "status-above-ceiling"
    why = (
        "A status is computed, not typed. With an unbound falsifier nothing above PROPOSED can be "
        "shown, without mutants or with a missing cell nothing above PARTIAL_ALGORITHM_LEVEL, and "
        "without a fresh record of the real world nothing above FUNCTIONAL."
    )
    bad = GREEN.edit(CONTRACT, "  references: [any textbook]\n", _DECLARED).edit(
        CONTRACT, "  mutants: [sign-kept]\n", ""
    )
    bad = bad.write(CONTRACT, str(bad.files[CONTRACT]).split("mutants:\n")[0])
    good = GREEN.edit(CONTRACT, "  references: [any textbook]\n", _DECLARED)

    def check(self, project: Project) -> Iterator[Finding]:
        """Compare each declared status with the static ceiling of its contract."""
        for loaded, contract in project.loaded():
            declared = contract.metadata.status
            if declared is None or declared not in CLAIMS:
                continue
            if not loaded.is_intact("falsification_tests", "equations", "mutants"):
                continue
            ceiling = static_ceiling(contract, [b for b in project.bindings if b.loaded is loaded])
            if CLAIMS[declared] > ceiling.level:
                yield self.finding(
                    f"status {declared} is above {ceiling.level.name}: {ceiling.reasons[0]}",
                    loaded.document.location(("metadata", "status")),
                    subject="metadata.status",
                    suggestion=f"declare {ceiling.level.name}, or mend what is missing",
                )
