"""PV-VER-007: test-param-pinned."""

from __future__ import annotations

from pv.binding.verdict import Verdict
from pv.rules.base import VerdictRule
from pv.rules.example import CONTRACT, GREEN


class TestParamPinned(VerdictRule):
    """The citation names one case of a parametrised test."""

    code = "PV-VER-007"
    name = "test-param-pinned"
    verdict = Verdict.PARAM_PINNED
    why = (
        "Case names are made by pytest and change with the values; and a falsifier holds "
        "only when every case passes, so the function is cited, not a case."
    )
    bad = GREEN.edit(CONTRACT, "_never_negative", "_never_negative[plain]")
    good = GREEN
