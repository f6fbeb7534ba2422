"""PV-COV-005: falsifier-excused."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN

_BARE = GREEN.write(CONTRACT, str(GREEN.files[CONTRACT]).split("mutants:\n-")[0]).edit(
    CONTRACT, "  mutants: [sign-kept]\n", ""
)
_TWO = _BARE.edit(CONTRACT, "implementations: [plain]", "implementations: [plain, fast]").edit(
    CONTRACT, "equations:", '  fast: {target: "absval:absval"}\nequations:'
)
_FAST = "  excused:\n  - {implementation: fast, reason: slow}\n"
_BOTH = _FAST + "  - {implementation: plain, reason: slow}\n"


class FalsifierExcused(ContractRule):
    """Every cell of a falsifier is excused."""

    code = "PV-COV-005"
    name = "falsifier-excused"
    why = "An excuse is for one cell. A falsifier that is excused from all of them never runs."
    bad = _TWO.edit(CONTRACT, "  if_fails", _BOTH + "  if_fails")
    good = _TWO.edit(CONTRACT, "  if_fails", _FAST + "  if_fails")

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Compare the excuses with all implementations of the covered equations."""
        if not loaded.is_intact("equations"):
            return
        for where, falsifier in loaded.falsifiers:
            cells = set(contract.covered_by(falsifier))
            if cells and cells <= {excuse.implementation for excuse in falsifier.excused}:
                yield self.at(
                    loaded,
                    (*where, "excused"),
                    f"{falsifier.id} is excused from every cell, so it never runs",
                    suggestion="remove the falsifier, or an excuse",
                )
