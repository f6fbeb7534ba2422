"""SCHEMA-005: property-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.rules.example import CONTRACT
from pv.rules.schema.base import EmptyTextRule, Entry, obligations
from pv.rules.schema.upstream import UPSTREAM


class PropertyEmpty(EmptyTextRule):
    """An obligation has an empty property."""

    code = "SCHEMA-005"
    name = "property-empty"
    why = "An obligation that names no property owes nothing."
    bad = UPSTREAM.edit(CONTRACT, "property: never negative", 'property: ""')
    good = UPSTREAM

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each property."""
        for path, obligation in obligations(contract):
            yield (*path, "property"), obligation.property
