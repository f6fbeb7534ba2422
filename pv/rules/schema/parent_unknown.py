"""SCHEMA-017: parent-unknown."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.base import obligations
from pv.rules.schema.upstream import WITH_PARENT


class ParentUnknown(ContractRule):
    """A subcontract refines a contract that is not in depends_on."""

    code = "SCHEMA-017"
    name = "parent-unknown"
    why = "The parent is read with the contract only if the contract depends on it."
    bad = WITH_PARENT.edit(
        CONTRACT, "type: bound, property", "type: subcontract, parent_contract: abs-v0, property"
    )
    good = bad.edit(
        CONTRACT, "references: [any textbook]", "references: [any textbook]\n  depends_on: [abs-v0]"
    )

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Look up each parent; SCHEMA-016 has those on other types."""
        if not loaded.document.is_whole("metadata", "depends_on"):
            return
        for path, obligation in obligations(contract):
            parent = obligation.parent_contract
            if obligation.type != "subcontract" or parent is None:
                continue
            if parent not in contract.metadata.depends_on:
                message = f"{parent!r} is not in metadata.depends_on"
                where = (*path, "parent_contract")
                yield self.at(loaded, where, message, suggestion=f"add {parent!r} to depends_on")
