"""PV-KEY-002: legacy-key."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class LegacyKey(LoaderRule):
    """A key that upstream reads has another name or place here."""

    code = "PV-KEY-002"
    name = "legacy-key"
    why = (
        "Several names for one thing are how declared tests came to be read by nobody. The edit "
        "is printed."
    )
    bad = GREEN.edit(CONTRACT, "  prediction: ", "  expected: ")
    good = GREEN
