"""PV-TEXT-001: own-text-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.contract.waiver import entries
from pv.rules.example import CONTRACT, GREEN
from pv.rules.schema.base import EmptyTextRule, Entry


class OwnTextEmpty(EmptyTextRule):
    """A key of an implementation, mutant, waiver or excuse is empty."""

    code = "PV-TEXT-001"
    name = "own-text-empty"
    why = "These texts are acted on: they name code, describe an edit, or justify a gap."
    bad = GREEN.edit(CONTRACT, "why: the negative branch returns its input", 'why: ""')
    good = GREEN

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Texts of the blocks that are our own."""
        for name, implementation in (contract.implementations or {}).items():
            yield ("implementations", name, "target"), implementation.target
        for i, mutant in enumerate(contract.mutants):
            for key in ("target", "replace", "with", "why"):
                text = mutant.with_ if key == "with" else getattr(mutant, key)
                yield ("mutants", i, key), text
        for where, waiver in entries(contract):
            yield (*where, "owner"), waiver.owner
            yield (*where, "reason"), waiver.reason
        for i, falsifier in enumerate(contract.falsification_tests):
            for j, excuse in enumerate(falsifier.excused):
                yield ("falsification_tests", i, "excused", j, "reason"), excuse.reason
