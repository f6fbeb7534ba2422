"""PV-VER-006: test-incomplete."""

from __future__ import annotations

from pv.binding.verdict import Verdict
from pv.rules.base import VerdictRule
from pv.rules.example import CONTRACT, GREEN


class TestIncomplete(VerdictRule):
    """The citation is a file."""

    code = "PV-VER-006"
    name = "test-incomplete"
    verdict = Verdict.INCOMPLETE
    why = (
        "A file holds many tests, and a test that is added to it is not the falsifier: only "
        "path::function names one."
    )
    bad = GREEN.edit(
        CONTRACT,
        "falsifiers/test_abs_v1.py::falsify_abs_001_never_negative",
        "falsifiers/test_abs_v1.py",
    )
    good = GREEN
