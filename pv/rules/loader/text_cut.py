"""PV-YAML-013: text-cut."""

from __future__ import annotations

from pv.finding import Severity
from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class TextCut(LoaderRule):
    """A text of several words is cut by ` #`."""

    code = "PV-YAML-013"
    name = "text-cut"
    severity = Severity.WARNING
    why = (
        "YAML drops the rest of the line as a comment. A prediction that loses its second half "
        "still looks complete."
    )
    bad = GREEN.edit(CONTRACT, "if_fails: the sign survives", "if_fails: the sign survives #always")
    good = GREEN
