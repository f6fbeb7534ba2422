"""PV-TYPE-002: unknown-word."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class UnknownWord(LoaderRule):
    """A value is none of the words that are allowed there."""

    code = "PV-TYPE-002"
    name = "unknown-word"
    why = (
        "An unknown word cannot be acted on, and taking a default in its place would hide the "
        "mistake."
    )
    bad = GREEN.edit(CONTRACT, "  covers: ", "  level: algoritm\n  covers: ")
    good = GREEN
