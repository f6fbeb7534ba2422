"""SCHEMA-016: parent-misplaced."""

from __future__ import annotations

from pv.rules.example import CONTRACT
from pv.rules.schema.base import ObligationKeyRule
from pv.rules.schema.upstream import WITH_PARENT


class ParentMisplaced(ObligationKeyRule):
    """`parent_contract` stands on an obligation of another type."""

    code = "SCHEMA-016"
    name = "parent-misplaced"
    why = "Only a subcontract refines another contract; elsewhere nobody reads the parent."
    bad = WITH_PARENT.edit(
        CONTRACT, "type: bound, property", "type: bound, parent_contract: abs-v0, property"
    )
    good = WITH_PARENT.edit(
        CONTRACT, "type: bound, property", "type: subcontract, parent_contract: abs-v0, property"
    ).edit(
        CONTRACT, "references: [any textbook]", "references: [any textbook]\n  depends_on: [abs-v0]"
    )
    key = "parent_contract"
    types = ("subcontract",)
