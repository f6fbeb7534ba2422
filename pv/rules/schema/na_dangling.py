"""SCHEMA-023: na-dangling."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.base import obligations
from pv.rules.schema.upstream import UPSTREAM


class NaDangling(ContractRule):
    """`na_reason` or `na_owner` on an obligation that applies."""

    code = "SCHEMA-023"
    name = "na-dangling"
    why = "Either the obligation applies or it does not; here the two halves disagree."
    bad = UPSTREAM.edit(CONTRACT, "applies_to: all", "applies_to: all, na_owner: core team")
    good = UPSTREAM

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Check each obligation that applies."""
        for path, obligation in obligations(contract):
            is_known = loaded.document.is_whole(*path, "applies_to")
            if not is_known or obligation.applies_to == "not_applicable":
                continue
            for key in ("na_reason", "na_owner"):
                if getattr(obligation, key) is not None:
                    suggestion = f"delete `{key}`, or write `applies_to: not_applicable`"
                    message = f"`{key}` on an obligation that applies"
                    yield self.at(loaded, (*path, key), message, key=True, suggestion=suggestion)
