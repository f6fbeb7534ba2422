"""SCHEMA-001: references-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.document import LoadedContract
from pv.contract.model import Contract
from pv.finding import Finding
from pv.rules.example import CONTRACT, GREEN
from pv.rules.schema.base import EmptyTextRule, Entry


class ReferencesEmpty(EmptyTextRule):
    """The contract names no source."""

    code = "SCHEMA-001"
    name = "references-empty"
    why = "A formula without a source cannot be checked against anything but the code."
    bad = GREEN.edit(CONTRACT, "references: [any textbook]", "references: []")
    good = GREEN

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """Each reference."""
        for i, reference in enumerate(contract.metadata.references):
            yield ("metadata", "references", i), reference

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """An empty list is as bad as an empty entry."""
        path = ("metadata", "references")
        if not contract.metadata.references and loaded.document.is_whole(*path):
            message, remedy = "metadata has no references", "name the paper or specification"
            yield self.at(loaded, path, message, suggestion=remedy)
        yield from super().check_contract(loaded, contract)
