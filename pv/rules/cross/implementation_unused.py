"""PV-IMP-003: implementation-unused."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT, GREEN


class ImplementationUnused(ContractRule):
    """A declared implementation that no equation names."""

    code = "PV-IMP-003"
    name = "implementation-unused"
    why = "It reads as if it were tested, and no falsifier ever runs on it."
    bad = GREEN.edit(CONTRACT, "equations:", '  fast: {target: "absval:absval"}\nequations:')
    good = GREEN

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Compare declared implementations with those that equations name."""
        if not loaded.is_intact("equations"):
            return
        used = {name for e in contract.equations.values() for name in e.implementations}
        for name in contract.implementations or {}:
            if name not in used:
                yield self.at(
                    loaded,
                    ("implementations", name),
                    f"no equation names implementation {name!r}",
                    key=True,
                    suggestion="add it to `implementations` of the equation it carries out",
                )
