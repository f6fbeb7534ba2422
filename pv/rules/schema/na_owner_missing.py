"""SCHEMA-022: na-owner-missing."""

from __future__ import annotations

from pv.rules.example import CONTRACT
from pv.rules.schema.base import ExemptionRule
from pv.rules.schema.upstream import UPSTREAM


class NaOwnerMissing(ExemptionRule):
    """An obligation is not applicable, and no owner is given."""

    code = "SCHEMA-022"
    name = "na-owner-missing"
    why = "An exception without an owner is nobody's to lift."
    bad = UPSTREAM.edit(
        CONTRACT,
        "applies_to: all",
        "applies_to: not_applicable, na_reason: integers have no sign bit",
    )
    good = UPSTREAM.edit(
        CONTRACT,
        "applies_to: all",
        "applies_to: not_applicable, na_reason: integers have no sign bit, na_owner: core team",
    )
    key = "na_owner"
