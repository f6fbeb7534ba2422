"""PV-STA-002: status-unknown."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.evidence.status import CLAIMS, Level
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN


class StatusUnknown(ContractRule):
    """The declared status is no word that pv knows."""

    code = "PV-STA-002"
    name = "status-unknown"
    why = "A word that nobody defined claims nothing and everything; it cannot be checked."
    bad = GREEN.edit(CONTRACT, "  references:", "  status: DONE\n  references:")
    good = GREEN.edit(CONTRACT, "  references:", "  status: PROPOSED\n  references:")

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Look the word up, upstream's words included."""
        declared = contract.metadata.status
        if declared is not None and declared not in CLAIMS:
            near = get_close_matches(declared, CLAIMS, n=1)
            known = ", ".join(level.name for level in Level)
            yield self.at(
                loaded,
                ("metadata", "status"),
                f"unknown status {declared!r}",
                suggestion=f"did you mean {near[0]}?" if near else f"known are {known}",
            )
