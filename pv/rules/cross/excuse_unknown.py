"""PV-COV-003: excuse-unknown."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN


class ExcuseUnknown(ContractRule):
    """``excused`` names an implementation that the falsifier would not run on anyway."""

    code = "PV-COV-003"
    name = "excuse-unknown"
    why = "An excuse for a cell that does not exist hides that the real one is not excused."
    bad = GREEN.edit(
        CONTRACT,
        "  mutants: [sign-kept]\n",
        "  mutants: [sign-kept]\n  excused: [{implementation: fast, reason: not written yet}]\n",
    )
    good = GREEN

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Compare excuses with the implementations of the covered equations."""
        if not loaded.is_intact("equations"):
            return
        for where, falsifier in loaded.falsifiers:
            cells = contract.covered_by(falsifier)
            for i, excuse in enumerate(falsifier.excused):
                if excuse.implementation not in cells:
                    yield self.at(
                        loaded,
                        (*where, "excused", i, "implementation"),
                        f"{falsifier.id} has no cell {excuse.implementation!r} to excuse",
                    )
