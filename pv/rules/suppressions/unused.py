"""PV-SUP-001: a suppression that suppresses nothing."""

from __future__ import annotations

from collections.abc import Iterator

from pv.finding import Finding, Severity
from pv.rules.example import GREEN, TEST
from pv.rules.suppression import Applied
from pv.rules.suppressions.base import SuppressionRule

_UNCITED = "\n\ndef falsify_abs_002_next_release(absval):\n    assert absval(0) == 0\n"
_DEFINITION = "falsify_abs_002_next_release(absval):"


class UnusedSuppression(SuppressionRule):
    """A suppression outlived the finding it was written for."""

    code = "PV-SUP-001"
    name = "unused-suppression"
    severity = Severity.WARNING
    why = "A suppression that no longer meets a finding hides the next one on its line."
    bad = GREEN.edit(
        TEST,
        "never_negative(falsifier, implementation):",
        "never_negative(falsifier, implementation):  # pv: ignore[PV-VER-001] cited next month",
    )
    good = GREEN.append(
        TEST,
        _UNCITED.replace(_DEFINITION, f"{_DEFINITION}  # pv: ignore[PV-VER-001] cited next month"),
    )

    def check_applied(self, applied: Applied) -> Iterator[Finding]:
        """Report each code of each suppression that met no finding."""
        for suppression, code in applied.unused:
            yield self.finding(
                f"nothing on line {suppression.target_line} is a {code}",
                suppression.location,
                subject=code,
                suggestion="remove the suppression",
            )
