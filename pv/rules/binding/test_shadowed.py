"""PV-VER-009: test-shadowed."""

from __future__ import annotations

from pv.binding.verdict import Verdict
from pv.rules.base import VerdictRule
from pv.rules.example import GREEN, TEST


class TestShadowed(VerdictRule):
    """The cited name has more than one definition."""

    code = "PV-VER-009"
    name = "test-shadowed"
    verdict = Verdict.SHADOWED
    why = (
        "Python keeps the last definition in silence: the test that was reviewed is not "
        "the one that runs."
    )
    bad = GREEN.append(
        TEST,
        "\n\ndef falsify_abs_001_never_negative(implementation):\n"
        "    assert implementation(x=0) == 0\n",
    )
    good = GREEN
