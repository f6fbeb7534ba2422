"""PV-MUT-005: mutant-id-repeated."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.rules.example import CONTRACT, GREEN
from pv.rules.schema.base import Entry, RepeatedTextRule

_SECOND = """\
- id: sign-kept
  target: "absval:absval"
  replace: "x > 0"
  with: "True"
  why: the negative branch is never taken
"""


class MutantIdRepeated(RepeatedTextRule):
    """Two mutants of one contract have the same id."""

    code = "PV-MUT-005"
    name = "mutant-id-repeated"
    why = "A falsifier that cites the id would be proven by either of them."
    bad = GREEN.append(CONTRACT, _SECOND)
    good = GREEN

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each id."""
        for i, mutant in enumerate(contract.mutants):
            yield ("mutants", i, "id"), mutant.id
