"""PV-VER-010: test-not-collected."""

from __future__ import annotations

from pv.binding.verdict import Verdict
from pv.rules.base import VerdictRule
from pv.rules.example import GREEN, TEST


class TestNotCollected(VerdictRule):
    """The cited function exists and pytest does not collect it."""

    code = "PV-VER-010"
    name = "test-not-collected"
    verdict = Verdict.NOT_COLLECTED
    why = (
        "A file, class or function name outside pytest's patterns, a class with a constructor, "
        "a deleted name or an async test never runs, whatever it asserts."
    )
    bad = GREEN.append(TEST, "\n\ndel falsify_abs_001_never_negative\n")
    good = GREEN
