"""PV-WAI-002: waiver-expiry."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract import clock
from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.contract.waiver import LONGEST, entries, why_no_deadline
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.waived import DAY, WAIVED


class WaiverExpiry(ContractRule):
    """A waiver that has expired, that holds for too long, or whose `expires` is not a date."""

    code = "PV-WAI-002"
    name = "waiver-expiry"
    why = (
        f"A survivor is looked at again after {LONGEST.days} days at the latest; a waiver without "
        "an end in sight is a check that was taken away, and an expired one waives nothing. In the "
        f"examples it is {DAY}."
    )
    bad = WAIVED.edit(CONTRACT, "expires: 2030-03-31", "expires: 2029-12-31")
    good = WAIVED

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Compare each deadline with today."""
        today = clock.today()
        for where, waiver in entries(contract):
            if why := why_no_deadline(waiver.expires, today):
                latest = (today + LONGEST).isoformat()
                suggestion = (
                    f"close the gap and delete the waiver, or renew it, to {latest} at most"
                )
                yield self.at(loaded, (*where, "expires"), why, suggestion=suggestion)
