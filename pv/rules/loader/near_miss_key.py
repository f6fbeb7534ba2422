"""SCHEMA-019: near-miss-key."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class NearMissKey(LoaderRule):
    """A key is spelt almost like a known one."""

    code = "SCHEMA-019"
    name = "near-miss-key"
    why = "A misspelt key is a block that nobody judges."
    bad = GREEN.edit(CONTRACT, "falsification_tests:", "falsifcation_tests:")
    good = GREEN
