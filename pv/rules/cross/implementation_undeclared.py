"""PV-IMP-001: implementation-undeclared."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN


class ImplementationUndeclared(ContractRule):
    """An equation names an implementation that the contract does not declare."""

    code = "PV-IMP-001"
    name = "implementation-undeclared"
    why = "An undeclared implementation has no target, so its cell would never be measured."
    bad = GREEN.edit(CONTRACT, "    implementations: [plain]", "    implementations: [plain, fast]")
    good = GREEN

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Look up each name among the declared implementations."""
        if not loaded.is_intact("implementations"):
            return
        declared = contract.implementations or {}
        for equation, body in contract.equations.items():
            for i, name in enumerate(body.implementations):
                if name not in declared:
                    near = get_close_matches(name, declared, n=1)
                    yield self.at(
                        loaded,
                        ("equations", equation, "implementations", i),
                        f"implementation {name!r} is not declared under `implementations`",
                        suggestion=f"did you mean {near[0]!r}?" if near else "",
                    )
