"""PV-VER-016: assertion-unreachable."""

from __future__ import annotations

from pv.binding.module import Assertion
from pv.rules.base import AssertionRule
from pv.rules.example import GREEN, TEST


class AssertionUnreachable(AssertionRule):
    """An assertion that no run gets to."""

    code = "PV-VER-016"
    name = "assertion-unreachable"
    why = (
        "An assertion after a return, under a false condition or in a function nobody calls reads "
        "like a check and never is one."
    )
    bad = GREEN.edit(TEST, "    largest =", "    return\n    largest =")
    good = GREEN
    complaint = "this assertion cannot be reached"

    def objects_to(self, assertion: Assertion) -> bool:
        """Whether no run gets to it."""
        return not assertion.reachable
