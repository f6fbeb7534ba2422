"""PV-VER-019: assertion-swallowed."""

from __future__ import annotations

from pv.binding.module import Assertion
from pv.rules.base import AssertionRule
from pv.rules.example import GREEN, TEST


class AssertionSwallowed(AssertionRule):
    """An assertion whose failure is caught."""

    code = "PV-VER-019"
    name = "assertion-swallowed"
    why = (
        "A handler for AssertionError, Exception or everything around an assertion, a "
        "`pytest.raises(Exception)`, or a `finally` that returns turns red into green."
    )
    bad = GREEN.edit(
        TEST,
        "        assert implementation(x=x) >= 0\n",
        "        try:\n"
        "            assert implementation(x=x) >= 0\n"
        "        except Exception:\n"
        "            pass\n",
    )
    good = GREEN
    complaint = "a handler around it catches the failure"

    def objects_to(self, assertion: Assertion) -> bool:
        """Whether a handler would catch its failure."""
        return assertion.swallowed and not assertion.constant
