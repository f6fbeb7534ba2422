"""PV-OBL-001: applies-to-unknown."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding, Severity
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.base import obligations
from pv.rules.schema.upstream import UPSTREAM

_WORDS = ("all", "scalar", "simd", "converter", "not_applicable")


class AppliesToUnknown(ContractRule):
    """`applies_to` is no known word, and names no equation or implementation."""

    code = "PV-OBL-001"
    name = "applies-to-unknown"
    severity = Severity.WARNING
    why = (
        "Upstream swallows any other value, so the obligation applies to nothing that anybody "
        "knows."
    )
    bad = UPSTREAM.edit(CONTRACT, "applies_to: all", "applies_to: absolute")
    good = UPSTREAM

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Look up each value; names that were refused cannot be looked up."""
        if not all(map(loaded.document.is_whole, ("equations", "implementations"))):
            return
        known = {*_WORDS, *contract.equations, *(contract.implementations or ())}
        for path, obligation in obligations(contract):
            if obligation.applies_to is not None and obligation.applies_to not in known:
                near = get_close_matches(obligation.applies_to, known, n=1)
                hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(_WORDS)}"
                message = f"applies_to: unknown word {obligation.applies_to!r}"
                yield self.at(loaded, (*path, "applies_to"), message, suggestion=hint)
