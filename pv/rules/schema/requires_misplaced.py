"""SCHEMA-014: requires-misplaced."""

from __future__ import annotations

from pv.rules.example import CONTRACT
from pv.rules.schema.base import ObligationKeyRule
from pv.rules.schema.upstream import UPSTREAM


class RequiresMisplaced(ObligationKeyRule):
    """`requires` stands on an obligation of another type."""

    code = "SCHEMA-014"
    name = "requires-misplaced"
    why = "Only a postcondition holds under a precondition; elsewhere nobody reads the condition."
    bad = UPSTREAM.edit(
        CONTRACT, "type: bound, property", "type: bound, requires: x is real, property"
    )
    good = UPSTREAM.edit(
        CONTRACT, "type: bound, property", "type: postcondition, requires: x is real, property"
    )
    key = "requires"
    types = ("postcondition",)
