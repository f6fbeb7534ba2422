"""SCHEMA-010: kani-id-repeated."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.rules.example import CONTRACT
from pv.rules.schema.base import Entry, RepeatedTextRule
from pv.rules.schema.upstream import UPSTREAM

_SECOND = "kani_harnesses:\n- {id: KANI-ABS-001, obligation: even, bound: 8}\n"


class KaniIdRepeated(RepeatedTextRule):
    """Two Kani harnesses have the same id."""

    code = "SCHEMA-010"
    name = "kani-id-repeated"
    why = "A reference to the id would mean either of them."
    bad = UPSTREAM.edit(CONTRACT, "kani_harnesses:\n", _SECOND)
    good = UPSTREAM

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each id."""
        for i, harness in enumerate(contract.kani_harnesses):
            yield ("kani_harnesses", i, "id"), harness.id
