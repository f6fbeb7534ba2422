"""PV-VER-005: test-prose."""

from __future__ import annotations

from pv.binding.verdict import Verdict
from pv.rules.base import VerdictRule
from pv.rules.example import CONTRACT, GREEN, TEST


class TestProse(VerdictRule):
    """The citation is a sentence or a command."""

    code = "PV-VER-005"
    name = "test-prose"
    verdict = Verdict.PROSE
    why = (
        "Nothing can be run from a sentence, and a shell command would be trusted unread. "
        "Upstream, 72 of 100 citations were of this kind and nobody checked them."
    )
    bad = GREEN.edit(
        CONTRACT,
        "falsifiers/test_abs_v1.py::falsify_abs_001_never_negative",
        "bash scripts/check_abs.sh",
    ).remove(TEST)
    good = GREEN
