"""SCHEMA-012: kani-bound-missing."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding, Severity
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.upstream import UPSTREAM


class KaniBoundMissing(ContractRule):
    """A Kani harness has no bound."""

    code = "SCHEMA-012"
    name = "kani-bound-missing"
    severity = Severity.WARNING
    why = "Bounded model checking says nothing beyond its bound, so the bound is part of the claim."
    bad = UPSTREAM.edit(
        CONTRACT, "obligation: never negative, bound: 8", "obligation: never negative"
    )
    good = UPSTREAM

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """A bound that was refused counts as given."""
        for i, harness in enumerate(contract.kani_harnesses):
            path = ("kani_harnesses", i)
            if harness.bound is None and loaded.document.is_whole(*path, "bound"):
                suggestion = "add `bound`, the number of loop unwindings"
                message = f"{harness.id} has no bound"
                yield self.at(loaded, path, message, suggestion=suggestion)
