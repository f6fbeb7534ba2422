"""PV-COV-001: covers-unknown."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN


class CoversUnknown(ContractRule):
    """``covers`` names an equation that the contract does not state."""

    code = "PV-COV-001"
    name = "covers-unknown"
    why = (
        "A falsifier runs once for each implementation of the equations it covers. An equation "
        "that is not there has none, so nothing would run."
    )
    bad = GREEN.edit(CONTRACT, "covers: [absval]", "covers: [absval, abs_val]")
    good = GREEN

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Look up each covered equation."""
        if not loaded.is_intact("equations"):
            return
        for where, falsifier in loaded.falsifiers:
            for i, name in enumerate(falsifier.covers):
                if name not in contract.equations:
                    near = get_close_matches(name, contract.equations, n=1)
                    yield self.at(
                        loaded,
                        (*where, "covers", i),
                        f"{falsifier.id} covers {name!r}, which is no equation of this contract",
                        suggestion=f"did you mean {near[0]!r}?" if near else "",
                    )
