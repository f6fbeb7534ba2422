"""PV-VER-008: test-path-escape."""

from __future__ import annotations

from pv.binding.verdict import Verdict
from pv.rules.base import VerdictRule
from pv.rules.example import CONTRACT, GREEN


class TestPathEscape(VerdictRule):
    """The citation's path leaves the project or is not plain."""

    code = "PV-VER-008"
    name = "test-path-escape"
    verdict = Verdict.PATH_ESCAPE
    why = (
        "A test outside the project is not reviewed with it, and a path written in two ways "
        "is compared with itself in vain."
    )
    bad = GREEN.edit(CONTRACT, "test: falsifiers/", "test: ../falsifiers/")
    good = GREEN
