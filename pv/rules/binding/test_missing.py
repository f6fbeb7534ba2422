"""PV-VER-002: test-missing."""

from __future__ import annotations

from pv.binding.verdict import Verdict
from pv.rules.base import VerdictRule
from pv.rules.example import GREEN, TEST


class TestMissing(VerdictRule):
    """The citation is well formed and names nothing that exists."""

    code = "PV-VER-002"
    name = "test-missing"
    verdict = Verdict.MISSING
    why = (
        "A renamed or moved test leaves its falsifier unchecked while every run stays green. "
        "Names are compared exactly: a prefix, a suffix or a mention in a comment is not a test."
    )
    bad = GREEN.edit(TEST, "falsify_abs_001_never_negative", "falsify_abs_001_not_negative")
    good = GREEN
