"""PV-WAI-003: waiver-repeated."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.contract.waiver import entries
from pv.rules.example import CONTRACT
from pv.rules.schema.base import Entry, RepeatedTextRule
from pv.rules.schema.waived import WAIVED

_SECOND = """\
- mutant: zero-negated
  owner: another team
  reason: the same
  expires: 2030-02-28
"""


class WaiverRepeated(RepeatedTextRule):
    """Two waivers of one contract name the same mutant or falsifier."""

    code = "PV-WAI-003"
    name = "waiver-repeated"
    why = "Of two owners and two last days, nobody can say which holds."
    bad = WAIVED.append(CONTRACT, _SECOND)
    good = WAIVED

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """What each waiver names."""
        for where, waiver in entries(contract):
            for key in ("mutant", "falsifier"):
                if (name := getattr(waiver, key)) is not None:
                    yield (*where, key), name
