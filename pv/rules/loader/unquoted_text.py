"""PV-TYPE-005: unquoted-text."""

from __future__ import annotations

from pv.finding import Severity
from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class UnquotedText(LoaderRule):
    """A text that YAML takes for a number, a truth value or null."""

    code = "PV-TYPE-005"
    name = "unquoted-text"
    severity = Severity.WARNING
    why = (
        "`pv` reads it as it is written; other readers make 1.1 of the version 1.10, and infinity "
        "of the digest 12e4567."
    )
    bad = GREEN.edit(CONTRACT, '"1.0.0"', "1.10")
    good = GREEN
