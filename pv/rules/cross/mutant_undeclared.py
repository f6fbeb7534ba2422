"""PV-MUT-001: mutant-undeclared."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN


class MutantUndeclared(ContractRule):
    """A falsifier cites a mutant that the contract does not declare."""

    code = "PV-MUT-001"
    name = "mutant-undeclared"
    why = "A fault that is not described cannot be planted, so it proves nothing."
    bad = GREEN.edit(CONTRACT, "mutants: [sign-kept]", "mutants: [sign-kept, sign-lost]")
    good = GREEN

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Look up each cited mutant."""
        if not loaded.is_intact("mutants"):
            return
        declared = [mutant.id for mutant in contract.mutants]
        for where, falsifier in loaded.falsifiers:
            for i, name in enumerate(falsifier.mutants):
                if name not in declared:
                    near = get_close_matches(name, declared, n=1)
                    yield self.at(
                        loaded,
                        (*where, "mutants", i),
                        f"{falsifier.id} cites mutant {name!r}, which is not declared",
                        suggestion=f"did you mean {near[0]!r}?" if near else "",
                    )
