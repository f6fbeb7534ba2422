"""SCHEMA-009: if-fails-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.finding import Severity
from pv.rules.example import CONTRACT, GREEN
from pv.rules.schema.base import EmptyTextRule, Entry


class IfFailsEmpty(EmptyTextRule):
    """A falsifier does not say what its failure means."""

    code = "SCHEMA-009"
    name = "if-fails-empty"
    severity = Severity.WARNING
    why = "Whoever meets the failure starts from here."
    bad = GREEN.edit(CONTRACT, "if_fails: the sign survives", 'if_fails: ""')
    good = GREEN

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each consequence."""
        for i, falsifier in enumerate(contract.falsification_tests):
            yield ("falsification_tests", i, "if_fails"), falsifier.if_fails
