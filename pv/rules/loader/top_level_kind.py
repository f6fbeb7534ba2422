"""SCHEMA-018: top-level-kind."""

from __future__ import annotations

from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN


class TopLevelKind(LoaderRule):
    """`kind` stands at the top level."""

    code = "SCHEMA-018"
    name = "top-level-kind"
    why = (
        "Readers look for it under `metadata`; upstream had 119 files whose kind was read by "
        "nothing."
    )
    bad = GREEN.edit(
        CONTRACT, "implementations:\n  plain", "kind: kernel\nimplementations:\n  plain"
    )
    good = GREEN
