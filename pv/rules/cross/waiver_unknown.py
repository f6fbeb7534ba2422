"""PV-WAI-001: waiver-unknown."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from pv.contract.document import DataPath, LoadedContract
from pv.contract.model import Contract, Waiver
from pv.contract.waiver import entries, names_one
from pv.finding import Finding
from pv.rules.base import ContractRule
from pv.rules.example import CONTRACT
from pv.rules.schema.waived import WAIVED


class WaiverUnknown(ContractRule):
    """A waiver that does not name one mutant or one falsifier of its contract."""

    code = "PV-WAI-001"
    name = "waiver-unknown"
    why = "A waiver is for one known survivor; what it does not name it must not cover."
    bad = WAIVED.edit(CONTRACT, "- mutant: zero-negated", "- mutant: zero-kept")
    good = WAIVED

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Look up what each waiver names."""
        mutants = [mutant.id for mutant in contract.mutants]
        falsifiers = [falsifier.id for falsifier in contract.falsification_tests]
        for where, waiver in entries(contract):
            if not loaded.document.is_whole(*where):
                continue
            if not names_one(waiver):
                yield self._not_one(loaded, where, waiver)
            elif waiver.mutant is not None and loaded.is_intact("mutants"):
                yield from self._look_up(loaded, (*where, "mutant"), waiver.mutant, mutants)
            elif waiver.falsifier is not None and loaded.is_intact("falsification_tests"):
                yield from self._look_up(
                    loaded, (*where, "falsifier"), waiver.falsifier, falsifiers
                )

    def _not_one(self, loaded: LoadedContract, where: DataPath, waiver: Waiver) -> Finding:
        given = (
            "neither a mutant nor a falsifier"
            if waiver.mutant is None
            else "both a mutant and a falsifier"
        )
        suggestion = "give it `mutant` or `falsifier`, and not both"
        return self.at(loaded, where, f"the waiver names {given}", suggestion=suggestion)

    def _look_up(
        self, loaded: LoadedContract, where: DataPath, name: str, declared: list[str]
    ) -> Iterator[Finding]:
        if name not in declared:
            near = get_close_matches(name, declared, n=1)
            suggestion = f"did you mean {near[0]!r}?" if near else "delete the waiver"
            message = f"the contract declares no {where[-1]} {name!r} to waive"
            yield self.at(loaded, where, message, suggestion=suggestion)
