"""PV-YAML-004: several-documents."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class SeveralDocuments(LoaderRule):
    """The file holds more than one YAML document."""

    code = "PV-YAML-004"
    name = "several-documents"
    why = (
        "Readers that take the first document and readers that take the last see two different "
        "contracts."
    )
    bad = GREEN.append(CONTRACT, "---\nmetadata: {}\n")
    good = GREEN
