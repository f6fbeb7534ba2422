"""PV-TEXT-002: text-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.finding import Severity
from pv.rules.example import CONTRACT, GREEN
from pv.rules.schema.base import EmptyTextRule, Entry


class TextEmpty(EmptyTextRule):
    """The description of a contract or the rule of a falsifier is empty."""

    code = "PV-TEXT-002"
    name = "text-empty"
    severity = Severity.WARNING
    why = (
        "Reports show these texts beside the ids; upstream requires the keys and lets them be "
        "empty."
    )
    bad = GREEN.edit(CONTRACT, "rule: never negative", 'rule: ""')
    good = GREEN

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Descriptions, and the rules of falsifiers."""
        yield ("metadata", "description"), contract.metadata.description
        for i, falsifier in enumerate(contract.falsification_tests):
            yield ("falsification_tests", i, "rule"), falsifier.rule
