"""PV-YAML-006: duplicate-key."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class DuplicateKey(LoaderRule):
    """One mapping gives the same key twice."""

    code = "PV-YAML-006"
    name = "duplicate-key"
    why = (
        "Most YAML readers keep the last value in silence, so the first one is judged by nobody. "
        'Keys are compared as text: `1` and `"1"` are the same.'
    )
    bad = GREEN.edit(CONTRACT, "  rule: never negative\n", "  rule: never negative\n  rule: odd\n")
    good = GREEN
