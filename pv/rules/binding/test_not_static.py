"""PV-VER-011: test-not-static."""

from __future__ import annotations

from pv.binding.verdict import Verdict
from pv.rules.base import VerdictRule
from pv.rules.example import GREEN, TEST


class TestNotStatic(VerdictRule):
    """What the cited name is cannot be told without running the file."""

    code = "PV-VER-011"
    name = "test-not-static"
    verdict = Verdict.NOT_STATIC
    why = (
        "An imported, assigned or conditional test, or one behind an unknown decorator, can be "
        "replaced without the cited file changing."
    )
    bad = GREEN.edit(TEST, "def falsify", "import functools\n\n\n@functools.cache\ndef falsify")
    good = GREEN
