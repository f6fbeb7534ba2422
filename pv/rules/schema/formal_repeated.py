"""SCHEMA-006: formal-repeated."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.finding import Severity
from pv.rules.example import CONTRACT, GREEN
from pv.rules.schema.base import Entry, RepeatedTextRule, obligations

_OBLIGATIONS = """\
proof_obligations:
- {property: never negative, formal: "f(x) >= 0"}
- {property: no sign, formal: "f(x) >= 0"}
"""


class FormalRepeated(RepeatedTextRule):
    """Two obligations have the same formal property."""

    code = "SCHEMA-006"
    name = "formal-repeated"
    severity = Severity.WARNING
    why = "The second one adds to the count of obligations and nothing to what is owed."
    bad = GREEN.append(CONTRACT, _OBLIGATIONS)
    good = GREEN

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each formal property."""
        for path, obligation in obligations(contract):
            if obligation.formal is not None:
                yield (*path, "formal"), obligation.formal
