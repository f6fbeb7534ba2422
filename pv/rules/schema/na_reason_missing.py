"""SCHEMA-021: na-reason-missing."""

from __future__ import annotations

from pv.rules.example import CONTRACT
from pv.rules.schema.base import ExemptionRule
from pv.rules.schema.upstream import UPSTREAM


class NaReasonMissing(ExemptionRule):
    """An obligation is not applicable, and no reason is given."""

    code = "SCHEMA-021"
    name = "na-reason-missing"
    why = "An exception without a reason cannot be reviewed."
    bad = UPSTREAM.edit(
        CONTRACT, "applies_to: all", "applies_to: not_applicable, na_owner: core team"
    )
    good = UPSTREAM.edit(
        CONTRACT,
        "applies_to: all",
        "applies_to: not_applicable, na_reason: integers have no sign bit, na_owner: core team",
    )
    key = "na_reason"
