"""PV-TEXT-003: amendment-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.rules.example import CONTRACT, GREEN
from pv.rules.schema.base import EmptyTextRule, Entry

_AMENDMENT = "amendments:\n- {{subject: FALSIFY-ABS-002, reason: {}}}\n"


class AmendmentEmpty(EmptyTextRule):
    """An amendment does not say what it is about, or why."""

    code = "PV-TEXT-003"
    name = "amendment-empty"
    why = "A reviewer judges a weaker contract by the reason that is recorded for it."
    bad = GREEN.append(CONTRACT, _AMENDMENT.format('""'))
    good = GREEN.append(CONTRACT, _AMENDMENT.format("FALSIFY-ABS-001 says the same"))

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Subject and reason of each amendment."""
        for i, amendment in enumerate(contract.amendments):
            yield ("amendments", i, "subject"), amendment.subject
            yield ("amendments", i, "reason"), amendment.reason
