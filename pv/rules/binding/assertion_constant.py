"""PV-VER-017: assertion-constant."""

from __future__ import annotations

from pv.binding.module import Assertion
from pv.rules.base import AssertionRule
from pv.rules.example import GREEN, TEST


class AssertionConstant(AssertionRule):
    """An assertion that holds whatever runs."""

    code = "PV-VER-017"
    name = "assertion-constant"
    why = (
        "`assert True`, `assert x == x`, `assert (x, message)`, `assert all([])` and a bare "
        "`pytest.raises(...)` that is no `with` hold for every implementation, the broken ones "
        "included. `assert False` is none of these: it says that this place must not be reached."
    )
    bad = GREEN.edit(
        TEST, "assert implementation(x=x) >= 0", "assert (implementation(x=x) >= 0, x)"
    )
    good = GREEN
    complaint = "this assertion always holds"

    def objects_to(self, assertion: Assertion) -> bool:
        """Whether it holds for every implementation."""
        return assertion.constant
