"""SCHEMA-002: version-empty."""

from __future__ import annotations

from collections.abc import Iterator

from pv.contract.model import Contract
from pv.rules.example import CONTRACT, GREEN
from pv.rules.schema.base import EmptyTextRule, Entry


class VersionEmpty(EmptyTextRule):
    """The version is empty."""

    code = "SCHEMA-002"
    name = "version-empty"
    why = "Evidence and reviews refer to a version of the contract."
    bad = GREEN.edit(CONTRACT, 'version: "1.0.0"', 'version: ""')
    good = GREEN

    def texts(self, contract: Contract) -> Iterator[Entry]:
        """The version."""
        yield ("metadata", "version"), contract.metadata.version
