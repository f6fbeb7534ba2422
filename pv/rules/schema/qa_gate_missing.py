"""SCHEMA-013: qa-gate-missing."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding, Severity
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.upstream import UPSTREAM

_GATE = "qa_gate: {id: F-ABS-001, name: absolute value}\n"


class QaGateMissing(ContractRule):
    """A contract without implementations has no qa_gate."""

    code = "SCHEMA-013"
    name = "qa-gate-missing"
    severity = Severity.WARNING
    why = (
        "Upstream's contracts say in `qa_gate` how they are enforced; one with implementations is "
        "enforced by its falsifiers."
    )
    bad = UPSTREAM.edit(CONTRACT, _GATE, "")
    good = UPSTREAM

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """A block that was refused counts as given."""
        document = loaded.document
        if contract.qa_gate or contract.implementations:
            return
        if document.is_whole("qa_gate") and document.is_whole("implementations"):
            suggestion = "declare `implementations`, or add `qa_gate`"
            yield self.at(loaded, (), "the contract has no qa_gate", suggestion=suggestion)
