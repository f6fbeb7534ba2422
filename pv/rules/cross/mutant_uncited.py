"""PV-MUT-002: mutant-uncited."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN


class MutantUncited(ContractRule):
    """A declared mutant that no falsifier claims to catch."""

    code = "PV-MUT-002"
    name = "mutant-uncited"
    why = "A fault that no falsifier has to catch is decoration."
    bad = GREEN.edit(CONTRACT, "  mutants: [sign-kept]\n", "")
    good = GREEN

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Compare declared mutants with cited ones."""
        if not loaded.is_intact("falsification_tests"):
            return
        cited = {name for f in contract.falsification_tests for name in f.mutants}
        for i, mutant in enumerate(contract.mutants):
            if mutant.id not in cited:
                yield self.at(
                    loaded,
                    ("mutants", i, "id"),
                    f"no falsifier cites mutant {mutant.id!r}",
                    suggestion=f"add `mutants: [{mutant.id}]` to the falsifier that catches it",
                )
