"""PV-KEY-003: foreign-block."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class ForeignBlock(LoaderRule):
    """A block that other tools judge and `pv` does not."""

    code = "PV-KEY-003"
    name = "foreign-block"
    why = "A claim in a file that was judged clean looks judged. Data of your own goes under `x-`."
    bad = GREEN.append(CONTRACT, "parity: {rows: []}\n")
    good = GREEN
