"""SCHEMA-020: unknown-key."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class UnknownKey(LoaderRule):
    """The schema has no such key."""

    code = "SCHEMA-020"
    name = "unknown-key"
    why = "What is not read must not look as if it were judged. Keys that begin with `x-` are free."
    bad = GREEN.edit(CONTRACT, "  covers: ", "  confidence: high\n  covers: ")
    good = GREEN
