"""PV-VER-017: assertion-constant."""

from __future__ import annotations

from pv.binding.module import Assertion
from pv.rules.base import AssertionRule
from pv.rules.example import GREEN, TEST


class AssertionConstant(AssertionRule):
    """An assertion whose outcome nothing that runs can change."""

    code = "PV-VER-017"
    name = "assertion-constant"
    why = (
        "`assert True`, `assert x == x` and `assert (x, message)` hold for every implementation, "
        "the broken ones included."
    )
    bad = GREEN.edit(
        TEST, "assert implementation(x=x) >= 0", "assert (implementation(x=x) >= 0, x)"
    )
    good = GREEN
    complaint = "the outcome of this assertion is fixed"

    def objects_to(self, assertion: Assertion) -> bool:
        """Whether its outcome is the same for every implementation."""
        return assertion.constant
