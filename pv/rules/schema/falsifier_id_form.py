"""PV-ID-001: falsifier-id-form."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.upstream import UPSTREAM

_FORM = re.compile("[A-Z][A-Z0-9]*(-[A-Z0-9]+)+")


class FalsifierIdForm(ContractRule):
    """A falsifier id is not upper-case words joined by hyphens."""

    code = "PV-ID-001"
    name = "falsifier-id-form"
    why = "The name of the test function is made from the id, and evidence files are named by it."
    bad = UPSTREAM.edit(CONTRACT, "id: FALSIFY-ABS-001", "id: falsify_abs_001")
    good = UPSTREAM

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Check each id."""
        for i, falsifier in enumerate(contract.falsification_tests):
            if not _FORM.fullmatch(falsifier.id):
                message = f"{falsifier.id!r} is not an id like FALSIFY-ABS-001"
                near = "-".join(re.findall("[A-Z0-9]+", falsifier.id.upper()))
                suggestion = f"rename it to {near}" if _FORM.fullmatch(near) else ""
                path = ("falsification_tests", i, "id")
                yield self.at(loaded, path, message, suggestion=suggestion)
