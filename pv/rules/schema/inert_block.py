"""PV-INERT-001: inert-block."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding, Severity
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.upstream import UPSTREAM

_BLOCKS = ("verification_summary", "enforcement", "simd_dispatch", "type_invariants", "coq_spec")


class InertBlock(ContractRule):
    """A block of upstream that is read for its form and earns nothing."""

    code = "PV-INERT-001"
    name = "inert-block"
    severity = Severity.NOTE
    why = "It is shown, so that nobody takes what stands there for something that `pv` has judged."
    bad = UPSTREAM.append(CONTRACT, "verification_summary: {total_obligations: 1}\n")
    good = UPSTREAM

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Name each such block."""
        for block in _BLOCKS:
            if getattr(contract, block):
                message = f"`{block}` is not judged"
                yield self.at(loaded, (block,), message, key=True)
