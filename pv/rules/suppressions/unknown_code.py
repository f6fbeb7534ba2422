"""PV-SUP-003: a suppression of a code that no rule has."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding
from pv.rules.codes import nearest_hint
from pv.rules.example import GREEN, TEST
from pv.rules.suppression import Applied
from pv.rules.suppressions.base import SuppressionRule

_UNCITED = """

def falsify_abs_002_next_release(absval):  # pv: ignore[PV-VER-001] cited next month
    assert absval(0) == 0
"""


class UnknownSuppressionCode(SuppressionRule):
    """A suppression names a code that does not exist, or that cannot be suppressed."""

    code = "PV-SUP-003"
    name = "unknown-suppression-code"
    why = "A misspelt code suppresses nothing, and whoever wrote it believes that it does."
    bad = GREEN.append(TEST, _UNCITED.replace("[PV-VER-001]", "[PV-VER-001, PV-VERR-002]"))
    good = GREEN.append(TEST, _UNCITED)

    def check_applied(self, applied: Applied) -> Iterator[Finding]:
        """Report each code that is not a rule's, with the nearest one."""
        for suppression in applied.suppressions:
            for code in suppression.codes:
                if code not in applied.suppressible:
                    yield self.finding(
                        f"no rule that can be suppressed has the code {code!r}",
                        suppression.location,
                        subject=code,
                        suggestion=nearest_hint(code, applied.suppressible),
                    )
