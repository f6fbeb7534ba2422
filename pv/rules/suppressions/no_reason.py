"""PV-SUP-002: a suppression without a reason."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding
from pv.rules.example import GREEN, TEST
from pv.rules.suppression import Applied
from pv.rules.suppressions.base import SuppressionRule

_UNCITED = """

def falsify_abs_002_next_release(absval):  # pv: ignore[PV-VER-001]
    assert absval(0) == 0
"""


class SuppressionWithoutReason(SuppressionRule):
    """A suppression does not say why."""

    code = "PV-SUP-002"
    name = "suppression-without-reason"
    why = "A finding that is waved through without a reason cannot be judged by the next reader."
    bad = GREEN.append(TEST, _UNCITED)
    good = GREEN.append(TEST, _UNCITED.replace("[PV-VER-001]", "[PV-VER-001] cited next month"))

    def check_applied(self, applied: Applied) -> Iterator[Finding]:
        """Report each suppression whose brackets nothing follows."""
        for suppression in applied.suppressions:
            if suppression.codes and not suppression.reason:
                yield self.finding(
                    f"{suppression.text!r} gives no reason",
                    suppression.location,
                    subject=",".join(suppression.codes),
                    suggestion="write the reason after the closing bracket",
                )
