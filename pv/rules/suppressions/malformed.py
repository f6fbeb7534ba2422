"""PV-SUP-004: a comment that starts like a suppression and is none."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding
from pv.rules.example import CONTRACT, GREEN
from pv.rules.suppression import Applied
from pv.rules.suppressions.base import SuppressionRule


class MalformedSuppression(SuppressionRule):
    """A comment addresses the tool in a form that it does not read."""

    code = "PV-SUP-004"
    name = "malformed-suppression"
    why = "A comment for the tool that the tool does not understand has no effect, silently."
    bad = GREEN.edit(CONTRACT, "  if_fails", "  # pv: ignore the next line\n  if_fails")
    good = GREEN.edit(CONTRACT, "  if_fails", "  # ignore the next line\n  if_fails")

    def check_applied(self, applied: Applied) -> Iterator[Finding]:
        """Report each ``# pv:`` comment without codes."""
        for suppression in applied.suppressions:
            if not suppression.codes:
                yield self.finding(
                    f"{suppression.text!r} is not a suppression",
                    suppression.location,
                    subject=suppression.text,
                    suggestion="write '# pv: ignore[CODE] reason'",
                )
