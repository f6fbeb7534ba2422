"""SCHEMA-011: kani-obligation-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.rules.example import CONTRACT
from pv.rules.schema.base import EmptyTextRule, Entry
from pv.rules.schema.upstream import UPSTREAM


class KaniObligationEmpty(EmptyTextRule):
    """A Kani harness names no obligation."""

    code = "SCHEMA-011"
    name = "kani-obligation-empty"
    why = "A proof of nothing in particular pays for nothing."
    bad = UPSTREAM.edit(CONTRACT, "obligation: never negative, bound", 'obligation: "", bound')
    good = UPSTREAM

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each obligation."""
        for i, harness in enumerate(contract.kani_harnesses):
            yield ("kani_harnesses", i, "obligation"), harness.obligation
