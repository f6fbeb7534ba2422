"""PV-KEY-004: reserved-key."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class ReservedKey(LoaderRule):
    """A key that is designed and not implemented yet."""

    code = "PV-KEY-004"
    name = "reserved-key"
    why = "A key that is accepted and ignored would promise a check that never runs."
    bad = GREEN.edit(CONTRACT, "    domain: ", "    requires: x is real\n    domain: ")
    good = GREEN
